"""The words of the command line: argument types, and a parser whose errors are ours."""

import argparse
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NoReturn

from batchtui.cli.output import Output
from batchtui.cli.width import terminal_columns
from batchtui.core.errors import UsageError
from batchtui.core.text import nearest

_INVALID_CHOICE = re.compile(r"invalid choice: '(?P<word>.*)' \(choose from (?P<known>.*)\)")
_SPAN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_DASHES_FOR_A_VALUE = re.compile(r"(-[A-Za-z]|--[a-z][a-z-]*)=?--")

MAX_DIGITS = 18
"""A longer whole number is a slip of the hand."""


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Knows the width by itself: argparse makes formatters also where no help is shown."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=terminal_columns() - 2)


class Parser(argparse.ArgumentParser):
    """Argparse that raises `UsageError` instead of leaving, and knows nearest words."""

    def print_help(self, _file: object = None) -> None:
        """Write the help where all data goes."""
        out = Output(sys.stdout)
        out.text(self.format_help().rstrip("\n"))
        out.flush()

    def error(self, message: str) -> NoReturn:
        """Raise what argparse complains of, with the nearest right word."""
        raise UsageError(_in_our_words(message), hint=_hint(message) or f"see `{self.prog} --help`")


def joined_queries(argv: Iterable[str]) -> list[str]:
    """The arguments with each query as one word, since a query may begin with a `-`."""
    joined: list[str] = []
    for text in argv:
        if joined and joined[-1] in ("-q", "--query"):
            joined[-1] = f"--query={text}"
        else:
            joined.append(text)
    return joined


def refuse_dashes(argv: Iterable[str]) -> None:
    """See to it that no option's value is `--`, of which argparse makes none at all.

    Raises:
        UsageError: one is.
    """
    for text in argv:
        if text == "--":
            return
        if found := _DASHES_FOR_A_VALUE.fullmatch(text):
            option = found[1]
            hint = """to search for it: -q '"--"'""" if option in ("-q", "--query") else ""
            raise UsageError(f"{option} cannot be --", "that ends the options", hint)


def _in_our_words(message: str) -> str:
    found = _INVALID_CHOICE.search(message)
    return f"there is no command {found['word']!r}" if found else message


def _hint(message: str) -> str:
    found = _INVALID_CHOICE.search(message)
    if not found:
        return ""
    known = re.findall(r"[\w-]+", found["known"])
    near = nearest(found["word"], known)
    return f"did you mean `{near}`?" if near else f"there are: {', '.join(known)}"


def duration(text: str) -> timedelta:
    """`90`, `90s`, `15m`, `2h`, `1h30m`, `2d`: a span of time; a plain number is seconds."""
    found = _SPAN.fullmatch(f"{text}s" if _NUMBER.fullmatch(text) else text)
    if not text or found is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no span of time: write 90s, 15m, 2h or 1h30m"
        )
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    try:
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is longer than any batch lives") from error


class OneOf:
    """An argument type: one of the known `words`, else an error with the nearest one.

    `other_names` of words are understood, too.
    """

    def __init__(
        self, what: str, words: Iterable[str], other_names: Mapping[str, str] | None = None
    ) -> None:
        self._what = what
        self.words = tuple(words)
        self._other_names = other_names or {}

    def __call__(self, text: str) -> str:
        """The word that the text is.

        Raises:
            ArgumentTypeError: it is none.
        """
        text = self._other_names.get(text, text)
        if text in self.words:
            return text
        near = nearest(text, self.words)
        advice = f"did you mean {near}?" if near else f"there are: {', '.join(self.words)}"
        raise argparse.ArgumentTypeError(f"{text!r} is no {self._what}: {advice}")


def positive(text: str) -> int:
    """An argument type: a whole number of at least 1."""
    if not text.isdecimal() or len(text) > MAX_DIGITS or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above zero")
    return int(text)


def names(text: str) -> list[str]:
    """An argument type: names with commas between."""
    return [name for part in text.split(",") if (name := part.strip())]


def speed(text: str) -> float:
    """An argument type: a factor above zero."""
    if not _NUMBER.fullmatch(text) or not 0 < float(text) < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number above zero")
    return float(text)
