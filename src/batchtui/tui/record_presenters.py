"""A record as passages to read: pure. Texts of the file become safe here or as they are wrapped."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from batchtui.core.text import ELLIPSIS, counted, human_count, one_line
from batchtui.results.blocks import Block, BlockStyle
from batchtui.results.index import BROKEN
from batchtui.results.records import Record
from batchtui.tui.cells import Cell
from batchtui.tui.reflow import Passage
from batchtui.tui.result_presenters import id_words, marked_cell, type_look, type_words

_RECORD_TONES: Final = {"ok": "good", "bad": "bad", "warn": "warn"}


def record_head(
    record: Record, row: int, rows: int, match: re.Pattern[str] | None = None
) -> tuple[Cell, ...]:
    """Which record it is; what of its id was searched for is highlighted."""
    place = f"{human_count(row + 1)} of {human_count(rows)}"
    name = marked_cell(id_words(record.custom_id), match, "strong")
    return (name, Cell(place, "muted"))


def has_folds(record: Record) -> bool:
    """Some block is folded at first."""
    return any(block.fold for block in record.blocks)


def copyable(record: Record) -> dict[str, tuple[str, str]]:
    """What of a record can be copied: key -> its name and the text, as it is in the file."""
    texts = {
        "c": ("custom_id", record.custom_id),
        "t": ("answer", record.answer),
        "m": ("error message", record.error_message),
        "r": ("row as JSON", record.raw.decode("utf-8", "replace")),
        "i": ("message id", record.message_id),
        "q": ("request id", record.request_id),
    }
    return {key: (name, text) for key, (name, text) in texts.items() if text}


def record_passages(
    record: Record, *, unfolded: bool, plain: bool, match: re.Pattern[str] | None = None
) -> list[Passage]:
    """A record for reading: a head, then every block.

    Folded blocks show their first words only, unless `unfolded`, or unless `match`, what was
    searched, is in them.
    """
    bar = "| " if plain else "│ "
    passages = [*_head(record, plain=plain)]
    for block in record.blocks:
        hidden = block.fold and not unfolded and not (match and match.search(block.body))
        passages += [Passage(""), *_block(block, bar, folded=hidden, plain=plain)]
    if not record.blocks:
        passages += [Passage(""), Passage("The answer is empty.", "muted")]
    return passages


_PLAIN: Final = str.maketrans({"→": ">", "·": "-", "…": "~"})


def _head(record: Record, *, plain: bool) -> Iterator[Passage]:
    look = type_look(record.type)
    words = [type_words(record.type, plain=plain), record.error_type, record.stop_reason]
    if record.stop_sequence:
        words.append(f"at {record.stop_sequence!r}")
    yield Passage(_joined(words), _RECORD_TONES.get(look.tone, "muted"))
    if origin := _joined((record.model, record.message_id, record.request_id)):
        yield Passage(origin, "muted")
    for line in filter(None, _usage(record)):
        yield Passage(line.translate(_PLAIN) if plain else line, "muted")


_LONGEST_TITLE: Final = 300


def _title_line(text: str) -> str:
    """A text of the file where a line is expected, however long it is in truth."""
    head = one_line(text[:_LONGEST_TITLE])
    return head + ELLIPSIS if len(text) > _LONGEST_TITLE else head


def _joined(words: Iterable[str]) -> str:
    return "   ".join(_title_line(word) for word in words if word)


_USAGE_WORDS: Final = {
    "input_tokens": "tokens in",
    "output_tokens": "out",
    "cache_read_input_tokens": "cache read",
    "cache_creation_input_tokens": "cache written",
    "output_tokens_details.thinking_tokens": "thinking",
    "server_tool_use.web_search_requests": "searches",
    "server_tool_use.web_fetch_requests": "fetches",
}


def _usage(record: Record) -> Iterator[str]:
    """Tokens in the field's words, a line for all and one for each iteration.

    Counters nobody here has heard of stand under their own names.
    """
    lines: dict[str, list[str]] = {"": []}
    for name, value in record.usage:
        turn = _ITERATION.match(name)
        line = f"iteration {turn[1]}" if turn else ""
        name = name[turn.end() :] if turn else name  # noqa: PLW2901
        if value in _SAYS_NOTHING and name not in ("input_tokens", "output_tokens"):
            continue
        number = human_count(int(value)) if value.isdecimal() and len(value) < 20 else value
        words = _USAGE_WORDS.get(name, name.replace("_", " "))
        lines.setdefault(line, []).append(f"{words} {number}")
    for line, parts in lines.items():
        yield " · ".join(map(_title_line, [line, *parts] if line else parts))


_ITERATION: Final = re.compile(r"iterations\.(\d+)\.")
_SAYS_NOTHING: Final = frozenset({"0", "batch", "not_available"})

_BODY_STYLES: Final[Mapping[BlockStyle, str]] = {
    BlockStyle.PROSE: "prose",
    BlockStyle.CODE: "code",
    BlockStyle.JSON: "json",
    BlockStyle.LIST: "text",
    BlockStyle.MUTED: "muted",
    BlockStyle.ERROR: "error",
}


def _block(block: Block, bar: str, *, folded: bool, plain: bool) -> Iterator[Passage]:
    if block.title:
        title = _title(block, folded=folded, plain=plain)
        title = title.translate(_PLAIN) if plain else title
        yield Passage(title, _title_style(block), words=False)
    if folded:
        return
    if block.style is BlockStyle.LIST:
        yield from _items(block.body, bar)
    else:
        style = "thinking" if block.kind == "thinking" else _BODY_STYLES[block.style]
        lead = "" if block.kind == "text" else bar
        words = style != "code"
        yield Passage(block.body.rstrip("\n"), style, lead, lead, words=words)
    yield from _footnotes(block)


def _title_style(block: Block) -> str:
    if block.style is BlockStyle.ERROR:
        return "bad"
    return "muted" if block.fold else "heading"


def _title(block: Block, *, folded: bool, plain: bool) -> str:
    if not block.fold:
        return f"{_mark(block, plain=plain)} {_title_line(block.title)}"
    arrow = (">" if folded else "v") if plain else ("▸" if folded else "▾")
    size = counted(len(block.body), "character")
    return f"{arrow} {_title_line(block.title)} · {size} · T {'un' if folded else ''}folds"


def _mark(block: Block, *, plain: bool) -> str:
    """A result of a tool hangs under its call; all else stands for itself."""
    if block.answers is not None:
        return "`-" if plain else "└"
    if block.style is BlockStyle.ERROR:
        return "x" if plain else "✗"
    return "*" if plain else "◆"


def _items(body: str, bar: str) -> Iterator[Passage]:
    """One item per paragraph: its head, then its lines, quieter."""
    for number, item in enumerate(body.split("\n\n"), 1):
        head, _, rest = item.partition("\n")
        lead = f"{bar}{number}. "
        hang = bar + " " * (len(lead) - len(bar))
        yield Passage(head, "text", lead, hang)
        if rest:
            yield Passage(rest, "link", hang, hang)


def _footnotes(block: Block) -> Iterator[Passage]:
    if block.footnotes:
        yield Passage("")
    for note in block.footnotes:
        lead = f"[{note.mark}] "
        hang = " " * len(lead)
        yield Passage(_title_line(note.title or note.source) or "source", "text", lead, hang)
        if note.title and note.source:
            yield Passage(_title_line(note.source), "link", hang, hang)
        if note.quote:
            yield Passage(f"“{note.quote}”", "muted", hang, hang)


def raw_passages(record: Record) -> list[Passage]:
    """The line as it is in the file, indented where it is JSON; broken bytes as escapes."""
    if record.type == BROKEN:
        return [Passage("not JSON; these are the bytes of the line:", "muted"), *broken(record)]
    return [Passage(record.json_text, "json")]


def broken(record: Record) -> list[Passage]:
    """The bytes of a line that is no JSON, those that are no text as escapes."""
    return [Passage(record.raw.decode("utf-8", "backslashreplace"), "code", words=False)]
