"""Writing rows of the results viewer to a file: the questions, and what came of it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from textual.app import App

from batchtui.core.errors import ResultsError, UsageError
from batchtui.core.text import counted, one_line
from batchtui.results.file.results_file import ResultsFile
from batchtui.tui.cells import Cell
from batchtui.tui.result_export import ExportPlan, Selection, default_name, rows_of
from batchtui.tui.result_status import rows_so_far
from batchtui.tui.screens.dialogs import ConfirmDialog
from batchtui.tui.screens.export_dialog import ExportDialog
from batchtui.tui.screens.results_view import ResultsView


async def export_rows(view: ResultsView) -> None:
    """Ask which rows to write, and where to, and write them. Call it in a worker."""
    source, file = view.feed.source, view.feed.file
    if file is None:
        return
    is_partial = view.feed.partial is not None
    plan = await _plan(
        view.app,
        _labels(view, file),
        lambda selection: default_name(source, selection, is_partial=is_partial),
        expand=view.ui.path_of,
        source=file.path,
    )
    file = view.feed.file
    if plan is None or file is None:
        return
    body = view.body
    marked = [row for row in body.rows.marks if isinstance(row, int)]
    try:
        rows = rows_of(plan.selection, body.shown.rows, marked)
        partial = view.feed.partial if plan.selection is not Selection.MARKED else None
        so_far = rows_so_far(len(file), partial)
        says = await view.exporting.run(file, plan, rows)
        if partial is None:
            view.say(says, "ok")
        else:
            view.say(f"partial, {so_far}: {says}", "warn")
    except (ResultsError, UsageError) as error:
        view.ui.report(error)


def _labels(view: ResultsView, file: ResultsFile) -> dict[Selection, str]:
    """What can be written, in words: each selection that has rows, and other ones than "all"."""
    partial = view.feed.partial
    every = rows_so_far(len(file), partial) + ("" if partial else ", all")
    labels = {Selection.ALL: every}
    if (view.body.narrowed or not view.sorting.is_original) and len(view.body.shown):
        so_far = " so far" if view.search.wants_steps else ""
        shown = counted(len(view.body.shown), "row")
        labels[Selection.SHOWN] = f"{shown}, shown in the list{so_far}"
    if marks := view.body.rows.marks:
        labels[Selection.MARKED] = f"{counted(len(marks), 'row')}, marked"
    return labels


async def _plan(
    app: App[None],
    labels: Mapping[Selection, str],
    name: Callable[[Selection], str],
    *,
    expand: Callable[[str], Path],
    source: Path | None,
) -> ExportPlan | None:
    """Ask what to write where to, until it may be written; or None. Call it in a worker.

    The last selection that has rows is proposed: marks were made for something.
    """
    path, selected = "", list(labels)[-1]
    while True:
        dialog = ExportDialog(labels, selected, name, expand=expand, source=source, path=path)
        plan = await app.push_screen_wait(dialog)
        if plan is None or not plan.path.exists():
            return plan
        if await app.push_screen_wait(_replacing(plan.path)):
            return plan
        path, selected = str(plan.path), plan.selection


def _replacing(path: Path) -> ConfirmDialog:
    lines = [(Cell(one_line(str(path)), "strong"),), (Cell("What is in it now will be gone."),)]
    return ConfirmDialog("There is such a file: replace it?", lines, "Replace", "Keep it")
