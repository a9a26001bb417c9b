"""The upload of a file of requests: the form around it, and the endpoint found as it passes."""

import pytest

from batchtui.core.errors import SubmitError
from batchtui.providers.openai_upload import LONGEST_LINE, EndpointWatch, Form
from batchtui.sim.multipart import fields_of

CHAT = b'{"custom_id":"a","url":"/v1/chat/completions","body":{"x":"\xe2\x80\xa8"}}'


async def pieces(data, size):
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def gathered(chunks):
    return b"".join([chunk async for chunk in chunks])


@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n"])
async def test_the_form_holds_the_file_byte_for_byte_whatever_the_pieces(size, end):
    file = CHAT + b"\r\n" + CHAT + end
    form, watch = Form({"purpose": "batch"}, "b0undary"), EndpointWatch("")
    whole = await gathered(form.chunks(pieces(file, size), watch))
    assert len(whole) == form.length(len(file))
    assert fields_of(form.content_type, whole) == {"purpose": b"batch", "file": file}
    assert watch.finish() == "/v1/chat/completions"


async def test_the_end_is_withheld_where_the_last_line_is_wrong():
    form, got = Form({}, "b"), []
    chunks = form.chunks(pieces(CHAT + b"\n{}", 50), EndpointWatch(""))

    async def take_all():
        async for chunk in chunks:
            got.append(chunk)  # noqa: PERF401  (what was handed over before the error counts)

    with pytest.raises(SubmitError, match="line 2"):
        await take_all()
    assert not b"".join(got).endswith(b"--\r\n")


def test_requests_may_leave_the_endpoint_to_the_server():
    watch = EndpointWatch("/v1/chat/completions")
    watch.feed(b'{"custom_id":"a"}')
    assert watch.finish() == "/v1/chat/completions"


def test_a_line_without_end_is_not_gathered_for_ever():
    watch, chunk, fed = EndpointWatch(""), b"x" * (1 << 23), 0
    while fed <= LONGEST_LINE - len(chunk):
        watch.feed(chunk)
        fed += len(chunk)
    with pytest.raises(SubmitError, match="line 1: it has no end"):
        watch.feed(chunk)
