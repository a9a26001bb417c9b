"""What the process says when it ends: the exit codes, and which error gives which."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from batchtui.core.errors import (
    AuthError,
    BatchtuiError,
    ConfigError,
    ConflictError,
    NoResultsError,
    NotFoundError,
    PermissionDeniedError,
    QueryError,
    StateError,
    UnknownBatchError,
    UsageError,
)
from batchtui.core.states import Verdict

if TYPE_CHECKING:
    from batchtui.core.models import BatchEntry

OK = 0
FAILED = 1
USAGE = 2
UNSUCCESSFUL = 3
"""Ended, but some request did not succeed, or nothing tells whether all did."""
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
    (NoResultsError, WRONG_STATE),
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


def code_for_batch(entry: "BatchEntry") -> int:
    """What an ended batch means to a script: without counts, nothing says that it succeeded."""
    from batchtui.core.verdict import verdict_of

    return OK if verdict_of(entry) is Verdict.SUCCEEDED else UNSUCCESSFUL
