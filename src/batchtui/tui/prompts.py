"""Requests to stand above their answers: found by custom_id, and as passages to read."""

from collections.abc import Iterator
from typing import Final

import msgspec

from batchtui.core.background import in_daemon_thread
from batchtui.core.errors import SubmitError
from batchtui.requests.inputs import RequestInputs
from batchtui.requests.lookup import RequestIndex
from batchtui.requests.reading import RequestFile
from batchtui.requests.texts import SPOKEN, texts_of_content
from batchtui.tui.reflow import Passage

_BAR: Final = "│ "
_PLAIN_BAR: Final = "| "


class Prompts:
    """The requests of a batch, by custom_id. To be closed."""

    def __init__(self, index: RequestIndex, *, plain: bool) -> None:
        self._index = index
        self.inputs = RequestInputs(index)
        """The same, for queries that look into them."""
        self._bar = _PLAIN_BAR if plain else _BAR

    @classmethod
    async def of(cls, file: RequestFile, *, plain: bool) -> "Prompts":
        """Those of a file, once all of it has been read.

        Raises:
            SubmitError: it cannot be read.
        """

        def read() -> RequestIndex:
            index = RequestIndex(file)
            try:
                for _ in index.steps():
                    pass
            except BaseException:
                index.close()
                raise
            return index

        return cls(await in_daemon_thread(read), plain=plain)

    def close(self) -> None:
        """Let go of the file; at most once."""
        self._index.close()

    def passages(self, custom_id: str) -> list[Passage]:
        """What was asked, or why that is not known."""
        try:
            request = self._index.find(custom_id)
        except SubmitError as error:
            return [Passage(str(error), "error", is_ours=True), Passage("")]
        if request is None:
            return [Passage("No request has this custom_id.", "muted", is_ours=True), Passage("")]
        return [*_prompt(request.params, self._bar), Passage("")]


def _prompt(params: bytes, bar: str) -> Iterator[Passage]:
    try:
        fields = msgspec.json.decode(params, type=dict[str, msgspec.Raw])
        parts = {name: msgspec.json.decode(fields[name]) for name in _SHOWN if name in fields}
    except (ValueError, RecursionError):
        yield Passage(params.decode("utf-8", "replace"), "code", bar, bar, words=False)
        return
    facts = [f"{name} {parts[name]}" for name in ("model", "max_tokens") if name in parts]
    yield Passage(" · ".join(["Request", *facts]), "muted", words=False, is_ours=True)
    for name in SPOKEN:
        if name in parts:
            yield from _spoken(name, parts[name], bar)


_SHOWN: Final = ("model", "max_tokens", *SPOKEN)


def _spoken(name: str, value: object, bar: str) -> Iterator[Passage]:
    """What a param says: messages by their roles, a text alone by the param's name."""
    if name in ("system", "instructions") or not isinstance(value, list):
        yield from _said(name, value, bar)
        return
    for message in value:
        if isinstance(message, dict) and "role" in message:
            yield from _said(str(message["role"]), message.get("content"), bar)
        else:
            yield from _said(name, [message] if isinstance(message, dict) else message, bar)


def _said(role: str, content: object, bar: str) -> Iterator[Passage]:
    yield Passage(role, "muted", words=False, is_ours=True)
    for text in texts_of_content(content):
        yield Passage(text, "text", bar, bar, is_ours=True)
