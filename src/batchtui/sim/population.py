"""Who lives in the world: the batches there are at the start, and those that come later."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Final

from batchtui.sim import flavours, seeds
from batchtui.sim.lives import Life
from batchtui.sim.recipes import RECIPES

_OLDEST: Final = timedelta(days=40)
_YOUNGEST_ENDED: Final = timedelta(minutes=40)

_FORCED: Final[dict[int, str]] = {
    0: "all_ok",
    1: "gallery",
    2: "partial",
    3: "canceled_halfway",
    4: "all_errored",
    6: "largest",
    8: "expired",
    9: "canceled_all",
    10: "expired_all",
    12: "single",
}
"""What must not be missing, by its place among sixteen equal parts of the ended batches."""

_KINDS: Final = ("all_ok", "partial", "all_errored", "canceled_halfway", "expired", "canceled_all")
_WEIGHTS: Final = (50, 30, 5, 7, 6, 2)


def batch_id(seed: int, *parts: object) -> str:
    """A batch id that depends on the seed and on which batch it is."""
    return f"msgbatch_{seeds.token(seeds.rng('id', seed, *parts))}"


def _size(chance: Random) -> int:
    """From 1 to 100,000 requests; most batches have hundreds."""
    low, high = chance.choices(
        ((1, 1), (2, 50), (51, 1_000), (1_001, 10_000), (10_001, 100_000)),
        (4, 20, 46, 24, 6),
    )[0]
    size = chance.randint(low, high)
    return round(size, -2) if size > 2_000 and chance.random() < 0.7 else size


def _life(seed: int, name: object, created_at: datetime) -> tuple[Random, Life]:
    chance = seeds.rng("batch", seed, name)
    flavour = flavours.pick(chance)
    size = _size(chance)
    if flavour.name == "reports":
        size = min(size, 800)
    life = Life(
        id=batch_id(seed, name),
        key=chance.getrandbits(48),
        created_at=created_at,
        size=size,
        takes=timedelta(minutes=1),
        flavour=flavour.name,
        cancel_takes=timedelta(seconds=chance.uniform(60, 400)),
    )
    return chance, life


def _age_of_ended(place: int, total: int) -> timedelta:
    share: float = (place / total) ** 1.6
    return _YOUNGEST_ENDED + _OLDEST * share


def _kind_of(place: int, total: int, chance: Random) -> str:
    for part, kind in _FORCED.items():
        if place == total * part // 16:
            return kind
    return chance.choices(_KINDS, _WEIGHTS)[0]


def _end(life: Life, kind: str, chance: Random, age: timedelta) -> None:
    """Give a batch of this age an end of this kind."""
    life.takes = min(age * 0.9, timedelta(minutes=chance.uniform(2, 30) + life.size / 400))
    if kind in {"partial", "canceled_halfway"}:
        life.size = max(life.size, 2)
        life.error_rate = min(0.5, max(1.5 / life.size, chance.uniform(0.002, 0.25)))
    if kind == "all_errored":
        life.error_rate = 1.0
    elif kind == "largest":
        life.size = 100_000
        life.flavour = "invoices"
    elif kind == "single":
        life.size = 1
    elif kind == "gallery":
        life.flavour, life.size = "gallery", 3 * len(RECIPES)
        life.error_rate = 0.15
    elif kind.startswith("canceled"):
        share = chance.uniform(0.2, 0.8) if kind == "canceled_halfway" else 0.0
        life.canceled_at = life.created_at + life.takes * share + timedelta(milliseconds=100)
        life.cancel_takes = min(life.cancel_takes, life.takes * (1 - share) / 2)
    elif kind.startswith("expired") and age > timedelta(hours=25):
        share = chance.uniform(0.3, 0.95) if kind == "expired" else 0.000_001
        life.takes = timedelta(hours=24) / share


def _ended(seed: int, start: datetime, place: int, total: int) -> Life:
    age = _age_of_ended(place, total)
    chance, life = _life(seed, place, start - age)
    life.created_at -= timedelta(seconds=chance.uniform(0, 600))
    _end(life, _kind_of(place, total, chance), chance, age)
    return life


def _running(seed: int, start: datetime, place: int) -> Life:
    """One that runs at the start; the n-th ends later the higher n is."""
    chance, life = _life(seed, f"running{place}", start)
    left = timedelta(seconds=150 * 1.45 ** min(place, 14) * chance.uniform(0.8, 1.2))
    past = timedelta(minutes=3) + min(left * chance.uniform(0.5, 2), timedelta(hours=9))
    life.created_at = start - past
    life.takes = past + left
    life.size = max(life.size, 10)
    life.error_rate = chance.choice((0, 0, 0.01, 0.04))
    return life


def _canceling(seed: int, start: datetime, place: int) -> Life:
    chance, life = _life(seed, f"canceling{place}", start)
    life.size = max(life.size, 40)
    life.created_at = start - timedelta(minutes=25 + 9 * place)
    life.takes = timedelta(minutes=60)
    life.canceled_at = start - timedelta(seconds=chance.uniform(20, 60))
    life.cancel_takes = timedelta(minutes=6 + 4 * place)
    return life


def initial(seed: int, start: datetime, number: int) -> list[Life]:
    """The world at its start, oldest first."""
    running = min(24, number * 6 // 100 + 1) if number else 0
    canceling = min(2, number // 10)
    ended = max(0, number - running - canceling)
    lives = [
        *(_ended(seed, start, place, ended) for place in range(ended)),
        *(_running(seed, start, place) for place in range(running)),
        *(_canceling(seed, start, place) for place in range(canceling)),
    ]
    return sorted(lives, key=lambda life: life.created_at)


def arrivals(seed: int, start: datetime, every: float) -> Iterator[Life]:
    """New batches for ever, about one in `every` seconds of world time.

    Now and then somebody else cancels one.
    """
    when = start
    for place in count():
        chance, life = _life(seed, f"arrival{place}", start)
        when += timedelta(seconds=every * chance.uniform(0.5, 1.5))
        life.created_at = when
        life.takes = timedelta(seconds=chance.uniform(600, 7200) + life.size / 50)
        life.error_rate = chance.choice((0, 0, 0, 0.003, 0.05, 0.2))
        if chance.random() < 0.08:
            life.canceled_at = when + life.takes * chance.uniform(0.2, 0.7)
        yield life
