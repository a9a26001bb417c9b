"""The query language: what is understood, and where it says that it is not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.core.errors import QueryError
from batchtui.results.query import Field, Not, Text, parse, suggest_type


def terms(source):
    return list(parse(source).root.children)


def bare(source):
    """Terms without their places."""
    return [
        type(node)(*(getattr(node, name) for name in node.__slots__ if name != "at"))
        if not isinstance(node, Not)
        else node
        for node in terms(source)
    ]


@pytest.mark.parametrize("source", ["typ:errored", "x -Types:errored"])
def test_a_word_like_a_field_gets_a_hint(source):
    with pytest.raises(QueryError, match="did you mean type:") as caught:
        parse(source)
    assert source[caught.value.at :].lower().startswith("typ")


@pytest.mark.parametrize("source", ["tape:x", "time:12", "http:x", "tip:top"])
def test_a_word_that_is_hardly_a_field_is_text(source):
    assert bare(source) == [Text(source)]


@pytest.mark.parametrize("source", ["", "  ", "\t\n"])
def test_an_empty_query_takes_everything(source):
    assert not parse(source)
    assert terms(source) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("foo bar", [Text("foo"), Text("bar")]),
        ('"foo bar"', [Text("foo bar")]),
        (r'"a\nb\u00e9\"\\"', [Text('a\nbé"\\')]),
        (r'"\ud83d\ude00"', [Text("😀")]),
        ('"two\nlines"', [Text("two\nlines")]),
        ("type:errored", [Field("type", "errored")]),
        ("TYPE:errored", [Field("type", "errored")]),
        ('type:"errored"', [Field("type", "errored")]),
        ("http://x.org/?a=b", [Text("http://x.org/?a=b")]),
        ("C:\\dir", [Text("C:\\dir")]),
        ("12:30", [Text("12:30")]),
        ("a=b", [Text("a=b")]),
        ("/v1/messages", [Text("/v1/messages")]),
        ("/", [Text("/")]),
        ("-", [Text("-")]),
        ("a - b", [Text("a"), Text("-"), Text("b")]),
        ("well-known", [Text("well-known")]),
        ("or and NOT", [Text("or"), Text("and"), Text("NOT")]),
        ('"type:errored" "OR" "(x)"', [Text("type:errored"), Text("OR"), Text("(x)")]),
        ("<x>", [Text("<x>")]),
        ("日本語", [Text("日本語")]),
    ],
)
def test_terms(source, expected):
    assert bare(source) == expected


def test_negation():
    assert terms("-foo") == [Not(Text("foo", 1))]
    assert terms("-type:errored") == [Not(Field("type", "errored", 1))]
    assert terms('-"a b"') == [Not(Text("a b", 1))]
    assert terms("--foo") == [Text("foo", 2)]


@pytest.mark.parametrize(
    ("source", "at", "words"),
    [
        ('ab "cd', 3, "not closed"),
        ('""', 0, "empty"),
        ('x "a\\q"', 4, "escape"),
        ("a /re+/", 2, "regular expressions"),
        ("/re/i", 0, "regular expressions"),
        ("a OR b", 2, "OR"),
        ("a (b c)", 2, "parentheses"),
        ("a)", 1, "parentheses"),
        ("stop:end_turn", 0, "stop:"),
        ("x model:claude", 2, "model:"),
        ("-error:api_error", 1, "error:"),
        ("out>500", 0, "out>"),
        ("type=errored", 0, "type="),
        ("type:", 5, "nothing"),
        ("a type: b", 7, "nothing"),
        ("type:(a)", 5, "nothing"),
    ],
)
def test_errors_point_at_the_place(source, at, words):
    with pytest.raises(QueryError, match=words) as caught:
        parse(source)
    assert caught.value.at == at
    assert caught.value.hint


@pytest.mark.parametrize(
    ("needle", "ignores"),
    [("foo", True), ("Foo", False), ("fooÉ", False), ("é", True), ("123", True), ("ǅ", False)],
)
def test_smart_case(needle, ignores):
    assert Text(needle).ignores_case is ignores


@pytest.mark.parametrize(
    ("value", "actual", "matches"),
    [
        ("errored", "errored", True),
        ("errored", "errored_", False),
        ("err*", "errored", True),
        ("*e*d", "expired", True),
        ("e.*", "errored", False),
        ("Errored", "errored", True),
        ("*", "", True),
    ],
)
def test_field_values(value, actual, matches):
    assert Field("type", value).matches(actual) is matches


def test_highlights_are_the_texts_that_must_be_there():
    assert [text.needle for text in parse("a -b type:c d").highlights] == ["a", "d"]


def test_a_type_that_no_row_has():
    known = ["succeeded", "errored"]
    assert "errored?" in suggest_type(parse("foo type:error"), known)
    assert suggest_type(parse("type:zzz"), known) == "no row is of type zzz"
    assert suggest_type(parse("type:err* -foo"), known) == ""


@given(st.text())
def test_any_text_parses_or_is_refused(source):
    place = 0
    try:
        assert parse(source).source == source
    except QueryError as error:
        place = error.at
    assert 0 <= place <= len(source)


@given(st.text(st.characters(exclude_categories=()), min_size=1), st.booleans())
def test_any_text_can_be_asked_for_in_quotes(text, ascii_only):
    assert bare(json.dumps(text, ensure_ascii=ascii_only)) == [Text(text)]
