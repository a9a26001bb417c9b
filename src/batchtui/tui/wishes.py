"""What somebody wants to send, as it was typed, and its check beside the event loop. No widgets."""

import asyncio
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchtui.core.background import in_daemon_thread
from batchtui.core.errors import SubmitError
from batchtui.core.submissions import CreateOptions, Submission
from batchtui.requests.edits import Edit
from batchtui.requests.parse import Request
from batchtui.requests.preflight import CheckStep, Report, check
from batchtui.requests.rule_set import RequestRules
from batchtui.requests.shapes import Shape
from batchtui.requests.source import open_requests
from batchtui.service.drafting import parse_headers, with_costs
from batchtui.tui.editing import parse_changes

HEADERS_APART = ";"


@dataclass(frozen=True, slots=True)
class Wish:
    """Texts are as they were typed; empty ones mean the usual."""

    account: str
    file: str = ""
    template: str = ""
    edits: str = ""
    label: str = ""
    betas: str = ""
    version: str = ""
    user_profile: str = ""
    headers: str = ""
    splits: bool = False
    converts: bool = False
    keeps: bool = False

    @property
    def changes(self) -> tuple[Edit, ...]:
        """What is changed in each request.

        Raises:
            UsageError: an edit cannot be understood.
        """
        return parse_changes(self.edits)

    @property
    def options(self) -> CreateOptions:
        """How the batch is created.

        Raises:
            UsageError: a header cannot be understood.
        """
        headers = [text for text in self.headers.split(HEADERS_APART) if text.strip()]
        return CreateOptions(
            betas=tuple(self.betas.replace(",", " ").split()),
            version=self.version.strip(),
            user_profile=self.user_profile.strip(),
            headers=parse_headers(headers),
        )


def wish_of(submission: Submission) -> Wish:
    """The same again. Of what was made from a template or a pipe, the copy that was kept."""
    options = submission.options
    name, label = Path(submission.file).name, submission.label
    if not submission.copy:
        label = label.removesuffix(submission.part.suffix)
    return Wish(
        account=submission.account,
        file=submission.copy or submission.file,
        label="" if label == name and not submission.copy else label,
        betas=" ".join(options.betas),
        version=options.version,
        user_profile=options.user_profile,
        headers=f"{HEADERS_APART} ".join(f"{k}: {v}" for k, v in options.headers.items()),
    )


class Sampler:
    """The first request of a file, read once."""

    def __init__(self) -> None:
        self._key: object = None
        self._first: Request | None = None

    async def first(self, path: Path, template: Path | None, shape: Shape) -> Request:
        """The first request, as it is without edits.

        Raises:
            SubmitError: the file cannot be read, or has no request that can be read.
        """
        key = (path, template, shape)
        if self._first is None or key != self._key:
            self._key, self._first = key, await in_daemon_thread(lambda: _first(*key))
        if self._first is None:
            raise SubmitError(f"there is no request in {path.name} to look at")
        return self._first


def _first(path: Path, template: Path | None, shape: Shape) -> Request | None:
    return next(open_requests(path, template, shape=shape).requests(), None)


class Checking:
    """One check, in a thread of its own. `tell` is called in the event loop, for each step."""

    def __init__(self, tell: Callable[[CheckStep], object]) -> None:
        self._tell = tell
        self._stopped = threading.Event()

    async def run(
        self,
        path: Path,
        template: Path | None,
        rules: RequestRules,
        *,
        splits: bool,
        converts: bool,
        edits: Sequence[Edit],
        models: Collection[str] | None,
    ) -> Report | None:
        """The report, with costs; None where it was stopped.

        Raises:
            SubmitError: the file cannot be read, or no requests are in it.
        """
        loop = asyncio.get_running_loop()

        def work() -> Report | None:
            file = open_requests(path, template, shape=rules.shape).changed(
                edits=edits, converts=converts
            )
            for step in check(file, rules, split=splits, models=models):
                if self._stopped.is_set():
                    return None
                if step.report is not None:
                    return with_costs(step.report, rules)
                loop.call_soon_threadsafe(self._tell, step)
            return None

        try:
            return await in_daemon_thread(work)
        finally:
            self.stop()

    def stop(self) -> None:
        """Check no further."""
        self._stopped.set()
