r"""Requests from rows and a template: `{{column}}` in its strings stands for a value of the row.

A template is JSON: a whole request (`custom_id` and `params`, as its kind writes them), or its
params alone. Values are put in as JSON by construction: what a cell holds can never leave the
string it stands in.

- `"Translate: {{text}}"` puts a text into a text; so does `"{{text}}"`, which stays a string.
- `"{{size:json}}"`, alone in its string, is replaced by the cell as JSON: a number, `true`,
  `null`, an array. A cell that is no JSON is an error of that row.
- `\{{` (in the file: `\\{{`) stands for the two braces themselves.

Without a `custom_id` of its own, a template takes it from the column `custom_id`; without
that, rows are called `row-1`, `row-2`, ...
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from batchtui.core.disk import disk_words
from batchtui.core.errors import SubmitError
from batchtui.core.text import nearest
from batchtui.requests.findings import FaultyRequestError, Finding, Rule
from batchtui.requests.shapes import ANTHROPIC, CHAT_URL, OPENAI, Shape

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

Row = Mapping[str, Json]
"""The values of a row by column."""

MAX_TEMPLATE_BYTES = 8 << 20

_HOLE = re.compile(r"(?P<braces>\\\{\{)|\{\{\s*(?P<name>[^{}]*?)\s*(?P<json>:\s*json\s*)?\}\}|\{\{")

_Piece = bytes | Callable[[Row], bytes]
"""A part of the request: fixed, or made from the row."""


class Template:
    """A template, ready to be filled in.

    `columns` are the names that it uses; `generates_ids` tells that rows are numbered because
    nothing else says what they are called.
    """

    def __init__(self, document: Json, *, has_id_column: bool, shape: Shape = ANTHROPIC) -> None:
        if not isinstance(document, dict):
            raise _wrong("it is no JSON object")
        request, name = _whole(document, shape), shape.id_field
        self.columns: dict[str, None] = {}
        self.generates_ids = name not in request and not has_id_column
        if self.generates_ids and not shape.params_field:
            raise _wrong(f"nothing says which {name} a row is for", f"a request is {shape.example}")
        if name not in request and has_id_column:
            request = {name: "{{" + name + "}}", **request}
        try:
            self._pieces = _joined(self._of_value(request))
        except UnicodeEncodeError:
            raise _wrong("it has half of a surrogate pair in its text") from None

    def fill(self, row: Row, number: int) -> bytes:
        """The request of a row, the `number`th.

        Raises:
            FaultyRequestError: the row lacks a value, or has one that is no JSON where it must be.
        """
        request = b"".join([p if isinstance(p, bytes) else p(row) for p in self._pieces])
        if not self.generates_ids:
            return request
        return b'{"custom_id":"row-%d",%b' % (number, request[1:])

    def check_columns(self, known: list[str]) -> None:
        """See that all columns are there, each once.

        Raises:
            SubmitError: one is not.
        """
        for name in self.columns:
            if known.count(name) > 1:
                raise SubmitError(
                    f"cannot tell what {{{{{name}}}}} stands for",
                    f"the file has {known.count(name)} columns of that name",
                    "give each column a name of its own",
                )
            if name not in known:
                near = nearest(name, known)
                raise SubmitError(
                    f"the template asks for a column {name!r}, which the file has not",
                    f"it has {', '.join(known)}",
                    f"did you mean {near}?" if near else "",
                )

    def _of_value(self, value: Json) -> Iterator[_Piece]:
        if isinstance(value, str):
            yield from self._of_string(value)
        elif isinstance(value, dict):
            yield from self._of_object(value)
        elif isinstance(value, list):
            yield b"["
            for number, item in enumerate(value):
                yield b"," if number else b""
                yield from self._of_value(item)
            yield b"]"
        else:
            yield _encoded(value)

    def _of_object(self, value: dict[str, Json]) -> Iterator[_Piece]:
        yield b"{"
        for number, (key, item) in enumerate(value.items()):
            if _HOLE.search(key):
                raise _wrong(f"there is a placeholder in the key {key!r}", "use them in values")
            yield (b"," if number else b"") + _encoded(key) + b":"
            yield from self._of_value(item)
        yield b"}"

    def _of_string(self, text: str) -> Iterator[_Piece]:
        whole = _HOLE.fullmatch(text)
        if whole and whole["json"]:
            yield self._hole(whole, _json_of)
            return
        yield b'"'
        start = 0
        for hole in _HOLE.finditer(text):
            yield _escaped(text[start : hole.start()])
            start = hole.end()
            if hole["json"]:
                why = f"{hole[0]} stands among other text"
                raise _wrong(why, f"write {{{{{hole['name']}}}}} there")
            yield b"{{" if hole["braces"] else self._hole(hole, _text_of)
        yield _escaped(text[start:]) + b'"'

    def _hole(self, hole: re.Match[str], form: Callable[[str, Row], bytes]) -> _Piece:
        name = hole["name"]
        if not name:
            raise _wrong(f"{hole[0]} names no column", "for the braces themselves, write \\\\{{")
        self.columns[name] = None
        return lambda row: form(name, row)


def _whole(document: dict[str, Json], shape: Shape) -> dict[str, Json]:
    """The template of a whole request, also of one that is the params alone."""
    if not shape.params_field or shape.params_field in document:
        return document
    request: dict[str, Json] = {shape.params_field: document}
    if shape is not OPENAI:
        return request
    if "messages" not in document:
        hint = f"write the whole request: {shape.example}"
        raise _wrong("nothing says which endpoint it is for", hint)
    return {"method": "POST", "url": CHAT_URL, **request}


def read_template(path: Path) -> Json:
    """The document of a template file.

    Raises:
        SubmitError: it cannot be read, or is no JSON.
    """
    try:
        too_big = path.stat().st_size > MAX_TEMPLATE_BYTES
        content = b"" if too_big else path.read_bytes()
    except OSError as error:
        raise SubmitError(*disk_words(error, path, "read")) from error
    if too_big:
        raise SubmitError(f"cannot use {path}", "it is too big for a template")
    try:
        document: Json = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        hint = "a template is the params of a request, with {{column}} in its strings"
        raise SubmitError(f"cannot use {path}", _why_unread(content, error), hint) from error
    return document


def _why_unread(content: bytes, error: Exception) -> str:
    if not content.strip():
        return "it is empty"
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8: byte {error.start + 1} is 0x{content[error.start]:02x}"
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON from line {error.lineno}, character {error.colno}, on"
    return "it is not JSON: " + (
        "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    )


def _joined(pieces: Iterator[_Piece]) -> list[_Piece]:
    """The pieces with neighbouring fixed ones as one."""
    joined: list[_Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            joined[-1] = last + piece
        else:
            joined.append(piece)
    return joined


def _text_of(name: str, row: Row) -> bytes:
    value = _cell(name, row)
    if isinstance(value, str):
        return _escaped(value)
    return b"" if value is None else _escaped(_encoded(value).decode())


def _json_of(name: str, row: Row) -> bytes:
    value = _cell(name, row)
    if not isinstance(value, str):
        return _encoded(value)
    text = value.strip().encode()
    try:
        msgspec.json.decode(text)
    except (ValueError, RecursionError):
        raise _no_json(name, value) from None
    return text


def _no_json(name: str, value: str) -> FaultyRequestError:
    detail = f"it is {value[:40]!r}" if value.strip() else "it is empty"
    hint = f"{{{{{name}:json}}}} asks for JSON; {{{{{name}}}}} takes any text"
    return FaultyRequestError(Finding(Rule.TEMPLATE, f"has no JSON in column {name}", hint, detail))


def _cell(name: str, row: Row) -> Json:
    try:
        return row[name]
    except KeyError:
        raise FaultyRequestError(Finding(Rule.TEMPLATE, f"has no value for {name}")) from None


def _encoded(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _escaped(text: str) -> bytes:
    """The inside of the JSON string for a text."""
    return msgspec.json.encode(text)[1:-1]


def _wrong(why: str, hint: str = "") -> SubmitError:
    return SubmitError("cannot use the template", why, hint)
