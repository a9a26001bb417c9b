"""Takes secrets out of text that a server wrote, however it spelled them."""

import re
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import quote, unquote

REDACTED = "**********"

MIN_SECRET = 8
"""Shorter secrets are not looked for: they could be part of any word."""


class Redactor:
    """Masks `secrets`, also where their letters are escaped as JSON, URLs or HTML do it."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {secret for secret in secrets if len(secret) >= MIN_SECRET}
        # The longest first, since one may be the beginning of another.
        spelled = [_spelled(secret) for secret in sorted(known, key=len, reverse=True)]
        self._pattern = re.compile("|".join(spelled)) if spelled else None

    def __call__(self, text: str) -> str:
        """The text without the secrets."""
        return self._pattern.sub(REDACTED, text) if self._pattern else text


def secrets_of_url(url: str) -> Iterable[str]:
    """What a URL with a user name and password must not show: as it stands, and as it is sent."""
    user_info, at, _ = url.rpartition("@")  # a URL that is wrong may hold a secret, too
    if at:
        user_info = user_info.rpartition("//")[2]
        password = user_info.partition(":")[2]
        yield from (user_info, password, unquote(password))
        yield b64encode(unquote(user_info).encode(errors="replace")).decode()


def _spelled(secret: str) -> str:
    return "".join(map(_letter, secret))


def _letter(char: str) -> str:
    r"""A pattern of one letter: plain, `\u0073`, `\/`, `%73`, `&#115;` or `&#x73;`.

    Text within text is escaped again, so backslashes may be several; not any number, lest a body
    of nothing else take for ever.
    """
    code = ord(char)
    escaped = quote(char, safe="", errors="surrogatepass")
    url = escaped if "%" in escaped else f"%{code:02x}"
    plain = re.escape(char)
    return (
        rf"(?:{plain}|\\{{1,8}}(?:{plain}|(?i:u{code:04x}))"
        rf"|(?i:{url})|(?i:&\#0{{0,4}}(?:{code}|x0{{0,4}}{code:x});))"
    )
