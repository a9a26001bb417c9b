"""Anthropic Message Batches, standard and beta: one wire, on which betas are headers.

Facts are those of the Message Batches API reference and of recorded answers. Compatible servers
leave null fields out and answer wrong-state calls with other statuses; both are understood.
"""

import json
from collections.abc import AsyncIterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from batchtui.core.clock import Clock
from batchtui.core.errors import BadRequestError, ConflictError, NotFoundError
from batchtui.core.models import Batch, BatchRef, BatchState, Page, RequestCounts, Retrieved
from batchtui.core.streams import ResultStream
from batchtui.providers import capabilities
from batchtui.providers.exchange import Answer, Call, path_segment
from batchtui.providers.http import HttpClient
from batchtui.providers.retry import retry_after

if TYPE_CHECKING:
    from pydantic import SecretStr

    from batchtui.config.schema import AccountConfig

KIND = "anthropic"
BATCHES = "/v1/messages/batches"
MAX_LIMIT = 1000
"""Batches on one page of the list, at most."""

_ENDED = "ended"
_STATES = {
    "in_progress": BatchState.RUNNING,
    "canceling": BatchState.CANCELING,
}


class AnthropicProvider:
    """The batches of one account on a server that speaks the Message Batches protocol.

    Implements `providers.base.Provider`. Raises `NotFoundError` for every 404, also for the one
    that the server gives for a moment after a batch was created: whether a batch is gone is for
    the caller to judge.
    """

    kind = KIND
    capabilities = capabilities.ANTHROPIC

    def __init__(self, account: "AccountConfig", key: "SecretStr | None", *, clock: Clock) -> None:
        self._account = account.name
        self._clock = clock
        headers = {"anthropic-version": account.anthropic_version}
        if account.betas:
            headers["anthropic-beta"] = ",".join(account.betas)
        self._http = HttpClient(account, key, headers=headers, clock=clock)

    async def list_batches(
        self, *, limit: int = 100, after_id: str | None = None, before_id: str | None = None
    ) -> Page:
        """See `Provider.list_batches`; a limit outside 1 to 1000 is moved to the nearest end."""
        cursors = {"after_id": after_id, "before_id": before_id}
        params = {name: cursor for name, cursor in cursors.items() if cursor is not None}
        params["limit"] = str(min(max(limit, 1), MAX_LIMIT))
        call = Call("list batches", "GET", BATCHES, params, listing=True)
        answer = await self._http.send(call)
        document = self._object(call, answer)
        items = document.get("data")
        if not isinstance(items, list):
            raise self._http.failures.of_protocol(call, "the list has no data array", answer)
        batches = tuple(self._batch(call, answer, item) for item in items)
        return Page(
            batches,
            has_more=document.get("has_more") is True,
            first_id=_cursor(document.get("first_id"), batches[:1]),
            last_id=_cursor(document.get("last_id"), batches[-1:]),
            retry_after=retry_after(answer.headers, self._clock.now()),
        )

    async def retrieve(self, batch_id: str) -> Retrieved:
        """See `Provider.retrieve`."""
        call = self._call(f"read batch {batch_id}", "GET", batch_id)
        answer = await self._http.send(call)
        batch = self._batch(call, answer, self._object(call, answer))
        return Retrieved(batch, retry_after(answer.headers, self._clock.now()))

    async def create(self, body: bytes | AsyncIterable[bytes]) -> Batch:
        """See `Provider.create`. Sent once: the protocol has no idempotency key.

        An error whose `maybe_done` is true leaves open whether the batch exists.
        """
        call = Call(
            "create a batch",
            "POST",
            BATCHES,
            headers={"content-type": "application/json"},
            body=body,
            repeatable=False,
        )
        answer = await self._http.send(call)
        return self._batch(call, answer, self._object(call, answer))

    async def cancel(self, batch_id: str) -> Batch:
        """See `Provider.cancel`.

        Retried, since a second cancel asks for nothing new. Where the second one is refused
        because the first did arrive, the batch itself is asked.
        """
        call = self._call(f"cancel batch {batch_id}", "POST", batch_id, "/cancel")
        try:
            answer = await self._http.send(call)
        except (BadRequestError, ConflictError) as error:
            if not error.maybe_done:
                raise
            batch = (await self.retrieve(batch_id)).batch
            if batch.cancel_initiated_at is None:
                raise
            return batch
        return self._batch(call, answer, self._object(call, answer))

    async def delete(self, batch_id: str) -> None:
        """See `Provider.delete`.

        Retried: when a try may have arrived without an answer, a later 404 says that it did.
        """
        call = self._call(f"delete batch {batch_id}", "DELETE", batch_id)
        try:
            await self._http.send(call)
        except NotFoundError as error:
            if not error.maybe_done:
                raise

    def open_results(
        self, batch_id: str, *, offset: int = 0, etag: str = ""
    ) -> AbstractContextManager[ResultStream]:
        """See `Provider.open_results`; not retried, unlike the other calls.

        The address is built from the account's base URL. A batch's `results_url` may name another
        origin (behind a gateway it names the gateway's upstream), and the key must not go there.
        """
        call = self._call(
            f"fetch the results of batch {batch_id}",
            "GET",
            batch_id,
            "/results",
            accept="application/x-jsonl, application/binary;q=0.9, */*;q=0.8",
        )
        return self._http.stream(call, offset=offset, etag=etag)

    async def aclose(self) -> None:
        """See `Provider.aclose`."""
        await self._http.aclose()

    def _call(
        self, action: str, method: str, batch_id: str, below: str = "", accept: str = ""
    ) -> Call:
        headers = {"accept": accept} if accept else {}
        try:
            path = f"{BATCHES}/{path_segment(batch_id)}{below}"
        except ValueError:
            raise self._http.failures.of_impossible_id(Call(action, method, BATCHES)) from None
        return Call(action, method, path, headers=headers)

    def _object(self, call: Call, answer: Answer) -> dict[str, object]:
        try:
            document = answer.json()
        except ValueError:
            why = "the answer is a web page" if answer.is_html else "the answer is not JSON"
            raise self._http.failures.of_protocol(call, why, answer) from None
        if not isinstance(document, dict):
            raise self._http.failures.of_protocol(call, "the answer is no JSON object", answer)
        return document

    def _batch(self, call: Call, answer: Answer, item: object) -> Batch:
        try:
            wire = _WireBatch.model_validate(item)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"])) or "batch"
            why = f"what came is no message batch ({place}: {first['msg']})"
            raise self._http.failures.of_protocol(call, why, answer) from None
        return _to_batch(self._account, wire, _text(item))


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("out of the calendar") from None


def _if_readable(value: object, read: ValidatorFunctionWrapHandler) -> datetime | None:
    try:
        moment: datetime | None = read(value)
    except ValidationError:
        return None
    return moment


def _null_is_zero(value: object) -> object:
    return 0 if value is None else value


Moment = Annotated[datetime, AfterValidator(_utc)]
OptionalMoment = Annotated[Moment | None, WrapValidator(_if_readable)]
Word = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
Count = Annotated[int, BeforeValidator(_null_is_zero), Field(ge=0)]


class _WireCounts(BaseModel):
    """`request_counts`: the five add up to the total; outcomes are 0 until the end."""

    model_config = ConfigDict(extra="allow")

    processing: Count = 0
    succeeded: Count = 0
    errored: Count = 0
    canceled: Count = 0
    expired: Count = 0


class _WireBatch(BaseModel):
    """A `message_batch`. Fields that may be null may also be absent."""

    model_config = ConfigDict(extra="allow")

    id: str = Field(min_length=1)
    type: str = Field(pattern="^message_batch")
    processing_status: Word = ""
    created_at: Moment
    request_counts: _WireCounts | None = None
    ended_at: OptionalMoment = None
    expires_at: OptionalMoment = None
    archived_at: OptionalMoment = None
    cancel_initiated_at: OptionalMoment = None


def _to_batch(account: str, wire: _WireBatch, raw: str) -> Batch:
    counts = _to_counts(wire.request_counts)
    has_ended = wire.processing_status == _ENDED
    return Batch(
        ref=BatchRef(account, wire.id),
        kind=KIND,
        state=_ended_as(wire, counts) if has_ended else _state_of(wire.processing_status),
        provider_status=wire.processing_status,
        created_at=wire.created_at,
        request_counts=counts,
        counts_live=not has_ended and counts is not None and counts.done > 0,
        ended_at=wire.ended_at,
        expires_at=wire.expires_at,
        archived_at=wire.archived_at,
        cancel_initiated_at=wire.cancel_initiated_at,
        results_available=has_ended and wire.archived_at is None,
        raw=raw,
    )


def _to_counts(wire: _WireCounts | None) -> RequestCounts | None:
    if wire is None:
        return None
    return RequestCounts(wire.processing, wire.succeeded, wire.errored, wire.canceled, wire.expired)


def _state_of(processing_status: str) -> BatchState:
    return _STATES.get(processing_status, BatchState.UNKNOWN)


def _ended_as(wire: _WireBatch, counts: RequestCounts | None) -> BatchState:
    """The wire says `ended` of every end; what kind of end it was is read from the rest."""
    if counts is None:
        return BatchState.CANCELED if wire.cancel_initiated_at else BatchState.COMPLETED
    if wire.cancel_initiated_at and counts.canceled:
        return BatchState.CANCELED
    if counts.expired and not counts.succeeded:
        return BatchState.EXPIRED
    if counts.errored and counts.errored == counts.total:
        return BatchState.FAILED
    return BatchState.COMPLETED


def _cursor(value: object, batches: tuple[Batch, ...]) -> str | None:
    """A cursor of the page; a server that leaves it out means the batch at that end."""
    if isinstance(value, str) and value:
        return value
    return batches[0].ref.id if batches else None


def _text(item: object) -> str:
    """JSON for display; half characters, which JSON can spell, cannot be kept anywhere else."""
    return json.dumps(item, ensure_ascii=False).encode("utf-8", "replace").decode()
