"""What can be done with the record under the cursor: copy of it, read it in another program."""

from batchtui.core.background import in_daemon_thread
from batchtui.core.errors import ResultsError
from batchtui.results.export.text import record_text
from batchtui.results.reading.json_text import IndentedJson
from batchtui.results.reading.record import Record
from batchtui.results.reading.records import parse_record
from batchtui.tui.record_presenters import bytes_text
from batchtui.tui.screens.record_menus import choose_text
from batchtui.tui.ui import Ui
from batchtui.tui.widgets.record_pane import RecordPane
from batchtui.tui.widgets.results_body import ResultsBody


class RecordActions:
    """Acts on the record under the cursor of a list. Call its methods in workers."""

    def __init__(self, ui: Ui, body: ResultsBody, pane: RecordPane) -> None:
        self._ui = ui
        self._body = body
        self._pane = pane

    async def copy(self) -> None:
        """Ask what of the record to copy, and send it to the clipboard."""
        record = await self._record()
        if record is None:
            return
        chosen = await choose_text(self._ui, record, self._pane.view.top_block)
        if chosen is not None:
            label, text = chosen
            await self._ui.send_to_clipboard(text, label[0].upper() + label[1:])

    async def read_outside(self, *, editor: bool) -> None:
        """Read the record, as it is shown, in the user's pager or editor."""
        row, raw = self._body.row, self._pane.manner.raw
        record = await self._record()
        if record is None:
            return
        if raw and record.is_json:
            await self._ui.read_outside(IndentedJson(record.raw), ".json", editor=editor)
            return
        text = await in_daemon_thread(lambda: _whole_text(record, row))
        await self._ui.read_outside([text], ".txt", editor=editor)

    async def _record(self) -> Record | None:
        """The record; None where there is none, which is said if it is a failure."""
        file, row = self._body.file, self._body.row
        if file is None or row < 0:
            return None
        if (record := self._pane.record_of(row)) is not None:
            return record
        try:
            line = file.line(row)
        except (ResultsError, IndexError) as error:
            self._ui.say(str(error) or "this row is gone", "bad")
            return None
        return await in_daemon_thread(lambda: parse_record(line))


def _whole_text(record: Record, row: int) -> str:
    """All of a record, of which the view may have left out what is too much for it."""
    return record_text(parse_record(record.raw), row) if record.is_json else bytes_text(record)
