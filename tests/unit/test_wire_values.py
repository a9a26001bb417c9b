"""What servers write for times and numbers, read as far as it can be read."""

from datetime import UTC, datetime

import pytest

from batchtui.providers.wire_values import count, moment_or_seconds

MOMENT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SECONDS = int(MOMENT.timestamp())


@pytest.mark.parametrize(
    "told",
    [
        SECONDS,
        float(SECONDS),
        SECONDS * 1000,
        str(SECONDS),
        str(SECONDS * 1000),
        "2026-11-20T10:00:00Z",
    ],
)
def test_a_time_in_each_of_its_forms(told):
    assert moment_or_seconds(told) == MOMENT


@pytest.mark.parametrize("told", [None, 0, -5, True, "", "soon", "9" * 400, 1e300, float("nan")])
def test_what_is_no_time(told):
    assert moment_or_seconds(told) is None


@pytest.mark.parametrize(("told", "number"), [(10, 10), (10.0, 10), ("10", 10), (None, 0)])
def test_a_number_in_each_of_its_forms(told, number):
    assert count(told) == number


@pytest.mark.parametrize(
    "told", [10.5, -3, "-3", "ten", "", True, [], float("nan"), float("inf"), "9" * 400]
)
def test_what_is_no_number_of_requests(told):
    assert count(told) is None
