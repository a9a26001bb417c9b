"""The tree of verbs and their options. Standard library only: it is built at every start."""

import argparse
from collections.abc import Callable, Sequence
from typing import NamedTuple

from batchtui.cli.arguments import (
    Formatter,
    OneOf,
    Parser,
    duration,
    joined_queries,
    names,
    positive,
    refuse_dashes,
    speed,
)
from batchtui.core.states import BatchState, Verdict

DESCRIPTION = "Watch, read and steer LLM batch jobs from the terminal. Without a verb: the TUI."

EPILOG = """\
An ID may be a unique beginning or end of one, of four characters or more; if several accounts
know it, write account:id.
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
    _global_options(parser, default=None, account="accounts")
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
        _global_options(sub, default=argparse.SUPPRESS, account="more_accounts")
        verb.arguments(sub)
        sub.set_defaults(verb=verb)
    return parser


def _global_options(parser: argparse.ArgumentParser, *, default: object, account: str) -> None:
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


def _ids(parser: argparse.ArgumentParser, count: str = "+") -> None:
    parser.add_argument("ids", metavar="ID", nargs=count, help="a batch")


def _json(parser: argparse.ArgumentParser, *, lines: bool = True) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--json", action="store_true", help="one JSON document")
    if lines:
        group.add_argument("--jsonl", action="store_true", help="one JSON object per line")


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
    _json(parser)


def _show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="a batch")
    _json(parser, lines=False)


def _watch(parser: argparse.ArgumentParser) -> None:
    _ids(parser, "*")
    parser.add_argument("--jsonl", action="store_true", help="one JSON object per line")


def _wait(parser: argparse.ArgumentParser) -> None:
    _ids(parser)
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--all", action="store_true", help="until all have ended (the default)")
    group.add_argument("--any", action="store_true", help="until one of them has ended")
    parser.add_argument(
        "--timeout", type=duration, metavar="TIME", help="give up after, say, 90s, 15m or 2h"
    )
    _json(parser)


_SORT_COLUMNS = (
    "row", "request", "id", "type", "error", "stop", "model", "block",
    "in", "out", "cache_read", "cache_write", "tokens", "bytes",
)  # fmt: skip


def _results(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source", metavar="ID|FILE", help="a batch, a file of results, or - for standard input"
    )
    parser.add_argument("-q", "--query", metavar="QUERY", help="only results that match")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--count", action="store_true", help="how many results, instead of them")
    group.add_argument(
        "--facets", action="store_true", help="what kinds of results there are, instead of them"
    )
    parser.add_argument("--json", action="store_true", help="facets as one JSON document")
    parser.add_argument(
        "--format",
        type=OneOf("format", ["jsonl", "text", "csv", "sqlite", "parquet"]),
        metavar="FORMAT",
        help="jsonl (the lines as they are), text (readable), csv, sqlite or parquet; by itself "
        "what the extension of FILE names, or else jsonl; .gz or .zst behind it compresses",
    )
    parser.add_argument(
        "--fields",
        type=names,
        metavar="NAME,...",
        help="the columns of csv, sqlite and parquet, see below",
    )
    parser.add_argument(
        "--sort", type=OneOf("column", _SORT_COLUMNS), metavar="COLUMN", help="sort by, see below"
    )
    parser.add_argument("--reverse", action="store_true", help="the other way round")
    parser.add_argument(
        "--requests", metavar="FILE", help="the file that the requests are in, where not known"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write there; - is stdout")
    parser.add_argument(
        "--effective",
        action="store_true",
        help="the newest answer to each request, of the batch and its retries",
    )
    parser.add_argument(
        "--keep",
        action=argparse.BooleanOptionalAction,
        help="never drop the batch's local copy to make room (--no-keep: do again)",
    )


def _create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a file of requests, or - for standard input")
    parser.add_argument("--dry-run", action="store_true", help="check it, and send nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--again", action="store_true", help="also if the same requests were sent before"
    )
    parser.add_argument("--label", metavar="TEXT", help="a name of your own (the file's name)")
    parser.add_argument(
        "--template", metavar="FILE", help="params with {{column}} in them, to fill with rows"
    )
    parser.add_argument(
        "--convert",
        action="store_true",
        help="translate requests to OpenAI for Anthropic, if nothing is lost",
    )
    parser.add_argument(
        "--set", metavar="PATH=VALUE", action="append", help="set a param of every request"
    )
    parser.add_argument(
        "--unset", metavar="PATH", action="append", help="take a param out of every request"
    )
    parser.add_argument(
        "--split", action="store_true", help="create several batches where one is not enough"
    )
    parser.add_argument("--keep-copy", action="store_true", help="keep a copy of the requests")
    parser.add_argument("--beta", metavar="NAME", action="append", help="a beta of Anthropic's API")
    parser.add_argument("--anthropic-version", metavar="DATE", help="another version of it")
    parser.add_argument("--user-profile", metavar="ID", help="the user profile it is for")
    parser.add_argument(
        "--header", metavar="NAME:VALUE", action="append", help="a header, such as for a gateway"
    )
    _json(parser, lines=False)


def _submissions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "number", metavar="NUMBER", type=positive, nargs="?", help="all about one of them"
    )
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--adopt", metavar="ID", help="of one without an answer: it is this batch")
    group.add_argument("--none", action="store_true", help="the same: none of the batches is it")
    parser.add_argument("--limit", type=positive, metavar="N", default=20, help="how many (20)")
    _json(parser, lines=False)


def _label(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the batch")
    parser.add_argument("text", metavar="TEXT", nargs="?", help="its label; '' takes it away")
    parser.add_argument("--note", metavar="TEXT", help="a note of any length; '' takes it away")
    parser.add_argument(
        "--tag", metavar="WORD", action="append", help="its tags from now on; '' for none"
    )


def _retry(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="a batch")
    parser.add_argument(
        "-q", "--query", metavar="QUERY", help="the requests of these results, instead"
    )
    group = parser.add_mutually_exclusive_group()
    group.add_argument("-o", "--output", metavar="FILE", help="write the requests there")
    group.add_argument("--submit", action="store_true", help="create a batch of them")
    parser.add_argument("--requests", metavar="FILE", help="the file that the requests are in")
    parser.add_argument("--set", metavar="PATH=VALUE", action="append", help="set a param of each")
    parser.add_argument("--unset", metavar="PATH", action="append", help="take a param out of each")
    parser.add_argument("--label", metavar="TEXT", help="a name of your own for the new batch")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--again", action="store_true", help="also if the same requests were sent before"
    )
    _json(parser, lines=False)


def _reconcile(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="a batch")
    parser.add_argument("--requests", metavar="FILE", help="the file that the requests are in")
    parser.add_argument(
        "--effective", action="store_true", help="the answers of its retries count as well"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write what is off there")
    _json(parser, lines=False)


def _cancel(parser: argparse.ArgumentParser) -> None:
    _ids(parser)
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
    _json(parser, lines=False)


def _world(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, metavar="N", help="another world of batches")
    parser.add_argument("--speed", type=speed, metavar="X", help="how fast its time runs (60)")
    parser.add_argument("--batches", type=positive, metavar="N", help="how many batches it has")


def _simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port; 0 takes a free one")
    _world(parser)
    quirks = parser.add_argument_group("what its servers are like")
    quirks.add_argument(
        "--live-counts", action="store_true", help="Anthropic's counts move before a batch ends"
    )
    quirks.add_argument(
        "--flat-errors", action="store_true", help="errored lines have one level, as with OGX"
    )
    quirks.add_argument(
        "--documented",
        action="store_true",
        help="Letta as documented: the list keeps ended jobs, and every job ends",
    )
    quirks.add_argument(
        "--no-letta-polling",
        action="store_true",
        help="Letta as it is by itself: no job ever ends, and a cancel answers 501",
    )
    names = ["openai", "groq", "together", "ogx", "litellm"]
    quirks.add_argument(
        "--openai-dialect",
        type=OneOf("dialect", names),
        metavar="NAME",
        help=f"whose Batch API it is: {', '.join(names)}",
    )
    quirks.add_argument(
        "--key", action="append", metavar="KEY", help="accept this key only (several times: these)"
    )
    parser.add_argument(
        "--fault",
        action="append",
        metavar="SPEC",
        default=[],
        help="something that goes wrong, such as 429:op=list,times=3 (may be given several times)",
    )


def _open(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a file of results, or - for standard input")
    parser.add_argument(
        "--requests", metavar="FILE", help="the file that the requests are in, to stand beside"
    )


def _config(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(metavar="init|path|show", required=True, dest="step")
    init = steps.add_parser(
        "init",
        help="write a first configuration file, or add an account to it",
        description=_INIT_NOTES,
    )
    _new_account(init)
    path = steps.add_parser("path", help="say where the configuration file is looked for")
    show = steps.add_parser("show", help="show the settings in force; secrets are masked")
    show.add_argument("--origin", action="store_true", help="and where each of them comes from")
    for step in (init, path, show):
        _global_options(step, default=argparse.SUPPRESS, account="more_accounts")


def _new_account(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind", metavar="KIND", help="anthropic, letta, openai, azure, groq, ...")
    parser.add_argument("--base-url", metavar="URL", help="the root of its server, without /v1")
    key = parser.add_mutually_exclusive_group()
    key.add_argument("--api-key-env", metavar="NAME", help="the variable that holds its key")
    key.add_argument("--api-key-command", metavar="LINE", help="a command that prints its key")
    key.add_argument("--api-key-file", metavar="FILE", help="a file that holds its key")
    key.add_argument("--profile", metavar="NAME", help="a login of Anthropic's own tools")
    key.add_argument("--no-key", action="store_true", help="its server asks for no key")
    parser.add_argument("--no-test", action="store_true", help="write it without asking its server")
    parser.add_argument("--force", action="store_true", help="overwrite the file that is there")


def _completion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "shell", type=OneOf("shell", ["bash", "zsh", "fish"]), metavar="bash|zsh|fish"
    )


_INIT_NOTES = """\
With --account NAME or any setting of an account, its server is asked for a batch first, and the
account is written once that works: into a new file, or at the end of the one that is there. On a
terminal and with no setting at all, it asks for them. No key is ever written, only where it is.
"""

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

_RESULTS_NOTES = """\
Downloads the results first where there is no local copy. A FILE begins with /, ./, ../ or ~, or
ends in .jsonl, .part, .gz or .zst; all else is an ID. It may be compressed with gzip or zstd,
whatever its name, or a pipe: what is found is then printed as it comes.
QUERY: words and "quoted phrases" that a person would read, /regular expressions/, fields such as
type:errored, model:*haiku* or out>1000, in~word or in~"a phrase" in the request, OR, parentheses,
and - before any of them for the contrary. Without a query, the exit code is 0 if all requests
succeeded and 3 if not; with one it is 0, found or not. A .part, which a download left, is always 1,
as is what cannot be read whole.

fields: row custom_id type error_type error_message request_id stop_reason model message_id
  input_tokens output_tokens cache_read_input_tokens cache_creation_input_tokens blocks text
  thinking tool_calls bytes raw
  of the request: input (the last message of the user), input.PATH (a param, such as
  input.max_tokens, input.system or input.messages.0.content), request (all params, as JSON)
sort: row request id type error stop model block in out cache_read cache_write tokens bytes
  request is the order in which they were sent; rows without a value, or a request, come last
Requests are taken from the file that the batch was created from, or the one that --requests names.
"""

_CREATE_NOTES = """\
FILE holds a request per line, or a JSON array of them, as the account's API has them:
  anthropic  {"custom_id": "...", "params": {...}}
  openai     {"custom_id": "...", "method": "POST", "url": "/v1/...", "body": {...}}
  letta      {"agent_id": "...", "messages": [...]}
Or rows (CSV, JSON) for a --template, in which {{column}} stands for a value. It is checked before
anything is sent: errors, with their lines, stop it (exit code 1); warnings do not. --dry-run ends
there. Where no answer comes, the batch is looked for; nothing is ever sent again by itself.
What is sent of rows, edits or standard input is kept as a copy, to stand beside the answers.
"""

_SUBMISSIONS_NOTES = """\
The newest first. Where no answer came, the batch is looked for; if several may be it, they are
listed with their times and counts, and --adopt or --none decides. The exit code is 6 as long as it
is not known whether there is a batch.
"""

_RETRY_NOTES = """\
Without a query: the requests that errored, expired, were canceled or have no result, and that no
retry has answered since. They are taken from the file that the batch was created from, or the one
that --requests names, which is then remembered. What --set and --unset change is shown first.
Without -o and --submit nothing is written or sent. The new batch is created as the old one was
(betas, version, headers) and remembered as its child: `results ID --effective` has the newest
answer to each request of them all.
"""

_RECONCILE_NOTES = """\
Results are compared with the batch's counts, and with its requests where they are known: in the
file that it was created from, or the one that --requests names, which is then remembered. The exit
code is 3 if anything is off. FILE gets a line of JSON for each id that is off. What was found
stays with the batch: its verdict is then `mismatch` in lists, and in the exit code of `wait`.
"""

_OPEN_NOTES = """\
FILE may be compressed with gzip or zstd, whatever its name, or a pipe; rows show as they arrive.
"""

_STATUS_NOTES = """\
--short: active, succeeded and otherwise ended batches, the last two of the last 24 hours; and
the age of the data once it is old.
"""

_SIMULATE_NOTES = """\
Prints three base URLs, below which the same batches are as Anthropic, Letta and OpenAI have them:
for ANTHROPIC_BASE_URL, LETTA_BASE_URL and OPENAI_BASE_URL, with anything as ANTHROPIC_API_KEY and
so on. Ends by SIGINT or SIGTERM. Its time runs 60 times as fast as yours, and soon is ahead of your
clock: ages and times to expiry are then wrong in other programs. --speed 1 keeps them right.

By itself each server is as real ones were seen to be: Letta lists running jobs only, pages in its
own order, answers a cancel with null, and a job none of whose requests was answered runs for ever.
The dialects: groq lists without cursors; together lists bare arrays, in capitals, without counts;
ogx leaves null fields out and writes bodies as text; litellm calls all that ended completed.
"""

VERBS: tuple[Verb, ...] = (
    Verb("ls", "list the batches", "listing:ls", _ls, _LS_NOTES),
    Verb("show", "show one batch", "listing:show", _show),
    Verb("watch", "print a line for each change", "watching:watch", _watch, _WATCH_NOTES),
    Verb("wait", "wait until batches have ended", "waiting:wait", _wait, _WAIT_NOTES),
    Verb(
        "results",
        "print or search the results of a batch",
        "results:results",
        _results,
        _RESULTS_NOTES,
    ),
    Verb(
        "create",
        "create a batch from a file of requests",
        "creating:create",
        _create,
        _CREATE_NOTES,
    ),
    Verb(
        "submissions",
        "list what was sent from here, and what became of it",
        "submissions:submissions",
        _submissions,
        _SUBMISSIONS_NOTES,
    ),
    Verb("label", "write a label, a note or tags on a batch", "labeling:label", _label),
    Verb(
        "retry",
        "send requests of a batch again that have no answer",
        "retrying:retry",
        _retry,
        _RETRY_NOTES,
    ),
    Verb(
        "reconcile",
        "compare the results of a batch with its requests",
        "reconciling:reconcile_batch",
        _reconcile,
        _RECONCILE_NOTES,
    ),
    Verb("cancel", "cancel batches", "actions:cancel", _cancel),
    Verb("delete", "delete ended batches at the provider", "actions:delete", _delete),
    Verb(
        "status",
        "sum up what was last known, without the network",
        "status:status",
        _status,
        _STATUS_NOTES,
    ),
    Verb("open", "open a file of results in the viewer", "terminal:open_file", _open, _OPEN_NOTES),
    Verb("demo", "try it out on a simulator: no key, no network", "simulator:demo", _world),
    Verb("simulate", "run the simulator alone", "simulator:simulate", _simulate, _SIMULATE_NOTES),
    Verb("config", "write, find or show the configuration", "settings:config", _config),
    Verb("doctor", "test each account and say what is wrong", "doctor:doctor"),
    Verb("completion", "print a completion script", "completion:completion", _completion),
)
