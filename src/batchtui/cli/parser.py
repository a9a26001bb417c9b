"""The tree of verbs and their options. Standard library only: it is built at every start."""

import argparse
from collections.abc import Sequence

from batchtui.cli.arguments import Formatter, Parser, joined_queries, refuse_dashes
from batchtui.cli.verbs import batches, requests, results, setup
from batchtui.cli.verbs.verb import Verb, global_options

DESCRIPTION = "Watch, read and steer LLM batch jobs from the terminal. Without a verb: the TUI."

EPILOG = """\
An ID may be a unique beginning or end of one, of four characters or more, without `msgbatch_` or
the like if you wish; if several accounts know it, write account:id.
Data goes to standard output, everything else to standard error.

exit codes:
  0    done; all requests succeeded
  1    failed: network, API, disk
  2    wrong usage or configuration
  3    ended, but some request did not succeed, or nothing tells whether all did
  4    authentication or permission
  5    no such batch
  6    the batch is not in a state for that, or it is not known whether there is one
  124  timed out
  130  interrupted
"""


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Understand a command line. The verb's declaration is `verb`, None without one.

    Raises:
        UsageError: it makes no sense.
        SystemExit: it asked for help, which has been given.
    """
    named = tuple(verb for verb in VERBS if argv and verb.name == argv[0])
    words = joined_queries(argv)
    refuse_dashes(words)
    return build_parser(named or VERBS).parse_args(words)


def build_parser(known: Sequence[Verb] | None = None) -> Parser:
    """The parser of the whole command line, or of some of its verbs: each takes a while."""
    parser = Parser(
        prog="batchtui",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=Formatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    parser.set_defaults(verb=None)
    global_options(parser, default=None, account="accounts")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND")
    for verb in VERBS if known is None else known:
        sub = verbs.add_parser(
            verb.name,
            help=verb.summary,
            description=verb.summary[0].upper() + verb.summary[1:] + ".",
            epilog=verb.notes,
            formatter_class=Formatter,
            allow_abbrev=False,
        )
        global_options(sub, default=argparse.SUPPRESS, account="more_accounts")
        verb.arguments(sub)
        sub.set_defaults(verb=verb)
    return parser


VERBS: tuple[Verb, ...] = (*batches.VERBS, *results.VERBS, *requests.VERBS, *setup.VERBS)
