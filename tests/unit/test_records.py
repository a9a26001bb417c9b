"""Every content block of the API, and what no API ever sent, in a form for reading."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from batchtui.core.text import safe
from batchtui.results.export.text import record_text
from batchtui.results.query.language import parse
from batchtui.results.query.marking import Marker
from batchtui.results.reading.blocks import BlockStyle, Footnote, Part
from batchtui.results.reading.records import parse_record
from batchtui.results.reading.summary import summarize
from batchtui.results.reading.texts import texts_of_line
from batchtui.tui.record_facts import margin_lines
from batchtui.tui.record_presenters import Manner, passages_of
from batchtui.tui.reflow import Reflow
from support.results import CONTROLS


def record_of(*content, **message):
    body = {"type": "message", "role": "assistant", "model": "m", "id": "msg_1"}
    body |= {"content": list(content)} | message
    return of_result({"type": "succeeded", "message": body})


def of_result(result):
    return parse_record(json.dumps({"custom_id": "a", "result": result}).encode())


def only(*content):
    (block,) = record_of(*content).blocks
    return block


def result_of(content, kind="x_tool_result", **extra):
    return only({"type": kind, "tool_use_id": "t1", "content": content} | extra)


def test_head_of_a_message():
    record = record_of(
        stop_reason="stop_sequence",
        stop_sequence="END",
        usage={
            "input_tokens": 12,
            "output_tokens": 0,
            "cache_creation_input_tokens": None,
            "cache_creation": {"ephemeral_5m_input_tokens": 7, "ephemeral_1h_input_tokens": 0},
            "server_tool_use": {"web_search_requests": 2},
            "service_tier": "batch",
            "iterations": [{"type": "message", "input_tokens": 3}],
        },
    )
    assert (record.custom_id, record.type, record.model) == ("a", "succeeded", "m")
    assert (record.message_id, record.stop_reason, record.stop_sequence) == (
        "msg_1",
        "stop_sequence",
        "END",
    )
    assert list(record.usage) == [
        ("input_tokens", "12"),
        ("output_tokens", "0"),
        ("cache_creation.ephemeral_5m_input_tokens", "7"),
        ("server_tool_use.web_search_requests", "2"),
        ("service_tier", "batch"),
        ("iterations.1.type", "message"),
        ("iterations.1.input_tokens", "3"),
    ]
    assert record.blocks == ()


def test_text():
    block = only({"type": "text", "text": "Hello **you**", "citations": None})
    assert (block.kind, block.title, block.body) == ("text", "", "Hello **you**")
    assert (block.style, block.fold, block.footnotes) == (BlockStyle.PROSE, False, ())


def test_uncited_texts_stay_apart_and_cited_ones_flow_together():
    plain = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    assert [block.body for block in record_of(*plain).blocks] == ["one", "two"]
    assert record_of(*plain).answer == "one\n\ntwo"
    web = {
        "type": "web_search_result_location",
        "url": "https://x",
        "title": "X",
        "cited_text": "q",
    }
    page = {
        "type": "page_location",
        "document_index": 0,
        "document_title": "Doc",
        "start_page_number": 3,
        "end_page_number": 4,
        "cited_text": "p",
    }
    cited = [
        {"type": "text", "text": "Since "},
        {"type": "text", "text": "1998", "citations": [web, page]},
        {"type": "text", "text": " and again", "citations": [web]},
        {"type": "text", "text": "."},
    ]
    record = record_of(*cited)
    (block,) = record.blocks
    assert block.body == "Since 1998[1][2] and again[1]."
    assert block.footnotes == (
        Footnote(1, "X", "https://x", "q"),
        Footnote(2, "Doc", "document 1, pages 3 to 4", "p"),
    )
    assert record.answer == "Since 1998 and again."


@pytest.mark.parametrize(
    ("citation", "source"),
    [
        (
            {"type": "char_location", "document_index": 1, "start_char_index": 0}
            | {"end_char_index": 9},
            "document 2, characters 0 to 9",
        ),
        (
            {"type": "content_block_location", "document_index": 0, "start_block_index": 1}
            | {"end_block_index": 2},
            "document 1, blocks 1 to 2",
        ),
        ({"type": "search_result_location", "source": "kb://1", "title": "T"}, "kb://1"),
        ({"type": "from_the_future"}, ""),
    ],
)
def test_places_of_citations(citation, source):
    block = only({"type": "text", "text": "x", "citations": [citation]})
    assert block.footnotes[0].source == source


def test_thinking():
    block = only({"type": "thinking", "thinking": "step 1", "signature": "s"})
    assert (block.body, block.fold, block.style) == ("step 1", True, BlockStyle.PROSE)
    assert only({"type": "thinking", "thinking": "", "signature": "s"}).style is BlockStyle.MUTED
    redacted = only({"type": "redacted_thinking", "data": "x" * 1234})
    assert redacted.style is BlockStyle.MUTED
    assert "1,234" in redacted.body


@pytest.mark.parametrize("kind", ["tool_use", "server_tool_use", "mcp_tool_use"])
def test_tool_calls(kind):
    block = only({"type": kind, "id": "t1", "name": "get", "input": {"city": "Łódź"}})
    assert (block.kind, block.title, block.style, block.tool_id) == (
        kind,
        "get",
        BlockStyle.JSON,
        "t1",
    )
    assert block.body == '{\n  "city": "Łódź"\n}'


def test_who_calls_and_whose_tool():
    call = {"type": "mcp_tool_use", "id": "t", "name": "get", "server_name": "crm", "input": {}}
    call |= {"caller": {"type": "code_execution_20260120", "tool_id": "x"}}
    assert only(call).title == "get (crm), called by code_execution_20260120"


def test_results_are_matched_to_their_calls():
    record = record_of(
        {"type": "text", "text": "t"},
        {"type": "server_tool_use", "id": "t1", "name": "web_search", "input": {}},
        {"type": "server_tool_use", "id": "t2", "name": "bash_code_execution", "input": {}},
        {
            "type": "bash_code_execution_tool_result",
            "tool_use_id": "t2",
            "content": {
                "type": "bash_code_execution_result",
                "stdout": "out\n",
                "stderr": "err",
                "return_code": 1,
                "content": [{"type": "bash_code_execution_output", "file_id": "file_1"}],
            },
        },
        {"type": "web_search_tool_result", "tool_use_id": "t1", "content": []},
        {"type": "web_search_tool_result", "tool_use_id": "absent", "content": []},
    )
    bash, web, orphan = record.blocks[3:]
    assert (bash.answers, bash.title) == (2, "bash_code_execution → return code 1")
    assert bash.body == "stdout:\nout\n\nstderr:\nerr\n\nfiles:\nfile_1"
    assert (web.answers, web.title) == (1, "web_search → 0 results")
    assert (orphan.answers, orphan.title) == (None, "web_search → 0 results")


@pytest.mark.parametrize(
    ("content", "title", "body", "style"),
    [
        (
            [
                {
                    "type": "web_search_result",
                    "title": "A",
                    "url": "https://a",
                    "page_age": "1 day",
                },
                {"type": "web_search_result", "title": "B", "url": "https://b"},
            ],
            "2 results",
            "A\nhttps://a\n1 day\n\nB\nhttps://b",
            "list",
        ),
        (
            {"type": "web_search_tool_result_error", "error_code": "unavailable"},
            "error",
            "unavailable",
            "error",
        ),
        (
            {
                "type": "web_fetch_result",
                "url": "https://a",
                "content": {
                    "type": "document",
                    "title": "A",
                    "source": {"type": "text", "media_type": "text/plain", "data": "page"},
                },
            },
            "page",
            "A\nhttps://a\n\npage",
            "code",
        ),
        (
            {
                "type": "web_fetch_result",
                "url": "https://a",
                "content": {
                    "source": {"type": "base64", "media_type": "application/pdf", "data": "QUJD"}
                },
            },
            "page",
            "https://a\n\n[application/pdf data, 4 characters of base64]",
            "code",
        ),
        (
            {"type": "code_execution_result", "stdout": "", "stderr": "", "return_code": 0},
            "return code 0",
            "No output.",
            "muted",
        ),
        (
            {"type": "encrypted_code_execution_result", "encrypted_stdout": "x", "return_code": 0},
            "return code 0",
            "stdout is encrypted by the provider.",
            "code",
        ),
        (
            {
                "type": "text_editor_code_execution_view_result",
                "file_type": "text",
                "content": "a\nb",
                "num_lines": 2,
                "start_line": 1,
                "total_lines": 9,
            },
            "text, 2 lines from line 1 of 9",
            "a\nb",
            "code",
        ),
        (
            {"type": "text_editor_code_execution_create_result", "is_file_update": False},
            "done",
            "The file was created.",
            "muted",
        ),
        (
            {
                "type": "text_editor_code_execution_str_replace_result",
                "lines": ["-a", "+b"],
                "old_start": 3,
                "old_lines": 1,
                "new_start": 3,
                "new_lines": 1,
            },
            "old line 3 (1 line) → new line 3 (1 line)",
            "-a\n+b",
            "code",
        ),
        (
            {
                "type": "text_editor_code_execution_tool_result_error",
                "error_code": "file_not_found",
                "error_message": "no /x",
            },
            "error",
            "file_not_found: no /x",
            "error",
        ),
        (
            {
                "type": "tool_search_tool_search_result",
                "tool_references": [{"type": "tool_reference", "tool_name": "get"}],
            },
            "1 tool",
            "get",
            "list",
        ),
        ({"type": "advisor_result", "text": "do this"}, "advice", "do this", "prose"),
        (
            {"type": "advisor_redacted_result", "encrypted_content": "x"},
            "advice",
            "Encrypted by the provider.",
            "muted",
        ),
        ("plain text", "result", "plain text", "code"),
        (
            [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
            "result",
            "a\n\nb",
            "code",
        ),
    ],
)
def test_tool_results(content, title, body, style):
    block = result_of(content)
    assert (block.title, block.body, block.style) == (f"x → {title}", body, style)


def test_a_failed_mcp_result_is_an_error():
    assert result_of("boom", is_error=True).style is BlockStyle.ERROR
    assert result_of([{"type": "text", "text": "x"}], is_error=True).title == "x → error"


@pytest.mark.parametrize("content", [{"type": "future_result", "x": 1}, None, 5, [1], [{"a": 1}]])
def test_results_of_unknown_shape_are_json(content):
    block = result_of(content)
    assert block.style is BlockStyle.JSON
    assert json.loads(block.body)["content"] == content


def test_the_other_blocks():
    assert only({"type": "container_upload", "file_id": "file_9"}).body == "file_9"
    listing = only(
        {
            "type": "mcp_tool_listing",
            "mcp_server_name": "crm",
            "tools": [{"name": "get", "description": "Gets."}, {"name": "put"}],
        }
    )
    assert (listing.title, listing.body, listing.style) == (
        "tools of crm",
        "get\nGets.\n\nput",
        BlockStyle.LIST,
    )
    assert only({"type": "compaction", "content": "short"}).body == "short"
    assert only({"type": "compaction", "content": None}).style is BlockStyle.MUTED
    fallback = only(
        {
            "type": "fallback",
            "from": {"model": "a"},
            "to": {"model": "b"},
            "trigger": {"type": "refusal", "category": "bio"},
        }
    )
    assert (fallback.title, fallback.body) == ("a → b", "refusal · bio")


@pytest.mark.parametrize(
    "block",
    [
        {"type": "from_the_future", "text": "x"},
        {"type": "text", "text": 5},
        {"type": "text"},
        {"type": "thinking", "thinking": None},
        {"type": "tool_use", "input": {}},
        {"no": "type"},
        {"type": 7},
    ],
)
def test_unknown_blocks_and_shapes_are_their_json(block):
    shown = only(block)
    assert shown.style is BlockStyle.JSON
    assert json.loads(shown.body) == block


def test_content_in_unknown_shapes():
    assert of_result({"type": "succeeded", "message": {"content": "text"}}).blocks[0].body == "text"
    assert of_result({"type": "succeeded", "message": {"content": {"a": 1}}}).blocks[0].kind == ""
    assert json.loads(only("bare").body) == {"value": "bare"}
    assert of_result({"type": "succeeded", "message": {}}).blocks == ()


def test_refusals_tell_their_category():
    record = record_of(
        stop_reason="refusal",
        stop_details={
            "type": "refusal",
            "category": "cyber",
            "explanation": "Not this.",
            "recommended_model": "other",
        },
    )
    (block,) = record.blocks
    assert (block.kind, block.title, block.style) == (
        "refusal",
        "refusal · cyber",
        BlockStyle.ERROR,
    )
    assert block.body == "Not this.\n\nRecommended model: other"
    bare = record_of(stop_details={"type": "refusal", "category": None}).blocks[0]
    assert bare.body == "No explanation is given."


def test_other_fields_of_a_message_are_folded_details():
    record = record_of(container={"id": "c"}, diagnostics=None)
    (block,) = record.blocks
    assert (block.kind, block.fold) == ("details", True)
    assert json.loads(block.body) == {"container": {"id": "c"}}


@pytest.mark.parametrize("nested", [True, False])
def test_errors(nested):
    inner = {"type": "invalid_request_error", "message": "too long"}
    error = {"type": "error", "error": inner, "request_id": "req_1"}
    if not nested:
        error = inner | {"request_id": "req_1"}
    record = of_result({"type": "errored", "error": error})
    assert (record.error_type, record.error_message, record.request_id) == (
        "invalid_request_error",
        "too long",
        "req_1",
    )
    message, whole = record.blocks
    assert (message.title, message.body) == ("invalid_request_error", "too long")
    assert json.loads(whole.body) == error
    assert whole.fold


@pytest.mark.parametrize("error", [None, "words", 5, {}, {"error": "x"}])
def test_errors_of_unknown_shape_show_all_they_have(error):
    record = of_result({"type": "errored", "error": error})
    assert json.loads(record.blocks[1].body) == error


def test_canceled_and_expired():
    for kind in ("canceled", "expired"):
        (block,) = of_result({"type": kind}).blocks
        assert (block.kind, block.style) == (kind, BlockStyle.MUTED)
    (block,) = of_result({"type": "canceled", "why": "x"}).blocks
    assert block.style is BlockStyle.JSON


def test_unknown_result_types_are_json():
    record = of_result({"type": "from_the_future", "x": 1})
    assert record.type == "from_the_future"
    assert json.loads(record.blocks[0].body) == {"type": "from_the_future", "x": 1}


def test_lines_that_are_no_results():
    record = parse_record(b'{"custom_id":"a","response":{"body":{}}}')
    assert (record.type, record.custom_id, record.blocks[0].style) == ("unknown", "a", "json")
    assert parse_record(b"[]").type == "unknown"


def test_broken_lines_show_their_bytes():
    record = parse_record(b'{"custom_id":"a", \xff oops')
    assert record.type == "broken"
    assert record.blocks[0].body == '{"custom_id":"a", \ufffd oops'
    assert record.json_text == record.blocks[0].body
    assert record.answer == ""
    assert record.raw.endswith(b"\xff oops")


def test_json_text_is_indented_and_unescaped():
    assert parse_record(b'{"a":"\\u00e9"}').json_text == '{\n  "a": "é"\n}'


def test_deep_nesting_breaks_nothing():
    deep = "[" * 400 + "]" * 400
    line = f'{{"result":{{"type":"succeeded","message":{{"usage":{{"a":{deep}}},"content":[{deep},'
    line += f'{{"type":"tool_use","name":"n","id":"i","input":{deep}}}]}}}}}}'
    record = parse_record(line.encode())
    assert len(record.blocks) == 2
    assert record.json_text
    assert summarize(line.encode(), 50).preview
    look_at(record)


def test_what_is_too_deep_to_be_decoded_is_still_shown():
    line = b'{"custom_id":"a","result":{"type":"succeeded","message":{"content":%s}}}'
    record = parse_record(line % (b"[" * 10_000 + b"]" * 10_000))
    assert (record.type, record.is_json, record.blocks[0].title) == (
        "broken", True, "nested too deeply",
    )  # fmt: skip
    look_at(record)


def test_blocks_know_where_they_stand():
    cited = {"type": "text", "text": "b", "citations": [{"type": "x", "cited_text": "q"}]}
    content = [{"type": "text", "text": "a"}, cited, {"type": "odd"}]
    record = record_of(*content, stop_details={"type": "refusal"}, container={"id": "c"})
    assert [block.path for block in record.blocks] == [
        ".result.message.content[0:2]",
        ".result.message.content[2]",
        ".result.message.stop_details",
        ".result.message",
    ]


def test_of_too_many_blocks_the_others_are_counted():
    content = [{"type": "text", "text": str(number)} for number in range(9)]
    line = json.dumps({"result": {"type": "succeeded", "message": {"content": content}}}).encode()
    *blocks, rest = parse_record(line, most=4).blocks
    assert [block.body for block in blocks] == ["0", "1", "2", "3"]
    assert rest.body == "5 more blocks are not shown."
    assert len(parse_record(line).blocks) == len(parse_record(line, most=9).blocks) == 9


def test_scripts_and_streams_are_parts():
    code = {"code": "a\nb", "lang": "py"}
    call = only({"type": "server_tool_use", "id": "t", "name": "code_execution", "input": code})
    assert json.loads(call.body) == code
    assert call.parts == (
        Part("", '{\n  "lang": "py"\n}', BlockStyle.JSON),
        Part("code", "a\nb", BlockStyle.CODE),
    )
    inner = {"type": "code_execution_result", "stdout": "o\n", "stderr": "e", "return_code": 1}
    assert [part[:2] for part in result_of(inner).parts] == [("stdout", "o"), ("stderr", "e")]


KEYS = (
    "type text content citations tool_use_id name input error message usage stop_details id source"
    " lines tool_references"
)
KINDS = (
    "text tool_use thinking web_fetch_result code_execution_result x_code_execution_view_result"
    " web_search_result compaction fallback x_code_execution_str_replace_result mcp_tool_listing"
    " succeeded errored"
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS.split()), inner | st.sampled_from(KINDS.split()), max_size=5
        )
    ),
    max_leaves=20,
)


def look_at(record):
    """Show it in every manner; nothing that a terminal acts on comes out."""
    for raw, unfolded, with_head in ((False, True, False), (False, False, True), (True,) * 3):
        manner = Manner(raw=raw, unfolded=unfolded, with_head=with_head)
        flow = Reflow(passages_of(record, manner, Marker(parse("type OR /o/"), safe)), 30)
        while flow.step():
            pass
        assert not CONTROLS & set("".join(row.lead + row.text for row in flow.rows))
    lines = margin_lines(record, plain=False)
    assert not CONTROLS & {char for line in lines for cell in line for char in cell.text}


@example("succeeded", None, [{"type": []}])
@given(st.sampled_from(["succeeded", "errored", "canceled", None]), JSON, JSON)
def test_no_shape_of_a_result_fails(kind, value, content):
    message = value if isinstance(value, dict) else {}
    result = {"type": kind, "message": message | {"content": content}, "error": value}
    line = json.dumps({"custom_id": value, "result": result}).encode()
    record = parse_record(line)
    assert isinstance(record_text(record, 0), str)
    assert isinstance(summarize(line, 20).preview, str)
    assert all(isinstance(text, str) for text in texts_of_line(line))
    assert isinstance(record.answer + record.json_text, str)
    look_at(record)


@given(st.binary(max_size=40))
def test_no_bytes_fail(line):
    record = parse_record(line)
    assert record.raw == line
    look_at(record)
    assert isinstance(record_text(record, 0), str)
    assert isinstance(summarize(line, 20).preview, str)
    assert all(isinstance(text, str) for text in texts_of_line(line))
