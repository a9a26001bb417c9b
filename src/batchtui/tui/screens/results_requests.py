"""The results viewer with what was asked: requests beside answers, looked into, and sent again."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from textual import work

from batchtui.core.background import in_daemon_thread
from batchtui.core.errors import ResultsError, SubmitError
from batchtui.core.text import counted
from batchtui.results.search.sorting import unanswered
from batchtui.tui.screens.result_requests import ResultRequests
from batchtui.tui.screens.results_view import ResultsView

if TYPE_CHECKING:
    from batchtui.core.models import BatchRef
    from batchtui.results.fetching.sources import Spool
    from batchtui.tui.prompts import Prompts

RETRY: Final = "retry"
"""The workers that send requests again."""


class ResultsWithRequests(ResultsView):
    """Acts on the requests of results: finding, showing, and sending them again.

    Args:
        source: see `ResultsView`, as for `index_path`.
        requests: the file that the requests are in, where it was named.
        name: what the results are called, if not by the name of their file.
    """

    def __init__(
        self,
        source: "BatchRef | Path | Spool",
        index_path: Path | None = None,
        requests: Path | None = None,
        *,
        name: str = "",
    ) -> None:
        super().__init__(source, index_path, name=name)
        self.requests = ResultRequests(self, requests)

    def on_mount(self) -> None:
        """Read the requests that were named with the file."""
        if self.requests.named is not None:
            self.call_after_refresh(self._find_named_requests)

    def on_unmount(self) -> None:
        """Let go of the requests, once nothing reads them any more."""
        self.exporting.close()
        self.requests.close()

    @work(group="input")
    async def _find_named_requests(self) -> None:
        await self.find_requests()

    @work(group="input")
    async def action_results_input(self) -> None:
        """Show requests beside or above their answers, or do not any more."""
        pane = await self.body.record_pane()
        if self.requests.prompts is not None:
            pane.toggle_requests()
        elif (prompts := await self.find_requests()) is not None:
            pane.take_prompts(prompts, wanted=True)
        if pane.shows_requests and not pane.display:
            self.body.read()
        self.show_keys()

    @work(group="input")
    async def show_known_requests(self) -> None:
        """Have them beside the record, where there is room and nobody has to be asked."""
        if self.has_class("-wide") and self.requests.prompts is None:
            prompts = await self.requests.find_known()
            if prompts is not None:
                await self._take_requests(prompts)

    async def find_requests(self) -> "Prompts | None":
        """The requests, asked for if need be; a failure is said."""
        try:
            prompts = await self.requests.find()
        except SubmitError as error:
            self.ui.report(error)
            return None
        if prompts is not None:
            await self._take_requests(prompts)
        return prompts

    async def _take_requests(self, prompts: "Prompts") -> None:
        """Records and searches have requests from now on; one that waits for that is made again."""
        self.body.inputs = self.sorting.inputs = prompts.inputs
        (await self.body.record_pane()).take_prompts(prompts)
        self.show_keys()
        if self._searches_requests and self.search.look_again():
            self.run_search()

    async def tell_unanswered(self) -> None:
        """Say how many requests have no row, which an order of rows cannot show. In a worker."""
        file, prompts = self.feed.file, self.requests.prompts
        if file is None or prompts is None or self.feed.partial is not None:
            return
        with file.another() as reader:
            try:
                count = await in_daemon_thread(lambda: unanswered(reader, prompts.inputs))
            except ResultsError as error:
                self.ui.report(error)
                return
        if count:
            verb = "has" if count == 1 else "have"
            self.say(f"{counted(count, 'request')} {verb} no result here", "warn")

    @property
    def _searches_requests(self) -> bool:
        found = self.body.found
        return found is not None and found.query.reads_inputs

    def search_entered(self, text: str) -> None:
        """See `ResultsView`; find the requests, too, if the search looks into them."""
        super().search_entered(text)
        if self._searches_requests and self.requests.prompts is None:
            self._find_searched_requests()

    @work(group="input")
    async def _find_searched_requests(self) -> None:
        if await self.find_requests() is None:
            self.say("i names their file", "muted")

    def action_results_send_again(self) -> None:
        """Ask which requests to send again, or to write, and do so."""
        busy = any(one.group == RETRY and not one.is_finished for one in self.app.workers)
        service, entry, file = self.ui.service, self.feed.entry, self.feed.file
        if service is None or entry is None or file is None or busy:
            return
        from batchtui.tui.screens.resending import (  # noqa: PLC0415  (when it is asked for)
            RowsToChoose,
            send_again,
        )

        body = self.body
        rows = RowsToChoose(
            file,
            tuple(body.shown.rows) if body.narrowed else None,
            tuple(sorted(row for row in body.rows.marks if isinstance(row, int))),
        )
        # The app's worker: what is being sent goes on when this screen is left.
        self.app.run_worker(send_again(self.ui, service, entry, rows), group=RETRY)
