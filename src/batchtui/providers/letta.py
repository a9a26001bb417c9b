"""Letta's batches of agents, on servers up to 0.16.8.

Facts are from the server's source and from one that was run and observed; where they differ from
its documentation, what was observed holds. The paths are those of Anthropic's Message Batches,
the protocol is another.
"""

from collections.abc import AsyncIterable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from batchtui.core.clock import Clock
from batchtui.core.errors import ApiError, BadRequestError, ConflictError, NotFoundError
from batchtui.core.models import Batch, BatchState, Page, Retrieved
from batchtui.core.streams import ResultStream
from batchtui.core.submissions import NO_OPTIONS, CreateOptions
from batchtui.providers import capabilities
from batchtui.providers.exchange import Answer, Call, lowered
from batchtui.providers.http import HttpClient
from batchtui.providers.letta_messages import NO_CAP, MessagesStream, read_messages
from batchtui.providers.letta_wire import KIND, read_batch
from batchtui.providers.once import creation, done_before, gone_is_done
from batchtui.providers.reading import Reader

if TYPE_CHECKING:
    from pydantic import SecretStr

    from batchtui.config.schema import AccountConfig

BATCHES = "/v1/messages/batches"
JOBS = "/v1/jobs"
MAX_LIMIT = 1000

_BAD_ID = "Invalid job ID"
"""In the message of the 400 for an id of another form than `job-<uuid>`."""


class LettaProvider:
    """The batch jobs of one Letta server. Implements `providers.base.Provider`."""

    kind = KIND
    capabilities = capabilities.LETTA

    def __init__(self, account: "AccountConfig", key: "SecretStr | None", *, clock: Clock) -> None:
        self._http = HttpClient(account, key, headers={}, clock=clock)
        self._read = Reader(account.name, self._http.failures, read_batch, "batch job", clock)

    async def list_batches(self, *, limit: int = 100, after_id: str | None = None) -> Page:
        """See `Provider.list_batches`. Only jobs that are under way are ever listed.

        The server's `before` means older, whatever the order. There is no `has_more`: a full page
        has more behind it.
        """
        limit = min(max(limit, 1), MAX_LIMIT)
        params = {"limit": str(limit), "order": "desc"}
        if after_id is not None:
            params["before"] = after_id
        call = Call("list batches", "GET", BATCHES, params, listing=True)
        answer = await self._http.send(call)
        items = self._read.json(call, answer)
        if not isinstance(items, list):
            raise self._http.failures.of_protocol(call, "the list is no JSON array", answer)
        return self._read.page(call, answer, items, after_id, more=len(items) >= limit)

    async def retrieve(self, batch_id: str) -> Retrieved:
        """See `Provider.retrieve`."""
        call = self._read.call(f"read batch {batch_id}", "GET", BATCHES, batch_id)
        with _odd_ids_unknown():
            answer = await self._http.send(call)
        return self._read.retrieved(call, answer)

    async def create(
        self,
        body: bytes | AsyncIterable[bytes],
        *,
        length: int | None = None,
        options: CreateOptions = NO_OPTIONS,
        uploaded: Callable[[str], object] = lambda _file_id: None,
    ) -> Batch:
        """See `Provider.create`; the body is `{"requests": [{"agent_id": ..., ...}, ...]}`.

        The server prepares all agents and asks their provider before it answers, so that takes
        its time. It needs the length of the body. Of the options it knows headers only.
        """
        del uploaded
        call = creation(BATCHES, body, lowered(options.headers), length=length)
        answer = await self._http.send(call)
        return self._read.batch(call, answer)

    async def list_models(self) -> None:
        """See `Provider.list_models`: requests name agents here, no models."""

    async def cancel(self, batch_id: str) -> Batch:
        """See `Provider.cancel`.

        The server cancels in any state, so that a completed job would become a canceled one: its
        state is asked for first. The answer is `null`, so it is asked for afterwards, too. A
        server that looks for no answers refuses (501), and has canceled the job all the same.

        Raises:
            ConflictError: it has ended; nothing was sent.
        """
        action = f"cancel batch {batch_id}"
        batch = (await self.retrieve(batch_id)).batch
        if batch.state is BatchState.CANCELED:
            return batch
        if batch.state.is_final:
            raise ConflictError(
                f"could not {action}",
                f"it has ended: {batch.state.value}",
                "this server would cancel it all the same, and lose that it was done",
            )
        call = self._read.call(action, "PATCH", BATCHES, batch_id, "/cancel", repeatable=False)
        try:
            await self._http.send(call)
        except ApiError as error:
            return await done_before(
                error,
                lambda: self.retrieve(batch_id),
                lambda batch: batch.state is BatchState.CANCELED,
            )
        return (await self.retrieve(batch_id)).batch

    async def delete(self, batch_id: str) -> None:
        """See `Provider.delete`: removes the job, whatever its state.

        Retried: when a try may have arrived without an answer, a later 404 says that it did.
        """
        call = self._read.call(f"delete batch {batch_id}", "DELETE", JOBS, batch_id)
        with gone_is_done(), _odd_ids_unknown():
            await self._http.send(call)

    @contextmanager
    def open_results(
        self, batch_id: str, *, offset: int = 0, etag: str = ""
    ) -> Iterator[ResultStream]:
        """See `Provider.open_results` and `letta_messages`; always from the beginning.

        All messages come as one answer, which is held in memory.
        """
        del offset, etag
        call = self._read.call(
            f"fetch the messages of batch {batch_id}",
            "GET",
            BATCHES,
            batch_id,
            "/messages",
            params={"limit": str(NO_CAP), "order": "asc"},
        )
        with _odd_ids_unknown(), self._http.stream(call) as stream:
            body = b"".join(stream.chunks())
        try:
            groups = read_messages(body)
        except ValueError:
            why = "what came is no list of messages"
            raise self._http.failures.of_protocol(call, why, Answer(200, {}, body)) from None
        yield MessagesStream(groups)

    async def aclose(self) -> None:
        """See `Provider.aclose`."""
        await self._http.aclose()


@contextmanager
def _odd_ids_unknown() -> Iterator[None]:
    """Inside, an id of another form, which is refused as a bad request, is one of nothing."""
    try:
        yield
    except BadRequestError as error:
        if _BAD_ID not in error.why:
            raise
        raise NotFoundError(
            error.what,
            error.why,
            "check the id; it may be that of another account",
            status=error.status,
            request_id=error.request_id,
            body=error.body,
        ) from error
