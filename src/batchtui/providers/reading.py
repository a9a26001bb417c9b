"""From answers to batches: what all protocols' answers have in common, and how they go wrong."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from batchtui.core.clock import Clock
from batchtui.core.errors import ApiError, NoResultsError, ProtocolError
from batchtui.core.models import Batch, Page, Retrieved
from batchtui.providers.exchange import Answer, Call, path_segment
from batchtui.providers.failures import Failures
from batchtui.providers.retry import retry_after

ReadBatch = Callable[[str, object], Batch]
"""Makes a batch of an account from a decoded JSON value; raises `ValueError` where it is none."""


class Reader:
    """Reads the answers to one account's calls. What is not of the protocol is a `ProtocolError`.

    `noun` is what the protocol calls a batch.
    """

    def __init__(
        self, account: str, failures: Failures, read: ReadBatch, noun: str, clock: Clock
    ) -> None:
        self._account = account
        self._failures = failures
        self._read = read
        self._noun = noun
        self._clock = clock

    def json(self, call: Call, answer: Answer) -> object:
        """The answer as JSON of any shape."""
        try:
            return answer.json()
        except ValueError:
            why = "the answer is a web page" if answer.is_html else "the answer is not JSON"
            raise self._failures.of_protocol(call, why, answer) from None

    def document(self, call: Call, answer: Answer) -> dict[str, object]:
        """The answer as a JSON object."""
        document = self.json(call, answer)
        if not isinstance(document, dict):
            raise self._failures.of_protocol(call, "the answer is no JSON object", answer)
        return document

    def batch(self, call: Call, answer: Answer) -> Batch:
        """The answer as a batch."""
        try:
            return self._read(self._account, self.document(call, answer))
        except ValueError as error:
            raise self._no_batch(call, answer, str(error)) from None

    def retrieved(self, call: Call, answer: Answer) -> Retrieved:
        """The answer as a batch, with what the server wishes."""
        return Retrieved(self.batch(call, answer), self._wish(answer))

    def page(
        self,
        call: Call,
        answer: Answer,
        items: Sequence[object],
        after_id: str | None,
        *,
        more: bool,
        last_id: object = None,
    ) -> Page:
        """The items of a list, newest first, as the page of those older than `after_id`.

        `more` and `last_id` are what the server says; a cursor that it leaves out means the last
        batch. Some servers say that there is more of an empty page, or give the same cursor for
        ever: there is no more then.
        """
        batches = self._batches(call, answer, items, first_page=after_id is None)
        last = last_id if isinstance(last_id, str) and last_id else end_of(batches)
        return Page(
            batches,
            has_more=more and bool(items) and last not in (None, after_id),
            last_id=last,
            retry_after=self._wish(answer),
            skipped=len(items) - len(batches),
        )

    def _wish(self, answer: Answer) -> float | None:
        return retry_after(answer.headers, self._clock.now())

    def _batches(
        self, call: Call, answer: Answer, items: Sequence[object], *, first_page: bool
    ) -> tuple[Batch, ...]:
        """What can be read of a list; an error only where nothing can be, so that none is hidden.

        Only the first page is refused like that: a later one proves nothing about the server.
        """
        batches: list[Batch] = []
        first_fault = ""
        for item in items:
            try:
                batches.append(self._read(self._account, item))
            except ValueError as error:
                first_fault = first_fault or str(error)
        if first_fault and not batches and first_page:
            raise self._no_batch(
                call, answer, f"{first_fault}, as all {len(items)} that are listed"
            )
        return tuple(batches)

    def call(
        self,
        action: str,
        method: str,
        folder: str,
        name: str,
        below: str = "",
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
    ) -> Call:
        """A call about the thing of this name in a folder of the server.

        Raises:
            NotFoundError: no path can carry the name.
        """
        try:
            path = f"{folder}/{path_segment(name)}{below}"
        except ValueError:
            raise self._failures.of_impossible_id(Call(action, method, folder)) from None
        return Call(
            action, method, path, params or {}, headers=headers or {}, repeatable=repeatable
        )

    def _no_batch(self, call: Call, answer: Answer, why: str) -> ProtocolError:
        why = f"what came is no {self._noun} ({why})"
        return self._failures.of_protocol(call, why, answer)


def no_results(error: ApiError) -> NoResultsError:
    """The same refusal as one that speaks of the results: the batch itself is there."""
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


def end_of(batches: Sequence[Batch]) -> str | None:
    """The cursor for what comes after these: the id of the last."""
    return batches[-1].ref.id if batches else None


def ids(items: object) -> Iterator[str]:
    """The ids of the objects in a list; what has none is passed over."""
    for item in items if isinstance(items, list) else ():
        name = item.get("id") if isinstance(item, dict) else None
        if isinstance(name, str) and name:
            yield name
