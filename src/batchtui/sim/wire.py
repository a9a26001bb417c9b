"""The shapes of the Message Batches API: batches, pages, errors."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from batchtui.sim.lives import Life

Json = dict[str, Any]


@dataclass
class WireError(Exception):
    """A request that is answered with an error.

    `details` becomes `error.details`, as for an enforced spend limit.
    """

    status: int
    kind: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, str] | None = None

    def body(self, request_id: str) -> Json:
        """The documented envelope."""
        error: Json = {"type": self.kind, "message": self.message}
        if self.details:
            error["details"] = dict(self.details)
        return {"type": "error", "error": error, "request_id": request_id}


def invalid(message: str) -> WireError:
    """A 400."""
    return WireError(400, "invalid_request_error", message)


def not_found(message: str, headers: Mapping[str, str] | None = None) -> WireError:
    """A 404."""
    return WireError(404, "not_found_error", message, headers or {})


def timestamp(moment: datetime | None) -> str | None:
    """RFC 3339 with microseconds and an offset, as recorded from the real API."""
    return None if moment is None else moment.isoformat(timespec="microseconds")


def results_path(batch_id: str) -> str:
    """Where the results of a batch are, below the base URL."""
    return f"/v1/messages/batches/{batch_id}/results"


def batch(life: Life, now: datetime, base_url: str, *, live_counts: bool = False) -> Json:
    """A MessageBatch: always all ten keys."""
    ended = life.status(now) == "ended"
    archived = now >= life.archives_at
    available = ended and not archived
    return {
        "id": life.id,
        "type": "message_batch",
        "processing_status": life.status(now),
        "request_counts": asdict(life.counts(now, live=live_counts)),
        "ended_at": timestamp(life.ends_at if ended else None),
        "created_at": timestamp(life.created_at),
        "expires_at": timestamp(life.expires_at),
        "archived_at": timestamp(life.archives_at if archived else None),
        "cancel_initiated_at": timestamp(life.cancel_initiated_at(now)),
        "results_url": base_url + results_path(life.id) if available else None,
    }


def page(batches: Sequence[Json], *, has_more: bool) -> Json:
    """A page of batches, newest first; the cursors are null where it is empty."""
    return {
        "data": list(batches),
        "has_more": has_more,
        "first_id": batches[0]["id"] if batches else None,
        "last_id": batches[-1]["id"] if batches else None,
    }
