"""Fetches the API key of an account from where its configuration says. Keys are never shown."""

import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchtui.config import values
from batchtui.config.kinds import KINDS
from batchtui.config.schema import AccountConfig, SecretStr
from batchtui.core.errors import ConfigError
from batchtui.core.text import one_line, truncate

COMMAND_TIMEOUT = 30.0
"""Seconds that an `api_key_command` may take: long enough to touch a key or a finger reader."""

STDERR_WIDTH = 120


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
    account: AccountConfig, env: Mapping[str, str], run: RunCommand = run_command
) -> SecretStr | None:
    """The key of an account; None for `auth = "none"`. Blocking: it may run a command.

    Raises:
        ConfigError: there is no key, or it cannot be had.
    """
    if account.auth == "none":
        return None
    if account.api_key is not None:
        return account.api_key
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
    if account.api_key is not None:
        return "the config file"
    if account.api_key_env is not None:
        return f"environment {account.api_key_env}"
    if account.api_key_command is not None:
        return f"command {_program(account.api_key_command)}"
    if account.api_key_file is not None:
        return f"file {account.api_key_file}"
    return "nowhere"


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
        raise _failed(account, why + _last_words(result), "run it by hand to see all it says")
    return _first_line(result.stdout)


def _first_line(output: bytes) -> str:
    return output.decode("utf-8", "replace").partition("\n")[0].strip()


def _last_words(result: CommandResult) -> str:
    """The last line of stderr, masked, in case it says why; nothing if it repeats the output."""
    lines = result.stderr.decode("utf-8", "replace").strip().split("\n")
    output = _first_line(result.stdout)
    if not lines[-1] or (output and output in lines[-1]):
        return ""
    return f": {truncate(one_line(lines[-1].strip()), STDERR_WIDTH)}"


def _program(command: str) -> str:
    return Path(shlex.split(command)[0]).name


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
