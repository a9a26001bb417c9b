"""Changes to the params of all requests: `max_tokens=4096`, `metadata.user_id=x`.

What is not on the way to the changed value stays as it is, byte for byte.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from batchtui.core.errors import UsageError
from batchtui.requests.findings import FaultyRequestError, Finding, Rule
from batchtui.requests.shapes import ANTHROPIC, Shape

_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_array = msgspec.json.Decoder(list[msgspec.Raw]).decode

_MOST_VALUES = 20
"""How many former values of one param are told apart."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Sets the value at a path below the params; None takes it out. The value is JSON."""

    path: tuple[str, ...]
    value: bytes | None

    @property
    def name(self) -> str:
        """The path as it was written."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the diff: from what to what, in how many requests. None is absence."""

    name: str
    before: str | None
    after: str | None
    requests: int


def parse_edit(text: str) -> Edit:
    """Understand `path=value`. A value that is no JSON is taken as text.

    Raises:
        UsageError: it has no `=`, or no path.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"cannot understand {text!r}", "it has no =", "write max_tokens=4096")
    return Edit(_path(name), _value(value))


def parse_removal(name: str) -> Edit:
    """Understand a path whose value is to be taken out.

    Raises:
        UsageError: it is empty.
    """
    return Edit(_path(name), None)


def _path(name: str) -> tuple[str, ...]:
    path = tuple(part.strip() for part in name.split("."))
    if not all(path):
        raise UsageError(f"{name!r} names no param", hint="write max_tokens or metadata.user_id")
    return path


def _value(text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    try:
        msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        return msgspec.json.encode(raw.decode())
    return raw.strip()


class EditTally:
    """Counts what edits change, for the diff."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str | None, str | None]] = Counter()

    def add(self, edit: Edit, before: bytes | None) -> None:
        """One value was replaced; None where there was none."""
        if before == edit.value:
            return
        key = (edit.name, _shown(before), _shown(edit.value))
        if key not in self._counts and len(self._counts) >= _MOST_VALUES:
            key = (edit.name, "other values", key[2])
        self._counts[key] += 1

    def changes(self) -> tuple[Change, ...]:
        """The diff, most frequent changes first."""
        return tuple(Change(*key, number) for key, number in self._counts.most_common())


def _shown(value: bytes | None) -> str | None:
    if value is None:
        return None
    text = value[:200].decode("utf-8", "replace")
    return text if len(value) <= 200 else text + "…"


def edited(
    raw: bytes, edits: Sequence[Edit], tally: EditTally | None = None, shape: Shape = ANTHROPIC
) -> bytes:
    """The request with all edits made; as it is where it is no request.

    Paths begin in its params; in the request itself where those stand in no field.

    Raises:
        FaultyRequestError: a path leads through something that has no inside.
    """
    try:
        request = _decode_object(raw)
        if not shape.params_field:
            return _with_edits(raw, edits, tally)
        params = request.get(shape.params_field)
        if params is None or bytes(memoryview(params)[:1]) != b"{":
            return raw
        request[shape.params_field] = msgspec.Raw(_with_edits(bytes(params), edits, tally))
    except FaultyRequestError:
        raise
    except (ValueError, RecursionError):
        return raw
    return msgspec.json.encode(request)


def _with_edits(params: bytes, edits: Sequence[Edit], tally: EditTally | None) -> bytes:
    for edit in edits:
        params, before = _replaced(params, edit, edit.path)
        if tally is not None:
            tally.add(edit, before)
    return params


def _changed(
    old: bytes | None, edit: Edit, path: tuple[str, ...]
) -> tuple[bytes | None, bytes | None]:
    """What a value becomes, `path` being the rest of the way, and what stood at its end."""
    if not path:
        return edit.value, old
    if old is None and edit.value is None:
        return None, None
    return _replaced(old or b"{}", edit, path)


def _replaced(container: bytes, edit: Edit, path: tuple[str, ...]) -> tuple[bytes, bytes | None]:
    if container[:1] == b"[":
        return _replaced_item(container, edit, path)
    if container[:1] != b"{":
        raise _no_way(edit, f"{path[0]} would be within {_shown(container)}")
    members, name = _decode_object(container), path[0]
    member = members.get(name)
    new, before = _changed(None if member is None else bytes(member), edit, path[1:])
    if new is None:
        members.pop(name, None)
    else:
        members[name] = msgspec.Raw(new)
    return msgspec.json.encode(members), before


def _replaced_item(
    container: bytes, edit: Edit, path: tuple[str, ...]
) -> tuple[bytes, bytes | None]:
    items, name = _decode_array(container), path[0]
    if not name.isdecimal() or int(name) >= len(items):
        raise _no_way(edit, f"{name} is no place in an array of {len(items)}")
    place = int(name)
    new, before = _changed(bytes(items[place]), edit, path[1:])
    if new is None:
        del items[place]
    else:
        items[place] = msgspec.Raw(new)
    return msgspec.json.encode(items), before


def _no_way(edit: Edit, detail: str) -> FaultyRequestError:
    return FaultyRequestError(Finding(Rule.EDIT, f"cannot have {edit.name} set", detail=detail))


def parse_edits(settings: Iterable[str], removals: Iterable[str] = ()) -> tuple[Edit, ...]:
    """The edits of `--set` and `--unset`.

    Raises:
        UsageError: one of them cannot be understood.
    """
    return (*map(parse_edit, settings), *map(parse_removal, removals))
