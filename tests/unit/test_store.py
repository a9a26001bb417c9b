from dataclasses import replace

from batchtui.core.models import BatchesDiff, BatchRef, BatchState, PendingAction, Presence
from batchtui.service.store import BatchStore, merge
from support.batches import a_batch


def test_a_new_batch_is_added_and_an_equal_one_is_silence():
    store = BatchStore()
    first = store.apply([a_batch()])
    assert [entry.batch for entry in first.added] == [a_batch()]
    assert not first.updated
    assert not store.apply([a_batch()])


def test_a_change_of_the_raw_text_alone_is_kept_but_no_change():
    store = BatchStore()
    store.apply([a_batch(raw='{"a":1}')])
    assert not store.apply([a_batch(raw='{"a":2}')])
    assert store.get(BatchRef("work", "msgbatch_01")).batch.raw == '{"a":2}'


def test_the_end_of_a_batch_is_told_once():
    store = BatchStore()
    store.apply([a_batch()])
    ended = a_batch(state=BatchState.COMPLETED)
    diff = store.apply([ended])
    assert [entry.batch for entry in diff.updated] == [ended]
    assert diff.ended == diff.updated
    assert not store.apply([ended]).ended


def test_a_batch_first_seen_ended_did_not_just_end():
    assert not BatchStore().apply([a_batch(state=BatchState.COMPLETED)]).ended


def test_an_answer_overtaken_by_a_later_call_does_not_bring_the_old_state_back():
    store = BatchStore()
    store.apply([a_batch()])
    asked = store.serial
    store.apply([a_batch(state=BatchState.CANCELING)])
    assert not store.apply([a_batch()], since=asked)
    assert store.entries()[0].batch.state is BatchState.CANCELING
    assert store.apply([a_batch()], since=store.serial)


def test_a_listed_batch_comes_back_from_unlisted():
    store = BatchStore()
    store.apply([a_batch()])
    ref = a_batch().ref
    assert store.annotate([ref], presence=Presence.UNLISTED).updated
    assert store.apply([a_batch()]).updated[0].presence is Presence.LISTED


def test_entries_are_newest_first_and_apart_by_account():
    store = BatchStore()
    store.apply([a_batch("a", minutes_ago=5), a_batch("b", minutes_ago=1)])
    store.apply([a_batch("a", account="home", minutes_ago=3)])
    assert [entry.ref for entry in store.entries()] == [
        BatchRef("work", "b"),
        BatchRef("home", "a"),
        BatchRef("work", "a"),
    ]
    assert len(store.of_account("work")) == 2


def test_restoring_keeps_what_only_this_process_knows():
    store = BatchStore()
    store.apply([a_batch()])
    ref = a_batch().ref
    store.annotate([ref], pending=PendingAction.CANCEL, local_results="/here")
    stored = replace(store.get(ref), pending=None, local_results="", label="nightly")
    diff = store.restore([stored])
    assert diff.updated[0].label == "nightly"
    assert diff.updated[0].pending is PendingAction.CANCEL
    assert diff.updated[0].local_results == "/here"
    assert not store.restore([stored])


def test_annotating_an_unknown_batch_changes_nothing():
    assert not BatchStore().annotate([BatchRef("work", "x")], label="y")


def test_merged_diffs_do_what_both_did():
    store = BatchStore()
    first = store.apply([a_batch("a")])
    second = store.apply([a_batch("a", state=BatchState.COMPLETED), a_batch("b")])
    both = merge(first, second)
    assert {entry.ref.id: entry.batch.state for entry in both.added} == {
        "a": BatchState.COMPLETED,
        "b": BatchState.RUNNING,
    }
    assert not both.updated
    assert [entry.ref.id for entry in both.ended] == ["a"]
    assert merge(BatchesDiff(), first) == first


def test_a_deleted_batch_that_is_listed_as_it_was_is_still_deleted():
    store = BatchStore()
    ended = a_batch(state=BatchState.COMPLETED)
    store.apply([ended])
    store.annotate([ended.ref], presence=Presence.DELETED)
    assert not store.apply([replace(ended, raw="{}")])
    assert store.get(ended.ref).presence is Presence.DELETED
    store.apply([replace(ended, results_available=False)])
    assert store.get(ended.ref).presence is Presence.LISTED
