"""What is left of an error that nobody expected: a report, without secrets."""

import os
import re
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from batchtui import __version__
from batchtui.cli.diagnostics import PROGRAM, Diagnostics
from batchtui.config.paths import Paths
from batchtui.core.errors import BatchtuiError
from batchtui.core.text import safe

MIN_SECRET = 6
"""Shorter values of variables are not taken for secrets: they would blot out half of the text."""

_SECRET_NAME = re.compile(r"key|token|secret|passw|auth|credential|cookie", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"sk-[A-Za-z0-9_-]{8,}|(?i:bearer)\s+[^\s'\",]+|(?i:x-api-key)\W+[^\s'\",]+"
)
_MASK = "**********"


def tell_crash(error: Exception, arguments: Sequence[str], diagnostics: Diagnostics) -> None:
    """Write a report of an error that nobody expected, and say where it is."""
    if os.environ.get("BATCHTUI_DEBUG") == "1":
        diagnostics.block(safe(redact(crash_text(error), os.environ)))
    report = write_crash_report(error, arguments, os.environ, Paths.from_env(os.environ).state)
    where = f"the report is in {report}" if report else "its report could not be written"
    diagnostics.error(
        BatchtuiError(
            "unexpected error",
            f"{type(error).__name__}; {where}",
            "this is a bug of batchtui; BATCHTUI_DEBUG=1 shows the traceback at once",
        )
    )


def write_crash_report(
    error: BaseException, argv: Sequence[str], env: Mapping[str, str], state_dir: Path
) -> Path | None:
    """Write what happened to a new file in the state directory, without secrets.

    Returns the file, or None where it cannot be written.
    """
    head = f"{PROGRAM} {__version__}\nPython {sys.version}\narguments: {list(argv)}\n\n"
    report = redact(head + crash_text(error), env)
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix="crash-", suffix=".txt", dir=state_dir)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(report)
    except OSError:
        return None
    return Path(name)


def crash_text(error: BaseException) -> str:
    """The traceback as text."""
    return "".join(traceback.format_exception(error))


def redact(text: str, env: Mapping[str, str]) -> str:
    """The text without values of variables that look like secrets, and without keys and headers."""
    secrets = {
        value
        for name, value in env.items()
        if _SECRET_NAME.search(name) and len(value) >= MIN_SECRET
    }
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, _MASK)
    return _SECRET_TEXT.sub(_MASK, text)
