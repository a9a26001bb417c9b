"""Every search says what decoding each line and looking would, however the line is written."""

import json
import random
import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from batchtui.results.file import stringsearch
from batchtui.results.file.line_index import ABSENT
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.file.spans import FOLDING
from batchtui.results.query.language import And, Compare, Field, Not, Or, Regex, Text, parse
from batchtui.results.reading.shapes.choice import id_of_line
from batchtui.results.reading.texts import texts_of_line
from batchtui.results.search.engine import search

CHARS = st.sampled_from(
    'abkKsSßſ\N{KELVIN SIGN}ﬁfinu"\\/\n\t\x01\x7f\0éÉ\u2028😀İıΣς:u0{}, '
) | st.characters(exclude_categories=["Cs"])
TEXTS = st.text(CHARS, max_size=8)
VALUES = st.recursive(
    TEXTS | st.none() | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
KEYS = st.sampled_from(
    [
        "type",
        "text",
        "thinking",
        "signature",
        "id",
        "name",
        "input",
        "caller",
        "tool_use_id",
        "content",
        "is_error",
        "data",
        "server_name",
        "toolset_name",
        "encrypted_content",
        "citations",
        "source",
        "title",
        "novelty",
    ]
)
KINDS = st.sampled_from(
    [
        "text",
        "thinking",
        "redacted_thinking",
        "tool_use",
        "server_tool_use",
        "mcp_tool_use",
        "web_fetch_tool_result",
        "web_search_tool_result",
        "code_execution_tool_result",
        "from_the_future",
    ]
)


@st.composite
def blocks(draw):
    kind = draw(KINDS)
    usual = {
        "text": {"text": draw(TEXTS)},
        "thinking": {"thinking": draw(TEXTS), "signature": draw(TEXTS)},
        "redacted_thinking": {"data": draw(TEXTS)},
    }.get(kind, {"id": draw(TEXTS), "name": draw(TEXTS), "input": draw(VALUES)})
    extra = draw(st.dictionaries(KEYS, VALUES, max_size=2)) if draw(st.integers(0, 3)) == 0 else {}
    return draw(shuffled({"type": kind} | usual | extra))


def shuffled(value):
    return st.permutations(list(value.items())).map(dict)


@st.composite
def results(draw):
    kind = draw(st.sampled_from(["succeeded"] * 4 + ["errored", "canceled", "odd"]))
    if kind == "succeeded":
        content = draw(st.lists(blocks() | VALUES if draw(st.integers(0, 5)) == 0 else blocks()))
        message = {"model": draw(TEXTS), "content": content, "usage": {"input_tokens": 3}}
        if draw(st.booleans()):
            message["stop_details"] = draw(VALUES)
        if draw(st.integers(0, 8)) == 0:
            message = draw(VALUES)
        return draw(shuffled({"type": kind, "message": message}))
    if kind == "errored":
        inner = {"type": draw(TEXTS), "message": draw(TEXTS)}
        error = draw(st.sampled_from([inner, {"type": "error", "error": inner}]) | VALUES)
        return draw(shuffled({"type": kind, "error": error}))
    return (
        draw(VALUES)
        if kind == "odd"
        else {"type": kind} | draw(st.dictionaries(KEYS, VALUES, max_size=1))
    )


@st.composite
def bodies(draw):
    """Bodies of OpenAI's answers, some of them odd; arguments are JSON as a text."""
    arguments = draw(VALUES.map(json.dumps) | TEXTS)
    call = {"id": draw(TEXTS), "function": {"name": draw(TEXTS), "arguments": arguments}}
    part = {"type": draw(st.sampled_from(["text", "output_text", "new"])), "text": draw(TEXTS)}
    message = {"content": draw(TEXTS | VALUES | st.just([part])), "refusal": draw(VALUES)}
    message |= {"tool_calls": draw(st.just([call]) | VALUES), "reasoning": draw(TEXTS)}
    item = {"type": "function_call", "name": "n", "arguments": arguments}
    item = draw(st.sampled_from([item, {"type": "message", "content": [part]}]) | VALUES)
    return draw(
        st.sampled_from(
            [
                {"choices": [{"message": message, "finish_reason": "stop"}]},
                {"output": [item, {"type": "reasoning", "summary": [part]}]},
                {"error": {"type": draw(TEXTS), "message": draw(TEXTS)}},
                {"data": [{"embedding": [0.5]}]},
            ]
        )
        | VALUES
    )


@st.composite
def of_openai(draw):
    body = draw(bodies())
    body = draw(st.sampled_from([body, json.dumps(body), json.dumps(body, ensure_ascii=False)]))
    response = {"status_code": draw(st.sampled_from([200, 400])), "request_id": "r", "body": body}
    error = {"code": draw(TEXTS), "message": draw(TEXTS)}
    response, error = draw(st.sampled_from([(response, None), (None, error), (response, error)]))
    return {"id": "b", "custom_id": draw(TEXTS | VALUES), "response": response, "error": error}


@st.composite
def of_letta(draw):
    kinds = ["text", "reasoning", "summarized_reasoning", "tool_call", "tool_return", "new"]
    roles = st.sampled_from(["user", "assistant", "tool", "new"])
    messages = []
    for _ in range(draw(st.integers(0, 3))):
        part = {"type": draw(st.sampled_from(kinds)), "text": draw(TEXTS), "id": draw(TEXTS)}
        part |= {"reasoning": draw(TEXTS), "summary": [{"text": draw(TEXTS)}] * 2}
        part |= {"name": draw(TEXTS), "input": draw(VALUES), "content": draw(VALUES)}
        arguments = draw(VALUES.map(json.dumps) | TEXTS)
        call = {"id": draw(TEXTS), "function": {"name": draw(TEXTS), "arguments": arguments}}
        back = {"func_response": draw(VALUES), "stdout": [draw(TEXTS)]}
        message = {"role": draw(roles), "content": draw(st.just([part]) | VALUES)}
        message |= {"tool_calls": [call], "tool_returns": draw(st.sampled_from([[back], [], None]))}
        messages.append(draw(st.just(message) | VALUES))
    return {"agent_id": draw(TEXTS), "batch_item_id": "i", "messages": messages}


@st.composite
def lines(draw):
    record = {"custom_id": draw(TEXTS | VALUES), "result": draw(results())}
    if draw(st.integers(0, 2)) == 0:
        record = draw(of_openai() | of_letta())
    if draw(st.integers(0, 9)) == 0:
        record = draw(VALUES)
    elif draw(st.booleans()):
        record = draw(shuffled(record | {"novelty": draw(VALUES)}))
    line = written(record, draw(st.randoms(use_true_random=False)), draw)
    return line.replace(b"\n", b" ")


def written(record, chance, draw):
    """JSON in one of the ways that programs write it, or not quite JSON."""
    style = draw(st.sampled_from(["raw", "ascii", "hostile", "spaced", "doubled"]))
    separators = (" , ", " :\t") if style == "spaced" else (",", ":")
    text = json.dumps(record, ensure_ascii=style == "ascii", separators=separators)
    if style == "doubled":
        text = doubled(record, chance, draw(VALUES))
    if style == "hostile":
        text = re.sub(
            r'\\["\\/bfnrt]|\\u[0-9a-f]{4}|[^\\{}\[\]:,"0-9+\-.eE]|[eE.0-9]',
            lambda match: respelled(match, chance, text),
            text,
        )
    line = text.encode("utf-8", "surrogatepass")
    harm = draw(st.sampled_from(["none"] * 8 + ["cut", "byte", "bom", "return", "lone", "twice"]))
    if harm == "cut":
        return line[: draw(st.integers(0, len(line)))]
    if harm == "byte":
        place = draw(st.integers(0, len(line)))
        return line[:place] + draw(st.sampled_from([b"\xff", b"\xc3", b"\0", b"\t"])) + line[place:]
    if harm == "lone":
        return line.replace(b'"', b'"\\ud83d', 5)
    if harm == "twice":
        return line + line
    return {"bom": b"\xef\xbb\xbf" + line, "return": line + b"\r"}.get(harm, line)


def doubled(value, chance, other):
    """JSON in which some keys come twice; the later one counts."""
    if isinstance(value, list):
        return "[" + ",".join(doubled(item, chance, other) for item in value) + "]"
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=chance.random() < 0.5)
    parts = []
    for key, inner in value.items():
        former = other if chance.random() < 0.5 else {key: inner}
        if chance.random() < 0.3:
            parts.insert(0, f"{json.dumps(key)}:{json.dumps(former)}")
        parts.append(f"{json.dumps(key)}: {doubled(inner, chance, other)}")
    return "{" + ",".join(parts) + "}"


def respelled(match, chance, text):
    """A character of a string in another spelling; of what is no string, as it is."""
    piece = match[0]
    if text.count('"', 0, match.start()) - text.count('\\"', 0, match.start()) & 1 == 0:
        return piece
    if chance.random() < 0.6 or (len(piece) == 1 and (piece in "0123456789.eE" or piece < " ")):
        return piece
    char = json.loads(f'"{piece}"') if piece.startswith("\\") else piece
    if char == "/" and chance.random() < 0.5:
        return "\\/"
    units = char.encode("utf-16-be", "surrogatepass").hex()
    escapes = "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    return escapes.replace("a", "A") if chance.random() < 0.5 else escapes


def holds(node, line, index, row):
    """What a patient reader would say."""
    if isinstance(node, And):
        return all(holds(child, line, index, row) for child in node.children)
    if isinstance(node, Or):
        return any(holds(child, line, index, row) for child in node.children)
    if isinstance(node, Not):
        return not holds(node.child, line, index, row)
    if isinstance(node, Text):
        texts = list(texts_of_line(line))
        if node.ignores_case:
            return any(node.needle.casefold() in text.casefold() for text in texts)
        return any(node.needle in text for text in texts)
    if isinstance(node, Regex):
        flags = re.MULTILINE | (re.IGNORECASE if node.ignores_case else 0)
        return any(re.search(node.pattern, text, flags) for text in texts_of_line(line))
    if isinstance(node, Field):
        return node.matches(id_of_line(line) if node.name == "id" else index.types[row])
    assert isinstance(node, Compare)
    counts = {"in": index.input_tokens[row], "bytes": len(line)}
    return counts[node.name] != ABSENT and node.matches(counts[node.name])


@pytest.fixture(params=["simd", "standard library"])
def engine(request, monkeypatch):
    if request.param != "simd":
        monkeypatch.setattr(stringsearch, "stringzilla", None)
    elif stringsearch.stringzilla is None:
        pytest.skip("stringzilla is not installed")


@pytest.fixture
def check(engine, tmp_path):
    path = tmp_path / "x.jsonl"

    def compare(all_lines, source, window_bytes=1 << 19):
        data = b"\n".join(all_lines)
        path.write_bytes(data)
        query = parse(source)
        with ResultsFile.open(path) as file:
            steps = search(file, query, window_bytes=window_bytes)
            hits = [row for step in steps for row in step.hits]
            real = [line for line in all_lines if line.strip()]
            assert len(file) == len(real)
            expected = [r for r, line in enumerate(real) if holds(query.root, line, file.index, r)]
        assert hits == expected

    return compare


def needle_in(draw, all_lines):
    """Part of a text of one of the lines, most often; perhaps in another case."""
    texts = [text for line in all_lines for text in texts_of_line(line) if text]
    if not texts or draw(st.integers(0, 4)) == 0:
        return draw(TEXTS.filter(bool))
    text = draw(st.sampled_from(texts))
    start = draw(st.integers(0, len(text) - 1))
    piece = text[start : start + draw(st.integers(1, 4))]
    return draw(st.sampled_from([piece, piece.lower(), piece.upper(), piece.casefold()])) or piece


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_text_is_found_where_decoding_finds_it(check, data):
    all_lines = data.draw(st.lists(lines(), min_size=1, max_size=6))
    needle = needle_in(data.draw, all_lines)
    check(all_lines, json.dumps(needle), data.draw(st.sampled_from([1, 200, 1 << 19])))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_whole_queries_mean_what_their_parts_mean(check, data):
    all_lines = data.draw(st.lists(lines(), min_size=1, max_size=5))
    draw = data.draw
    leaf = st.one_of(
        st.builds(lambda: json.dumps(needle_in(draw, all_lines))),
        st.sampled_from(
            ["type:errored", "type:succ*", "id:*a*", "in>2", "bytes<80", "/[a-k]{2}/i", "/S$/"]
        ),
    )
    query = st.recursive(
        leaf,
        lambda inner: st.one_of(
            inner.map(lambda part: f"-({part})"),
            st.tuples(inner, inner).map(" ".join),
            st.tuples(inner, inner).map(lambda pair: f"({pair[0]} OR {pair[1]})"),
        ),
        max_leaves=4,
    )
    check(all_lines, draw(query))


SENTENCE = {"custom_id": "a", "result": {"type": "errored", "error": {"message": "say"}}}


@pytest.mark.parametrize("char", [*FOLDING, "k", "K", "/", "é", "\x7f", "\x1f", "😀", '"', "\\"])
@pytest.mark.parametrize("style", ["raw", "short", "long", "LONG"])
def test_each_special_character_in_each_spelling(check, char, style):
    block = {"type": "text", "text": "a@b"}
    message = {"content": [block]}
    record = {"custom_id": "i", "result": {"type": "succeeded", "message": message}}
    units = char.encode("utf-16-be").hex()
    long = "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    spelled = {
        "raw": json.dumps(char, ensure_ascii=False)[1:-1],
        "short": "\\/" if char == "/" else json.dumps(char)[1:-1],
        "long": long,
        "LONG": "".join(part.upper() if part != "u" else part for part in re.split("(u)", long)),
    }[style]
    line = json.dumps(record).replace("@", spelled).encode()
    for needle in (char, char.casefold(), char.upper(), char.casefold()[:1], f"a{char}b"):
        check([line, json.dumps(SENTENCE).encode()], json.dumps(needle))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.text("stkfliSTKFLIx ", min_size=1, max_size=4),
    st.lists(st.text("stkfliSTKFLIx " + FOLDING, max_size=6), min_size=1, max_size=4),
)
@example("sky", ["SKY", "\N{KELVIN SIGN}y", "s\N{KELVIN SIGN}y"])
def test_short_words_that_much_folds_to(check, needle, texts):
    records = [
        {"result": {"type": "succeeded", "message": {"content": [{"type": "text", "text": text}]}}}
        for text in texts
    ]
    lines = [json.dumps(record, ensure_ascii=False).encode() for record in records]
    check(lines, json.dumps(needle))


def test_all_that_folds_to_ascii_is_known():
    every = map(chr, (*range(0x80, 0xD800), *range(0xE000, 0x110000)))
    assert {c for c in every if any(part.isascii() for part in c.casefold())} == set(FOLDING)


@pytest.mark.parametrize(
    "pair",
    [
        (b'{"result":', b'{"type":"canceled"}}'),
        (b'{"result":{"type":"canceled"}}{"result":{}}', b'{"custom_id":"a",', b'"b":1}'),
        (b'{"a":[{}', b',{}]}{"b":1}', b'{"c":2}'),
    ],
)
def test_values_across_line_ends_are_broken_lines(check, pair):
    for query in ("a", "canceled", "type:broken", "-result"):
        check(list(pair), query)


@example("aß", "SS")
@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS.filter(bool))
def test_folded_finding_is_containment_of_what_casefold_gives(text, needle):
    if stringsearch.stringzilla is None:
        pytest.skip("stringzilla is not installed")
    data, wanted = text.encode(), needle.casefold().encode()
    found = stringsearch.find_folded(data, wanted, 0, len(data)) >= 0
    assert found == (needle.casefold() in text.casefold())


def test_finding_with_bounds_gives_places_from_the_start(engine):
    data = bytearray(b"..Abc..aBc..")
    assert stringsearch.find(data, b"Bc", 3, 12) == 8
    assert stringsearch.find_folded(data, b"abc", 3, 12) == 7
    assert stringsearch.find_folded(data, b"abc", 3, 9) == -1
    assert stringsearch.find(data, b"Abc", 3, 12) == -1


def test_utf8_is_told_as_strictly_as_python_does(engine):
    chance = random.Random(3)
    pieces = [b"a", "é€😀".encode(), b"\xc0\x80", b"\xe0\x9f\xbf", b"\xed\xa0\x80", b"\xed\x9f\xbf"]
    pieces += [
        b"\xf0\x8f\xbf\xbf",
        b"\xf4\x8f\xbf\xbf",
        b"\xf4\x90\x80\x80",
        b"\x80",
        b"\xff",
        b"\xe2\x82",
    ]
    for _ in range(3000):
        data = b"".join(chance.choices(pieces, k=chance.randint(1, 4))) + b"\n"
        try:
            data.decode()
        except UnicodeDecodeError:
            assert not stringsearch.is_utf8(data)
        else:
            assert stringsearch.is_utf8(data)
