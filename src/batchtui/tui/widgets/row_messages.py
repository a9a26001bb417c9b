"""What a row list says; known as `RowList.Highlighted` and so on."""

from collections.abc import Hashable
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from batchtui.tui.widgets.rows import RowList


class Said(Message):
    """What a list says, with the list as `control`."""

    def __init__(self, row_list: "RowList") -> None:
        super().__init__()
        self.row_list = row_list

    @property
    def control(self) -> "RowList":
        """The list, for `@on` selectors."""
        return self.row_list


class Highlighted(Said, namespace="row_list"):
    """The cursor is on another row, or on none (`row_id` None)."""

    def __init__(self, row_list: "RowList", row_id: Hashable | None) -> None:
        super().__init__(row_list)
        self.row_id = row_id

    def can_replace(self, message: Message) -> bool:
        """Only the latest place matters."""
        return isinstance(message, Highlighted)


class Activated(Said, namespace="row_list"):
    """The row at the cursor was double-clicked. (The key for it is the screen's business.)"""


class MarksChanged(Said, namespace="row_list"):
    """Other rows are marked than before."""


class HeaderClicked(Said, namespace="row_list"):
    """A column's title was clicked."""

    def __init__(self, row_list: "RowList", key: str) -> None:
        super().__init__(row_list)
        self.key = key
