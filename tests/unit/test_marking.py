"""What is marked in a text is what the query looks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.core.text import safe
from batchtui.results.query.language import parse
from batchtui.results.query.marking import Marker


def marked(source, text, mask=str):
    return [text[start:end] for start, end in Marker(parse(source), mask).spans(text)]


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("foo", "a Foo, foo", ["Foo", "foo"]),
        ("Foo", "a Foo, foo", ["Foo"]),
        ("ab bc", "abc", ["abc"]),
        ("a", "aaa", ["aaa"]),
        ("-foo bar", "foo bar", ["bar"]),
        ("(foo OR bar) type:errored", "foo bar", ["foo", "bar"]),
        (r"/\d+/ x", "12 x 3", ["12", "x", "3"]),
        ("/é|x/I", "é", []),
        ("/É/i", "é", ["é"]),
        ("strasse", "die Straße hier", ["Straße"]),
        ("ß", "passt, naß", ["ss", "ß"]),
        ("s", "aß", ["ß"]),
        ("ﬁne", "İ fine", ["fine"]),
        ("out>5", "out 5", []),
        ("", "x", []),
    ],
)
def test_marks(source, text, expected):
    assert marked(source, text) == expected


def test_a_word_is_looked_for_as_it_is_shown():
    assert marked(r'"a\tb"', safe("a\tb"), safe) == [safe("a\tb")]


def test_nothing_to_mark():
    assert not Marker(parse("-foo type:errored"))
    assert Marker(parse("foo"))


@given(
    st.text(st.sampled_from("abßsSſİi\u0307ﬁf é")), st.text(st.sampled_from("abßsİiﬁf"), min_size=1)
)
def test_every_hit_is_marked(text, needle):
    spans = Marker(parse(f'"{needle.lower()}"')).spans(text)
    assert bool(spans) == (needle.lower().casefold() in text.casefold())
    for start, end in spans:
        assert 0 <= start < end <= len(text)
