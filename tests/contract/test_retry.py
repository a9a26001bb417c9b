"""A batch of which a part failed, sent again twice, over real HTTP: every id is answered once."""

import json
from dataclasses import replace

import pytest

from batchtui.archive.archive import Archive
from batchtui.config.schema import AccountConfig
from batchtui.core.errors import StateError
from batchtui.core.submissions import Draft, Part
from batchtui.requests.body import bodies
from batchtui.requests.edits import parse_edit
from batchtui.requests.preflight import check
from batchtui.requests.rules import rules_for
from batchtui.requests.shapes import SHAPES
from batchtui.requests.source import open_requests
from batchtui.results.compare.reconcile import reconcile
from batchtui.results.file.results_file import ResultsFile
from batchtui.service.account import Account
from batchtui.service.answers import has_no_rows
from batchtui.service.manager import BatchService
from batchtui.service.reconciling import reconciled
from batchtui.service.request_files import BatchRequests
from batchtui.service.retry import ids_of_all, requests_to_retry, unanswered, write_retry
from contract.kinds import KEY, KINDS, OPENAI


@pytest.fixture(params=KINDS, ids=str)
def kind(request):
    return request.param


@pytest.fixture
async def service(simulator, tmp_path, clock, kind):
    sim = simulator(batches=0)
    config = AccountConfig(name="lab", kind=kind.name, base_url=kind.base_url(sim), api_key=KEY)
    opened = BatchService(
        [Account(config, read_only=False, env={}, clock=clock)],
        lambda: Archive.open(tmp_path / "archive.sqlite3"),
        tmp_path / "results",
        clock=clock,
    )
    opened.sim = sim
    async with opened:
        yield opened


async def sent(service, file, parent=None):
    """The batch that was made of a file."""
    *_, last = check(file, rules_for(file.shape.kind))
    (body,) = bodies(last.report)
    made = await service.submissions.submit(Draft("lab", body, str(file.path), parent=parent))
    return made.ref


async def ended(service, ref):
    """The results of a batch, once they are here."""
    service.sim.advance(600)
    await service.retrieve(ref)
    return ResultsFile.open(await service.fetch_results(ref))


async def left(service, ref, requests):
    """Ids of the requests that neither a batch, which has ended, nor its lineage has answered."""
    service.sim.advance(600)
    await service.retrieve(ref)
    return await requests_to_retry(service, ref, BatchRequests(requests))


def written(kind, path, count, fails=lambda _: False):
    """A file of so many requests; of some numbers they fail."""
    lines = [kind.request_of(f"r{n}", fails=fails(n)) for n in range(count)]
    path.write_text("\n".join(map(json.dumps, lines)))
    return open_requests(path, shape=SHAPES[kind.name])


async def test_a_partial_batch_is_retried_twice_until_all_is_answered(service, tmp_path, kind):
    names = [f"r{n}" for n in range(40)]
    requests = written(kind, tmp_path / "requests.jsonl", 40, fails=lambda n: n % 4 == 0)

    first = await sent(service, requests)
    with await ended(service, first) as results:
        again = write_retry(requests, unanswered(results, requests), tmp_path / "again.jsonl")
        assert reconcile(
            results, counts=service.entry(first).batch.request_counts, requests=names
        ).is_clean
    assert again.requests == 10

    resent = open_requests(again.path, shape=requests.shape)
    second = await sent(service, resent, parent=first)
    assert service.lineage.under_way(first) == [second]
    with pytest.raises(StateError, match=f"{second.id} does so already"):
        await requests_to_retry(service, first, BatchRequests(requests))
    await service.cancel(second)
    assert await left(service, second, resent) == set(names[::4])

    mended = requests.changed(edits=[parse_edit(kind.mending)])
    last = write_retry(mended, set(names[::4]), tmp_path / "last.jsonl")
    third = await sent(service, open_requests(last.path, shape=requests.shape), parent=second)
    (await ended(service, third)).close()

    assert service.lineage.under_way(first) == []
    assert service.lineage.members(third) == [first, second, third]
    assert service.entry(third).label == "last.jsonl"
    assert service.lineage.request_file(third).file == str(last.path)
    with ResultsFile.open(await service.lineage.effective_results(second)) as effective:
        assert reconcile(effective, requests=names).is_clean
        assert effective.index.type_counts() == {"succeeded": 40}
        assert unanswered(effective, requests) == set()


async def test_all_requests_of_a_batch_without_any_rows_are_unanswered(service, tmp_path, kind):
    requests = written(kind, tmp_path / "requests.jsonl", 3)
    ref = await sent(service, requests)
    await service.cancel(ref)
    assert await left(service, ref, requests) == {"r0", "r1", "r2"}
    assert has_no_rows(service, ref) is (kind is OPENAI)


async def test_of_a_file_that_was_split_a_batch_has_its_part(service, tmp_path, monkeypatch, kind):
    rules = replace(rules_for(kind.name), max_requests=3)
    monkeypatch.setattr("batchtui.service.request_files.rules_for", lambda _: rules)
    requests = written(kind, tmp_path / "requests.jsonl", 5)
    *_, last = check(requests, rules, split=True)
    made = []
    for number, body in enumerate(bodies(last.report), 1):
        draft = Draft("lab", body, str(requests.path), part=Part(number, 2))
        made.append((await service.submissions.submit(draft)).ref)
    found = [await service.lineage.requests(ref) for ref in made]
    ids = [[request.custom_id for request in file.requests()] for file in found]
    assert ids == [["r0", "r1", "r2"], ["r3", "r4"]]


async def test_requests_that_nobody_came_to_are_missing_and_no_miscount(service, tmp_path, kind):
    """Canceled halfway: Anthropic has a row for each, OpenAI for those with an answer alone."""
    requests = written(kind, tmp_path / "requests.jsonl", 40)
    ref = await sent(service, requests)
    service.sim.advance(40)
    await service.cancel(ref)
    service.sim.advance(600)
    await service.retrieve(ref)
    copy = await service.fetch_results(ref)
    found = await reconciled(service, service.entry(ref), copy, requests)
    assert found.miscounts == ()
    assert found.unexpected == found.duplicate == ()
    assert bool(found.missing) is (kind is OPENAI)
    assert set(found.missing) <= await left(service, ref, requests)


async def test_a_part_that_is_named_again_stays_a_part(service, tmp_path, monkeypatch, kind):
    rules = replace(rules_for(kind.name), max_requests=3)
    monkeypatch.setattr("batchtui.service.request_files.rules_for", lambda _: rules)
    requests = written(kind, tmp_path / "requests.jsonl", 5)
    *_, last = check(requests, rules, split=True)
    draft = Draft("lab", bodies(last.report)[1], str(requests.path), part=Part(2, 2))
    ref = (await service.submissions.submit(draft)).ref
    named = await service.lineage.name_requests(ref, requests.path)
    assert ids_of_all(named.file) == {"r3", "r4"}
    assert not named.doubt
