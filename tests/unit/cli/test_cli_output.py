import errno
import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.cli.output import Cell, Column, Output
from batchtui.core.errors import BatchtuiError

EVIL = "a\x1b]52;c;eA==\x07b\x9b31m\u202ec\u2028d\te\r\nf[red]g"
ACTS = "\x1b\x07\x9b\u202e\u2028\r\x00"


class Stream(io.TextIOWrapper):
    def __init__(self, *, terminal, encoding="utf-8"):
        super().__init__(io.BytesIO(), encoding=encoding)
        self.terminal = terminal

    def isatty(self):
        return self.terminal

    @property
    def raw(self):
        self.flush()
        return self.buffer.getvalue()


def written(write, *, terminal=False, width=40, colour=False, encoding="utf-8"):
    stream = Stream(terminal=terminal, encoding=encoding)
    write(Output(stream, width=width, colour=colour))
    return stream.raw


COLUMNS = [Column("STATE"), Column("ID", flexible=True), Column("AGE", right=True)]


def test_a_table_is_aligned_by_cells():
    raw = written(lambda out: out.table(COLUMNS, [["ok", "名前", "5m"], ["failed", "x", "10m"]]))
    assert raw.decode().split("\n") == [
        "STATE   ID    AGE", "ok      名前   5m", "failed  x     10m", "",
    ]  # fmt: skip


def test_a_table_fits_the_terminal_and_is_whole_on_a_pipe():
    rows = [["running", "x" * 60, "5m"]]
    shown = written(lambda out: out.table(COLUMNS, rows), terminal=True).decode().split("\n")
    assert max(map(len, shown)) == 40
    assert "…" in shown[1]
    assert b"x" * 60 in written(lambda out: out.table(COLUMNS, rows))


def test_a_table_without_rows_has_its_heading():
    assert written(lambda out: out.table(COLUMNS, [])) == b"STATE  ID  AGE\n"


@pytest.mark.parametrize("terminal", [True, False])
def test_hostile_cells_stay_one_harmless_line(terminal):
    raw = written(lambda out: out.table(COLUMNS, [[EVIL, EVIL, "x"]]), terminal=terminal)
    assert raw.decode().count("\n") == 2
    assert not set(raw.decode()) & set(ACTS)


def test_hostile_data_is_masked_on_a_terminal_only():
    line = EVIL.encode() + b"\xff"
    assert written(lambda out: out.data_line(line)) == line + b"\n"
    assert not set(written(lambda out: out.data_line(line), terminal=True).decode()) & set(ACTS)
    assert written(lambda out: out.text(EVIL)) == EVIL.encode() + b"\n"
    assert not set(written(lambda out: out.text(EVIL), terminal=True).decode()) & set(ACTS)


@given(text=st.text() | st.text(alphabet="\x85\u2028\u2029\u202e\x9b\x7f"))
def test_a_record_stays_one_line_and_the_same_json_on_a_terminal(text):
    line = b'{"a":\t' + json.dumps(text, ensure_ascii=False).encode("utf-8", "replace") + b"}\r"
    shown = written(lambda out: out.data_line(line), terminal=True).decode()
    assert len(shown.splitlines()) == 1
    assert json.loads(shown) == json.loads(line)


@pytest.mark.parametrize("terminal", [True, False])
@given(text=st.text() | st.text(alphabet='\x1b\x7f\x9b\u202e\u2028\U000e0001é😀\\"\n'))
def test_json_says_the_same_on_a_pipe_and_a_terminal(text, terminal):
    raw = written(lambda out: out.json({"id": text}), terminal=terminal)
    assert json.loads(raw.decode()) == {"id": text}
    if terminal:
        assert all(char.isprintable() or char == "\n" for char in raw.decode())


def test_json_keeps_lone_surrogates_as_escapes():
    raw = written(lambda out: out.json_line({"id": "a\ud800b"}))
    assert raw == b'{"id": "a\\ud800b"}\n'


def test_json_lines_are_one_line_each():
    assert written(lambda out: out.json_line({"a": "x\ny"})).count(b"\n") == 1


def test_a_terminal_that_cannot_show_it_gets_a_substitute():
    assert written(lambda out: out.line("▶3"), terminal=True, encoding="ascii") == b"?3\n"


def test_colours_only_where_asked_for_and_shown():
    def write(out):
        out.table([Column("A")], [[Cell("x", "bad")]])

    assert b"\x1b[31m" in written(write, terminal=True, colour=True)
    assert b"\x1b" not in written(write, terminal=True)
    assert b"\x1b" not in written(write, colour=True)


def test_fields_keep_the_lines_of_a_value_under_each_other():
    raw = written(lambda out: out.fields({"id": "x", "error": "one\ntwo"}))
    assert raw.decode() == "id     x\nerror  one\n       two\n"


def test_a_closed_stream_is_an_error_in_words():
    with pytest.raises(BatchtuiError, match="standard output is closed"):
        Output(None).line("x")


def test_a_full_disk_is_an_error_in_words():
    with Path("/dev/full").open("w") as full:
        out = Output(full)
        out.line("x")
        with pytest.raises(BatchtuiError, match="No space left"):
            out.flush()


def test_a_gone_reader_is_told_apart():
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        out = Output(stream)
        out.line("x")
        with pytest.raises(BrokenPipeError):
            out.flush()


class Trickle(io.RawIOBase):
    """Takes three bytes at a time, as a full disk or an interrupted pipe may; `room` in all."""

    def __init__(self, room):
        super().__init__()
        self.taken, self.room = b"", room

    def writable(self):
        return True

    def write(self, data):
        if len(self.taken) >= self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.taken += bytes(data[:3])
        return min(3, len(data))


def test_a_stream_without_a_buffer_gets_every_byte():
    raw = Trickle(room=1000)
    out = Output(io.TextIOWrapper(raw, encoding="utf-8", write_through=True))
    out.line("déjà vu " * 9)
    with out.binary() as stream:
        stream.write(bytes(range(100)))
    assert raw.taken == ("déjà vu " * 9 + "\n").encode() + bytes(range(100))


def test_a_stream_without_a_buffer_tells_of_a_full_disk(monkeypatch):
    out = Output(io.TextIOWrapper(Trickle(room=9), encoding="utf-8", write_through=True))
    monkeypatch.setattr(out, "_discard", lambda: None)
    with pytest.raises(BatchtuiError, match="No space left"):
        out.line("x" * 20)
