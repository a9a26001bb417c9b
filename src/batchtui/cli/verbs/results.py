"""Verbs that read results."""

import argparse

from batchtui.cli.arguments import OneOf, names
from batchtui.cli.verbs.verb import Verb, json_output

SORT_COLUMNS = (
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
        "--sort",
        type=OneOf("column", SORT_COLUMNS, {"custom_id": "id"}),
        metavar="COLUMN",
        help="sort by, see below",
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


def _open(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a file of results, or - for standard input")
    parser.add_argument(
        "--requests", metavar="FILE", help="the file that the requests are in, to stand beside"
    )


def _cost(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source", metavar="ID|FILE", help="a batch, a file of results, or - for standard input"
    )
    json_output(parser, lines=False)


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


_OPEN_NOTES = """\
FILE may be compressed with gzip or zstd, whatever its name, or a pipe; rows show as they arrive.
"""

_COST_NOTES = """\
Adds up the usage that the results tell, by model, at the prices of batches;
the results are downloaded first where there is no local copy. What is not known
is called unknown and is not in the total: the exit code is then 3. Prices are
those that this version came with; nobody is asked. Lines of a FILE that are not
Anthropic's are priced as OpenAI's.
"""


VERBS = (
    Verb(
        "results",
        "print or search the results of a batch",
        "results:results",
        _results,
        _RESULTS_NOTES,
    ),
    Verb("cost", "say what a batch cost", "costing:cost", _cost, _COST_NOTES),
    Verb("open", "open a file of results in the viewer", "terminal:open_file", _open, _OPEN_NOTES),
)
