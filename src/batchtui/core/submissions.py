"""Sending a batch: what is sent, how, and what became of it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import PurePath
from typing import Protocol

from batchtui.core.models import BatchRef


class RequestBody(Protocol):
    """The whole request document of a create, read from disk as it is sent."""

    @property
    def size(self) -> int:
        """Bytes of the document, known before the first one is sent."""
        ...

    @property
    def count(self) -> int:
        """Requests in it."""
        ...

    @property
    def sha256(self) -> str:
        """Checksum of the file of requests it is made from, in hex."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The document from its start; `size` bytes in all.

        Raises:
            SubmitError: the file is not what was checked any more; the last byte was not given.
        """
        ...


@dataclass(frozen=True, slots=True)
class CreateOptions:
    """How one batch is created, beside what its account says; empty means as the account has it.

    `betas` are added to those of the account. `headers` are for gateways and hold no secrets:
    they are remembered with the batch.
    """

    betas: tuple[str, ...] = ()
    version: str = ""
    """The API version: the header `anthropic-version`."""
    user_profile: str = ""
    """The header `anthropic-user-profile-id`."""
    headers: Mapping[str, str] = field(default_factory=dict)


NO_OPTIONS = CreateOptions()
"""All as the account has it."""


class SubmissionState(StrEnum):
    """Where a submission stands."""

    INTENDED = "intended"
    """Noted; no byte of it has been sent."""
    SENDING = "sending"
    CREATED = "created"
    """The provider answered with the batch."""
    REFUSED = "refused"
    """The provider said no, or could not be reached: there is no batch."""
    CANCELED = "canceled"
    """Stopped from here before its last byte: there is no batch."""
    UNKNOWN = "unknown"
    """All was sent, no answer came: the batch may exist, and is looked for."""
    ADOPTED = "adopted"
    """No answer came; a batch was taken for it afterwards, for the reason in `why`. Where that was
    by count and time only, it stands in `candidates` as well."""
    ABSENT = "absent"
    """No batch of it has turned up, or can: see `why`."""

    @property
    def is_open(self) -> bool:
        """It is still to be found out whether there is a batch."""
        return self in _OPEN

    @property
    def has_batch(self) -> bool:
        """There is a batch, and its id is known."""
        return self in _WITH_BATCH

    @property
    def words(self) -> str:
        """What became of it, for people."""
        return _WORDS[self]


_OPEN = frozenset({SubmissionState.INTENDED, SubmissionState.SENDING, SubmissionState.UNKNOWN})
_WITH_BATCH = frozenset({SubmissionState.CREATED, SubmissionState.ADOPTED})


_WORDS = {
    SubmissionState.INTENDED: "not sent yet",
    SubmissionState.SENDING: "being sent",
    SubmissionState.CREATED: "created",
    SubmissionState.REFUSED: "refused: there is no batch",
    SubmissionState.CANCELED: "stopped: there is no batch",
    SubmissionState.UNKNOWN: "no answer: it is not known whether there is a batch",
    SubmissionState.ADOPTED: "adopted, as no answer came",
    SubmissionState.ABSENT: "no batch found",
}


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a file of requests it is: 1 of 1 is the whole."""

    number: int = 1
    of: int = 1

    @property
    def suffix(self) -> str:
        """What tells the labels of several parts apart; empty for the whole."""
        return f" ({self.number} of {self.of})" if self.of > 1 else ""


WHOLE = Part()


@dataclass(frozen=True, slots=True)
class Draft:
    """A batch to be: which requests go to which account, and what is remembered with it."""

    account: str
    body: RequestBody
    file: str
    """The file of requests, as it was named; `-` for standard input."""
    label: str = ""
    """That of all parts; empty for the file's name."""
    options: CreateOptions = NO_OPTIONS
    copy: str = ""
    """Where a copy of the file lies that stays, or empty."""
    parent: BatchRef | None = None
    """The batch whose requests are sent again."""
    part: Part = WHOLE

    @property
    def shown_label(self) -> str:
        """The label, or what serves as one, with the part where there are several."""
        name = self.label or ("" if self.file == "-" else PurePath(self.file).name)
        return f"{name}{self.part.suffix}" if name else ""


@dataclass(frozen=True, slots=True)
class Submission:
    """One attempt to create a batch, from its intent to what became of it."""

    number: int
    """Names it, on this machine, for ever."""
    account: str
    state: SubmissionState
    at: datetime
    """When it was intended."""
    file: str
    sha256: str
    size: int
    """Bytes of the document."""
    count: int
    """Requests in it."""
    label: str = ""
    options: CreateOptions = NO_OPTIONS
    copy: str = ""
    parent: str = ""
    """Id of the batch whose requests it sends again, in the same account."""
    part: Part = WHOLE
    sent_at: datetime | None = None
    """When there began to be a chance of a batch: its last byte was about to go, or the call that
    makes a batch of the upload. Before that, there can be none."""
    upload: str = ""
    """Id of the file that the requests were uploaded as, where that comes first."""
    batch_id: str = ""
    why: str = ""
    """Why there is no batch, or nobody knows, or one was adopted, in words."""
    candidates: tuple[str, ...] = ()
    """Ids of batches that may be it, where nothing proves which one is."""

    @property
    def ref(self) -> BatchRef | None:
        """Its batch, once that is known."""
        return BatchRef(self.account, self.batch_id) if self.state.has_batch else None


@dataclass(frozen=True, slots=True)
class LeftCall:
    """A call that changes a batch, made by a program that ended before the answer."""

    ref: BatchRef
    verb: str
    at: datetime
