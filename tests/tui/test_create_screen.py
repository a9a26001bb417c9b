"""Creating a batch in the terminal UI, as a person does it."""

import asyncio
from dataclasses import replace

import pytest

from batchtui.core.errors import AuthError, RequestsChangedError, SentBeforeError
from batchtui.core.events import LeftOpen, SubmitProgress
from batchtui.core.models import BatchState, RequestCounts
from batchtui.core.submissions import Part, Submission, SubmissionState
from batchtui.service.drafting import rules_of_kind
from batchtui.tui.screens.create import CreateScreen
from batchtui.tui.screens.create_view import Phase
from batchtui.tui.screens.dialogs import ChoiceDialog, ConfirmDialog
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.form import Form
from batchtui.tui.widgets.lines import LinesView
from batchtui.tui.wishes import wish_of
from support.requests import jsonl, line
from support.screens import said
from support.submissions import FakeSubmissions
from support.waiting import until as in_time

STATES = SubmissionState


class FakeLabels:
    """Writes on the entries of the store."""

    def __init__(self, service):
        self.service = service

    def _write(self, ref, **remarks):
        self.service.change(replace(self.service.entry(ref), **remarks))

    def set_label(self, ref, text):
        self._write(ref, label=text)

    def set_note(self, ref, text):
        self._write(ref, note=text)

    def set_tags(self, ref, tags):
        self._write(ref, tags=tuple(tags))


@pytest.fixture
def service(fake_service, entry_of, clock):
    """A service with one batch, that can create."""

    async def models(account):
        return ("claude-haiku-4-5",)

    one = fake_service([entry_of(1, BatchState.RUNNING, label="nightly")])
    one.models = models
    one.submissions, one.labels = FakeSubmissions(one, clock.now()), FakeLabels(one)
    return one


@pytest.fixture
def started(app_of, service, until):
    class Started:
        def __init__(self, **settings):
            self.app = app_of(service, **settings)
            self.context = self.app.run_test(size=(100, 30))

        async def __aenter__(self):
            self.pilot = await self.context.__aenter__()
            await until(lambda: self.app.service is not None, self.pilot)
            await self.pilot.pause()
            return self

        async def __aexit__(self, *error):
            await self.context.__aexit__(*error)

        @property
        def list(self):
            return self.app.screen_stack[0]

        @property
        def top(self):
            return self.app.screen

        async def press(self, *keys):
            await self.pilot.press(*keys)
            await self.pilot.pause()

        async def heard(self, condition):
            await until(condition, self.pilot)

        async def checked(self, path):
            """The create screen with the report of a file."""
            await self.press("c")
            await self.heard(lambda: isinstance(self.top, CreateScreen))
            self.top.form.fill({"file": str(path)})
            await self.press("enter")
            screen = self.top
            await in_time(lambda: screen.phase is Phase.REPORT)  # it has a thread of its own
            await self.pilot.pause()

        async def confirmed(self):
            await self.press("s")
            await self.heard(lambda: isinstance(self.top, ConfirmDialog))
            await self.press("y")

        def text(self, selector="#report"):
            return self.top.query_one(selector).text

    return Started


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "greetings.jsonl"
    path.write_bytes(jsonl(*[line(f"id-{number}") for number in range(12)]))
    return path


async def test_where_nothing_may_be_changed_it_does_not_exist(
    app_of, fake_service, entry_of, until
):
    app = app_of(fake_service([entry_of(1)], read_only=True))
    async with app.run_test() as pilot:
        await until(lambda: app.service is not None, pilot)
        await pilot.press("c")
        await pilot.pause()
        assert not isinstance(app.screen, CreateScreen)
        assert "Create" not in app.screen.query_one("#keys", Bar).text


async def test_a_path_is_completed_and_its_end_leads_to_the_next_field(started, file):
    async with started() as t:
        await t.press("c")
        form = t.top.query_one(Form)
        form.fill({"file": str(file)[:-8]})
        await t.press("tab")
        assert form.values["file"] == str(file)
        await t.press("tab")
        assert form.current == "template"


async def test_an_error_is_shown_with_its_line_and_forbids_to_send(started, service, file):
    file.write_bytes(jsonl(line("a"), line("b", stream=True), line("a")))
    async with started() as t:
        await t.checked(file)
        assert "line 2 (b): asks for stream" in t.text()
        assert "has the custom_id of another (as line 1)" in t.text()
        await t.press("s")
        assert isinstance(t.top, CreateScreen)
        assert service.submissions.drafts == []


async def test_a_file_that_cannot_be_read_is_told_and_can_be_typed_again(started, tmp_path):
    async with started() as t:
        await t.press("c")
        t.top.form.fill({"file": str(tmp_path)})
        await t.press("enter")
        screen = t.top
        await in_time(lambda: screen.query_one("#message", Bar).text)
        await t.heard(lambda: screen.phase is Phase.TYPING)
        assert t.top.form.current == "file"


async def test_what_is_sent_is_asked_for_and_the_new_batch_is_selected(
    started, service, file, entry_of
):
    service.submissions.answer = entry_of(7, BatchState.RUNNING)
    async with started() as t:
        await t.checked(file)
        assert "To be sent  yes" in t.text()
        await t.press("s")
        await t.heard(lambda: isinstance(t.top, ConfirmDialog))
        title = t.top.query_one("#title", Bar).text
        assert title.startswith("Send 12 requests, ")
        assert title.endswith(", to work?")
        assert service.submissions.drafts == []
        await t.press("y")
        await t.heard(lambda: t.top is t.list)
        await t.heard(lambda: t.list.current.ref.id.endswith("7"))
        assert t.list.current.label == "greetings.jsonl"
        ((draft, again),) = service.submissions.drafts
        assert (draft.account, draft.file, draft.body.count, again) == (
            "work",
            str(file),
            12,
            False,
        )


@pytest.mark.parametrize("key", ["n", "enter", "escape"])
async def test_every_other_answer_sends_nothing(started, service, file, key):
    async with started() as t:
        await t.checked(file)
        await t.press("s")
        await t.heard(lambda: isinstance(t.top, ConfirmDialog))
        await t.press(key)
        await t.heard(lambda: isinstance(t.top, CreateScreen))
        assert service.submissions.drafts == []


async def test_what_was_typed_goes_with_the_batch(started, service, file, entry_of):
    service.submissions.answer = entry_of(7, BatchState.RUNNING)
    async with started() as t:
        await t.press("c")
        t.top.form.fill(
            {"label": "mine", "betas": "a-2024-01-01, b-2024-01-01", "headers": "X-Team: red"}
        )
        t.top.form.fill({"file": str(file)})
        await t.press("enter")
        screen = t.top
        await in_time(lambda: screen.phase is Phase.REPORT)
        await t.confirmed()
        await t.heard(lambda: service.submissions.drafts)
        draft = service.submissions.drafts[0][0]
        assert draft.label == "mine"
        assert draft.options.betas == ("a-2024-01-01", "b-2024-01-01")
        assert draft.options.headers == {"X-Team": "red"}


async def test_the_same_file_again_is_asked_about(started, service, file):
    service.submissions.answer = SentBeforeError("these were sent before", "batch b was made")
    async with started() as t:
        await t.checked(file)
        await t.confirmed()
        await t.heard(lambda: isinstance(t.top, ConfirmDialog))
        assert "These were sent before" in t.top.query_one("#title", Bar).text
        await t.press("y")
        await t.heard(lambda: len(service.submissions.drafts) == 2)
        assert [again for _, again in service.submissions.drafts] == [False, True]


async def test_a_refusal_is_told_and_it_can_be_tried_again(started, service, file, entry_of):
    service.submissions.answer = AuthError("401 invalid x-api-key", hint="check the key")
    async with started() as t:
        await t.checked(file)
        await t.confirmed()
        await t.heard(lambda: "There is no batch: 401" in t.text())
        service.submissions.answer = entry_of(7, BatchState.RUNNING)
        await t.confirmed()
        await t.heard(lambda: t.top is t.list)


async def test_a_file_that_changed_is_not_offered_again_before_it_is_checked(
    started, service, file
):
    service.submissions.answer = RequestsChangedError("it is not sent", "it has changed")
    async with started() as t:
        await t.checked(file)
        await t.confirmed()
        await t.heard(lambda: "it has changed" in t.text())
        assert "sends it again" not in t.text()
        await t.press("s")
        assert isinstance(t.top, CreateScreen)
        await t.press("escape", "enter")
        screen = t.top
        await in_time(lambda: screen.phase is Phase.REPORT)
        await t.heard(lambda: screen.does("send"))


async def test_that_nothing_arrived_is_told(started, service, file):
    service.submissions.answer = STATES.ABSENT
    async with started() as t:
        await t.checked(file)
        await t.confirmed()
        await t.heard(lambda: "No batch found" in t.text())
        assert "s sends it again" in t.text()
        assert len(service.submissions.drafts) == 1


async def test_bytes_are_counted_and_it_can_be_stopped(started, service, file):
    service.submissions.answer, service.submissions.held = STATES.CREATED, asyncio.Event()
    async with started() as t:
        await t.checked(file)
        await t.confirmed()
        await t.heard(lambda: service.submissions.drafts)
        service.tell(SubmitProgress(1, 500, 1000))
        await t.heard(lambda: "50%" in t.text("#progress"))
        await t.press("escape")
        assert t.top.phase is Phase.SENDING
        assert "x stops it" in t.text("#message")
        await t.press("x")
        await t.heard(lambda: "Stopped: there is no batch" in t.text())


async def test_after_the_last_byte_it_goes_on_without_the_screen(started, service, file):
    service.submissions.answer, service.submissions.held = STATES.ADOPTED, asyncio.Event()
    async with started() as t:
        await t.checked(file)
        await t.confirmed()
        await t.heard(lambda: service.submissions.drafts)
        await t.press("escape")
        assert "x stops it" in t.text("#message")
        service.tell(SubmitProgress(1, 1000, 1000))
        await t.heard(lambda: "waiting for the answer" in t.text("#progress"))
        assert t.text("#message") == "", "x is gone"
        await t.press("x")
        assert t.top.phase is Phase.SENDING
        await t.press("escape")
        await t.heard(lambda: t.top is t.list)
        service.submissions.held.set()
        await t.heard(
            lambda: "adopted, as no answer came" in t.list.query_one("#message", Bar).text
        )


async def test_edits_are_shown_as_they_are_typed_then_checked_and_sent(started, service, file):
    async with started() as t:
        await t.press("c")
        t.top.form.fill({"file": str(file)})
        t.top.form.go_to("edits")
        await t.press(*"max_tokens=9")
        await t.heard(lambda: "max_tokens: 1024 → 9" in t.text())
        assert "As in id-0, the first of the file" in t.text()
        await t.press(*" -model")
        await t.heard(lambda: "(absent)" in t.text())
        await t.press(*["backspace"] * 7, "enter")
        screen = t.top
        await in_time(lambda: screen.phase is Phase.REPORT)
        assert "max_tokens: 1024 → 9  in 12" in t.text()
        await t.press("s")
        await t.heard(lambda: isinstance(t.top, ConfirmDialog))
        assert "max_tokens: 1024 → 9  in 12" in t.top.query_one(LinesView).text
        await t.press("y")
        await t.heard(lambda: service.submissions.drafts)
        draft = service.submissions.drafts[0][0]
        sent = b"".join([chunk async for chunk in draft.body.chunks()])
        assert sent.count(b'"max_tokens":9') == 12
        assert draft.copy, "what is sent stands in no file of the user's"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("max_tokens", "it has no ="),
        ("'max_tokens=9", "a quote is not closed"),
        ("messages.x=1", "messages.x"),
    ],
)
async def test_edits_that_cannot_be_made_are_told_while_typing(started, file, typed, words):
    async with started() as t:
        await t.press("c")
        t.top.form.fill({"file": str(file)})
        t.top.form.go_to("edits")
        await t.press(*typed)
        await t.heard(lambda: words in t.text())


@pytest.fixture
def small_batches(monkeypatch):
    """Not more than five requests go into a batch."""
    rules = "batchtui.tui.screens.create.rules_of_kind"
    monkeypatch.setattr(rules, lambda *_: replace(rules_of_kind("anthropic", ""), max_requests=5))


async def test_what_is_too_much_for_one_batch_makes_several(
    started, service, file, entry_of, small_batches
):
    service.submissions.answer = lambda draft: entry_of(6 + draft.part.number)
    async with started() as t:
        await t.checked(file)
        assert "p makes several batches" in said(t.app)
        screen = t.top
        await t.press("p")
        await in_time(lambda: screen.report is not None and screen.report.ok)
        await t.heard(lambda: "Batches     3, of 5 (" in t.text())
        await t.press("s")
        await t.heard(lambda: isinstance(t.top, ConfirmDialog))
        assert "as 3 batches" in t.top.query_one("#title", Bar).text
        await t.press("y")
        await t.heard(lambda: t.top is t.list)
        drafts = [draft for draft, _ in service.submissions.drafts]
        assert [draft.body.count for draft in drafts] == [5, 5, 2]
        assert [entry.label for entry in service.entries()][1:] == [
            f"greetings.jsonl ({number} of 3)" for number in (1, 2, 3)
        ]
        assert "Created: 3 batches" in said(t.app)


async def test_of_several_batches_those_that_are_there_are_not_sent_twice(
    started, service, file, entry_of, small_batches
):
    def answer(draft):
        return STATES.ABSENT if draft.part.number == 2 else entry_of(6 + draft.part.number)

    service.submissions.answer = answer
    async with started() as t:
        await t.checked(file)
        screen = t.top
        await t.press("p")
        await in_time(lambda: screen.report is not None and screen.report.ok)
        await t.heard(lambda: "Batches     3, of 5 (" in t.text())
        await t.confirmed()
        await t.heard(lambda: "No batch found" in t.text())
        assert [draft.part.number for draft, _ in service.submissions.drafts] == [1, 2]
        service.submissions.answer = lambda draft: entry_of(6 + draft.part.number)
        await t.confirmed()
        await t.heard(lambda: t.top is t.list)
        assert [draft.part.number for draft, _ in service.submissions.drafts] == [1, 2, 2, 3]


@pytest.fixture
def two_accounts(service):
    """Another account, and one that only reads."""
    first = service.accounts[0]
    others = (replace(first, name="play"), replace(first, name="audit", read_only=True))
    service.accounts = (first, *others)
    return service


async def test_the_account_is_chosen(started, two_accounts, file):
    async with started() as t:
        await t.press("c")
        assert "in work" in t.text("#head")
        await t.press("ctrl+o")
        await t.heard(lambda: isinstance(t.top, ChoiceDialog))
        rows = t.top.query_one("#choices").source
        assert [rows.cells(index)["label"].text for index in range(3)] == ["work", "play", "audit"]
        await t.press("2")
        await t.heard(lambda: isinstance(t.top, CreateScreen))
        assert "in play" in t.text("#head")
        t.top.form.fill({"file": str(file)})
        await t.press("enter")
        screen = t.top
        await in_time(lambda: screen.phase is Phase.REPORT)
        await t.confirmed()
        await t.heard(lambda: two_accounts.submissions.drafts)
        assert two_accounts.submissions.drafts[0][0].account == "play"


async def test_an_account_that_only_reads_is_told_to_when_it_is_chosen(started, two_accounts, file):
    async with started() as t:
        await t.press("c")
        await t.press("ctrl+o")
        await t.heard(lambda: isinstance(t.top, ChoiceDialog))
        await t.press("3")
        await t.heard(lambda: isinstance(t.top, CreateScreen))
        t.top.form.fill({"file": str(file)})
        await t.press("enter")
        await t.heard(lambda: "read-only" in said(t.app))
        assert t.top.phase is Phase.TYPING


# What waits for a decision


@pytest.fixture
def unknown(service, entry_of, clock):
    ids = tuple(entry_of(number).ref.id for number in (1, 2))
    return Submission(
        3, "work", STATES.UNKNOWN, clock.now(), "/a/b.jsonl", "00", 10, 12, "b.jsonl",
        why="2 batches may be it", candidates=ids,
    )  # fmt: skip


async def test_what_a_program_left_open_is_told_until_it_is_put_away(started, service, unknown):
    async with started() as t:
        service.tell(LeftOpen((unknown,)))
        await t.heard(lambda: "1 submission of a program that ended" in t.text("#notice"))
        await t.press("escape")
        assert not t.top.query_one("#notice").display


@pytest.mark.parametrize(("key", "decision"), [("1", 0), ("2", 1), ("n", None), ("l", "nothing")])
async def test_which_batch_it_is_is_asked(started, service, unknown, key, decision):
    service.submissions.known = [unknown]
    async with started() as t:
        await t.press("C")
        await t.heard(lambda: isinstance(t.top, ChoiceDialog))
        await t.press("enter")
        await t.heard(lambda: "2 batches may be it" in t.top.query_one(LinesView).text)
        await t.press(key)
        await t.heard(lambda: t.top is t.list)
        wanted = unknown.candidates[decision] if isinstance(decision, int) else None
        decided = [] if decision == "nothing" else [(3, wanted)]
        await t.heard(lambda: service.submissions.decided == decided)


async def test_what_did_not_arrive_can_be_sent_again(started, service, unknown, file):
    service.submissions.known = [
        replace(unknown, state=STATES.ABSENT, file=str(file), label="mine", candidates=())
    ]
    async with started() as t:
        await t.press("C", "enter")
        await t.press("s")
        await t.heard(lambda: isinstance(t.top, CreateScreen))
        assert t.top.form.values["file"] == str(file)
        assert t.top.form.values["label"] == "mine"


def test_what_was_one_of_several_parts_is_not_called_so_twice(unknown, file):
    part = replace(unknown, file=str(file), part=Part(1, 2), copy="")
    assert wish_of(replace(part, label="mine (1 of 2)")).label == "mine"
    assert wish_of(replace(part, label=f"{file.name} (1 of 2)")).label == ""


# Labels, notes, tags


async def test_what_is_written_on_a_batch_is_shown_and_found(started, service):
    async with started() as t:
        await t.press("e")
        await t.press("end", *"-run", "down", *"red", "down", *"fine")
        await t.press("enter")
        await t.heard(lambda: t.list.current.note == "fine")
        entry = t.list.current
        assert (entry.label, entry.tags) == ("nightly-run", ("red",))
        assert "#red" in t.text("#detail")
        await t.press("slash", *"#red")
        assert len(t.list.rows) == 1
        await t.press(*"x")
        assert len(t.list.rows) == 0


async def test_the_lines_of_a_note_stay(started, service):
    ref = next(iter(service.store))
    service.store[ref] = replace(service.store[ref], note="one\ntwo")
    async with started() as t:
        await t.press("e", "enter")
        await t.heard(lambda: t.top is t.list)
        assert t.list.current.note == "one\ntwo"


async def test_counts_of_a_candidate_tell_it_from_another(started, service, unknown, entry_of):
    service.store[entry_of(2).ref] = entry_of(2, counts=RequestCounts(processing=12))
    service.submissions.known = [unknown]
    async with started() as t:
        await t.press("C", "enter")
        rows = t.top.query_one("#choices")
        notes = [rows.source.cells(index)["note"].text for index in range(len(rows.source))]
        assert any(note.startswith("12 requests") for note in notes)
