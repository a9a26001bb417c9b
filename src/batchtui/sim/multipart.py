"""Reads an uploaded form, so that no library is needed for it."""

import re
from typing import Final

from batchtui.sim.wire import WireError

_NAME: Final = re.compile(rb'name="([^"]*)"')


def fields_of(content_type: str, body: bytes) -> dict[str, bytes]:
    """The parts of a form by name.

    Raises:
        WireError: 400, it is no form.
    """
    boundary = content_type.partition("boundary=")[2].strip('"').encode()
    mark = b"--" + boundary
    if not boundary or not body.rstrip().endswith(mark + b"--"):
        raise WireError(400, "invalid_request_error", "Could not parse multipart form")
    fields: dict[str, bytes] = {}
    for part in (b"\r\n" + body).split(b"\r\n" + mark)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if name is not None:
            fields[name[1].decode("utf-8", "replace")] = content
    return fields
