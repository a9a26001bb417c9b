"""Profiles of Anthropic's own tools: a login made with them serves here too. Read, never written.

`configs/NAME.json` says what a profile is, and `credentials/NAME.json` holds its token, which those
tools renew ("Authentication options" of the `ant` command, and the SDKs).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from batchtui.config.paths import expand_home, home_folder
from batchtui.config.schema import SecretStr
from batchtui.core.errors import ConfigError
from batchtui.core.text import human_duration

FOLDER_VARIABLE = "ANTHROPIC_CONFIG_DIR"
PROFILE_VARIABLE = "ANTHROPIC_PROFILE"
USUAL = "default"
"""The profile that is active where nobody chose one."""

MOST_BYTES = 1 << 20
"""More than any such file has."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a profile says of itself; empty where it says nothing."""

    name: str
    base_url: str = ""
    workspace_id: str = ""
    credentials: Path = Path()


def active_profile(env: Mapping[str, str]) -> tuple[str, str] | None:
    """The name of the profile in use and where that was said, or None where there is none.

    The variable wins over the file `active_config`, and that over a profile named `default`.
    """
    if name := env.get(PROFILE_VARIABLE, ""):
        return name, f"environment {PROFILE_VARIABLE}"
    pointer = _folder(env) / "active_config"
    name = _text(pointer).strip()
    if name:
        return name, f"file {pointer}"
    usual = _folder(env) / "configs" / f"{USUAL}.json"
    return (USUAL, f"file {usual}") if usual.is_file() else None


def read_profile(name: str, env: Mapping[str, str]) -> Profile:
    """What a profile says.

    Raises:
        ConfigError: there is no such profile, or its file cannot be used.
    """
    if not _is_plain(name):
        raise ConfigError(f"profile {name}", "this is no name of a profile", login_hint(name))
    path = _folder(env) / "configs" / f"{name}.json"
    data = _json(path, name)
    login = data.get("authentication")
    named = login.get("credentials_path") if isinstance(login, dict) else None
    usual = _folder(env) / "credentials" / f"{name}.json"
    return Profile(
        name,
        base_url=_word(data, "base_url"),
        workspace_id=_word(data, "workspace_id"),
        credentials=expand_home(named, home_folder(env))
        if isinstance(named, str) and named
        else usual,
    )


def access_token(profile: Profile, now: datetime | None) -> SecretStr:
    """The token that a login left; with `now`, it must be good still.

    Raises:
        ConfigError: there is none, or it has expired, and how to renew it.
    """
    data = _json(profile.credentials, profile.name)
    token = _word(data, "access_token")
    if not token:
        raise ConfigError(
            f"profile {profile.name}",
            f"no token in {profile.credentials}",
            login_hint(profile.name),
        )
    expires = _moment(data.get("expires_at"))
    if now is not None and expires is not None and expires <= now:
        why = f"its token expired {human_duration(now - expires)} ago"
        raise ConfigError(f"profile {profile.name}", why, login_hint(profile.name))
    return SecretStr(token)


def login_hint(name: str) -> str:
    """How a profile gets a new token."""
    option = f" --profile {name}" if _is_plain(name) and name != USUAL else ""
    return f"`ant auth login{option}` makes or renews it"


def _folder(env: Mapping[str, str]) -> Path:
    named = env.get(FOLDER_VARIABLE)
    return Path(named) if named else home_folder(env) / ".config" / "anthropic"


def _is_plain(name: str) -> bool:
    """Whether a name stays within the folder, and is one that the tools take."""
    return (
        name.isprintable()
        and name == name.strip()
        and not (name.startswith(".") or "/" in name or "\\" in name or not name)
    )


def _json(path: Path, name: str) -> dict[str, Any]:
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise ConfigError(f"profile {name}", f"{path} is no file", login_hint(name))
    try:
        text = path.read_bytes()[:MOST_BYTES]
    except OSError as error:
        why = f"cannot read {path}: {error.strerror or error}"
        raise ConfigError(f"profile {name}", why, login_hint(name)) from None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):  # its text may be a secret, and is not told
        raise ConfigError(f"profile {name}", f"{path} is no JSON", login_hint(name)) from None
    return data if isinstance(data, dict) else {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") if path.is_file() else ""
    except (OSError, ValueError):
        return ""


def _word(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return value.strip() if isinstance(value, str) else ""


def _moment(told: object) -> datetime | None:
    """The time that RFC 3339 or seconds or milliseconds since 1970 mean, in digits or a number."""
    try:
        if isinstance(told, str) and not told.strip().isdigit():
            found = datetime.fromisoformat(told.strip())
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        seconds = float(told)  # type: ignore[arg-type]
        return datetime.fromtimestamp(seconds / (1000 if seconds > 1e11 else 1), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
