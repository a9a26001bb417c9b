"""Verbs that show, follow, name and end batches."""

import argparse

from batchtui.cli.arguments import OneOf, duration, positive
from batchtui.cli.verbs.verb import Verb, ids, json_output
from batchtui.core.states import BatchState, Verdict


def _ls(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state",
        metavar="STATE",
        action="append",
        type=OneOf("state", dict.fromkeys([*map(str, BatchState), *map(str, Verdict)])),
        help="only batches in this state, or with this verdict (may be given several times)",
    )
    parser.add_argument(
        "--all", action="store_true", help="ask for the whole list, not just its 100 newest"
    )
    parser.add_argument("-n", "--limit", type=positive, metavar="N", help="only the newest N")
    json_output(parser)


def _show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="a batch")
    json_output(parser, lines=False)


def _watch(parser: argparse.ArgumentParser) -> None:
    ids(parser, "*")
    parser.add_argument("--jsonl", action="store_true", help="one JSON object per line")


def _wait(parser: argparse.ArgumentParser) -> None:
    ids(parser)
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--all", action="store_true", help="until all have ended (the default)")
    group.add_argument("--any", action="store_true", help="until one of them has ended")
    parser.add_argument(
        "--timeout", type=duration, metavar="TIME", help="give up after, say, 90s, 15m or 2h"
    )
    json_output(parser)


def _label(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the batch")
    parser.add_argument("text", metavar="TEXT", nargs="?", help="its label; '' takes it away")
    parser.add_argument("--note", metavar="TEXT", help="a note of any length; '' takes it away")
    parser.add_argument(
        "--tag", metavar="WORD", action="append", help="its tags from now on; '' for none"
    )


def _cancel(parser: argparse.ArgumentParser) -> None:
    ids(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _delete(parser: argparse.ArgumentParser) -> None:
    _cancel(parser)
    parser.add_argument(
        "--keep-results", action="store_true", help="download the results first, and keep them"
    )


def _status(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--short", action="store_true", help="one short line, for a prompt or a status bar"
    )
    json_output(parser, lines=False)


_LS_NOTES = """\
Asks each account for the 100 newest of its list, or with --all for the whole, and shows all that
is known, newest first. An account that does not answer hides no other: its last known batches are
shown, marked as stale, and the exit code tells of the failure (4 for a refused key, else 1).
STATE is any word that the list shows: a state (running, canceling, completed, ...) or a verdict
(succeeded, partial, failed, ...).
"""


_WATCH_NOTES = """\
With IDs it ends once all of them have ended, with the exit code of `wait`; without, when it is
interrupted.
"""


_WAIT_NOTES = """\
Returns on any end, good or bad: 0 if all requests succeeded, 3 if not or if nothing tells, 124 if
the time is up, 5 if a batch is gone. Network trouble does not end the waiting; a refused key does
(4). A whole id that is not known yet is asked for again for two minutes: it may be new. With --any
the exit code judges what has ended by then. --timeout 0 looks once.
"""


_STATUS_NOTES = """\
--short: active, succeeded and otherwise ended batches, the last two of the last 24 hours; and
the age of the data once it is old. A batch that several accounts reach counts for the first of
them that lists it.
"""


VERBS = (
    Verb("ls", "list the batches", "listing:ls", _ls, _LS_NOTES),
    Verb("show", "show one batch", "listing:show", _show),
    Verb("watch", "print a line for each change", "watching:watch", _watch, _WATCH_NOTES),
    Verb("wait", "wait until batches have ended", "waiting:wait", _wait, _WAIT_NOTES),
    Verb(
        "status",
        "sum up what was last known, without the network",
        "status:status",
        _status,
        _STATUS_NOTES,
    ),
    Verb("label", "write a label, a note or tags on a batch", "labeling:label", _label),
    Verb("cancel", "cancel batches", "actions:cancel", _cancel),
    Verb("delete", "delete ended batches at the provider", "actions:delete", _delete),
)
