import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.core.models import BatchEntry, BatchState, RequestCounts, Verdict
from batchtui.core.reconciled import Reconciled
from batchtui.core.verdict import outcome, state_word, tally, verdict, verdict_of
from support.batches import NOON, a_batch


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


def test_nothing_is_processed_once_a_batch_has_ended():
    told = RequestCounts(succeeded=10, errored=2, processing=188)
    assert outcome(ended(succeeded=10, errored=2, processing=188)).endswith(" · 188 missing")
    assert tally(a_batch(counts=told))["processing"] == 188
    assert "processing" not in tally(a_batch(state=BatchState.COMPLETED, counts=told))


@pytest.mark.parametrize(
    ("batch", "off", "expected"),
    [
        (ended(succeeded=3), {}, Verdict.SUCCEEDED),
        (ended(succeeded=3), {"missing": 1}, Verdict.MISMATCH),
        (ended(succeeded=2, errored=1), {"duplicate": 1}, Verdict.MISMATCH),
        (ended(processing=1), {"nameless": 1}, Verdict.MISMATCH),
        (ended(succeeded=3), {"miscounts": 1}, Verdict.MISMATCH),
        (ended(errored=9), {"missing": 1}, Verdict.FAILED),
        (ended(BatchState.CANCELED, canceled=2), {"missing": 2}, Verdict.CANCELED),
        (a_batch(), {"missing": 1}, Verdict.PENDING),
    ],
)
def test_what_reconciling_found_is_part_of_the_verdict(batch, off, expected):
    entry = BatchEntry(batch, reconciled=Reconciled(NOON, rows=3, requests=3, **off))
    assert verdict_of(entry) is expected
    assert state_word(entry) == (batch.state if expected is Verdict.PENDING else expected)


def test_what_is_off_is_counted_in_words():
    assert (
        Reconciled(NOON, rows=3).words == "as far as the counts tell, every request has one result"
    )
    assert Reconciled(NOON, rows=3, requests=3).words == "every request has one result"
    found = Reconciled(NOON, rows=3, requests=3, missing=2000, unexpected=1, nameless=1)
    assert found.words == "2,000 missing, 1 unexpected, 1 result without an id"
    assert found.conclusion == "requests and results do not agree"
