"""What tools gave back, in a form for reading."""

from collections.abc import Callable

from batchtui.results.reading.blocks import Block, BlockStyle, Part, joined, unknown_block
from batchtui.results.reading.wire import Json, list_of, object_of, pretty, text_of


def read_tool_result(kind: str, block: dict[str, Json], call: tuple[int, str] | None) -> Block:
    """A `*_tool_result` block; `call` is the number of the block with its call, and its name."""
    title, body, style, *parts = _content(block)
    name = call[1] if call else kind.removesuffix("_tool_result") or kind
    return Block(
        kind,
        f"{name} → {title}",
        body,
        style,
        tool_id=text_of(block.get("tool_use_id")),
        answers=call[0] if call else None,
        fold=style is BlockStyle.CODE and len(body) > _LONG,
        parts=tuple(parts),
    )


_LONG = 4000
"""Characters above which an output is better folded."""

_Shown = tuple[str, str, BlockStyle, *tuple[Part, ...]]
"""Title, body and style of a result, and the parts of its body if it has some."""


def _content(block: dict[str, Json]) -> _Shown:
    content = block.get("content")
    if isinstance(content, str):
        return _plain(content, failed=block.get("is_error") is True)
    if isinstance(content, list):
        return _items(block, content)
    inner = object_of(content)
    kind = text_of(inner.get("type"))
    if kind.endswith("_error"):
        return _error(inner)
    reader = _READERS.get(kind) or _by_suffix(kind)
    return reader(inner) if reader else _unknown(block)


def _by_suffix(kind: str) -> Callable[[dict[str, Json]], _Shown] | None:
    """Kinds that several tools share: `code_execution_result`, `bash_code_execution_result`."""
    return next((reader for end, reader in _SUFFIXES.items() if kind.endswith(end)), None)


def _unknown(value: dict[str, Json]) -> _Shown:
    return "result", unknown_block(value).body, BlockStyle.JSON


def _plain(text: str, *, failed: bool) -> _Shown:
    return ("error", text, BlockStyle.ERROR) if failed else ("result", text, BlockStyle.CODE)


def _error(inner: dict[str, Json]) -> _Shown:
    code = text_of(inner.get("error_code"))
    message = text_of(inner.get("error_message"))
    body = ": ".join(part for part in (code, message) if part)
    return "error", body or pretty(inner), BlockStyle.ERROR


def _items(block: dict[str, Json], items: list[Json]) -> _Shown:
    """A list: search results, or the text blocks of an MCP tool."""
    objects = [object_of(item) for item in items]
    kinds = {text_of(item.get("type")) for item in objects}
    if kinds <= {"web_search_result"}:
        found = f"{len(items)} result" + ("" if len(items) == 1 else "s")
        return found, "\n\n".join(map(_search_result, objects)), BlockStyle.LIST
    if kinds == {"text"}:
        text = "\n\n".join(text_of(item.get("text")) for item in objects)
        return _plain(text, failed=block.get("is_error") is True)
    return _unknown(block)


def _search_result(item: dict[str, Json]) -> str:
    lines = [text_of(item.get(key)) for key in ("title", "url", "page_age")]
    return "\n".join(line for line in lines if line)


def _fetched(inner: dict[str, Json]) -> _Shown:
    document = object_of(inner.get("content"))
    source = object_of(document.get("source"))
    url, media_type = text_of(inner.get("url")), text_of(source.get("media_type"))
    head = [text_of(document.get("title")), url, text_of(inner.get("retrieved_at"))]
    data = text_of(source.get("data"))
    if source.get("type") != "text":
        data = f"[{media_type or 'binary'} data, {len(data):,} characters of base64]"
    return "page", "\n".join([*filter(None, head), "", data]), BlockStyle.CODE


def _execution(inner: dict[str, Json]) -> _Shown:
    title = f"return code {_number(inner.get('return_code'))}"
    files = [text_of(object_of(item).get("file_id")) for item in list_of(inner.get("content"))]
    parts = [
        Part("stdout", text_of(inner.get("stdout")).rstrip(), BlockStyle.CODE),
        Part("stderr", text_of(inner.get("stderr")).rstrip(), BlockStyle.ERROR),
        Part("files", "\n".join(filter(None, files)), BlockStyle.CODE),
    ]
    parts = [part for part in parts if part.text]
    if "encrypted_stdout" in inner:
        parts.insert(0, Part("", "stdout is encrypted by the provider.", BlockStyle.MUTED))
    if not parts:
        return title, "No output.", BlockStyle.MUTED
    return title, joined(parts), BlockStyle.CODE, *parts


def _number(value: Json) -> str:
    return str(value) if isinstance(value, int | float) else "unknown"


def _view(inner: dict[str, Json]) -> _Shown:
    start, count, total = (inner.get(key) for key in ("start_line", "num_lines", "total_lines"))
    place = f", {count} lines from line {start} of {total}" if start is not None else ""
    file_type = text_of(inner.get("file_type")) or "file"
    return file_type + place, text_of(inner.get("content")), BlockStyle.CODE


def _created(inner: dict[str, Json]) -> _Shown:
    words = "The file was replaced." if inner.get("is_file_update") else "The file was created."
    return "done", words, BlockStyle.MUTED


def _replaced(inner: dict[str, Json]) -> _Shown:
    spans = [_line_span(inner, side) for side in ("old", "new")]
    lines = "\n".join(text_of(line) for line in list_of(inner.get("lines")))
    title = " → ".join(span for span in spans if span)
    return title or "done", lines or "The text was replaced.", BlockStyle.CODE


def _line_span(inner: dict[str, Json], side: str) -> str:
    start, count = inner.get(f"{side}_start"), inner.get(f"{side}_lines")
    return (
        ""
        if start is None
        else f"{side} line {start} ({count} {'line' if count == 1 else 'lines'})"
    )


def _tools_found(inner: dict[str, Json]) -> _Shown:
    references = [object_of(item) for item in list_of(inner.get("tool_references"))]
    names = [text_of(item.get("tool_name")) for item in references]
    found = f"{len(names)} tool" + ("" if len(names) == 1 else "s")
    return found, "\n\n".join(names), BlockStyle.LIST


def _advice(inner: dict[str, Json]) -> _Shown:
    return "advice", text_of(inner.get("text")), BlockStyle.PROSE


def _redacted_advice(_: dict[str, Json]) -> _Shown:
    return "advice", "Encrypted by the provider.", BlockStyle.MUTED


_READERS: dict[str, Callable[[dict[str, Json]], _Shown]] = {
    "web_fetch_result": _fetched,
    "tool_search_tool_search_result": _tools_found,
    "advisor_result": _advice,
    "advisor_redacted_result": _redacted_advice,
}

_SUFFIXES: dict[str, Callable[[dict[str, Json]], _Shown]] = {
    "code_execution_view_result": _view,
    "code_execution_create_result": _created,
    "code_execution_str_replace_result": _replaced,
    "code_execution_result": _execution,
}
