"""How accounts are doing, in words that stay the same while nothing changes. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from batchtui.core.abilities import limits
from batchtui.core.errors import (
    AuthError,
    BatchtuiError,
    ConfigError,
    NetworkError,
    NoAnswerError,
    PermissionDeniedError,
    whole_answer,
)
from batchtui.core.models import AccountHealth, AccountInfo, AccountStatus
from batchtui.core.text import cell_width, counted, human_duration, one_line, safe, truncate
from batchtui.tui.cells import Cell, Line
from batchtui.tui.detail_presenters import LABEL
from batchtui.tui.messages import more_lines
from batchtui.tui.ordering import Filter
from batchtui.tui.presenters import Look, local_time, minutes, relative


def health_cell(
    healths: Sequence[AccountHealth], look: Look, *, short: bool = False, room: int = 0
) -> Cell:
    """All accounts in a few words: one account's state, or how many are as they should be.

    Where several are in trouble, as many are named as fit into `room` cells, and a few anyway.
    """
    if not healths:
        return Cell("")
    troubled = [one for one in healths if is_failing(one)]
    if len(healths) == 1:
        return Cell(look.text(_words(healths[0], look, short=short)), _tone(healths[0]))
    silent = [one for one in healths if one.status is AccountStatus.CONNECTING]
    if troubled:
        troubles = _troubles([*troubled, *silent], len(healths), room, short=short)
        return Cell(look.text(f"● {troubles}"), "bad")
    if 0 < len(silent) < len(healths):
        names = _troubles(silent, len(healths), room, short=short)
        return Cell(look.text(f"○ {names}"), "muted")
    worst = max(healths, key=lambda one: (_RANK[one.status], one.interval))
    words = _words(worst, look, short=short)
    words += "" if short else f" · {len(healths)} accounts"
    return Cell(look.text(words), _tone(worst))


_RANK = {status: rank for rank, status in enumerate(AccountStatus)}


def _words(health: AccountHealth, look: Look, *, short: bool = False) -> str:
    match health.status:
        case AccountStatus.CONNECTING:
            return "○ connecting"
        case AccountStatus.LIVE:
            bound = _bound(health.interval)
            return f"● live · ≤{bound} old" + ("" if short else f" · next ≤{bound}")
        case AccountStatus.PAUSED:
            return f"○ paused{_since(health, look)}"
        case AccountStatus.FOLLOWING:
            failing = f" · {_reason(health)}" if health.error_text else ""
            return f"○ following another copy{failing}{_since(health, look)}"
    return f"● {_failing_word(health)}{_since(health, look)} · {_next_try(health, look.now)}"


def _failing_word(health: AccountHealth) -> str:
    """What is the matter; where there is older data to look at, that it is old."""
    if health.last_success is not None:
        return "stale"
    words = (word for kind, word, _ in _FAILURES if isinstance(health.error, kind))
    return next(words, "refused" if health.denied else "failing")


def _troubles(troubled: Sequence[AccountHealth], total: int, room: int, *, short: bool) -> str:
    """Which accounts of how many, and why; the rest as a number where there is little room."""
    most, width = (2, 12) if short else (3, 16)
    begin = "● " if short else f"● {len(troubled)} of {total}: "
    said = [f"{truncate(one_line(one.account), width)} {_reason(one)}" for one in troubled]
    text = begin
    for count in range(len(said), 0, -1):
        more = f" +{len(said) - count}" if len(said) > count else ""
        text = begin + ", ".join(said[:count]) + more
        if count <= most or cell_width(text) <= room:
            break
    return text.removeprefix("● ")


def is_failing(health: AccountHealth) -> bool:
    """Its last poll failed, whichever copy of the program polls."""
    follows = health.status is AccountStatus.FOLLOWING
    return health.status is AccountStatus.STALE or (follows and bool(health.error_text))


def _reason(health: AccountHealth) -> str:
    if health.status is AccountStatus.CONNECTING:
        return "no answer yet"
    if health.status is AccountStatus.FOLLOWING:  # only the words of the error are known
        return "refused" if health.denied else "failing"
    words = (word for kind, word, _ in _FAILURES if isinstance(health.error, kind))
    return next(words, _failing_word(health))


def _bound(seconds: float) -> str:
    """The longest time between polls, with the tenth they may be late."""
    late = seconds * 1.1
    return f"{int(late)}s" if late < 60 else human_duration(timedelta(seconds=late))


def _since(health: AccountHealth, look: Look) -> str:
    if health.last_success is None:
        return ""
    return f" · as of {_clock_time(health.last_success, look.now)}"


def _clock_time(moment: datetime, now: datetime) -> str:
    """The time of day; the date too if it is not today's."""
    local = moment.astimezone(now.tzinfo)
    return local.strftime("%H:%M" if local.date() == now.date() else "%b %d %H:%M")


def _next_try(health: AccountHealth, now: datetime) -> str:
    if health.next_poll is None:
        return "not tried again"
    wait = health.next_poll - now
    return f"again in {minutes(wait)}" if wait > timedelta(0) else "trying again"


def _tone(health: AccountHealth) -> str:
    if is_failing(health):
        return "bad"
    return "ok" if health.status is AccountStatus.LIVE else "muted"


def trouble(healths: Sequence[AccountHealth]) -> tuple[str, str]:
    """The first failing account's error in one line, and the whole answer if there is more of it;
    both empty where all are well.
    """
    for health in healths:
        if health.error_text:
            name = one_line(health.account)
            words = f"{name}: {one_line(health.error_text)}{_advice(health.error)}"
            return words, safe(whole_answer(health.error))
    return "", ""


def _advice(error: Exception | None) -> str:
    hint = one_line(getattr(error, "hint", "") or "")
    return f" ({hint})" if hint else ""


def account_lines(info: AccountInfo, health: AccountHealth | None, look: Look) -> Iterator[Line]:
    """One account, exactly."""
    yield (Cell(one_line(info.name), "strong"), Cell(f"  {one_line(info.kind)}", "muted"))
    yield _row("Server", one_line(info.base_url))
    if words := limits(info.capabilities):
        yield _row("Limits", " · ".join(words), "muted")
    if info.read_only:
        yield _row("Mode", "read-only: nothing is created, canceled or deleted", "warn")
    if health is None:
        return
    yield _row("State", look.text(_words(health, look)), _tone(health))
    if health.last_success is not None:
        yield _row("Last success", _moment(health.last_success, look.now))
    if health.next_poll is not None:
        yield _row("Next poll", _moment(health.next_poll, look.now))
    if health.skipped:
        things = counted(health.skipped, "thing")
        yield _row("Left out", f"{things} in the server's list without an id", "warn")
    if health.failures:
        yield _row("Failures", f"{health.failures} in a row")
    if health.error_text:
        yield _row("Error", one_line(health.error_text), "bad")
        for extra in _error_details(health.error):
            yield _row("", extra)
        yield from more_lines(safe(whole_answer(health.error)))


def _row(label: str, text: str, tone: str = "") -> Line:
    return (Cell(f"  {label:<{LABEL}} ", "muted"), Cell(text, tone))


def _moment(moment: datetime, now: datetime) -> str:
    return f"{local_time(moment, now)}  {relative(moment, now)}"


def _error_details(error: Exception | None) -> Iterator[str]:
    """What an error says beside what and why."""
    if hint := getattr(error, "hint", ""):
        yield one_line(str(hint))
    if request_id := getattr(error, "request_id", ""):
        yield f"request id {one_line(str(request_id))}"


def empty_lines(accounts: Sequence[AccountInfo], healths: Sequence[AccountHealth]) -> list[Line]:
    """What to say while there is no batch: why, and what helps."""
    failing = [health for health in healths if health.error_text]
    if failing:
        return [line for health in failing for line in _failing_lines(health)]
    if any(health.status is AccountStatus.CONNECTING for health in healths):
        names = ", ".join(one_line(info.name) for info in accounts)
        return [(Cell("Connecting", "strong"),), (Cell(f"Asking {names} for batches …"),)]
    lines: list[Line] = [(Cell("No batches", "strong"),)]
    for info in accounts:
        name, server = one_line(info.name), one_line(info.base_url)
        lines.append((Cell(f"Account {name} at {server} has none."),))
    lines += [
        (),
        (Cell("Create one from a file of requests, here or anywhere: it shows up by itself."),),
    ]
    lines.append((Cell("To look around without one: "), Cell("batchtui demo", "accent")))
    return lines


def failure_lines(error: BatchtuiError) -> list[Line]:
    """Why the program has nothing to show, and what helps."""
    lines: list[Line] = [(Cell(one_line(error.what), "bad"),)]
    lines += [(Cell(one_line(text)),) for text in (error.why, error.hint) if text]
    keys = (Cell("a", "accent"), Cell(" adds an account, "), Cell("q", "accent"), Cell(" leaves."))
    return [*lines, (), keys]


def _failing_lines(health: AccountHealth) -> list[Line]:
    error, name = health.error, one_line(health.account)
    titles = (title for kind, _, title in _FAILURES if isinstance(error, kind))
    title = next(titles, "cannot be read")
    lines: list[Line] = [(Cell(f"Account {name}: {title}", "bad"),)]
    lines.append((Cell(one_line(health.error_text)),))
    lines += [(Cell(text, "muted"),) for text in _error_details(error)]
    lines.append((Cell("a", "accent"), Cell(" shows the account, "), Cell("r", "accent"),
                  Cell(" tries again, "), Cell("batchtui doctor", "accent"),
                  Cell(" looks closer.")))  # fmt: skip
    return [*lines, ()]


_FAILURES: tuple[tuple[type[Exception], str, str], ...] = (
    (AuthError, "key refused", "the key is not accepted"),
    (PermissionDeniedError, "not permitted", "the key may not do this"),
    (NoAnswerError, "no answer", "the server does not answer"),
    (NetworkError, "offline", "the server cannot be reached"),
    (ConfigError, "not usable", "not usable as configured"),
)
"""Kinds of errors, in a word or two, and in a sentence."""


def no_hits_lines(kept: Filter, total: int, key: str) -> list[Line]:
    """What to say where a filter leaves nothing; `key` is the one that clears it."""
    what = " ".join(kept.words)
    if kept.failures:
        title = "No batch with failed requests" + (f" fits {what!r}" if what else "")
    else:
        title = f"No batch fits {what!r}"
    return [
        (Cell(one_line(title), "strong"),),
        (Cell("A filter looks through ids, labels, accounts, states and verdicts."),),
        (Cell(key, "accent"), Cell(f" shows all {counted(total, 'batch', 'batches')}.")),
    ]
