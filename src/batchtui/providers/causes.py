"""Why a connection failed, read from the chain of exceptions behind the library's own."""

import socket
import ssl
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def why_unconnected(error: BaseException, peer: str) -> tuple[str, str, bool]:
    """What happened in words, a hint (or empty), and whether trying again may help."""
    for cause in _chain(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = f"the certificate of {peer} is not trusted: {cause.verify_message}"
            return why, "if a company's proxy signs anew, name its authority in ca_bundle", False
        if isinstance(cause, ssl.SSLError):
            why = f"TLS with {peer} failed: {cause.reason or cause}"
            return why, "does base_url say https for a server that speaks plain http?", False
        if isinstance(cause, socket.gaierror):
            return f"the name of {peer} cannot be looked up", "", True
        if isinstance(cause, ConnectionRefusedError):
            return f"{peer} refused the connection", "", True
    return f"no connection to {peer}: {error}", "", True


def _chain(error: BaseException) -> Iterator[BaseException]:
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        cause = pending.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        pending += [cause.__cause__, cause.__context__]
        if isinstance(cause, BaseExceptionGroup):
            pending += cause.exceptions


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def environment_proxies() -> Mapping[str, str]:
    """The proxies that the environment names, by the name of the variable in small letters."""
    found = getproxies()
    return {f"{kind}_proxy": found[kind] for kind in ("http", "https", "all") if found.get(kind)}


def wrong_proxy_variable() -> str:
    """A variable whose proxy is no address, in small letters; empty where all are in order."""
    for variable, url in environment_proxies().items():
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            if not parts.hostname or parts.port == 0 or not url.isprintable():
                return variable
        except ValueError:
            return variable
    return ""


def environment_has_proxy(url: str) -> bool:
    """Whether the environment names a proxy for a URL."""
    parts = urlsplit(url)
    proxies: Mapping[str, str] = getproxies()
    named = proxies.get(parts.scheme) or proxies.get("all")
    return bool(named) and not proxy_bypass(parts.hostname or "")
