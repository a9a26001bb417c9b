"""What the simulated models answer: every block the API documents, in several scripts."""

import json
import unicodedata
from datetime import UTC, datetime

import pytest

from batchtui.sim import distort, flavours, recipes, seeds
from batchtui.sim.faults import parse_fault
from batchtui.sim.messages import encode, message
from batchtui.sim.population import initial
from batchtui.sim.results import line, lines

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

DOCUMENTED_BLOCKS = {
    "text", "thinking", "redacted_thinking", "tool_use", "server_tool_use",
    "web_search_tool_result", "web_fetch_tool_result", "code_execution_tool_result",
    "bash_code_execution_tool_result", "text_editor_code_execution_tool_result",
    "tool_search_tool_result", "container_upload", "mcp_tool_use", "mcp_tool_result",
    "mcp_tool_listing", "advisor_tool_result", "compaction", "fallback",
}  # fmt: skip
DOCUMENTED_STOPS = {
    "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal",
    "model_context_window_exceeded", "compaction", None,
}  # fmt: skip
CITATIONS = {
    "char_location", "page_location", "content_block_location", "web_search_result_location",
    "search_result_location",
}  # fmt: skip


def life_of(flavour):
    return next(life for life in initial(7, START, 240) if life.flavour == flavour)


@pytest.fixture(scope="module")
def gallery():
    results = [made["result"] for made in lines(life_of("gallery"))]
    return [result["message"] for result in results if result["type"] == "succeeded"]


def test_the_gallery_shows_every_documented_block_and_an_unknown_one(gallery):
    kinds = {block["type"] for message in gallery for block in message["content"]}
    assert kinds > DOCUMENTED_BLOCKS
    assert len(kinds - DOCUMENTED_BLOCKS) == 1


def test_the_gallery_shows_every_stop_reason_and_citation(gallery):
    assert {message["stop_reason"] for message in gallery} == DOCUMENTED_STOPS
    citations = {
        citation["type"]
        for message in gallery
        for block in message["content"]
        for citation in block.get("citations") or ()
    }
    assert citations == CITATIONS


def test_a_refusal_says_why(gallery):
    details = [m["stop_details"] for m in gallery if m["stop_reason"] == "refusal"]
    assert details
    assert all(one["type"] == "refusal" for one in details)


def test_tool_results_refer_to_their_calls(gallery):
    for one in gallery:
        calls = {block["id"] for block in one["content"] if "id" in block}
        answered = {b["tool_use_id"] for b in one["content"] if "tool_use_id" in b}
        assert answered <= calls


def test_usage_has_what_is_guaranteed_and_the_batch_tier(gallery):
    for one in gallery:
        usage = one["usage"]
        assert usage["input_tokens"] > 0
        assert usage["output_tokens"] > 0
        assert usage["service_tier"] == "batch"


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_every_recipe_makes_a_message_that_json_can_carry(name):
    style = recipes.Style("ja", (1, 3), "tool")
    for n in range(20):
        draft = recipes.RECIPES[name](seeds.rng(name, n), style)
        assert json.loads(encode(draft.content)) == draft.content
        assert draft.stop_reason in DOCUMENTED_STOPS


def test_recipes_that_flavours_name_exist():
    for flavour in flavours.FLAVOURS.values():
        assert set(flavour.recipes) <= set(recipes.RECIPES)


def test_custom_ids_are_valid_and_unique_in_every_flavour():
    for flavour in flavours.FLAVOURS.values():
        names = {flavour.names(987_654_321, row) for row in range(500)}
        assert len(names) == 500
        assert all(0 < len(name) <= 64 and name.isascii() for name in names)
        assert all(name.replace("-", "").replace("_", "").isalnum() for name in names)


def test_answers_come_in_several_scripts():
    chance = seeds.rng("scripts")
    flavour = flavours.FLAVOURS["translations"]
    made = [message(chance, flavour, "claude-x", row) for row in range(200)]
    text = "".join(block["text"] for one in made for block in one["content"])
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in set(text)}
    assert scripts >= {"LATIN", "CYRILLIC", "ARABIC", "DEVANAGARI", "CJK", "HIRAGANA", "KATAKANA"}


def test_there_are_long_answers_and_rare_huge_ones(gallery):
    sizes = sorted(len(encode(message)) for message in gallery)
    assert sizes[-1] > 300_000
    reports = [len(encode(line(life_of("reports"), rank))) for rank in range(5)]
    assert max(reports) > 5_000


def test_utf8_is_raw():
    assert encode({"text": "é\u2028日本"}) == '{"text":"é\u2028日本"}'.encode()


def test_errors_are_nested_twice_or_flat():
    life = life_of("gallery")
    life.error_rate = 1.0
    nested = line(life, 0)["result"]["error"]
    assert nested["type"] == "error"
    assert set(nested["error"]) == {"type", "message"}
    flat = line(life, 0, flat_errors=True)["result"]["error"]
    assert flat == nested["error"]


def _body(*specs):
    made = [
        {"custom_id": "a", "result": {"type": "succeeded", "message": {"content": [
            {"type": "text", "text": "x"}, {"type": "thinking", "thinking": "y"}]}}},
        {"custom_id": "b", "result": {"type": "errored", "error": {"type": "error", "error": {
            "type": "api_error", "message": "m"}}}},
        {"custom_id": "c", "result": {"type": "expired"}},
    ]  # fmt: skip
    return b"".join(distort.body_lines(iter(made), tuple(map(parse_fault, specs))))


def test_the_last_line_has_no_newline():
    assert _body().count(b"\n") == 2
    assert not _body().endswith(b"\n")
    assert _body("crlf") == _body().replace(b"\n", b"\r\n")


def test_a_malformed_row_breaks_only_itself():
    rows = _body("malformed:row=2").split(b"\n")
    assert [json.loads(rows[n])["custom_id"] for n in (0, 2)] == ["a", "c"]
    with pytest.raises(ValueError, match=r"Unterminated|delimiter|Expecting"):
        json.loads(rows[1])


def test_separators_stand_in_the_text_and_not_between_lines():
    rows = _body("separators").split(b"\n")
    text = json.loads(rows[0])["result"]["message"]["content"][0]["text"]
    assert all(mark in text for mark in "\u2028\u2029\u0085")
    assert "\u2028".encode() in rows[0], "raw, not escaped"


def test_hostile_text_goes_where_it_is_sent():
    rows = [json.loads(row) for row in _body("hostile:in=custom_ids+errors").split(b"\n")]
    assert rows[0]["custom_id"] == "a" + distort.HOSTILE
    assert rows[0]["result"]["message"]["content"][0]["text"] == "x"
    assert rows[1]["result"]["error"]["error"]["message"] == "m" + distort.HOSTILE
    everywhere = json.loads(_body("hostile").split(b"\n")[0])
    assert distort.HOSTILE in everywhere["result"]["message"]["content"][0]["text"]
