"""Two files of results, read as one."""

from contextlib import contextmanager

import pytest

from batchtui.core.errors import NetworkError, NoResultsError, NotFoundError, PartGoneError
from batchtui.providers.openai_results import JoinedStream
from batchtui.providers.openai_results import joined as joined_files
from support.providers import FakeStream


class Pieces(FakeStream):
    def chunks(self):
        yield from (self.data[n : n + 1] for n in range(len(self.data)))


def joined(*files):
    opened = []

    @contextmanager
    def open_file(name):
        opened.append(name)
        yield Pieces(files[int(name)])

    names = [str(n) for n in range(1, len(files))]
    return JoinedStream(Pieces(files[0]), names, open_file), opened


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([b"a\nb\n", b"c\n"], b"a\nb\nc\n"),
        ([b"a\nb", b"c"], b"a\nb\nc"),
        ([b"", b"c"], b"c"),
        ([b"a", b""], b"a\n"),
        ([b"a"], b"a"),
        ([b"a", b"b", b"c"], b"a\nb\nc"),
    ],
)
def test_no_two_lines_run_into_each_other(files, expected):
    assert b"".join(joined(*files)[0].chunks()) == expected


def test_a_file_is_opened_when_the_one_before_is_read():
    stream, opened = joined(b"ab", b"c")
    chunks = stream.chunks()
    assert next(chunks) == b"a"
    assert opened == []
    assert list(chunks) == [b"b", b"\n", b"c"]
    assert opened == ["1"]


def test_the_size_is_known_of_one_file_only():
    assert joined(b"abc")[0].total_bytes == 3
    assert joined(b"abc", b"d")[0].total_bytes is None
    assert joined(b"abc")[0].etag == ""


@pytest.mark.parametrize(
    ("there", "content"), [({"out"}, b"out\n"), ({"err"}, b"err\n"), ({"out", "err"}, None)]
)
def test_a_file_that_is_gone_does_not_take_the_other_with_it(there, content):
    @contextmanager
    def open_file(name):
        if name not in there:
            raise NotFoundError("no such file", status=404)
        yield FakeStream(name.encode() + b"\n")

    got = []
    with joined_files(["out", "err"], open_file) as stream:
        if content is None:
            assert b"".join(stream.chunks()) == b"out\nerr\n"
            return
        with pytest.raises(PartGoneError, match=f"{'err' if 'out' in there else 'out'} is no"):
            got.extend(stream.chunks())
    assert got == [content]


def test_where_all_files_are_gone_there_are_no_results():
    @contextmanager
    def open_file(name):
        raise NotFoundError(f"could not fetch {name}", status=404)
        yield

    with (
        pytest.raises(NoResultsError, match="could not fetch err"),
        joined_files(["out", "err"], open_file),
    ):
        pass


def test_a_cut_in_the_first_file_does_not_go_on_with_the_second():
    class Cut(FakeStream):
        def chunks(self):
            yield b"a\nb"
            raise NetworkError("cut")

    stream = JoinedStream(Cut(b""), ["1"], pytest.fail)
    with pytest.raises(NetworkError):
        list(stream.chunks())
