"""A verb of the command line, and options that several have."""

import argparse
from collections.abc import Callable
from typing import NamedTuple


class Verb(NamedTuple):
    """A verb of the command line: what it is called, and where the function is that does it.

    `target` is `module:function`; the function takes the context and the parsed arguments and
    returns an exit code. Its module is imported only when the verb runs.
    """

    name: str
    summary: str
    target: str
    arguments: Callable[[argparse.ArgumentParser], None] = lambda _parser: None
    notes: str = ""


def ids(parser: argparse.ArgumentParser, count: str = "+") -> None:
    """The batches that it is about."""
    parser.add_argument("ids", metavar="ID", nargs=count, help="a batch")


def json_output(parser: argparse.ArgumentParser, *, lines: bool = True) -> None:
    """The choice of JSON rather than text for people."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--json", action="store_true", help="one JSON document")
    if lines:
        group.add_argument("--jsonl", action="store_true", help="one JSON object per line")


def global_options(parser: argparse.ArgumentParser, *, default: object, account: str) -> None:
    """Options that are taken before the verb and after it; what comes after it wins."""
    group = parser.add_argument_group("global options")
    group.add_argument("--config", metavar="FILE", default=default, help="the configuration file")
    group.add_argument(
        "--account",
        metavar="NAME",
        action="append",
        dest=account,
        default=default,
        help="only this account (may be given several times)",
    )
    for name, text in (
        ("--read-only", "refuse whatever changes a batch"),
        ("--no-color", "no colours, as with NO_COLOR"),
    ):
        group.add_argument(
            name, action="store_true", default=False if default is None else default, help=text
        )
