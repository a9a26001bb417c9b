"""Single requests of a file, by custom_id and by place."""

import json

import pytest

from batchtui.core.errors import SubmitError
from batchtui.requests.edits import parse_edits
from batchtui.requests.ids import IdIndex
from batchtui.requests.lookup import RequestIndex
from batchtui.requests.source import open_requests
from support.requests import jsonl, line, params, request


def indexed(path, template=None, **changes) -> RequestIndex:
    index = RequestIndex(open_requests(path, template).changed(**changes))
    assert list(index.steps())
    return index


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "requests.jsonl"
    path.write_bytes(
        b"\xef\xbb\xbf" + jsonl(line("a"), b"broken", line("b", system="é"), line("a", system="2"))
    )
    return path


def test_requests_are_found_by_custom_id(path):
    with indexed(path) as index:
        assert len(index) == 3
        found = index.find("b")
        assert json.loads(found.raw) == request("b", system="é")
        assert (found.line, found.number) == (3, 3)
        assert index.find("a").line == 1, "the first of several"
        assert index.find("c") is None
        assert index.places("b") == [1]
        assert index.places("c") == []
        assert index.size("b") == len(line("b", system="é"))
        assert index.size("c") == 0
        assert [index[place].custom_id for place in range(3)] == ["a", "b", "a"]
        assert index.stamp.size == path.stat().st_size


@pytest.mark.parametrize("form", ["array", "csv", "rows"])
def test_in_all_forms(tmp_path, form):
    path, template = tmp_path / f"file.{form}", tmp_path / "template.json"
    ids = [f"id-{number}" for number in range(2500)]
    template.write_text(json.dumps(params(system="{{text}}")))
    text = 'x "y"\u2028\n{}'
    rows = [{"custom_id": custom_id, "text": text} for custom_id in ids]
    if form == "array":
        whole = [request(custom_id, system=text) for custom_id in ids]
        path.write_text(json.dumps(whole, indent=1, ensure_ascii=False))
    elif form == "csv":
        quoted = text.replace('"', '""')
        path.write_text("custom_id,text\n" + "".join(f'{i},"{quoted}"\n' for i in ids))
    else:
        path.write_text("\n".join(map(json.dumps, rows)))
    with indexed(path, None if form == "array" else template) as index:
        for custom_id in ids[::100]:
            assert json.loads(index.find(custom_id).raw) == request(custom_id, system=text)


def test_what_was_changed_on_the_way_is_changed_here_too(path):
    with indexed(path, edits=parse_edits(["max_tokens=9"])) as index:
        assert json.loads(index.find("b").params)["max_tokens"] == 9


def test_a_file_that_changed_is_an_error(path):
    with indexed(path) as index:
        path.write_bytes(b"x" * path.stat().st_size)
        with pytest.raises(SubmitError, match="the file has changed since"):
            index.find("b")


def test_ids_are_found_and_repeated_ones_told():
    index = IdIndex()
    for number in range(1000):
        index.add(f"id-{number % 990}", number)
    assert len(index) == 1000
    assert index.find("id-500") == [500]
    assert index.find("id-3") == [3, 993]
    assert index.find("other") == []
    assert sorted(index.repeated()) == [[number, number + 990] for number in range(10)]
