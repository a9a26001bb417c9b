"""What the process says when it ends: the exit codes, and which error gives which."""

from collections.abc import Iterable

from batchtui.core.errors import (
    AuthError,
    BatchtuiError,
    ConfigError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    QueryError,
    StateError,
    UnknownBatchError,
    UsageError,
)
from batchtui.core.models import Batch, BatchState, Verdict
from batchtui.core.verdict import verdict

OK = 0
FAILED = 1
USAGE = 2
UNSUCCESSFUL = 3
"""Ended, but some request did not succeed."""
DENIED = 4
NO_SUCH_BATCH = 5
WRONG_STATE = 6
CRASHED = 70
TIMED_OUT = 124
INTERRUPTED = 130
BROKEN_PIPE = 141
"""As the shell reports a program that SIGPIPE ended."""

_BY_TYPE: tuple[tuple[type[BatchtuiError], int], ...] = (
    (ConfigError, USAGE),
    (UsageError, USAGE),
    (QueryError, USAGE),
    (AuthError, DENIED),
    (PermissionDeniedError, DENIED),
    (UnknownBatchError, NO_SUCH_BATCH),
    (NotFoundError, NO_SUCH_BATCH),
    (StateError, WRONG_STATE),
    (ConflictError, WRONG_STATE),
)


def code_for(error: Exception) -> int:
    """The exit code of an error; anything not listed in the contract is a plain failure."""
    return next((code for kind, code in _BY_TYPE if isinstance(error, kind)), FAILED)


def worst(codes: Iterable[int]) -> int:
    """The highest of some exit codes, or 0 without any."""
    return max(codes, default=OK)


def signalled(signum: int) -> int:
    """The code of a program that a signal ended."""
    return 128 + signum


def code_for_batch(batch: Batch) -> int:
    """What an ended batch means to a script.

    A provider without counts can say no more than that a batch completed: that is taken
    as success.
    """
    judged = verdict(batch)
    if judged is Verdict.SUCCEEDED:
        return OK
    trusted = judged is Verdict.UNKNOWN and batch.request_counts is None
    return OK if trusted and batch.state is BatchState.COMPLETED else UNSUCCESSFUL
