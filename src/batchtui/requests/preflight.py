"""The check of a file of requests before any byte of it is sent."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from heapq import nsmallest

from batchtui.core.text import counted, human_bytes, human_count, nearest
from batchtui.requests.convert import converted
from batchtui.requests.edits import Change, EditTally
from batchtui.requests.estimate import Estimate, TokenTally
from batchtui.requests.findings import FaultyRequestError, Finding, Rule, Severity
from batchtui.requests.ids import IdIndex
from batchtui.requests.parse import Parsed, parse, repeated_keys
from batchtui.requests.problems import SHOWN_PLACES, Place, Problem, Problems
from batchtui.requests.reading import Element, RequestFile, Stamp
from batchtui.requests.rule_set import Alike, RequestRules, model_of
from batchtui.requests.samples import Sample, sample_of
from batchtui.requests.shapes import ANTHROPIC, Shape
from batchtui.requests.split import Part, Splitter, as_one

SAMPLES = 3
_TELL_EVERY = 1000
_MOST_MODELS = 200
_LONGEST_VALUE = 100
_DATE = re.compile(r"-\d{8}$")


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. `requests` counts all, good and bad."""

    file: RequestFile
    stamp: Stamp
    requests: int
    problems: tuple[Problem, ...]
    estimate: Estimate
    samples: tuple[Sample, ...]
    changes: tuple[Change, ...]
    """What the edits change."""
    parts: tuple[Part, ...]
    """The batches to create: one, or several where the file is to be split."""
    convertible: int = 0
    """Requests to OpenAI, not converted, that could be without a loss."""

    @property
    def body_bytes(self) -> int:
        """Of all bodies together."""
        return sum(part.body_bytes for part in self.parts)

    @property
    def ok(self) -> bool:
        """Nothing forbids to send it."""
        return not any(problem.severity is Severity.ERROR for problem in self.problems)


@dataclass(frozen=True, slots=True)
class CheckStep:
    """Progress of a check, in bytes of the file; the last step has the report."""

    taken: int
    size: int
    requests: int
    report: Report | None = None


def check(
    file: RequestFile,
    rules: RequestRules,
    *,
    split: bool = False,
    models: Collection[str] | None = None,
) -> Iterator[CheckStep]:
    """Check a file in bounded memory, in one pass; ends with the report.

    The rules are those of the file's shape. `models` are those that the account lists, None where
    it lists none. With `split`, a file that is too much for one batch makes several, which is no
    error then.

    Raises:
        SubmitError: the file cannot be read.
    """
    run = _Check(file, rules, models if rules.lists_models else None)
    tally = EditTally()
    with file.read(tally) as reading:
        for element in reading:
            run.take(element)
            if element.number % _TELL_EVERY == 0:
                yield CheckStep(reading.taken, file.size, element.number)
        stamp = reading.stamp()
    report = run.report(stamp, tally, split=split)
    yield CheckStep(reading.taken, file.size, report.requests, report)


class _Check:
    def __init__(
        self, file: RequestFile, rules: RequestRules, models: Collection[str] | None
    ) -> None:
        self._file = file
        self._rules = rules
        self._models = None if models is None else _with_aliases(models)
        self._problems = Problems()
        self._tokens = TokenTally()
        self._ids = IdIndex()
        self._alike = [_AlikeSoFar(what) for what in rules.alike]
        self._splitter = Splitter(file.shape.envelope, rules.max_requests, rules.max_bytes)
        self._samples: list[Sample] = []
        self._requests = 0
        self._convertible = 0
        self._unlisted: dict[str, Finding] = {}

    def take(self, element: Element) -> None:
        """Check one request."""
        self._requests += 1
        if element.findings:
            self._note(element, element.findings, element.custom_id)
            return
        try:
            parsed = parse(element.raw, self._file.shape)
        except FaultyRequestError as fault:
            self._note(element, fault.findings, fault.custom_id)
            self._note_convertible(element, fault)
            return
        repeated = repeated_keys(element.raw, parsed, self._file.shape)
        self._note(element, repeated, parsed.custom_id)
        self._take_good(element, parsed)

    def _take_good(self, element: Element, parsed: Parsed) -> None:
        custom_id = parsed.custom_id
        of_id = self._rules.of_custom_id(custom_id)
        if of_id:
            self._note(element, (of_id,), custom_id)
        self._note(element, self._rules.of_request(parsed), custom_id)
        for alike in self._alike:
            self._note(element, alike.look(parsed, element.line), custom_id)
        if self._models is not None:
            self._check_model(element, parsed, self._models)
        self._ids.add(custom_id, element.number)
        self._splitter.add(len(element.raw))
        if not self._rules.no_estimate:
            self._tokens.add(parsed.by_name, self._rules.max_output(parsed))
        if len(self._samples) < SAMPLES:
            self._samples.append(sample_of(parsed, element.line))

    def _note(self, element: Element, findings: Iterable[Finding], custom_id: str) -> None:
        for finding in findings:
            place = Place(element.line, element.number, custom_id, finding.detail)
            self._problems.add(finding, place)

    def _note_convertible(self, element: Element, fault: FaultyRequestError) -> None:
        if fault.findings[0].rule is not Rule.OPENAI_FORMAT:
            return
        try:
            parse(converted(element.raw), ANTHROPIC)
        except FaultyRequestError:
            return
        self._convertible += 1

    def _check_model(self, element: Element, parsed: Parsed, models: Collection[str]) -> None:
        model = model_of(parsed.by_name)
        if not model or model in models:
            return
        finding = self._unlisted.get(model)
        if finding is None:
            finding = _unlisted(model, models)
            if len(self._unlisted) < _MOST_MODELS:
                self._unlisted[model] = finding
        self._note(element, (finding,), parsed.custom_id)

    def report(self, stamp: Stamp, tally: EditTally, *, split: bool) -> Report:
        """What was found, the file having been read to its end."""
        parts = self._splitter.parts()
        self._note_duplicates()
        self._note_limits(parts, split=split)
        self._note_idle_removals(tally)
        template = self._file.template
        if template and template.generates_ids and self._requests:
            self._problems.add(_generated_ids(self._file.shape))
        unknown = self._rules.no_estimate
        return Report(
            file=self._file,
            stamp=stamp,
            requests=self._requests,
            problems=tuple(map(self._advised, self._problems.all())),
            estimate=Estimate(unknown=unknown) if unknown else self._tokens.estimate(),
            samples=tuple(self._samples),
            changes=tally.changes(),
            parts=parts if split else (self._as_one(parts),) if parts else (),
            convertible=self._convertible,
        )

    def _as_one(self, parts: tuple[Part, ...]) -> Part:
        return as_one(parts, self._file.shape.envelope)

    def _advised(self, problem: Problem) -> Problem:
        """With a hint at what would become of the requests to OpenAI."""
        if problem.rule is not Rule.OPENAI_FORMAT:
            return problem
        if not self._convertible:
            return replace(problem, hint="none of them can be converted without a loss")
        which = "all" if self._convertible == problem.count else human_count(self._convertible)
        return replace(problem, hint=f"--convert converts {which} of them, without a loss")

    def _note_limits(self, parts: tuple[Part, ...], *, split: bool) -> None:
        rules, hint = self._rules, f"--split makes {counted(len(parts), 'batch', 'batches')} of it"
        if not self._requests:
            self._problems.add(Finding(Rule.EMPTY, "has no requests"))
        if split or len(parts) < 2:
            return
        whole = self._as_one(parts)
        if whole.requests > rules.max_requests:
            most = human_count(rules.max_requests)
            message = f"has {human_count(whole.requests)} requests; a batch takes {most}"
            self._problems.add(Finding(Rule.TOO_MANY_REQUESTS, message, hint))
        if whole.body_bytes > rules.max_bytes:
            size, most = human_bytes(whole.body_bytes), human_bytes(rules.max_bytes)
            message = f"makes a body of {size}; a batch takes {most}"
            self._problems.add(Finding(Rule.TOO_MANY_BYTES, message, hint))

    def _note_idle_removals(self, tally: EditTally) -> None:
        """An edit that is to take out what nobody has is likely a slip of the keys."""
        found = {change.name for change in tally.changes()}
        for edit in self._file.edits:
            if edit.value is None and edit.name not in found and self._samples:
                message = f"has no request with {edit.name}, which is to be taken out"
                self._problems.add(Finding(Rule.EDIT, message, severity=Severity.WARNING))

    def _note_duplicates(self) -> None:
        """Hashes tell that there are some; the file is read again only to name the first."""
        groups = list(self._ids.repeated())
        if not groups:
            return
        message = f"has the {self._file.shape.id_field} of another"
        duplicate = Finding(Rule.DUPLICATE_CUSTOM_ID, message, self._rules.twice)
        shown = nsmallest(SHOWN_PLACES, groups, key=lambda numbers: numbers[1])
        wanted = {number for numbers in shown for number in numbers[:2]}
        seen = {e.number: e for e in _elements(self._file, wanted)}
        for first, second, *_ in shown:
            if second in seen and first in seen:
                custom_id = self._file.request_of(seen[second]).custom_id
                detail = f"as line {seen[first].line}"
                place = Place(seen[second].line, second, custom_id, detail)
                self._problems.add(duplicate, place, count=0)
        self._problems.add(duplicate, count=sum(len(numbers) - 1 for numbers in groups))


@dataclass(slots=True)
class _AlikeSoFar:
    """Watches that something is the same in all requests."""

    what: Alike
    value: str = ""
    line: int = 0
    """The first that names it."""

    def look(self, parsed: Parsed, line: int) -> Iterator[Finding]:
        """A finding where this request names another than those before."""
        value = self.what.of(parsed)[:_LONGEST_VALUE]
        if not value or value == self.value:
            return
        if not self.value:
            self.value, self.line = value, line
            return
        message = f"has another {self.what.name} than line {self.line}, which has {self.value}"
        hint = f"{self.what.hint}: send the others apart"
        yield Finding(Rule.MIXED, message, hint, value)


def _with_aliases(models: Collection[str]) -> frozenset[str]:
    """The listed models, and what may be written for them: servers list full names only."""
    bare = {_DATE.sub("", model) for model in models}
    return frozenset({*models, *bare, *(f"{model}-latest" for model in bare)})


def _unlisted(model: str, models: Collection[str]) -> Finding:
    near = nearest(model, models)
    return Finding(
        Rule.UNKNOWN_MODEL,
        f"asks for {model}, which the account does not list",
        f"did you mean {near}?" if near else "an alias may work all the same",
        severity=Severity.WARNING,
    )


def _elements(file: RequestFile, wanted: set[int]) -> Iterator[Element]:
    """The elements of these numbers."""
    last = max(wanted)
    with file.read() as reading:
        for element in reading:
            if element.number in wanted:
                yield element
            if element.number == last:
                return


def _generated_ids(shape: Shape) -> Finding:
    return Finding(
        Rule.GENERATED_IDS,
        f"has no column {shape.id_field}: its rows are called row-1, row-2, ...",
        f"name them in the template: {shape.example.replace('...', '{{column}}', 1)}",
        severity=Severity.WARNING,
    )
