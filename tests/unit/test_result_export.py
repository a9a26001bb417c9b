"""Writing rows out of the viewer, without a screen."""

import asyncio
import errno
import os
import threading
from pathlib import Path

import pytest

from batchtui.core.errors import ResultsError
from batchtui.core.models import BatchRef
from batchtui.results.compare.effective import effective_path
from batchtui.results.export import writing as export
from batchtui.results.file.results_file import ResultsFile
from batchtui.tui.result_export import (
    TELL_EVERY,
    Exporting,
    ExportPlan,
    Selection,
    completed,
    default_name,
    offered_suffixes,
    refusal,
    rows_of,
    with_next_suffix,
)
from support.results import succeeded, write
from support.waiting import eventually, settle

ALL, SHOWN, MARKED = Selection


@pytest.fixture
def file(tmp_path):
    lines = [succeeded(name, "x" * 1000) for name in "abcde"]
    with ResultsFile.open(write(tmp_path / "r.jsonl", *lines)) as opened:
        yield opened


def test_names_say_whose_rows_and_which(tmp_path):
    assert default_name(tmp_path / "night.jsonl", MARKED) == "night-marked.jsonl"
    effective = effective_path(tmp_path, BatchRef("work", "b_1"))
    assert default_name(effective, MARKED) == "b_1-effective-marked.jsonl"
    assert default_name(Path("-"), ALL) == "stdin-all.jsonl"
    assert default_name(BatchRef("work", "b_1"), ALL, is_partial=True) == "b_1-partial.jsonl"
    assert default_name(Path("b"), SHOWN, is_partial=True) == "b-shown-partial.jsonl"
    assert default_name(BatchRef("work", "../up/msgbatch_1"), ALL).count("/") == 0


def test_only_formats_that_can_be_written_are_offered():
    assert ".parquet" in offered_suffixes(has_parquet=True)
    assert ".parquet" not in (offered := offered_suffixes(has_parquet=False))
    assert with_next_suffix("rows" + offered[-1], offered) == "rows" + offered[0]


def test_the_extensions_of_the_formats_follow_each_other():
    text, seen = "a/b.c/rows", []
    for _ in range(6):
        text = with_next_suffix(text)
        seen.append(text.removeprefix("a/b.c/rows"))
    assert seen == [".jsonl", ".csv", ".txt", ".sqlite", ".parquet", ".jsonl"]


def test_what_is_compressed_stays_so_where_that_can_be():
    text, seen = "rows.parquet", []
    for _ in range(4):
        text = with_next_suffix(text.replace(".csv", ".csv.gz") if len(seen) == 2 else text)
        seen.append(text)
    assert seen == ["rows.jsonl", "rows.csv", "rows.txt.gz", "rows.sqlite"]


@pytest.mark.parametrize(
    ("typed", "becomes", "names"),
    [
        ("ni", "night-", ["night-1.csv", "night-2.csv"]),
        ("o", "out/", ["out/"]),
        ("out/", "out/x.csv", ["x.csv"]),
        (".h", ".hidden", [".hidden"]),
        ("nothing", "nothing", []),
        ("no/such/", "no/such/", []),
    ],
)
def test_a_path_is_completed_as_far_as_it_is_clear(tmp_path, typed, becomes, names):
    (tmp_path / "out").mkdir()
    for name in ("night-1.csv", "night-2.csv", ".hidden", "out/x.csv"):
        (tmp_path / name).touch()
    assert completed(typed, lambda text: tmp_path / text) == (becomes, names)


def test_what_cannot_be_written_is_refused_with_a_reason(file, tmp_path):
    def why(path):
        return refusal(ExportPlan(ALL, path), file.path)

    assert why(tmp_path / "new.csv") == ""
    assert "a folder" in why(tmp_path)
    assert "there is no folder" in why(tmp_path / "no" / "x.csv")
    link = tmp_path / "link.jsonl"
    link.symlink_to(file.path)
    assert "the file that is read" in why(link)
    assert why(tmp_path / "rows.csv.gz") == ""
    assert "sqlite cannot be compressed" in why(tmp_path / "rows.sqlite.gz")
    assert "too long" in why(tmp_path / ("x" * 300))


def test_a_path_that_may_not_be_looked_at_is_refused(file, tmp_path, monkeypatch):
    hidden = tmp_path / "hidden" / "x.csv"
    stat = Path.stat

    def locked(path, **kwargs):
        if path in (hidden, hidden.parent):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return stat(path, **kwargs)

    monkeypatch.setattr(Path, "stat", locked)
    assert refusal(ExportPlan(ALL, hidden), file.path)


def test_rows_are_written_in_the_order_shown():
    shown = [4, 2, 0]
    assert rows_of(ALL, shown, {1}) is None
    assert list(rows_of(SHOWN, shown, {1})) == [4, 2, 0]
    assert list(rows_of(MARKED, shown, {0, 4, 3, 1})) == [4, 0, 1, 3]


async def test_rows_are_written_also_when_the_viewer_lets_go_of_the_file(file, tmp_path, clock):
    exporting = Exporting(clock, lambda: None)
    running = asyncio.ensure_future(
        exporting.run(file, ExportPlan(SHOWN, tmp_path / "o.jsonl"), [1, 0])
    )
    await settle()
    file.close()
    assert (await running).startswith("2 rows in ")
    lines = (tmp_path / "o.jsonl").read_bytes().splitlines()
    assert [line.split(b'"')[3] for line in lines] == [b"b", b"a"]
    assert not exporting.under_way


@pytest.fixture
def held(monkeypatch):
    """Exports that have written 3 rows, and go on when the event is set, or they are stopped."""
    go_on = threading.Event()

    def wait(file, path, *, rows, fields, inputs, cancel, progress):
        progress(3)
        while not go_on.wait(0.01):
            if cancel():
                raise ResultsError("the export was stopped")
        return 5

    monkeypatch.setattr(export, "export_file", wait)
    yield go_on
    go_on.set()


async def test_an_export_tells_how_far_it_is_and_can_be_stopped(held, file, tmp_path, clock):
    told = []
    exporting = Exporting(clock, lambda: told.append(exporting.words))
    plan = ExportPlan(ALL, tmp_path / "o\x1b.csv")
    running = asyncio.ensure_future(exporting.run(file, plan, None))
    await settle()
    assert exporting.under_way
    eventually(lambda: exporting._written == 3)
    await clock.advance(TELL_EVERY)
    assert told[-1] == "writing o␛.csv: 3 of 5 rows (60 %)"
    exporting.stop()
    with pytest.raises(ResultsError, match="stopped"):
        await running
    assert exporting.words == ""
    held.set()
    assert "5 rows" in await exporting.run(file, plan, None)


async def test_who_leaves_waits_until_nothing_is_written_any_more(held, file, tmp_path, clock):
    exporting = Exporting(clock, lambda: None)
    plan = ExportPlan(ALL, tmp_path / "o.csv")
    running = asyncio.ensure_future(exporting.run(file, plan, None))
    await settle()
    eventually(lambda: exporting._written == 3)
    running.cancel()
    exporting.close()
    assert exporting._ended.is_set()
    await asyncio.gather(running, return_exceptions=True)
    assert not exporting.under_way
