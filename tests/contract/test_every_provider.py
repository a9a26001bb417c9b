"""What every provider must do, over real HTTP: one suite for all kinds."""

import asyncio
import json

import pytest
from pydantic import SecretStr

from batchtui.config.schema import AccountConfig
from batchtui.core import errors
from batchtui.core.models import UNDATED, BatchState
from batchtui.providers.registry import capabilities_of, open_provider
from contract.kinds import KEY, KINDS

OPS = ("list", "retrieve", "cancel", "delete", "results")


@pytest.fixture(params=KINDS, ids=str)
def kind(request):
    return request.param


@pytest.fixture
async def provider_of(clock, kind):
    opened = []

    def open_for(sim, **settings):
        settings = {"base_url": kind.base_url(sim), "api_key": SecretStr(KEY), **settings}
        account = AccountConfig(name="lab", kind=kind.name, **settings)
        opened.append(open_provider(account, settings["api_key"], clock=clock))
        return opened[-1]

    yield open_for
    for provider in opened:
        await provider.aclose()


async def patiently(clock, call):
    """The finished call, with the clock moved on over all its waits."""
    task = asyncio.ensure_future(call)
    while not task.done():
        await asyncio.wait({task}, timeout=0.002)
        if clock.sleepers:
            await clock.advance(clock.sleepers[0][0] - clock.elapsed)
    return task


def read(provider, batch_id, **options):
    with provider.open_results(batch_id, **options) as stream:
        return stream.offset, b"".join(stream.chunks())


async def call(provider, op, batch_id):
    if op == "list":
        return await provider.list_batches()
    if op == "results":
        return await asyncio.to_thread(read, provider, batch_id)
    return await getattr(provider, op)(batch_id)


async def every(provider, limit):
    page = await provider.list_batches(limit=limit)
    found = list(page.batches)
    while page.has_more:
        page = await provider.list_batches(limit=limit, after_id=page.last_id)
        found += page.batches
        assert len(found) < 1000
    return found


def listed(sim, provider):
    """The batches that the server should list, newest first."""
    now = sim.world.clock.now()
    lives = sim.world.batches()
    if provider.capabilities.list_is_complete:
        return lives
    return [
        life
        for life in lives
        if life.cancel_initiated_at(now) is None
        and (life.status(now) != "ended" or life.error_rate >= 1)
    ]


async def test_the_list_has_every_batch_it_promises(simulator, provider_of, kind):
    sim = simulator(batches=80)
    provider = provider_of(sim)
    expected = [kind.id_of(life) for life in listed(sim, provider)]
    assert len(expected) > 3
    page = await provider.list_batches(limit=100)
    assert [batch.ref for batch in page.batches] == [("lab", name) for name in expected]
    assert not page.has_more
    assert page.skipped == 0
    assert page.last_id == expected[-1]
    assert {batch.kind for batch in page.batches} == {kind.name}
    assert all(batch.created_at > UNDATED for batch in page.batches)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_paging_to_the_oldest_meets_every_batch_once(simulator, provider_of, kind, limit):
    sim = simulator(batches=24)
    provider = provider_of(sim)
    expected = [kind.id_of(life) for life in listed(sim, provider)]
    assert [batch.ref.id for batch in await every(provider, limit)] == expected


@pytest.mark.parametrize("asked", [0, -1, 10**9])
async def test_no_limit_makes_a_server_angry(simulator, provider_of, asked):
    page = await provider_of(simulator()).list_batches(limit=asked)
    assert page.batches


async def test_an_empty_list(simulator, provider_of):
    page = await provider_of(simulator(batches=0)).list_batches()
    assert (page.batches, page.has_more, page.last_id) == ((), False, None)


async def test_states_agree_with_what_was_made(simulator, provider_of, kind):
    sim = simulator(batches=60)
    provider = provider_of(sim)
    now = sim.world.clock.now()
    for life in sim.world.batches()[:30]:
        batch = (await provider.retrieve(kind.id_of(life))).batch
        is_over = life.status(now) == "ended" and not (
            kind.name == "letta" and life.error_rate == 1
        )
        if life.status(now) != "canceling":
            assert batch.state.is_final == is_over
        assert batch.state is not BatchState.UNKNOWN
        assert batch.provider_status
        assert json.loads(batch.raw)["id"] == batch.ref.id
        if batch.request_counts and not provider.capabilities.has_counts:
            raise AssertionError("counts where there are none")
        if is_over and provider.capabilities.has_counts:
            assert batch.request_counts.total == life.size
            assert batch.request_counts.processing == 0


async def test_a_life_from_create_to_results_to_delete(simulator, provider_of, kind):
    sim = simulator(batches=0)
    provider = provider_of(sim)
    created = await provider.create(kind.body_of(3))
    assert not created.state.is_final
    assert not created.results_available
    sim.advance(61)
    ended = (await provider.retrieve(created.ref.id)).batch
    assert ended.state is BatchState.COMPLETED
    assert ended.ended_at is not None
    assert ended.ended_at > ended.created_at
    assert ended.results_available
    offset, body = await asyncio.to_thread(read, provider, created.ref.id)
    rows = [json.loads(line) for line in body.split(b"\n") if line]
    sent = {"anthropic": "r", "letta": "agent-", "openai": "r"}[kind.name]
    assert sorted(row[kind.name_of_row] for row in rows) == [f"{sent}{n}" for n in range(3)]
    assert offset == 0
    await provider.delete(created.ref.id)
    with pytest.raises(errors.NotFoundError):
        await call(provider, "results", created.ref.id)


async def test_a_body_may_come_in_pieces_of_known_length(simulator, provider_of, kind):
    whole = kind.body_of(20)

    async def pieces():
        for start in range(0, len(whole), 100):
            yield whole[start : start + 100]

    sim = simulator(batches=0)
    await provider_of(sim).create(pieces(), length=len(whole))
    sent = sim.seen[0]
    assert int(sent.headers["content-length"]) >= len(whole)
    assert "transfer-encoding" not in sent.headers
    assert sim.world.batches()[0].size == 20


async def test_cancel(simulator, provider_of, kind):
    sim = simulator(batches=0, run_seconds=600)
    provider = provider_of(sim)
    created = await provider.create(kind.body_of(3))
    sim.advance(60)
    assert (await provider.cancel(created.ref.id)).state is kind.canceling
    sim.advance(200)
    assert (await provider.retrieve(created.ref.id)).batch.state is BatchState.CANCELED


async def test_what_has_ended_is_not_canceled(simulator, provider_of, kind):
    sim = simulator(batches=0)
    provider = provider_of(sim)
    created = await provider.create(kind.body_of(2))
    sim.advance(61)
    with pytest.raises((errors.BadRequestError, errors.ConflictError)) as refused:
        await provider.cancel(created.ref.id)
    assert not refused.value.maybe_done
    assert (await provider.retrieve(created.ref.id)).batch.state is BatchState.COMPLETED


@pytest.mark.parametrize("op", ["retrieve", "cancel", "delete", "results"])
@pytest.mark.parametrize("name", ["zzz", "job-00000000-0000-4000-8000-000000000000", "..", "a/b"])
async def test_an_unknown_id_is_not_found(simulator, provider_of, op, name):
    with pytest.raises(errors.NotFoundError) as missing:
        await call(provider_of(simulator()), op, name)
    assert len(str(missing.value)) < 500


@pytest.mark.parametrize("op", OPS)
async def test_the_key_is_sent_as_the_kind_wants_it(simulator, provider_of, kind, op):
    sim = simulator(batches=0, keys=frozenset({KEY}))
    provider = provider_of(sim)
    created = await provider.create(kind.body_of(1))
    sim.advance(600)
    if op != "cancel":
        await call(provider, op, created.ref.id)
    for seen in sim.seen:
        assert {name: seen.headers.get(name) for name in kind.auth_headers} == kind.auth_headers
    denied = provider_of(sim, api_key=SecretStr("sk-wrong-9876543210"))
    with pytest.raises(errors.AuthError) as refused:
        await call(denied, op, created.ref.id)
    assert "sk-wrong" not in repr(vars(refused.value))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("403", errors.PermissionDeniedError),
        ("429", errors.RateLimitedError),
        ("500", errors.ServerError),
        ("503:html", errors.OverloadedError),
        ("502:html", errors.ServerError),
        ("404:html", errors.NotFoundError),
        ("405", errors.BadRequestError),
        ("501", errors.BadRequestError),
    ],
)
@pytest.mark.parametrize("op", ["list", "retrieve"])
async def test_refusals_are_typed_and_short(
    simulator, provider_of, clock, kind, fault, expected, op
):
    sim = simulator(fault, batches=3)
    batch_id = kind.id_of(sim.world.batches()[0])
    task = await patiently(clock, call(provider_of(sim), op, batch_id))
    error = task.exception()
    assert type(error) is expected
    assert len(str(error)) < 400
    assert error.body
    if "html" in fault:
        assert "web page" in error.why


async def test_a_passing_failure_is_retried(simulator, provider_of, clock, kind):
    sim = simulator("503:times=2", batches=3)
    task = await patiently(clock, provider_of(sim).list_batches())
    assert task.result().batches is not None


async def test_null_fields_may_be_left_out(simulator, provider_of, kind):
    sim = simulator("omit-nulls", batches=40)
    provider = provider_of(sim)
    page = await provider.list_batches(limit=100)
    assert len(page.batches) == len(listed(sim, provider))
    assert all(batch.state is not BatchState.UNKNOWN for batch in page.batches)


async def test_an_unknown_status_shows_as_itself_and_is_watched_on(simulator, provider_of, kind):
    sim = simulator("status:value=paused")
    batch_id = kind.id_of(sim.world.batches()[0])
    batch = (await provider_of(sim).retrieve(batch_id)).batch
    assert (batch.state, batch.provider_status) == (BatchState.UNKNOWN, "paused")


async def test_a_create_is_never_sent_twice(simulator, provider_of, clock, kind):
    sim = simulator("500:op=create", batches=0)
    task = await patiently(clock, provider_of(sim).create(kind.body_of(1)))
    assert isinstance(task.exception(), errors.ServerError)
    assert task.exception().maybe_done
    assert [seen.op for seen in sim.seen].count("create") == 1


@pytest.mark.parametrize("how", ["cut", "500"])
async def test_a_create_whose_answer_is_lost_may_have_made_a_batch(
    simulator, provider_of, kind, how
):
    sim = simulator(f"lost-answer:op=create,how={how}", batches=0)
    with pytest.raises(errors.ApiError) as lost:
        await provider_of(sim).create(kind.body_of(2))
    assert lost.value.maybe_done
    assert len(sim.world.batches()) == 1


async def test_an_upload_that_is_cut_makes_no_batch(simulator, provider_of, kind):
    sim = simulator("cut-upload:at=100", batches=0)
    whole = kind.body_of(2000)

    async def pieces():
        for start in range(0, len(whole), 1000):
            yield whole[start : start + 1000]
            await asyncio.sleep(0)

    with pytest.raises(errors.NetworkError):
        await provider_of(sim).create(pieces(), length=len(whole))
    assert sim.world.batches() == []


async def test_a_body_that_breaks_off_makes_no_batch(simulator, provider_of, kind):
    whole = kind.body_of(20)

    async def broken():
        yield whole[:100]
        raise errors.SubmitError("the file has changed")

    sim = simulator(batches=0)
    with pytest.raises(errors.SubmitError, match="has changed"):
        await provider_of(sim).create(broken(), length=len(whole))
    assert sim.world.batches() == []


async def test_names_of_models_where_the_server_has_them(simulator, provider_of, kind):
    names = await provider_of(simulator()).list_models()
    assert bool(names) == (kind.name == "anthropic")


async def test_capabilities_are_known_without_opening_anything(simulator, provider_of, kind):
    assert provider_of(simulator()).capabilities == capabilities_of(kind.name)
