"""The errors that cross a module boundary, each typed and shown once.

BatchtuiError
├── UsageError           the command or key cannot mean anything here
├── ConfigError          a configuration file, variable or flag is wrong
├── StateError           the batch is not in a state for that
├── AmbiguousIdError     an id fits more than one batch
├── UnknownBatchError    no batch of that id, neither here nor at the provider
├── ApiError             a provider answered with an error, or not at all
│   ├── AuthError        the key is missing, wrong or expired
│   ├── PermissionDeniedError
│   ├── NotFoundError
│   │   └── NoResultsError   the batch is there, its results are not
│   ├── ConflictError
│   ├── BadRequestError  the server refuses the request as it is
│   ├── RateLimitedError
│   ├── OverloadedError
│   ├── ServerError
│   ├── NetworkError     no answer: DNS, refused, TLS, time-out, cut connection
│   └── ProtocolError    an answer that is not of the protocol
├── ArchiveError         the local database cannot be read or written
├── ResultsError         a results file cannot be fetched, read or written
│   └── QueryError       a query that cannot be understood, with the place
└── SubmitError          requests that cannot be sent
    └── SentBeforeError  they were sent before; to be asked about
"""


class BatchtuiError(Exception):
    """Base of all. `what` happened, `why`, and a `hint` that says what to do.

    None of the three ever holds a secret. They may hold text of the server: mask it
    (`core.text.safe`) before it reaches a terminal.
    """

    def __init__(self, what: str, why: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}: {self.why}" if self.why else self.what


class UsageError(BatchtuiError):
    """The command or key cannot mean anything here."""


class ConfigError(BatchtuiError):
    """A configuration file, variable or flag is wrong."""


class StateError(BatchtuiError):
    """The batch is not in a state for that."""


class AmbiguousIdError(UsageError):
    """An id fits more than one batch."""


class UnknownBatchError(BatchtuiError):
    """No batch of that id is known here or at the provider."""


TOLD_BY_WORDS = 300
"""Characters of an error's answer that the words made of it tell all of."""


class ApiError(BatchtuiError):
    """A provider answered with an error, or not at all.

    `status` is the HTTP status (None without an answer), `error_type` the wire's own word,
    `body` the answer as text (cut to a few kB) for a look at the whole,
    `retryable` whether the same call may succeed later,
    `retry_after` the server's wish in seconds, and `maybe_done` whether this call, or an earlier
    try of it, may have been carried out although no answer says so.
    """

    def __init__(
        self,
        what: str,
        why: str = "",
        hint: str = "",
        *,
        status: int | None = None,
        error_type: str = "",
        request_id: str = "",
        body: str = "",
        retryable: bool = False,
        retry_after: float | None = None,
        maybe_done: bool = False,
    ) -> None:
        super().__init__(what, why, hint)
        self.status = status
        self.error_type = error_type
        self.request_id = request_id
        self.body = body
        self.retryable = retryable
        self.retry_after = retry_after
        self.maybe_done = maybe_done


def whole_answer(error: Exception | None) -> str:
    """The answer behind an error, where its words are but a part of it; else empty.

    As it came, so made safe before it is shown.
    """
    body = error.body if isinstance(error, ApiError) else ""
    return body if len(body) > TOLD_BY_WORDS else ""


class AuthError(ApiError):
    """The key is missing, wrong or expired (401)."""


class PermissionDeniedError(ApiError):
    """The key is good but may not do this (402, 403)."""


class NotFoundError(ApiError):
    """The server knows no such thing for this key (404)."""


class NoResultsError(NotFoundError):
    """The server knows the batch, and has no results of it: not yet, or not any more."""


class PartGoneError(NoResultsError):
    """Some of the results came, and all that is there; the rest the server has not any more."""


class ConflictError(ApiError):
    """The thing is in another state than the call needs (409)."""


class BadRequestError(ApiError):
    """The server refuses the request as it is (400, 405, 413, 422, 501 and other 4xx)."""


class RateLimitedError(ApiError):
    """Too many calls, or a spending limit (429); `retryable` tells them apart."""


class OverloadedError(ApiError):
    """The service is overloaded for now (503, 529)."""


class ServerError(ApiError):
    """The service failed (other 5xx)."""


class NetworkError(ApiError):
    """No answer: DNS, refused, TLS, time-out, cut connection."""


class NoAnswerError(NetworkError):
    """The server was reached, and has not answered in time."""


class ProtocolError(ApiError):
    """An answer that is not of the protocol: not JSON, a field missing, a foreign redirect."""


class ArchiveError(BatchtuiError):
    """The local database cannot be read or written."""


class ResultsError(BatchtuiError):
    """A results file cannot be fetched, read or written."""


class QueryError(ResultsError):
    """A query that cannot be understood. `at` is the offset of the place in the query text."""

    def __init__(self, what: str, why: str = "", hint: str = "", *, at: int = 0) -> None:
        super().__init__(what, why, hint)
        self.at = at


class SubmitError(BatchtuiError):
    """Requests that cannot be sent."""


class RequestsChangedError(SubmitError):
    """The file is not the one that was checked."""


class SentBeforeError(SubmitError):
    """The same requests were sent before. `numbers` are those submissions, the newest first."""

    def __init__(
        self, what: str, why: str = "", hint: str = "", *, numbers: tuple[int, ...] = ()
    ) -> None:
        super().__init__(what, why, hint)
        self.numbers = numbers
