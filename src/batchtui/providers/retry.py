"""When a failed call is sent again, and what servers ask for with their headers."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from batchtui.core.errors import ApiError, NoAnswerError

LONGEST_WISH = 3600.0
"""A server cannot silence its clients for longer than this, in seconds."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The official clients' policy: 2 retries, 0.5 s doubling up to 8 s, less some jitter.

    A server's own wish replaces the delay. One that is longer than `patience` ends the tries:
    the caller gets the error with its `retry_after`, and plans by it. (Message Batches API
    reference; the official Python client.) Silence is not waited for a second time.
    """

    retries: int = 2
    first_delay: float = 0.5
    longest_delay: float = 8.0
    patience: float = 60.0

    def delay(self, error: ApiError, attempt: int, random: Callable[[], float]) -> float | None:
        """Seconds until the next try, or None to give up. `attempt` counts from 0.

        `random` gives numbers from 0 up to 1.
        """
        if not error.retryable or attempt >= self.retries or isinstance(error, NoAnswerError):
            return None
        wish = error.retry_after
        if wish:
            return wish if wish <= self.patience else None
        return min(self.longest_delay, self.first_delay * 2.0**attempt) * (1 - 0.25 * random())


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """What of the server's wish is granted, in seconds; see `wish_of`."""
    wish = wish_of(headers, now)
    return None if wish is None else min(LONGEST_WISH, wish)


def wish_of(headers: Mapping[str, str], now: datetime) -> float | None:
    """The server's wish in seconds: `retry-after-ms` before `retry-after` (seconds or a date).

    None where there is none, or none that can be read. A date that is past gives 0.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    return _seconds_until(text, now) if seconds is None else seconds


def should_retry(headers: Mapping[str, str]) -> bool | None:
    """What `x-should-retry` says; None where it says nothing."""
    return {"true": True, "false": False}.get(headers.get("x-should-retry", "").strip().lower())


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _seconds_until(text: str | None, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
