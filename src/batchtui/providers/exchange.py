"""One call to a server and its answer, without the library that carries them."""

import json
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode


@dataclass(frozen=True, slots=True)
class Call:
    """A request to an account's server.

    `action` says in words what it is for, to follow "could not": `list batches`.
    """

    action: str
    method: str
    path: str
    """Below the account's base URL, already escaped, with a leading slash."""
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | AsyncIterable[bytes] | None = None
    length: int | None = None
    """Bytes of a body that comes in pieces; without it, it is sent chunked."""
    repeatable: bool = True
    """Sending it twice does no harm, so that it may be retried."""
    listing: bool = False
    """It reads a list: a 404 speaks of the base URL, not of an id."""

    @property
    def target(self) -> str:
        """Path and query."""
        query = urlencode(self.params, errors="surrogatepass")
        return f"{self.path}?{query}" if query else self.path


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. `headers` are read without regard to case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Any 2xx."""
        return 200 <= self.status < 300

    @property
    def is_html(self) -> bool:
        """The body is a page for people, as proxies and wrong servers send it."""
        return self.body.lstrip()[:1] == b"<"

    def json(self) -> object:
        """The body as JSON.

        Raises:
            ValueError: it is not JSON, or nested too deeply to be any.
        """
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def path_segment(text: str) -> str:
    """An id as one segment of a path: nothing in it can lead to another place.

    Raises:
        ValueError: no such segment exists (empty, `.` and `..`).
    """
    if text in {"", ".", ".."}:
        raise ValueError(f"{text!r} cannot be an id")
    return quote(text, safe="", errors="surrogatepass")


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by names in small letters, so that the same one never stands there twice."""
    return {name.lower(): value for name, value in headers.items()}
