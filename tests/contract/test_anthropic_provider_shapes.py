"""Answers as other servers shape them, and answers that are none: read, or refused in words."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from batchtui.config.schema import AccountConfig
from batchtui.core import errors
from batchtui.core.models import UNDATED, BatchState, Capabilities, RequestCounts
from batchtui.core.retention import results_end, results_until
from batchtui.providers.anthropic_wire import read_batch
from batchtui.providers.registry import capabilities_of, open_provider

BATCH = {
    "id": "msgbatch_1",
    "type": "message_batch",
    "processing_status": "ended",
    "request_counts": {
        "processing": 0, "succeeded": 3, "errored": 0, "canceled": 0, "expired": 0,
    },
    "ended_at": "2025-01-29T14:30:00.5Z",
    "created_at": "2025-01-29T14:24:59.570697+00:00",
    "expires_at": "2025-01-30T15:24:59+01:00",
    "archived_at": None,
    "cancel_initiated_at": None,
    "results_url": "https://api.anthropic.com/v1/messages/batches/msgbatch_1/results",
}  # fmt: skip


@pytest.fixture
async def answered(recording_server, clock):
    """A provider whose server answers every call with the given document or bytes."""
    opened = []

    def start(document, **server):
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        stranger = recording_server(body=body, **server)
        account = AccountConfig(name="lab", base_url=stranger.base_url)
        opened.append(open_provider(account, SecretStr("sk-test-key"), clock=clock))
        return opened[-1]

    yield start
    for provider in opened:
        await provider.aclose()


def batch(**changes):
    return {**BATCH, **changes}


def counts(**numbers):
    return {**dict.fromkeys(BATCH["request_counts"], 0), **numbers}


async def test_all_that_a_batch_says(answered):
    got = (await answered(BATCH).retrieve("msgbatch_1")).batch
    assert got.ref == ("lab", "msgbatch_1")
    assert got.request_counts == RequestCounts(succeeded=3)
    assert got.created_at == datetime(2025, 1, 29, 14, 24, 59, 570697, UTC)
    assert got.ended_at == datetime(2025, 1, 29, 14, 30, 0, 500000, UTC)
    assert got.expires_at == datetime(2025, 1, 30, 14, 24, 59, tzinfo=UTC)
    assert got.expires_at.tzinfo is UTC
    assert json.loads(got.raw) == BATCH


CANCEL = "2025-01-29T14:25:00Z"


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, BatchState.COMPLETED),
        ({"request_counts": counts(succeeded=1, errored=2)}, BatchState.COMPLETED),
        ({"request_counts": counts(errored=3)}, BatchState.FAILED),
        ({"request_counts": counts(expired=3)}, BatchState.EXPIRED),
        ({"request_counts": counts(expired=2, errored=1)}, BatchState.EXPIRED),
        ({"request_counts": counts(expired=2, succeeded=1)}, BatchState.COMPLETED),
        (
            {"request_counts": counts(canceled=1, succeeded=2), "cancel_initiated_at": CANCEL},
            BatchState.CANCELED,
        ),
        # A cancel that came too late to stop anything.
        ({"cancel_initiated_at": CANCEL}, BatchState.COMPLETED),
        (
            {"request_counts": counts(errored=3), "cancel_initiated_at": CANCEL},
            BatchState.FAILED,
        ),
        ({"request_counts": None}, BatchState.COMPLETED),
        ({"request_counts": None, "cancel_initiated_at": CANCEL}, BatchState.CANCELED),
        ({"processing_status": "in_progress"}, BatchState.RUNNING),
        ({"processing_status": "canceling"}, BatchState.CANCELING),
        ({"processing_status": "paused"}, BatchState.UNKNOWN),
        ({"processing_status": None}, BatchState.UNKNOWN),
    ],
)
async def test_the_state_is_read_from_status_cancel_and_counts(answered, changes, state):
    assert (await answered(batch(**changes)).retrieve("b")).batch.state is state


async def test_absent_is_null_and_unknown_is_kept(answered):
    sparse = {key: BATCH[key] for key in ("id", "type", "created_at")}
    got = (await answered({**sparse, "priority": {"level": 3}}).retrieve("b")).batch
    assert got.state is BatchState.UNKNOWN
    assert got.provider_status == ""
    assert got.request_counts is None
    assert got.ended_at is got.expires_at is got.archived_at is got.cancel_initiated_at is None
    assert json.loads(got.raw)["priority"] == {"level": 3}


async def test_counts_may_be_sparse_and_null(answered):
    got = (
        await answered(batch(request_counts={"processing": 4, "errored": None})).retrieve("b")
    ).batch
    assert got.request_counts == RequestCounts(processing=4)


async def test_a_time_that_cannot_be_read_is_left_out(answered):
    odd = batch(
        expires_at="tomorrow", archived_at="", cancel_initiated_at="9999-12-31T23:59:59-14:00"
    )
    got = (await answered(odd).retrieve("b")).batch
    assert got.expires_at is got.archived_at is got.cancel_initiated_at is None


async def test_a_time_without_a_zone_is_utc(answered):
    got = (await answered(batch(created_at="2025-01-29T14:24:59")).retrieve("b")).batch
    assert got.created_at == datetime(2025, 1, 29, 14, 24, 59, tzinfo=UTC)


async def test_counts_that_moved_before_the_end_are_live(answered):
    running = batch(processing_status="in_progress", request_counts=counts(processing=2, errored=1))
    assert (await answered(running).retrieve("b")).batch.counts_live
    assert not (await answered(BATCH).retrieve("b")).batch.counts_live


async def test_raw_text_is_text_that_can_be_stored(answered):
    body = json.dumps(batch(note="é\ud800 ok")).encode()
    got = (await answered(body).retrieve("b")).batch
    assert "é" in got.raw
    got.raw.encode()


async def test_a_cursor_that_is_left_out_is_the_end_of_the_page(answered):
    items = [batch(id=f"b{n}") for n in range(3)]
    page = await answered({"data": items}).list_batches()
    assert (page.last_id, page.has_more) == ("b2", False)
    empty = await answered({"data": [], "has_more": False}).list_batches()
    assert empty.last_id is None


async def test_the_wish_on_a_success_surfaces(answered):
    patient = {"retry-after": "42"}
    assert (await answered({"data": []}, headers=patient).list_batches()).retry_after == 42.0
    assert (await answered(BATCH, headers=patient).retrieve("b")).retry_after == 42.0


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([BATCH], "no JSON object"),
        ({"object": "list"}, "no data array"),
        ({"data": {"0": BATCH}}, "no data array"),
        ({"data": ["b1"]}, "no message batch"),
        ({"data": [{"object": "batch", "id": "batch_1"}]}, "no message batch"),
        (b"", "not JSON"),
        (b"null", "no JSON object"),
        (b"<html><title>Welcome</title></html>", "a web page"),
        (b"[" * 200_000, "not JSON"),
        (b'{"data": [' + b"9" * 10_000 + b"]}", "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
    ],
)
async def test_a_list_that_is_none(answered, document, words):
    with pytest.raises(errors.ProtocolError) as caught:
        await answered(document).list_batches()
    assert words in caught.value.why
    assert "base_url of account lab" in caught.value.hint
    assert caught.value.status == 200


@pytest.mark.parametrize(
    "changes",
    [{"id": ""}, {"id": None}, {"id": 7}, {"id": "half \ud800 id"}],
)
async def test_what_has_no_id_is_no_batch(answered, changes):
    with pytest.raises(errors.ProtocolError, match="no message batch"):
        await answered(batch(**changes)).retrieve("msgbatch_1")
    odd = {"data": [batch(id="first"), batch(**changes), batch(id="last")], "last_id": None}
    page = await answered(odd).list_batches()
    assert [got.ref.id for got in page.batches] == ["first", "last"]
    assert (page.skipped, page.last_id) == (1, "last")


@pytest.mark.parametrize("item", [None, "b1", 7, [], {"type": "error", "id": "e1"}, {}])
async def test_what_is_no_batch_at_all_is_skipped_and_counted(answered, item):
    page = await answered({"data": [item, BATCH]}).list_batches()
    assert [got.ref.id for got in page.batches] == ["msgbatch_1"]
    assert page.skipped == 1
    older = await answered({"data": [item]}).list_batches(after_id="b9")
    assert (older.batches, older.skipped) == ((), 1)


@pytest.mark.parametrize("odd", [None, "yesterday", "", 7, [], {}, "0001-01-01T00:00:00+23:59",
                                 "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z",
                                 "2025-02-30T00:00:00Z", "1969-12-31T00:00:00Z"])  # fmt: skip
async def test_a_time_of_creation_that_cannot_be_read_is_unknown(answered, odd):
    got = (await answered(batch(created_at=odd)).retrieve("msgbatch_1")).batch
    assert got.created_at == UNDATED
    assert got.state is BatchState.COMPLETED
    assert results_until(got) is None
    assert json.loads(got.raw)["created_at"] == odd


@pytest.mark.parametrize("odd", [[1, 2], "5", 7, counts(errored=-1), counts(errored=1.5),
                                 counts(errored="?"), counts(errored=True), counts(errored=[]),
                                 counts(errored=10**30)])  # fmt: skip
async def test_counts_that_cannot_be_read_are_unknown(answered, odd):
    got = (await answered(batch(request_counts=odd)).retrieve("msgbatch_1")).batch
    assert got.request_counts is None
    assert got.state is BatchState.COMPLETED
    assert json.loads(got.raw)["request_counts"] == odd


@pytest.mark.parametrize(("odd", "word"), [(7, ""), ([], ""), ("half \ud800", "half ?")])
async def test_a_status_that_cannot_be_read_is_unknown(answered, odd, word):
    got = (await answered(batch(processing_status=odd)).retrieve("msgbatch_1")).batch
    assert (got.state, got.provider_status) == (BatchState.UNKNOWN, word)


@pytest.mark.parametrize("odd", [None, 7, "batch"])
async def test_a_batch_may_leave_out_what_it_is(answered, odd):
    assert (await answered(batch(type=odd)).retrieve("msgbatch_1")).batch.ref.id == "msgbatch_1"
    assert (await answered({"id": "b"}).retrieve("b")).batch.state is BatchState.UNKNOWN


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(odd=st.dictionaries(st.sampled_from(sorted({*BATCH} - {"id", "type"})), JSON))
def test_no_field_hides_a_batch(odd):
    got = read_batch("lab", batch(**odd))
    assert got.ref == ("lab", "msgbatch_1")
    got.raw.encode()
    assert got == read_batch("lab", json.loads(json.dumps(batch(**odd))))


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Message Batch msgbatch_1 has no available results.", errors.NoResultsError),
        ("Message Batch msgbatch_1 not found.", errors.NotFoundError),
    ],
)
def test_no_results_is_not_an_unknown_batch(recording_server, clock, message, kind):
    body = {"type": "error", "error": {"type": "not_found_error", "message": message}}
    server = recording_server(status=404, body=json.dumps(body).encode())
    account = AccountConfig(name="lab", base_url=server.base_url)
    provider = open_provider(account, SecretStr("sk-test-key"), clock=clock)
    with pytest.raises(errors.NotFoundError) as caught, provider.open_results("msgbatch_1"):
        pass
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.error_type) == (404, "not_found_error")
    assert ("check the id" in caught.value.hint) is (kind is errors.NotFoundError)
    asyncio.run(provider.aclose())


def test_how_long_results_are_kept_is_the_same_wherever_it_is_asked():
    ended = read_batch("lab", BATCH)
    assert results_end(ended, capabilities_of("anthropic")) == datetime(
        2025, 2, 27, 14, 24, 59, 570697, UTC
    )
    assert results_until(ended) == results_end(ended, capabilities_of("anthropic"))
    assert results_end(ended, Capabilities()) is None


async def test_a_created_batch_that_cannot_be_read_may_exist(answered):
    with pytest.raises(errors.ProtocolError) as caught:
        await answered(b"<html>").create(b"{}")
    assert caught.value.maybe_done


@pytest.mark.parametrize("depth", range(900, 1000, 7))
async def test_deep_answers_are_read_or_refused(answered, depth):
    deep = json.dumps(BATCH)[:-1] + ', "x": ' + "[" * depth + "]" * depth + "}"
    try:
        got = (await answered(deep.encode()).retrieve("b")).batch
    except errors.ProtocolError:
        return
    assert got.ref.id == "msgbatch_1"


@pytest.mark.parametrize("body", [b"", b"null", b'{"id": "b", "type": "message_batch_deleted"}'])
async def test_a_delete_is_done_whatever_a_success_says(answered, body):
    await answered(body).delete("b")


async def test_a_server_without_delete(answered):
    no_delete = answered({"detail": "Method Not Allowed"}, status=405)
    with pytest.raises(errors.BadRequestError, match="Method Not Allowed") as caught:
        await no_delete.delete("b")
    assert caught.value.hint == "this server does not offer that"


async def test_a_gateway_prefix_in_the_base_url_is_kept(recording_server, clock):
    server = recording_server(body=json.dumps(BATCH).encode())
    account = AccountConfig(name="gw", base_url=f"{server.base_url}/anthropic/")
    provider = open_provider(account, SecretStr("sk-test-key"), clock=clock)
    await provider.retrieve("a/b")
    await provider.aclose()
    assert server.requests[0].path == "/anthropic/v1/messages/batches/a%2Fb"


def test_an_unknown_kind_names_the_nearest(clock):
    account = AccountConfig(name="lab").model_copy(update={"kind": "antropic"})
    with pytest.raises(errors.ConfigError, match='"antropic"') as caught:
        open_provider(account, None, clock=clock)
    assert caught.value.hint == 'did you mean "anthropic"?'
    with pytest.raises(errors.ConfigError) as caught:
        capabilities_of("zzz")
    assert caught.value.hint == "known kinds: anthropic, letta, openai"


def test_a_400_for_results_means_that_there_are_none(recording_server, clock):
    body = b"{\"error\":{\"message\":\"{'errors': [{'msg': 'batch is in_progress'}]}\"}}"
    server = recording_server(status=400, body=body)
    account = AccountConfig(name="lab", base_url=server.base_url)
    provider = open_provider(account, SecretStr("sk-test-key"), clock=clock)
    with (
        pytest.raises(errors.NoResultsError, match="in_progress"),
        provider.open_results("msgbatch_1"),
    ):
        pass
    asyncio.run(provider.aclose())


async def test_a_server_without_cancel(answered, clock):
    no_cancel = answered({"detail": "not implemented"}, status=501)
    with pytest.raises(errors.BadRequestError, match="not implemented") as caught:
        await no_cancel.cancel("b")
    assert caught.value.hint == "this server does not offer that"


async def test_kilobytes_of_detail_are_one_line_and_the_whole_is_kept(answered):
    detail = "(IntegrityError) duplicate key\n[SQL: INSERT INTO batches]" + "x" * 5000
    with pytest.raises(errors.BadRequestError) as caught:
        await answered({"detail": detail}, status=400).retrieve("b")
    assert caught.value.why == "(IntegrityError) duplicate key… (400)"
    assert "INSERT INTO batches" in caught.value.body
