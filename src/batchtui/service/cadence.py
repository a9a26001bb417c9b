"""When to ask a provider again: a pure function of the situation."""

from dataclasses import dataclass

UNATTENDED_FACTOR = 4
"""How much slower polling is while nobody looks at the terminal."""

JITTER = 0.1
"""Spread of the delays after errors, so that many copies do not come back at once."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """Seconds between polls, by what there is to see."""

    focused: float = 5.0
    """A running batch is being looked at."""
    active: float = 30.0
    """Some batch is running."""
    idle: float = 300.0
    """All batches have ended."""
    max_backoff: float = 300.0
    """The longest wait after repeated errors."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the delay depends on."""

    active: bool = False
    attended: bool = True
    """Somebody looks at the terminal (or a command waits for the answer)."""
    failures: int = 0
    """Failed polls in a row."""
    retry_after: float | None = None
    """The server's wish, in seconds; a floor after a success and after an error."""


def interval(cadence: Cadence, situation: Situation) -> float:
    """The regular time between two list polls, without errors and wishes of the server."""
    base = cadence.active if situation.active else cadence.idle
    return base if situation.attended else base * UNATTENDED_FACTOR


def next_delay(cadence: Cadence, situation: Situation, spread: float = 0.0) -> float:
    """Seconds until the next list poll. `spread` in -1..1 is the random part of a back-off."""
    delay = interval(cadence, situation)
    if situation.failures:
        backoff = cadence.focused * 2.0 ** min(situation.failures, 16)
        delay = min(backoff, cadence.max_backoff) * (1 + JITTER * spread)
    return max(delay, situation.retry_after or 0.0)


def focus_delay(cadence: Cadence, retry_after: float | None = None) -> float:
    """Seconds until the focused running batch is asked for again."""
    return max(cadence.focused, retry_after or 0.0)
