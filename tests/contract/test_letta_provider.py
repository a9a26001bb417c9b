"""The Letta provider against the simulator's Letta: what real servers do, and documents do not."""

import asyncio
import json

import pytest
from pydantic import SecretStr

from batchtui.config.schema import AccountConfig
from batchtui.core import errors
from batchtui.core.models import BatchState
from batchtui.providers.registry import open_provider
from batchtui.sim.letta_shapes import job_id
from contract.kinds import KEY, LETTA


@pytest.fixture
async def provider_of(clock):
    opened = []

    def open_for(sim, **settings):
        settings = {"base_url": getattr(sim, "letta_url", sim.base_url), **settings}
        account = AccountConfig(name="lab", kind="letta", **settings)
        opened.append(open_provider(account, settings.get("api_key"), clock=clock))
        return opened[-1]

    yield open_for
    for provider in opened:
        await provider.aclose()


async def patiently(clock, call):
    task = asyncio.ensure_future(call)
    while not task.done():
        await asyncio.wait({task}, timeout=0.002)
        if clock.sleepers:
            await clock.advance(clock.sleepers[0][0] - clock.elapsed)
    return task


def rows_of(provider, batch_id):
    with provider.open_results(batch_id) as stream:
        return [json.loads(line) for line in b"".join(stream.chunks()).split(b"\n") if line]


def answered(recording_server, provider_of, document, status=200):
    server = recording_server(status=status, body=json.dumps(document).encode())
    return server, provider_of(server)


def a_job(**fields):
    return {"id": "job-1", "status": "running", "created_at": "2026-11-20T11:00:00Z", **fields}


async def test_a_finished_job_leaves_the_list_and_can_still_be_asked_for(simulator, provider_of):
    sim = simulator(batches=0)
    provider = provider_of(sim)
    created = await provider.create(LETTA.body_of(2))
    assert [batch.ref for batch in (await provider.list_batches()).batches] == [created.ref]
    sim.advance(61)
    assert (await provider.list_batches()).batches == ()
    assert (await provider.retrieve(created.ref.id)).batch.state is BatchState.COMPLETED


async def test_a_server_that_does_as_documented_is_read_as_well(simulator, provider_of):
    sim = simulator(batches=12, documented=True)
    page = await provider_of(sim).list_batches(limit=100)
    assert len(page.batches) == 12
    assert {batch.state for batch in page.batches} > {BatchState.COMPLETED, BatchState.RUNNING}


async def test_the_walk_ends_where_a_server_goes_in_a_circle(recording_server, provider_of):
    jobs = [a_job(id=f"job-{n}") for n in range(2)]
    _, provider = answered(recording_server, provider_of, jobs)
    assert (await provider.list_batches(limit=2)).has_more
    assert not (await provider.list_batches(limit=2, after_id="job-1")).has_more


async def test_a_canceled_job_is_asked_for_after_the_null(simulator, provider_of):
    sim = simulator(batches=0)
    provider = provider_of(sim)
    created = await provider.create(LETTA.body_of(2))
    assert (await provider.cancel(created.ref.id)).state is BatchState.CANCELED
    assert [seen.method for seen in sim.seen][1:] == ["GET", "PATCH", "GET"]
    assert (await provider.cancel(created.ref.id)).state is BatchState.CANCELED
    assert [seen.method for seen in sim.seen][4:] == ["GET"]


async def test_a_completed_job_is_not_overwritten_by_a_cancel(simulator, provider_of):
    sim = simulator(batches=0)
    provider = provider_of(sim)
    created = await provider.create(LETTA.body_of(1))
    sim.advance(61)
    with pytest.raises(errors.ConflictError, match="it has ended: completed"):
        await provider.cancel(created.ref.id)
    assert "PATCH" not in [seen.method for seen in sim.seen]


async def test_a_cancel_that_is_refused_may_have_been_carried_out(simulator, provider_of):
    sim = simulator(batches=0, letta_polling=False)
    provider = provider_of(sim)
    created = await provider.create(LETTA.body_of(1))
    assert (await provider.cancel(created.ref.id)).state is BatchState.CANCELED


async def test_a_refused_cancel_that_did_nothing_is_an_error(simulator, provider_of, clock):
    sim = simulator("501:op=cancel", batches=0)
    provider = provider_of(sim)
    created = await provider.create(LETTA.body_of(1))
    task = await patiently(clock, provider.cancel(created.ref.id))
    assert isinstance(task.exception(), errors.BadRequestError)
    assert task.exception().hint == "this server does not offer that"


async def test_without_polling_a_job_runs_for_ever_and_the_kind_says_why(simulator, provider_of):
    sim = simulator(batches=0, letta_polling=False)
    provider = provider_of(sim)
    created = await provider.create(LETTA.body_of(1))
    sim.advance(10**6)
    assert (await provider.retrieve(created.ref.id)).batch.state is BatchState.RUNNING
    assert "LETTA_ENABLE_BATCH_JOB_POLLING" in provider.capabilities.stalls


async def test_a_delete_removes_the_job_in_any_state(simulator, provider_of):
    sim = simulator(batches=0)
    provider = provider_of(sim)
    created = await provider.create(LETTA.body_of(1))
    await provider.delete(created.ref.id)
    assert sim.seen[-1].path == f"/letta/v1/jobs/{created.ref.id}"
    with pytest.raises(errors.NotFoundError):
        await provider.retrieve(created.ref.id)


async def test_messages_are_grouped_by_agent_and_a_failed_agent_is_a_lone_question(
    simulator, provider_of
):
    sim = simulator(batches=80)
    life = next(one for one in sim.world.batches() if 0 < one.error_rate < 1 and one.size > 20)
    sim.advance(10**6)
    rows = await asyncio.to_thread(rows_of, provider_of(sim), job_id(life))
    assert len(rows) == min(life.size, 150)
    for row in rows:
        assert row.keys() == {"agent_id", "batch_item_id", "messages"}
        assert {m["agent_id"] for m in row["messages"]} == {row["agent_id"]}
        assert row["messages"][0]["role"] == "user"
    alone = [row for row in rows if len(row["messages"]) == 1]
    assert 0 < len(alone) < len(rows)


async def test_the_messages_keep_the_bytes_of_the_server(recording_server, provider_of):
    body = (
        b'{"messages": [\n'
        b'{"agent_id":"a","batch_item_id":null,"role" : "user","n":1.50,"t":"\\u00e9\\u2028"},\n'
        b'{"agent_id":"b","batch_item_id":"i2","role":"user"},\n'
        b'{"agent_id":"a","batch_item_id":"i1","role":"assistant",\n "x":"Gr\xc3\xbc\xc3\x9fe"}]}'
    )
    server = recording_server(body=body)
    provider = provider_of(server)

    def whole():
        with provider.open_results("job-1", offset=9, etag='"x"') as stream:
            return stream.offset, stream.etag, b"".join(stream.chunks())

    offset, etag, got = await asyncio.to_thread(whole)
    assert (offset, etag) == (0, "")
    first, second, rest = got.split(b"\n")
    assert rest == b""
    assert first == (
        b'{"agent_id":"a","batch_item_id":"i1","messages":['
        b'{"agent_id":"a","batch_item_id":null,"role" : "user","n":1.50,"t":"\\u00e9\\u2028"},'
        b'{"agent_id":"a","batch_item_id":"i1","role":"assistant",  "x":"Gr\xc3\xbc\xc3\x9fe"}]}'
    )
    assert json.loads(second)["batch_item_id"] == "i2"
    assert server.requests[0].path.endswith("/messages?limit=1000000&order=asc")


@pytest.mark.parametrize("document", [[], {"data": []}, {"messages": [1]}, {"messages": None}])
async def test_messages_of_another_shape_are_told(recording_server, provider_of, document):
    _, provider = answered(recording_server, provider_of, document)
    with pytest.raises(errors.ProtocolError, match="no list of messages"):
        await asyncio.to_thread(rows_of, provider, "job-1")


@pytest.mark.parametrize(
    ("fields", "state", "ended"),
    [
        ({"status": "created"}, BatchState.QUEUED, None),
        ({"status": "pending"}, BatchState.QUEUED, None),
        (
            {"status": "completed", "completed_at": "2026-11-20T11:30:00.5"},
            BatchState.COMPLETED,
            "2026-11-20T11:30:00.500000+00:00",
        ),
        (
            {"status": "cancelled", "updated_at": "2026-11-20T11:30:00Z"},
            BatchState.CANCELED,
            "2026-11-20T11:30:00+00:00",
        ),
        ({"status": "expired"}, BatchState.EXPIRED, None),
        ({"status": "running", "updated_at": "2026-11-20T11:30:00Z"}, BatchState.RUNNING, None),
    ],
)
async def test_states_and_times(recording_server, provider_of, fields, state, ended):
    _, provider = answered(recording_server, provider_of, a_job(**fields))
    batch = (await provider.retrieve("job-1")).batch
    assert batch.state is state
    assert (batch.ended_at and batch.ended_at.isoformat()) == ended
    assert batch.request_counts is None
    assert batch.results_available == state.is_final


async def test_a_failed_job_says_why_it_stopped(recording_server, provider_of):
    job = a_job(status="failed", stop_reason="insufficient_credits", callback_url="None")
    _, provider = answered(recording_server, provider_of, job)
    assert (await provider.retrieve("job-1")).batch.failure == "stop reason insufficient_credits"


SQL = "(IntegrityError) duplicate key value\n[SQL: INSERT INTO ...]" + "x" * 9000


@pytest.mark.parametrize(
    ("status", "document", "words", "kind"),
    [
        (404, {"detail": "Job not found"}, "Job not found", errors.NotFoundError),
        (
            422,
            {"trace_id": "", "detail": "[{'type': 'int_parsing'}]"},
            "int_parsing",
            errors.BadRequestError,
        ),
        (
            400,
            {"error": {"type": "llm_bad_request", "message": "too long", "detail": "x"}},
            "too long",
            errors.BadRequestError,
        ),
        (409, {"detail": SQL}, "duplicate key value…", errors.ConflictError),
        (400, {"detail": "Invalid job ID format"}, "Invalid job ID", errors.NotFoundError),
    ],
)
async def test_the_shapes_of_errors(
    recording_server, provider_of, clock, status, document, words, kind
):
    _, provider = answered(recording_server, provider_of, document, status)
    error = (await patiently(clock, provider.retrieve("job-1"))).exception()
    assert type(error) is kind
    assert words in error.why
    assert len(error.why) < 400
    assert "[SQL" not in error.why
    whole = document.get("detail", "")[:2000].encode()
    assert whole in error.body.encode().replace(b"\\n", b"\n")


async def test_an_agent_that_comes_twice_is_told_in_a_line(simulator, provider_of):
    body = b'{"requests":[{"agent_id":"a","messages":[]},{"agent_id":"a","messages":[]}]}'
    with pytest.raises(errors.ConflictError) as refused:
        await provider_of(simulator(batches=0)).create(body)
    assert refused.value.why.startswith("(sqlalchemy")
    assert len(refused.value.why) < 320
    assert "[parameters" in refused.value.body


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [("bearer", "authorization", f"Bearer {KEY}"), ("bare-password", "x-bare-password",
      f"password {KEY}")],
)  # fmt: skip
async def test_secure_mode(simulator, provider_of, auth, header, value):
    sim = simulator(keys=frozenset({KEY}))
    await provider_of(sim, api_key=SecretStr(KEY), auth=auth).list_batches()
    assert sim.seen[0].headers[header] == value
    with pytest.raises(errors.AuthError):
        await provider_of(sim).list_batches()


async def test_a_server_without_keys_is_sent_none(simulator, provider_of):
    sim = simulator()
    await provider_of(sim).list_batches()
    assert not {"authorization", "x-bare-password", "x-api-key"} & sim.seen[0].headers.keys()
