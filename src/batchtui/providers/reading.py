"""From answers to batches: what all protocols' answers have in common, and how they go wrong."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from batchtui.core.errors import ApiError, NoResultsError, ProtocolError
from batchtui.core.models import Batch
from batchtui.providers.exchange import Answer, Call, path_segment
from batchtui.providers.failures import Failures

ReadBatch = Callable[[str, object], Batch]
"""Makes a batch of an account from a decoded JSON value; raises `ValueError` where it is none."""


class Reader:
    """Reads the answers to one account's calls. What is not of the protocol is a `ProtocolError`.

    `noun` is what the protocol calls a batch.
    """

    def __init__(self, account: str, failures: Failures, read: ReadBatch, noun: str) -> None:
        self._account = account
        self._failures = failures
        self._read = read
        self._noun = noun

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

    def batches(
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


def cursor(value: object, batches: tuple[Batch, ...]) -> str | None:
    """A cursor of the page; a server that leaves it out means the batch at that end."""
    if isinstance(value, str) and value:
        return value
    return batches[0].ref.id if batches else None


def ids(items: object) -> Iterator[str]:
    """The ids of the objects in a list; what has none is passed over."""
    for item in items if isinstance(items, list) else ():
        name = item.get("id") if isinstance(item, dict) else None
        if isinstance(name, str) and name:
            yield name
