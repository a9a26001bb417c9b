"""Tells of submissions whose programs have died, and of which nobody has found out the end."""

from contextlib import suppress

from batchtui.cli.context import Context
from batchtui.core.errors import ArchiveError
from batchtui.core.text import counted
from batchtui.service.unsettled import unsettled


def tell_unsettled(context: Context) -> None:
    """A line on standard error, if there are any. Reads the archive only: no network."""
    left: list[int] = []
    with suppress(ArchiveError):  # told already, by the command
        left = unsettled(context.paths.archive_file, context.clock.now(), context.accounts)
    if left:
        numbers = ", ".join(map(str, left))
        whose = "its program" if len(left) == 1 else "their programs"
        context.diagnostics.note(
            f"{counted(len(left), 'submission')} ({numbers}) without an end: {whose} died;"
            " not looked for yet: `batchtui submissions` does"
        )
