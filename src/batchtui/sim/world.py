"""The simulated world: its batches, its time, and what may be done to them."""

from dataclasses import dataclass
from datetime import timedelta
from threading import RLock
from typing import Literal

from batchtui.sim import population, seeds
from batchtui.sim.lives import Life, Submitted
from batchtui.sim.simclock import SimClock
from batchtui.sim.wire import invalid, not_found

Cursor = tuple[Literal["after", "before"], str]


@dataclass(frozen=True, slots=True)
class WorldOptions:
    """What kind of world it is.

    `arrivals` is the mean time between new batches in world seconds; 0 means that none come.
    `run_seconds` is how long every created batch runs; without it, each runs its own time.
    """

    seed: int = 7
    batches: int = 240
    arrivals: float = 0.0
    run_seconds: float | None = None


class World:
    """All batches there are. Safe to use from the server's thread and a test's at once."""

    def __init__(self, options: WorldOptions, clock: SimClock) -> None:
        self.options = options
        self.clock = clock
        self._lock = RLock()
        self._created = 0
        self._oldest_first = population.initial(options.seed, clock.start, options.batches)
        self._places = {life.id: n for n, life in enumerate(self._oldest_first)}
        self._coming = population.arrivals(options.seed, clock.start, options.arrivals)
        self._next = next(self._coming) if options.arrivals > 0 else None

    def batches(self) -> list[Life]:
        """All batches that were not deleted, newest first."""
        with self._lock:
            self._settle()
            return [life for life in reversed(self._oldest_first) if not life.deleted]

    def find(self, batch_id: str) -> Life:
        """The batch of that id. Raises a 404 `WireError` where there is none."""
        with self._lock:
            self._settle()
            place = self._places.get(batch_id)
            life = None if place is None else self._oldest_first[place]
        if life is None or life.deleted:
            raise not_found(f"Message Batch {batch_id} not found.")
        return life

    def page(self, limit: int, cursor: Cursor | None) -> tuple[list[Life], bool]:
        """A page, newest first, and whether there is more in the direction of the cursor."""
        with self._lock:
            self._settle()
            newer = cursor is not None and cursor[0] == "before"
            step = 1 if newer else -1
            place = self._place(cursor) + step if cursor else len(self._oldest_first) - 1
            found: list[Life] = []
            while 0 <= place < len(self._oldest_first) and len(found) <= limit:
                life = self._oldest_first[place]
                if not life.deleted:
                    found.append(life)
                place += step
        chosen = found[:limit]
        return (chosen[::-1] if newer else chosen), len(found) > limit

    def create(self, requests: list[Submitted]) -> Life:
        """A new batch that runs; its id follows from the seed and the number of its making."""
        with self._lock:
            self._settle()
            self._created += 1
            seed = self.options.seed
            chance = seeds.rng("created", seed, self._created)
            own = chance.uniform(120, 360) + len(requests) / 50
            life = Life(
                id=population.batch_id(seed, "created", self._created),
                key=chance.getrandbits(48),
                created_at=self.clock.now(),
                size=len(requests),
                takes=timedelta(seconds=self.options.run_seconds or own),
                flavour="submitted",
                cancel_takes=timedelta(seconds=chance.uniform(30, 120)),
                requests=requests,
            )
            self._append(life)
            return life

    def cancel(self, batch_id: str) -> Life:
        """Cancel one. Raises a 400 `WireError` if it has ended."""
        life = self.find(batch_id)
        with self._lock:
            now = self.clock.now()
            if life.status(now) == "ended":
                raise invalid(f"Message Batch {batch_id} cannot be canceled: it has already ended.")
            life.cancel(now)
        return life

    def delete(self, batch_id: str) -> None:
        """Delete one. Raises a 400 `WireError` if it has not ended."""
        life = self.find(batch_id)
        with self._lock:
            if life.status(self.clock.now()) != "ended":
                raise invalid(
                    f"Message Batch {batch_id} cannot be deleted: it has not ended. "
                    "Cancel it first, and wait until it has."
                )
            life.deleted = True

    def _place(self, cursor: Cursor) -> int:
        name, batch_id = cursor
        place = self._places.get(batch_id)
        if place is None:
            raise invalid(f"{name}_id: no Message Batch with the id {batch_id}")
        return place

    def _append(self, life: Life) -> None:
        self._places[life.id] = len(self._oldest_first)
        self._oldest_first.append(life)

    def _settle(self) -> None:
        """Let those arrive whose time has come."""
        now = self.clock.now()
        while self._next is not None and self._next.created_at <= now:
            self._append(self._next)
            self._next = next(self._coming)
