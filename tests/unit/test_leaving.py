"""How signals end the terminal UI."""

import signal

from batchtui.tui import terminal


class Loop:
    def __init__(self):
        self.handlers = {}

    def add_signal_handler(self, number, callback, code):
        self.handlers[number] = lambda: callback(code)


class Timer:
    started = ()

    def __init__(self, after, act, args):
        self.after, self.fire, self.daemon = after, lambda: act(*args), False

    def start(self):
        assert self.daemon, "or it would hold up the very end it waits for"
        Timer.started = (*Timer.started, self)


def test_a_signal_ends_the_program_even_if_leaving_never_does(monkeypatch):
    left, forced = [], []
    monkeypatch.setattr(terminal.threading, "Timer", Timer)
    monkeypatch.setattr(terminal.os, "_exit", forced.append)
    monkeypatch.setattr(terminal.os, "write", lambda *_: (_ for _ in ()).throw(OSError("gone")))
    loop = Loop()
    terminal.heed_signals(loop, left.append)
    loop.handlers[signal.SIGHUP]()
    assert (left, forced) == ([129], [])
    (timer,) = Timer.started
    assert timer.after == terminal.PATIENCE
    timer.fire()
    assert forced == [129]
