"""One request of a file: its custom_id and its params, undecoded; or all that is wrong with it."""

import json
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

import msgspec

from batchtui.core.text import nearest
from batchtui.requests.findings import FaultyRequestError, Finding, Rule, Severity

FIELDS = ("custom_id", "params")
"""What a request consists of; the API permits no more (`additionalProperties: false`)."""

Params = dict[str, msgspec.Raw]
"""The params of a request by name, each as the JSON that stands in the file."""


class Request(NamedTuple):
    """A request as it is sent. `line` counts from 1 in the source, `number` among its requests."""

    custom_id: str
    params: bytes
    line: int
    number: int
    raw: bytes


class Parsed(NamedTuple):
    """A request taken apart; the views keep the bytes that they are of."""

    custom_id: str
    params: msgspec.Raw
    by_name: Params


class _Line(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    custom_id: str
    params: msgspec.Raw


_decode_line = msgspec.json.Decoder(_Line).decode
_decode_params = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def parse(raw: bytes) -> Parsed:
    """Take a request apart. Strict: what a server may refuse is refused here.

    Raises:
        FaultyRequestError: it is none; every reason that can be told is among the findings.
    """
    try:
        line = _decode_line(raw)
        by_name = _decode_params(line.params)
    except (ValueError, RecursionError) as error:
        _explain(raw, str(error))
    if not raw.isascii():
        _check_encoding(raw)
    return Parsed(line.custom_id, line.params, by_name)


def repeated_keys(raw: bytes, parsed: Parsed) -> tuple[Finding, ...]:
    """Keys that stand twice in a request or its params; what is deeper is not looked at.

    The decoder lets the last one win without a word. Only where there are more bytes than keys
    and values account for is the request looked at again.
    """
    params = memoryview(parsed.params)
    of_line = len(raw) - len(params) - len(parsed.custom_id)
    if of_line in (_COMPACT, _SPACED) and _accounted_for(params, parsed.by_name):
        return ()
    return tuple(_repeated(json.loads(raw, object_pairs_hook=_Object, parse_int=float)))


def _accounted_for(params: memoryview, by_name: Params) -> bool:
    """The keys and values, with the usual space between them or none, are all there is."""
    slack = len(params) - sum([len(name) + len(value) + 4 for name, value in by_name.items()])
    if slack == 1:
        return True
    first = next(iter(by_name), "")
    return slack == 2 * len(by_name) and params[len(first) + 4] == _SPACE


_SPACE = ord(" ")
_COMPACT = len(b'{"custom_id":"","params":}')
_SPACED = len(b'{"custom_id": "", "params": }')


class _Object(dict[str, Any]):
    """A JSON object that remembers which keys came more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.repeated: list[str] = []
        if len(self) < len(pairs):
            names = [name for name, _ in pairs]
            self.repeated = [name for name in self if names.count(name) > 1]


def _repeated(request: _Object) -> list[Finding]:
    found = [
        Finding(Rule.DUPLICATE_KEY, f"has {name} twice", "which of them counts is not defined")
        for name in request.repeated
    ]
    params = request.get("params")
    of_params = params.repeated if isinstance(params, _Object) else []
    found += [
        Finding(
            Rule.DUPLICATE_KEY,
            f"has {name} twice in its params",
            "the last one is likely to count",
            severity=Severity.WARNING,
        )
        for name in of_params
    ]
    return found


def _check_encoding(raw: bytes) -> None:
    """The decoder does not look into the strings that it passes over."""
    try:
        str(raw, "utf-8")
    except UnicodeDecodeError as error:
        raise FaultyRequestError(
            Finding(
                Rule.ENCODING,
                "is not UTF-8",
                "write the file as UTF-8",
                f"byte {error.start + 1} of the request is 0x{raw[error.start]:02x}",
            )
        ) from None


def _explain(raw: bytes, complaint: str) -> NoReturn:
    _check_encoding(raw)
    try:
        value = json.loads(raw, object_pairs_hook=_Object, parse_constant=_refuse, parse_int=float)
    except json.JSONDecodeError as error:
        raise _not_json(f"{error.msg}: character {error.colno}") from None
    except RecursionError:
        raise _not_json("it is nested too deeply") from None
    except ValueError as error:
        raise _not_json(str(error)) from None
    if not isinstance(value, _Object):
        raise FaultyRequestError(
            Finding(Rule.NOT_AN_OBJECT, "is no JSON object", detail=f"it is {_kind(value)}")
        )
    custom_id = value.get("custom_id")
    findings = _of_fields(value) or [_of_text(complaint)]
    raise FaultyRequestError(
        *findings, custom_id=custom_id if isinstance(custom_id, str) else ""
    ) from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _not_json(detail: str) -> FaultyRequestError:
    hint = "a request is one JSON object; in a file of lines, on one line"
    return FaultyRequestError(Finding(Rule.JSON, "is not JSON", hint, detail))


def _of_text(complaint: str) -> Finding:
    """What the decoder refuses although it is JSON by the letter, such as half a surrogate pair."""
    return Finding(Rule.JSON, "has text that servers refuse", detail=complaint)


def _of_fields(request: _Object) -> list[Finding]:
    if "params" not in request and "body" in request:
        return [OPENAI]
    found = _repeated(request)
    found += [_missing(name) for name in FIELDS if name not in request]
    found += [_unknown(name) for name in request if name not in FIELDS]
    if not isinstance(request.get("custom_id", ""), str):
        detail = f"it is {_kind(request['custom_id'])}"
        hint = 'put it in quotes: "custom_id": "7"'
        found.append(Finding(Rule.CUSTOM_ID, "has a custom_id that is no string", hint, detail))
    if not isinstance(request.get("params", {}), dict):
        detail = f"they are {_kind(request['params'])}"
        found.append(Finding(Rule.PARAMS, "has params that are no object", detail=detail))
    return found


OPENAI = Finding(
    Rule.OPENAI_FORMAT,
    "looks like a request to OpenAI",
    "--convert translates it where nothing is lost",
)


def _missing(name: str) -> Finding:
    return Finding(
        Rule.MISSING_FIELD, f"has no {name}", 'a request is {"custom_id": "...", "params": {...}}'
    )


@lru_cache(256)
def _unknown(name: str) -> Finding:
    near = nearest(name, FIELDS)
    hint = f"did you mean {near}?" if near else "parameters of the model belong into params"
    return Finding(Rule.UNKNOWN_FIELD, f"has a field {name}, which there is not", hint)


def _kind(value: object) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    kinds = {float: "a number", str: "a string", list: "an array", _Object: "an object"}
    return kinds[type(value)]
