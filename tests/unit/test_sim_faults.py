"""Faults: how they are written, and when they strike."""

import re

import pytest

from batchtui.sim import faults
from batchtui.sim.faults import Fault, FaultBook, FaultError, parse_fault


def test_a_spec_with_everything():
    fault = parse_fault("429:retry-after=2,op=list,times=3,p=0.5,id=msgbatch_1")
    assert fault == Fault("429", "list", "msgbatch_1", 3, 0.5, {"retry-after": "2"})
    assert fault.status == 429


def test_a_bare_kind_and_a_bare_argument():
    assert parse_fault("timeout") == Fault("timeout")
    assert parse_fault(" 429 : spend-limit ") == Fault("429", args={"spend-limit": "true"})


def test_a_value_may_have_equals_and_colons():
    assert parse_fault("redirect:to=http://127.0.0.1:9/x?a=b").args == {
        "to": "http://127.0.0.1:9/x?a=b"
    }


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("bogus", "unknown fault 'bogus'; there are 400 ... 599, timeout"),
        ("200", "unknown fault"),
        ("", "unknown fault"),
        ("cut", "cut needs at"),
        ("redirect:status=302", "redirect needs to"),
        ("cut:at=x", "at=x: not a number"),
        ("500:times=often", "times=often: not a number"),
        ("slow:seconds=-1", "must not be negative"),
        ("500:op=ls", "unknown operation 'ls'; there are list"),
        ("500:color=red", "500 takes no 'color'; it takes html"),
        ("timeout:seconds=3", "timeout takes no 'seconds'"),
        ("500:p=maybe", "p=maybe: not a number"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(spec, words):
    with pytest.raises(FaultError, match=re.escape(words)):
        parse_fault(spec)


@pytest.mark.parametrize("kind", faults.KINDS)
def test_every_kind_is_in_the_table(kind):
    assert re.search(rf"^    {kind}\s", faults.__doc__, re.MULTILINE)


def test_a_fault_strikes_so_often_and_only_where_it_is_meant():
    book = FaultBook((Fault("500", op="list", times=2),))
    assert book.take("retrieve", None) == ()
    hits = [len(book.take("list", None)) for _ in range(4)]
    assert hits == [1, 1, 0, 0]


def test_a_fault_for_one_batch_leaves_the_others_alone():
    book = FaultBook((Fault("500", batch_id="msgbatch_1"),))
    assert not book.take("retrieve", "msgbatch_2")
    assert not book.take("list", None)
    assert book.take("retrieve", "msgbatch_1")


def test_probability_follows_the_seed():
    def hits(seed):
        book = FaultBook((Fault("500", probability=0.5),), seed=seed)
        return [bool(book.take("list", None)) for _ in range(200)]

    assert hits(1) == hits(1) != hits(2)
    assert 60 < sum(hits(1)) < 140


def test_a_fault_that_misses_by_chance_is_not_used_up():
    book = FaultBook((Fault("500", probability=0.3, times=1),), seed=3)
    assert sum(bool(book.take("list", None)) for _ in range(200)) == 1


def test_clear_ends_all_faults():
    book = FaultBook((Fault("500"),))
    book.clear()
    assert book.take("list", None) == ()
