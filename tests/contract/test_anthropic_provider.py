"""The Anthropic provider against the simulator: every call, every fault, over real HTTP."""

import asyncio
import json

import pytest
from pydantic import SecretStr

from batchtui.config.schema import AccountConfig
from batchtui.core import errors
from batchtui.core.models import BatchState
from batchtui.providers.registry import open_provider
from batchtui.sim.faults import Fault, parse_fault

ROOT = "/v1/messages/batches"
KEY = "sk-ant-test-0123456789"
PARAMS = {"model": "claude-x", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
async def provider_of(clock):
    """Opens providers of a simulator, with account settings; all closed at the end."""
    opened = []

    def open_for(sim, **settings):
        account = AccountConfig(name="lab", **{"base_url": sim.base_url, **settings})
        opened.append(open_provider(account, SecretStr(KEY), clock=clock))
        return opened[-1]

    yield open_for
    for provider in opened:
        await provider.aclose()


async def patiently(clock, call):
    """The finished call, and the waits it made before it was through."""
    task = asyncio.ensure_future(call)
    waits = []
    while not task.done():
        await asyncio.wait({task}, timeout=0.002)
        if clock.sleepers:
            waits.append(clock.sleepers[0][0] - clock.elapsed)
            await clock.advance(waits[-1])
    return task, waits


def body_of(count=3):
    requests = [{"custom_id": f"r{n}", "params": PARAMS} for n in range(count)]
    return json.dumps({"requests": requests}).encode()


def pick(sim, status, *, archived=False):
    """The newest batch with this status whose results are there, or are not any more."""
    now = sim.world.clock.now()
    for life in sim.world.batches():
        if life.status(now) == status and (now >= life.archives_at) == archived:
            return life
    raise AssertionError(f"no batch is {status}")


def read(provider, batch_id, **options):
    with provider.open_results(batch_id, **options) as stream:
        return stream, b"".join(stream.chunks())


def ops(sim):
    return [seen.op for seen in sim.seen]


async def test_a_page_of_the_newest_batches(simulator, provider_of):
    sim = simulator()
    page = await provider_of(sim).list_batches(limit=5)
    assert [b.ref for b in page.batches] == [("lab", life.id) for life in sim.world.batches()[:5]]
    assert page.has_more
    assert page.last_id == page.batches[-1].ref.id
    assert page.retry_after is None
    assert all(batch.kind == "anthropic" for batch in page.batches)


@pytest.mark.parametrize("limit", [1, 7, 1000])
async def test_paging_to_the_oldest_meets_every_batch_once(simulator, provider_of, limit):
    sim = simulator(batches=24)
    provider = provider_of(sim)
    newest_first = [life.id for life in sim.world.batches()]
    assert len(newest_first) == 24

    page = await provider.list_batches(limit=limit)
    older = list(page.batches)
    while page.has_more:
        page = await provider.list_batches(limit=limit, after_id=page.last_id)
        older += page.batches
    assert [batch.ref.id for batch in older] == newest_first


@pytest.mark.parametrize(("asked", "sent"), [(0, 1), (-4, 1), (5000, 1000)])
async def test_a_limit_stays_within_what_the_server_takes(simulator, provider_of, asked, sent):
    sim = simulator()
    await provider_of(sim).list_batches(limit=asked)
    assert f"limit={sent}" in sim.seen[0].query


async def test_an_empty_list(simulator, provider_of):
    page = await provider_of(simulator(batches=0)).list_batches()
    assert page.batches == ()
    assert not page.has_more
    assert page.last_id is None


async def test_a_running_batch_comes_with_the_time_before_the_next_question(simulator, provider_of):
    sim = simulator()
    retrieved = await provider_of(sim).retrieve(pick(sim, "in_progress").id)
    batch = retrieved.batch
    assert retrieved.retry_after == 10.0
    assert batch.state is BatchState.RUNNING
    assert batch.provider_status == "in_progress"
    assert batch.request_counts.processing == batch.request_counts.total > 0
    assert not batch.counts_live
    assert not batch.results_available
    assert json.loads(batch.raw)["id"] == batch.ref.id


async def test_an_ended_batch_has_results_and_no_wish(simulator, provider_of):
    sim = simulator()
    retrieved = await provider_of(sim).retrieve(pick(sim, "ended").id)
    assert retrieved.retry_after is None
    assert retrieved.batch.state.is_final
    assert retrieved.batch.results_available
    assert retrieved.batch.ended_at is not None


async def test_an_archived_batch_has_no_results_any_more(simulator, provider_of):
    sim = simulator(batches=60)
    provider = provider_of(sim)
    life = pick(sim, "ended", archived=True)
    batch = (await provider.retrieve(life.id)).batch
    assert batch.archived_at is not None
    assert not batch.results_available
    with pytest.raises(errors.NotFoundError, match="no available results"):
        await asyncio.to_thread(read, provider, life.id)


async def test_counts_that_move_before_the_end_are_live(simulator, provider_of):
    sim = simulator(live_counts=True, batches=0, run_seconds=600)
    provider = provider_of(sim)
    created = await provider.create(body_of(100))
    assert not created.counts_live
    sim.advance(300)
    batch = (await provider.retrieve(created.ref.id)).batch
    assert batch.state is BatchState.RUNNING
    assert batch.counts_live


async def test_a_life_from_create_to_results_to_delete(simulator, provider_of):
    sim = simulator(batches=0)
    provider = provider_of(sim)
    created = await provider.create(body_of(3))
    assert created.state is BatchState.RUNNING
    assert created.request_counts.total == 3
    with pytest.raises(errors.NotFoundError) as too_early:
        await asyncio.to_thread(read, provider, created.ref.id)
    assert not too_early.value.retryable

    sim.advance(61)
    ended = (await provider.retrieve(created.ref.id)).batch
    assert ended.state is BatchState.COMPLETED
    stream, results = await asyncio.to_thread(read, provider, created.ref.id)
    lines = [json.loads(line) for line in results.split(b"\n")]
    assert sorted(line["custom_id"] for line in lines) == ["r0", "r1", "r2"]
    assert (stream.offset, stream.etag) == (0, "")

    await provider.delete(created.ref.id)
    with pytest.raises(errors.NotFoundError):
        await provider.retrieve(created.ref.id)


async def test_a_body_may_come_in_pieces(simulator, provider_of):
    async def pieces():
        whole = body_of(50)
        for start in range(0, len(whole), 100):
            yield whole[start : start + 100]

    created = await provider_of(simulator()).create(pieces())
    assert created.request_counts.total == 50


async def test_cancel(simulator, provider_of):
    sim = simulator(batches=0)
    provider = provider_of(sim)
    created = await provider.create(body_of())
    canceling = await provider.cancel(created.ref.id)
    assert canceling.state is BatchState.CANCELING
    assert canceling.cancel_initiated_at is not None
    sim.advance(600)
    batch = (await provider.retrieve(created.ref.id)).batch
    assert batch.provider_status == "ended"
    assert batch.state is BatchState.CANCELED


async def test_wrong_states_are_refused_in_the_servers_words(simulator, provider_of):
    sim = simulator()
    provider = provider_of(sim)
    for call in (
        provider.cancel(pick(sim, "ended").id),
        provider.delete(pick(sim, "in_progress").id),
        provider.create(b'{"requests": []}'),
        provider.create(b"no json"),
    ):
        with pytest.raises(errors.BadRequestError) as caught:
            await call
        assert caught.value.error_type == "invalid_request_error"
        assert caught.value.why
        assert caught.value.request_id.startswith("req_")
        assert not caught.value.retryable


async def test_an_unknown_id_is_asked_for_once(simulator, provider_of):
    sim = simulator()
    with pytest.raises(errors.NotFoundError, match="not found"):
        await provider_of(sim).retrieve("msgbatch_nobody")
    assert ops(sim) == ["retrieve"]


@pytest.mark.parametrize("batch_id", ["", ".", "..", "../../models", "x/../../models", "a?b#c"])
async def test_no_id_reaches_another_place(simulator, provider_of, batch_id):
    sim = simulator()
    provider = provider_of(sim)
    for call in (provider.retrieve, provider.cancel, provider.delete):
        with pytest.raises(errors.ApiError):
            await call(batch_id)
    assert {"list", "create", "models"}.isdisjoint(ops(sim))


async def test_headers_of_version_and_betas(simulator, provider_of):
    sim = simulator()
    provider = provider_of(
        sim,
        anthropic_version="2026-10-21",
        betas=("output-300k-2026-03-24", "context-1m-2025-08-07"),
    )
    await provider.list_batches()
    await provider.create(body_of())
    with provider.open_results(pick(sim, "ended").id):
        pass
    for seen in sim.seen:
        assert seen.headers["anthropic-version"] == "2026-10-21"
        assert seen.headers["anthropic-beta"] == "output-300k-2026-03-24,context-1m-2025-08-07"
        assert seen.headers["x-api-key"] == KEY
        assert "authorization" not in seen.headers
    assert sim.seen[1].headers["content-type"] == "application/json"
    assert sim.seen[2].headers["accept-encoding"] == "identity"


async def test_bearer(simulator, provider_of):
    sim = simulator(keys=frozenset({KEY}))
    await provider_of(sim, auth="bearer").list_batches()
    assert sim.seen[0].headers["authorization"] == f"Bearer {KEY}"
    assert "x-api-key" not in sim.seen[0].headers
    assert "anthropic-beta" not in sim.seen[0].headers


async def test_a_wrong_key(simulator, provider_of):
    sim = simulator(keys=frozenset({"another"}))
    with pytest.raises(errors.AuthError) as caught:
        await provider_of(sim).list_batches()
    assert "account lab" in caught.value.hint
    assert len(sim.seen) == 1


@pytest.mark.parametrize(
    ("fault", "kind", "waits"),
    [
        ("401", errors.AuthError, []),
        ("403", errors.PermissionDeniedError, []),
        ("404", errors.NotFoundError, []),
        ("400", errors.BadRequestError, []),
        ("408", errors.NetworkError, 2),
        ("409", errors.BadRequestError, 2),
        ("413", errors.BadRequestError, []),
        ("429:retry-after=2", errors.RateLimitedError, [2.0, 2.0]),
        ("429:retry-after=0.5", errors.RateLimitedError, [0.5, 0.5]),
        ("429:retry-after-ms=1500", errors.RateLimitedError, [1.5, 1.5]),
        ("429:retry-after=61", errors.RateLimitedError, []),
        ("429", errors.RateLimitedError, 2),
        ("429:spend-limit", errors.RateLimitedError, []),
        ("500", errors.ServerError, 2),
        ("500:x-should-retry=false", errors.ServerError, []),
        ("400:x-should-retry=true", errors.BadRequestError, 2),
        ("501", errors.BadRequestError, []),
        ("502:html", errors.ServerError, 2),
        ("504", errors.ServerError, 2),
        ("529", errors.OverloadedError, 2),
    ],
)
async def test_each_fault_has_its_error_and_its_tries(
    simulator, provider_of, clock, fault, kind, waits
):
    sim = simulator(fault)
    task, waited = await patiently(clock, provider_of(sim).list_batches())
    error = task.exception()
    assert type(error) is kind
    assert KEY not in f"{error!s}{error.hint}{error.body}"
    expected = waits if isinstance(waits, int) else len(waits)
    assert len(waited) == expected
    assert len(sim.seen) == expected + 1
    if isinstance(waits, list):
        assert waited == pytest.approx(waits)
    else:
        assert 0.375 <= waited[0] <= 0.5
        assert 0.75 <= waited[1] <= 1.0


async def test_the_wish_of_a_429_that_was_not_waited_for_is_reported(simulator, provider_of):
    with pytest.raises(errors.RateLimitedError) as caught:
        await provider_of(simulator("429:retry-after=61")).list_batches()
    assert caught.value.retry_after == 61.0


@pytest.mark.parametrize("fault", ["429:retry-after=1,times=2", "529:times=2", "500:times=1"])
async def test_a_fault_that_passes_is_not_noticed(simulator, provider_of, clock, fault):
    sim = simulator(fault)
    task, _ = await patiently(clock, provider_of(sim).list_batches(limit=3))
    assert len(task.result().batches) == 3


async def test_a_server_that_never_answers(simulator, provider_of, clock):
    sim = simulator("timeout")
    task, waited = await patiently(clock, provider_of(sim, timeout=1).list_batches())
    error = task.exception()
    assert isinstance(error, errors.NetworkError)
    assert "sent nothing for 1 s" in error.why
    assert waited == []
    assert len(sim.seen) == 1, "silence is waited for once"


@pytest.mark.parametrize(
    "fault", ["529", "500:x-should-retry=true", "429:retry-after=1", "timeout"]
)
async def test_a_create_is_sent_once_whatever_happens(simulator, provider_of, clock, fault):
    sim = simulator(fault)
    task, waited = await patiently(clock, provider_of(sim, timeout=1).create(body_of()))
    error = task.exception()
    assert isinstance(error, errors.ApiError)
    assert error.maybe_done is (not isinstance(error, errors.RateLimitedError))
    assert waited == []
    assert ops(sim) == ["create"]


async def test_a_cancel_is_retried(simulator, provider_of, clock):
    sim = simulator("529:op=cancel,times=1", batches=0)
    provider = provider_of(sim)
    batch_id = (await provider.create(body_of())).ref.id
    task, _ = await patiently(clock, provider.cancel(batch_id))
    assert task.result().state is BatchState.CANCELING
    assert ops(sim) == ["create", "cancel", "cancel"]


async def test_a_cancel_whose_repetition_is_refused_looks_at_the_batch(
    simulator, provider_of, clock
):
    sim = simulator(batches=0)
    provider = provider_of(sim)
    batch_id = (await provider.create(body_of())).ref.id
    await provider.cancel(batch_id)
    sim.faults.add(parse_fault("504:op=cancel,times=1"))
    sim.advance(600)
    task, _ = await patiently(clock, provider.cancel(batch_id))
    assert task.result().state is BatchState.CANCELED
    assert ops(sim)[-3:] == ["cancel", "cancel", "retrieve"]


async def test_a_cancel_that_had_no_effect_stays_refused(simulator, provider_of, clock):
    provider = provider_of(simulator("504:op=cancel,times=1"))
    batches = (await provider.list_batches()).batches
    ended = [b for b in batches if b.state.is_final and b.cancel_initiated_at is None]
    task, _ = await patiently(clock, provider.cancel(ended[0].ref.id))
    assert isinstance(task.exception(), errors.BadRequestError)


async def test_a_delete_that_may_have_arrived_is_done_when_it_is_gone(
    simulator, provider_of, clock
):
    sim = simulator("504:op=delete,times=1")
    life = pick(sim, "ended")
    sim.world.delete(life.id)
    task, _ = await patiently(clock, provider_of(sim).delete(life.id))
    assert task.result() is None
    assert ops(sim) == ["delete", "delete"]


async def test_a_delete_of_what_never_was(simulator, provider_of, clock):
    sim = simulator("429:retry-after=1,times=1")
    task, _ = await patiently(clock, provider_of(sim).delete("msgbatch_nobody"))
    assert isinstance(task.exception(), errors.NotFoundError)


async def test_a_passing_404_after_create_is_reported_as_it_is(simulator, provider_of):
    sim = simulator("404-after-create:reads=1")
    provider = provider_of(sim)
    batch_id = (await provider.create(body_of())).ref.id
    with pytest.raises(errors.NotFoundError):
        await provider.retrieve(batch_id)
    assert (await provider.retrieve(batch_id)).batch.ref.id == batch_id


@pytest.mark.parametrize("op", ["list", "retrieve", "cancel", "delete", "create", "results"])
@pytest.mark.parametrize("status", [302, 307])
async def test_no_redirect_takes_the_key_to_a_stranger(
    simulator, provider_of, recording_server, op, status
):
    stranger = recording_server()
    args = {"to": stranger.base_url, "status": str(status)}
    sim = simulator(Fault("redirect", op=op, args=args))
    provider = provider_of(sim)
    batch_id = pick(sim, "ended").id
    calls = {
        "list": provider.list_batches,
        "retrieve": lambda: provider.retrieve(batch_id),
        "cancel": lambda: provider.cancel(batch_id),
        "delete": lambda: provider.delete(batch_id),
        "create": lambda: provider.create(body_of()),
        "results": lambda: asyncio.to_thread(read, provider, batch_id),
    }
    with pytest.raises(errors.ProtocolError) as caught:
        await calls[op]()
    assert stranger.base_url.removeprefix("http://") in caught.value.why
    assert stranger.requests == []


async def test_results_come_from_the_base_url_wherever_results_url_points(
    simulator, provider_of, recording_server
):
    stranger = recording_server()
    sim = simulator(Fault("foreign-url", args={"to": stranger.base_url}))
    provider = provider_of(sim)
    batch = (await provider.retrieve(pick(sim, "ended").id)).batch
    assert stranger.base_url in batch.raw
    _, results = await asyncio.to_thread(read, provider, batch.ref.id)
    assert results.count(b"\n") + 1 == batch.request_counts.total
    assert stranger.requests == []


@pytest.mark.parametrize("fault", ["omit-nulls", "relative-url", "hostile:in=texts"])
async def test_what_other_servers_do_differently(simulator, provider_of, fault):
    sim = simulator(fault)
    plain = await provider_of(simulator()).list_batches(limit=24)
    other = await provider_of(sim).list_batches(limit=24)
    assert other.batches == plain.batches


async def test_an_unknown_status_is_kept_and_watched_on(simulator, provider_of):
    sim = simulator("status:value=validating")
    batch = (await provider_of(sim).list_batches()).batches[0]
    assert batch.state is BatchState.UNKNOWN
    assert batch.provider_status == "validating"
    assert not batch.state.is_final
    assert not batch.results_available


async def test_hostile_ids_survive_and_can_be_asked_for(simulator, provider_of):
    provider = provider_of(simulator("hostile"))
    page = await provider.list_batches(limit=3)
    again = await provider.retrieve(page.batches[0].ref.id)
    assert again.batch.ref == page.batches[0].ref


async def test_hostile_error_texts_are_errors_like_others(simulator, provider_of):
    sim = simulator("hostile:in=errors")
    with pytest.raises(errors.NotFoundError) as caught:
        await provider_of(sim).retrieve("msgbatch_nobody")
    (caught.value.why + caught.value.body).encode()


@pytest.mark.parametrize("fault", ["cut:at=300,op=results", "cut-line:line=1,op=results"])
async def test_a_cut_stream_of_results(simulator, provider_of, fault):
    sim = simulator(fault, batches=60)
    provider = provider_of(sim)
    now = sim.world.clock.now()
    life = next(
        life for life in sim.world.batches()
        if life.status(now) == "ended" and now < life.archives_at and life.size > 5
    )  # fmt: skip
    with pytest.raises(errors.NetworkError) as caught:
        await asyncio.to_thread(read, provider, life.id)
    assert caught.value.retryable


async def test_results_go_on_where_they_were_if_the_server_can(simulator, provider_of):
    sim = simulator(ranges=True)
    provider = provider_of(sim)
    batch_id = pick(sim, "ended").id
    stream, whole = await asyncio.to_thread(read, provider, batch_id)
    assert stream.etag
    rest, tail = await asyncio.to_thread(read, provider, batch_id, offset=10, etag=stream.etag)
    assert rest.offset == 10
    assert rest.total_bytes == len(whole)
    assert whole[:10] + tail == whole
    again, everything = await asyncio.to_thread(read, provider, batch_id, offset=10, etag='"old"')
    assert (again.offset, everything) == (0, whole)


async def test_two_streams_at_once(simulator, provider_of):
    sim = simulator()
    provider = provider_of(sim)
    batch_id = pick(sim, "ended").id
    both = await asyncio.gather(*(asyncio.to_thread(read, provider, batch_id) for _ in range(2)))
    assert both[0][1] == both[1][1] != b""
