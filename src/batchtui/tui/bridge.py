"""From the service's events to messages: one worker listens, and screens hear."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from textual.message import Message

from batchtui.core import events
from batchtui.core.errors import BatchtuiError
from batchtui.core.models import AccountHealth, BatchEntry, BatchesDiff
from batchtui.core.submissions import Submission

if TYPE_CHECKING:
    from batchtui.service.manager import BatchService


class ServiceOpened(Message):
    """The service is there, with all that the archive remembers."""


class ServiceFailed(Message):
    """The service cannot be opened as things are configured."""

    def __init__(self, error: BatchtuiError) -> None:
        super().__init__()
        self.error = error


class StoreChanged(Message):
    """Batches changed. What a slow screen has not heard yet, the service merges."""

    def __init__(self, diff: BatchesDiff) -> None:
        super().__init__()
        self.diff = diff


class BatchHasEnded(Message):
    """A batch was seen to end."""

    def __init__(self, entry: BatchEntry) -> None:
        super().__init__()
        self.entry = entry


class HealthHasChanged(Message):
    """An account is doing differently."""

    def __init__(self, health: AccountHealth) -> None:
        super().__init__()
        self.health = health

    def can_replace(self, message: Message) -> bool:
        """Only the latest of an account matters."""
        if not isinstance(message, HealthHasChanged):
            return False
        return message.health.account == self.health.account


class DownloadMoved(Message):
    """A download of results moved, finished or stopped."""

    def __init__(self, event: events.DownloadProgress) -> None:
        super().__init__()
        self.event = event

    def can_replace(self, message: Message) -> bool:
        """Only the latest of a download matters."""
        return isinstance(message, DownloadMoved) and message.event.ref == self.event.ref


class SubmitMoved(Message):
    """Bytes of a submission went out."""

    def __init__(self, event: events.SubmitProgress) -> None:
        super().__init__()
        self.event = event

    def can_replace(self, message: Message) -> bool:
        """Only the latest of a submission matters."""
        return isinstance(message, SubmitMoved) and message.event.number == self.event.number


class SubmissionHasChanged(Message):
    """A submission went to another state."""

    def __init__(self, submission: Submission) -> None:
        super().__init__()
        self.submission = submission


class LeftOpenFound(Message):
    """A program that ended in the middle has left something behind."""

    def __init__(self, event: events.LeftOpen) -> None:
        super().__init__()
        self.event = event


class ArchiveHasFailed(Message):
    """What happens from now on is not kept."""

    def __init__(self, error: BatchtuiError) -> None:
        super().__init__()
        self.error = error


class ArchiveHasRecovered(Message):
    """What happens from now on is kept again."""


class Listener(Protocol):
    """Whoever takes the messages: the app, which hands them to its screens."""

    def hear(self, make: Callable[[], Message]) -> None:
        """Hand a new message to each screen."""
        ...

    def take_service(self, service: "BatchService | None") -> None:
        """The service is open, or closed again."""
        ...


async def run_service(open_service: Callable[[], "BatchService"], listener: Listener) -> None:
    """Open the service, poll, and hand on its events until canceled."""
    try:
        service = open_service()
    except BatchtuiError as caught:
        error = caught
        listener.hear(lambda: ServiceFailed(error))
        return
    async with service:
        listener.take_service(service)
        stream = service.events()
        listener.hear(ServiceOpened)
        service.start()
        try:
            async for event in stream:
                listener.hear(lambda event=event: message_of(event))  # type: ignore[misc]
        finally:
            listener.take_service(None)


def message_of(event: events.Event) -> Message:
    """The message that tells of an event."""
    match event:
        case events.BatchesChanged(diff):
            return StoreChanged(diff)
        case events.BatchEnded(entry):
            return BatchHasEnded(entry)
        case events.HealthChanged(health):
            return HealthHasChanged(health)
        case events.ArchiveFailed(error):
            return ArchiveHasFailed(error)
        case events.ArchiveRecovered():
            return ArchiveHasRecovered()
    return _message_of_work(event)


def _message_of_work(
    event: events.DownloadProgress
    | events.SubmitProgress
    | events.SubmissionChanged
    | events.LeftOpen,
) -> Message:
    match event:
        case events.SubmitProgress():
            return SubmitMoved(event)
        case events.SubmissionChanged(submission):
            return SubmissionHasChanged(submission)
        case events.LeftOpen():
            return LeftOpenFound(event)
    return DownloadMoved(event)
