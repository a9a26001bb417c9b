"""A batch of which a part failed, sent again twice, over real HTTP: every id is answered once."""

import json
from dataclasses import replace

import pytest

from batchtui.archive.archive import Archive
from batchtui.config.schema import AccountConfig
from batchtui.core.submissions import Draft, Part
from batchtui.requests.body import bodies
from batchtui.requests.edits import parse_edit
from batchtui.requests.preflight import check
from batchtui.requests.rules import rules_for
from batchtui.requests.source import open_requests
from batchtui.results.compare.reconcile import reconcile
from batchtui.results.file.results_file import ResultsFile
from batchtui.service.account import Account
from batchtui.service.manager import BatchService
from batchtui.service.retry import unanswered, write_retry
from support.bodies import PARAMS


@pytest.fixture
async def service(simulator, tmp_path, clock):
    sim = simulator(batches=1)
    config = AccountConfig(name="lab", base_url=sim.base_url, api_key="sk-ant-test")
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
    """The batch that was made of a file, once its results are here, and these."""
    *_, last = check(file, rules_for("anthropic"))
    (body,) = bodies(last.report)
    made = await service.submissions.submit(Draft("lab", body, str(file.path), parent=parent))
    return made.ref


async def ended(service, ref):
    service.sim.advance(600)
    await service.retrieve(ref)
    return ResultsFile.open(await service.fetch_results(ref))


async def test_a_partial_batch_is_retried_twice_until_all_is_answered(service, tmp_path):
    names = [f"r{n}" for n in range(40)]
    path = tmp_path / "requests.jsonl"
    with path.open("w") as out:
        for number, name in enumerate(names):
            params = PARAMS | ({"model": "gpt-5"} if number % 4 == 0 else {})
            print(json.dumps({"custom_id": name, "params": params}), file=out)
    requests = open_requests(path)

    first = await sent(service, requests)
    with await ended(service, first) as results:
        again = write_retry(requests, unanswered(results, requests), tmp_path / "again.jsonl")
        assert reconcile(
            results, counts=service.entry(first).batch.request_counts, requests=names
        ).is_clean
    assert again.requests == 10

    second = await sent(service, open_requests(again.path), parent=first)
    assert service.lineage.under_way(first) == [second]
    await service.cancel(second)
    with await ended(service, second) as results:
        assert unanswered(results, open_requests(again.path)) == set(names[::4])

    mended = requests.changed(edits=[parse_edit("model=claude-x")])
    last = write_retry(mended, set(names[::4]), tmp_path / "last.jsonl")
    third = await sent(service, open_requests(last.path), parent=second)
    (await ended(service, third)).close()

    assert service.lineage.under_way(first) == []
    assert service.lineage.members(third) == [first, second, third]
    assert service.entry(third).label == "last.jsonl"
    assert service.lineage.request_file(third).file == str(last.path)
    with ResultsFile.open(await service.lineage.effective_results(second)) as effective:
        assert reconcile(effective, requests=names).is_clean
        assert effective.index.type_counts() == {"succeeded": 40}
        assert unanswered(effective, requests) == set()


async def test_of_a_file_that_was_split_a_batch_has_its_part(service, tmp_path, monkeypatch):
    rules = replace(rules_for("anthropic"), max_requests=3)
    monkeypatch.setattr("batchtui.service.request_files.rules_for", lambda _: rules)
    path = tmp_path / "requests.jsonl"
    lines = (json.dumps({"custom_id": f"r{n}", "params": PARAMS}) for n in range(5))
    path.write_text("\n".join(lines))
    *_, last = check(open_requests(path), rules, split=True)
    made = []
    for number, body in enumerate(bodies(last.report), 1):
        draft = Draft("lab", body, str(path), part=Part(number, 2))
        made.append((await service.submissions.submit(draft)).ref)
    found = [await service.lineage.requests(ref) for ref in made]
    ids = [[request.custom_id for request in file.requests()] for file in found]
    assert ids == [["r0", "r1", "r2"], ["r3", "r4"]]
