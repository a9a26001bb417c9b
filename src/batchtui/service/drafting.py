"""From a file of requests that was checked to drafts: what both faces do before they submit."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from batchtui.core.errors import BatchtuiError, UsageError
from batchtui.core.models import BatchRef
from batchtui.core.submissions import CreateOptions, Draft, Part
from batchtui.requests.body import RequestsBody
from batchtui.requests.copies import write_requests
from batchtui.requests.estimate import priced
from batchtui.requests.preflight import Report
from batchtui.requests.reading import RequestFile
from batchtui.requests.rule_set import RequestRules
from batchtui.requests.rules import rules_for

if TYPE_CHECKING:
    from batchtui.service.manager import BatchService

MODELS_PATIENCE = 10.0
"""Seconds that an account has to list its models; a check goes on without them."""


def rules_of_kind(kind: str, version: str, dialect: str = "") -> RequestRules:
    """What requests to a provider kind must be like, under a version or in a dialect of its API.

    Raises:
        UsageError: batches of that kind cannot be created from a file.
    """
    try:
        return rules_for(kind, version=version, dialect=dialect)
    except KeyError:
        why = f"there are no rules for requests to {kind}"
        raise UsageError("cannot check the requests", why) from None


def with_costs(report: Report, rules: RequestRules) -> Report:
    """The report with costs where the models' prices are known. Blocking, the first time."""
    from batchtui.service.prices import GenaiPrices

    return replace(report, estimate=priced(report.estimate, GenaiPrices(), rules.seller))


async def listed_models(service: "BatchService", account: str) -> tuple[Sequence[str] | None, str]:
    """The models that an account lists; or None, and why: that is no failure of a check."""
    try:
        async with asyncio.timeout(MODELS_PATIENCE):
            return await service.models(account), ""
    except (BatchtuiError, TimeoutError) as error:
        return None, f"the models of {account} are not known: {str(error) or 'no answer'}"


def parse_headers(texts: Iterable[str]) -> dict[str, str]:
    """Headers written as `Name: value`.

    Raises:
        UsageError: one has no colon.
    """
    headers: dict[str, str] = {}
    for text in texts:
        name, colon, value = text.partition(":")
        if not colon:
            raise UsageError(f"cannot understand header {text!r}", hint="write 'Name: value'")
        headers[name.strip()] = value.strip()
    return headers


def keep_copy(
    file: RequestFile, body: RequestsBody, number: int, folder: Path, now: datetime
) -> Path:
    """Keep what the body sends as JSON lines in a folder of ours. Blocking.

    Raises:
        SubmitError: the disk cannot take it, or the requests cannot be read.
    """
    name = f"{now:%Y%m%dT%H%M%S}-{body.sha256[:12]}-{number}.jsonl"
    write_requests(file, folder / name, body.part)
    return folder / name


def draft_of(
    file: RequestFile,
    body: RequestsBody,
    part: Part,
    *,
    account: str,
    name: str,
    label: str,
    options: CreateOptions,
    copies: Path,
    keeps: bool,
    now: datetime,
    parent: BatchRef | None = None,
) -> Draft:
    """The draft of one batch; `name` is its file as it is remembered. Blocking.

    A copy is kept in `copies` where `keeps` asks for it, and where the file alone could not tell
    what was sent.

    Raises:
        SubmitError: see `keep_copy`.
    """
    copy = keep_copy(file, body, part.number, copies, now) if keeps or file.is_changed else ""
    return Draft(account, body, name, label, options, str(copy), parent, part)
