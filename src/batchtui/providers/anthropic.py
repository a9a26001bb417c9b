"""Anthropic Message Batches, standard and beta: one wire, on which betas are headers.

Facts are those of the Message Batches API reference and of recorded answers. Compatible servers
answer wrong-state calls with other statuses; that is understood.
"""

from collections.abc import AsyncIterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from batchtui.core.clock import Clock
from batchtui.core.errors import (
    BadRequestError,
    ConflictError,
    NoResultsError,
    NotFoundError,
    ProtocolError,
)
from batchtui.core.models import Batch, Page, Retrieved
from batchtui.core.streams import ResultStream
from batchtui.providers import capabilities
from batchtui.providers.anthropic_wire import KIND, read_batch
from batchtui.providers.exchange import Answer, Call, path_segment
from batchtui.providers.http import HttpClient
from batchtui.providers.retry import retry_after

if TYPE_CHECKING:
    from pydantic import SecretStr

    from batchtui.config.schema import AccountConfig

BATCHES = "/v1/messages/batches"
MAX_LIMIT = 1000
"""Batches on one page of the list, at most."""

_NO_RESULTS = "no available results"
"""In the message of the 404 for the results of a batch that the server knows (seen in recordings:
`Message Batch msgbatch_... has no available results.`). Its error type is that of an unknown id.
"""


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
        batches = self._batches(call, answer, items)
        return Page(
            batches,
            has_more=document.get("has_more") is True,
            first_id=_cursor(document.get("first_id"), batches[:1]),
            last_id=_cursor(document.get("last_id"), batches[-1:]),
            retry_after=retry_after(answer.headers, self._clock.now()),
            skipped=len(items) - len(batches),
        )

    async def retrieve(self, batch_id: str) -> Retrieved:
        """See `Provider.retrieve`."""
        call = self._call(f"read batch {batch_id}", "GET", batch_id)
        answer = await self._http.send(call)
        batch = self._batch(call, answer)
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
        return self._batch(call, answer)

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
        return self._batch(call, answer)

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

    @contextmanager
    def open_results(
        self, batch_id: str, *, offset: int = 0, etag: str = ""
    ) -> Iterator[ResultStream]:
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
        with ExitStack() as opened:
            try:
                stream = opened.enter_context(self._http.stream(call, offset=offset, etag=etag))
            except NotFoundError as error:
                if _NO_RESULTS not in error.why:
                    raise
                raise _no_results(error) from error
            yield stream

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

    def _batches(self, call: Call, answer: Answer, items: list[object]) -> tuple[Batch, ...]:
        """What can be read of a list; an error only where nothing can be, so that none is hidden.

        Only the first page is refused like that: a later one proves nothing about the server.
        """
        batches: list[Batch] = []
        first_fault = ""
        for item in items:
            try:
                batches.append(read_batch(self._account, item))
            except ValueError as error:
                first_fault = first_fault or str(error)
        if first_fault and not batches and call.params.keys() == {"limit"}:
            raise self._no_batch(
                call, answer, f"{first_fault}, as all {len(items)} that are listed"
            )
        return tuple(batches)

    def _batch(self, call: Call, answer: Answer) -> Batch:
        try:
            return read_batch(self._account, self._object(call, answer))
        except ValueError as error:
            raise self._no_batch(call, answer, str(error)) from None

    def _no_batch(self, call: Call, answer: Answer, why: str) -> ProtocolError:
        why = f"what came is no message batch ({why})"
        return self._http.failures.of_protocol(call, why, answer)


def _no_results(error: NotFoundError) -> NoResultsError:
    return NoResultsError(
        error.what,
        error.why,
        "results are there once the batch has ended, until the provider drops them",
        status=error.status,
        error_type=error.error_type,
        request_id=error.request_id,
        body=error.body,
        retryable=error.retryable,
        retry_after=error.retry_after,
    )


def _cursor(value: object, batches: tuple[Batch, ...]) -> str | None:
    """A cursor of the page; a server that leaves it out means the batch at that end."""
    if isinstance(value, str) and value:
        return value
    return batches[0].ref.id if batches else None
