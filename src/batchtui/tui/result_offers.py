"""Which commands could do anything to results now. Pure."""

from dataclasses import dataclass, replace

from batchtui.tui.commands import Command


@dataclass(frozen=True, slots=True)
class ResultsSituation:
    """What there is in the results viewer for commands to act on."""

    rows: bool
    """There are results, shown or not."""
    searched: bool
    reading: bool
    """The record has all the room."""
    beside: bool
    """Its request stands beside the record."""
    faceted: bool
    """The facets are shown, and have the keys."""
    sorted: bool
    """The rows are not in the order of the file."""
    marked: bool
    failed: bool
    """There is an error after which one can try again."""
    arriving: bool
    can_pause: bool
    paused: bool
    """The download rests."""
    can_keep: bool
    exporting: bool
    of_batch: bool
    """They are those of a batch."""


def of_use_in_results(command: Command, now: ResultsSituation) -> bool:
    """Whether there is what the command is for."""
    if command.id == "record.side" and not now.beside:
        return False
    if command.scope == "record":
        return now.reading and not now.faceted
    if command.scope == "list":
        return now.faceted or not now.reading
    if command.scope != "results":
        return True
    listed = now.rows and not now.reading
    needed = {
        "open": now.rows and (now.faceted or not now.reading), "wide": listed,
        "next_hit": now.searched, "previous_hit": now.searched, "only_hits": now.searched,
        "next_error": now.rows, "previous_error": now.rows, "search": now.rows,
        "facets": now.rows, "exclude": now.faceted, "sort": now.rows, "file_order": now.sorted,
        "mark": listed, "mark_shown": listed, "unmark": now.marked, "export": now.rows,
        "send_again": now.rows and now.of_batch, "input": now.rows,
        "raw": now.rows, "thinking": now.rows, "copy": now.rows,
        "retry": now.failed, "pause": now.can_pause, "keep": now.can_keep,
        "stop": now.arriving or now.exporting,
    }  # fmt: skip
    return needed.get(command.id.partition(".")[2], True)


def named_in_results(command: Command, now: ResultsSituation) -> Command:
    """The command, called by what it would do now."""
    goes_on = now.paused and command.id == "results.pause"
    return replace(command, label="Go on") if goes_on else command
