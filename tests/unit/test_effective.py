"""Results against requests, and what holds of a batch and its retries."""

import json

import pytest

from batchtui.archive.archive import Archive
from batchtui.core.errors import ResultsError, SubmitError
from batchtui.core.models import BatchRef, RequestCounts
from batchtui.core.submissions import Draft, SubmissionState
from batchtui.requests.edits import parse_edit
from batchtui.requests.source import open_requests
from batchtui.results.compare.effective import effective_path, is_fresh
from batchtui.results.compare.reconcile import Miscount, Reconciliation, reconcile
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.store.cache import ResultsMeta, meta_path, results_path, write_note
from batchtui.service.hub import EventHub
from batchtui.service.ledger import Ledger
from batchtui.service.lineage import Lineage
from batchtui.service.retry import ids_of, unanswered, write_retry
from support.bodies import PARAMS, FakeBody
from support.results import errored, succeeded, without_answer, write


def results(path, *lines):
    return ResultsFile.open(write(path, *lines))


LINES = (
    succeeded("a"), errored("b"), without_answer("c", "expired"), without_answer("d", "canceled"),
)  # fmt: skip


def test_all_in_order(tmp_path):
    counts = RequestCounts(succeeded=1, errored=1, expired=1, canceled=1)
    with results(tmp_path / "r.jsonl", *LINES) as file:
        found = reconcile(file, counts=counts, requests=["d", "c", "b", "a"])
    assert found == Reconciliation(rows=4, requests=4)
    assert found.is_clean


def test_each_thing_that_is_off_is_listed(tmp_path):
    lines = (*LINES, succeeded("a", "again"), b"{no json", succeeded("x"))
    with results(tmp_path / "r.jsonl", *lines) as file:
        counts = RequestCounts(succeeded=2, errored=1, expired=1, canceled=1)
        found = reconcile(file, counts=counts, requests=["a", "b", "b", "c", "d", "e", "f"])
    assert found.missing == ("e", "f")
    assert found.duplicate == ("a",)
    assert found.unexpected == ("x",)
    assert found.nameless == 1
    assert found.asked_twice == ("b",)
    assert found.miscounts == (Miscount("succeeded", 2, 3),)
    assert not found.is_clean


def test_without_requests_ids_are_only_compared_with_each_other(tmp_path):
    with results(tmp_path / "r.jsonl", *LINES) as file:
        assert reconcile(file).is_clean
        assert reconcile(file).requests is None
        assert reconcile(file, counts=RequestCounts(processing=9)).is_clean
        assert reconcile(file, cancel=lambda: True) is None


@pytest.fixture
def requests(tmp_path):
    path = tmp_path / "requests.jsonl"
    lines = [json.dumps({"custom_id": one, "params": PARAMS}) for one in "abcde"]
    path.write_text("\n".join(lines) + "\n")
    return open_requests(path)


def test_a_retry_has_what_has_no_answer_with_the_edits(tmp_path, requests):
    target = tmp_path / "retry" / "again.jsonl"
    with results(tmp_path / "r.jsonl", *LINES) as file:
        ids = unanswered(file, requests)
        assert ids == {"b", "c", "d", "e"}
        assert ids_of(file, [1, 2]) == {"b", "c"}
    edited = requests.changed(edits=[parse_edit("max_tokens=4096")])
    made = write_retry(edited, {"c", "b", "zz"}, target)
    assert (made.requests, made.without_request) == (2, ("zz",))
    again = [json.loads(line) for line in target.read_bytes().split(b"\n") if line]
    assert [one["custom_id"] for one in again] == ["b", "c"]
    assert all(one["params"] == PARAMS | {"max_tokens": 4096} for one in again)


@pytest.mark.parametrize("ids", [set(), {"zz"}])
def test_nothing_to_retry_is_told_and_leaves_no_file(tmp_path, requests, ids):
    with pytest.raises(SubmitError, match="nothing to send again"):
        write_retry(requests, ids, tmp_path / "again.jsonl")
    assert not (tmp_path / "again.jsonl").exists()


@pytest.fixture
def ledger(tmp_path, clock):
    made = Ledger(
        lambda: Archive.open(tmp_path / "archive.sqlite3"),
        EventHub(),
        clock,
        accounts=["work"],
        kept_as={"work": "work@http://x"},
    )
    yield made
    made.close()


def put_copy(tmp_path, name, *lines):
    path = results_path(tmp_path, BatchRef("work@http://x", name))
    path.parent.mkdir(exist_ok=True)
    write(path, *lines)
    meta = ResultsMeta(len(lines), None, 0, path.stat().st_size, f"sum of {lines}", "")
    write_note(meta_path(path), meta)


def sent(ledger, name, parent=""):
    table, now = ledger.require_archive().submissions, ledger.clock.now()
    above = BatchRef("work", parent) if parent else None
    draft = Draft("work", FakeBody(prefix=name), "/f", parent=above)
    made = table.intend(draft, "work@http://x", "me", now, ())
    table.change(made.number, "me", SubmissionState.CREATED, now, batch_id=name)


def ref(name):
    return BatchRef("work", name)


async def test_of_a_lineage_each_id_has_its_newest_answer(ledger, tmp_path):
    lineage = Lineage(ledger, tmp_path)
    for name, parent in (("first", ""), ("second", "first"), ("third", "second")):
        sent(ledger, name, parent)
    assert lineage.parent(ref("third")) == ref("second")
    assert lineage.children(ref("first")) == [ref("second")]
    for name in ("first", "second", "third"):
        assert lineage.members(ref(name)) == [ref("first"), ref("second"), ref("third")]
    with pytest.raises(ResultsError, match="no results"):
        await lineage.effective_results(ref("first"))

    put_copy(tmp_path, "first", *LINES)
    put_copy(tmp_path, "second", errored("c", "worse"), succeeded("b", "fixed"), errored("d"))
    path = await lineage.effective_results(ref("second"))
    assert path == effective_path(tmp_path, BatchRef("work@http://x", "first"))
    expected = [LINES[0], succeeded("b", "fixed"), errored("c", "worse"), errored("d")]
    assert path.read_bytes() == b"".join(line + b"\n" for line in expected)
    before = path.stat().st_ino
    assert (await lineage.effective_results(ref("first"))).stat().st_ino == before

    put_copy(tmp_path, "third", errored("b", "late failure"), succeeded("c"), succeeded("d"))
    path = await lineage.effective_results(ref("first"))
    with ResultsFile.open(path) as file:
        assert reconcile(file, requests="abcd").is_clean
        assert [file.index.types[row] for row in range(len(file))] == ["succeeded"] * 4
        assert file.row(1).preview == "fixed"
    copies = [results_path(tmp_path, BatchRef("work@http://x", "first"))]
    assert not is_fresh(path, copies)


async def test_batches_of_nobody_stand_alone(ledger, tmp_path):
    lineage = Lineage(ledger, tmp_path)
    assert lineage.members(ref("x")) == [ref("x")]
    assert lineage.parent(ref("x")) is None
    assert lineage.request_file(ref("x")) is None
