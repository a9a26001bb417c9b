import pytest

from batchtui.service.cadence import Cadence, Situation, focus_delay, interval, next_delay

CADENCE = Cadence(focused=5, active=30, idle=300, max_backoff=240)


@pytest.mark.parametrize(
    ("situation", "delay"),
    [
        (Situation(active=True), 30),
        (Situation(active=False), 300),
        (Situation(active=True, attended=False), 120),
        (Situation(active=False, attended=False), 1200),
        (Situation(active=True, retry_after=10), 30),
        (Situation(active=True, retry_after=45), 45),
        (Situation(active=True, failures=1), 10),
        (Situation(active=False, failures=1), 10),
        (Situation(active=True, failures=3), 40),
        (Situation(active=True, failures=99), 240),
        (Situation(active=True, failures=1, retry_after=60), 60),
    ],
)
def test_delay(situation, delay):
    assert next_delay(CADENCE, situation) == delay


def test_only_errors_are_spread():
    assert next_delay(CADENCE, Situation(active=True), spread=1.0) == 30
    low = next_delay(CADENCE, Situation(failures=2), spread=-1.0)
    high = next_delay(CADENCE, Situation(failures=2), spread=1.0)
    assert low < 20 < high


def test_the_interval_knows_no_errors():
    assert interval(CADENCE, Situation(active=True, failures=5, retry_after=99)) == 30


@pytest.mark.parametrize(("wish", "delay"), [(None, 5), (2, 5), (10, 10)])
def test_focus(wish, delay):
    assert focus_delay(CADENCE, wish) == delay
