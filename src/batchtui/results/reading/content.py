"""The content blocks of a message: what a model wrote, thought, and asked of tools.

Blocks of unknown kinds, and of known kinds in an unknown shape, are their own JSON.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from batchtui.results.reading.blocks import Block, BlockStyle, Footnote, Part, unknown_block
from batchtui.results.reading.tool_results import read_tool_result
from batchtui.results.reading.wire import Json, list_of, object_of, pretty, text_of


@dataclass(slots=True)
class _Reading:
    """What has been met so far while a message is read from top to bottom."""

    calls: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Tool call id -> block number and tool name."""
    marks: dict[tuple[str, str, str], int] = field(default_factory=dict)


def read_blocks(
    content: Json, path: str = ".content", paths: Sequence[str] = ()
) -> tuple[Block, ...]:
    """The blocks of a message's `content`, which stands at `path`, in its order.

    Where the blocks stand elsewhere, `paths` says it of each.

    Neighbouring text blocks with citations among them are one text that the API cut at its
    citations: they become one block.
    """
    if isinstance(content, str):
        return (Block("text", "", content, path=path),)
    if not isinstance(content, list):
        return () if content is None else (replace(unknown_block(content), path=path),)
    reading = _Reading()
    blocks: list[Block] = []
    at = 0
    for run in _runs(content):
        block = _text(run, reading) if _is_text(run[0]) else _read(run[0], reading)
        if block.tool_id and "tool_use_id" not in run[0]:
            reading.calls.setdefault(block.tool_id, (len(blocks), text_of(run[0].get("name"))))
        place = f"{at}:{at + len(run)}" if len(run) > 1 else at
        blocks.append(replace(block, path=paths[at] if paths else f"{path}[{place}]"))
        at += len(run)
    return tuple(blocks)


def _runs(content: Sequence[Json]) -> Iterable[list[dict[str, Json]]]:
    """The blocks one by one, but cited texts with their neighbouring texts."""
    texts: list[dict[str, Json]] = []
    for item in content:
        block: dict[str, Json] = item if isinstance(item, dict) else {"value": item}
        if _is_text(block):
            texts.append(block)
            continue
        yield from _joined(texts)
        texts = []
        yield [block]
    yield from _joined(texts)


def _is_text(block: dict[str, Json]) -> bool:
    return block.get("type") == "text" and isinstance(block.get("text"), str)


def _joined(texts: list[dict[str, Json]]) -> Iterable[list[dict[str, Json]]]:
    if any(text.get("citations") for text in texts):
        return [texts]
    return [[text] for text in texts]


def _text(run: list[dict[str, Json]], reading: _Reading) -> Block:
    pieces: list[str] = []
    notes: dict[int, Footnote] = {}
    for text in run:
        pieces.append(text_of(text.get("text")))
        for citation in map(object_of, list_of(text.get("citations"))):
            note = _footnote(citation, reading)
            notes.setdefault(note.mark, note)
            pieces.append(f"[{note.mark}]")
    return Block("text", "", "".join(pieces), footnotes=tuple(notes.values()))


def _footnote(citation: dict[str, Json], reading: _Reading) -> Footnote:
    title = text_of(citation.get("title")) or text_of(citation.get("document_title"))
    source = text_of(citation.get("url")) or text_of(citation.get("source")) or _place(citation)
    quote = text_of(citation.get("cited_text"))
    mark = reading.marks.setdefault((title, source, quote), len(reading.marks) + 1)
    return Footnote(mark, title, source, quote)


def _place(citation: dict[str, Json]) -> str:
    """Where in a document a citation points: `document 1, characters 5 to 20`."""
    names = {"char_index": "characters", "page_number": "pages", "block_index": "blocks"}
    document = citation.get("document_index")
    parts = [f"document {document + 1}"] if isinstance(document, int) else []
    for key, name in names.items():
        start, end = citation.get(f"start_{key}"), citation.get(f"end_{key}")
        if start is not None:
            parts.append(f"{name} {start} to {end}")
    return ", ".join(parts)


def _read(block: dict[str, Json], reading: _Reading) -> Block:
    kind = text_of(block.get("type"))
    call_id = block.get("tool_use_id")
    if isinstance(call_id, str):
        return read_tool_result(kind, block, reading.calls.get(call_id))
    reader = _READERS.get(kind)
    return reader(block) if reader else unknown_block(block)


def _thinking(block: dict[str, Json]) -> Block:
    text = block.get("thinking")
    if not isinstance(text, str):
        return unknown_block(block)
    if not text:
        return Block("thinking", "thinking", "The thinking is left out.", BlockStyle.MUTED)
    return Block("thinking", "thinking", text, fold=True)


def _redacted_thinking(block: dict[str, Json]) -> Block:
    size = len(text_of(block.get("data")))
    body = f"Encrypted by the provider ({size:,} characters)."
    return Block("redacted_thinking", "redacted thinking", body, BlockStyle.MUTED)


def _call(block: dict[str, Json]) -> Block:
    name, call_id = block.get("name"), block.get("id")
    if not isinstance(name, str):
        return unknown_block(block)
    server = text_of(block.get("server_name")) or text_of(block.get("toolset_name"))
    caller = text_of(object_of(block.get("caller")).get("type"))
    title = f"{name} ({server})" if server else name
    if caller not in ("", "direct"):
        title += f", called by {caller}"
    value = block.get("input")
    return Block(
        text_of(block["type"]),
        title,
        pretty(value),
        BlockStyle.JSON,
        tool_id=text_of(call_id),
        parts=_input_parts(value),
    )


def _input_parts(value: Json) -> tuple[Part, ...]:
    """Scripts, commands and files in an input, which JSON would put on one line each."""
    scripts = {
        key: text
        for key, text in object_of(value).items()
        if isinstance(text, str) and "\n" in text.strip()
    }
    if not scripts:
        return ()
    rest: Json = {key: item for key, item in object_of(value).items() if key not in scripts}
    parts = [Part("", pretty(rest), BlockStyle.JSON)] if rest else []
    parts += (Part(key, text.rstrip(), BlockStyle.CODE) for key, text in scripts.items())
    return tuple(parts)


def _container_upload(block: dict[str, Json]) -> Block:
    body = text_of(block.get("file_id"))
    return Block("container_upload", "file uploaded to the container", body, BlockStyle.CODE)


def _tool_listing(block: dict[str, Json]) -> Block:
    tools = [object_of(tool) for tool in list_of(block.get("tools"))]
    items = (f"{text_of(t.get('name'))}\n{text_of(t.get('description'))}".strip() for t in tools)
    title = f"tools of {text_of(block.get('mcp_server_name'))}"
    return Block("mcp_tool_listing", title, "\n\n".join(items), BlockStyle.LIST, fold=True)


def _compaction(block: dict[str, Json]) -> Block:
    text = text_of(block.get("content"))
    if not text:
        return Block("compaction", "compaction", "No summary is given.", BlockStyle.MUTED)
    return Block("compaction", "summary of what was compacted", text, fold=True)


def _fallback(block: dict[str, Json]) -> Block:
    old, new = (text_of(object_of(block.get(side)).get("model")) for side in ("from", "to"))
    trigger = object_of(block.get("trigger"))
    words = [text_of(trigger.get(key)) for key in ("type", "category")]
    reason = " · ".join(word for word in words if word)
    return Block("fallback", f"{old} → {new}", reason, BlockStyle.MUTED)


def _said(block: dict[str, Json]) -> Block:
    """What somebody else than the model said: a user, a system."""
    text = block.get("text")
    kind = text_of(block["type"])
    return Block(kind, kind, text) if isinstance(text, str) else unknown_block(block)


def _refusal(block: dict[str, Json]) -> Block:
    text = text_of(block.get("refusal"))
    return Block("refusal", "refusal", text, BlockStyle.ERROR) if text else unknown_block(block)


def _embedding(block: dict[str, Json]) -> Block:
    numbers = block.get("embedding")
    if not isinstance(numbers, list):
        return unknown_block(block)
    head = ", ".join(map(str, numbers[:_NUMBERS_SHOWN]))
    more = ", …" if len(numbers) > _NUMBERS_SHOWN else ""
    return Block("embedding", f"embedding · {len(numbers):,} numbers", head + more, BlockStyle.CODE)


_NUMBERS_SHOWN = 8

_READERS: dict[str, Callable[[dict[str, Json]], Block]] = {
    "thinking": _thinking,
    "redacted_thinking": _redacted_thinking,
    "tool_use": _call,
    "server_tool_use": _call,
    "mcp_tool_use": _call,
    "container_upload": _container_upload,
    "mcp_tool_listing": _tool_listing,
    "compaction": _compaction,
    "fallback": _fallback,
    "refusal": _refusal,
    "embedding": _embedding,
    **dict.fromkeys(("user", "system", "summary", "approval", "function"), _said),
}
