"""Whether the local copy of a batch's results is kept whatever its age. Knows no Textual."""

from pathlib import Path

from batchtui.core.errors import ResultsError


class Keeping:
    """Remembers what it was told, as it is asked at each painting."""

    def __init__(self) -> None:
        self._kept: bool | None = None

    def is_kept(self, copy: Path | None) -> bool | None:
        """The copy is never dropped to make room; None where there is no copy."""
        if copy is None:
            return None
        if self._kept is None:
            from batchtui.results.store.cache import is_kept  # noqa: PLC0415  (not needed for a file)

            self._kept = is_kept(copy)
        return self._kept

    def toggle(self, copy: Path | None) -> bool:
        """Keep the copy whatever its age, or let it go; returns whether it is kept now.

        Raises:
            ResultsError: there is no copy, or the folder cannot be written.
        """
        if copy is None:
            raise ResultsError("only the local copy of a batch's results can be kept")
        from batchtui.results.store.cache import is_kept, set_kept  # noqa: PLC0415  (as above)

        keep = not is_kept(copy)
        set_kept(copy, keep=keep)
        self._kept = keep
        return keep
