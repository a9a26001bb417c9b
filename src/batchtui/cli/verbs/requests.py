"""Verbs that send requests and account for their answers."""

import argparse

from batchtui.cli.arguments import positive
from batchtui.cli.verbs.verb import Verb, json_output


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
    json_output(parser, lines=False)


def _submissions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "number", metavar="NUMBER", type=positive, nargs="?", help="all about one of them"
    )
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--adopt", metavar="ID", help="of one without an answer: it is this batch")
    group.add_argument("--none", action="store_true", help="the same: none of the batches is it")
    parser.add_argument("--limit", type=positive, metavar="N", default=20, help="how many (20)")
    json_output(parser, lines=False)


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
    json_output(parser, lines=False)


def _reconcile(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="a batch")
    parser.add_argument("--requests", metavar="FILE", help="the file that the requests are in")
    parser.add_argument(
        "--effective", action="store_true", help="the answers of its retries count as well"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write what is off there")
    json_output(parser, lines=False)


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
The newest first. What commands that were killed have left behind is looked for, which takes up to
some minutes. Where no answer came, the batch is looked for; if several may be it, they are
listed with their times and counts, and --adopt or --none decides, also instead of what was found:
a batch that is alone is taken for it by its time and count only. The exit code is 6 as long as it
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


VERBS = (
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
)
