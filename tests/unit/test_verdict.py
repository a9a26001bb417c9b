import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.core.models import BatchState, RequestCounts, Verdict
from batchtui.core.verdict import outcome, verdict
from support.batches import a_batch


def ended(state=BatchState.COMPLETED, **counts):
    return a_batch(state=state, counts=RequestCounts(**counts))


@pytest.mark.parametrize(
    ("batch", "expected"),
    [
        (a_batch(), Verdict.PENDING),
        (a_batch(state=BatchState.UNKNOWN), Verdict.PENDING),
        (ended(succeeded=3), Verdict.SUCCEEDED),
        (ended(succeeded=2, errored=1), Verdict.PARTIAL),
        (ended(BatchState.CANCELED, succeeded=1, canceled=9), Verdict.PARTIAL),
        (ended(errored=9), Verdict.FAILED),
        (ended(errored=5, expired=5), Verdict.FAILED),
        (ended(BatchState.CANCELED, canceled=2), Verdict.CANCELED),
        (ended(BatchState.EXPIRED, expired=2, errored=1), Verdict.EXPIRED),
        (ended(processing=1), Verdict.UNKNOWN),
    ],
)
def test_verdict(batch, expected):
    assert verdict(batch) is expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (BatchState.COMPLETED, Verdict.UNKNOWN),
        (BatchState.FAILED, Verdict.FAILED),
        (BatchState.CANCELED, Verdict.CANCELED),
        (BatchState.EXPIRED, Verdict.EXPIRED),
    ],
)
def test_without_counts_a_completed_batch_says_nothing_of_its_requests(state, expected):
    assert verdict(a_batch(state=state, counts=RequestCounts())) is expected


@given(st.builds(RequestCounts, *[st.integers(0, 5)] * 5))
def test_succeeded_means_every_single_request(counts):
    batch = a_batch(state=BatchState.COMPLETED, counts=counts)
    all_good = counts.succeeded == counts.total and counts.total > 0
    assert (verdict(batch) is Verdict.SUCCEEDED) == all_good
    assert counts.total == counts.processing + counts.succeeded + counts.unsuccessful


def test_outcome_names_what_is_missing():
    assert outcome(ended(succeeded=998, errored=2)) == "998/1,000 · 2 errored"
    assert outcome(ended(succeeded=7)) == "7"
    assert outcome(a_batch(counts=RequestCounts(processing=7))) == "7"
