"""Checks of single values. Each returns the value in its normal form or raises `ValueError`.

No message ever repeats a value that may hold a secret: keys, header values, URLs.
"""

import re
import shlex
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from batchtui.core.text import nearest, one_line

_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|m|h)?\s*")
_UNIT_SECONDS = {None: 1, "s": 1, "m": 60, "h": 3600}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]i?b|b|)")
_UNIT_BYTES = {"": 1, "b": 1} | {
    f"{prefix}{infix}b": base**power
    for power, prefix in enumerate("kmgt", 1)
    for infix, base in (("", 1000), ("i", 1024))
}
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ACCOUNT_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")
_BETA = re.compile(r"[A-Za-z0-9._-]+")

LONGEST_WORD = 12
"""Longer words are not repeated where a known one should be: they may be a key."""

AUTH_WORDS = ("x-api-key", "bearer", "api-key", "bare-password", "none")
RESERVED_HEADERS = {
    "authorization": "the key goes into `api_key_env` or its like, with `auth`",
    "x-api-key": "the key goes into `api_key_env` or its like, with `auth`",
    "api-key": "the key goes into `api_key_env` or its like, with `auth`",
    "x-bare-password": "the password goes into `api_key_env` or its like, with `auth`",
    "anthropic-version": "use `anthropic_version`",
    "anthropic-beta": "use `betas`",
    "host": "it follows from `base_url`",
    "content-length": "it is set for each request",
    "content-type": "it is set for each request",
    "transfer-encoding": "it is set for each request",
    "connection": "it is set for each request",
}


def one_of(word: str, known: Iterable[str]) -> str:
    """A word out of a known set."""
    known = tuple(known)
    if word in known:
        return word
    shown = f' "{one_line(word)}"' if len(word) <= LONGEST_WORD else ""
    guess = nearest(word, known)
    if guess:
        raise ValueError(f'unknown word{shown}; did you mean "{guess}"?')
    raise ValueError(f"unknown word{shown}; it can be {', '.join(known)}")


def auth_word(value: object) -> object:
    """A way of sending the key; what is no text is left to the schema."""
    return one_of(value, AUTH_WORDS) if isinstance(value, str) else value


def command(text: str) -> str:
    """A command that can be split into words."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ValueError(f"this command cannot be split into words: {error}") from None
    if not words:
        raise ValueError("must not be empty")
    if "\0" in text:
        raise ValueError("must not hold the character NUL")
    return text


def seconds(value: object) -> float:
    """A time: a number of seconds, or text such as `30s`, `5m`, `1h`."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('must be a time: a number of seconds, or text such as "30s" or "5m"')
    return float(match[1]) * _UNIT_SECONDS[match[2]]


def byte_count(value: object) -> object:
    """A size: a number of bytes, or text such as `500MB`, `5 GB`, `2GiB`; `none` is None."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = value.strip().lower() if isinstance(value, str) else ""
    if text == "none" or value is None:
        return None
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError('must be a size: a number of bytes, or text such as "5GB" or "none"')
    return int(float(match[1]) * _UNIT_BYTES[match[2]])


def account_name(name: str) -> str:
    """The name of an account; no colon, since `account:id` names a batch."""
    if not _ACCOUNT_NAME.fullmatch(name):
        raise ValueError("an account's name can have letters, digits, `_`, `-` and `.` only")
    return name


def variable_name(name: str) -> str:
    """The name of an environment variable."""
    if not _VARIABLE_NAME.fullmatch(name):
        raise ValueError("must be the name of an environment variable, not the key itself")
    return name


def version_date(version: str) -> str:
    """An API version as the `anthropic-version` header has it."""
    if not _VERSION.fullmatch(version):
        raise ValueError('must be a date such as "2023-06-01"')
    return version


def beta_name(name: str) -> str:
    """One word of the `anthropic-beta` header."""
    if not _BETA.fullmatch(name):
        raise ValueError('each beta must be one word such as "message-batches-2024-09-24"')
    return name


def absolute_path(path: Path) -> Path:
    """A path that does not depend on where the program is started."""
    if not path.is_absolute():
        raise ValueError("must be an absolute path, or one that begins with ~/")
    return path


def header_name(name: str) -> str:
    """The name of an extra header that the program does not set itself."""
    if not _HEADER_NAME.fullmatch(name):
        raise ValueError("this is no header name")
    if name.lower() in RESERVED_HEADERS:
        raise ValueError(f"this header cannot be set here: {RESERVED_HEADERS[name.lower()]}")
    return name


def header_value(text: str) -> str:
    """Text that a header can carry."""
    if not (text.isascii() and text.isprintable()) or text != text.strip():
        raise ValueError("a header's value must be printable ASCII without blanks at its ends")
    return text


def key_text(text: str) -> str:
    """A key that a header can carry."""
    if not text:
        raise ValueError("the key is empty")
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError("the key holds a blank, a line break or a letter that no header can carry")
    return text


def server_url(url: str) -> str:
    """The root of a server: http or https, without credentials, query or trailing slash."""
    parts = _split_url(url, ("http", "https"))
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or password; give a key with `api_key_env`")
    if "?" in url or "#" in url:
        raise ValueError("must end with the path: no `?` and no `#`")
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def proxy_url(url: str) -> str:
    """The address of a proxy, with a user name and password where it needs them."""
    _split_url(url, ("http", "https"))
    return url


def _split_url(url: str, schemes: tuple[str, ...]) -> SplitResult:
    if not url.isprintable() or " " in url:
        raise ValueError("must not hold blanks or control characters")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("this is no URL: look at the host and the port") from None
    if parts.scheme not in schemes or not host:
        raise ValueError(f"must begin with {' or '.join(f'{s}://' for s in schemes)} and a host")
    return parts


def is_clear_text(url: str) -> bool:
    """Whether a key sent to this checked URL can be read on the way: plain http, not loopback."""
    parts = urlsplit(url)
    return parts.scheme == "http" and not _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def without_password(url: str) -> str:
    """A checked URL for showing: what stands before the `@` is masked."""
    before, at, host = url.rpartition("@")
    return f"{before.partition('://')[0]}://**********@{host}" if at else url
