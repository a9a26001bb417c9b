"""Markdown set for reading, a line at a time: of texts of any size, of which only some is seen.

Pure. What is no Markdown comes out as it went in.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Final

from batchtui.tui.markdown_inline import inline
from batchtui.tui.markdown_table import DELIMITER, Table, cells_of
from batchtui.tui.reflow import Line

_FENCE: Final = re.compile(r"^( {0,3})(`{3,}|~{3,})[ \t]*([^`]{0,40}).*$")
_HEADING: Final = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_RULE: Final = re.compile(r"^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$")
_ITEM: Final = re.compile(r"^([ \t]*)([-*+]|\d{1,9}[.)])[ \t]+(?=\S)(\[[ xX]\][ \t])?")
_QUOTE: Final = re.compile(r"^ {0,3}((?:> ?)+)")
_INDENT: Final = re.compile(r"^[ ]*")

_WIDEST_RULE: Final = 60
_DEEPEST_ITEM: Final = 24
_MOST_QUOTES: Final = 8


class Glyphs:
    """What is drawn for bullets, bars and rules, in any character or in ASCII."""

    def __init__(self, *, plain: bool) -> None:
        self.bullet = "*" if plain else "•"
        self.bar = "| " if plain else "│ "
        self.quote = "> " if plain else "▌ "
        self.rule = "-" if plain else "─"
        self.open, self.ticked = ("[ ] ", "[x] ") if plain else ("☐ ", "☑ ")


@cache
def markdown(*, plain: bool) -> Callable[[int], "Markdown"]:
    """What sets Markdown at a width; `plain` draws with ASCII only."""
    glyphs = Glyphs(plain=plain)
    return lambda width: Markdown(width, glyphs)


class Markdown:
    """A `reflow.Layout` of Markdown."""

    def __init__(self, width: int, glyphs: Glyphs) -> None:
        self._width = width
        self._glyphs = glyphs
        self._fence = ""
        self._head: str | None = None
        """A line that may be the head of a table."""
        self._table: Table | None = None

    def line(self, text: str, *, starts: bool) -> Iterable[Line]:
        """See `Layout.line`."""
        if self._fence:
            return self._code(text, starts=starts)
        if not starts:
            return [*self.end(), self._text(text)._replace(is_source=False)]
        return self._in_table(text) if self._table or self._head is not None else self._new(text)

    def _new(self, text: str) -> Iterable[Line]:
        if "|" in text and len(cells_of(text)) > 1:
            self._head = text
            return ()
        return self._block(text)

    def end(self) -> Iterable[Line]:
        """Set what was held back."""
        table, self._table = self._table, None
        if table is not None:
            return list(table.lines(self._width))
        head, self._head = self._head, None
        return [] if head is None else list(self._block(head))

    def _in_table(self, text: str) -> list[Line]:
        head = self._head or ""
        if self._table is not None and self._table.takes(text):
            return []
        if head and DELIMITER.match(text) and len(cells_of(text)) == len(cells_of(head)):
            self._table, self._head = Table(head, text, self._glyphs.bar, self._glyphs.rule), None
            return []
        return [*self.end(), *self._new(text)]

    def _block(self, text: str) -> Iterator[Line]:
        if fence := _FENCE.match(text):
            self._fence = fence[2]
            if name := fence[3].strip():
                yield Line(name, ((0, len(name), "muted"),), self._glyphs.bar, self._glyphs.bar)
        elif heading := _HEADING.match(text):
            words, spans = inline(heading[2])
            yield Line(words, ((0, len(words), "heading"), *spans))
        elif _RULE.match(text):
            rule = self._glyphs.rule * min(self._width, _WIDEST_RULE)
            yield Line(rule, ((0, len(rule), "muted"),))
        else:
            yield self._text(text)

    def _code(self, text: str, *, starts: bool) -> list[Line]:
        fence = _FENCE.match(text) if starts else None
        if fence and fence[2].startswith(self._fence) and not fence[3].strip():
            self._fence = ""
            return []
        bar = self._glyphs.bar
        spans = ((0, len(text), "code-block"),)
        return [Line(text, spans, bar, bar, words=False, is_source=starts)]

    def _text(self, text: str) -> Line:
        """A paragraph's line, or that of an item or of a quotation."""
        lead = ""
        if quote := _QUOTE.match(text):
            lead = self._glyphs.quote * min(_MOST_QUOTES, quote[1].count(">"))
            text = text[quote.end() :]
        if item := _ITEM.match(text):
            return self._item(item, text[item.end() :], lead)
        indent = _INDENT.match(text)
        hang = " " * min(_DEEPEST_ITEM, indent.end() if indent else 0)
        words, spans = inline(text[len(hang) :])
        return Line(words, spans, lead + hang, lead + hang)

    def _item(self, item: re.Match[str], text: str, quote: str) -> Line:
        glyphs = self._glyphs
        mark = item[2] if item[2][0].isdigit() else glyphs.bullet
        box = item[3] or ""
        if box:
            box = glyphs.open if box[1] == " " else glyphs.ticked
        indent = " " * min(_DEEPEST_ITEM, len(item[1]))
        lead = f"{indent}{mark} {box}"
        words, spans = inline(text)
        return Line(words, spans, quote + lead, quote + " " * len(lead))
