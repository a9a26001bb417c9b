from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from batchtui.core.models import UNDATED, BatchState, Capabilities, RequestCounts
from batchtui.core.progress import (
    STALLED_AFTER,
    Sample,
    eta_range,
    progress,
    stalled,
    throughput,
)
from support.batches import NOON, a_batch

MINUTE = timedelta(minutes=1)


def test_counts_that_stand_still_give_no_fraction_but_a_deadline():
    now = progress(a_batch(minutes_ago=10), NOON)
    assert now.fraction is None
    assert now.rate is None
    assert now.elapsed == 10 * MINUTE
    assert now.expires_in == timedelta(hours=23, minutes=50)


def test_counts_that_move_give_fraction_rate_and_time_left():
    counts = RequestCounts(processing=40, succeeded=60)
    samples = [
        Sample(NOON - 5 * MINUTE, RequestCounts(processing=100)),
        Sample(NOON - MINUTE, counts),
    ]
    now = progress(a_batch(counts=counts, counts_live=True), NOON, samples)
    assert now.fraction == 0.6
    assert now.rate == 60 / 300
    assert now.remaining == timedelta(seconds=200)


def test_an_ended_batch_has_only_its_duration():
    now = progress(a_batch(state=BatchState.COMPLETED, minutes_ago=30), NOON + 60 * MINUTE)
    assert now.elapsed == 30 * MINUTE
    assert now.expires_in is None


def test_the_rate_looks_at_the_recent_past_only():
    old = Sample(NOON - 60 * MINUTE, RequestCounts(processing=100))
    new = Sample(NOON, RequestCounts(processing=50, succeeded=50))
    assert throughput([old, new], NOON) is None
    assert throughput([new], NOON) is None
    assert throughput([new, new], NOON + MINUTE) is None


def test_experience_speaks_from_five_batches_on():
    history = [MINUTE * n for n in (10, 20, 30, 40)]
    assert eta_range(MINUTE, history) is None
    eta = eta_range(10 * MINUTE, [*history, 50 * MINUTE])
    assert eta.likely == 20 * MINUTE
    assert eta.late == 36 * MINUTE
    assert eta.batches == 5
    assert progress(a_batch(), NOON, history=[*history, 50 * MINUTE]).eta is not None


@given(
    st.lists(st.integers(0, 10**6), min_size=5, max_size=50),
    st.integers(0, 10**6),
)
def test_time_to_go_is_never_negative_and_late_is_never_before_likely(history, elapsed):
    eta = eta_range(timedelta(seconds=elapsed), [timedelta(seconds=s) for s in history])
    assert timedelta(0) <= eta.likely <= eta.late


def test_a_batch_whose_beginning_was_not_told_has_run_for_no_known_time():
    now = progress(a_batch(created_at=UNDATED), NOON)
    assert now.elapsed == timedelta(0)


def test_only_a_silent_old_batch_of_a_kind_that_stalls_is_doubted():
    able, why = Capabilities(stalls="polling may be off"), "polling may be off"
    old = a_batch(created_at=NOON - STALLED_AFTER)
    moving = a_batch(created_at=old.created_at, counts=RequestCounts(processing=1, succeeded=1))
    assert stalled(old, NOON, able) == why
    assert stalled(old, NOON - MINUTE, able) == ""
    assert stalled(moving, NOON, able) == ""
    assert stalled(old, NOON, Capabilities()) == ""
    assert stalled(a_batch(created_at=UNDATED), NOON, able) == ""
    done = a_batch(state=BatchState.COMPLETED, created_at=old.created_at)
    assert stalled(done, NOON, able) == ""
