"""In what servers shaped like OpenAI's differ, where they must be asked differently.

What they answer in other shapes needs no telling: `openai_wire` reads them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one of them is spoken to."""

    pages: bool = True
    """The list takes `limit` and `after`; otherwise it comes whole."""
    upload_path: str = "/v1/files"
    upload_fields: Mapping[str, str] = field(default_factory=lambda: {"purpose": "batch"})
    """The fields that come with an uploaded file."""
    endpoint: str = ""
    """The endpoint of requests that name none, where the server allows that."""


_TOGETHER = {"purpose": "batch-api", "file_name": "requests.jsonl", "file_type": "jsonl"}

DIALECTS: Mapping[str, Dialect] = {
    "openai": Dialect(),
    "azure": Dialect(),
    "groq": Dialect(pages=False),  # its client knows no cursors
    "together": Dialect(
        pages=False,  # a bare array (Together's API reference)
        upload_path="/v1/files/upload",
        upload_fields=_TOGETHER,
        endpoint="/v1/chat/completions",
    ),
    "ogx": Dialect(),
    "litellm": Dialect(),
}
