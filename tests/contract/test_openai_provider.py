"""The OpenAI provider against the simulator's dialects and against odd answers."""

import asyncio
import json

import pytest
from pydantic import SecretStr

from batchtui.config.schema import AccountConfig
from batchtui.core import errors
from batchtui.core.models import BatchState, RequestCounts
from batchtui.providers.registry import open_provider
from batchtui.sim.openai_shapes import batch_id
from contract.kinds import KEY, OPENAI

URL = "/v1/chat/completions"


@pytest.fixture
async def provider_of(clock):
    opened = []

    def open_for(sim, **settings):
        settings = {"base_url": getattr(sim, "openai_url", sim.base_url), **settings}
        account = AccountConfig(name="lab", kind="openai", **settings)
        opened.append(open_provider(account, SecretStr(KEY), clock=clock))
        return opened[-1]

    yield open_for
    for provider in opened:
        await provider.aclose()


@pytest.fixture
def answered(recording_server, provider_of):
    """A provider of a server that answers everything with one document."""

    def start(document, status=200, **settings):
        server = recording_server(status=status, body=json.dumps(document).encode())
        return server, provider_of(server, **settings)

    return start


async def patiently(clock, call):
    task = asyncio.ensure_future(call)
    while not task.done():
        await asyncio.wait({task}, timeout=0.002)
        if clock.sleepers:
            await clock.advance(clock.sleepers[0][0] - clock.elapsed)
    return task


def body_of(provider, name):
    with provider.open_results(name) as stream:
        return b"".join(stream.chunks())


def a_batch(**fields):
    at = {"created_at": 1_763_600_000}
    return {"id": "batch_1", "object": "batch", "status": "in_progress", **at, **fields}


def lines(*urls):
    return b"\n".join(
        json.dumps({"custom_id": f"r{n}", "method": "POST", "url": url, "body": {}}).encode()
        for n, url in enumerate(urls)
    )


def find(sim, wanted):
    """The newest batch of some size whose `outcomes` are these."""
    now = sim.world.clock.now()
    for life in sim.world.batches():
        counts = life.counts(now)
        has = {name for name in ("succeeded", "errored", "canceled", "expired")
               if getattr(counts, name)}  # fmt: skip
        if life.status(now) == "ended" and has == wanted and life.size < 3000:
            return life, counts
    raise AssertionError(f"no batch has {wanted}")


async def test_the_endpoint_is_that_of_the_requests(simulator, provider_of):
    sim = simulator(batches=0)
    await provider_of(sim).create(lines("/v1/embeddings", "/v1/embeddings") + b"\n")
    created = (await provider_of(sim).list_batches()).batches[0]
    assert json.loads(created.raw)["endpoint"] == "/v1/embeddings"
    assert [seen.op for seen in sim.seen] == ["upload", "create", "list"]


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (lines(URL, "/v1/embeddings"), "line 2: it is for /v1/embeddings, those before are for"),
        (b'{"custom_id":"a"}', 'line 1: it has no "url"'),
        (lines(URL) + b"\n[1]", "line 2: it is no request"),
        (lines(URL) + b"\n{", "line 2: it is no request"),
        (b"", "there are none"),
        (b"\n \n", "there are none"),
    ],
)
async def test_files_that_make_no_batch_are_not_sent_whole(simulator, provider_of, file, why):
    sim = simulator(batches=0)
    with pytest.raises(errors.SubmitError) as refused:
        await provider_of(sim).create(file)
    assert why in refused.value.why
    assert sim.world.batches() == []
    assert "create" not in [seen.op for seen in sim.seen]


async def test_an_uploaded_file_that_no_batch_uses_is_told(simulator, provider_of):
    sim = simulator("400:op=create", batches=0)
    with pytest.raises(errors.BadRequestError) as refused:
        await provider_of(sim).create(OPENAI.body_of(1))
    assert "the requests were uploaded as file-" in refused.value.hint
    assert "used by no batch" in refused.value.hint
    assert not refused.value.maybe_done


async def test_a_create_without_an_answer_leaves_open_whether_there_is_a_batch(
    simulator, provider_of
):
    with pytest.raises(errors.ServerError) as lost:
        await provider_of(simulator("500:op=create", batches=0)).create(OPENAI.body_of(1))
    assert lost.value.maybe_done
    assert "may be in use" in lost.value.hint


async def test_an_upload_without_an_answer_made_no_batch(simulator, provider_of):
    with pytest.raises(errors.ServerError) as lost:
        await provider_of(simulator("500:op=upload", batches=0)).create(OPENAI.body_of(1))
    assert not lost.value.maybe_done
    assert "no batch was created" in lost.value.hint


async def test_a_file_that_fails_validation_says_which_lines(simulator, provider_of):
    sim = simulator(batches=0)
    provider = provider_of(sim)
    twice = b'{"custom_id":"r0","url":"/v1/chat/completions","body":{}}'
    created = await provider.create(b"\n".join([twice] * 6))
    assert created.state is BatchState.QUEUED
    assert created.request_counts is None
    sim.advance(10)
    batch = (await provider.retrieve(created.ref.id)).batch
    assert batch.state is BatchState.FAILED
    assert batch.failure.startswith("line 2: This line is not parseable")
    assert batch.failure.endswith("2 more")
    assert [error["line"] for error in json.loads(batch.raw)["errors"]["data"]] == [2, 3, 4, 5, 6]
    with pytest.raises(errors.NoResultsError):
        await asyncio.to_thread(body_of, provider, created.ref.id)


async def test_counts_move_while_it_runs(simulator, provider_of):
    sim = simulator(batches=0, run_seconds=600)
    provider = provider_of(sim)
    created = await provider.create(OPENAI.body_of(100))
    seen = []
    for _ in range(4):
        sim.advance(120)
        batch = (await provider.retrieve(created.ref.id)).batch
        assert batch.counts_live
        assert batch.request_counts.total == 100
        seen.append(batch.request_counts.succeeded)
    assert seen == sorted(set(seen))
    assert seen[0] > 0


@pytest.mark.parametrize("outcomes", [{"succeeded"}, {"succeeded", "errored"}, {"errored"},
                                      {"succeeded", "errored", "canceled"}])  # fmt: skip
async def test_answers_and_failures_are_one_stream(simulator, provider_of, outcomes):
    sim = simulator(batches=80)
    life, counts = find(sim, outcomes)
    provider = provider_of(sim)
    batch = (await provider.retrieve(batch_id(life))).batch
    assert (batch.request_counts.succeeded, batch.request_counts.errored) == (
        counts.succeeded, counts.errored)  # fmt: skip
    assert batch.request_counts.canceled == counts.canceled
    body = await asyncio.to_thread(body_of, provider, batch_id(life))
    rows = [json.loads(line) for line in body.split(b"\n")]
    assert len(rows) == counts.succeeded + counts.errored
    assert len({row["custom_id"] for row in rows}) == len(rows)
    statuses = [row["response"]["status_code"] for row in rows]
    assert statuses == sorted(statuses)  # the answers, then the failures


async def test_deleting_is_deleting_the_files(simulator, provider_of):
    sim = simulator(batches=80)
    life, _ = find(sim, {"succeeded", "errored"})
    provider = provider_of(sim)
    await provider.delete(batch_id(life))
    assert [seen.op for seen in sim.seen] == ["retrieve", "delete", "delete", "delete"]
    assert provider.capabilities.deletes == "its files"
    with pytest.raises(errors.NoResultsError):
        await asyncio.to_thread(body_of, provider, batch_id(life))
    await provider.delete(batch_id(life))  # what is gone already is passed over
    assert (await provider.retrieve(batch_id(life))).batch.state.is_final


async def test_a_pager_ends_where_the_server_says_more_and_gives_nothing(answered):
    _, provider = answered({"object": "list", "data": [], "has_more": True})
    page = await provider.list_batches()
    assert (page.batches, page.has_more) == ((), False)


async def test_a_pager_ends_where_the_cursor_stands_still(answered):
    _, provider = answered({"data": [a_batch()], "has_more": True, "last_id": "batch_1"})
    assert (await provider.list_batches()).has_more
    assert not (await provider.list_batches(after_id="batch_1")).has_more


async def test_together_s_shapes(simulator, provider_of):
    sim = simulator(batches=30, openai_dialect="together")
    provider = provider_of(sim, dialect="together")
    page = await provider.list_batches(limit=5)
    assert len(page.batches) == 30
    assert not page.has_more
    assert page.batches[0].created_at > page.batches[-1].created_at
    assert {batch.state for batch in page.batches} >= {BatchState.COMPLETED, BatchState.RUNNING}
    assert all(batch.request_counts is None for batch in page.batches)
    assert all(batch.expires_at > batch.created_at for batch in page.batches)
    assert not provider.capabilities.has_counts
    created = await provider.create(b'{"custom_id":"a","body":{"model":"m"}}')
    assert created.state is BatchState.QUEUED
    assert "/v1/files/upload" in [seen.path.removeprefix("/openai") for seen in sim.seen]


async def test_a_list_without_cursors_is_whole(simulator, provider_of):
    sim = simulator(batches=40, openai_dialect="groq")
    page = await provider_of(sim, dialect="groq").list_batches(limit=5)
    assert len(page.batches) == 40
    assert not page.has_more


async def test_behind_litellm_counts_tell_what_the_word_completed_hides(simulator, provider_of):
    sim = simulator(batches=80, openai_dialect="litellm")
    life, _ = find(sim, {"succeeded", "errored"})
    provider = provider_of(sim, dialect="litellm")
    batch = (await provider.retrieve(batch_id(life))).batch
    assert (batch.state, batch.results_available) == (BatchState.COMPLETED, True)
    assert batch.request_counts.errored
    body = await asyncio.to_thread(body_of, provider, batch_id(life))
    assert len(body.split(b"\n")) >= batch.request_counts.done


async def test_bodies_that_are_text_stay_as_they_came(simulator, provider_of):
    sim = simulator(batches=80, openai_dialect="ogx")
    life, _ = find(sim, {"succeeded"})
    provider = provider_of(sim, dialect="ogx")
    batch = (await provider.retrieve(batch_id(life))).batch
    assert batch.state is BatchState.COMPLETED
    body = await asyncio.to_thread(body_of, provider, batch_id(life))
    answer = json.loads(body.split(b"\n")[0])["response"]["body"]
    assert json.loads(answer)["object"] == "chat.completion"


async def test_a_cancel_after_the_end_is_a_conflict_where_the_server_says_so(
    simulator, provider_of, clock
):
    sim = simulator(batches=80, openai_dialect="ogx")
    life, _ = find(sim, {"succeeded"})
    task = await patiently(clock, provider_of(sim, dialect="ogx").cancel(batch_id(life)))
    assert isinstance(task.exception(), errors.ConflictError)
    assert "completed" in task.exception().why


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("validating", BatchState.QUEUED), ("VALIDATING", BatchState.QUEUED),
        ("finalizing", BatchState.RUNNING), ("IN_PROGRESS", BatchState.RUNNING),
        ("cancelling", BatchState.CANCELING), ("CANCELLED", BatchState.CANCELED),
        ("expired", BatchState.EXPIRED), ("weird", BatchState.UNKNOWN),
    ],
)  # fmt: skip
async def test_states_in_both_cases(answered, status, state):
    batch = (await answered(a_batch(status=status))[1].retrieve("batch_1")).batch
    assert (batch.state, batch.provider_status) == (state, status)


@pytest.mark.parametrize(
    ("status", "counts", "expected"),
    [
        ("in_progress", (10, 3, 1), RequestCounts(processing=6, succeeded=3, errored=1)),
        ("expired", (10, 3, 1), RequestCounts(succeeded=3, errored=1, expired=6)),
        ("cancelled", (10, 3, 1), RequestCounts(succeeded=3, errored=1, canceled=6)),
        ("completed", (10, 9, 0), RequestCounts(processing=1, succeeded=9)),
        ("validating", (0, 0, 0), None),
        ("in_progress", (10, None, None), RequestCounts(processing=10)),
        ("in_progress", ("10", 3, 1), RequestCounts(processing=6, succeeded=3, errored=1)),
        ("in_progress", ("ten", 3, 1), None),
        ("in_progress", None, None),
    ],
)
async def test_counts(answered, status, counts, expected):
    shape = None if counts is None else dict(zip(("total", "completed", "failed"), counts,
                                                 strict=True))  # fmt: skip
    document = a_batch(status=status, request_counts=shape)
    assert (await answered(document)[1].retrieve("batch_1")).batch.request_counts == expected


@pytest.mark.parametrize("moment", [1_763_600_000, 1_763_600_000.0, "2025-11-20T00:53:20Z",
                                    "2025-11-20T00:53:20"])  # fmt: skip
async def test_times_as_numbers_or_text(answered, moment):
    document = a_batch(status="completed", created_at=moment, completed_at=moment)
    batch = (await answered(document)[1].retrieve("batch_1")).batch
    assert batch.created_at.isoformat() == "2025-11-20T00:53:20+00:00"
    assert batch.ended_at == batch.created_at


async def test_a_gateway_s_word_for_no_file_is_no_file(answered):
    server, provider = answered(
        a_batch(status="completed", input_file_id="None", output_file_id="None", error_file_id=None)
    )
    assert not (await provider.retrieve("batch_1")).batch.results_available
    await provider.delete("batch_1")
    assert [seen.method for seen in server.requests] == ["GET", "GET"]


@pytest.mark.parametrize(
    ("errors_", "told"),
    [
        ({"data": [{"line": 7, "message": "no model", "code": "x"}]}, "line 7: no model"),
        ({"data": [{"code": "empty_file", "line": None}]}, "empty_file"),
        ([{"message": "a"}, {"message": "b"}], "a; b"),
        ("bad file", "bad file"),
        (None, ""),
        ({"data": [3, None, {}]}, ""),
    ],
)
async def test_why_a_batch_failed(answered, errors_, told):
    document = a_batch(status="failed", errors=errors_)
    assert (await answered(document)[1].retrieve("batch_1")).batch.failure == told


@pytest.mark.parametrize(
    "document", [{"id": "batch_1"}, [], {"object": "error"}, {"data": [{"object": "file"}]}]
)
async def test_what_is_no_batch_is_told(answered, document):
    _, provider = answered(document)
    with pytest.raises(errors.ProtocolError):
        await provider.retrieve("batch_1")


async def test_azure_wants_its_own_header(answered):
    server, provider = answered([], dialect="azure")
    await provider.list_batches()
    assert server.requests[0].headers["api-key"] == KEY
    assert "authorization" not in server.requests[0].headers


async def test_a_spent_quota_is_not_retried(answered):
    error = {"message": "You exceeded your current quota", "type": "insufficient_quota",
             "code": "insufficient_quota"}  # fmt: skip
    server, provider = answered({"error": error}, status=429)
    with pytest.raises(errors.RateLimitedError) as refused:
        await provider.list_batches()
    assert "spending limit" in refused.value.hint
    assert len(server.requests) == 1
