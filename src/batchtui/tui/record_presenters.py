"""A record as passages to read: pure. Texts of the file become safe here or as they are wrapped."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from batchtui.core.text import counted, human_count
from batchtui.results.query.marking import Marker
from batchtui.results.reading.blocks import Block, BlockStyle
from batchtui.results.reading.json_text import BytesText, IndentedJson
from batchtui.results.reading.record import Record
from batchtui.tui.cells import Cell
from batchtui.tui.markdown import markdown
from batchtui.tui.record_facts import PLAIN_GLYPHS, head_passages, title_line
from batchtui.tui.record_matches import has_match
from batchtui.tui.reflow import Passage
from batchtui.tui.result_presenters import id_words


@dataclass(frozen=True, slots=True)
class Manner:
    """How records are shown."""

    plain: bool = False
    """With ASCII only, but for their texts."""
    raw: bool = False
    """As they are in the file."""
    unfolded: bool = False
    """Thinking, and what else is better folded at first, is shown."""
    rendered: bool = True
    """Markdown is set for reading; else all its characters are there."""
    with_head: bool = True
    """The facts stand above the text; else there is room for them beside it."""


def record_head(
    custom_id: str, row: int, rows: int, spans: tuple[tuple[int, int], ...] = ()
) -> tuple[Cell, ...]:
    """Which record it is; the `spans` of its id (as `id_words`) are highlighted."""
    name = id_words(custom_id)
    place = f"{human_count(row + 1)} of {human_count(rows)}"
    return (Cell(name, "strong", spans), Cell(place, "muted"))


def match_cell(here: int | None, count: int, *, done: bool, is_cut: bool = False) -> Cell:
    """Which match one is at, of how many that are known; `is_cut` where not all is shown."""
    if done and is_cut and not count:
        return Cell("no match in the part that is shown: o opens all in the pager", "warn")
    total = counted(count, "match", "matches") + ("" if done else " so far")
    if here is None:
        return Cell(total if count or not done else "no match is in view", "muted")
    return Cell(f"{human_count(here + 1)} of {total}", "warn")


def has_folds(record: Record) -> bool:
    """Some block is folded at first."""
    return any(block.fold for block in record.blocks)


def has_prose(record: Record) -> bool:
    """Some block may be Markdown."""
    return any(block.style is BlockStyle.PROSE for block in record.blocks)


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


def passages_of(record: Record, manner: Manner, marker: Marker | None = None) -> list[Passage]:
    """A record in a manner: its line, or a head and then every block.

    Folded blocks show their first words only, unless what was searched is in them.
    """
    if manner.raw:
        return raw_passages(record)
    passages = [*head_passages(record, plain=manner.plain)] if manner.with_head else []
    for number, block in enumerate(record.blocks):
        folded = block.fold and not manner.unfolded
        if folded and marker and has_match(block.body, marker):
            folded = False
        if passages:
            passages.append(Passage("", block=number))
        passages += (
            replace(one, block=number) for one in block_passages(block, manner, folded=folded)
        )
    if not record.blocks:
        passages += [Passage(""), Passage("The answer is empty.", "muted", is_ours=True)]
    return passages


_BODY_STYLES: Final[Mapping[BlockStyle, str]] = {
    BlockStyle.PROSE: "prose",
    BlockStyle.CODE: "code",
    BlockStyle.JSON: "json",
    BlockStyle.LIST: "text",
    BlockStyle.MUTED: "muted",
    BlockStyle.ERROR: "error",
}


def block_passages(block: Block, manner: Manner, *, folded: bool) -> Iterator[Passage]:
    """One block: its title, and what it says unless it is `folded`."""
    bar = "| " if manner.plain else "│ "
    if block.title:
        title = _title(block, folded=folded, plain=manner.plain)
        title = title.translate(PLAIN_GLYPHS) if manner.plain else title
        is_ours = not (block.is_call or block.style is BlockStyle.ERROR)
        yield Passage(title, _title_style(block), words=False, is_ours=is_ours)
    if folded:
        return
    if block.style is BlockStyle.LIST:
        yield from _items(block.body, bar)
    elif block.parts:
        yield from _parts(block, bar)
    else:
        yield _body(block, manner, "" if block.kind == "text" else bar)
    yield from _footnotes(block)


def _body(block: Block, manner: Manner, lead: str) -> Passage:
    style = "thinking" if block.kind == "thinking" else _BODY_STYLES[block.style]
    layout = markdown(plain=manner.plain) if style == "prose" and manner.rendered else None
    words = block.style is not BlockStyle.CODE
    body, is_ours = block.body.rstrip("\n"), block.style is BlockStyle.MUTED
    return Passage(body, style, lead, lead, words=words, layout=layout, is_ours=is_ours)


def _parts(block: Block, bar: str) -> Iterator[Passage]:
    """Streams and scripts, each under its name."""
    for label, text, style in block.parts:
        if label:
            yield Passage(title_line(label), "muted", bar, bar, is_ours=True)
        lead = bar + "  " if label else bar
        yield Passage(text, _BODY_STYLES[style], lead, lead, words=style is not BlockStyle.CODE)


def _title_style(block: Block) -> str:
    if block.style is BlockStyle.ERROR:
        return "bad"
    return "muted" if block.fold else "heading"


def _title(block: Block, *, folded: bool, plain: bool) -> str:
    if not block.fold:
        return f"{_mark(block, plain=plain)} {title_line(block.title)}"
    return fold_title(block.title, len(block.body), folded=folded, plain=plain)


def fold_title(title: str, size: int, *, folded: bool, plain: bool) -> str:
    """The line above something of so many characters that can be folded."""
    arrow = (">" if folded else "v") if plain else ("▸" if folded else "▾")
    dot = "-" if plain else "·"
    size_words, does = counted(size, "character"), f"T {'un' if folded else ''}folds"
    return f"{arrow} {title_line(title)} {dot} {size_words} {dot} {does}"


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
        yield Passage(title_line(note.title or note.source) or "source", "text", lead, hang)
        if note.title and note.source:
            yield Passage(title_line(note.source), "link", hang, hang)
        if note.quote:
            yield Passage(f"“{note.quote}”", "muted", hang, hang)


def raw_passages(record: Record) -> list[Passage]:
    """The line as it is in the file, indented where it is JSON; broken bytes as escapes."""
    if not record.is_json:
        remark = Passage("not JSON; these are the bytes of the line:", "muted", is_ours=True)
        return [remark, Passage(BytesText(record.raw), "code", words=False)]
    return [Passage(IndentedJson(record.raw), "json")]


def bytes_text(record: Record) -> str:
    """The bytes of a line, those that are no text as escapes."""
    return record.raw.decode("utf-8", "backslashreplace")
