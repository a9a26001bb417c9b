"""Rows and templates: whatever a cell holds, it stays where it was put."""

import csv
import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchtui.core.errors import SubmitError
from batchtui.requests.findings import Rule, Severity
from batchtui.requests.rows import MAX_RECORD_BYTES
from batchtui.requests.source import open_requests
from batchtui.requests.template import Template
from support.requests import params, report_of

PARAMS = params(messages=[{"role": "user", "content": "Translate {{text}} into {{ language }}."}])


@pytest.fixture
def rows(tmp_path):
    """Requests made of a file of rows and a template."""

    def made(content: bytes | str, template: object = PARAMS, name: str = "rows.csv"):
        path, of_template = tmp_path / name, tmp_path / "template.json"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        of_template.write_text(json.dumps(template))
        return path, of_template

    return made


def requests_of(files):
    return [json.loads(request.raw) for request in open_requests(*files).requests()]


def texts_of(files):
    return [one["params"]["messages"][0]["content"] for one in requests_of(files)]


@pytest.mark.parametrize(
    "content",
    [
        "custom_id,text,language\na,Hallo,English\nb,Ja,French\n",
        "custom_id,text,language\r\na,Hallo,English\r\n\r\nb,Ja,French",
        "\ufeffcustom_id;language;text\na;English;Hallo\nb;French;Ja\n",
        "custom_id\ttext\tlanguage\na\tHallo\tEnglish\nb\tJa\tFrench\n",
        '"custom_id","text","language"\n"a","Hallo","English"\n"b","Ja","French"\n',
    ],
)
def test_a_table_fills_the_template(rows, content):
    files = rows(content)
    assert [one["custom_id"] for one in requests_of(files)] == ["a", "b"]
    assert texts_of(files) == ["Translate Hallo into English.", "Translate Ja into French."]
    assert report_of(files[0], template=files[1]).ok


JSON_ROWS = [
    {"custom_id": "a", "text": "Hallo", "language": "English"},
    {"custom_id": "b", "text": "Ja", "language": "French", "more": [1]},
]


@pytest.mark.parametrize(
    "content", ["\n".join(map(json.dumps, JSON_ROWS)), json.dumps(JSON_ROWS, indent=1)]
)
def test_json_rows_fill_it_too(rows, content):
    files = rows(content, name="rows.json")
    assert texts_of(files) == ["Translate Hallo into English.", "Translate Ja into French."]


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.lists(st.tuples(cells, cells), min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_cells_stay_in_their_strings(rows, table):
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("text", "language"), *table])
    found = texts_of(rows(out.getvalue()))
    assert found == [f"Translate {text} into {language}." for text, language in table]


def test_the_lines_are_those_where_the_rows_begin(rows):
    table = 'custom_id,text,language\na,"one\ntwo\nthree",x\n\nb b,y,z\n'
    path, template = rows(table)
    (problem,) = report_of(path, template=template).problems
    assert (problem.rule, problem.line, problem.custom_id) == (Rule.CUSTOM_ID, 6, "b b")


def test_without_a_custom_id_rows_are_numbered_and_it_is_said(rows):
    files = rows("text,language\na,b\nc,d\n")
    assert [one["custom_id"] for one in requests_of(files)] == ["row-1", "row-2"]
    (problem,) = report_of(files[0], template=files[1]).problems
    assert (problem.rule, problem.severity) == (Rule.GENERATED_IDS, Severity.WARNING)


def test_a_template_may_be_the_whole_request(rows):
    template = {"custom_id": "t-{{n}}", "params": PARAMS}
    files = rows("n,text,language\n7,a,b\n", template)
    assert [one["custom_id"] for one in requests_of(files)] == ["t-7"]
    assert report_of(files[0], template=files[1]).problems == ()


def test_json_is_asked_for_by_name(rows):
    template = params(max_tokens="{{n:json}}", metadata="{{ meta : json }}", system="{{n}}")
    (one,) = requests_of(rows('custom_id,n,meta\na, 12 ,"{""user_id"": ""x""}"\n', template))
    assert one["params"]["max_tokens"] == 12
    assert one["params"]["metadata"] == {"user_id": "x"}
    assert one["params"]["system"] == " 12 "


def test_values_of_json_rows(rows):
    template = params(system="{{n}}|{{nothing}}|{{flag}}|{{list}}", metadata="{{list:json}}")
    row = {"custom_id": "a", "n": 1.5, "nothing": None, "flag": True, "list": ["é", 2]}
    (one,) = requests_of(rows(json.dumps(row), template, "rows.jsonl"))
    assert one["params"]["system"] == '1.5||true|["é",2]'
    assert one["params"]["metadata"] == ["é", 2]


@pytest.mark.parametrize("cell", ["", "abc", "1 2", '"', "NaN", "1}, {"])
def test_a_cell_that_is_no_json_is_an_error_of_its_row(rows, cell):
    out = io.StringIO()
    csv.writer(out).writerows([("custom_id", "n"), ("a", "1"), ("b", cell)])
    path, template = rows(out.getvalue(), params(max_tokens="{{n:json}}"))
    (problem,) = report_of(path, template=template).problems
    assert (problem.rule, problem.line) == (Rule.TEMPLATE, 3)
    assert problem.message == "has no JSON in column n"


def test_a_json_row_without_a_value_is_an_error_of_its_line(rows):
    lines = [{"custom_id": "a", "text": "x", "language": "y"}, {"custom_id": "b", "text": "x"}, 7]
    path, template = rows("\n".join(map(json.dumps, lines)), name="rows.jsonl")
    problems = report_of(path, template=template).problems
    assert [(p.rule, p.line) for p in problems] == [(Rule.TEMPLATE, 2), (Rule.JSON, 3)]


def test_braces_can_be_meant_as_such(rows):
    files = rows("custom_id\na\n", params(system="\\{{name}} is a placeholder, { } are not"))
    assert requests_of(files)[0]["params"]["system"] == "{{name}} is a placeholder, { } are not"


@pytest.mark.parametrize(
    ("content", "template", "why"),
    [
        ("custom_id,txt,language\n", PARAMS, "the template asks for a column 'text'"),
        ("custom_id,text,text,language\n", PARAMS, "cannot tell what {{text}} stands for"),
        ("custom_id,custom_id\n", params(), "cannot tell what {{custom_id}} stands for"),
        ("a\n", params(system="{{}}"), "cannot use the template"),
        ("a\n", params(system="{{a"), "cannot use the template"),
        ("a\n", params(system="x {{a:json}}"), "cannot use the template"),
        ("a\n", params(metadata={"{{a}}": 1}), "cannot use the template"),
        ("a\n", [], "cannot use the template"),
        ("a\n", params(system="\ud800"), "cannot use the template"),
        ('a,"b\n', params(), "cannot read the heading of the CSV file"),
        (b"a,\xff\n", params(), "cannot read the heading of the CSV file"),
    ],
)
def test_what_cannot_work_is_said_before_any_row(rows, content, template, why):
    with pytest.raises(SubmitError) as raised:
        open_requests(*rows(content, template))
    assert raised.value.what.startswith(why)


def test_a_column_nearly_of_that_name_is_suggested(rows):
    with pytest.raises(SubmitError) as raised:
        open_requests(*rows("custom_id,txt,language\n", PARAMS))
    assert raised.value.hint == "did you mean txt?"


def test_unused_columns_may_share_a_name(rows):
    files = rows("custom_id,x,x,text,language\na,1,2,3,4\n")
    assert texts_of(files) == ["Translate 3 into 4."]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b'{"a": 1,\n x}', "it is not JSON from line 2, character 2, on"),
        (b'{"a": "\xff"}', "it is not UTF-8: byte 8 is 0xff"),
        (b"[" * 100_000, "it is not JSON: it is nested too deeply"),
    ],
)
def test_what_is_wrong_with_a_template_is_told_in_words(rows, content, why):
    path, template = rows("a\n")
    template.write_bytes(content)
    with pytest.raises(SubmitError) as caught:
        open_requests(path, template)
    assert caught.value.why == why


def test_a_template_that_is_no_json_is_refused(tmp_path, rows):
    path, template = rows("a\n")
    template.write_text("{,}")
    with pytest.raises(SubmitError, match="is not JSON"):
        open_requests(path, template)
    with pytest.raises(SubmitError, match="there is no such file"):
        open_requests(path, tmp_path / "missing.json")


@pytest.mark.parametrize(
    ("table", "rule", "line", "detail"),
    [
        ("custom_id,text,language\na,b,c\nd,e\n", Rule.CSV, 3, "it has 2"),
        ("custom_id,text,language\na,b,c\nd,e,f,g\n", Rule.CSV, 3, "it has 4"),
        ('custom_id,text,language\na,b,c\nd,"e,f\ng,h,i\n', Rule.CSV, 3, "unexpected end of data"),
        ('custom_id,text,language\na,b,c\nd,"e"x,f\n', Rule.CSV, 3, "',' expected after '\"'"),
        (b"custom_id,text,language\na,b,c\nd,\xff,f\n", Rule.ENCODING, 3, ""),
    ],
)
def test_what_is_wrong_with_a_row_is_told_with_its_line(rows, table, rule, line, detail):
    path, template = rows(table)
    (problem,) = report_of(path, template=template).problems
    assert (problem.rule, problem.line, problem.places[0].detail) == (rule, line, detail)


def test_a_quote_that_never_closes_does_not_swallow_the_file(rows):
    table = 'custom_id,text,language\na,"b,c\n' + ("d,e,f\n" * (MAX_RECORD_BYTES // 5))
    path, template = rows(table)
    (problem,) = report_of(path, template=template).problems
    assert (problem.rule, problem.line) == (Rule.CSV, 2)
    assert "quote that never closes" in problem.places[0].detail


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=4))
def test_a_template_without_placeholders_is_itself(document):
    plain = {key: text for key, text in document.items() if "{{" not in key + text}
    request = {"custom_id": "x", "params": plain}
    try:
        made = Template(request, has_id_column=False).fill({}, 1)
    except SubmitError:
        assert not json.dumps(plain, ensure_ascii=False).isprintable()
    else:
        assert json.loads(made) == request
