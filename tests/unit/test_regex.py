"""Regular expressions mean what they mean in Python's `re`, whoever matches them."""

import importlib.util
import re
import warnings

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from batchtui.core.errors import QueryError
from batchtui.results.query import regex
from batchtui.results.query.regex_process import RegexProcess
from batchtui.results.query.regex_translate import FLAGS, translate

HAS_RE2 = importlib.util.find_spec("re2") is not None
needs_re2 = pytest.mark.skipif(not HAS_RE2, reason="RE2 is not installed")


def no_engine(pattern):
    return None


ENGINES = [pytest.param(regex.re2_engine, id="re2", marks=needs_re2)]
ENGINES += [pytest.param(no_engine, id="re")]


def reference(pattern, text, ignores_case=False):
    """What Python says."""
    found = re.finditer(pattern, text, FLAGS | (re.IGNORECASE if ignores_case else 0))
    return [match.span() for match in found if match.end() > match.start()]


CASES = [
    (r"err(or)?s?\b", "two errors, one error"),
    (r"^b.*$", "a\nbc\nd"),
    (r"\Aa", "a\na"),
    (r"\d+ of \d+", "٣ of 12"),
    (r"\bé+\b", "é ée éé"),
    (r"\bx", "éx x"),
    (r"x\B", "xy x"),
    (r"(?<!a)b", "ab b"),
    (r"(\w)\1", "hello aß"),
    (r"[^\W\d_]+", "ab1_é"),
    (r"[\W\d]", "aé7 "),
    (r"a{2,3}?b|c*+d", "aab ccd"),
    (r"(?s:a.b)(?-m:$)?", "a\nb"),
    (r"(?i:straße)", "STRAẞE"),
    (r"(?x) a \s b # words", "a b"),
    (r"\ud800", "\ud800"),
    ("\N{REPLACEMENT CHARACTER}", "a\ud800"),
    (r"\x00", "a\0b"),
    (r"(?>a+)b", "aab"),
    (r"(?a:\w+)", "aé"),
    ("😀.", "x😀é"),
    (r"a(?!$)", "a\nab"),
    (r"\Z", "a"),
    (r"(a)?(?(1)b|c)", "ab c"),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("pattern", "text"), CASES)
def test_as_in_python(engine, pattern, text):
    matcher = regex.compile(pattern, engine=engine)
    whole = re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text)
    assert list(matcher.spans(text)) == reference(pattern, whole)
    assert matcher.search(text) is (re.search(pattern, whole, FLAGS) is not None)


ATOMS = st.sampled_from(
    r"a b i k s é ß İ 1 _ - \. \/ . \w \W \d \D \s \S [ab] [^a] [a-z] [^\s1] [\d_] [^\Wa] é \n"
    r" \b \B ^ $ \A \Z (?:) \N{KELVIN\ SIGN}".replace("\\ ", "\0").split()
).map(lambda atom: atom.replace("\0", " "))
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "*?", "{1,2}", "++"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
        inner.map(lambda item: f"({item})"),
        inner.map(lambda item: f"(?i:{item})"),
        inner.map(lambda item: f"(?={item})"),
        inner.map(lambda item: f"(?<!{item})"),
    ),
    max_leaves=5,
)
TEXTS = st.text(st.sampled_from("abiıkKsSſé_1- .\nßẞİI\N{KELVIN SIGN}x/\r\u2028٣²"), max_size=8)


def compiles(pattern):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern, FLAGS)
    except re.error:
        return False
    return True


@needs_re2
@settings(max_examples=600, deadline=None)
@given(PATTERNS, st.booleans(), st.lists(TEXTS, max_size=5))
@example(r"\B", False, [""])
@example("i", True, ["İ", "ı"])
def test_re2_is_exact_or_loose(pattern, ignores_case, texts):
    assume(compiles(pattern))
    translation = translate(pattern, ignores_case=ignores_case)
    flags = FLAGS | (re.IGNORECASE if ignores_case else 0)
    for text in texts:
        expected = reference(pattern, text, ignores_case)
        matches = re.search(pattern, text, flags) is not None
        assert_fits(translation.rough, text, matches, False)
        assert_fits(translation.loose, text, matches, translation.is_exact)
        if translation.ascii_exact is not None and text.isascii():
            assert_fits(translation.ascii_exact, text, matches, True)
        if translation.literal and matches:
            assert translation.literal in text
        matcher = regex.compile(pattern, ignores_case)
        if translation.is_exact or (text.isascii() and translation.ascii_exact is not None):
            assert matcher.search(text) is matches
            if not re.search(
                pattern, "", flags
            ):  # Engines step on differently after an empty match.
                assert list(matcher.spans(text)) == expected
    if translation.is_exact:
        matched = [bool(re.search(pattern, text, flags)) for text in texts]
        assert regex.compile(pattern, ignores_case).search_many(texts) == matched


def assert_fits(pattern, text, matches, exact):
    compiled = regex.re2_engine(pattern)
    assert compiled is not None
    found = compiled.search(text.encode()) is not None
    assert found == matches if exact else found >= matches


@pytest.mark.parametrize(
    ("pattern", "ignores_case", "literal"),
    [
        (r"\w+-needle-\d{4}", False, "-needle-"),
        ("ab(cd)e+f", False, "abcd"),
        ("x(long)+y", False, "long"),
        ("a|b", False, None),
        ("(abc)?", False, None),
        ("(abc)*d", False, "d"),
        (r"foo\bbar", False, "foobar"),
        ("abc-12", True, "-12"),
        ("(?i:abc)de", False, "de"),
        ("日本", True, "日本"),
        (r"\w+", False, None),
        (r"(?=abc)\w", False, None),
    ],
)
def test_literals(pattern, ignores_case, literal):
    assert regex.compile(pattern, ignores_case, engine=no_engine).literal == literal


@pytest.mark.parametrize(
    ("pattern", "at"), [("a(b", 1), ("a[b", 1), ("*a", 0), (r"a\y", 1), ("(?P<a>)(?P<a>)", 11)]
)
def test_a_wrong_pattern_is_refused_at_its_place(pattern, at):
    with pytest.raises(QueryError, match="no regular expression") as caught:
        regex.compile(pattern)
    assert caught.value.at == at


@pytest.mark.parametrize(
    "pattern", ["(" * 5000 + ")" * 5000, "(?<=a+)b", "a{99999999999999999999}"]
)
def test_a_pattern_beyond_limits_is_refused(pattern):
    with pytest.raises(QueryError, match="no regular expression"):
        regex.check(pattern)


def test_warnings_about_a_pattern_go_nowhere():
    assert regex.compile("[[a]").search("[")


def test_a_repetition_too_large_for_re2():
    matcher = regex.compile("(?:ab){1001}")
    assert matcher.search_many(["ab" * 1000, "ab" * 1001]) == [False, True]


RUNAWAY = r"(?:(a+)+)\1b"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_runaway_pattern_is_ended(engine, monkeypatch):
    monkeypatch.setattr(regex, "_SEARCH_LIMIT", 0.05)
    matcher = regex.compile(RUNAWAY, engine=engine)
    runaway = "a" * 60 + "b" * 0 + "c" + "ab"
    with pytest.raises(QueryError, match="too long") as caught:
        matcher.search_many(["aab", runaway])
    assert caught.value.hint
    assert matcher.search_many(["aab", "ab", "x"]) == [True, False, False]


def test_marking_gives_up_on_a_runaway_pattern():
    matcher = regex.compile(r"(?:(a+)+)\1c", engine=no_engine)
    assert list(matcher.spans("aac aac")) == [(0, 3), (4, 7)]
    assert list(matcher.spans("a" * 60)) == []
    assert list(matcher.spans("aac")) == []


def test_cancelled_in_the_midst():
    matcher = regex.compile(RUNAWAY, engine=no_engine)
    asked = []
    answers = matcher.search_many(["a" * 60] * 3, lambda: bool(asked) or asked.append(1))
    assert answers == [False] * 3
    assert matcher.search("aab")


def test_many_texts_in_batches():
    texts = [f"{number}é" for number in range(25_000)] + ["x" * 5_000_000, "7é"]
    matcher = regex.compile(r"\b7é", engine=no_engine)
    found = [number for number, answer in enumerate(matcher.search_many(texts)) if answer]
    assert found == [7, len(texts) - 1]


def test_the_process_ends_with_its_owner(monkeypatch):
    owner = RegexProcess("a", FLAGS, 1.0)
    assert owner.matches([b"a", b"b"], lambda: False) == [True, False]
    process = owner._child._process
    del owner
    assert process.returncode is not None


def test_a_process_that_cannot_be_started(monkeypatch):
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(QueryError, match="cannot be run"):
        regex.compile("a", engine=no_engine).search("a")


def test_a_process_that_died():
    owner = RegexProcess("a", FLAGS, 1.0)
    owner.matches([b"a"], lambda: False)
    owner._child._process.kill()
    owner._child._process.wait()
    with pytest.raises(QueryError, match="cannot be run"):
        owner.matches([b"a"], lambda: False)
    assert owner.matches([b"a"], lambda: False) == [True]


@needs_re2
@settings(max_examples=300, deadline=None)
@given(PATTERNS, st.lists(TEXTS, min_size=2, max_size=6))
@example("a*", ["", ""])
@example(r"a\sb", ["a", "b", "a b"])
@example(r"(?s:a.*)", ["a", "b", "ca"])
@example("(?:a)?$", ["", "é", ""])
def test_many_texts_at_once_are_as_one_by_one(pattern, texts):
    assume(compiles(pattern))
    translation = translate(pattern)
    if not translation.is_exact or translation.ascii_exact is None:
        return  # A process would have to be started.
    expected = [re.search(pattern, text, FLAGS) is not None for text in texts]
    assert regex.compile(pattern).search_many(texts) == expected
