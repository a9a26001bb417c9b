"""The request of a record: beside its answer, or as passages to stand above it."""

from textual import work
from textual.message import Message

from batchtui.core.background import in_daemon_thread
from batchtui.results.query.marking import Marker
from batchtui.tui.prompt_presenters import Prompt, above, prompt_passages
from batchtui.tui.prompts import Prompts
from batchtui.tui.record_presenters import Manner
from batchtui.tui.reflow import Passage
from batchtui.tui.widgets.record_view import RecordView


class RequestSide(RecordView):
    """Shows the request of one record at a time: `look_up` it, then `present` it."""

    class Came(Message):
        """A long request has been read."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id)
        self.prompts: Prompts | None = None
        """The requests, once they are known."""
        self.wanted: bool | None = None
        """Requests are to be shown, or not; None shows them where there is room beside answers."""
        self.marker: Marker | None = None
        """What was searched in requests."""
        self._custom_id: str | None = None
        self._prompt: Prompt | None = None
        """None as long as it is being read."""

    @property
    def has_folds(self) -> bool:
        """Some of the request is folded at first."""
        return self._prompt is not None and self._prompt.has_folds

    def look_up(self, custom_id: str | None) -> None:
        """Have the request of that custom_id, soon if it is a long one; None lets go of it."""
        self._custom_id, self._prompt = custom_id, None
        if self.prompts is None or custom_id is None:
            return
        if self.prompts.is_quick(custom_id):
            self._prompt = self.prompts.read(custom_id)
        else:
            self._read(self.prompts, custom_id)

    @work(group="prompt", exclusive=True, description="a long request")
    async def _read(self, prompts: Prompts, custom_id: str) -> None:
        prompt = await in_daemon_thread(lambda: prompts.read(custom_id))
        if custom_id == self._custom_id:
            self._prompt = prompt
            self.post_message(self.Came())

    def present(self, manner: Manner, *, keep_place: bool) -> None:
        """Show it, from the first place where something was searched, or its top."""
        passages = self._passages(manner, self.marker)
        self.show(passages, marker=self.marker, keep_place=keep_place)

    def above(self, manner: Manner) -> list[Passage]:
        """What to put above an answer."""
        return above(self._passages(manner, None), plain=manner.plain)

    def _passages(self, manner: Manner, marker: Marker | None) -> list[Passage]:
        if self._prompt is None:
            return [Passage("Reading the request ...", "muted", is_ours=True)]
        return prompt_passages(self._prompt, manner, marker)
