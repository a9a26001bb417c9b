"""A new account for the config file: from what somebody says to a table at the file's end.

Nothing that stands in the file is changed: its comments and its order stay. A key itself is never
written; an account says where its key is.
"""

import contextlib
import stat
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import tomli_w

from batchtui.config import values
from batchtui.config.kinds import DEFAULT_KIND, KINDS
from batchtui.config.loader import Loaded
from batchtui.config.problems import name_accounts, words
from batchtui.config.schema import AccountConfig, Config, check
from batchtui.core.disk import disk_words, private_file
from batchtui.core.errors import ConfigError

KEY_WORDS = {
    "env": "api_key_env",
    "command": "api_key_command",
    "file": "api_key_file",
    "profile": "profile",
}
"""How somebody says where a key comes from, and the setting that says it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An account as somebody wants it: its name, and its settings as the file has them."""

    name: str
    fields: Mapping[str, str]

    @property
    def table(self) -> str:
        """Its table as TOML."""
        return tomli_w.dumps({"accounts": {self.name: dict(self.fields)}})

    def shares_key(self, other: "Wanted") -> bool:
        """The key of both is in the same variable."""
        variable = self.fields.get("api_key_env")
        return variable is not None and variable == other.fields.get("api_key_env")


def kind_words() -> list[str]:
    """What can be said for a kind: the kinds, and the dialects of those that have some."""
    dialects = (name for kind in KINDS.values() for name in kind.dialects)
    return list(dict.fromkeys((*KINDS, *dialects)))


def key_setting(text: str) -> dict[str, str]:
    """The settings that `env NAME`, `command LINE`, `file PATH`, `profile NAME` or `none` mean.

    Raises:
        ConfigError: it means none of them. The text is not repeated: it may be a key.
    """
    word, _, rest = text.strip().partition(" ")
    if not word:
        return {}
    if word == "none" and not rest.strip():
        return {"auth": "none"}
    if word not in KEY_WORDS or not rest.strip():
        raise ConfigError(
            "this says of no key where it is",
            "keys themselves are not taken here",
            "say env NAME, command LINE, file PATH, profile NAME or none",
        )
    return {KEY_WORDS[word]: rest.strip()}


def wanted(
    *, kind: str = "", name: str = "", base_url: str = "", key: Mapping[str, str] | None = None
) -> Wanted:
    """The account that these words describe; what is left empty is as usual for its kind.

    Raises:
        ConfigError: the kind is unknown.
    """
    try:
        word = values.one_of(kind.strip() or DEFAULT_KIND, kind_words())
    except ValueError as error:
        raise ConfigError("this kind of account is not known", str(error)) from None
    found = word if word in KINDS else _kind_with(word)
    fields = {"kind": found} if found != DEFAULT_KIND else {}
    fields |= {"dialect": word} if word != found else {}
    fields |= {"base_url": base_url.strip()} if base_url.strip() else {}
    if key:
        fields |= key
    elif not KINDS[found].key_optional:
        fields["api_key_env"] = KINDS[found].api_key_env
    return Wanted(name.strip() or word, fields)


def _kind_with(dialect: str) -> str:
    return next(name for name, kind in KINDS.items() if dialect in kind.dialects)


def checked(account: Wanted, known: Iterable[str], home: Path) -> AccountConfig:
    """The account's settings, whole and checked; `known` are the names that are taken.

    Raises:
        ConfigError: something is wrong with it; the text says all of it.
    """
    if account.name in known:
        raise ConfigError(f"there is an account {account.name!r} already", hint="choose a name")
    result = check({"accounts": [{**account.fields, "name": account.name}]}, home)
    if isinstance(result, Config):
        return result.accounts[0]
    keys = [name_accounts(problem, [account.name]) for problem in result]
    found = zip(keys, result, strict=True)
    raise ConfigError(
        f"account {account.name}",
        "; ".join(f"{key[-1]}: {words(problem, key)}" for key, problem in found),
    )


def from_elsewhere(loaded: Loaded) -> list[Wanted]:
    """The accounts that are there by variables or a login alone, as the file would have them.

    They end as soon as the file has an account, so it has to take them over with the first.
    """
    origins = {
        origin.split()[0] for name, origin in loaded.origins.items() if name.startswith("accounts.")
    }
    # Only in a file can an account be a name and nothing else.
    if loaded.path is not None and ("file" in origins or origins == {"default"}):
        return []
    return [_as_wanted(account) for account in loaded.config.accounts]


def _as_wanted(account: AccountConfig) -> Wanted:
    key = {
        name: str(value)
        for name in KEY_WORDS.values()
        if (value := getattr(account, name)) is not None
    }
    key = key or {"auth": "none"}
    if account.auth == "bearer" and KINDS[account.kind].auth != "bearer" and not account.profile:
        key["auth"] = "bearer"
    usual = account.base_url == KINDS[account.kind].base_url
    fields = wanted(kind=account.kind, base_url="" if usual else account.base_url, key=key).fields
    return Wanted(account.name, fields)


def append(
    path: Path, accounts: Iterable[Wanted], *, introduction: str = "", anew: bool = False
) -> None:
    """Write accounts at the end of a file, as a whole or not at all; `introduction` begins a new
    file, and one that is there if it is begun `anew`. The file is its owner's alone afterwards,
    and a link to it stays one.

    Raises:
        ConfigError: it cannot be read or written, or not be gone on with.
    """
    try:
        before = introduction.encode() if anew or not path.exists() else path.read_bytes()
    except OSError as error:
        raise ConfigError(*disk_words(error, path, "read")) from error
    gap = b"" if not before else b"\n" if before.endswith(b"\n") else b"\n\n"
    tables = "\n".join(account.table for account in accounts)
    require_writable(path)
    text = before + gap + tables.encode()
    _require_toml(path, text)
    target = path.resolve()
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with private_file(target) as out:
            out.write(text)
    except OSError as error:
        raise ConfigError(*disk_words(error, path)) from error


def require_writable(path: Path) -> None:
    """A file that takes another's place does not ask whether that may be written; we do.

    Raises:
        ConfigError: its owner has made it read-only.
    """
    with contextlib.suppress(OSError):
        if not path.stat().st_mode & stat.S_IWUSR:
            hint = f"`chmod u+w {path}` lets it be written"
            raise ConfigError(f"{path} was left as it is", "it is read-only", hint)


def _require_toml(path: Path, text: bytes) -> None:
    try:
        tomllib.loads(text.decode("utf-8-sig").replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise ConfigError(
            f"no account can be added at the end of {path}",
            "the file has its accounts in another form, or is not TOML",
            "write it there by hand",
        ) from None
