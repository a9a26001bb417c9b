"""The batch of OpenAI's Batch API and of servers shaped like it, read as far as it can be read.

Facts are those of OpenAI's API reference, the clients of the other servers, and answers of such
servers that were observed. All their shapes are read by one reader, since none contradicts
another: times as Unix seconds or RFC 3339, states in small or capital letters, counts that may be
missing, a created batch within `{"job": ..., "warning": ...}`, null fields left out.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from batchtui.core.models import UNDATED, Batch, BatchRef, BatchState, RequestCounts
from batchtui.providers import wire_values as wire

KIND = "openai"

MOST_FAULTS = 3
"""Lines of a failed validation that are told; all of them are in `Batch.raw`."""

_STATES = {
    "validating": BatchState.QUEUED,
    "in_progress": BatchState.RUNNING,
    "finalizing": BatchState.RUNNING,
    "cancelling": BatchState.CANCELING,
    "completed": BatchState.COMPLETED,
    "failed": BatchState.FAILED,
    "cancelled": BatchState.CANCELED,
    "expired": BatchState.EXPIRED,
}
_ENDS = ("completed_at", "failed_at", "expired_at", "cancelled_at")
_NO_FILE = "None"
"""How a gateway that has no file spells it (LiteLLM)."""


def read_batch(account: str, item: object) -> Batch:
    """The batch that a decoded JSON value describes.

    Raises:
        ValueError: it is none, or has no id by which it could be asked for. The text says why.
    """
    item = batch_object(item)
    if "status" not in item:
        raise ValueError("it has no status")
    status = wire.word(item.get("status"))
    state = _STATES.get(status.lower(), BatchState.UNKNOWN)
    counts = _counts(item.get("request_counts"), state)
    return Batch(
        ref=BatchRef(account, wire.batch_id(item)),
        kind=KIND,
        state=state,
        provider_status=status,
        created_at=wire.moment_or_seconds(item.get("created_at")) or UNDATED,
        request_counts=counts,
        counts_live=not state.is_final and counts is not None and counts.done > 0,
        ended_at=_ended_at(item) if state.is_final else None,
        expires_at=wire.moment_or_seconds(item.get("expires_at") or item.get("job_deadline")),
        cancel_initiated_at=wire.moment_or_seconds(item.get("cancelling_at")),
        results_available=state.is_final and any(result_files(item)),
        input_file=next(_files(item, "input_file_id"), ""),
        failure=_failure(item) if state is BatchState.FAILED else "",
        raw=wire.json_text(item),
    )


def batch_object(item: object) -> Mapping[str, Any]:
    """The batch's own object, also where it is wrapped with a warning.

    Raises:
        ValueError: there is none.
    """
    item = wire.object_of(item)
    inner = item.get("job")
    return inner if isinstance(inner, dict) and "id" not in item else item


def result_files(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Ids of the files with the answers and with the requests that failed, as far as there are."""
    return tuple(_files(item, "output_file_id", "error_file_id"))


def all_files(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Ids of all files that belong to the batch, that of its requests included."""
    return tuple(_files(item, "input_file_id", "output_file_id", "error_file_id"))


def _files(item: Mapping[str, Any], *names: str) -> Iterator[str]:
    for name in names:
        found = item.get(name)
        if isinstance(found, str) and found and found != _NO_FILE:
            yield found


def _counts(value: object, state: BatchState) -> RequestCounts | None:
    """Total, completed and failed; what else there is of the total, the state tells.

    A total of 0 is one that is not known yet, while the requests are validated.
    """
    if not isinstance(value, dict):
        return None
    total, completed, failed = (
        wire.count(value.get(name)) for name in ("total", "completed", "failed")
    )
    if not total or completed is None or failed is None:
        return None
    rest = max(0, total - completed - failed)
    return RequestCounts(
        processing=rest if state not in _UNANSWERED else 0,
        succeeded=completed,
        errored=failed,
        canceled=rest if state is BatchState.CANCELED else 0,
        expired=rest if state is BatchState.EXPIRED else 0,
    )


_UNANSWERED = (BatchState.CANCELED, BatchState.EXPIRED)


def _ended_at(item: Mapping[str, Any]) -> datetime | None:
    ends = (wire.moment_or_seconds(item.get(name)) for name in _ENDS)
    return next((end for end in ends if end is not None), None)


def _failure(item: Mapping[str, Any]) -> str:
    errors = item.get("errors")
    data = errors.get("data") if isinstance(errors, dict) else errors
    if isinstance(data, list):
        told = [text for text in map(_fault, data) if text]
        more = len(told) - MOST_FAULTS
        return "; ".join(told[:MOST_FAULTS]) + (f"; {more} more" if more > 0 else "")
    return wire.word(data) or wire.word(item.get("error"))


def _fault(error: object) -> str:
    if not isinstance(error, dict):
        return wire.word(error)
    line, code = error.get("line"), wire.word(error.get("code"))
    text = wire.word(error.get("message")) or code
    place = f"line {line}: " if isinstance(line, int) and not isinstance(line, bool) else ""
    return f"{place}{text}" if text else ""
