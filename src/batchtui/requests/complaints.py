"""Why something is no request, or an odd one: told from a second, slower look at it."""

import json
from functools import lru_cache
from typing import Any, NoReturn

from batchtui.core.text import nearest
from batchtui.requests.findings import FaultyRequestError, Finding, Rule, Severity
from batchtui.requests.shapes import ANTHROPIC, OPENAI, Shape, shape_of


class _Object(dict[str, Any]):
    """A JSON object that remembers which keys came more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.repeated: list[str] = []
        if len(self) < len(pairs):
            names = [name for name, _ in pairs]
            self.repeated = [name for name in self if names.count(name) > 1]


def keys_that_stand_twice(raw: bytes, shape: Shape) -> tuple[Finding, ...]:
    """Those of a request and of its params."""
    return tuple(_repeated(json.loads(raw, object_pairs_hook=_Object, parse_int=float), shape))


def check_encoding(raw: bytes) -> None:
    """See that a request is UTF-8: the decoder does not look into strings that it passes over.

    Raises:
        FaultyRequestError: it is not.
    """
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


def explain(raw: bytes, complaint: str, shape: Shape) -> NoReturn:
    """Say why something is no request of that shape; `complaint` is the decoder's.

    Raises:
        FaultyRequestError: always.
    """
    check_encoding(raw)
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
    custom_id = value.get(shape.id_field)
    findings = _of_fields(value, shape) or [_of_text(value, complaint)]
    raise FaultyRequestError(
        *findings, custom_id=custom_id if isinstance(custom_id, str) else ""
    ) from None


def _repeated(request: _Object, shape: Shape) -> list[Finding]:
    found = [
        Finding(Rule.DUPLICATE_KEY, f"has {name} twice", "which of them counts is not defined")
        for name in request.repeated
    ]
    params = request.get(shape.params_field)
    of_params = params.repeated if isinstance(params, _Object) else []
    found += [
        Finding(
            Rule.DUPLICATE_KEY,
            f"has {name} twice in its {shape.params_field}",
            "the last one is likely to count",
            severity=Severity.WARNING,
        )
        for name in of_params
    ]
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _not_json(detail: str) -> FaultyRequestError:
    hint = "a request is one JSON object; in a file of lines, on one line"
    return FaultyRequestError(Finding(Rule.JSON, "is not JSON", hint, detail))


def _of_text(value: _Object, complaint: str) -> Finding:
    """What the decoder refuses although it is JSON by the letter, such as half a surrogate pair."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        complaint = "half of a surrogate pair"
    return Finding(Rule.JSON, "has text that servers refuse", detail=complaint)


def _of_fields(request: _Object, shape: Shape) -> list[Finding]:
    other = None if shape.knows(request) else shape_of(request)
    if other is not None:
        return [_of_another_kind(other, shape)]
    found = _repeated(request, shape)
    found += [_missing(name, shape) for name in shape.needed if name not in request]
    if shape.is_closed:
        found += [_unknown(name, shape) for name in request if name not in shape.fields]
    name = shape.id_field
    if not isinstance(request.get(name, ""), str):
        hint = f'put it in quotes: "{name}": "7"'
        detail = f"it is {_kind(request[name])}"
        found.append(Finding(Rule.CUSTOM_ID, f"has {_a(name)} that is no string", hint, detail))
    params = shape.params_field
    if params and not isinstance(request.get(params, {}), dict):
        detail = f"it is {_kind(request[params])}"
        words = "params that are" if params == "params" else f"{_a(params)} that is"
        found.append(Finding(Rule.PARAMS, f"has {words} no object", detail=detail))
    return found


def _of_another_kind(other: Shape, shape: Shape) -> Finding:
    """It is for another API; there is one way only to translate without a loss."""
    if (other, shape) == (OPENAI, ANTHROPIC):
        return OPENAI_REQUEST
    return Finding(
        Rule.OTHER_KIND,
        f"is a request to {other.title}; an account of kind {shape.kind} takes others",
        f"choose an account of kind {other.kind}; for this one, a request is {shape.example}",
    )


OPENAI_REQUEST = Finding(
    Rule.OPENAI_FORMAT,
    "is a request to OpenAI; an account of kind anthropic takes others",
    "--convert translates it where nothing is lost",
)


def _a(name: str) -> str:
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _missing(name: str, shape: Shape) -> Finding:
    return Finding(Rule.MISSING_FIELD, f"has no {name}", f"a request is {shape.example}")


@lru_cache(256)
def _unknown(name: str, shape: Shape) -> Finding:
    near = nearest(name, shape.fields)
    elsewhere = f"parameters of the model belong into {shape.params_field}"
    hint = f"did you mean {near}?" if near else elsewhere
    return Finding(Rule.UNKNOWN_FIELD, f"has a field {name}, which there is not", hint)


def _kind(value: object) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    kinds = {float: "a number", str: "a string", list: "an array", _Object: "an object"}
    return kinds[type(value)]
