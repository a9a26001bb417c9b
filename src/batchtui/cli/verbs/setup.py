"""Verbs around the program: simulators, configuration, help for shells."""

import argparse

from batchtui.cli.arguments import OneOf, positive, speed
from batchtui.cli.verbs.verb import Verb, global_options


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
        global_options(step, default=argparse.SUPPRESS, account="more_accounts")


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


VERBS = (
    Verb("demo", "try it out on a simulator: no key, no network", "simulator:demo", _world),
    Verb("simulate", "run the simulator alone", "simulator:simulate", _simulate, _SIMULATE_NOTES),
    Verb("config", "write, find or show the configuration", "settings:config", _config),
    Verb("doctor", "test each account and say what is wrong", "doctor:doctor"),
    Verb("completion", "print a completion script", "completion:completion", _completion),
)
