"""Faults on demand: what goes wrong, where, and how often.

A fault is written `KIND[:ARG[=VALUE][,ARG[=VALUE]...]]`, for example
`429:retry-after=2,op=list,times=3`. Every kind takes

    op=list|retrieve|results|create|cancel|delete|models|upload|*    which one (default `*`)
    id=BATCH_ID      only this batch
    times=N          so often, then never again (default: always)
    p=0..1           with this probability, by the seed (default 1)

and these are the kinds, with their own arguments:

    400 ... 599      answer with this status. retry-after=SECONDS, retry-after-ms=N,
                     retry-date=SECONDS (as an HTTP date), x-should-retry=true|false,
                     spend-limit, html, type=ERROR_TYPE, message=TEXT
    timeout          accept the request and never answer
    slow             answer after seconds=N (real ones)
    redirect         to=ORIGIN, status=302|307|... (default 307); the path is kept
    cut              end the results after at=BYTES
    cut-line         end the results right after line=N
    slow-stream      send the results at rate=BYTES per second
    malformed        break the JSON of row=N of the results (from 1)
    separators       U+2028, U+2029 and U+0085 inside every text
    crlf             results lines end in CR LF
    cut-upload       hang up after at=BYTES of what is sent (default 0), as if it had not come
    lost-answer      do what is asked, but then how=cut (default): hang up; how=timeout: say
                     nothing; how=STATUS: answer with that status
    list-lag         a created batch is missing in reads=N lists (default 1) or for seconds=N of
                     world time
    404-after-create a created batch is not found for reads=N reads or for seconds=N of world time
    foreign-url      results_url is on to=ORIGIN
    relative-url     results_url is a path
    omit-nulls       fields that are null are left out
    status           processing_status is value=WORD
    hostile          escape codes, markup and the like; in=ids+custom_ids+texts+errors (default all)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from batchtui.sim import seeds

OPS: Final = ("list", "retrieve", "results", "create", "cancel", "delete", "models", "upload", "*")

_COMMON: Final = frozenset({"op", "id", "times", "p"})
_STATUS_ARGS: Final = frozenset(
    {
        "retry-after",
        "retry-after-ms",
        "retry-date",
        "x-should-retry",
        "spend-limit",
        "html",
        "type",
        "message",
    }
)
KINDS: Final[Mapping[str, frozenset[str]]] = {
    "timeout": frozenset(),
    "slow": frozenset({"seconds"}),
    "redirect": frozenset({"to", "status"}),
    "cut": frozenset({"at"}),
    "cut-line": frozenset({"line"}),
    "slow-stream": frozenset({"rate"}),
    "malformed": frozenset({"row"}),
    "separators": frozenset(),
    "crlf": frozenset(),
    "cut-upload": frozenset({"at"}),
    "lost-answer": frozenset({"how"}),
    "list-lag": frozenset({"reads", "seconds"}),
    "404-after-create": frozenset({"reads", "seconds"}),
    "foreign-url": frozenset({"to"}),
    "relative-url": frozenset(),
    "omit-nulls": frozenset(),
    "status": frozenset({"value"}),
    "hostile": frozenset({"in"}),
}
"""The kinds that are words, with the arguments of their own."""

_REQUIRED: Final[Mapping[str, frozenset[str]]] = {
    "redirect": frozenset({"to"}),
    "cut": frozenset({"at"}),
    "cut-line": frozenset({"line"}),
    "foreign-url": frozenset({"to"}),
}
_NUMBERS: Final = frozenset({"seconds", "rate", "retry-after-ms", "retry-date", "p"})
_INTEGERS: Final = frozenset({"at", "line", "row", "reads", "status", "times"})
_STATUS: Final = re.compile(r"[45]\d\d")


class FaultError(ValueError):
    """A fault that makes no sense; the message says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong. See the module's table for kinds and arguments.

    `times=None` is always. Raises `FaultError` for what the table does not have.
    """

    kind: str
    op: str = "*"
    batch_id: str | None = None
    times: int | None = None
    probability: float = 1.0
    args: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.op not in OPS:
            raise FaultError(f"unknown operation {self.op!r}; there are {', '.join(OPS)}")
        own = _own_args(self.kind)
        for name, value in self.args.items():
            if name not in own:
                raise FaultError(f"{self.kind} takes no {name!r}; it takes {_listed(own)}")
            _check_number(name, value)
        missing = _REQUIRED.get(self.kind, frozenset()) - self.args.keys()
        if missing:
            raise FaultError(f"{self.kind} needs {_listed(missing)}")

    @property
    def status(self) -> int | None:
        """The HTTP status, if the kind is one."""
        return int(self.kind) if _STATUS.fullmatch(self.kind) else None

    def number(self, name: str, default: float) -> float:
        """An argument that is a number."""
        return float(self.args.get(name, default))

    def matches(self, op: str, batch_id: str | None) -> bool:
        """Whether it is meant for such a request."""
        return self.op in {"*", op} and self.batch_id in {None, batch_id}


def _own_args(kind: str) -> frozenset[str]:
    if _STATUS.fullmatch(kind):
        return _STATUS_ARGS
    if kind not in KINDS:
        raise FaultError(f"unknown fault {kind!r}; there are 400 ... 599, {', '.join(KINDS)}")
    return KINDS[kind]


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "only op, id, times and p"


def _check_number(name: str, value: str) -> None:
    if name not in _NUMBERS | _INTEGERS:
        return
    try:
        number = int(value) if name in _INTEGERS else float(value)
    except ValueError as error:
        raise FaultError(f"{name}={value}: not a number") from error
    if number < 0:
        raise FaultError(f"{name}={value}: must not be negative")


def parse_fault(spec: str) -> Fault:
    """Read a fault as the command line has it.

    Raises:
        FaultError: the kind or an argument is unknown, missing or no number.
    """
    kind, _, rest = spec.strip().partition(":")
    args: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in rest.split(","))):
        name, equals, value = part.partition("=")
        args[name.strip()] = value.strip() if equals else "true"
        _check_number(name.strip(), args[name.strip()])
    own = {name: value for name, value in args.items() if name not in _COMMON}
    times = args.get("times")
    return Fault(
        kind=kind.strip(),
        op=args.get("op", "*"),
        batch_id=args.get("id"),
        times=None if times is None else int(times),
        probability=float(args.get("p", 1)),
        args=own,
    )


class FaultBook:
    """The faults in force. Tests add to it while the server runs, from another thread."""

    def __init__(self, faults: tuple[Fault, ...] = (), *, seed: int = 0) -> None:
        self._lock = Lock()
        self._chance = seeds.rng("faults", seed)
        self._left: list[tuple[Fault, int | None]] = []
        self.add(*faults)

    def add(self, *faults: Fault) -> None:
        """Put faults in force."""
        with self._lock:
            self._left.extend((fault, fault.times) for fault in faults)

    def clear(self) -> None:
        """All is well again."""
        with self._lock:
            self._left.clear()

    def take(self, op: str, batch_id: str | None) -> tuple[Fault, ...]:
        """The faults that hit this request; each that has a number of times is used up by one."""
        taken: list[Fault] = []
        with self._lock:
            for place, (fault, left) in enumerate(self._left):
                if left == 0 or not fault.matches(op, batch_id):
                    continue
                if fault.probability < 1 and self._chance.random() >= fault.probability:
                    continue
                taken.append(fault)
                self._left[place] = (fault, None if left is None else left - 1)
        return tuple(taken)
