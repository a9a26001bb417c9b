"""A job's messages as results: one line of JSON for each agent's part in it.

A line is `{"agent_id": ..., "batch_item_id": ..., "messages": [...]}`. The messages are the
server's own bytes, oldest first; the first is the user's. A part that has no message of another
role got no answer: the server says nothing else of an agent that failed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

NO_CAP = 1_000_000
"""Messages to ask for at once. The server has no limit of its own, and no paging that works:
`after` is answered with a 500, and `before` is ignored (servers up to 0.16.8).
"""


class _Document(msgspec.Struct):
    messages: list[msgspec.Raw]


class _Keys(msgspec.Struct):
    agent_id: str | None = None
    batch_item_id: str | None = None


@dataclass(frozen=True, slots=True)
class MessagesStream:
    """A `ResultStream` over a complete answer of the messages endpoint.

    Nothing can be asked for in parts, so it has no etag and always begins at 0.
    """

    groups: Sequence["Group"]
    offset: int = 0
    total_bytes: int | None = None
    etag: str = ""

    def chunks(self) -> Iterator[bytes]:
        """See `ResultStream.chunks`."""
        for group in self.groups:
            yield group.line()


@dataclass(slots=True)
class Group:
    """An agent's part in a job."""

    agent_id: str | None
    batch_item_id: str | None
    messages: list[msgspec.Raw] = field(default_factory=list)

    def line(self) -> bytes:
        """The part as a line of results, with its end."""
        keys = msgspec.json.encode({"agent_id": self.agent_id, "batch_item_id": self.batch_item_id})
        return keys[:-1] + b',"messages":[' + b",".join(map(bytes, self.messages)) + b"]}\n"


def read_messages(body: bytes) -> list[Group]:
    """The parts in the order of their first messages.

    A message without an item, as prompts may be, belongs to the first part of its agent.

    Raises:
        ValueError: the body is not such a document.
    """
    try:
        raw = msgspec.json.decode(body, type=_Document).messages
        keyed = [(msgspec.json.decode(message, type=_Keys), message) for message in raw]
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(str(error)) from None
    items: dict[str | None, str] = {}
    for keys, _ in keyed:
        if keys.batch_item_id:
            items.setdefault(keys.agent_id, keys.batch_item_id)
    groups: dict[tuple[str | None, str | None], Group] = {}
    for keys, message in keyed:
        item = keys.batch_item_id or items.get(keys.agent_id)
        group = groups.setdefault((keys.agent_id, item), Group(keys.agent_id, item))
        group.messages.append(_on_one_line(message))
    return list(groups.values())


def _on_one_line(message: msgspec.Raw) -> msgspec.Raw:
    """The same bytes, unless a server indents its JSON: a line of results has no line breaks."""
    data = bytes(message)
    return msgspec.Raw(data.replace(b"\n", b" ").replace(b"\r", b" ")) if b"\n" in data else message
