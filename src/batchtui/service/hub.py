"""From one publisher to many listeners, each of which always gets the newest state."""

import asyncio
from collections.abc import AsyncIterator, Hashable

from batchtui.core.events import (
    BatchEnded,
    BatchesChanged,
    DownloadProgress,
    Event,
    HealthChanged,
    LeftOpen,
    SubmissionChanged,
    SubmitProgress,
)
from batchtui.service.store import merge


class Subscription:
    """An endless async iterator of events; ends when it or the hub is closed.

    What a slow listener has not read yet is merged, so a queue never grows without bound:
    changes into one diff, health by account, progress by batch.
    """

    def __init__(self) -> None:
        self._waiting: dict[Hashable, Event] = {}
        self._arrived = asyncio.Event()
        self.closed = False
        self.error: BaseException | None = None

    def put(self, event: Event) -> None:
        """Add an event, replacing or merging an unread one of the same kind."""
        key = _key(event)
        unread = self._waiting.pop(key, None)
        if isinstance(event, BatchesChanged) and isinstance(unread, BatchesChanged):
            event = BatchesChanged(merge(unread.diff, event.diff))
        elif isinstance(event, LeftOpen) and isinstance(unread, LeftOpen):
            both = (*unread.submissions, *event.submissions), (*unread.calls, *event.calls)
            event = LeftOpen(*both)
        self._waiting[key] = event
        self._arrived.set()

    def close(self) -> None:
        """End the iteration once the unread events are taken."""
        self.closed = True
        self._arrived.set()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        while not self._waiting:
            if self.error:
                raise self.error
            if self.closed:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.pop(next(iter(self._waiting)))


def _key(event: Event) -> Hashable:
    match event:
        case HealthChanged(health):
            return HealthChanged, health.account
        case DownloadProgress(ref=ref):
            return DownloadProgress, ref
        case BatchEnded(entry):
            return BatchEnded, entry.ref
        case SubmitProgress(number=number):
            return SubmitProgress, number
        case SubmissionChanged(submission):
            return SubmissionChanged, submission.number
        case _:
            return type(event).__name__


class EventHub:
    """Hands each published event to every subscription. For one event loop."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self._closed = False

    def subscribe(self) -> Subscription:
        """A subscription that gets all events from now on, until `unsubscribe`."""
        subscription = Subscription()
        if self._closed:
            subscription.close()
        else:
            self._subscriptions.add(subscription)
        return subscription

    def publish(self, event: Event) -> None:
        """Hand an event to all that still listen."""
        self._subscriptions = {one for one in self._subscriptions if not one.closed}
        for subscription in self._subscriptions:
            subscription.put(event)

    def fail(self, error: BaseException) -> None:
        """End all iterations with an error: the service has a defect and cannot go on."""
        for subscription in self._subscriptions:
            subscription.error = error
        self.close()

    def close(self) -> None:
        """End all iterations."""
        self._closed = True
        for subscription in self._subscriptions:
            subscription.close()
        self._subscriptions.clear()
