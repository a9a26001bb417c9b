"""One request of a file: its id and its params, undecoded; or all that is wrong with it."""

from typing import NamedTuple

import msgspec

from batchtui.requests.complaints import check_encoding, explain, keys_that_stand_twice
from batchtui.requests.findings import Finding
from batchtui.requests.shapes import Shape

Params = dict[str, msgspec.Raw]
"""The members of an object by name, each as the JSON that stands in the file."""


class Request(NamedTuple):
    """A request as it is sent. `line` counts from 1 in the source, `number` among its requests."""

    custom_id: str
    """The id by which its answer names it; a Letta request has that of its agent."""
    params: bytes
    line: int
    number: int
    raw: bytes


class Parsed(NamedTuple):
    """A request taken apart; the views keep the bytes that they are of."""

    custom_id: str
    params: msgspec.Raw
    by_name: Params
    fields: Params
    """The request's own fields; the same as `by_name` where params stand in no field."""


_decode_object = msgspec.json.Decoder(Params).decode
_decode_text = msgspec.json.Decoder(str).decode


def parse(raw: bytes, shape: Shape) -> Parsed:
    """Take a request apart. Strict: what a server may refuse is refused here.

    Raises:
        FaultyRequestError: it is none; every reason that can be told is among the findings.
    """
    try:
        fields = _decode_object(raw)
        custom_id = _decode_text(fields[shape.id_field])
        if shape.params_field:
            params = fields[shape.params_field]
            by_name = _decode_object(params)
        else:
            params, by_name = msgspec.Raw(raw), fields
        excess = len(fields) - len(shape.fields) if shape.is_closed else 0
    except (LookupError, ValueError, RecursionError) as error:
        explain(raw, str(error), shape)
    if excess > 0:
        explain(raw, "", shape)
    if not raw.isascii():
        check_encoding(raw)
    return Parsed(custom_id, params, by_name, fields)


def repeated_keys(raw: bytes, parsed: Parsed, shape: Shape) -> tuple[Finding, ...]:
    """Keys that stand twice in a request or its params; what is deeper is not looked at.

    The decoder lets the last one win without a word. Only where there are more bytes than keys
    and values account for is the request looked at again.
    """
    if _accounted_for(memoryview(raw), parsed.fields) and (
        parsed.by_name is parsed.fields or _accounted_for(memoryview(parsed.params), parsed.by_name)
    ):
        return ()
    return keys_that_stand_twice(raw, shape)


def _accounted_for(members: memoryview, by_name: Params) -> bool:
    """The keys and values, with the usual space between them or none, are all there is."""
    slack = len(members) - sum([len(name) + len(value) + 4 for name, value in by_name.items()])
    if slack == 1:
        return True
    first = next(iter(by_name), "")
    return slack == 2 * len(by_name) and members[len(first) + 4] == _SPACE


_SPACE = ord(" ")
