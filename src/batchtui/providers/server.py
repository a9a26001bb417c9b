"""An account's server: where calls go, what headers they carry, which redirects are followed."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from batchtui import __version__
from batchtui.config.profiles import login_hint
from batchtui.providers.causes import environment_has_proxy, environment_proxies, is_loopback
from batchtui.providers.exchange import Call
from batchtui.providers.failures import Failures
from batchtui.providers.redaction import Redactor, secrets_of_url

if TYPE_CHECKING:
    from pydantic import SecretStr

    from batchtui.config.schema import AccountConfig

_METHOD_KEPT = frozenset({307, 308})
_PATH_CHARACTERS = "/%:@!$&'()*+,;=~-._"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_AUTH_HEADERS = {
    "x-api-key": ("x-api-key", ""),
    "bearer": ("authorization", "Bearer "),
    "api-key": ("api-key", ""),  # Azure
    "bare-password": ("x-bare-password", "password "),  # a Letta server in secure mode
}
"""By the setting `auth`: the header that carries the key, and what stands before it there."""


class Server:
    """The server of one account, and the key that goes there and nowhere else."""

    def __init__(
        self, account: "AccountConfig", key: "SecretStr | None", headers: Mapping[str, str]
    ) -> None:
        self._account = account
        self._key = key if account.auth != "none" else None
        self._protocol_headers = headers
        self._base = account.base_url.rstrip("/")
        self.timeout = account.timeout
        redacted = Redactor(_secrets(account, key))
        self.failures = Failures(
            account.name,
            self._base,
            redacted,
            self._key is not None,
            login_hint(account.profile) if account.profile else "",
        )

    def url(self, call: Call) -> str:
        """Where a call goes: always below the base URL."""
        return self._base + call.target

    def headers(self, call: Call) -> dict[str, str]:
        """All headers of a call, with the key.

        Raises:
            AuthError: the key cannot be sent.
        """
        extra = {name: value.get_secret_value() for name, value in self._account.headers.items()}
        return {
            "accept": "application/json",
            "user-agent": f"batchtui/{__version__}",
            **self._protocol_headers,
            **extra,
            **call.headers,
            **self._credentials(call),
        }

    def redirected(self, call: Call, status: int, location: str, url: str) -> str:
        """Where a redirect from `url` leads; always within the base URL's origin.

        Raises:
            ProtocolError: to another origin, nowhere, or where the call cannot be repeated.
        """
        base = urlsplit(self._base)
        try:
            target = urlsplit(urljoin(url, location))
            is_home = "@" not in target.netloc and _origin(target) == _origin(base)
        except ValueError:
            target, is_home = SplitResult("", "", "", "", ""), False
        if not location.strip() or target.scheme not in _DEFAULT_PORTS:
            raise self.failures.of_protocol(call, "the server redirects to no web address")
        if not is_home:
            host = target.netloc.rpartition("@")[2]
            raise self.failures.of_redirect(call, status, f"{target.scheme}://{host}")
        replayable = call.body is None or isinstance(call.body, bytes)
        if call.method != "GET" and not (status in _METHOD_KEPT and replayable):
            raise self.failures.of_protocol(
                call, f"the server redirects a {call.method} ({status})"
            )
        return _below(base, target)

    @property
    def peer(self) -> str:
        """Who may be to blame when no connection comes about."""
        proxied = self._account.proxy is not None or (
            not is_loopback(self._base) and environment_has_proxy(self._base)
        )
        return f"{self.failures.host} (or the proxy before it)" if proxied else self.failures.host

    def _credentials(self, call: Call) -> dict[str, str]:
        if self._key is None:
            return {}
        text = self._key.get_secret_value()
        if not (text and text.isascii() and text.isprintable()) or " " in text:
            raise self.failures.of_unsendable_key(call)
        header, prefix = _AUTH_HEADERS[self._account.auth]
        return {header: prefix + text}


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _below(base: SplitResult, target: SplitResult) -> str:
    """The target's path at the base's own origin, so that no reading of it leads elsewhere."""
    path = quote(target.path or "/", safe=_PATH_CHARACTERS)
    query = quote(target.query, safe=_PATH_CHARACTERS + "?")
    url = f"{base.scheme}://{base.netloc}{path}"
    return f"{url}?{query}" if query else url


def _secrets(account: "AccountConfig", key: "SecretStr | None") -> Iterator[str]:
    for secret in (*account.headers.values(), *([key] if key else [])):
        yield from secret.get_secret_value().split()  # "Bearer ..." and its like hold one word
        yield secret.get_secret_value()
    urls = [account.proxy.get_secret_value()] if account.proxy else environment_proxies().values()
    for url in urls:
        yield from secrets_of_url(url)
