"""What the results viewer says."""

from pathlib import Path

import pytest

from batchtui.core.errors import QueryError, ResultsError
from batchtui.core.models import BatchRef
from batchtui.core.text import safe
from batchtui.results.fetching.snapshot import DownloadSnapshot, DownloadState
from batchtui.results.file.line_index import LineIndex
from batchtui.results.file.row import Row
from batchtui.results.query.language import parse
from batchtui.results.query.marking import Marker
from batchtui.results.reading.records import parse_record
from batchtui.results.search.sorting import COLUMNS
from batchtui.tui import record_presenters as read
from batchtui.tui import result_status as say
from batchtui.tui.cells import fit_columns
from batchtui.tui.record_facts import usage_of
from batchtui.tui.reflow import Reflow
from batchtui.tui.result_presenters import result_columns, row_cells, sort_column
from support.results import CONTROLS, EVIL, errored, succeeded, without_answer


def lines_of(passages, width=100):
    flow = Reflow(passages, width)
    while flow.step():
        pass
    return [row.lead + row.text for row in flow.rows]


def page(line, *, match=None, **manner):
    marker = Marker(parse(match), safe) if match else None
    return "\n".join(lines_of(read.passages_of(parse_record(line), read.Manner(**manner), marker)))


def words(cells):
    return "  ".join(cell.text for cell in cells)


def test_a_record_has_a_head_with_what_it_cost():
    usage = {"input_tokens": 1200, "output_tokens": 34, "cache_read_input_tokens": 5,
             "service_tier": "batch"}  # fmt: skip
    text = page(succeeded("a", "Hello", usage=usage))
    head, _, body = text.partition("\n\n")
    assert "✓ succeeded   end_turn" in head
    assert "claude-sonnet-4-5   msg_1" in head
    assert "tokens in 1,200 · out 34 · cache read 5" in head
    assert "tier" not in head
    assert body == "Hello"


def test_each_iteration_has_a_line_of_its_own():
    usage = {"input_tokens": 1, "output_tokens": 2, "iterations": [
        {"type": "compaction", "input_tokens": 90_000, "output_tokens": 8}]}  # fmt: skip
    text = page(succeeded("a", usage=usage))
    assert "tokens in 1 · out 2\niteration 1, compaction · tokens in 90,000 · out 8" in text


def test_thinking_is_folded_until_asked_for_or_found():
    line = succeeded("a", content=[
        {"type": "thinking", "thinking": "deep thoughts", "signature": "s"},
        {"type": "text", "text": "so"},
    ])  # fmt: skip
    folded = page(line)
    assert "▸ thinking · 13 characters · T unfolds" in folded
    assert "deep" not in folded
    assert "│ deep thoughts" in page(line, unfolded=True)
    assert "│ deep thoughts" in page(line, match="deep")


def test_a_tool_result_hangs_under_its_call():
    line = succeeded("a", content=[
        {"type": "server_tool_use", "id": "t1", "name": "bash", "input": {"command": "ls"}},
        {"type": "bash_code_execution_tool_result", "tool_use_id": "t1", "content": {
            "type": "bash_code_execution_result", "stdout": "one\n", "stderr": "two",
            "return_code": 3, "content": []}},
    ])  # fmt: skip
    text = page(line)
    assert '◆ bash\n│ {\n│   "command": "ls"\n│ }' in text
    assert "└ bash → return code 3\n│ stdout\n│   one\n│ stderr\n│   two" in text


def test_citations_are_footnotes():
    cited = {"type": "web_search_result_location", "url": "https://example.com/", "title": "Title",
             "cited_text": "quote", "encrypted_index": "x"}  # fmt: skip
    text = page(succeeded("a", content=[{"type": "text", "text": "Yes", "citations": [cited]}]))
    assert "Yes[1]\n\n[1] Title\n    https://example.com/\n    “quote”" in text


def test_search_results_are_a_numbered_list():
    results = [{"type": "web_search_result", "title": f"T{n}", "url": f"https://e/{n}"}
               for n in (1, 2)]  # fmt: skip
    text = page(succeeded("a", content=[
        {"type": "web_search_tool_result", "tool_use_id": "t", "content": results}]))  # fmt: skip
    assert "│ 1. T1\n│    https://e/1\n│ 2. T2\n│    https://e/2" in text


def test_errors_are_whole_and_failures_say_why():
    text = page(errored("a", "too long\nby far"))
    assert "✗ errored   overloaded_error" in text
    assert "req_1" in text
    assert "│ too long\n│ by far" in text
    assert "expired before" in page(without_answer("a", "expired"))


def test_an_unknown_block_is_its_json():
    text = page(succeeded("a", content=[{"type": "hologram", "depth": 3}]))
    assert '│   "depth": 3' in text


def test_raw_is_indented_json_and_broken_lines_are_their_bytes():
    assert lines_of(read.raw_passages(parse_record(succeeded("a"))))[0] == "{"
    broken = lines_of(read.raw_passages(parse_record(b'{"a": \xff\x1b[31m')))
    assert broken[1] == '{"a": \\xff␛[31m'


def test_plain_pages_are_ascii_but_for_the_text():
    line = succeeded("a", content=[
        {"type": "thinking", "thinking": "t", "signature": ""},
        {"type": "server_tool_use", "id": "1", "name": "web_search", "input": {}},
        {"type": "web_search_tool_result", "tool_use_id": "1", "content": []}])  # fmt: skip
    assert page(line, plain=True).isascii()
    assert not page(line).isascii()


@pytest.mark.parametrize("unfolded", [False, True])
def test_hostile_text_is_masked_wherever_it_stands(unfolded):
    line = succeeded(EVIL, model=EVIL, id=EVIL, stop_reason=EVIL, stop_sequence=EVIL, content=[
        {"type": "text", "text": EVIL, "citations": [
            {"type": "char_location", "cited_text": EVIL, "document_title": EVIL}]},
        {"type": "thinking", "thinking": EVIL, "signature": EVIL},
        {"type": "tool_use", "id": EVIL, "name": EVIL, "input": {EVIL: EVIL}},
        {"type": "web_search_tool_result", "tool_use_id": EVIL, "content": [
            {"type": "web_search_result", "title": EVIL, "url": EVIL}]},
        {"type": EVIL, EVIL: EVIL},
    ], usage={"input_tokens": 1, EVIL: EVIL},
    stop_details={"type": EVIL, "explanation": EVIL})  # fmt: skip
    record = parse_record(line)
    rows = lines_of(read.passages_of(record, read.Manner(unfolded=unfolded)))
    rows += lines_of(read.raw_passages(record))
    rows += lines_of(read.raw_passages(parse_record(line[:-9])))
    rows.append(words(read.record_head(record.custom_id, 0, 1)))
    assert not CONTROLS & set("".join(rows))
    assert "[red]markup[/]" in "".join(rows)


def test_titles_of_any_length_are_one_short_line():
    record = parse_record(succeeded("a", model="m\n" * 100_000))
    assert max(map(len, lines_of(read.passages_of(record, read.Manner())))) < 500


def index_of(*lines):
    index = LineIndex()
    index.feed(b"".join(line + b"\n" for line in lines))
    return index


def test_types_are_counted_in_words_or_where_there_is_no_room_in_glyphs():
    counts = {"errored": 2, "succeeded": 98_000, "broken": 1, "odd": 1}
    wide = words(say.type_cells(counts, None, width=100, plain=False))
    assert wide == "✓ 98,000 succeeded  ✗ 2 errored  ‼ 1 broken  ? 1 odd"
    narrow = words(say.type_cells(counts, None, width=30, plain=True))
    assert narrow == "+ 98,000  x 2  ! 1 broken  ? 1"


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        (["billing_error"] * 3, "✗ 3 errored, all billing_error"),
        (["billing_error", "api_error"], "✗ 2 errored"),
        (["billing_error"], "✗ 1 errored"),
        (["billing_error", "billing_error", ""], "✗ 3 errored"),
    ],
)
def test_errors_that_are_all_alike_are_seen_at_a_glance(kinds, said):
    index = index_of(*(errored("a", kind=kind) for kind in kinds))
    cells = say.type_cells(index.type_counts(), index, width=100, plain=False)
    assert words(cells) == said


def test_the_number_of_rows_says_what_is_shown_and_marked():
    assert words(say.rows_cells(9, shown=None, marked=0)) == "9 rows"
    paused = DownloadSnapshot(DownloadState.PAUSED, expected_rows=20)
    assert words(say.rows_cells(9, shown=None, marked=0, partial=paused)) == (
        "9 of 20 rows so far  paused"
    )
    failed = DownloadSnapshot(DownloadState.FAILED)
    assert words(say.rows_cells(9, shown=2, marked=0, partial=failed)) == (
        "2 of 9 rows so far  partial"
    )
    assert words(say.rows_cells(9, shown=2, marked=3)) == "2 of 9 rows  3 marked"


def test_an_order_is_told_unless_it_is_that_of_the_file():
    assert say.order_cells("row", descending=False) == ()
    assert words(say.order_cells("row", descending=True)) == "by row in the file ▾"
    assert words(say.order_cells("out", descending=False)) == "by tokens out ▴"


def test_a_download_tells_how_far_it_is():
    now = DownloadSnapshot(
        DownloadState.RECEIVING, received=500_000, rows=199, expected_rows=200, rate=1000.0
    )
    text = words(say.download_cells(now))
    assert "199 of 200 rows (99 %)" in text
    assert "500 kB" in text
    assert "1 kB/s" in text
    assert "2s left" in text
    assert say.download_cells(DownloadSnapshot(DownloadState.DONE)) == []


@pytest.mark.parametrize(
    ("hits", "place", "percent", "said"),
    [
        (0, None, 100, "/x  no hits in 2,000 rows"),
        (0, None, 7, "/x  0 hits in 2,000 rows  searching 7 %"),
        (1, None, 100, "/x  1 hit in 2,000 rows"),
        (1200, 3, 100, "/x  4 of 1,200 hits in 2,000 rows"),
    ],
)
def test_a_search_counts_what_is_true(hits, place, percent, said):
    cells = say.search_cells("x", typing=False, hits=hits, rows=2000, place=place, percent=percent)
    assert words(cells) == said


def test_a_search_of_rows_that_are_not_all_there_says_so():
    cells = say.search_cells(
        "x", typing=False, hits=0, rows=5, place=None, percent=100, so_far=True
    )
    assert words(cells) == "/x  no hits in 5 rows so far"


def test_errors_say_what_why_and_what_to_do():
    error = ResultsError("no results", "it runs", "wait")
    assert say.error_text(error).startswith("no results\n\nit runs\n\nwait")
    assert words(say.error_cells(error, 80)) == "no results: it runs  wait"
    assert words(say.error_cells(error, 14)).startswith("no results: i…")


def test_titles_name_the_source():
    assert words(say.title_cells(Path("/tmp/x.jsonl"), None, 1000)).startswith("results  x.jsonl")
    assert "standard input" in words(say.title_cells(Path("-"), None, 0))
    named = say.title_cells(Path("/tmp/x.jsonl"), None, 1000, name="effective results of y")
    assert words(named) == "effective results of y  1 kB"
    assert "msgbatch_1" in words(say.title_cells(BatchRef("a", "msgbatch_1"), None, 0))


def test_what_can_be_copied_is_as_it_is_in_the_file():
    line = succeeded("a", "one\ntwo")
    texts = read.copyable(parse_record(line))
    assert texts["c"] == ("custom_id", "a")
    assert texts["t"] == ("answer", "one\ntwo")
    assert texts["r"] == ("row as JSON", line.decode())
    assert "m" not in texts


@pytest.mark.parametrize(
    ("query", "at", "width", "said"),
    [
        ("a b", 2, 80, "   ^ it is odd"),
        ("a" * 40, 38, 48, " " * 29 + "it is odd ^"),
        ("a" * 80, 70, 60, "character 71: it is odd"),
        ("日本 b", 3, 80, "      ^ it is odd"),
    ],
)
def test_a_wrong_query_is_pointed_at(query, at, width, said):
    error = QueryError("it is odd", hint="write less", at=at)
    what, hint = say.problem_cells(error, query, typing=True, width=width)
    assert (what.text, hint.text) == (said, "write less")


def test_a_narrow_list_tells_the_outcome_in_one_column():
    def keys(**options):
        return [column.key for column in result_columns(2000, widest_id=12, **options)]

    assert keys(width=77) == ["custom_id", "outcome", "out", "preview"]
    assert keys(width=77, every=True) == keys(width=160)
    (ids,) = [c for c in result_columns(9, width=77, widest_id=64) if c.key == "custom_id"]
    assert ids.width < 77 // 4


@pytest.mark.parametrize("width", [77, 160])
@pytest.mark.parametrize("column", COLUMNS[1:])
def test_what_a_list_is_sorted_by_is_in_view(column, width):
    columns = result_columns(2000, width=width, widest_id=12, sorted_by=column)
    shown = {one.key for one, _ in fit_columns(columns, width - 3)}
    assert sort_column(columns, column) in shown
    assert "preview" in shown


def test_what_was_written_to_the_cache_is_told_once_with_its_lifetime():
    cache = {"ephemeral_5m_input_tokens": 2048, "ephemeral_1h_input_tokens": 0}
    usage = {"cache_creation_input_tokens": 2048, "cache_creation": cache}
    record = parse_record(succeeded("a", "text", usage=usage))
    counts = [one for turn in usage_of(record) for one in turn.counts]
    assert [number for words, number in counts if "cache" in words] == ["2,048"]
    assert ("cache written (5 min)", "2,048") in counts


def test_a_regular_expression_has_one_slash_before_it():
    cells = say.search_cells("/a+/", typing=False, hits=1, rows=2, place=None, percent=100)
    assert cells[0].text == "/a+/"


def test_a_file_that_was_emptied_is_not_one_that_never_had_rows():
    emptied = say.empty_text(rows=0, shown=0, size=0, error=None, was_rows=True)
    assert "emptied while it was open" in emptied
    assert "emptied" not in say.empty_text(rows=0, shown=0, size=0, error=None)


@pytest.mark.parametrize(
    ("count", "shown"),
    [(None, ""), (0, "0"), (999_999, "999,999"), (1_000_000, "1M"), (999_600_000, "1G"),
     (2**33, "8.59G"), (2**63 - 1, "9.22E")],
)  # fmt: skip
def test_counts_of_any_size_fit_their_column(count, shown):
    row = Row(0, "a", "succeeded", "", "", "m", None, count, "", 10)
    assert row_cells(row, None, plain=False)["out"].text == shown
