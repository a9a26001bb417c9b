"""The requests of the results in view: found, or named by the user, and read once."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from batchtui.core.errors import SubmitError
from batchtui.core.text import one_line
from batchtui.tui.cells import Cell
from batchtui.tui.screens.results_view import ResultsView

if TYPE_CHECKING:
    from batchtui.requests.reading import RequestFile
    from batchtui.tui.prompts import Prompts


class ResultRequests:
    """Where the requests are; `named` is their file if somebody named it. To be closed.

    Its methods are for workers.
    """

    def __init__(self, view: ResultsView, named: Path | None = None) -> None:
        self.prompts: Prompts | None = None
        """The requests, once they are read."""
        self._view = view
        self._turn = asyncio.Lock()
        self._is_unknown = False
        """Without a question, they cannot be had."""
        self.named = named

    def close(self) -> None:
        """Let go of them."""
        if self.prompts is not None:
            self.prompts.close()
            self.prompts = None

    async def find(self) -> "Prompts | None":
        """The requests; asks for their file where it is not known, and None if that was left.

        Raises:
            SubmitError: they cannot be read.
        """
        async with self._turn:
            if self.prompts is None and (file := await self._file()) is not None:
                self._view.ui.say(f"reading {one_line(str(file.path))} …", "busy")
                try:
                    await self._read(file)
                finally:
                    self._view.ui.say("")
            return self.prompts

    async def find_known(self) -> "Prompts | None":
        """The requests, where nobody has to be asked for them."""
        async with self._turn:
            service, entry = self._view.ui.service, self._view.feed.entry
            if self.prompts is None and service and entry and not self._is_unknown:
                try:
                    await self._read(await service.lineage.requests(entry.ref))
                except SubmitError:
                    self._is_unknown = True
            return self.prompts

    async def _file(self) -> "RequestFile | None":
        service, entry = self._view.ui.service, self._view.feed.entry
        if service is None or entry is None:
            return await self._of_file()
        from batchtui.tui.screens.resending import requests_of  # noqa: PLC0415  (when asked)

        found = await requests_of(self._view.ui, service, entry)
        return found.file if found else None

    async def _of_file(self) -> "RequestFile | None":
        from batchtui.requests.source import open_by_look  # noqa: PLC0415  (when asked)

        path = self.named or await self._asked_path()
        return open_by_look(path) if path is not None else None

    async def _asked_path(self) -> Path | None:
        from batchtui.tui.result_export import completed  # noqa: PLC0415  (when asked)
        from batchtui.tui.screens.line_dialog import LineDialog  # noqa: PLC0415  (when asked)

        dialog = LineDialog(
            "Which file has the requests?",
            lambda _: ((Cell("A file of results does not say where its requests are."),),),
            "the file that they were sent from",
            complete=lambda text: completed(text, self._view.ui.path_of),
        )
        name = await self._view.ui.push_screen_wait(dialog)
        return self._view.ui.path_of(name) if name else None

    async def _read(self, file: "RequestFile") -> None:
        from batchtui.tui.prompts import Prompts  # noqa: PLC0415  (when asked)

        self.prompts = await Prompts.of(file)
