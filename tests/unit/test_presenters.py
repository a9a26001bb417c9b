"""What batches and accounts look like in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from batchtui.core.errors import AuthError, ConfigError, NetworkError
from batchtui.core.models import (
    AccountHealth,
    AccountInfo,
    AccountStatus,
    Batch,
    BatchEntry,
    BatchRef,
    BatchState,
    Capabilities,
    PendingAction,
    Presence,
    RequestCounts,
)
from batchtui.core.progress import EtaRange, Progress
from batchtui.core.rules import Deed, why_not
from batchtui.core.text import truncate_middle
from batchtui.tui.detail_presenters import detail_lines, raw_lines, wide_lines
from batchtui.tui.health_presenters import (
    account_lines,
    empty_lines,
    failure_lines,
    health_cell,
    trouble,
)
from batchtui.tui.ordering import SORT_KEYS, Filter, Order
from batchtui.tui.presenters import (
    WIDE_COLUMNS,
    Look,
    bar,
    batch_cells,
    eta_words,
    outcome_words,
    percent,
    relative,
    spans,
    totals,
    zone_name,
)
from batchtui.tui.wrapping import wrap

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LOOK = Look(NOW)
EVIL = "\x1b]52;c;eA==\x07[red]x[/y]\u202e\x9b2J\u2028z"


def entry(state=BatchState.RUNNING, counts=None, number=1, age=timedelta(hours=1), **more):
    own = {k: more.pop(k) for k in ("label", "local_results", "presence", "pending") if k in more}
    created = NOW - age
    ended = state.is_final
    fields = {
        "kind": "anthropic",
        "provider_status": "ended" if ended else "in_progress",
        "created_at": created,
        "expires_at": created + timedelta(days=1),
        "ended_at": created + timedelta(minutes=40) if ended else None,
        "results_available": ended,
        "request_counts": counts or RequestCounts(processing=10),
    }
    fields.update(more)
    ref = BatchRef("work", f"msgbatch_{number:04d}")
    return BatchEntry(Batch(**({"ref": ref, "state": state} | fields)), **own)


def text_of(lines):
    return "\n".join("".join(cell.text for cell in line) for line in lines)


def test_every_column_of_the_wide_list_has_a_cell():
    cells = batch_cells(entry(), LOOK)
    assert {column.key for column in WIDE_COLUMNS} == set(cells)


@pytest.mark.parametrize("state", BatchState)
def test_every_state_is_a_glyph_and_a_word(state):
    glyph, _, word = batch_cells(entry(state), LOOK)["state"].text.partition(" ")
    assert len(glyph) == 1
    assert word == state


def test_an_ended_batch_with_errors_is_never_plainly_good():
    cells = batch_cells(entry(BatchState.COMPLETED, RequestCounts(succeeded=998, errored=2)), LOOK)
    assert cells["verdict"] == ("! partial", "warn", ())
    assert cells["requests"].text == "998/1,000"


def test_pending_and_vanished_batches_say_so():
    assert "deleting" in batch_cells(entry(pending=PendingAction.DELETE), LOOK)["state"].text
    assert "unlisted" in batch_cells(entry(presence=Presence.UNLISTED), LOOK)["state"].text


def test_without_moving_counts_there_is_time_and_no_bar():
    assert batch_cells(entry(), LOOK)["progress"].text == "for 1h 00m"


def test_with_moving_counts_there_is_a_bar_and_percents():
    live = entry(counts=RequestCounts(processing=57, succeeded=43), counts_live=True)
    assert batch_cells(live, LOOK)["progress"].text == "██░░░░  43%"


def test_left_tells_of_expiry_and_then_of_the_results():
    assert batch_cells(entry(), LOOK)["left"].text == "23h 00m"
    ended = entry(BatchState.COMPLETED, RequestCounts(succeeded=1), age=timedelta(days=28))
    assert batch_cells(ended, LOOK)["left"] == ("1d 00h", "warn", ())
    gone = entry(BatchState.COMPLETED, archived_at=NOW, results_available=False)
    assert batch_cells(gone, LOOK)["left"].text == "gone"


def test_results_of_a_deleted_batch_are_gone_unless_they_are_here():
    deleted = entry(BatchState.COMPLETED, presence=Presence.DELETED)
    assert why_not(deleted, None, Deed.RESULTS)
    assert why_not(replace(deleted, local_results="/x"), None, Deed.RESULTS) is None
    assert batch_cells(deleted, LOOK)["left"].text == "gone"
    assert "deleted with the batch" in text_of(detail_lines(deleted, None, None, LOOK))


@pytest.mark.parametrize(
    ("fraction", "text"), [(0, "0%"), (0.001, "<1%"), (0.5, "50%"), (0.9999, "99%"), (1, "100%")]
)
def test_percent_is_honest_at_both_ends(fraction, text):
    assert percent(fraction) == text


def test_a_bar_is_full_only_when_all_is_done():
    assert bar(0.999, 10) == "█" * 9 + "░"
    assert bar(1.0, 10) == "█" * 10


def test_plain_look_is_ascii():
    for state in BatchState:
        cells = batch_cells(entry(state, label="x"), replace(LOOK, plain=True))
        assert all(cell.text.isascii() for cell in cells.values())
    lines = detail_lines(entry(), Progress(timedelta(0)), None, replace(LOOK, plain=True))
    assert text_of(lines).isascii()


def test_hostile_text_is_masked_everywhere():
    evil = entry(
        label=EVIL, ref=BatchRef(EVIL, EVIL), kind=EVIL, provider_status=EVIL,
        raw=f'{{"id": "{EVIL}"', local_results=EVIL,
    )  # fmt: skip
    health = AccountHealth(
        "work", AccountStatus.STALE, error_text=EVIL, error=AuthError(EVIL, EVIL, EVIL)
    )
    info = AccountInfo(EVIL, EVIL, EVIL, read_only=False, capabilities=Capabilities())
    shown = "".join(cell.text for cell in batch_cells(evil, LOOK).values())
    shown += text_of(detail_lines(evil, Progress(timedelta(0)), health, LOOK))
    shown += text_of(raw_lines(evil.batch))
    shown += text_of(account_lines(info, health, LOOK)) + health_cell([health, health], LOOK).text
    shown += text_of(empty_lines([info], [health])) + "".join(trouble([health]))
    shown += text_of(failure_lines(ConfigError(EVIL, EVIL, EVIL)))
    assert shown.replace("\n", "").isprintable()


def test_details_say_what_is_known():
    text = text_of(
        detail_lines(
            entry(label="nightly", cancel_initiated_at=NOW - timedelta(minutes=5)),
            Progress(
                timedelta(hours=1), eta=EtaRange(timedelta(minutes=20), timedelta(hours=2), 23)
            ),
            AccountHealth("work", AccountStatus.STALE, error_text="401 invalid x-api-key"),
            LOOK,
        )
    )
    for words in (
        "nightly", "msgbatch_0001", "running (in_progress)", "work (anthropic)",
        "Created      2026-11-20 11:00:00 1h 00m ago", "Cancel asked 2026-11-20 11:55:00 5m ago",
        "Expires      2026-11-21 11:00:00 in 23h 00m",
        "about 20m: most like it took 1h 20m to 3h 00m (23 batches)",
        "not told before the end", "failed: 401 invalid x-api-key", "Times        UTC",
    ):  # fmt: skip
        assert words in text


def test_wide_details_say_the_same_side_by_side():
    facts = (
        entry(counts=RequestCounts(processing=5, succeeded=5)),
        Progress(timedelta(0)),
        None,
        LOOK,
    )
    wide = wide_lines(*facts, (), 76)
    assert len(wide) < len(detail_lines(*facts))
    assert all(sum(len(cell.text) for cell in line) <= 76 for line in wide)


@pytest.mark.parametrize(
    "counts",
    [
        RequestCounts(succeeded=1),
        RequestCounts(succeeded=99_999, errored=1),
        RequestCounts(processing=1, succeeded=1, errored=1, canceled=1, expired=1),
        RequestCounts(errored=100_000, expired=1, canceled=1, succeeded=1),
    ],
)
def test_the_bar_of_counts_has_one_width_and_shows_every_kind(counts):
    lines = detail_lines(entry(counts=counts), None, None, LOOK)
    row = next(line for line in lines if line and set("".join(c.text for c in line)) <= set("█▓▒░"))
    assert sum(len(cell.text) for cell in row) == 30
    kinds = sum(
        bool(getattr(counts, n))
        for n in ("succeeded", "errored", "canceled", "expired", "processing")
    )
    assert len([cell for cell in row if cell.text]) == kinds


def test_times_are_in_the_zone_of_now():
    look = Look(NOW.astimezone(timezone(timedelta(hours=5, minutes=30))))
    assert zone_name(look.now) == "UTC+05:30"
    assert "2026-11-20 16:30:00" in text_of(detail_lines(entry(), None, None, look))


def test_relative_times():
    assert relative(NOW, NOW) == "just now"
    assert relative(NOW - timedelta(minutes=5), NOW) == "5m ago"
    assert relative(NOW + timedelta(minutes=5), NOW) == "in 5m"


def test_eta_words_past_half_of_them():
    judged = Progress(timedelta(hours=1), eta=EtaRange(timedelta(0), timedelta(minutes=6), 1))
    assert eta_words(judged) == "soon: nine in ten like it took 1h 06m at most (1 batch)"


def test_eta_words_past_the_usual():
    assert "slower than nine in ten" in eta_words(
        Progress(timedelta(0), eta=EtaRange(timedelta(0), timedelta(0), 9))
    )
    assert eta_words(Progress(timedelta(0))) == ""


def test_totals_count_states_and_verdicts():
    counted = {"running": 2, "partial": 1, "succeeded": 0}
    assert [cell.text for cell in totals(counted, LOOK, 80)] == ["▸ 2 running", "! 1 partial"]
    assert [cell.text for cell in totals(counted, LOOK, 20)] == ["▸ 2", "! 1"]


def test_live_health_stays_the_same_while_time_goes_on():
    health = AccountHealth("work", AccountStatus.LIVE, NOW, NOW, interval=30)
    later = Look(NOW + timedelta(seconds=25))
    assert health_cell([health], LOOK) == health_cell([health], later)
    assert health_cell([health], LOOK).text == "● live · ≤33s old · next ≤33s"


def test_stale_health_says_since_when_and_when_again():
    health = AccountHealth(
        "work", AccountStatus.STALE, NOW - timedelta(minutes=9), NOW + timedelta(minutes=3)
    )
    assert health_cell([health], LOOK).text == "● stale · as of 11:51 · again in 3m"


def test_one_stale_account_of_several_is_named():
    good = AccountHealth("work", AccountStatus.LIVE, NOW, interval=30)
    bad = AccountHealth("lab", AccountStatus.STALE, NOW)
    assert health_cell([good, bad], LOOK).text == "● 1 of 2: lab stale"
    off = replace(bad, account="a" * 40, error=NetworkError("x"), error_text="x")
    short = health_cell([off, good, bad, bad], LOOK, short=True).text
    assert short == f"● {'a' * 11}… offline, lab stale +1"
    wide = health_cell([bad] * 5, LOOK, short=True, room=60).text
    assert wide == "● " + ", ".join(["lab stale"] * 5)
    assert health_cell([bad] * 5, LOOK, short=True, room=50).text.endswith("lab stale +1")
    assert health_cell([off, good, bad], LOOK).text == f"● 2 of 3: {'a' * 15}… offline, lab stale"
    assert health_cell([good, good], LOOK).text.endswith("· 2 accounts")


def test_an_account_that_says_nothing_is_named_while_others_answer():
    good = AccountHealth("work", AccountStatus.LIVE, NOW, interval=30)
    bad = AccountHealth("lab", AccountStatus.STALE, NOW)
    silent = AccountHealth("gate")
    assert health_cell([good, silent], LOOK).text == "○ 1 of 2: gate no answer yet"
    assert health_cell([good, silent, bad], LOOK, short=True).text == (
        "● lab stale, gate no answer yet"
    )
    assert health_cell([silent, silent], LOOK, short=True).text == "○ connecting"


def test_trouble_that_another_copy_has_is_told_by_the_one_that_follows_it():
    follows = AccountHealth("work", AccountStatus.FOLLOWING, NOW)
    refused = replace(follows, account="lab", error_text="no", denied=True)
    assert health_cell([follows, refused], LOOK).text == "● 1 of 2: lab refused"
    alone = health_cell([replace(refused, denied=False)], LOOK)
    assert (alone.text, alone.tone) == ("○ following another copy · failing · as of 12:00", "bad")


@pytest.mark.parametrize(
    ("error", "words"),
    [(AuthError("x"), "key refused"), (NetworkError("x"), "offline"), (None, "failing")],
)
def test_without_any_data_nothing_is_called_stale(error, words):
    health = AccountHealth("work", AccountStatus.STALE, error=error, error_text="x")
    assert health_cell([health], LOOK).text == f"● {words} · not tried again"


def test_a_cause_is_told_once():
    info = AccountInfo("w", "anthropic", "https://a", read_only=False, capabilities=Capabilities())
    error = AuthError("cannot list", "invalid x-api-key", "look at the key")
    health = AccountHealth("w", AccountStatus.STALE, error=error, error_text=str(error))
    for lines in (empty_lines([info], [health]), account_lines(info, health, LOOK)):
        text = text_of(lines)
        assert text.count("invalid x-api-key") == text.count("look at the key") == 1


def test_of_a_deleted_batch_nothing_is_kept_at_the_provider():
    kept = entry(BatchState.COMPLETED, presence=Presence.DELETED, local_results="/x")
    assert "Kept until" not in text_of(detail_lines(kept, None, None, LOOK))
    assert (
        batch_cells(kept, LOOK)["state"].text
        != batch_cells(entry(BatchState.CANCELED), LOOK)["state"].text
    )


def test_one_request_is_no_requests():
    one = entry(BatchState.COMPLETED, RequestCounts(succeeded=1))
    many = entry(BatchState.COMPLETED, RequestCounts(succeeded=1805, errored=5195))
    assert outcome_words(one.batch) == "1 request"
    assert outcome_words(many.batch) == "1,805/7,000 requests · 5,195 errored"


@pytest.mark.parametrize(
    ("error", "words"),
    [(AuthError("x"), "the key is not accepted"), (NetworkError("x"), "cannot be reached"),
     (ConfigError("x"), "not usable as configured"), (None, "cannot be read")],
)  # fmt: skip
def test_an_empty_list_says_why(error, words):
    info = AccountInfo(
        "work", "anthropic", "https://a", read_only=False, capabilities=Capabilities()
    )
    health = AccountHealth("work", AccountStatus.STALE, error=error, error_text="it failed")
    text = text_of(empty_lines([info], [health]))
    assert words in text
    assert "r tries again" in text


def test_an_empty_account_is_named():
    info = AccountInfo(
        "work", "anthropic", "https://a", read_only=False, capabilities=Capabilities()
    )
    text = text_of(empty_lines([info], [AccountHealth("work", AccountStatus.LIVE)]))
    assert "Account work at https://a has none" in text


def test_spans_do_not_overlap():
    assert spans("nightly eval", ("eval", "night", "ghtl")) == ((0, 5), (8, 12))
    assert spans("abc", ()) == ()


# Order and filter


def test_the_newest_is_first_and_the_unfinished_above_it():
    old = entry(number=1, age=timedelta(days=3))
    new = entry(BatchState.COMPLETED, number=2, age=timedelta(hours=1))
    assert [e.ref.id for e in Order().arrange([new, old])] == ["msgbatch_0001", "msgbatch_0002"]
    assert Order(active_first=False).arrange([old, new])[0] is new


def test_an_order_is_remembered_if_there_is_such_a_column_still():
    kept = Order.remembered("requests", descending=True, active_first=False)
    assert kept == Order("requests", True, False)
    assert Order.remembered("nonsense", descending=True, active_first=False) == Order()


@pytest.mark.parametrize("key", SORT_KEYS)
@pytest.mark.parametrize("descending", [False, True])
def test_every_column_sorts_any_mixture(key, descending):
    entries = [
        entry(number=1), entry(BatchState.COMPLETED, number=2, local_results="x"),
        entry(BatchState.FAILED, number=3, label="a"),
        entry(number=4, request_counts=None, expires_at=None, kind="other"),
        entry(BatchState.EXPIRED, number=5, results_available=False, ended_at=None),
    ]  # fmt: skip
    arranged = Order(key, descending, active_first=False).arrange(entries)
    values = [SORT_KEYS[key](e) for e in arranged]
    assert values == sorted(values, reverse=descending)


def test_equals_keep_the_newest_first_both_ways():
    entries = [entry(number=n, age=timedelta(hours=n)) for n in (3, 1, 2)]
    for descending in (False, True):
        arranged = Order("requests", descending).arrange(entries)
        assert [e.ref.id[-1] for e in arranged] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "words",
    ["NIGHT", "work running", "msgbatch_0001", "in_progress pending", "regress", "ask anna"],
)
def test_a_filter_finds_words_in_any_field(words):
    written = replace(entry(label="nightly"), note="Ask\nAnna", tags=("eval", "regression"))
    assert Filter.of(words).keeps(written)
    assert not Filter.of(f"{words} nowhere").keeps(written)


def test_failures_are_batches_with_requests_that_failed():
    kept = Filter(failures=True)
    assert kept.keeps(entry(BatchState.COMPLETED, RequestCounts(succeeded=9, errored=1)))
    assert kept.keeps(entry(counts=RequestCounts(processing=9, errored=1)))
    assert not kept.keeps(entry(BatchState.COMPLETED, RequestCounts(succeeded=9)))
    assert not kept.keeps(entry())


# Text


@pytest.mark.parametrize("width", range(40))
def test_a_middle_cut_has_the_width_and_both_ends(width):
    text = "msgbatch_01HkcTjaV5uDC8jWR4ZsDQ8d"
    cut = truncate_middle(text, width)
    assert len(cut) == min(width, len(text))
    if width >= 4:
        assert cut[0] == "m"
        assert cut[-1] == "d"


def test_wrapping_keeps_every_word_under_the_last_piece():
    from batchtui.tui.cells import Cell

    rows = wrap((Cell("Error        ", "muted"), Cell("one two three four five six")), 26)
    assert ["".join(c.text for c in row) for row in rows] == [
        "Error        one two three", "             four five six",
    ]  # fmt: skip


def test_wrapping_breaks_what_has_no_spaces():
    from batchtui.tui.cells import Cell

    rows = wrap((Cell("x" * 25),), 10)
    assert [row[-1].text for row in rows] == ["x" * 10, "x" * 10, "x" * 5]
