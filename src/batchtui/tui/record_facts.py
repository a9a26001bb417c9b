"""What is told of a record beside its text: how it ended, by which model, what it cost. Pure."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from batchtui.core.text import ELLIPSIS, human_count, one_line
from batchtui.results.reading.record import Record
from batchtui.tui.cells import Cell, Line
from batchtui.tui.reflow import Passage
from batchtui.tui.result_presenters import type_look, type_words

RECORD_TONES: Final = {"ok": "good", "bad": "bad", "warn": "warn"}
PLAIN_GLYPHS: Final = str.maketrans({"→": ">", "·": "-", "…": "~"})

_LONGEST_TITLE: Final = 300


def title_line(text: str) -> str:
    """A text of the file where a line is expected, however long it is in truth."""
    head = one_line(text[:_LONGEST_TITLE])
    return head + ELLIPSIS if len(text) > _LONGEST_TITLE else head


class Usage(NamedTuple):
    """Numbers of one turn, by what they count. `turn` is empty for the whole message."""

    turn: str
    counts: list[tuple[str, str]]


def head_passages(record: Record, *, plain: bool) -> Iterator[Passage]:
    """The facts in a few lines, above the text."""
    look = type_look(record.type)
    words = [type_words(record.type, plain=plain), record.error_type, *_stop(record)]
    yield Passage(_joined(words), RECORD_TONES.get(look.tone, "muted"), is_ours=True)
    if origin := _joined((record.model, record.message_id, record.request_id)):
        yield Passage(origin, "muted", is_ours=True)
    for turn, counts in usage_of(record):
        parts = [f"{words} {number}" for words, number in counts]
        line = " · ".join(map(title_line, [turn, *parts] if turn else parts))
        if line:
            line = line.translate(PLAIN_GLYPHS) if plain else line
            yield Passage(line, "muted", is_ours=True)


def margin_lines(record: Record, *, plain: bool) -> list[Line]:
    """The facts below each other, beside the text."""
    look = type_look(record.type)
    lines: list[Line] = [(Cell(type_words(record.type, plain=plain), look.tone or "muted"),)]
    lines += [(Cell(title_line(words), "warn"),) for words in (record.error_type,) if words]
    lines += [(Cell(title_line(words)),) for words in _stop(record)]
    named = {"model": record.model, "id": record.message_id, "request id": record.request_id}
    for name, words in named.items():
        if words:
            lines += [(), (Cell(name, "muted"),), (Cell(title_line(words)),)]
    for turn, counts in usage_of(record):
        if counts:
            lines += [(), *([(Cell(turn, "muted"),)] if turn else [])]
        for words, number in counts:
            lines.append((Cell(f"{title_line(number):>9}  "), Cell(title_line(words), "muted")))
    return lines


def _stop(record: Record) -> list[str]:
    words = [record.stop_reason]
    if record.stop_sequence:
        words.append(f"at {record.stop_sequence!r}")
    return [word for word in words if word]


def _joined(words: Iterable[str]) -> str:
    return "   ".join(title_line(word) for word in words if word)


_USAGE_WORDS: Final = {
    "input_tokens": "tokens in",
    "output_tokens": "out",
    "cache_read_input_tokens": "cache read",
    "cache_creation_input_tokens": "cache written",
    "cache_creation.ephemeral_5m_input_tokens": "cache written (5 min)",
    "cache_creation.ephemeral_1h_input_tokens": "cache written (1 h)",
    "output_tokens_details.thinking_tokens": "thinking",
    "server_tool_use.web_search_requests": "searches",
    "server_tool_use.web_fetch_requests": "fetches",
}


def usage_of(record: Record) -> list[Usage]:
    """Tokens in the field's words, those of all first, then those of each iteration.

    Counters nobody here has heard of stand under their own names.
    """
    turns: dict[str, list[tuple[str, str]]] = {"": []}
    kinds: dict[str, str] = {}
    told = dict(record.usage)
    for name, value in record.usage:
        found = _ITERATION.match(name)
        turn = f"iteration {found[1]}" if found else ""
        key = name[found.end() :] if found else name
        if found and key == "type":
            kinds[turn] = f", {value}"
            continue
        if value in _SAYS_NOTHING and key not in ("input_tokens", "output_tokens"):
            continue
        if key == _WRITTEN and value in {told.get(name[: -len(key)] + one) for one in _LIFETIMES}:
            continue  # All of it has one lifetime, which is told.
        number = human_count(int(value)) if value.isdecimal() and len(value) < 20 else value
        words = _USAGE_WORDS.get(key, key.replace("_", " "))
        turns.setdefault(turn, []).append((words, number))
    return [Usage(turn + kinds.get(turn, ""), counts) for turn, counts in turns.items()]


_WRITTEN: Final = "cache_creation_input_tokens"
_LIFETIMES: Final = (
    "cache_creation.ephemeral_5m_input_tokens",
    "cache_creation.ephemeral_1h_input_tokens",
)
_ITERATION: Final = re.compile(r"iterations\.(\d+)\.")
_SAYS_NOTHING: Final = frozenset({"0", "batch", "not_available"})
