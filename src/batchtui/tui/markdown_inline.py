"""The marks within a line of Markdown: taken away, and what they mean told by spans. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from batchtui.tui.text_spans import Span

_LONGEST: Final = 400
"""Characters between two marks, at most: what is longer is likely none."""
_DEEPEST: Final = 3
"""Marks within marks."""

_MARKS: Final = re.compile(
    rf"""\\(?P<escaped>[!-/:-@\[-`{{-~])"""
    rf"""|(?P<ticks>`{{1,3}})(?P<code>[^`]{{1,{_LONGEST}}})(?P=ticks)(?!`)"""
    rf"""|(?P<image>!)?\[(?P<text>[^\[\]]{{0,{_LONGEST}}})\]\((?P<url>[^()\s]{{1,2000}})[^()]{{0,200}}\)"""
    rf"""|(?P<cite>\[\d{{1,4}}\])"""
    rf"""|\*\*(?P<strong>(?=\S)[^*]{{1,{_LONGEST}}}(?:\*[^*]{{1,{_LONGEST}}}\*[^*]{{0,{_LONGEST}}})?)(?<=\S)\*\*"""
    rf"""|(?<!\w)__(?P<strong_>(?=\S)[^_]{{1,{_LONGEST}}}(?<=\S))__(?!\w)"""
    rf"""|(?<![\w*])\*(?P<em>(?![\s*])[^*]{{1,{_LONGEST}}}(?<!\s))\*(?![\w*])"""
    rf"""|(?<!\w)_(?P<em_>(?![\s_])[^_]{{1,{_LONGEST}}}(?<!\s))_(?!\w)"""
    rf"""|~~(?P<gone>(?=\S)[^~]{{1,{_LONGEST}}}(?<=\S))~~"""
)
_ANY: Final = re.compile(r"[\\`\[*_~]")
_INNER: Final = {
    "strong": "strong",
    "strong_": "strong",
    "em": "emphasis",
    "em_": "emphasis",
    "gone": "gone",
}


def inline(text: str) -> tuple[str, tuple[Span, ...]]:
    """A text without its marks, and the parts that they are about."""
    if not _ANY.search(text):
        return text, ()
    writer = _Writer()
    writer.write(text, _DEEPEST)
    return "".join(writer.out), tuple(writer.spans)


class _Writer:
    def __init__(self) -> None:
        self.out: list[str] = []
        self.spans: list[Span] = []
        self._length = 0

    def write(self, text: str, depth: int) -> None:
        """Write a text; marks within marks stay where they are too deep."""
        at = 0
        for found in _MARKS.finditer(text) if depth else ():
            self._put(text[at : found.start()])
            self._mark(found, depth)
            at = found.end()
        self._put(text[at:])

    def _put(self, text: str, style: str = "") -> None:
        if style and text:
            self.spans.append((self._length, self._length + len(text), style))
        self.out.append(text)
        self._length += len(text)

    def _mark(self, found: re.Match[str], depth: int) -> None:
        parts = found.groupdict()
        if parts["escaped"]:
            self._put(parts["escaped"])
        elif parts["code"]:
            self._put(parts["code"], "code-span")
        elif parts["cite"]:
            self._put(parts["cite"], "link")
        elif parts["url"]:
            self._link(parts["text"], parts["url"], depth)
        else:
            for name, inner in _inner(parts):
                self._nested(inner, _INNER[name], depth)

    def _nested(self, text: str, style: str, depth: int) -> None:
        start, before = self._length, len(self.spans)
        self.write(text, depth - 1)
        self.spans.insert(before, (start, self._length, style))

    def _link(self, text: str, url: str, depth: int) -> None:
        """The words of a link, then where it leads: nobody can click here."""
        if not text or text == url:
            self._put(url, "link")
            return
        self._nested(text, "link", depth)
        self._put(f" ({url})", "muted")


def _inner(parts: dict[str, str | None]) -> Iterator[tuple[str, str]]:
    for name in _INNER:
        if text := parts[name]:
            yield name, text
