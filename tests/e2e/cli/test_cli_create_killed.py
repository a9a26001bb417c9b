"""`create`, killed between its intent and the answer: the next one finds out, and tells."""

import signal
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
    for argv in (["status"], ["ls"]):
        assert "its program died; not looked for yet" in program.run(*argv).err

    again = program.run("create", str(path), "--yes", "--json")
    (made,) = batches() - before
    assert again.code == 1
    assert f"may have made {made}" in again.err
    assert f"batch {made} was made of it" in again.err
    assert program.run("show", made, "--json").json["label"] == "greetings.jsonl"


def test_interrupted_it_tells_what_is_known_and_the_next_look_finds_out(
    program, simulate, tmp_path
):
    url = simulate("--speed", "0.01", "--fault", "lost-answer:how=timeout,op=create,times=1")
    program.use(url)
    watcher = Program(tmp_path / "watcher").use(url)
    path = tmp_path / "greetings.jsonl"
    path.write_bytes(jsonl(*[line(f"id-{number}") for number in range(12)]))
    before = watcher.run("ls", "--all", "--json").json
    stopped = program.popen("create", str(path), "--yes")
    eventually(lambda: len(watcher.run("ls", "--all", "--json").json) > len(before))
    stopped.send_signal(signal.SIGINT)
    _, err = stopped.communicate()
    assert stopped.returncode == 130
    assert (
        "it is not known whether there is a batch; `batchtui submissions 1` finds out"
        in err.decode()
    )
    _let_time_pass(program)
    assert b"adopted, as no answer came" in program.run("submissions", "1").out


def _let_time_pass(program):
    """As if it had happened three minutes ago: the list has caught up by then."""
    (path,) = program.home.rglob("archive.sqlite3")
    with sqlite3.connect(path) as archive:
        archive.execute(
            "UPDATE submissions SET beat_at = beat_at - 180,"
            " sent_at = sent_at - 180000000, lost_at = lost_at - 180000000"
        )
    archive.close()
