"""What is said of a batch that was created here, and of its retries."""

from types import SimpleNamespace

import pytest
from tests.unit.test_presenters import NOW

from batchtui.core.models import Batch, BatchEntry, BatchRef, BatchState, RequestCounts
from batchtui.tui.kinship import kin_of, sent_words


def entry(batch_id, counts=None):
    ref, state = BatchRef("work", batch_id), BatchState.COMPLETED
    return BatchEntry(Batch(ref, "letta", state, "completed", NOW, counts, ended_at=NOW))


@pytest.fixture
def service():
    parent, child = (
        entry("job-parent", RequestCounts(0, 35, 5)),
        entry("job-child9", RequestCounts(0, 5)),
    )
    known = {one.ref: one for one in (parent, child)}
    lineage = SimpleNamespace(
        parent={child.ref: parent.ref}.get,
        children=lambda ref: [child.ref] if ref == parent.ref else [],
        submission={BatchRef("work", "job-here"): SimpleNamespace(count=1200)}.get,
    )
    return SimpleNamespace(lineage=lineage, entry=known.get)


def test_a_retry_is_told_with_what_came_of_it(service):
    told = kin_of(service, service.entry(BatchRef("work", "job-parent")))
    assert told == [("Retried by", "…child9, succeeded: 5")]


def test_what_was_sent_is_told_where_the_provider_does_not_tell(service):
    assert sent_words(service, entry("job-here")) == "1,200, as sent from here"
    assert sent_words(service, entry("job-elsewhere")) == ""
    assert sent_words(service, entry("job-here", RequestCounts(0, 5))) == ""
