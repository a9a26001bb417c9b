"""OpenAI's Batch API, and the servers that speak it with differences (`openai_dialects`).

Facts are those of OpenAI's API reference and of servers that were observed.
"""

import json
import secrets
from collections.abc import AsyncIterable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from batchtui.core.clock import Clock
from batchtui.core.errors import (
    ApiError,
    BadRequestError,
    ConflictError,
    NoResultsError,
    NotFoundError,
    ProtocolError,
)
from batchtui.core.models import Batch, BatchState, Page, Retrieved
from batchtui.core.streams import ResultStream
from batchtui.core.submissions import NO_OPTIONS, CreateOptions
from batchtui.providers import capabilities
from batchtui.providers.exchange import Answer, Call, lowered
from batchtui.providers.http import HttpClient
from batchtui.providers.once import creation, done_before
from batchtui.providers.openai_dialects import DIALECTS
from batchtui.providers.openai_results import joined
from batchtui.providers.openai_upload import EndpointWatch, Form
from batchtui.providers.openai_wire import KIND, all_files, batch_object, read_batch, result_files
from batchtui.providers.reading import Reader, end_of, ids

if TYPE_CHECKING:
    from pydantic import SecretStr

    from batchtui.config.schema import AccountConfig

BATCHES = "/v1/batches"
FILES = "/v1/files"
MODELS = "/v1/models"
MAX_LIMIT = 100
"""Batches on one page of the list, at most."""


def _random_boundary() -> str:
    return f"batchtui-{secrets.token_hex(16)}"


class OpenAIProvider:
    """The batches of one account on a server shaped like OpenAI's.

    Implements `providers.base.Provider`. `boundary` makes what parts an upload.
    """

    kind = KIND

    def __init__(
        self,
        account: "AccountConfig",
        key: "SecretStr | None",
        *,
        clock: Clock,
        boundary: Callable[[], str] = _random_boundary,
    ) -> None:
        self.capabilities = capabilities.OPENAI[account.dialect]
        self._dialect = DIALECTS[account.dialect]
        self._boundary = boundary
        self._http = HttpClient(account, key, headers={}, clock=clock)
        self._read = Reader(account.name, self._http.failures, read_batch, "batch", clock)

    async def list_batches(self, *, limit: int = 100, after_id: str | None = None) -> Page:
        """See `Provider.list_batches`; a limit outside 1 to 100 is moved to the nearest end."""
        limit = min(max(limit, 1), MAX_LIMIT)
        params = {"limit": str(limit)} if self._dialect.pages else {}
        if after_id is not None:
            params["after"] = after_id
        call = Call("list batches", "GET", BATCHES, params, listing=True)
        answer = await self._http.send(call)
        document = self._read.json(call, answer)
        head = document if isinstance(document, dict) else {}
        items = document if isinstance(document, list) else head.get("data")
        if not isinstance(items, list):
            raise self._http.failures.of_protocol(call, "the list has no data array", answer)
        more, last_id = head.get("has_more") is True, head.get("last_id")
        page = self._read.page(call, answer, items, after_id, more=more, last_id=last_id)
        if self._dialect.pages:
            return page
        batches = tuple(sorted(page.batches, key=lambda batch: batch.created_at, reverse=True))
        return replace(page, batches=batches, last_id=end_of(batches))

    async def retrieve(self, batch_id: str) -> Retrieved:
        """See `Provider.retrieve`."""
        call = self._retrieving(batch_id)
        return self._read.retrieved(call, await self._http.send(call))

    async def create(
        self,
        body: bytes | AsyncIterable[bytes],
        *,
        length: int | None = None,
        options: CreateOptions = NO_OPTIONS,
        uploaded: Callable[[str], object] = lambda _file_id: None,
    ) -> Batch:
        """See `Provider.create`; the body is the JSONL file of requests.

        It is uploaded, and then a batch is made of the file. The endpoint is that of the requests.
        Of the options it knows headers only.

        Raises:
            SubmitError: the requests are for several endpoints, or are none; nothing was created.
        """
        watch = EndpointWatch(self._dialect.endpoint)
        headers = lowered(options.headers)
        file_id = await self._upload(body, length, watch, headers)
        uploaded(file_id)
        document = {
            "input_file_id": file_id,
            "endpoint": watch.finish(),
            "completion_window": "24h",
        }
        call = creation(BATCHES, json.dumps(document).encode(), headers)
        try:
            answer = await self._http.send(call)
            return self._read.batch(call, answer)
        except ApiError as error:
            use = "may be in use all the same" if error.maybe_done else "is used by no batch"
            told = f"the requests were uploaded as {file_id}, which {use}"
            error.hint = f"{error.hint}; {told}" if error.hint else told
            raise

    async def _upload(
        self,
        body: bytes | AsyncIterable[bytes],
        length: int | None,
        watch: EndpointWatch,
        headers: Mapping[str, str],
    ) -> str:
        form = Form(self._dialect.upload_fields, self._boundary())
        size = len(body) if isinstance(body, bytes) else length
        call = Call(
            "upload the requests",
            "POST",
            self._dialect.upload_path,
            headers={**headers, "content-type": form.content_type},
            body=form.chunks(body, watch),
            length=None if size is None else form.length(size),
            repeatable=False,
        )
        try:
            answer = await self._http.send(call)
            return self._file_id(call, answer)
        except ApiError as error:
            if error.maybe_done:
                error.hint += "; at most a file was left at the provider, and no batch was created"
                error.maybe_done = False
            raise

    def _file_id(self, call: Call, answer: Answer) -> str:
        file_id = self._read.document(call, answer).get("id")
        if not isinstance(file_id, str) or not file_id:
            raise self._http.failures.of_protocol(call, "what came is no file", answer)
        return file_id

    async def list_models(self) -> tuple[str, ...] | None:
        """See `Provider.list_models`; the protocol has no pages of them."""
        call = Call("list models", "GET", MODELS, listing=True)
        try:
            document = self._read.document(call, await self._http.send(call))
        except (NotFoundError, BadRequestError, ProtocolError):
            return None
        return tuple(ids(document.get("data")))

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
                lambda batch: batch.state in (BatchState.CANCELING, BatchState.CANCELED),
            )
        return self._read.batch(call, answer)

    async def delete(self, batch_id: str) -> None:
        """See `Provider.delete`: deletes the batch's files, which is all that can be deleted.

        Files that are gone already are passed over.
        """
        call = self._retrieving(batch_id)
        item = batch_object(self._read.document(call, await self._http.send(call)))
        for file_id in all_files(item):
            action = f"delete file {file_id} of batch {batch_id}"
            try:
                await self._http.send(self._read.call(action, "DELETE", FILES, file_id))
            except NotFoundError:
                continue

    @contextmanager
    def open_results(
        self, batch_id: str, *, offset: int = 0, etag: str = ""
    ) -> Iterator[ResultStream]:
        """See `Provider.open_results` and `openai_results`; always from the beginning."""
        del offset, etag
        files = self._result_files(batch_id)
        if not files:
            raise NoResultsError(
                f"could not fetch the results of batch {batch_id}",
                "it has neither a file of answers nor one of errors",
            )
        with joined(files, lambda file_id: self._content(batch_id, file_id)) as stream:
            yield stream

    def _result_files(self, batch_id: str) -> tuple[str, ...]:
        """Blocking, as the streams are: what the batch says now."""
        call = self._retrieving(batch_id)
        return result_files(batch_object(self._read.document(call, self._http.fetch(call))))

    def _content(self, batch_id: str, file_id: str) -> AbstractContextManager[ResultStream]:
        action = f"fetch {file_id}, results of batch {batch_id}"
        return self._http.stream(self._read.call(action, "GET", FILES, file_id, "/content"))

    def _retrieving(self, batch_id: str) -> Call:
        return self._read.call(f"read batch {batch_id}", "GET", BATCHES, batch_id)

    async def aclose(self) -> None:
        """See `Provider.aclose`."""
        await self._http.aclose()
