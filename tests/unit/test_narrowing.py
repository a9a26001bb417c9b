"""Choosing a value narrows the query to it, whatever is in the value and in the query."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.core.errors import QueryError
from batchtui.results.query import regex
from batchtui.results.query.language import Field, Regex, parse
from batchtui.results.query.narrowing import literal, narrow, term


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("type", "errored", "type:errored"),
        ("model", "claude-3.5@x:1/y", "model:claude-3.5@x:1/y"),
        ("model", "a b", 'model:"a b"'),
        ("model", 'a"\\', r'model:"a\"\\"'),
        ("model", "a*", 'model:"a*"'),
        ("stop", "", 'stop:""'),
        ("stop", "a\nb", r'stop:"a\nb"'),
        ("model", "//x", 'model:"//x"'),
    ],
)
def test_terms(field, value, expected):
    assert term(field, value) == expected


@given(st.text(st.characters(exclude_categories=()) | st.sampled_from('*"(\\)/ :-')), st.text())
def test_a_term_asks_for_its_value_only(value, other):
    [field] = parse(f"a {term('id', value)} b").root.children[1:2]
    assert isinstance(field, Field)
    assert field.matches(value)
    assert field.matches(other) == (other == value)


@given(
    st.text(
        st.characters(exclude_categories=["Cs"]) | st.sampled_from("/\\\n \t.*+()[]{}$^|?#\u2028")
    )
)
def test_a_literal_matches_itself(text):
    written = literal(text)
    assert re.fullmatch(written, text)
    if text:
        assert parse(f"x /{written}/").root.children[1:] == (Regex(written, at=2),)


def test_a_literal_of_what_cannot_be_written():
    assert regex.compile(literal("a\ud800b")).search("xa\ud800b")


@pytest.mark.parametrize(
    ("source", "wanted", "exclude", "expected"),
    [
        ("", "type:errored", False, "type:errored"),
        (" foo ", "type:errored", False, "foo type:errored"),
        ("foo type:errored", "type:errored", False, "foo type:errored"),
        ("a OR b", "type:errored", False, "(a OR b) type:errored"),
        ("(a OR b)", "type:errored", False, "(a OR b) type:errored"),
        ("(a) OR (b)", "c", False, "((a) OR (b)) c"),
        ("(a OR b) c", "d", False, "(a OR b) c d"),
        ("a", "in>=10 in<20", False, "a in>=10 in<20"),
        ("in<20 in>=10", "in>=10 in<20", False, "in<20 in>=10"),
        ("a", "in>=10 in<20", True, "a -(in>=10 in<20)"),
        ("a", "type:errored", True, "a -type:errored"),
        ("-type:errored a", "type:errored", True, "-type:errored a"),
        ("a -(b c)", "b c", True, "a -(b c)"),
    ],
)
def test_narrowing(source, wanted, exclude, expected):
    assert narrow(source, wanted, exclude=exclude) == expected


def test_a_wrong_query_cannot_be_narrowed():
    with pytest.raises(QueryError):
        narrow("(a", "b")
