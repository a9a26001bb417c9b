"""The query language: what is understood, and where it says that it is not."""

import json
import re
from dataclasses import replace
from operator import eq, ge, gt, le, lt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.core.errors import QueryError
from batchtui.results.query.language import (
    And,
    Compare,
    Field,
    Not,
    Or,
    Regex,
    Text,
    leaves,
    parse,
    suggest,
    suggest_type,
)
from batchtui.results.query.notices import notices


def terms(source):
    return list(parse(source).root.children)


def placeless(node):
    """A node without the places of its leaves."""
    if isinstance(node, Not):
        return Not(placeless(node.child))
    if isinstance(node, And | Or):
        return type(node)(tuple(map(placeless, node.children)))
    return replace(node, at=0)


def bare(source):
    """Terms without their places."""
    return list(map(placeless, terms(source)))


a, b, c, d = map(Text, "abcd")


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
        ("print(x)", [Text("print(x)")]),
        ("f(g(x),y).z b", [Text("f(g(x),y).z"), b]),
        ('say"hi"', [Text("say"), Text("hi")]),
        ("a:b x=y p>q", [Text("a:b"), Text("x=y"), Text("p>q")]),
        ("type://x", [Text("type://x")]),
        ("ValueError: no", [Text("ValueError:"), Text("no")]),
        ("/usr/bin and /v1/x/y", [Text("/usr/bin"), Text("and"), Text("/v1/x/y")]),
        ("2025/06/01", [Text("2025/06/01")]),
        ("//", [Text("//")]),
        ("/re/", [Regex("re")]),
        ("/a b/i c", [Regex("a b", True), c]),
        (r"/a\/b\/\d/", [Regex(r"a\/b\/\d")]),
        ("(/x/)", [Regex("x")]),
        ("/x/y", [Text("/x/y")]),
        ("id:a-1*", [Field("id", "a-1*")]),
        ("error:api_error stop:end_turn", [Field("error", "api_error"), Field("stop", "end_turn")]),
        ("model:claude-* block:tool_use", [Field("model", "claude-*"), Field("block", "tool_use")]),
        ('model:"my model"', [Field("model", "my model")]),
        ('model:"a*b"', [Field("model", "a*b", verbatim=True)]),
        ('stop:""', [Field("stop", "")]),
        ("type:a:b", [Field("type", "a:b")]),
        ("out>500", [Compare("out", ">", 500)]),
        ("IN>=1 tokens<1_000", [Compare("in", ">=", 1), Compare("tokens", "<", 1000)]),
        (
            "cache_read=0 cache_write<=7",
            [Compare("cache_read", "=", 0), Compare("cache_write", "<=", 7)],
        ),
        ("bytes>1.5MB bytes<2k", [Compare("bytes", ">", 1_500_000), Compare("bytes", "<", 2000)]),
        ("out > 500 a", [Compare("out", ">", 500), a]),
        ("out> 1,000", [Compare("out", ">", 1000)]),
        ("in the out", [Text("in"), Text("the"), Text("out")]),
        ('"out>500"', [Text("out>500")]),
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
    ("source", "expected"),
    [
        ("a OR b", [Or((a, b))]),
        ("a b OR c d", [Or((And((a, b)), And((c, d))))]),
        ("a (b OR c)", [a, Or((b, c))]),
        ("a OR(b)", [Or((a, b))]),
        ("(a)OR(b c)", [Or((a, And((b, c))))]),
        ("a (b c) d", [a, b, c, d]),
        ("((a))", [a]),
        ("(a b)", [a, b]),
        ("(a)(b)", [a, b]),
        ("a OR b OR c", [Or((a, b, c))]),
        ("a OR (b OR c)", [Or((a, Or((b, c))))]),
        ("-(a b)", [Not(And((a, b)))]),
        ("-(a OR -b)", [Not(Or((a, Not(b))))]),
        ("-(-a)", [a]),
        ("--a", [a]),
        ("a -/b/ -out>5", [a, Not(Regex("b")), Not(Compare("out", ">", 5))]),
        (
            "(type:errored OR type:expired) -timeout",
            [
                Or((Field("type", "errored"), Field("type", "expired"))),
                Not(Text("timeout")),
            ],
        ),
        ("(f(x) OR b)", [Or((Text("f(x)"), b))]),
    ],
)
def test_structure(source, expected):
    assert bare(source) == expected


@pytest.mark.parametrize(
    ("source", "at", "words"),
    [
        ('ab "cd', 3, "not closed"),
        ('""', 0, "empty"),
        ('x "a\\q"', 4, "escape"),
        ("a)", 1, "no parenthesis is open"),
        (")", 0, "no parenthesis is open"),
        ("a (b", 2, "never closed"),
        ("(", 0, "never closed"),
        ("((a)", 0, "never closed"),
        ("a (", 2, "never closed"),
        ("a ()", 2, "empty"),
        ("(" * 200, 100, "too deeply"),
        ("OR a", 0, "nothing before"),
        ("(OR a)", 1, "nothing before"),
        ("a OR", 2, "nothing after"),
        ("a OR OR b", 2, "nothing after"),
        ("(a OR ) b", 3, "nothing after"),
        ("a -OR b", 3, "nothing before"),
        ("(-)", 1, "nothing to negate"),
        ("type:", 5, "nothing"),
        ("a type: b", 7, "nothing"),
        ("type:(a)", 5, "one value"),
        ("type:(a OR b)", 5, "one value"),
        ("type=errored", 4, "no number"),
        ("out:500", 0, "a number"),
        ("out>", 4, "nothing"),
        ("a out>x", 6, "whole number"),
        ("a out > x", 8, "whole number"),
        ("out>-1", 4, "whole number"),
        ("out>1.5", 4, "whole number"),
        ("out>" + "9" * 5000, 4, "too large"),
        ("in=1" + "0" * 30, 3, "too large"),
        ("out>1z", 4, "whole number"),
        ("typ:errored", 0, "did you mean type:"),
        ("x -models:claude", 3, "did you mean model:"),
        ("custom_id:a", 0, "did you mean id:"),
        ("output_tokens>5", 0, "did you mean out>"),
        ("token>=5", 0, "did you mean tokens>="),
        ("/a(b/", 2, "regular expression"),
        ("x /ab[/i", 5, "regular expression"),
        ("/*/", 1, "regular expression"),
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
        ("*", "", False),
        ("**", "errored", True),
        ("e*", "e", True),
    ],
)
def test_field_values(value, actual, matches):
    assert Field("type", value).matches(actual) is matches


@given(st.text("ab\n*", max_size=8), st.text("ab\n", max_size=8))
def test_stars_stand_for_anything(value, actual):
    plain = re.compile(".*".join(map(re.escape, value.split("*"))), re.DOTALL)
    is_there = bool(actual) or set(value) != {"*"}
    assert Field("id", value).matches(actual) == (is_there and bool(plain.fullmatch(actual)))


def test_many_stars_take_no_more_time_than_few():
    """By trying all ways to share out the text among them, it would be years."""
    assert not Field("id", "*a" * 50 + "*b").matches("a" * 10_000)


def test_custom_ids_mind_case_and_quoted_stars_are_stars():
    assert Field("id", "Row-*").matches("Row-1")
    assert not Field("id", "Row-*").matches("row-1")
    [field] = terms('model:"a*"')
    assert field.matches("a*")
    assert not field.matches("ab")


@pytest.mark.parametrize("op", [">", ">=", "<", "<=", "="])
def test_comparisons(op):
    means = {">": gt, ">=": ge, "<": lt, "<=": le, "=": eq}[op]
    for number in (0, 5):
        for actual in (0, 4, 5, 6, 2**63):
            assert Compare("in", op, number).matches(actual) is means(actual, number)
        assert not Compare("in", op, number).matches(-1)


def test_highlights_are_what_may_be_there():
    marked = parse("a -b type:c d -(e OR -f) (/g/ OR -/h/) out>5").highlights
    assert [placeless(leaf) for leaf in marked] == [a, d, Text("f"), Regex("g")]


def test_leaves_know_their_places():
    places = {leaf: leaf.at for leaf, _ in leaves(parse('a -(b OR /c/) out > 5 type:"x"').root)}
    assert list(places.values()) == [0, 4, 9, 14, 22]


def test_a_type_that_no_row_has():
    known = ["succeeded", "errored"]
    assert "errored?" in suggest_type(parse("foo type:error"), known)
    assert suggest_type(parse("type:zzz"), known) == "no row is of type zzz"
    assert suggest_type(parse("type:err* -foo"), known) == ""
    assert "errored?" in suggest_type(parse("a OR -(type:eror)"), known)


def test_values_that_no_row_has():
    known = {"type": ["succeeded"], "stop": ["end_turn", "max_tokens"]}
    assert (
        suggest(parse("stop:endturn"), known) == "no row has stop endturn; did you mean end_turn?"
    )
    assert suggest(parse('stop:"" model:x'), known) == ""


PIECES = st.sampled_from(
    ["a", " ", '"', "(", ")", "-", "OR", "/", "/i", ":", "type:", "out", ">", "=", "5k", "\\", "*"]
)


@given(st.text() | st.lists(PIECES, max_size=12).map("".join))
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


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("/foo", ["/foo has no closing /, and is searched for as text"]),
        ("a -/foo (/foo)", ["/foo has no closing /, and is searched for as text"]),
        ("colour:red", ["colour: is no field, and searched for as text; a field is type:"]),
        ("(a AND b AND) ANDY and", ["AND is searched for as text: a space alone means and"]),
        ('"AND" "/foo" "colour:red" /usr/bin /foo/ https://x type:errored word', []),
    ],
)
def test_what_looks_like_something_else_is_told(source, told):
    assert list(notices(parse(source))) == told
