"""What the terminal face remembers from one run to the next: theme, order, panes."""

import contextlib
import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from batchtui.core.disk import private_file


@dataclass(frozen=True, slots=True)
class UiState:
    """The choices. Empty or default where none was made."""

    theme: str = ""
    sort: str = "age"
    descending: bool = False
    active_first: bool = True
    detail: bool = True
    account: str = ""
    """The only account shown, or empty."""


def load_state(file: Path) -> UiState:
    """What was saved; the defaults for what is missing, damaged or of another version."""
    try:
        saved = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return UiState()
    default = asdict(UiState())
    known = {key: saved[key] for key in default if type(saved.get(key)) is type(default[key])}
    return UiState(**known)


def save_state(file: Path, state: UiState) -> None:
    """Write it whole or not at all. Failing to is no reason to bother anybody."""
    import tomli_w  # noqa: PLC0415  (not needed to start)

    with contextlib.suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = {field.name: getattr(state, field.name) for field in fields(state)}
        with private_file(file, durable=False) as out:
            tomli_w.dump(content, out)
