"""The simulated world: the same for a seed, true to the API's rules at every moment."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchtui.sim import seeds
from batchtui.sim.lives import Life, Submitted
from batchtui.sim.results import lines
from batchtui.sim.simclock import SimClock
from batchtui.sim.wire import WireError
from batchtui.sim.world import World, WorldOptions

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = 3600.0


class StoppedClock:
    def __init__(self):
        self.elapsed = 0.0

    def now(self):
        return START

    def monotonic(self):
        return self.elapsed

    async def sleep(self, seconds):
        raise AssertionError("nobody sleeps here")


def make_world(**options):
    return World(WorldOptions(**options), SimClock(StoppedClock(), start=START, speed=0))


def life_of(**changes):
    values = {
        "id": "msgbatch_x",
        "key": 12345,
        "created_at": START,
        "size": 10,
        "takes": timedelta(hours=1),
        "flavour": "invoices",
    }
    return Life(**(values | changes))


@given(size=st.integers(1, 2000), key=st.integers(0, 2**48))
def test_a_shuffle_is_a_permutation_and_knows_its_inverse(size, key):
    order = seeds.Shuffle(size, key)
    assert sorted(order[place] for place in range(size)) == list(range(size))
    assert all(order.place_of(order[place]) == place for place in range(0, size, 7))


def test_a_seed_gives_one_world_and_another_seed_another():
    first, again, other = (make_world(seed=seed, batches=50) for seed in (1, 1, 2))

    def described(world):
        return [(life.id, life.created_at, life.counts(START)) for life in world.batches()]

    assert described(first) == described(again)
    assert not {life.id for life in first.batches()} & {life.id for life in other.batches()}


def test_results_are_the_same_at_each_reading():
    life = next(life for life in make_world().batches() if life.flavour == "gallery")
    assert list(lines(life)) == list(lines(life))


def test_every_kind_of_end_is_there():
    world = make_world()
    lives = world.batches()
    ended = [life for life in lives if life.status(START) == "ended"]
    ends = Counter(
        tuple(bool(n) for n in (c.succeeded, c.errored, c.canceled, c.expired))
        for c in (life.counts(START) for life in ended)
    )
    assert {life.status(START) for life in lives} == {"in_progress", "canceling", "ended"}
    assert ends[True, False, False, False], "all ok"
    assert ends[True, True, False, False], "partial"
    assert ends[False, True, False, False], "all errored"
    assert any(ends[True, errors, True, False] for errors in (False, True)), "canceled halfway"
    assert ends[False, False, True, False], "all canceled"
    assert any(ends[True, errors, False, True] for errors in (False, True)), "partly expired"
    assert ends[False, False, False, True], "all expired"
    assert any(life.archives_at <= START for life in lives), "archived"
    assert {1, 100_000} <= {life.size for life in lives}


@pytest.mark.parametrize("batches", [0, 1, 2, 9, 10_000])
def test_a_world_may_have_any_size(batches):
    world = make_world(batches=batches)
    assert len({life.id for life in world.batches()}) == batches


def test_ids_look_like_those_of_the_api():
    for life in make_world(batches=30).batches():
        prefix, _, token = life.id.partition("_")
        assert prefix == "msgbatch"
        assert len(token) == 24
        assert token.isalnum()


@settings(max_examples=200)
@given(
    size=st.integers(1, 100_000),
    takes=st.floats(0.01, 100),
    rate=st.floats(0, 1),
    cancel=st.none() | st.floats(0, 30),
    hours=st.floats(0, 40),
    live=st.booleans(),
)
def test_counts_always_add_up_to_the_size(size, takes, rate, cancel, hours, live):
    life = life_of(
        size=size,
        takes=timedelta(hours=takes),
        error_rate=rate,
        canceled_at=None if cancel is None else START + timedelta(hours=cancel),
    )
    now = START + timedelta(hours=hours)
    counts = life.counts(now, live=live)
    parts = (counts.succeeded, counts.errored, counts.canceled, counts.expired)
    assert counts.processing + sum(parts) == size
    assert min(counts.processing, *parts) >= 0
    if life.status(now) == "ended":
        assert counts.processing == 0
    elif not live:
        assert counts.processing == size


def test_lines_agree_with_the_counts():
    for life in make_world(batches=120).batches():
        if life.status(START) != "ended" or life.size > 300:
            continue
        made = list(lines(life))
        kinds = Counter(line["result"]["type"] for line in made)
        counts = life.counts(START)
        wanted = {k: getattr(counts, k) for k in ("succeeded", "errored", "canceled", "expired")}
        assert kinds == {kind: number for kind, number in wanted.items() if number}
        assert len({line["custom_id"] for line in made}) == life.size


def test_live_counts_move_and_others_do_not():
    life = life_of(size=100, error_rate=0.1)
    half = START + timedelta(minutes=30)
    assert life.counts(half).processing == 100
    moving = life.counts(half, live=True)
    assert (moving.processing, moving.succeeded, moving.errored) == (50, 45, 5)


def test_a_batch_expires_after_a_day():
    life = life_of(size=100, takes=timedelta(hours=48))
    assert life.status(START + timedelta(hours=23)) == "in_progress"
    day = START + timedelta(hours=24)
    assert life.status(day) == "ended"
    assert (life.counts(day).succeeded, life.counts(day).expired) == (50, 50)


def test_canceling_takes_a_while_and_keeps_what_was_done():
    life = life_of(size=100, cancel_takes=timedelta(seconds=60))
    half = START + timedelta(minutes=30)
    life.cancel(half)
    assert life.status(half) == "canceling"
    assert life.counts(half).processing == 100
    end = half + timedelta(seconds=60)
    assert life.status(end) == "ended"
    assert (life.counts(end).succeeded, life.counts(end).canceled) == (50, 50)
    assert life.cancel_initiated_at(end) == half


def test_canceling_twice_changes_nothing():
    life = life_of()
    life.cancel(START + timedelta(minutes=1))
    life.cancel(START + timedelta(minutes=2))
    assert life.canceled_at == START + timedelta(minutes=1)


def test_what_was_canceled_by_us_is_not_canceled_later_by_somebody_else():
    life = life_of(canceled_at=START + timedelta(minutes=50))
    assert life.status(START) == "in_progress"
    life.cancel(START + timedelta(minutes=1))
    assert life.ends_at == START + timedelta(minutes=2)


@settings(max_examples=30)
@given(limit=st.integers(1, 60))
def test_pages_make_up_the_whole_in_both_directions(limit):
    world = make_world(batches=45)
    ids = [life.id for life in world.batches()]
    world.batches()[10].deleted = True
    del ids[10]

    def walk(first_page, direction, end):
        page, more = first_page
        pages = [[life.id for life in page]]
        while more:
            page, more = world.page(limit, (direction, pages[-1][end]))
            pages.append([life.id for life in page])
        return pages

    older = walk(world.page(limit, None), "after", -1)
    assert [one for page in older for one in page] == ids
    newer = walk(world.page(limit, ("before", ids[-1])), "before", 0)
    assert [one for page in reversed(newer) for one in page] == ids[:-1]


def test_the_newest_has_nothing_before_it():
    world = make_world(batches=5)
    assert world.page(20, ("before", world.batches()[0].id)) == ([], False)


def test_batches_arrive_as_time_goes_on():
    world = make_world(batches=5, arrivals=600.0)
    before = world.batches()
    world.clock.advance(2 * HOUR)
    after = world.batches()
    new = after[: len(after) - 5]
    assert after[-5:] == before
    assert 6 <= len(new) <= 24
    assert all(START < life.created_at <= world.clock.now() for life in new)
    assert [life.created_at for life in after] == sorted(
        (life.created_at for life in after), reverse=True
    )


def test_a_created_batch_runs_ends_and_answers_each_request():
    world = make_world(batches=3, run_seconds=60)
    problem = ("invalid_request_error", "messages: Field required")
    requests = [Submitted(f"r{n}", "claude-x", None if n % 3 else problem) for n in range(30)]
    life = world.create(requests)
    assert world.batches()[0] is life
    assert life.status(world.clock.now()) == "in_progress"
    world.clock.advance(60)
    now = world.clock.now()
    assert life.status(now) == "ended"
    assert (life.counts(now).succeeded, life.counts(now).errored) == (20, 10)
    answers = {line["custom_id"]: line["result"] for line in lines(life)}
    assert set(answers) == {request.custom_id for request in requests}
    assert answers["r3"]["error"]["error"] == dict(zip(("type", "message"), problem, strict=True))
    assert answers["r1"]["message"]["model"] == "claude-x"


def test_cancel_and_delete_follow_the_state():
    world = make_world(batches=3, run_seconds=60)
    life = world.create([Submitted("a", "claude-x")])
    with pytest.raises(WireError, match="has not ended"):
        world.delete(life.id)
    world.clock.advance(60)
    with pytest.raises(WireError, match="already ended") as caught:
        world.cancel(life.id)
    assert caught.value.status == 400
    world.delete(life.id)
    with pytest.raises(WireError) as caught:
        world.find(life.id)
    assert caught.value.status == 404
    assert life not in world.batches()


def test_a_deleted_batch_still_serves_as_a_cursor():
    world = make_world(batches=6)
    ids = [life.id for life in world.batches()]
    world.batches()[2].deleted = True
    page, more = world.page(2, ("after", ids[2]))
    assert ([life.id for life in page], more) == (ids[3:5], True)


def test_time_runs_with_its_speed_and_is_advanced_by_hand():
    real = StoppedClock()
    clock = SimClock(real, start=START, speed=60)
    real.elapsed = 2.0
    assert clock.now() == START + timedelta(seconds=120)
    clock.advance(30)
    assert clock.now() == START + timedelta(seconds=150)
    with pytest.raises(ValueError, match="only goes on"):
        clock.advance(-1)
