"""Creating batches of the other kinds through the service: what it may claim of a lost answer."""

import asyncio

import pytest

from batchtui.archive.archive import Archive
from batchtui.archive.submissions import SubmissionArchive
from batchtui.config.schema import AccountConfig
from batchtui.core.errors import ApiError, SubmitError
from batchtui.core.submissions import Draft, SubmissionState
from batchtui.service.account import Account
from batchtui.service.manager import BatchService
from contract.kinds import KEY, LETTA, OPENAI
from support.bodies import FakeBody


def body_of(kind):
    """Three requests as the kind wants them."""
    body = FakeBody(3)
    body.data = kind.body_of(3)
    body.size = len(body.data)
    return body


@pytest.fixture(params=[LETTA, OPENAI], ids=str)
def kind(request):
    return request.param


@pytest.fixture
async def submitted(tmp_path, clock, kind):
    """Submits three requests to a simulator, while time goes on, and says what became of them."""
    opened = []

    async def submit(sim):
        config = AccountConfig(
            name="lab", kind=kind.name, base_url=kind.base_url(sim), api_key=KEY, timeout=1
        )
        service = BatchService(
            [Account(config, read_only=False, env={}, clock=clock)],
            lambda: Archive.open(tmp_path / "archive.sqlite3"),
            tmp_path / "results",
            clock=clock,
            spread=lambda: 0.0,
        )
        opened.append(service)
        draft = Draft(account="lab", body=body_of(kind), file="/a/nightly.jsonl")
        task = asyncio.ensure_future(service.submissions.submit(draft))
        while not task.done():
            await asyncio.wait({task}, timeout=0.002)
            if clock.sleepers:
                await clock.advance(clock.sleepers[0][0] - clock.elapsed)
        return task.result()

    yield submit
    for service in opened:
        await service.aclose()


async def test_a_batch_is_created(simulator, submitted, kind):
    sim = simulator(batches=0)
    done = await submitted(sim)
    (life,) = sim.world.batches()
    assert (done.state, done.batch_id) == (SubmissionState.CREATED, kind.id_of(life))


async def test_a_lost_answer_leaves_a_candidate_or_its_file_tells_the_batch(
    simulator, submitted, kind
):
    """Both tell no number of requests: one never, the other not before it has looked at them."""
    sim = simulator("lost-answer:op=create", batches=0)
    done = await submitted(sim)
    (life,) = sim.world.batches()
    if kind is OPENAI:
        assert (done.state, done.batch_id) == (SubmissionState.ADOPTED, kind.id_of(life))
        assert done.upload.startswith("file-")
    else:
        assert done.state is SubmissionState.UNKNOWN
        assert done.candidates == (kind.id_of(life),)


async def test_what_is_not_listed_may_exist_where_the_list_leaves_batches_out(
    simulator, submitted, kind
):
    done = await submitted(simulator("502:op=create", batches=0))
    listed_all = kind is OPENAI
    assert done.state is (SubmissionState.ABSENT if listed_all else SubmissionState.UNKNOWN)
    assert ("leaves batches out" in done.why) is not listed_all
    assert (f"at the provider as {done.upload}" in done.why) is listed_all


@pytest.mark.parametrize("fault", ["502:op=upload", "lost-answer:op=upload"])
@pytest.mark.parametrize("kind", [OPENAI], ids=str, indirect=True)
async def test_a_failed_upload_has_made_no_batch(simulator, submitted, fault):
    sim = simulator(fault, batches=0)
    with pytest.raises(ApiError, match="upload the requests") as raised:
        await submitted(sim)
    assert "no batch was created" in raised.value.hint
    assert sim.world.batches() == []


@pytest.mark.parametrize("kind", [OPENAI], ids=str, indirect=True)
async def test_a_batch_is_made_only_of_a_file_that_was_noted(simulator, submitted, monkeypatch):
    """As where another program has taken the submission over meanwhile."""
    monkeypatch.setattr(SubmissionArchive, "note_upload", lambda *_: False)
    sim = simulator(batches=0)
    with pytest.raises(SubmitError, match="taken the submission over"):
        await submitted(sim)
    assert sim.world.batches() == []
