"""What the bench holds to be kept, and how it says so."""

import pytest
from benchmarks.figures import Figure


@pytest.mark.parametrize(
    ("figure", "kept"),
    [
        (Figure("x", 2, 1.0), True),
        (Figure("x", 2, 3.0), False),
        (Figure("x", 2, 3.0, at_least=True), True),
        (Figure("x", 2, 1.0, at_least=True), False),
        (Figure("x", 0, 0.0), True),
        (Figure("x", 0, 1.0), False),
    ],
)
def test_a_bar_is_kept_or_not(figure, kept):
    assert figure.kept is kept
    assert str(figure).startswith("ok " if kept else "NOT ")


def test_a_bar_that_could_not_be_tried_is_not_kept():
    figure = Figure("x", 2, None)
    assert not figure.kept
    assert str(figure).split()[:2] == ["NOT", "absent"]


@pytest.mark.parametrize("value", [None, 9e9])
def test_a_row_for_information_cannot_fail_and_says_what_it_is(value):
    figure = Figure("x", None, value)
    assert figure.kept
    assert "for information" in str(figure)
    assert not {"ok", "NOT"} & set(str(figure).split())
