"""What people write on batches: told like every other change of the list."""

from collections.abc import Iterable

from batchtui.core.errors import UsageError
from batchtui.core.models import BatchRef
from batchtui.service.ledger import Ledger


class Labels:
    """Labels, notes and tags. Every method raises `ArchiveError` where it cannot be kept."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def set_label(self, ref: BatchRef, text: str) -> None:
        """Give a batch a label of one line, or take it away with an empty one."""
        self._ledger.remark(ref, label=" ".join(text.split()))

    def set_note(self, ref: BatchRef, text: str) -> None:
        """Give a batch a note of any length, or take it away with an empty one."""
        self._ledger.remark(ref, note=text.strip())

    def set_tags(self, ref: BatchRef, tags: Iterable[str]) -> None:
        """Give a batch these tags, instead of others; a leading `#` is no part of one.

        Raises:
            UsageError: one of them is empty or has a space in it.
        """
        words = [tag.removeprefix("#") for tag in tags]
        for word in words:
            if not word or word.split() != [word]:
                raise UsageError(f"{word!r} is no tag", "a tag is one word")
        self._ledger.remark(ref, tags=tuple(dict.fromkeys(words)))
