"""When calls are tried again, and what servers may ask for."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.core.errors import ApiError
from batchtui.providers.retry import LONGEST_WISH, RetryPolicy, retry_after, should_retry

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
POLICY = RetryPolicy()


def failed(**fields):
    return ApiError("could not list batches", **{"retryable": True, **fields})


def test_delays_double_and_are_shortened_by_jitter():
    policy = RetryPolicy(retries=10)
    full = [policy.delay(failed(), attempt, lambda: 0.0) for attempt in range(6)]
    assert full == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
    assert policy.delay(failed(), 1, lambda: 1.0) == 0.75


def test_two_retries_and_no_more():
    assert POLICY.delay(failed(), 1, lambda: 0.0) is not None
    assert POLICY.delay(failed(), 2, lambda: 0.0) is None


def test_what_cannot_succeed_later_is_not_tried_again():
    assert POLICY.delay(failed(retryable=False, retry_after=1.0), 0, lambda: 0.0) is None


def test_the_servers_wish_replaces_the_delay_without_jitter():
    assert POLICY.delay(failed(retry_after=2.5), 0, lambda: 0.9) == 2.5
    assert POLICY.delay(failed(retry_after=60.0), 0, lambda: 0.9) == 60.0


def test_a_wish_beyond_patience_ends_the_tries():
    assert POLICY.delay(failed(retry_after=60.5), 0, lambda: 0.0) is None


def test_a_wish_of_zero_does_not_make_a_busy_loop():
    assert POLICY.delay(failed(retry_after=0.0), 0, lambda: 0.0) == 0.5


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": "Fri, 20 Nov 2026 12:00:07 GMT"}, 7.0),
        ({"retry-after": "Fri, 20 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "Fri, 20 Nov 2026 12:00:07"}, 7.0),
        ({"retry-after": "1e9"}, LONGEST_WISH),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "in a while"}, None),
        ({"retry-after": ""}, None),
    ],
)
def test_reading_the_wish(headers, seconds):
    assert retry_after(headers, NOW) == seconds


@given(seconds=st.integers(0, int(LONGEST_WISH)))
def test_a_date_means_the_same_as_its_distance(seconds):
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after({"retry-after": date}, NOW) == seconds


@given(text=st.text())
def test_no_header_makes_a_wish_that_cannot_be_waited_for(text):
    wish = retry_after({"retry-after": text, "retry-after-ms": text}, NOW)
    assert wish is None or 0 <= wish <= LONGEST_WISH


@pytest.mark.parametrize(
    ("text", "meaning"), [("true", True), (" False ", False), ("maybe", None), ("", None)]
)
def test_reading_x_should_retry(text, meaning):
    assert should_retry({"x-should-retry": text}) is meaning
    assert should_retry({}) is None
