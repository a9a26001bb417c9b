"""How connections are made: the HTTP library, its settings, and its exceptions as our errors."""

import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypedDict, TypeVar

from batchtui.core.errors import ApiError, ConfigError
from batchtui.providers.causes import is_loopback, why_unconnected, wrong_proxy_variable
from batchtui.providers.exchange import Call
from batchtui.providers.server import Server

if TYPE_CHECKING:
    from batchtui.config.schema import AccountConfig

# httpx imports its own command line program, and with it click, rich and pygments where these are
# installed: two thirds of its import time. It does without where that import fails.
_is_first = "httpx" not in sys.modules
if _is_first:
    sys.modules["httpx._main"] = None  # type: ignore[assignment]
import httpx  # noqa: E402

if _is_first:
    del sys.modules["httpx._main"]
import httpcore  # noqa: E402

httpcore.HTTP11Connection.READ_NUM_BYTES = 256 << 10
"""Bytes that the blocking client, which fetches results, reads from a connection at once.

Each read lets go of the interpreter and has to wait for it again; with httpcore's own 64 KiB, a
thread that indexes has it most of the time.
"""

CONNECT_TIMEOUT = 5.0
KEEP_ALIVE = 90.0
"""Seconds an idle connection is kept: longer than the usual time between two polls."""

MAX_BODY = 64 * 1024 * 1024
"""Bytes of an answer to a management call; the longest list has about one MB."""

MAX_REDIRECTS = 5
MAX_ERROR_BODY = 64 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})

AnyClient = TypeVar("AnyClient", httpx.Client, httpx.AsyncClient)

__all__ = [
    "CONNECT_TIMEOUT",
    "MAX_BODY",
    "MAX_ERROR_BODY",
    "MAX_REDIRECTS",
    "REDIRECTS",
    "ClientOptions",
    "client_options",
    "failures_of",
    "httpx",
    "made_for",
]


class ClientOptions(TypedDict):
    """What both kinds of client are made with."""

    verify: ssl.SSLContext
    proxy: httpx.Proxy | None
    trust_env: bool
    timeout: httpx.Timeout
    limits: httpx.Limits


def client_options(account: "AccountConfig") -> ClientOptions:
    """How clients of an account are set up.

    Raises:
        ConfigError: its CA bundle or proxy cannot be used.
    """
    try:
        proxy = httpx.Proxy(account.proxy.get_secret_value()) if account.proxy else None
    except (ValueError, httpx.InvalidURL):
        raise _unusable(account, "its proxy is no address") from None
    return ClientOptions(
        verify=_tls(account),
        proxy=proxy,
        # Proxies of the environment are for the way out, not for this machine.
        trust_env=not is_loopback(account.base_url),
        timeout=httpx.Timeout(account.timeout, connect=CONNECT_TIMEOUT),
        limits=httpx.Limits(keepalive_expiry=KEEP_ALIVE),
    )


def made_for(
    account: "AccountConfig", client: Callable[..., AnyClient], options: ClientOptions
) -> AnyClient:
    """A client for an account.

    Raises:
        ConfigError: the environment's proxies cannot be used.
    """
    if options["trust_env"] and options["proxy"] is None:
        _refuse_wrong_proxies(account)
    try:
        return client(**options)
    except (ValueError, ImportError, httpx.InvalidURL):
        why = "the environment's proxy variables (HTTPS_PROXY, NO_PROXY, ...) cannot be used"
        raise _unusable(account, why) from None


def _refuse_wrong_proxies(account: "AccountConfig") -> None:
    variable = wrong_proxy_variable()
    if variable:
        why = f"the environment's {variable.upper()} (or {variable}) is no address of a proxy"
        raise _unusable(account, why, f"correct {variable.upper()}, or unset it")


def _tls(account: "AccountConfig") -> ssl.SSLContext:
    if not account.base_url.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and is never asked to
    try:
        if account.ca_bundle is not None:
            return ssl.create_default_context(cafile=account.ca_bundle)
        return httpx.create_ssl_context()
    except OSError as error:
        where = account.ca_bundle or "the system's"
        why = f"the certificate authorities ({where}) cannot be read: {error.strerror or error}"
        raise _unusable(account, why) from error


def _unusable(account: "AccountConfig", why: str, hint: str = "") -> ConfigError:
    hint = hint or "change ca_bundle or proxy of the account, or the variables of the same purpose"
    return ConfigError(f"account {account.name} cannot be used", why, hint)


@contextmanager
def failures_of(server: Server, call: Call, extra_time: float = 0) -> Iterator[None]:
    """Inside, what httpx raises becomes the errors of the program.

    `extra_time` is how many seconds longer than usual was waited for an answer.
    """
    try:
        yield
    except httpx.TimeoutException as error:
        raise _timeout(server, call, error, extra_time) from error
    except httpx.HTTPError as error:
        raise _failure(server, call, error) from error
    except httpx.InvalidURL as error:
        raise server.failures.of_impossible_address(call, str(error)) from error
    except (UnicodeError, OverflowError) as error:  # of the resolver, for names no network has
        why = f"the name of {server.failures.host} cannot be looked up"
        raise server.failures.of_impossible_address(call, why) from error


def _failure(server: Server, call: Call, error: httpx.HTTPError) -> ApiError:
    failures, host = server.failures, server.failures.host
    match error:
        case httpx.ProxyError():
            why = f"the proxy refused: {error}"
            return failures.of_network(call, why, "check the proxy settings", sent=False)
        case httpx.ConnectError():
            why, hint, retryable = why_unconnected(error, server.peer)
            return failures.of_network(call, why, hint, retryable=retryable, sent=False)
        case httpx.DecodingError() | httpx.RemoteProtocolError() if not _is_cut(error):
            return failures.of_protocol(call, f"{host} does not speak HTTP as it should: {error}")
        case _:
            return failures.of_network(call, f"{host} closed the connection too early")


def _timeout(
    server: Server, call: Call, error: httpx.TimeoutException, extra_time: float
) -> ApiError:
    failures, host = server.failures, server.failures.host
    match error:
        case httpx.ConnectTimeout():
            why = f"no connection to {server.peer} within {CONNECT_TIMEOUT:g} s"
            return failures.of_network(call, why, sent=False)
        case httpx.WriteTimeout():
            return failures.of_network(call, f"{host} took nothing for {server.timeout:g} s")
        case httpx.PoolTimeout():
            why = f"all connections to {host} were busy for {server.timeout:g} s"
            return failures.of_network(call, why, sent=False)
        case _:
            waited = server.timeout + extra_time
            return failures.of_silence(call, f"{host} sent nothing for {waited:.3g} s")


def _is_cut(error: httpx.HTTPError) -> bool:
    """Whether the peer just stopped sending; httpcore and h11 tell it by their words only."""
    return str(error).startswith(("Server disconnected", "peer closed connection"))
