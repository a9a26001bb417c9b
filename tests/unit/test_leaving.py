"""How signals end the terminal UI."""

import os
import pty
import queue
import signal

from batchtui.tui import terminal


class Loop:
    def __init__(self):
        self.handlers = {}
        self.called = queue.Queue()

    def add_signal_handler(self, number, callback, code):
        self.handlers[number] = lambda: callback(code)

    def call_soon_threadsafe(self, callback, code):
        self.called.put((callback, code))


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
    loop, end = Loop(), os.pipe()
    terminal.heed_signals(loop, left.append, end[1])
    loop.handlers[signal.SIGHUP]()
    assert (left, forced) == ([129], [])
    (timer,) = Timer.started
    assert timer.after == terminal.PATIENCE
    timer.fire()
    assert forced == [129]
    os.close(end[0])


def test_a_terminal_that_goes_without_a_signal_ends_the_program(monkeypatch):
    monkeypatch.setattr(terminal.threading, "Timer", Timer)
    master, slave = pty.openpty()
    loop, left = Loop(), []
    terminal.heed_signals(loop, left.append, slave)
    os.write(master, b"typed\n")
    os.write(slave, b"painted")
    assert os.read(slave, 100) == b"typed\n", "what is typed is left for others to read"
    assert loop.called.empty()
    os.close(master)
    callback, code = loop.called.get(timeout=20)
    callback(code)
    assert left == [129]
    os.close(slave)
