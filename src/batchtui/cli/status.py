"""`status`: a summary of what was last known. Reads the archive only: no network, no settings."""

import argparse
from collections.abc import Iterable
from datetime import datetime, timedelta

from batchtui.cli import exits
from batchtui.cli.context import Context
from batchtui.cli.output import Cell, Column
from batchtui.cli.unsettled import tell_unsettled
from batchtui.core.text import human_age, rfc3339
from batchtui.service.status import Summary, read_summaries

OLD = timedelta(minutes=15)
"""Data older than this is called old in the short form."""


def status(context: Context, args: argparse.Namespace) -> int:
    """Print the summary. Nothing known yet is no failure."""
    now = context.clock.now()
    summaries = read_summaries(context.paths.archive_file, now, context.accounts)
    if args.json:
        context.out.json([_as_json(summary) for summary in summaries])
    elif args.short:
        context.out.line(_short(summaries, now))
    elif summaries:
        context.out.table(*_table(summaries, now))
    else:
        context.diagnostics.note("nothing is known yet: `batchtui ls` asks the providers")
    if not args.short:
        tell_unsettled(context)
    return exits.OK


def _short(summaries: Iterable[Summary], now: datetime) -> str:
    """`▶3 ✓12 !1`: active, and ended in the last day; with the age of the data once it is old."""
    summaries = list(summaries)
    parts = [
        f"▶{sum(one.active for one in summaries)}",
        f"✓{sum(one.good for one in summaries)}",
        f"!{sum(one.bad for one in summaries)}",
    ]
    asked = [one.health.last_success for one in summaries if one.health and one.health.last_success]
    if asked and now - min(asked) > OLD:
        parts.append(f"{human_age(min(asked), now)} old")
    return " ".join(parts)


def _table(
    summaries: Iterable[Summary], now: datetime
) -> tuple[list[Column], list[list[Cell | str]]]:
    columns = [
        Column("ACCOUNT", flexible=True),
        Column("ACTIVE", right=True),
        Column("SUCCEEDED 24H", right=True),
        Column("OTHERWISE 24H", right=True),
        Column("ASKED", right=True),
        Column("LAST ERROR", flexible=True),
    ]
    return columns, [_row(summary, now) for summary in summaries]


def _row(summary: Summary, now: datetime) -> list[Cell | str]:
    health = summary.health
    asked = human_age(health.last_success, now) if health and health.last_success else "never"
    return [
        summary.account,
        Cell(str(summary.active), "active" if summary.active else "dim"),
        Cell(str(summary.good), "good" if summary.good else "dim"),
        Cell(str(summary.bad), "bad" if summary.bad else "dim"),
        asked,
        health.error_text if health else "",
    ]


def _as_json(summary: Summary) -> dict[str, object]:
    health = summary.health
    last_success = health.last_success if health else None
    return {
        "account": summary.account,
        "states": dict(sorted(summary.words.items())),
        "active": summary.active,
        "ended_24h": {judged.value: number for judged, number in sorted(summary.ended.items())},
        "last_success": rfc3339(last_success) if last_success else None,
        "error": (health.error_text if health else "") or None,
    }
