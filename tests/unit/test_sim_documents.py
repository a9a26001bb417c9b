"""A JSON document read piece by piece says what it says read at once."""

import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchtui.sim import documents
from batchtui.sim.documents import DocumentReader

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)


@pytest.fixture(autouse=True)
def _tiny_blocks(monkeypatch):
    monkeypatch.setattr(documents, "_BLOCK", 3)


def reader(text):
    return DocumentReader(io.BytesIO(text.encode()))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(VALUES, max_size=6), st.booleans(), st.sampled_from([None, 1]), st.sampled_from(" \n")
)
def test_the_elements_of_an_array(values, ascii_only, indent, space):
    text = space + json.dumps(values, ensure_ascii=ascii_only, indent=indent) + space
    found = reader(text)
    assert list(found.elements()) == values
    assert found.peek() == ""


@pytest.mark.parametrize("text", ["", "[", "[1", "[1,", "[1,]", "[1 2]", '["', "[nul]", "{}", "[}"])
def test_what_is_no_array(text):
    with pytest.raises(ValueError, match=r"."):
        list(reader(text).elements())


def test_only_what_is_read_is_kept():
    found = reader(json.dumps(["x" * 50] * 1000))
    longest = 0
    for _ in found.elements():
        longest = max(longest, len(found._text))
    assert longest < 500
