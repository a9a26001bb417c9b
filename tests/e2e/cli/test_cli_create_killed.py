"""`create`, killed between its intent and the answer: the next one finds out, and tells."""

import sqlite3

from support.program import Program
from support.requests import jsonl, line
from support.waiting import eventually


def test_the_next_create_finds_out_what_became_of_it(program, simulate, tmp_path):
    url = simulate("--speed", "0.01", "--fault", "lost-answer:how=timeout,op=create,times=1")
    program.use(url)
    watcher = Program(tmp_path / "watcher").use(url)
    path = tmp_path / "greetings.jsonl"
    path.write_bytes(jsonl(*[line(f"id-{number}") for number in range(12)]))

    def batches():
        return {one["id"] for one in watcher.run("ls", "--all", "--json").json}

    before = batches()
    killed = program.popen("create", str(path), "--yes")
    eventually(lambda: batches() - before)
    killed.kill()
    killed.wait()
    _let_time_pass(program)

    again = program.run("create", str(path), "--yes", "--json")
    (made,) = batches() - before
    assert again.code == 1
    assert f"may have made {made}" in again.err
    assert f"batch {made} was made of it" in again.err
    assert program.run("show", made, "--json").json["label"] == "greetings.jsonl"


def _let_time_pass(program):
    """As if it had happened three minutes ago: the list has caught up by then."""
    (path,) = program.home.rglob("archive.sqlite3")
    with sqlite3.connect(path) as archive:
        archive.execute("UPDATE submissions SET sent_at = sent_at - 180e6, beat_at = beat_at - 180")
    archive.close()
