"""What the face is given: its part of the configuration, where its files lie, the service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from batchtui.service.manager import BatchService


class UiSettings(Protocol):
    """The part of the configuration that is about this face; see `config.schema.UiConfig`."""

    @property
    def theme(self) -> str | None: ...  # noqa: D102
    @property
    def mouse(self) -> bool | None: ...  # noqa: D102
    @property
    def ascii(self) -> bool: ...  # noqa: D102
    @property
    def wide(self) -> bool: ...  # noqa: D102
    @property
    def keymap(self) -> Mapping[str, str]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class AsciiSettings:
    """The settings of somebody whose terminal can show ASCII only."""

    theme: str | None
    mouse: bool | None
    wide: bool
    keymap: Mapping[str, str]
    ascii: bool = True

    @classmethod
    def of(cls, ui: UiSettings) -> "AsciiSettings":
        """These settings, in ASCII."""
        return cls(ui.theme, ui.mouse, ui.wide, ui.keymap)


class Files(Protocol):
    """Where this face keeps what it remembers; see `config.paths.Paths`."""

    @property
    def ui_state_file(self) -> Path: ...  # noqa: D102
    @property
    def state(self) -> Path: ...  # noqa: D102
    @property
    def requests_dir(self) -> Path: ...  # noqa: D102


OpenService = Callable[[], "BatchService"]
"""Opens the service. It is called after the first painting, since it imports much."""
