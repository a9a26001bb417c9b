"""Search finds what a person would find by reading, no more and no less."""

import gc
import json
import weakref

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from batchtui.core.errors import QueryError
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.language import Not, Text, parse
from batchtui.results.search import engine, needle
from batchtui.results.search.engine import search
from support.results import succeeded, write


def text_result(*texts, custom_id="a"):
    content = [{"type": "text", "text": text} for text in texts]
    message = {"type": "message", "model": "m", "content": content}
    return {"custom_id": custom_id, "result": {"type": "succeeded", "message": message}}


def open_lines(tmp_path, lines):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\n".join(lines))
    return ResultsFile.open(path)


def found(file, source, **options):
    steps = list(search(file, parse(source), **options))
    assert steps[-1].done
    assert steps[-1].scanned_rows == len(file)
    return [row for step in steps for row in step.hits]


def raw(value):
    return json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Grüße", "grüße"),
        ("GRÜSSE", "grüße"),
        ("a\nb", r'"a\nb"'),
        ('say "hi"', r'"\"hi\""'),
        ("back\\slash", "k\\s"),
        ("a/b", "a/b"),
        ("tab\there", r'"b\th"'),
        ("😀 face", "😀"),
        ("\N{KELVIN SIGN}elvin", "kelvin"),
        ("\N{LATIN SMALL LETTER LONG S}un", "sun"),
        ("the ﬁne print", "fine"),
        ("nul\0here", r'"l\u0000h"'),
        ("Mixed Case", "Mixed"),
        ("line\u2028separator", r'"e\u2028s"'),
        ("𝔘nicode", "𝔘nicode"),
    ],
)
def test_however_it_is_escaped(tmp_path, text, query, ascii_only):
    lines = [
        json.dumps(text_result("other words"), ensure_ascii=ascii_only).encode(),
        json.dumps(text_result(text), ensure_ascii=ascii_only).encode(),
    ]
    with open_lines(tmp_path, lines) as file:
        assert found(file, query) == [1]


def test_ascii_may_be_escaped_too(tmp_path):
    plain = raw(text_result("hello a/b"))
    lines = [
        plain,
        plain.replace(b"hello", rb"\u0068\u0065llo"),
        plain.replace(b"a/b", rb"a\/b"),
        plain.replace(b"hello", b"help!"),
    ]
    with open_lines(tmp_path, lines) as file:
        assert found(file, "hello") == [0, 1, 2]
        assert found(file, "a/b") == [0, 1, 2, 3]
        assert found(file, "-hello") == [3]


@pytest.mark.parametrize(
    "word", ["type", "succeeded", "custom_id", "message", "}", '"\\":"', "u00"]
)
def test_the_syntax_of_json_is_not_searched(tmp_path, word):
    lines = [json.dumps(text_result("é")).encode(), raw(text_result("x", word.strip('"')))]
    with open_lines(tmp_path, lines) as file:
        assert 0 not in found(file, word)


def test_smart_case(tmp_path):
    with open_lines(tmp_path, [raw(text_result("Foo")), raw(text_result("foo"))]) as file:
        assert found(file, "foo") == [0, 1]
        assert found(file, "Foo") == [0]


READ = {
    "tool name": {"type": "tool_use", "id": "i", "name": "needle", "input": {}},
    "tool input": {"type": "tool_use", "id": "i", "name": "n", "input": {"a": [{"b": "needle"}]}},
    "thinking": {"type": "thinking", "thinking": "a needle", "signature": "s"},
    "citation": {
        "type": "text",
        "text": "t",
        "citations": [{"type": "char_location", "cited_text": "needle"}],
    },
    "stdout": {
        "type": "bash_code_execution_tool_result",
        "tool_use_id": "t",
        "content": {"type": "bash_code_execution_result", "stdout": "needle"},
    },
    "page title": {
        "type": "web_search_tool_result",
        "tool_use_id": "t",
        "content": [{"type": "web_search_result", "title": "needle", "encrypted_content": "x"}],
    },
    "page": {
        "type": "web_fetch_tool_result",
        "tool_use_id": "t",
        "content": {"content": {"source": {"type": "text", "data": "needle"}}},
    },
    "unknown block": {"type": "from_the_future", "words": "needle"},
}
NOT_READ = {
    "input key": {"type": "tool_use", "id": "i", "name": "n", "input": {"needle": 1}},
    "signature": {"type": "thinking", "thinking": "t", "signature": "needle"},
    "redacted": {"type": "redacted_thinking", "data": "needle"},
    "call id": {"type": "tool_use", "id": "needle", "name": "n", "input": {}},
    "encrypted": {
        "type": "web_search_tool_result",
        "tool_use_id": "needle",
        "content": [{"type": "web_search_result", "title": "t", "encrypted_content": "needle"}],
    },
    "base64": {
        "type": "web_fetch_tool_result",
        "tool_use_id": "t",
        "content": {"content": {"source": {"type": "base64", "data": "needle"}}},
    },
}


@pytest.mark.parametrize("place", [*READ, *NOT_READ])
def test_what_is_read_is_searched(tmp_path, place):
    block = READ.get(place) or NOT_READ[place]
    line = {"custom_id": "a", "result": {"type": "succeeded", "message": {"content": [block]}}}
    with open_lines(tmp_path, [raw(line)]) as file:
        assert found(file, "needle") == ([0] if place in READ else [])


def test_ids_errors_and_broken_lines_are_searched(tmp_path):
    nested = {"type": "error", "error": {"type": "api_error", "message": "a needle"}}
    lines = [
        raw(text_result("x", custom_id="needle-1")),
        raw({"custom_id": "b", "result": {"type": "errored", "error": nested}}),
        raw({"custom_id": "c", "result": {"type": "errored", "error": nested["error"]}}),
        b'{"broken needle',
        raw({"response": {"deep": ["needle"]}}),
        raw(text_result("x")),
        b"broken \xff needle",
        raw({"custom_id": "d", "result": {"type": "future", "note": "needle"}}),
        raw({"custom_id": "d", "result": {"type": "errored", "error": "needle"}}),
    ]
    with open_lines(tmp_path, lines) as file:
        assert found(file, "needle") == [0, 1, 2, 3, 4, 6, 7, 8]
        assert found(file, "needle type:errored") == [1, 2, 8]
        assert found(file, "type:broken") == [3, 6]
        assert found(file, "-needle") == [5]
        assert found(file, "-type:*ed needle") == [3, 4, 6, 7]
        assert found(file, "") == list(range(9))


def test_all_terms_must_hold_anywhere_in_the_record(tmp_path):
    lines = [raw(text_result("one", "two")), raw(text_result("one")), raw(text_result("two"))]
    with open_lines(tmp_path, lines) as file:
        assert found(file, "one two") == [0]
        assert found(file, "one -two") == [1]


def test_steps_are_bounded_and_ordered(tmp_path):
    lines = [raw(text_result(f"word {number}")) for number in range(100)]
    with open_lines(tmp_path, lines) as file:
        steps = list(search(file, parse("word"), window_bytes=500))
        assert len(steps) > 10
        assert all(len(step.hits) <= 5 for step in steps)
        assert [step.done for step in steps] == [False] * (len(steps) - 1) + [True]
        assert [row for step in steps for row in step.hits] == list(range(100))
        assert found(file, "word", start=90) == list(range(90, 100))
        assert found(file, "word", window_bytes=1) == list(range(100))


def test_cancel_ends_it_at_the_next_step(tmp_path):
    with open_lines(tmp_path, [raw(text_result("x"))] * 50) as file:
        seen = []
        for step in search(file, parse("x"), cancel=lambda: len(seen) >= 2, window_bytes=10):
            seen.append(step)  # noqa: PERF402  (the check looks at it)
        assert len(seen) == 2
        assert not seen[-1].done


def test_a_growing_file_is_searched_on(tmp_path):
    with open_lines(tmp_path, [raw(text_result("x"))]) as file:
        assert found(file, "x") == [0]
        with file.path.open("ab") as more:
            more.write(b"\n" + raw(text_result("x")))
        file.refresh()
        assert found(file, "x", start=1) == [1]


def test_an_empty_file_is_done_at_once(tmp_path):
    with open_lines(tmp_path, []) as file:
        assert found(file, "x") == []


# Characters that JSON escapes in different ways, and that fold in different ways.
CHARS = st.sampled_from('abkKsSßſ\N{KELVIN SIGN}ﬁfi"\\/\n\t\0éÉ\u2028😀İıΣς:u0{}') | st.characters(
    exclude_categories=["Cs"]
)
TEXTS = st.text(CHARS, max_size=8)
STYLES = st.sampled_from(["raw", "ascii", "escaped"])


def spelled(value, style):
    """The same JSON in another style of escaping."""
    if style == "raw":
        return raw(value)
    line = json.dumps(value)
    if style == "escaped":
        line = line.replace("/", "\\/").replace("a", "\\u0061").replace("\\\\u0061", "\\\\a")
        try:
            if json.loads(line) == value:
                return line.encode()
        except ValueError:
            pass
        line = json.dumps(value)
    return line.encode()


def naive(texts, query):
    """What a patient reader would say."""

    def has(node):
        if isinstance(node, Not):
            return not has(node.child)
        assert isinstance(node, Text)
        if node.ignores_case:
            return any(node.needle.casefold() in text.casefold() for text in texts)
        return any(node.needle in text for text in texts)

    return all(has(node) for node in query.root.children)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.lists(TEXTS, min_size=1, max_size=3), STYLES), min_size=1, max_size=5),
    TEXTS.filter(bool),
    st.booleans(),
    st.booleans(),
)
@example([(["\N{KELVIN SIGN}"], "raw")], "k", False, True)
@example([(["a"], "escaped")], "a", False, False)
def test_against_a_naive_reader(tmp_path_factory, rows, needle, negated, from_text):
    if from_text:
        text = rows[0][0][0]
        needle = text[1:3].lower() or needle
    source = ("-" if negated else "") + json.dumps(needle)
    try:
        query = parse(source)
    except QueryError:
        pytest.fail("a quoted text must always parse")
    lines = [spelled(text_result(*texts), style) for texts, style in rows]
    with open_lines(tmp_path_factory.mktemp("s"), lines) as file:
        hits = [row for step in search(file, query) for row in step.hits]
    expected = [row for row, (texts, _) in enumerate(rows) if naive([*texts, "a"], query)]
    assert hits == expected


@pytest.mark.parametrize("size", range(1, 6))
def test_long_texts_are_folded_in_pieces(tmp_path, monkeypatch, size):
    monkeypatch.setattr(needle, "_PIECE", size)
    lines = [b"\xff" + text.encode() for text in (" broken Straße", " the ﬁne print")]
    with open_lines(tmp_path, lines) as file:
        for query in ("strasse", "asse", "sse", "ß"):
            assert found(file, query) == [0]
        for query in ("fine", "ine", '"e fin"', '"nt"'):
            assert found(file, query) == [1]
        assert found(file, '"r"') == [0, 1]
        assert found(file, "stras-se") == []


def test_custom_ids_to_choose_from_are_all_looked_for(tmp_path):
    names = ["a", "b*", "bc", "d", "e"]
    with ResultsFile.open(write(tmp_path / "r.jsonl", *map(succeeded, names))) as file:
        query = parse('id:a OR id:a OR id:"b*" OR out>1000000 OR id:d* OR id:D')
        assert [row for step in search(file, query) for row in step.hits] == [0, 1, 3]


def test_a_search_that_is_dropped_keeps_nothing_that_it_has_read(tmp_path, monkeypatch):
    windows = []

    class Noted(engine.Window):
        def __init__(self, *args):
            super().__init__(*args)
            windows.append(weakref.ref(self))

    monkeypatch.setattr(engine, "Window", Noted)
    with ResultsFile.open(write(tmp_path / "r.jsonl", succeeded("a", "text"))) as file:
        steps = search(file, parse("/te.t/"))
        assert next(steps).hits == (0,)
        gc.disable()
        try:
            del steps
            window = windows[0]()
            assert window is None or not window._buffer
        finally:
            gc.enable()
