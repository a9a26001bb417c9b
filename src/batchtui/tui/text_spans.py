"""The parts of a line that look special: of JSON, or of prose. For the visible lines only."""

import re
from collections.abc import Iterator
from typing import Final

Span = tuple[int, int, str]
"""From, to and the name of the style."""

_TOKEN: Final = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*(?:"|\\?$))(?P<colon>\s*:)?"""
    r"""|(?P<number>-?\d[\d.eE+-]*)"""
    r"""|(?P<word>\b(?:true|false|null)\b)""",
    re.DOTALL,
)


def json_spans(line: str) -> Iterator[Span]:
    """Where the keys, strings, numbers and words of a line of JSON are, in order.

    The line may end inside a string. What is no JSON has no spans.
    """
    for token in _TOKEN.finditer(line):
        kind = token.lastgroup
        if kind == "colon":
            yield token.start("string"), token.end("string"), "json-key"
        else:
            yield token.start(), token.end(), f"json-{kind}"


_MARKDOWN: Final = re.compile(
    r"""(?P<heading>^\#{1,6}\s.+$)"""
    r"""|(?P<strong>\*\*[^*]{1,300}\*\*|__[^_]{1,300}__)"""
    r"""|(?P<tick>`[^`]{1,300}`)"""
    r"""|(?P<cite>\[\d{1,4}\](?!\())"""
    r"""|(?P<rule>^(?:```.*|---+|\|[-|: ]+\|)$)""",
)
_MARKDOWN_STYLES: Final = {
    "heading": "heading",
    "strong": "strong",
    "tick": "code-span",
    "cite": "link",
    "rule": "muted",
}


def prose_spans(line: str) -> Iterator[Span]:
    """Where a line of prose has Markdown or citation marks. All characters stay as they are."""
    for found in _MARKDOWN.finditer(line):
        yield found.start(), found.end(), _MARKDOWN_STYLES[found.lastgroup or "rule"]
