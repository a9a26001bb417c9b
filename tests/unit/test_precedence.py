"""Threads that compute make room for whoever answers a key."""

import threading

from batchtui.core.background import Precedence


def test_a_thread_goes_on_at_once_where_nobody_waits_and_when_the_answer_is_given():
    precedence, steps = Precedence(longest=600), []

    def work():
        for step in range(3):
            precedence.give()
            steps.append(step)

    precedence.give()
    precedence.take()
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert not steps
    precedence.leave()
    thread.join(20)
    assert steps == [0, 1, 2]


def test_an_answer_that_never_comes_is_waited_for_once():
    precedence = Precedence(longest=0.2)
    precedence.take()
    thread = threading.Thread(target=lambda: [precedence.give() for _ in range(1_000)], daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
