import pytest

from batchtui.core.events import BatchEnded, BatchesChanged, DownloadProgress, HealthChanged
from batchtui.core.models import AccountHealth, BatchEntry, BatchRef, BatchState
from batchtui.service.hub import EventHub
from batchtui.service.store import BatchStore
from support.batches import a_batch


def changed(store, batch):
    return BatchesChanged(store.apply([batch]))


async def test_unread_changes_merge_into_one():
    hub, store = EventHub(), BatchStore()
    events = hub.subscribe()
    hub.publish(changed(store, a_batch("a")))
    hub.publish(changed(store, a_batch("b")))
    diff = (await anext(events)).diff
    assert [entry.ref.id for entry in diff.added] == ["a", "b"]


async def test_health_is_replaced_by_account_and_progress_by_batch():
    hub = EventHub()
    events = hub.subscribe()
    ref = BatchRef("work", "a")
    for number in (1, 2):
        hub.publish(HealthChanged(AccountHealth("work", failures=number)))
        hub.publish(HealthChanged(AccountHealth("home", failures=number)))
        hub.publish(DownloadProgress(ref, number, None, number, None, 0.0))
    hub.close()
    seen = [event async for event in events]
    assert [event.health.failures for event in seen[:2]] == [2, 2]
    assert seen[2].received == 2
    assert len(seen) == 3


async def test_each_end_is_told():
    hub = EventHub()
    events = hub.subscribe()
    entries = [BatchEntry(a_batch(name, state=BatchState.COMPLETED)) for name in "ab"]
    for entry in entries:
        hub.publish(BatchEnded(entry))
    assert [(await anext(events)).entry, (await anext(events)).entry] == entries


async def test_every_listener_gets_every_event_from_its_start_on():
    hub = EventHub()
    first = hub.subscribe()
    hub.publish(HealthChanged(AccountHealth("work")))
    second = hub.subscribe()
    hub.publish(HealthChanged(AccountHealth("home")))
    hub.close()
    assert len([event async for event in first]) == 2
    assert len([event async for event in second]) == 1


async def test_a_defect_reaches_the_listeners():
    hub = EventHub()
    events = hub.subscribe()
    hub.fail(ValueError("broken"))
    with pytest.raises(ValueError, match="broken"):
        await anext(events)


async def test_a_listener_that_leaves_or_comes_late_ends():
    hub = EventHub()
    events = hub.subscribe()
    events.close()
    hub.publish(HealthChanged(AccountHealth("work")))
    assert [event async for event in events] == []
    hub.close()
    assert [event async for event in hub.subscribe()] == []
