"""Answers as other servers shape them, and answers that are none: read, or refused in words."""

import json
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from batchtui.config.schema import AccountConfig
from batchtui.core import errors
from batchtui.core.models import BatchState, RequestCounts
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


async def test_cursors_that_are_left_out_are_the_ends_of_the_page(answered):
    items = [batch(id=f"b{n}") for n in range(3)]
    page = await answered({"data": items}).list_batches()
    assert (page.first_id, page.last_id, page.has_more) == ("b0", "b2", False)
    empty = await answered({"data": [], "has_more": False}).list_batches()
    assert (empty.first_id, empty.last_id) == (None, None)


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
    [
        {"id": ""},
        {"id": None},
        {"id": 7},
        {"id": "half \ud800 id"},
        {"type": "error"},
        {"type": None},
        {"created_at": None},
        {"created_at": "yesterday"},
        {"request_counts": [1, 2]},
        {"request_counts": counts(errored=-1)},
    ],
)
async def test_a_batch_that_is_none(answered, changes):
    with pytest.raises(errors.ProtocolError) as caught:
        await answered(batch(**changes)).retrieve("msgbatch_1")
    assert next(iter(changes)) in caught.value.why


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
    assert caught.value.hint == "known kinds: anthropic"
