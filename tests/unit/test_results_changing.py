"""A file that is cut, written anew or replaced while it is read: no crash, and never a lie."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchtui.core.errors import BatchtuiError, ResultsError
from batchtui.results.export.formats import ExportFormat
from batchtui.results.export.writing import export_file
from batchtui.results.file.open_bytes import OpenBytes
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.language import parse
from batchtui.results.search.duplicates import find_duplicates
from batchtui.results.search.engine import search
from batchtui.results.search.facets import facets
from batchtui.results.search.sorting import order
from support.results import errored, succeeded, without_answer

OLD = [succeeded(f"id-{row}", f"hello wörld {row}") for row in range(20)]
OLD += [errored("e", "Overloaded"), errored("e", "Overloaded"), b"{broken"]
CONTENT = b"\n".join(OLD) + b"\n"
SIZE = len(CONTENT)
NEW = {
    "cut in a line": CONTENT[: SIZE // 2],
    "cut to nothing": b"",
    "as long": (b'\xff\\"{\n' * SIZE)[:SIZE],
    "as long, all backslashes": b"\\" * SIZE,
    "as long, all quotes": b'"' * SIZE,
    "shifted": b" " + CONTENT[:-1],
    "longer": b"\n".join(succeeded(f"new-{row}", "hello again") for row in range(60)),
}
QUERIES = ["hello", "É", "wörld", "/h.*o/", "/(?<=h)e/", "id:id*1", "-hello", r'"\u0000"', "out>3"]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def file(path):
    with ResultsFile.open(path) as file:
        yield file


def found(file, source):
    return [row for step in search(file, parse(source)) for row in step.hits]


def lines(file):
    return [file.line(row) for row in range(len(file))]


USES = {
    "an order": lambda file, _: order(file, None, "id"),
    "facets": lambda file, _: list(facets(file)),
    "duplicates": lambda file, _: list(find_duplicates(file)),
    "rows": lambda file, _: [(file.row(row), file.record(row)) for row in range(len(file))],
    "CSV": lambda file, to: export_file(file, to, ExportFormat.CSV),
    "text": lambda file, to: export_file(file, to, ExportFormat.TEXT),
    "lines": lambda file, to: export_file(file, to, ExportFormat.JSONL, rows=range(len(file))),
    **{f"the query {query}": lambda file, _, query=query: found(file, query) for query in QUERIES},
}


def problem_of(use, *args):
    try:
        use(*args)
    except BatchtuiError as error:
        return error
    return None


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("change", NEW)
def test_what_is_read_meanwhile_is_odd_at_worst(file, path, tmp_path, change, use):
    path.write_bytes(NEW[change])
    assert not file.is_as_indexed
    problem = problem_of(USES[use], file, tmp_path / "out")
    assert problem is None or ("shorter" in str(problem) and len(NEW[change]) < SIZE)


@pytest.mark.parametrize("change", NEW)
def test_the_next_look_sees_the_new_rows(file, path, change):
    path.write_bytes(NEW[change])
    assert file.refresh()
    assert file.generation == 1
    assert lines(file) == [line for line in NEW[change].split(b"\n") if line.strip()]
    with ResultsFile.open(path) as fresh:
        for query in QUERIES:
            assert found(file, query) == found(fresh, query)


def test_a_file_that_takes_its_place_is_another_one(file, path, tmp_path):
    (tmp_path / "other").write_bytes(NEW["longer"])
    (tmp_path / "other").replace(path)
    assert file.is_as_indexed
    assert not file.refresh()
    assert lines(file) == OLD
    assert file.data.is_displaced(path)


def test_growing_is_no_change(file, path):
    with path.open("ab") as more:
        more.write(without_answer("z", "expired"))
    assert file.is_as_indexed
    assert file.refresh()
    assert file.generation == 0
    assert len(file) == len(OLD) + 1


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["append", "cut", "anew", "look", "step"]),
        st.binary(max_size=6) | st.sampled_from([OLD[0], OLD[-1] + b"\n", b"\n"]),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(CHANGES)
def test_whatever_happens_to_a_file_in_the_end_its_rows_are_right(tmp_path_factory, changes):
    path = tmp_path_factory.mktemp("changes") / "x.jsonl"
    path.write_bytes(b"")
    with ResultsFile.open(path) as file:
        for change, data in changes:
            if change == "append":
                with path.open("ab") as more:
                    more.write(data)
            elif change == "cut":
                os.truncate(path, path.stat().st_size // 2)
            elif change == "anew":
                path.write_bytes(data)
            else:
                file.index_step(5 if change == "step" else 1 << 20)
        while file.index_step(100):
            pass
        now = path.read_bytes()
        assert lines(file) == [line for line in now.split(b"\n") if line.strip()]
        with ResultsFile.open(path) as fresh:
            assert file.index.type_counts() == fresh.index.type_counts()


def test_a_copy_of_what_was_cut_meanwhile_is_no_copy(path, tmp_path, monkeypatch):
    """Cut between the size it is told and the bytes that are read."""
    with ResultsFile.open(path) as file:
        os.truncate(path, 10)
        monkeypatch.setattr(OpenBytes, "size", SIZE)
        with pytest.raises(ResultsError, match="shorter"):
            export_file(file, tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()
