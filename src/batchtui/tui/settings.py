"""What the face is given: its part of the configuration, where its files lie, the service."""

from collections.abc import Callable, Mapping
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


class Files(Protocol):
    """Where this face keeps what it remembers; see `config.paths.Paths`."""

    @property
    def ui_state_file(self) -> Path: ...  # noqa: D102
    @property
    def log_file(self) -> Path: ...  # noqa: D102
    @property
    def state(self) -> Path: ...  # noqa: D102


OpenService = Callable[[], "BatchService"]
"""Opens the service. It is called after the first painting, since it imports much."""
