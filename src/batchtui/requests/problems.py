"""The findings of a whole file, grouped: a million of the same are one problem."""

from dataclasses import dataclass, field

from batchtui.requests.findings import Finding, Rule, Severity

SHOWN_PLACES = 10
MAX_GROUPS = 200


@dataclass(frozen=True, slots=True)
class Place:
    """One request with a problem. `line` counts from 1 in the source, `number` its requests."""

    line: int
    number: int
    custom_id: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with `count` requests, or with the file where there are no `places`.

    `message` goes on where a request was named: `has no custom_id`.
    """

    severity: Severity
    rule: Rule
    message: str
    hint: str
    count: int
    places: tuple[Place, ...]

    @property
    def line(self) -> int:
        """The first line that has it; 0 where it is of the file as a whole."""
        return self.places[0].line if self.places else 0

    @property
    def custom_id(self) -> str:
        """That of the first request that has it, where it could be read."""
        return self.places[0].custom_id if self.places else ""


@dataclass(slots=True)
class _Group:
    finding: Finding
    count: int = 0
    places: list[Place] = field(default_factory=list)


class Problems:
    """Gathers findings in bounded memory: the first places of each problem, and its true count."""

    def __init__(self) -> None:
        self._groups: dict[tuple[Rule, str], _Group] = {}

    def add(self, finding: Finding, place: Place | None = None, count: int = 1) -> None:
        """One more finding, of the request at a place or of the file; `count` of them at once."""
        key = (finding.rule, finding.message)
        if key not in self._groups and len(self._groups) >= MAX_GROUPS:
            key = (finding.rule, _OTHERS)
            finding = finding._replace(message=_OTHERS, hint="")
        group = self._groups.setdefault(key, _Group(finding))
        group.count += count
        if place is not None and len(group.places) < SHOWN_PLACES:
            group.places.append(place)

    def all(self) -> tuple[Problem, ...]:
        """The problems: errors first, then by the first line that has them."""
        problems = [
            Problem(
                group.finding.severity,
                group.finding.rule,
                group.finding.message,
                group.finding.hint,
                group.count,
                tuple(group.places),
            )
            for group in self._groups.values()
        ]
        return tuple(sorted(problems, key=lambda p: (p.severity is Severity.WARNING, p.line)))


_OTHERS = "has another fault of this kind"
