"""Creating, watching, opening and exporting by keys alone, in a pseudo-terminal."""

import json
import signal

import pytest

from batchtui.sim.faults import parse_fault
from batchtui.sim.server import SimOptions, Simulator
from support.requests import jsonl, line

pytestmark = pytest.mark.e2e
WIDE = (120, 36)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "greetings.jsonl"
    path.write_bytes(jsonl(*[line(f"id-{number}") for number in range(12)]))
    return path


def made(sim):
    """The batches that came over the wire."""
    return [life for life in sim.world.batches() if life.requests is not None]


def send(screen, file):
    """From the list to the last question, and yes."""
    screen.see("live")
    screen.type("c")
    screen.see("Create a batch")
    screen.type(f"{str(file)[:-6]}\t")
    screen.see("greetings.jsonl")
    screen.type("\r")
    screen.see("It can be sent")
    screen.type("s")
    screen.see(r"Send 12 requests, \S+ \S+, to anthropic\?")
    screen.more()  # what is typed before it could be read is no answer
    screen.type("y")


def test_from_a_file_to_its_exported_answers(program, file, tmp_path):
    with Simulator(SimOptions(speed=2000, batches=3, arrivals=0)) as sim:
        program.use(sim.base_url).env["BATCHTUI_POLLING_FOCUSED"] = "1"
        with program.on_terminal(size=WIDE) as screen:
            send(screen, file)
            screen.see("Created: msgbatch_")
            screen.see("succeeded: 12 requests")
            (batch,) = made(sim)
            screen.type("\r")
            screen.see("id-11")
            screen.type("W")
            screen.see("Export rows")
            out = tmp_path / "answers.jsonl"
            screen.type(f"\x15{out}\r")
            screen.see("12 rows in ")
            screen.type("q")
            screen.more()
            screen.type("\x11")
            assert screen.end() == 0
        assert len(out.read_bytes().splitlines()) == 12
        assert [life.id for life in made(sim)] == [batch.id]


def test_what_failed_is_sent_again_until_every_request_has_its_answer(program, tmp_path):
    file, out = tmp_path / "greetings.jsonl", tmp_path / "answers.jsonl"
    models = {3: "nobody-knows", 7: "nobody-knows"}
    lines = [line(f"id-{n}", **({"model": models[n]} if n in models else {})) for n in range(12)]
    file.write_bytes(jsonl(*lines))
    with Simulator(SimOptions(speed=2000, batches=3, arrivals=0)) as sim:
        program.use(sim.base_url).env["BATCHTUI_POLLING_FOCUSED"] = "1"
        with program.on_terminal(size=WIDE) as screen:
            send(screen, file)
            screen.see("10/12")
            screen.type("\r")
            screen.see("id-11")
            screen.type("/type:errored\r")
            screen.see("2 hits")
            screen.type("f")
            screen.type("a")
            screen.see("2 rows, shown")
            screen.see("2 requests without an answer")
            screen.type("u")
            screen.see("Change something")
            screen.type("model=claude-haiku-4-5")
            screen.see('claude-haiku-4-5"')
            screen.type("\r")
            screen.see("what is to be done")
            screen.type("s")
            screen.see(r"Send 2 requests, \S+ \S+, to anthropic\?")
            screen.more()
            screen.type("y")
            screen.see("msgbatch_[0-9A-Za-z]+,? (has )?2 requests")
            first, again = sorted(made(sim), key=lambda life: -len(life.requests))
            screen.type("qq")
            screen.see(f"…{again.id[-6:]}")
            screen.type("k")
            screen.see("succeeded: 2 requests")
            screen.type("E")
            screen.see("12 succeeded")
            screen.type("W")
            screen.see("Export rows")
            screen.type(f"\x15{out}\r")
            screen.see("12 rows in ")
            screen.type("q")
            screen.more()
            screen.type("\x11")
            assert screen.end() == 0
        assert len(first.requests) == 12
        assert [one.custom_id for one in again.requests] == ["id-3", "id-7"]
    answers = [json.loads(text) for text in out.read_bytes().splitlines()]
    assert sorted(one["custom_id"] for one in answers) == sorted(f"id-{n}" for n in range(12))
    assert {one["result"]["type"] for one in answers} == {"succeeded"}


def test_where_the_answer_is_lost_the_batch_is_looked_for_and_there_is_one(program, file):
    fault = parse_fault("lost-answer:op=create,times=1")
    with Simulator(SimOptions(speed=0, batches=3, arrivals=0, faults=(fault,))) as sim:
        program.use(sim.base_url)
        with program.on_terminal(size=WIDE) as screen:
            send(screen, file)
            screen.see("1 batch may be it; lists lag behind")
            screen.type("\x11")
            assert screen.end() == 0
        assert len(made(sim)) == 1


def test_a_program_that_was_killed_is_told_of_at_the_next_start(program, file):
    fault = parse_fault("timeout:op=create,times=1")
    with Simulator(SimOptions(speed=0, batches=3, arrivals=0, faults=(fault,))) as sim:
        program.use(sim.base_url)
        with program.on_terminal(size=WIDE) as screen:
            send(screen, file)
            screen.see("waiting for the answer")
            screen.process.send_signal(signal.SIGKILL)
            screen.end()
        with program.on_terminal(size=WIDE) as screen:
            screen.see("1 submission of a program that ended")
            screen.type("C")
            screen.see("Sent from here")
            screen.type("\x1b")
            screen.more()
            screen.type("\x11")
            assert screen.end() == 0
        assert made(sim) == []
