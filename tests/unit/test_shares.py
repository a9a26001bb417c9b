import pytest

from batchtui.core.shares import shares


@pytest.mark.parametrize(
    ("counts", "total", "told"),
    [
        ([31, 9], 40, ["78", "22"]),
        ([1, 1, 1], 3, ["34", "33", "33"]),
        ([998, 2], 1000, ["99", "<1"]),
        ([0, 5], 5, ["0", "100"]),
        ([5, 2], 5, ["100", "40"]),
        ([], 0, []),
        ([0], 0, ["0"]),
        ([75, *[1] * 5], 100, ["75", *["1"] * 5]),
        ([150, *[1] * 50], 200, ["75", *["<1"] * 50]),
    ],
)
def test_shares_add_up_without_making_all_or_nothing_of_something(counts, total, told):
    assert shares(counts, total) == told
