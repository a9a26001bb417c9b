"""Rows are searched and sorted in one thread while another one adds to them."""

import sys
import threading
from contextlib import suppress

import pytest

from batchtui.core.errors import ResultsError
from batchtui.results.export.writing import export_file
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.language import parse
from batchtui.results.search.engine import search
from batchtui.results.search.sorting import order
from support.results import succeeded

LINES = [succeeded(f"id-{row}", "hello wörld", model=f"model-{row}") for row in range(400)]


@pytest.fixture
def restless():
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def hits(file, query):
    return [row for step in search(file, parse(query)) for row in step.hits]


def sorted_rows(file, column):
    known = len(file)
    rows = order(file, None, column).tolist()
    assert sorted(rows) == list(range(len(rows)))
    assert len(rows) >= known - 1


def written(file, path):
    with suppress(ResultsError):  # The last row may go on meanwhile.
        export_file(file, path / "x.csv", rows=range(len(file)))


USES = {
    "words": lambda file, _: hits(file, "wörld"),
    "columns": lambda file, _: hits(file, "model:*7 OR out>500 type:succeeded"),
    "models": lambda file, _: sorted_rows(file, "model"),
    "tokens": lambda file, _: sorted_rows(file, "tokens"),
    "ids": lambda file, _: sorted_rows(file, "id"),
    "an export": written,
}


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("use", USES)
def test_growing_disturbs_nobody(tmp_path, use):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"")
    failures, ended = [], threading.Event()
    with ResultsFile.open(path) as file:

        def work():
            try:
                while not ended.is_set():
                    with file.another() as reader:
                        USES[use](reader, tmp_path)
            except Exception as error:  # noqa: BLE001  (told by the test)
                failures.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        with path.open("ab", buffering=0) as more:
            for line in LINES:
                for piece in (line[:50], line[50:], b"\n"):
                    more.write(piece)
                    file.index_step()
        ended.set()
        thread.join()
        assert failures == []
        assert hits(file, "wörld") == list(range(len(LINES)))
