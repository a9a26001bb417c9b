"""`results` of what still arrives: rows as they come, sums once all are there."""

import gzip
import json
import os
import threading

import pytest

from support.results import errored, succeeded
from support.waiting import PATIENCE, eventually

LINES = [errored("a", "no credit"), succeeded("b", "fine"), errored("c", "no credit")]


class Feeding:
    """A source that is written to while `results` reads it in a thread of its own."""

    def __init__(self, cli, reading, writing):
        self.cli = cli
        self.code = None
        self.writing = writing
        cli.stdin = os.fdopen(reading)

    def start(self, *args):
        def run():
            self.code = self.cli.run("results", *args)

        self.thread = threading.Thread(target=run)
        self.thread.start()

    def write(self, data):
        os.write(self.writing, data)

    def see(self, expected):
        eventually(lambda: self.cli.out.buffer.getvalue() == expected)

    def close(self):
        if self.writing >= 0:
            os.close(self.writing)
            self.writing = -1

    def end(self):
        """What it returns, once there is no more to read."""
        self.close()
        self.thread.join(PATIENCE)
        return self.code


@pytest.fixture
def feeding(cli):
    made = Feeding(cli, *os.pipe())
    yield made
    made.end()
    made.cli.stdin.close()


def written(*lines):
    return b"".join(line + b"\n" for line in lines)


def test_rows_are_passed_on_as_they_come(feeding):
    feeding.start("-")
    feeding.write(b"\n" + written(LINES[0]) + LINES[1][:9])
    feeding.see(b"\n" + written(LINES[0]))
    feeding.write(LINES[1][9:] + b"\n" + LINES[2])
    feeding.see(b"\n" + written(*LINES[:2]))
    assert feeding.end() == 3
    feeding.see(b"\n" + written(*LINES)[:-1])


@pytest.mark.parametrize("query", ["credit", "/cre.it/", "type:errored"])
def test_hits_are_shown_as_they_come(feeding, query):
    feeding.start("-", "-q", query)
    feeding.write(written(LINES[0]))
    feeding.see(written(LINES[0]))
    feeding.write(written(LINES[1], LINES[2]))
    feeding.see(written(LINES[0], LINES[2]))
    assert feeding.end() == 0


def test_a_table_has_one_heading(feeding):
    feeding.start("-", "--format", "csv", "--fields", "custom_id,type")
    feeding.write(written(LINES[0]))
    feeding.see(b"custom_id,type\r\na,errored\r\n")
    feeding.write(written(LINES[1]))
    feeding.see(b"custom_id,type\r\na,errored\r\nb,succeeded\r\n")


def test_rows_of_a_packed_stream_come_as_they_come_out(feeding):
    with os.fdopen(os.dup(feeding.writing), "wb", 0) as out, gzip.GzipFile("", "wb", 6, out) as gz:
        feeding.start("-", "-q", "credit")
        for number, line in enumerate(LINES):
            gz.write(written(line))
            gz.flush()
            feeding.see(written(*(LINES[n] for n in range(number + 1) if n != 1)))
    assert feeding.end() == 0


def test_a_terminal_gets_them_one_by_one(feeding):
    feeding.cli.out.terminal = True
    feeding.start("-", "-q", "credit")
    feeding.write(written(LINES[0]))
    feeding.see(written(LINES[0]))
    feeding.write(written(LINES[2]))
    feeding.see(written(LINES[0], LINES[2]))


def test_a_count_is_told_once_all_is_there(feeding):
    feeding.start("-", "--count")
    feeding.write(written(*LINES))
    assert feeding.end() == 3
    assert feeding.cli.out.shown == "3\n"


def test_facets_are_told_once_all_is_there(feeding):
    feeding.start("-", "--facets", "--json")
    feeding.write(written(*LINES))
    assert feeding.end() == 3
    told = json.loads(feeding.cli.out.shown)
    assert told["rows"] == 3, told


def test_what_is_odd_is_told_at_the_end(feeding):
    feeding.start("-", "-q", "type:erored")
    feeding.write(written(LINES[0], b"{broken"))
    feeding.end()
    assert "1 line is not JSON, and passed on as found" in feeding.cli.err.shown
    assert "did you mean errored?" in feeding.cli.err.shown


def test_rows_before_damage_are_shown_and_it_fails(feeding):
    packed = gzip.compress(written(*LINES))
    feeding.start("-")
    feeding.write(packed[:-6])
    assert feeding.end() == 1
    assert feeding.cli.out.raw == written(*LINES)
    assert "ends too early" in feeding.cli.err.shown
