"""Submissions that nobody minds any more, read from the archive alone: no network."""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from batchtui.archive.archive import Archive
from batchtui.service.naming import configured_name


def unsettled(archive_file: Path, now: datetime, accounts: Collection[str] = ()) -> list[int]:
    """Numbers of those whose programs died, and of which nobody has found out the end.

    `accounts` narrows it to some.

    Raises:
        ArchiveError: there is an archive, but it cannot be read.
    """
    if not archive_file.exists():
        return []
    with Archive.open(archive_file) as archive:
        left = archive.submissions.all_open()
    if not left:
        return []
    from batchtui.service.holder import has_died

    return [
        one.submission.number
        for one in left
        if not one.submission.candidates
        and (not accounts or configured_name(one.submission.account) in accounts)
        and has_died(one.holder, now.timestamp() - one.beat_at)
    ]
