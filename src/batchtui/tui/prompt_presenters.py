"""A request as passages to read, beside or above its answer: pure."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from batchtui.core.text import counted, human_bytes
from batchtui.requests.texts import SPOKEN
from batchtui.results.query.marking import Marker
from batchtui.results.reading.blocks import Block, BlockStyle
from batchtui.results.reading.content import read_blocks
from batchtui.results.reading.json_text import IndentedJson
from batchtui.results.reading.tool_results import read_tool_result
from batchtui.results.reading.wire import Json, list_of, object_of, text_of
from batchtui.tui.record_facts import title_line
from batchtui.tui.record_matches import has_match
from batchtui.tui.record_presenters import Manner, block_passages, fold_title
from batchtui.tui.reflow import Passage

_LONG: Final = 400
"""Characters of a system prompt that is folded at first: it is the same in every request."""
_LONGEST_FACT: Final = 60


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side says."""

    role: str
    blocks: tuple[Block, ...]

    @property
    def size(self) -> int:
        """Characters of its texts."""
        return sum(len(block.body) for block in self.blocks)

    @property
    def folds(self) -> bool:
        """It is better folded at first."""
        return self.role in ("system", "instructions", "developer") and self.size > _LONG


@dataclass(frozen=True, slots=True)
class Prompt:
    """What was asked, or a remark why that is not known. Texts are as they are on the wire."""

    params: bytes = b""
    facts: tuple[str, ...] = ()
    """Its other params, in words."""
    turns: tuple[Turn, ...] = ()
    remark: str = ""
    tone: str = "muted"

    @property
    def has_folds(self) -> bool:
        """Some of it is folded at first."""
        return any(turn.folds or any(one.fold for one in turn.blocks) for turn in self.turns)


def read_prompt(params: bytes) -> Prompt:
    """The params of a request in a form for reading; those that are no JSON, as they are."""
    try:
        fields = msgspec.json.decode(params, type=dict[str, msgspec.Raw])
        spoken = {name: msgspec.json.decode(fields[name]) for name in SPOKEN if name in fields}
    except (ValueError, RecursionError):
        text = Block("text", "", params.decode("utf-8", "replace"), BlockStyle.CODE)
        return Prompt(params, turns=(Turn("", (text,)),))
    others = {name: bytes(fields[name]) for name in fields if name not in spoken}
    return Prompt(params, tuple(_facts(others)), tuple(_turns(spoken)))


def _facts(others: Mapping[str, bytes]) -> Iterator[str]:
    if model := others.get("model"):
        yield _short(model)
    for name, value in others.items():
        if name == "tools" and value.startswith(b"["):
            yield counted(len(msgspec.json.decode(value, type=list[msgspec.Raw])), "tool")
        elif name != "model":
            yield f"{title_line(name)} {_short(value)}"


def _short(value: bytes) -> str:
    text = value[: 4 * _LONGEST_FACT].decode("utf-8", "replace").strip('"')
    return title_line(text[:_LONGEST_FACT] + "…" * (len(text) > _LONGEST_FACT))


def _turns(spoken: Mapping[str, Json]) -> Iterator[Turn]:
    calls: dict[str, tuple[int, str]] = {}
    for name, value in spoken.items():
        if name in ("messages", "input") and isinstance(value, list):
            for message in value:
                yield _turn(message, calls)
        else:
            role = name if name in ("system", "instructions") else "user"
            yield Turn(role, tuple(_blocks(value, calls)))


def _turn(message: Json, calls: dict[str, tuple[int, str]]) -> Turn:
    fields = object_of(message)
    if "role" not in fields:
        return Turn(text_of(fields.get("type")), tuple(_blocks([message], calls)))
    asked = [_call(object_of(one)) for one in list_of(fields.get("tool_calls"))]
    blocks = (*_blocks(fields.get("content"), calls), *_blocks(asked, calls))
    return Turn(text_of(fields["role"]), blocks)


def _call(call: dict[str, Json]) -> Json:
    """A call of a tool as Anthropic has it; its arguments are JSON in a text."""
    function = object_of(call.get("function"))
    given: Json = function.get("arguments")
    with contextlib.suppress(ValueError, RecursionError):
        given = msgspec.json.decode(text_of(given))
    return {"type": "tool_use", "id": call.get("id"), "name": function.get("name"), "input": given}


def _blocks(content: Json, calls: dict[str, tuple[int, str]]) -> Iterator[Block]:
    """The blocks of a message. `calls` are the tools that were called so far, by id."""
    if not isinstance(content, list):
        yield from read_blocks(content)
        return
    for item in content:
        block = object_of(item)
        kind, text = text_of(block.get("type")), block.get("text")
        if isinstance(text, str) and kind.endswith("text"):
            yield Block("text", "", text)
        elif (media := _media(kind, block)) is not None:
            yield media
        elif isinstance(called := block.get("tool_use_id"), str):
            yield read_tool_result(kind, block, calls.get(called))
        else:
            for read in read_blocks([item]):
                if read.is_call:
                    calls[read.tool_id] = (0, read.title)
                yield read


_MEDIA: Final = ("image", "document", "file", "audio")


def _media(kind: str, block: dict[str, Json]) -> Block | None:
    """What is no text: what kind of data, how much of it, or where it is."""
    name = next((one for one in _MEDIA if one in kind), "")
    source = object_of(block.get("source") or block.get(kind))
    data = text_of(source.get("data") or source.get("file_data"))
    place = text_of(source.get("url") or source.get("file_id") or block.get("image_url"))
    if not name or not (data or place):
        return None
    title = text_of(block.get("title"))
    name = f"{name} {title}" if title else name
    if source.get("type") == "text":
        return Block(kind, name, data, fold=len(data) > _LONG)
    media_type = text_of(source.get("media_type"))
    if place.startswith("data:"):
        head, _, data = place.partition(",")
        media_type = head.removeprefix("data:").partition(";")[0]
    size = human_bytes(len(data) * 3 // 4)
    return Block(kind, name, f"{media_type} {size}" if data else place, BlockStyle.MUTED)


def prompt_passages(prompt: Prompt, manner: Manner, marker: Marker | None = None) -> list[Passage]:
    """A request in the manner of its answer; a long system prompt is folded if nothing marks it."""
    if prompt.remark:
        return [Passage(prompt.remark, prompt.tone, is_ours=True)]
    if manner.raw:
        return [Passage(IndentedJson(prompt.params), "json")]
    dot = " - " if manner.plain else " · "
    passages = [Passage(dot.join(prompt.facts), "muted", is_ours=True)] if prompt.facts else []
    for turn in prompt.turns:
        passages += [Passage("")] if passages else []
        passages += _turn_passages(turn, manner, marker)
    return passages


def _turn_passages(turn: Turn, manner: Manner, marker: Marker | None) -> Iterator[Passage]:
    found = marker is not None and any(has_match(one.body, marker) for one in turn.blocks)
    folded = turn.folds and not manner.unfolded and not found
    if turn.folds:
        title = fold_title(turn.role, turn.size, folded=folded, plain=manner.plain)
        yield Passage(title, "muted", words=False, is_ours=True)
    elif turn.role:
        yield Passage(title_line(turn.role), "heading", words=False, is_ours=True)
    for number, block in enumerate(() if folded else turn.blocks):
        if number:
            yield Passage("")
        yield from block_passages(
            block, manner, folded=block.fold and not manner.unfolded and not found
        )


def above(passages: list[Passage], *, plain: bool) -> list[Passage]:
    """A request for the place above its answer: apart from it, and not searched."""
    bar = "| " if plain else "│ "
    barred = [
        replace(one, lead=bar + one.lead, hang=bar + one.hang, block=-1, is_ours=True)
        for one in passages
    ]
    return [*barred, Passage("")]
