"""Writing rows of the results viewer to a file: the questions, and what came of it."""

from pathlib import Path

from batchtui.core.disk import is_there
from batchtui.core.errors import ResultsError, SubmitError, UsageError
from batchtui.core.text import counted, one_line
from batchtui.results.file.results_file import ResultsFile
from batchtui.tui.cells import Cell
from batchtui.tui.result_export import ExportPlan, Selection, default_name, rows_of
from batchtui.tui.result_status import rows_so_far
from batchtui.tui.screens.dialogs import ConfirmDialog
from batchtui.tui.screens.export_dialog import ExportDialog
from batchtui.tui.screens.results_requests import ResultsWithRequests


async def export_rows(view: ResultsWithRequests) -> None:
    """Ask which rows to write, and where to, and write them. Call it in a worker.

    Where they cannot be written, it says why and asks again.
    """
    refused: tuple[ExportPlan, str] | None = None
    while (file := view.feed.file) is not None:
        plan = await _plan(view, file, refused)
        file = view.feed.file
        if plan is None or file is None:
            return
        try:
            await _write(view, file, plan)
        except (ResultsError, SubmitError, UsageError) as error:
            if view.exporting.was_stopped or not view.is_current:
                view.ui.report(error)
                return
            view.tell_status()
            refused = plan, error.why or error.what
        else:
            return


async def _write(view: ResultsWithRequests, file: ResultsFile, plan: ExportPlan) -> None:
    """Write, and say what was written."""
    body = view.body
    marked = [row for row in body.rows.marks if isinstance(row, int)]
    rows = rows_of(plan.selection, body.shown.rows, marked)
    partial = view.feed.partial if plan.selection is not Selection.MARKED else None
    so_far = rows_so_far(len(file), partial)
    prompts = await view.find_requests() if plan.joined else None
    if plan.joined and prompts is None:
        return
    inputs = prompts.inputs if prompts is not None else None
    says = await view.exporting.run(file, plan, rows, inputs)
    if partial is None:
        view.say(says, "ok")
    else:
        view.say(f"partial, {so_far}: {says}", "warn")


def _labels(view: ResultsWithRequests, file: ResultsFile) -> dict[Selection, str]:
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
    view: ResultsWithRequests, file: ResultsFile, refused: tuple[ExportPlan, str] | None
) -> ExportPlan | None:
    """Ask what to write where to, until it may be written; or None. Call it in a worker.

    The last selection that has rows is proposed: marks were made for something. What was
    `refused`, and why, is shown to be mended.
    """
    labels, source = _labels(view, file), view.feed.source
    is_partial = view.feed.partial is not None
    path, selected, problem = "", list(labels)[-1], ""
    joined: tuple[str, ...] = ()
    if refused is not None:
        path, joined, problem = str(refused[0].path), refused[0].joined, refused[1]
        selected = refused[0].selection if refused[0].selection in labels else selected
    while True:
        dialog = ExportDialog(
            labels,
            selected,
            lambda selection: default_name(source, selection, is_partial=is_partial),
            expand=view.ui.path_of,
            source=file.path,
            path=path,
            joined=joined,
            problem=problem,
        )
        plan = await view.app.push_screen_wait(dialog)
        if plan is None or not is_there(plan.path):
            return plan
        if await view.app.push_screen_wait(_replacing(plan.path)):
            return plan
        path, selected, joined, problem = str(plan.path), plan.selection, plan.joined, ""


def _replacing(path: Path) -> ConfirmDialog:
    lines = [(Cell(one_line(str(path)), "strong"),), (Cell("What is in it now will be gone."),)]
    return ConfirmDialog("There is such a file: replace it?", lines, "Replace", "Keep it")
