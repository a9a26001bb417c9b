"""Turns what went wrong with a call into the error that the rest of the program knows."""

import math
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from batchtui.core.errors import (
    ApiError,
    AuthError,
    BadRequestError,
    ConflictError,
    NetworkError,
    NoAnswerError,
    NotFoundError,
    OverloadedError,
    PermissionDeniedError,
    ProtocolError,
    RateLimitedError,
    ServerError,
)
from batchtui.core.text import human_duration
from batchtui.providers.complaint import Complaint, read_complaint
from batchtui.providers.exchange import Answer, Call
from batchtui.providers.redaction import Redactor
from batchtui.providers.retry import retry_after, should_retry, wish_of

BODY_LENGTH = 8192
"""Bytes of an error body that are kept for a look at the whole."""

_BY_STATUS: dict[int, type[ApiError]] = {
    401: AuthError,
    402: PermissionDeniedError,
    403: PermissionDeniedError,
    404: NotFoundError,
    408: NetworkError,
    409: ConflictError,
    429: RateLimitedError,
    501: BadRequestError,
    503: OverloadedError,
    529: OverloadedError,
}
_BY_TYPE: dict[str, type[ApiError]] = {
    "authentication_error": AuthError,
    "billing_error": PermissionDeniedError,
    "permission_error": PermissionDeniedError,
    "not_found_error": NotFoundError,
    "conflict_error": ConflictError,
    "rate_limit_error": RateLimitedError,
    "overloaded_error": OverloadedError,
}
_VAGUE = frozenset({400, 500, 502})
"""Statuses in which gateways wrap the errors of others: the error's own type decides."""

_RETRIED = frozenset({408, 409, 429})
"""Retried besides 5xx, as the official clients do."""

_SPEND_LIMITS = frozenset(
    {"enforced_spend_limit_reached", "insufficient_quota", "billing_hard_limit_reached"}
)
"""Codes of a 429 that does not pass by itself: Anthropic's, and OpenAI's two."""

_SPENT = (
    "a spending limit is reached and trying again does not help: raise it in the provider's"
    " console, or wait for the next period"
)
_NOT_OFFERED = "this server does not offer that"

_HINT_BY_CODE = {
    **dict.fromkeys(_SPEND_LIMITS, _SPENT),
    "organization_on_hold": "the organization is on hold: contact the provider",
    "cmek_key_disabled": "the organization's encryption key is disabled: have it enabled",
    "claude_code_key_creator_not_member": "the key's creator has left the organization: make a"
    " new key",
}
_HINT_BY_STATUS = {
    402: "check the billing of the account in the provider's console",
    405: _NOT_OFFERED,
    413: "make it smaller: several batches take what one does not",
    501: _NOT_OFFERED,
}
_HINT_BY_KIND: dict[type[ApiError], str] = {
    PermissionDeniedError: "the key may not do that: check its workspace and its role",
    RateLimitedError: "wait a little; polling less often, or fewer copies of it, helps",
    OverloadedError: "the service is busy: try again later",
    ServerError: "the service has a problem of its own: try again later",
}


_LONGEST_SPAN = 10**12
"""Seconds; a `timedelta` takes not much more."""


@dataclass(frozen=True, slots=True)
class Failures:
    """Makes the errors of one account. None of them ever holds one of its secrets."""

    account: str
    base_url: str
    redacted: Redactor = field(default_factory=Redactor)
    has_key: bool = True
    login_hint: str = ""
    """How a key that is a login is renewed; empty for any other."""

    @property
    def host(self) -> str:
        """Host and port of the base URL."""
        return urlsplit(self.base_url).netloc

    def of_answer(self, call: Call, answer: Answer, now: datetime) -> ApiError:
        """The error of an answer that is no success."""
        answer = self._redacted_answer(answer)
        complaint = read_complaint(answer.body, self.redacted)
        kind = _kind(call, answer.status, complaint.type)
        wish = wish_of(answer.headers, now)
        return kind(
            self._what(call),
            self.redacted(_why(answer.status, complaint)),
            self.redacted(self._hint(kind, call, answer.status, complaint, wish)),
            status=answer.status,
            error_type=self.redacted(complaint.type),
            request_id=self.redacted(_request_id(answer, complaint)),
            body=_text_of(answer),
            retryable=_is_retryable(answer, complaint),
            retry_after=retry_after(answer.headers, now),
            maybe_done=answer.status >= 500 or answer.status == 408,
        )

    def of_protocol(self, call: Call, why: str, answer: Answer | None = None) -> ProtocolError:
        """The error of an answer that is not of the protocol."""
        error = ProtocolError(
            self._what(call), self.redacted(why), self._base_url_hint(), maybe_done=True
        )
        if answer is not None:
            answer = self._redacted_answer(answer)
            error.status = answer.status
            error.request_id = self.redacted(_request_id(answer, Complaint()))
            error.body = _text_of(answer)
        return error

    def of_redirect(self, call: Call, status: int, origin: str) -> ProtocolError:
        """The error of a redirect to another origin, a web address: nothing is sent there."""
        return ProtocolError(
            self._what(call),
            self.redacted(f"{self.host} redirects to another server, {origin}; not followed"),
            self.redacted(
                f"if {origin} is the right one, make it the base_url of account {self.account}"
            ),
            status=status,
        )

    def of_network(
        self, call: Call, why: str, hint: str = "", *, retryable: bool = True, sent: bool = True
    ) -> NetworkError:
        """The error of a call without a complete answer; `sent` if the server may have read it."""
        return NetworkError(
            self._what(call),
            self.redacted(why),
            self.redacted(hint) or f"check the network, and base_url of account {self.account}",
            retryable=retryable,
            maybe_done=sent,
        )

    def of_silence(self, call: Call, why: str) -> NoAnswerError:
        """The error of a call that the server has taken and not answered in time."""
        hint = f"check base_url of account {self.account}, or let its timeout be longer"
        return NoAnswerError(
            self._what(call), self.redacted(why), hint, retryable=True, maybe_done=True
        )

    def of_dawdling(self, call: Call, seconds: float) -> NoAnswerError:
        """The error of a call whose answer has begun, and not ended in so many seconds."""
        why = f"{self.host} has not come to the end of its answer within {seconds:.3g} s"
        return self.of_silence(call, why)

    def of_unsendable_key(self, call: Call) -> AuthError:
        """The error of a key that no header can carry."""
        return AuthError(
            self._what(call),
            "the key holds a character that no key has, such as a space, a line break or a"
            " letter of another alphabet",
            f"look at where the key of account {self.account} comes from",
        )

    def of_impossible_address(self, call: Call, why: str) -> NotFoundError:
        """The error of an address that HTTP cannot carry, for its host or the length of an id."""
        return NotFoundError(self._what(call), self.redacted(why), self._base_url_hint())

    def of_impossible_id(self, call: Call) -> NotFoundError:
        """The error of an id that no path can carry."""
        return NotFoundError(self._what(call), "that cannot be the id of anything")

    def _hint(
        self,
        kind: type[ApiError],
        call: Call,
        status: int,
        complaint: Complaint,
        wish: float | None,
    ) -> str:
        if complaint.code in _HINT_BY_CODE:
            appeal = f"; appeal at {complaint.appeal_url}" if complaint.appeal_url else ""
            return _HINT_BY_CODE[complaint.code] + appeal
        if complaint.is_html and status < 500:
            return self._base_url_hint()
        if kind is AuthError:
            return self._key_hint()
        if kind is NotFoundError:
            return self._base_url_hint() if call.listing else self._unknown_id_hint()
        if wish and kind in {RateLimitedError, OverloadedError}:
            span = timedelta(seconds=min(math.ceil(wish), _LONGEST_SPAN))
            return f"the server asks to wait {human_duration(span)}"
        return _HINT_BY_STATUS.get(status) or _HINT_BY_KIND.get(kind, "")

    def _key_hint(self) -> str:
        if not self.has_key:
            return f"account {self.account} has no key: set one in the environment or the config"
        if self.login_hint:
            return self.login_hint
        return (
            f"check the key of account {self.account}, and how the server wants it sent"
            " (the setting auth: x-api-key, bearer, ...)"
        )

    def _unknown_id_hint(self) -> str:
        return f"check the id; account {self.account} sees the batches of its own workspace only"

    def _base_url_hint(self) -> str:
        hint = f"check base_url of account {self.account}: is {self.base_url} the API itself?"
        if urlsplit(self.base_url).path.rstrip("/").endswith("/v1"):
            hint += " It should end before /v1"
        return hint

    def _redacted_answer(self, answer: Answer) -> Answer:
        """Before anything is cut off, which could leave half a secret."""
        text = answer.body.decode("utf-8", "replace")
        return replace(answer, body=self.redacted(text).encode())

    def _what(self, call: Call) -> str:
        return self.redacted(f"could not {call.action}")


def _text_of(answer: Answer) -> str:
    return answer.body[:BODY_LENGTH].decode("utf-8", "replace")


def _what(call: Call) -> str:
    return f"could not {call.action}"


def _kind(call: Call, status: int, error_type: str) -> type[ApiError]:
    if status < 400:
        return ProtocolError
    kind = _BY_TYPE.get(error_type) if status in _VAGUE else None
    kind = kind or _BY_STATUS.get(status) or (ServerError if status >= 500 else BadRequestError)
    # A list is in no state that a call could be in conflict with.
    return BadRequestError if call.listing and kind is ConflictError else kind


def _why(status: int, complaint: Complaint) -> str:
    answered = f"{status} {complaint.type}".rstrip()
    if complaint.is_html:
        title = f" “{complaint.message}”" if complaint.message else ""
        return f"the answer is a web page{title}, not the API's ({answered})"
    if complaint.message:
        return f"{complaint.message} ({answered})"
    return f"the server answered {answered}"


def _request_id(answer: Answer, complaint: Complaint) -> str:
    headers = answer.headers
    return headers.get("request-id") or complaint.request_id or headers.get("x-request-id", "")


def _is_retryable(answer: Answer, complaint: Complaint) -> bool:
    if complaint.code in _SPEND_LIMITS:
        return False
    asked = should_retry(answer.headers)
    if asked is not None:
        return asked
    status = answer.status
    return status in _RETRIED or (status >= 500 and status != 501)
