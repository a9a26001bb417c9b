"""What results were asked with, where somebody has the requests: results know of them by this."""

from collections.abc import Sequence
from typing import Protocol


class Inputs(Protocol):
    """The requests of some results, by custom_id. May be asked in any thread."""

    def __len__(self) -> int:
        """How many requests there are."""
        ...

    def places(self, custom_id: str) -> Sequence[int]:
        """Where the requests of that custom_id stand in the order of all, from 0."""
        ...

    def texts(self, custom_id: str) -> Sequence[str]:
        """The texts of a request that a person reads; none where there is no such request.

        Raises:
            SubmitError: the requests cannot be read.
        """
        ...

    def prompt(self, custom_id: str) -> str:
        """The last message of the user; empty where there is none. Raises as `texts`."""
        ...

    def param(self, custom_id: str, path: Sequence[str]) -> str:
        """A param by its path below all of them: a text as it is, else JSON; empty where it is not.

        Without a path, all params. Raises as `texts`.
        """
        ...
