"""Where the program's files lie: XDG base folders, `BATCHTUI_CONFIG`, owner-only folders."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from batchtui.core.errors import BatchtuiError

APP = "batchtui"
CONFIG_VARIABLE = "BATCHTUI_CONFIG"


@dataclass(frozen=True, slots=True)
class Paths:
    """The program's files and folders. `cache`, `state` and `data` are its own folders.

    `config_named_by` is what named the config file (`BATCHTUI_CONFIG`, `--config`), or empty for
    the usual place: a named file must be there, the usual one need not.
    """

    config_file: Path
    cache: Path
    state: Path
    data: Path
    config_named_by: str = ""

    @classmethod
    def from_env(cls, env: Mapping[str, str], home: Path | None = None) -> "Paths":
        """The folders that `env` asks for. Empty and relative XDG values count as not set."""
        home = home or home_folder(env)
        named = env.get(CONFIG_VARIABLE, "")
        usual = _xdg(env, "CONFIG", home / ".config") / "config.toml"
        return cls(
            config_file=expand_home(named, home) if named else usual,
            cache=_xdg(env, "CACHE", home / ".cache"),
            state=_xdg(env, "STATE", home / ".local/state"),
            data=_xdg(env, "DATA", home / ".local/share"),
            config_named_by=CONFIG_VARIABLE if named else "",
        )

    def with_config(self, config_file: Path, named_by: str = "--config") -> "Paths":
        """The same folders with another config file, which then must be there."""
        return replace(self, config_file=config_file, config_named_by=named_by)

    @property
    def archive_file(self) -> Path:
        """The database of what outlives the provider."""
        return self.data / "archive.sqlite3"

    @property
    def results_dir(self) -> Path:
        """Where results are kept unless the configuration says otherwise."""
        return self.cache / "results"

    @property
    def requests_dir(self) -> Path:
        """Where copies of requests that were sent are kept."""
        return self.data / "requests"

    @property
    def ui_state_file(self) -> Path:
        """What the terminal UI remembers by itself: theme, sort order, widths."""
        return self.state / "ui.toml"


def make_private(folder: Path) -> None:
    """Make a folder with mode 0700. One that is there is left as it is.

    Raises:
        BatchtuiError: the folder cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise BatchtuiError(f"cannot make the folder {folder}", why) from error


def home_folder(env: Mapping[str, str]) -> Path:
    """The user's home: `HOME`, else what the system says."""
    return Path(env["HOME"]) if env.get("HOME") else Path.home()


def expand_home(text: str, home: Path) -> Path:
    """A path with a leading `~/` put under `home`."""
    if text == "~" or text.startswith("~/"):
        return home / text[2:]
    return Path(text)


def _xdg(env: Mapping[str, str], name: str, usual: Path) -> Path:
    base = Path(env.get(f"XDG_{name}_HOME", ""))
    return (base if base.is_absolute() else usual) / APP
