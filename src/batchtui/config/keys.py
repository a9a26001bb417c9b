"""Fetches the API key of an account from where its configuration says. Keys are never shown."""

import hashlib
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from batchtui.config import values
from batchtui.config.kinds import KINDS
from batchtui.config.masking import masked_words
from batchtui.config.profiles import access_token, read_profile
from batchtui.config.schema import AccountConfig, SecretStr
from batchtui.core.errors import ConfigError

COMMAND_TIMEOUT = 30.0
"""Seconds that an `api_key_command` may take: long enough to touch a key or a finger reader."""

MARK_PREFIX = b"batchtui key mark\0"
"""What is hashed before a key, so that its mark is of no use in other places."""

MOST_OF_A_FILE = 65536
"""Bytes of a key file that its mark is made from; no key is longer."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a finished command left. Its output may be a secret, so `repr` shows none of it."""

    returncode: int
    stdout: bytes
    stderr: bytes

    def __repr__(self) -> str:
        return f"CommandResult(returncode={self.returncode})"


RunCommand = Callable[[Sequence[str], Mapping[str, str], float], CommandResult]
"""Runs words as a command with an environment, for at most some seconds (`TimeoutError`)."""


def run_command(argv: Sequence[str], env: Mapping[str, str], timeout: float) -> CommandResult:
    """Run a command without a shell and without input.

    Raises:
        TimeoutError: it took longer, and was killed.
        OSError: it cannot be started.
    """
    try:
        done = subprocess.run(
            argv,
            env=dict(env),
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    return CommandResult(done.returncode, done.stdout, done.stderr)


def resolve_key(
    account: AccountConfig,
    env: Mapping[str, str],
    run: RunCommand = run_command,
    *,
    now: datetime | None = None,
) -> SecretStr | None:
    """The key of an account; None for `auth = "none"`. Blocking: it may run a command.

    With `now`, a login that has expired is refused.

    Raises:
        ConfigError: there is no key, or it cannot be had.
    """
    if account.auth == "none":
        return None
    if account.api_key is not None:
        return account.api_key
    if account.profile is not None:
        return access_token(read_profile(account.profile, env), now)
    if account.api_key_env is not None:
        text = _from_variable(account, account.api_key_env, env)
    elif account.api_key_command is not None:
        text = _from_command(account, account.api_key_command, env, run)
    elif account.api_key_file is not None:
        text = _from_file(account, account.api_key_file)
    else:
        raise _no_key(account)
    try:
        return SecretStr(values.key_text(text))
    except ValueError as error:
        raise _failed(account, f"{error} (from {key_source(account)})") from None


def key_source(account: AccountConfig) -> str:
    """Where the key comes from, in words and without the key."""
    if account.auth == "none":
        return "none needed"
    command = account.api_key_command
    sources = (
        (account.api_key, "the config file"),
        (account.api_key_env, f"environment {account.api_key_env}"),
        (command, f"command {_program(command)}" if command else ""),
        (account.api_key_file, f"file {account.api_key_file}"),
        (account.profile, f"profile {account.profile}"),
    )
    return next((words for given, words in sources if given is not None), "nowhere")


def key_mark(account: AccountConfig, env: Mapping[str, str]) -> str:
    """Eight hex digits that change with the account's key, or empty where there is none.

    They cannot be turned back into it. No command is run: the mark of an `api_key_command` is that
    of its text, and of a profile that of its name. Never raises.
    """
    key = _key_or_command(account, env)
    return hashlib.sha256(MARK_PREFIX + key).hexdigest()[:8] if key else ""


def _key_or_command(account: AccountConfig, env: Mapping[str, str]) -> bytes:
    if account.auth == "none":
        return b""
    if account.api_key is not None:
        text = account.api_key.get_secret_value()
    elif account.api_key_env is not None:
        text = env.get(account.api_key_env, "")
    elif account.api_key_command is not None:
        text = account.api_key_command
    elif account.api_key_file is not None:
        return _start_of(account.api_key_file).strip()
    elif account.profile is not None:  # its token changes by the hour, and what it opens does not
        text = f"{account.profile} {account.workspace_id}"
    else:
        text = ""
    return text.strip().encode("utf-8", "surrogatepass")


def _start_of(path: Path) -> bytes:
    """The content of a plain file; empty for what cannot be read, or could be read only once."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(MOST_OF_A_FILE)
    except (OSError, ValueError):
        return b""


def _from_variable(account: AccountConfig, name: str, env: Mapping[str, str]) -> str:
    if not env.get(name, "").strip():
        hint = f"set it, or change api_key_env of account {account.name}"
        raise _failed(account, f"the environment variable {name} is not set", hint)
    return env[name].strip()


def _from_command(
    account: AccountConfig, command: str, env: Mapping[str, str], run: RunCommand
) -> str:
    program = _program(command)
    try:
        result = run(shlex.split(command), env, COMMAND_TIMEOUT)
    except TimeoutError:
        hint = "run it by hand; it must not ask for input"
        why = f"the command {program} took longer than {COMMAND_TIMEOUT:g} s"
        raise _failed(account, why, hint) from None
    except OSError as error:
        why = f"the command {program} cannot be started: {error.strerror or error}"
        raise _failed(account, why, "look at api_key_command") from None
    if result.returncode:
        why = f"the command {program} failed with exit code {result.returncode}"
        # What it wrote is not told: password managers and shells repeat secrets there.
        raise _failed(account, why, "run it by hand to see what it says")
    return _first_line(result.stdout)


def _first_line(output: bytes) -> str:
    return output.decode("utf-8", "replace").partition("\n")[0].strip()


def _program(command: str) -> str:
    """The name of a command's program, masked where it looks like a key in the wrong setting."""
    return masked_words(Path(shlex.split(command)[0]).name)


def _from_file(account: AccountConfig, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        why = f"cannot read {path}: {error.strerror or error}"
        raise _failed(account, why, "look at api_key_file") from None
    except UnicodeDecodeError:
        raise _failed(account, f"{path} is not a text file", "look at api_key_file") from None


def _no_key(account: AccountConfig) -> ConfigError:
    kind = KINDS[account.kind]
    hint = (
        f"set {kind.api_key_env}, or give the account api_key_env, api_key_command or api_key_file"
    )
    return _failed(account, "no API key is configured", hint)


def _failed(account: AccountConfig, why: str, hint: str = "") -> ConfigError:
    return ConfigError(f"account {account.name}", why, hint)
