"""`results`: sources, formats, facets, and what goes together."""

import csv
import gzip
import io
import json
import sqlite3

import pytest

from batchtui.core.errors import ResultsError, UsageError
from batchtui.core.models import BatchState, RequestCounts
from batchtui.results.export.stream import RowStream
from batchtui.results.store.cache import is_kept, meta_path
from support.results import errored, succeeded, without_answer, write
from support.shapes import answered, completion, failed, message

LINES = [
    succeeded("a", "Hello, world"),
    errored("b", "Your credit balance is too low", "billing_error"),
    errored("c", "Your credit balance is too low", "billing_error"),
    without_answer("d", "expired"),
]
CONTENT = b"\n".join(LINES)


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "x.jsonl", *LINES)


def test_lines_as_they_are(cli, path):
    assert cli.run("results", str(path)) == 3
    assert cli.out.raw == CONTENT


def test_a_query_picks_lines(cli, path):
    assert cli.run("results", str(path), "-q", "type:errored") == 0
    assert cli.out.raw == LINES[1] + b"\n" + LINES[2] + b"\n"


def test_a_count(cli, path):
    assert cli.run("results", str(path), "--count", "-q", "-type:errored") == 0
    assert cli.out.shown == "2\n"


def test_a_wrong_query_is_told_before_anything_is_read(cli):
    assert cli.run("results", "no-such-batch", "-q", '"open') == 2
    assert '  "open\n  ^' in cli.err.shown


def test_csv_on_standard_output(cli, path):
    cli.run("results", str(path), "--format", "csv", "--fields", "custom_id, type")
    rows = list(csv.reader(io.StringIO(cli.out.shown, newline="")))
    assert rows == [
        ["custom_id", "type"], ["a", "succeeded"], ["b", "errored"], ["c", "errored"],
        ["d", "expired"],
    ]  # fmt: skip


def test_the_extension_of_the_output_names_the_format(cli, path, tmp_path):
    target = tmp_path / "out.sqlite"
    assert cli.run("results", str(path), "-o", str(target), "-q", "credit") == 0
    database = sqlite3.connect(target)
    assert database.execute("SELECT custom_id FROM results").fetchall() == [("b",), ("c",)]
    database.close()
    assert cli.out.raw == b""


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--format", "sqlite"], "standard output"), (["--fields", "text"], "cannot be chosen"),
     (["--format", "csv", "--fields", "txt"], "no field 'txt'"), (["--json"], "--facets"),
     (["--format", "xml"], "no format"), (["--count", "--facets"], "not allowed"),
     (["--keep"], "file of yours"), (["-o", ""], "names no file"),
     (["--count", "--format", "csv"], "--count does not go with --format"),
     (["--count", "-o", "z.csv"], "--count does not go with -o"),
     (["--facets", "--fields", "text"], "--facets does not go with --fields"),
     (["-o", "z.jsonl.xz"], "cannot write z.jsonl.xz"),
     (["--format", "sqlite", "-o", "z.ZST"], "cannot write z.ZST")],
)  # fmt: skip
def test_what_does_not_go_together(cli, path, options, words):
    with pytest.raises(UsageError) as caught:
        cli.run("results", str(path), *options)
    assert words in str(caught.value)


def test_hostile_text_never_reaches_a_terminal(cli, tmp_path):
    path = write(tmp_path / "y.jsonl", succeeded("a", "\x1b]52;c;eA==\x07"))
    for form in ("jsonl", "text", "csv"):
        cli.out.terminal = True
        cli.run("results", str(path), "--format", form)
    assert not set(cli.out.shown) & {"\x1b", "\x07"}


@pytest.mark.parametrize("content", [CONTENT, gzip.compress(CONTENT)])
def test_standard_input(cli, tmp_path, content):
    source = tmp_path / "in"
    source.write_bytes(content)
    with source.open() as stdin:
        cli.stdin = stdin
        assert cli.run("results", "-") == 3
    assert cli.out.raw == CONTENT


def test_a_compressed_file_that_is_cut_gives_what_there_is_and_fails(cli, tmp_path):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(CONTENT)[:-6])
    assert cli.run("results", str(path), "--count") == 1
    assert cli.out.shown == "4\n"
    assert "ends too early" in cli.err.shown


@pytest.mark.parametrize("name", ["none.jsonl", "none.gz", "./none", "."])
def test_files_that_are_not_there(cli, name):
    with pytest.raises(UsageError, match=r"no such file|folder"):
        cli.run("results", name)


def test_facets_as_a_table(cli, path):
    assert cli.run("results", str(path), "--facets") == 3
    lines = [line.split() for line in cli.out.shown.splitlines()]
    assert lines[0][:3] == ["FACET", "ROWS", "VALUE"]
    assert ["type", "2", "errored", "type:errored"] in lines
    message = next(line for line in lines if line and line[0] == "message")
    assert message[1:4] == ["2", "Your", "credit"]
    tokens = next(line for line in lines if line and line[0] == "out")
    assert tokens[1:] == ["1", "345", "345", "345", "345", "345"]


def test_facets_of_what_a_query_finds_as_json(cli, path):
    assert cli.run("results", str(path), "--facets", "--json", "-q", "type:errored") == 0
    found = json.loads(cli.out.shown)
    assert found["rows"] == 2
    [message] = found["facets"]["message"]["values"]
    assert (message["count"], list(message["first_ids"])) == (2, ["b", "c"])
    assert found["histograms"]["out"]["rows"] == 0


@pytest.fixture
def copy(cli, make, tmp_path):
    """The local copy of the batch `msgbatch_1`."""
    path = write(tmp_path / "msgbatch_1.jsonl", *LINES)
    entry = make(
        "msgbatch_1", BatchState.COMPLETED, RequestCounts(succeeded=4), local_results=str(path)
    )
    cli.service.table[entry.ref] = entry
    return path


def test_keeping_a_batch(cli, copy):
    cli.run("results", "msgbatch_1", "--count", "--keep")
    assert is_kept(copy)
    cli.run("results", "msgbatch_1", "--count")
    assert is_kept(copy)
    cli.run("results", "msgbatch_1", "--count", "--no-keep")
    assert not is_kept(copy)


def test_a_look_at_a_copy_is_noted(cli, copy):
    import os

    note = meta_path(copy)
    note.touch()
    os.utime(note, (1, 1))
    cli.run("results", "msgbatch_1", "--count")
    assert note.stat().st_mtime > 1


def test_a_disk_that_cannot_take_it(cli, path, tmp_path):
    with pytest.raises(ResultsError):
        cli.run("results", str(path), "-o", str(tmp_path / "no" / "out.csv"))


def test_the_file_that_is_read_is_no_place_to_write(cli, path):
    with pytest.raises(UsageError, match="the file that is read"):
        cli.run("results", str(path), "-q", "hello", "-o", str(path))
    assert path.read_bytes() == CONTENT


def test_a_file_that_is_written_anew_meanwhile_is_told(cli, path, monkeypatch):
    written = RowStream.write

    def slowly(stream, rows):
        path.write_bytes(CONTENT.replace(b"Hello", b"Jello"))
        written(stream, rows)

    monkeypatch.setattr(RowStream, "write", slowly)
    assert cli.run("results", str(path), "-q", "world") == 1
    assert "written anew" in cli.err.shown


def test_nothing_read_is_not_counted(cli, tmp_path):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(CONTENT)[:11])
    assert cli.run("results", str(path), "--count") == 1
    assert cli.out.shown == ""
    assert "ends too early" in cli.err.shown


OTHERS = [
    answered("a", completion("Hello", usage={"prompt_tokens": 3, "completion_tokens": 2})),
    failed("b", 400, {"error": {"type": "bad", "message": "no"}}),
    message("agent-1", {"role": "user", "content": [{"type": "text", "text": "Hello?"}]}),
]

NO_ANSWER = "The agent gave no answer. The server does not say why."


@pytest.fixture
def others(tmp_path):
    return write(tmp_path / "others.jsonl", *OTHERS)


def test_lines_of_other_protocols(cli, others):
    assert cli.run("results", str(others), "-q", "hello") == 0
    assert cli.out.raw == OTHERS[0] + b"\n" + OTHERS[2] + b"\n"


def test_facets_and_a_table_of_other_protocols(cli, others):
    assert cli.run("results", str(others), "--facets", "--json") == 3
    kinds = json.loads(cli.out.shown)["facets"]["error"]["values"]
    assert {kind["name"] for kind in kinds} == {"bad", "no_answer"}


def test_a_table_of_other_protocols(cli, others):
    fields = "custom_id,type,error_type,error_message,input_tokens,text"
    assert cli.run("results", str(others), "--format", "csv", "--fields", fields) == 3
    assert list(csv.reader(io.StringIO(cli.out.shown, newline="")))[1:] == [
        ["a", "succeeded", "", "", "3", "Hello"],
        ["b", "errored", "bad", "no", "", ""],
        ["agent-1", "errored", "no_answer", NO_ANSWER, "", ""],
    ]  # fmt: skip


def test_a_dash_is_standard_output(cli, path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cli.run("results", str(path), "-o", "-")
    assert cli.out.raw == CONTENT
    assert not (tmp_path / "-").exists()


def test_an_extension_that_names_no_format_is_noted(cli, path, tmp_path):
    cli.run("results", str(path), "-o", str(tmp_path / "z.xlsx"))
    assert ".xlsx names no format" in cli.err.shown
    cli.err.truncate(0)
    cli.run("results", str(path), "-o", str(tmp_path / "z.jsonl"))
    cli.run("results", str(path), "-o", str(tmp_path / "z.json"), "--format", "jsonl")
    assert "names no format" not in cli.err.shown


def test_a_part_is_told_and_judged_whatever_it_is_read_for(cli, tmp_path):
    part = write(tmp_path / "x.jsonl.part", succeeded("a"), succeeded("b")[:20])
    assert cli.run("results", str(part)) == 1
    assert cli.out.raw == succeeded("a") + b"\n"
    assert "is incomplete" in cli.err.shown


def test_the_end_of_what_is_cut_is_no_line_that_is_not_json(cli, tmp_path):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(CONTENT)[:-30])
    assert cli.run("results", str(path), "--count") == 1
    assert "not JSON" not in cli.err.shown


def test_broken_lines_are_passed_on_only_where_lines_are(cli, tmp_path):
    path = write(tmp_path / "x.jsonl", b"{broken", *LINES)
    cli.run("results", str(path), "--count")
    assert "1 line is not JSON\n" in cli.err.shown
    cli.run("results", str(path))
    assert "1 line is not JSON, and passed on as found\n" in cli.err.shown


def test_a_long_message_does_not_pad_other_lines(cli, tmp_path):
    path = write(tmp_path / "x.jsonl", errored("a", "word " * 200), succeeded("b"))
    cli.run("results", str(path), "--facets")
    line = next(line for line in cli.out.shown.splitlines() if line.startswith("model"))
    assert len(line) < 160


def test_ids_in_several_rows_are_told(cli, tmp_path):
    path = write(tmp_path / "x.jsonl", *LINES, *LINES[:2])
    cli.run("results", str(path), "--count")
    assert "2 custom_ids stand in several rows: a, b" in cli.err.shown
    assert cli.out.shown == "6\n"


def test_a_search_is_not_held_up_by_a_look_for_doubled_ids(cli, tmp_path):
    path = write(tmp_path / "x.jsonl", *LINES, *LINES[:2])
    cli.run("results", str(path), "--count", "-q", "type:errored")
    assert "custom_id" not in cli.err.shown


def test_ids_that_stand_once_are_not_told(cli, path):
    cli.run("results", str(path))
    assert "custom_id" not in cli.err.shown


def test_the_viewer_says_which_stream_is_no_terminal(cli, path):
    with pytest.raises(UsageError, match="input and output"):
        cli.run("open", str(path))
    cli.out.terminal = cli.stdin.terminal = True
    with pytest.raises(UsageError, match="standard error, on which it is drawn"):
        cli.run("open", str(path))


def test_what_the_viewer_cannot_show_is_named_as_results_takes_it(cli, path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path.rename("x.txt")
    with pytest.raises(UsageError) as caught:
        cli.run("open", "x.txt")
    assert caught.value.hint == "use `batchtui results ./x.txt`"
