"""How many custom_ids stand in several rows of a results file. Knows no Textual."""

from threading import Event

from batchtui.core.background import ANSWERS, in_daemon_thread
from batchtui.core.errors import ResultsError
from batchtui.core.streams import CancelCheck
from batchtui.results.file.results_file import ResultsFile


class SharedIds:
    """Counts them once the rows have come to rest: `number`, as far as that was done."""

    def __init__(self) -> None:
        self.number = 0
        self._rows: tuple[int, int] | None = None
        """The rows that were counted."""

    @property
    def is_counted(self) -> bool:
        """Some rows were counted, if perhaps not all that there are by now."""
        return self._rows is not None

    def forget(self) -> None:
        """The rows are others than before."""
        self.number = 0

    async def count(self, file: ResultsFile) -> bool:
        """Count, in a thread with a handle of its own; True if the number is another."""
        rows = (file.generation, len(file))
        if rows == self._rows:
            return False
        self._rows = rows
        ended = Event()
        reader = file.another()
        try:
            found = await in_daemon_thread(lambda: _shared_ids(reader, ended.is_set))
        except ResultsError:  # The file was cut meanwhile: other rows follow.
            self._rows = None
            return False
        finally:
            ended.set()
        before, self.number = self.number, found
        return found != before


def _shared_ids(reader: ResultsFile, cancel: CancelCheck) -> int:
    """How many custom_ids stand in several rows. Closes the file."""
    from batchtui.results.search.duplicates import find_duplicates  # noqa: PLC0415  (not needed to open a file)

    found = 0
    with reader:
        for step in find_duplicates(reader, cancel=cancel):
            found = len(step.rows)
            ANSWERS.give()
    return found
