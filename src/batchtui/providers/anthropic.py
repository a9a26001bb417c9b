"""Anthropic Message Batches, standard and beta: one wire, on which betas are headers.

Facts are those of the Message Batches API reference and of recorded answers. Compatible servers
answer wrong-state calls with other statuses; that is understood.
"""

from collections.abc import AsyncIterable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from batchtui.core.clock import Clock
from batchtui.core.errors import BadRequestError, ConflictError, NotFoundError, ProtocolError
from batchtui.core.models import Batch, Page, Retrieved
from batchtui.core.streams import ResultStream
from batchtui.core.submissions import NO_OPTIONS, CreateOptions
from batchtui.providers import capabilities
from batchtui.providers.anthropic_wire import KIND, read_batch
from batchtui.providers.exchange import Call, lowered
from batchtui.providers.http import HttpClient
from batchtui.providers.once import creation, done_before, gone_is_done
from batchtui.providers.reading import Reader, ids, no_results

if TYPE_CHECKING:
    from pydantic import SecretStr

    from batchtui.config.schema import AccountConfig

BATCHES = "/v1/messages/batches"
MODELS = "/v1/models"
MAX_LIMIT = 1000
"""Batches on one page of the list, at most."""

OAUTH_BETA = "oauth-2025-04-20"
"""Lets a login's token be sent as Bearer (the official SDK sends it so)."""

ACCEPT_LINES = "application/x-jsonl, application/binary;q=0.9, */*;q=0.8"

_NO_RESULTS = "no available results"
"""In the message of the 404 for the results of a batch that the server knows (seen in recordings:
`Message Batch msgbatch_... has no available results.`). Its error type is that of an unknown id.
Compatible servers answer 400, for which a call without any arguments gives no other reason.
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
        headers = {"anthropic-version": account.anthropic_version}
        self._betas = (*account.betas, *([OAUTH_BETA] if account.profile else []))
        if self._betas:
            headers["anthropic-beta"] = ",".join(dict.fromkeys(self._betas))
        if account.workspace_id:
            headers["anthropic-workspace-id"] = account.workspace_id
        self._http = HttpClient(account, key, headers=headers, clock=clock)
        self._read = Reader(account.name, self._http.failures, read_batch, "message batch", clock)

    async def list_batches(self, *, limit: int = 100, after_id: str | None = None) -> Page:
        """See `Provider.list_batches`; a limit outside 1 to 1000 is moved to the nearest end."""
        params = {"limit": str(min(max(limit, 1), MAX_LIMIT))}
        if after_id is not None:
            params["after_id"] = after_id
        call = Call("list batches", "GET", BATCHES, params, listing=True)
        answer = await self._http.send(call)
        document = self._read.document(call, answer)
        items = document.get("data")
        if not isinstance(items, list):
            raise self._http.failures.of_protocol(call, "the list has no data array", answer)
        more, last_id = document.get("has_more") is True, document.get("last_id")
        return self._read.page(call, answer, items, after_id, more=more, last_id=last_id)

    async def retrieve(self, batch_id: str) -> Retrieved:
        """See `Provider.retrieve`."""
        call = self._read.call(f"read batch {batch_id}", "GET", BATCHES, batch_id)
        return self._read.retrieved(call, await self._http.send(call))

    async def create(
        self,
        body: bytes | AsyncIterable[bytes],
        *,
        length: int | None = None,
        options: CreateOptions = NO_OPTIONS,
        uploaded: Callable[[str], object] = lambda _file_id: None,
    ) -> Batch:
        """See `Provider.create`. Sent once: the protocol has no idempotency key."""
        del uploaded
        call = creation(BATCHES, body, self._create_headers(options), length=length)
        answer = await self._http.send(call)
        return self._read.batch(call, answer)

    def _create_headers(self, options: CreateOptions) -> dict[str, str]:
        headers = lowered(options.headers)
        betas = dict.fromkeys((*self._betas, *options.betas))
        if betas:
            headers["anthropic-beta"] = ",".join(betas)
        if options.version:
            headers["anthropic-version"] = options.version
        if options.user_profile:
            headers["anthropic-user-profile-id"] = options.user_profile
        return headers

    async def list_models(self) -> tuple[str, ...] | None:
        """See `Provider.list_models`. Compatible servers often have no such endpoint."""
        names: dict[str, None] = {}
        cursor: dict[str, str] = {}
        while True:
            params = {**cursor, "limit": str(MAX_LIMIT)}
            call = Call("list models", "GET", MODELS, params, listing=True)
            try:
                document = self._read.document(call, await self._http.send(call))
            except (NotFoundError, BadRequestError, ProtocolError):
                return None
            before = len(names)
            names.update(dict.fromkeys(ids(document.get("data"))))
            last = document.get("last_id")
            if document.get("has_more") is not True or len(names) == before or not last:
                return tuple(names)
            cursor = {"after_id": str(last)}

    async def cancel(self, batch_id: str) -> Batch:
        """See `Provider.cancel`.

        Retried, since a second cancel asks for nothing new. Where the second one is refused
        because the first did arrive, the batch itself is asked.
        """
        call = self._read.call(f"cancel batch {batch_id}", "POST", BATCHES, batch_id, "/cancel")
        try:
            answer = await self._http.send(call)
        except (BadRequestError, ConflictError) as error:
            return await done_before(
                error,
                lambda: self.retrieve(batch_id),
                lambda batch: batch.cancel_initiated_at is not None,
            )
        return self._read.batch(call, answer)

    async def delete(self, batch_id: str) -> None:
        """See `Provider.delete`.

        Retried: when a try may have arrived without an answer, a later 404 says that it did.
        """
        call = self._read.call(f"delete batch {batch_id}", "DELETE", BATCHES, batch_id)
        with gone_is_done():
            await self._http.send(call)

    @contextmanager
    def open_results(
        self, batch_id: str, *, offset: int = 0, etag: str = ""
    ) -> Iterator[ResultStream]:
        """See `Provider.open_results`; not retried, unlike the other calls.

        The address is built from the account's base URL. A batch's `results_url` may name another
        origin (behind a gateway it names the gateway's upstream), and the key must not go there.
        """
        call = self._read.call(
            f"fetch the results of batch {batch_id}",
            "GET",
            BATCHES,
            batch_id,
            "/results",
            headers={"accept": ACCEPT_LINES},
        )
        with ExitStack() as opened:
            try:
                stream = opened.enter_context(self._http.stream(call, offset=offset, etag=etag))
            except (NotFoundError, BadRequestError) as error:
                is_about_results = _NO_RESULTS in error.why or error.status == 400
                if not is_about_results:
                    raise
                raise no_results(error) from error
            yield stream

    async def aclose(self) -> None:
        """See `Provider.aclose`."""
        await self._http.aclose()
