"""Whether the results of a batch are those to its requests, as it was found once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from batchtui.core.text import counted, human_count


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How much was off. What it was, id by id, comparing again tells."""

    at: datetime
    rows: int
    requests: int | None = None
    """None where the requests were not known: then only counts were compared."""
    missing: int = 0
    """Requests without a row."""
    duplicate: int = 0
    """Ids with more than one row."""
    unexpected: int = 0
    """Ids of rows that no request has."""
    nameless: int = 0
    """Rows without an id that can be read."""
    asked_twice: int = 0
    """Ids with more than one request."""
    miscounts: int = 0
    """Types of rows of which the batch's counts say another number."""

    @property
    def is_clean(self) -> bool:
        """Every request has exactly one row, and the other way round, as far as is known."""
        return not any(number for number, _ in self._parts())

    @property
    def conclusion(self) -> str:
        """What it comes to, in a few words."""
        if not self.is_clean:
            return "requests and results do not agree"
        whole = "as far as the counts tell, " if self.requests is None else ""
        return f"{whole}every request has one result"

    @property
    def words(self) -> str:
        """What is off, counted: `2 missing, 1 duplicate`; or that nothing is."""
        return ", ".join(words for number, words in self._parts() if number) or self.conclusion

    def _parts(self) -> Iterator[tuple[int, str]]:
        yield self.missing, f"{human_count(self.missing)} missing"
        yield self.duplicate, f"{human_count(self.duplicate)} duplicate"
        yield self.unexpected, f"{human_count(self.unexpected)} unexpected"
        yield self.asked_twice, f"{human_count(self.asked_twice)} asked twice"
        yield self.nameless, f"{counted(self.nameless, 'result')} without an id"
        yield self.miscounts, f"{counted(self.miscounts, 'count')} wrong"
