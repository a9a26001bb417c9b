"""Asking for the name of a file that is to be written."""

from pathlib import Path

from batchtui.core.disk import is_there
from batchtui.core.errors import UsageError
from batchtui.core.text import one_line
from batchtui.tui.cells import Cell, Line
from batchtui.tui.result_export import ExportPlan, Selection, completed, refusal
from batchtui.tui.screens.dialogs import ConfirmDialog
from batchtui.tui.screens.line_dialog import LineDialog
from batchtui.tui.ui import Ui


async def path_to_write(ui: Ui, title: str, name: str, about: str, *sources: Path) -> Path | None:
    """Where to write to, proposed as `name`; None if that was left. Call it in a worker.

    `about` says what will be in it, it must be none of the `sources`.
    """

    def look(text: str) -> list[Line]:
        if not text.strip():
            raise UsageError("type the name of a file")
        plan = ExportPlan(Selection.ALL, ui.path_of(text))
        if problem := next(filter(None, (refusal(plan, source) for source in sources)), ""):
            raise UsageError(problem)
        return [(Cell(about, "muted"),)]

    while True:
        dialog = LineDialog(
            title, look, "a file", text=name, complete=lambda text: completed(text, ui.path_of)
        )
        answer = await ui.push_screen_wait(dialog)
        if answer is None or not is_there(ui.path_of(answer)):
            return None if answer is None else ui.path_of(answer)
        name = answer
        lines = [(Cell("What is in it now will be gone."),)]
        question = f"Replace {one_line(Path(name).name)}?"
        if await ui.push_screen_wait(ConfirmDialog(question, lines, "Replace", "Keep it")):
            return ui.path_of(name)
