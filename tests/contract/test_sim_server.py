"""The simulator on the wire: what a client that knows only the API's documents would see."""

import http.client
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlsplit

import httpx
import pytest

from batchtui.sim.distort import HOSTILE, HOSTILE_ID
from batchtui.sim.faults import parse_fault
from batchtui.sim.server import SimOptions, Simulator

ROOT = "/v1/messages/batches"
HEADERS = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
PARAMS = {"model": "claude-x", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
KEYS = {
    "id", "type", "processing_status", "request_counts", "ended_at", "created_at", "expires_at",
    "archived_at", "cancel_initiated_at", "results_url",
}  # fmt: skip


@pytest.fixture
def client_of():
    """Opens clients that are closed with the test."""
    clients = []

    def open_client(sim, headers=HEADERS, **options):
        client = httpx.Client(base_url=sim.base_url, headers=headers, trust_env=False, **options)
        clients.append(client)
        return client

    yield open_client
    for client in clients:
        client.close()


def pick(sim, **wanted):
    """The newest batch whose life has these attributes, or with `status` this status."""
    now = sim.world.clock.now()
    for life in sim.world.batches():
        status = wanted.get("status", life.status(now))
        attributes = {name: value for name, value in wanted.items() if name != "status"}
        matches = all(getattr(life, name) == value for name, value in attributes.items())
        if life.status(now) == status and matches:
            return life
    raise AssertionError(f"no batch with {wanted}")


def create(client, count=3):
    requests = [{"custom_id": f"r{n}", "params": PARAMS} for n in range(count)]
    return client.post(ROOT, json={"requests": requests})


def error_of(response):
    body = response.json()
    assert body["type"] == "error"
    assert body["request_id"] == response.headers["request-id"]
    return response.status_code, body["error"]["type"], body["error"]["message"]


def test_a_page_has_batches_with_all_keys(simulator, client_of):
    page = client_of(simulator()).get(ROOT).json()
    assert len(page["data"]) == 20
    assert page["has_more"] is True
    assert page["first_id"] == page["data"][0]["id"]
    assert page["last_id"] == page["data"][-1]["id"]
    for batch in page["data"]:
        assert set(batch) == KEYS
        assert batch["created_at"].endswith("+00:00")
        assert len(batch["created_at"]) == len("2025-01-29T14:24:59.570697+00:00")


def test_an_empty_list_has_null_cursors(simulator, client_of):
    page = client_of(simulator(batches=0)).get(ROOT).json()
    assert page == {"data": [], "has_more": False, "first_id": None, "last_id": None}


def test_the_page_after_and_the_page_before(simulator, client_of):
    client = client_of(simulator())
    ids = [batch["id"] for batch in client.get(ROOT, params={"limit": 1000}).json()["data"]]
    after = client.get(ROOT, params={"limit": 5, "after_id": ids[4]}).json()
    assert [batch["id"] for batch in after["data"]] == ids[5:10]
    before = client.get(ROOT, params={"limit": 5, "before_id": ids[8]}).json()
    assert [batch["id"] for batch in before["data"]] == ids[3:8]
    assert before["has_more"] is True
    top = client.get(ROOT, params={"limit": 5, "before_id": ids[5]}).json()
    assert [batch["id"] for batch in top["data"]] == ids[:5]
    assert top["has_more"] is False


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", "after_id=nope", "after_id=a&before_id=b"]
)
def test_bad_queries_are_400(simulator, client_of, query):
    response = client_of(simulator()).get(f"{ROOT}?{query}")
    assert error_of(response)[:2] == (400, "invalid_request_error")


def test_either_kind_of_key_and_the_version_are_needed(simulator, client_of):
    sim = simulator(keys=frozenset({"right"}))
    version = {"anthropic-version": "2023-06-01"}

    def status(**headers):
        return client_of(sim, headers=headers).get(ROOT).status_code

    assert status(**version) == 401
    assert status(**version, **{"x-api-key": "wrong"}) == 401
    assert status(**version, **{"x-api-key": "right"}) == 200
    assert status(**version, authorization="Bearer right") == 200
    assert status(**{"x-api-key": "right"}) == 400
    assert status(**{"x-api-key": "right", "anthropic-version": "2026-10-21"}) == 200
    assert status(**{"x-api-key": "right", "anthropic-version": "1999-01-01"}) == 400


def test_beta_is_the_same_wire(simulator, client_of):
    client = client_of(simulator())
    betas = {"anthropic-beta": "message-batches-2024-09-24,unheard-of-2031-01-01"}
    assert client.get(f"{ROOT}?beta=true", headers=betas).json() == client.get(ROOT).json()


def test_a_running_batch_says_when_to_ask_again_and_an_ended_one_does_not(simulator, client_of):
    sim = simulator()
    client = client_of(sim)
    running, ended = pick(sim, status="in_progress"), pick(sim, status="ended")
    assert client.get(f"{ROOT}/{running.id}").headers["retry-after"] == "10"
    assert "retry-after" not in client.get(f"{ROOT}/{ended.id}").headers


def test_the_life_of_a_created_batch(simulator, client_of):
    sim = simulator()
    client = client_of(sim)
    batch = create(client).json()
    path = f"{ROOT}/{batch['id']}"
    assert client.get(ROOT).json()["first_id"] == batch["id"]
    assert batch["request_counts"]["processing"] == 3
    assert batch["results_url"] is None

    early = client.get(f"{path}/results")
    words = f"Message Batch {batch['id']} has no available results."
    assert error_of(early) == (404, "not_found_error", words)
    assert early.headers["x-should-retry"] == "false"
    assert error_of(client.delete(path))[:2] == (400, "invalid_request_error")

    sim.advance(60)
    batch = client.get(path).json()
    assert (batch["processing_status"], batch["request_counts"]["succeeded"]) == ("ended", 3)
    assert batch["results_url"] == f"{sim.base_url}{path}/results"
    assert error_of(client.post(f"{path}/cancel"))[:2] == (400, "invalid_request_error")
    names = {json.loads(line)["custom_id"] for line in client.get(f"{path}/results").iter_lines()}
    assert names == {"r0", "r1", "r2"}

    gone = {"id": batch["id"], "type": "message_batch_deleted"}
    assert client.delete(path).json() == gone
    assert error_of(client.get(path))[:2] == (404, "not_found_error")


def test_canceling_takes_a_while(simulator, client_of):
    sim = simulator(run_seconds=3600)
    client = client_of(sim)
    path = f"{ROOT}/{create(client, 4).json()['id']}"
    sim.advance(1800)
    for body in (b"", b"{}"):
        batch = client.post(f"{path}/cancel", content=body).json()
        assert batch["processing_status"] == "canceling"
        assert batch["cancel_initiated_at"] is not None
        assert batch["request_counts"]["processing"] == 4
        assert batch["results_url"] is None
    sim.advance(200)
    batch = client.get(path).json()
    assert batch["processing_status"] == "ended"
    assert batch["cancel_initiated_at"] is not None
    counts = batch["request_counts"]
    assert (counts["succeeded"], counts["canceled"]) == (2, 2)


def test_archived_batches_stay_listed_without_results(simulator, client_of):
    sim = simulator()
    client = client_of(sim)
    life = pick(sim, status="ended")
    sim.advance(30 * 86400)
    batch = client.get(f"{ROOT}/{life.id}").json()
    assert batch["archived_at"] is not None
    assert batch["results_url"] is None
    assert error_of(client.get(f"{ROOT}/{life.id}/results"))[0] == 404


def test_results_are_a_chunked_stream_of_lines(simulator, client_of):
    sim = simulator()
    life = pick(sim, flavour="gallery")
    with client_of(sim).stream("GET", f"{ROOT}/{life.id}/results") as response:
        body = response.read()
    assert response.headers["transfer-encoding"] == "chunked"
    assert response.headers["content-type"] == "application/x-jsonl"
    name = f'attachment; filename="{life.id}_results.jsonl"'
    assert response.headers["content-disposition"] == name
    assert not body.endswith(b"\n")
    assert b"\r" not in body
    assert "日".encode() in body or "请".encode() in body
    rows = [json.loads(row) for row in body.split(b"\n")]
    assert len({row["custom_id"] for row in rows}) == life.size


def test_live_counts_and_flat_errors_are_a_choice(simulator, client_of):
    sim = simulator(live_counts=True, flat_errors=True, run_seconds=100)
    client = client_of(sim)
    path = f"{ROOT}/{create(client, 10).json()['id']}"
    sim.advance(50)
    counts = client.get(path).json()["request_counts"]
    assert (counts["processing"], counts["succeeded"]) == (5, 5)
    body = client.get(f"{ROOT}/{pick(sim, flavour='gallery').id}/results").content
    results = [json.loads(row)["result"] for row in body.split(b"\n")]
    errors = [result["error"] for result in results if result["type"] == "errored"]
    assert errors
    assert all(set(error) == {"type", "message"} for error in errors)


def test_a_body_that_is_too_large_is_refused(simulator, client_of):
    client = client_of(simulator(max_body=500))
    assert error_of(create(client, 20))[:2] == (413, "request_too_large")

    def chunks():
        yield b" " * 400
        yield b" " * 400

    assert client.post(ROOT, content=chunks()).status_code == 413


def test_unknown_paths_and_methods_have_the_envelope(simulator, client_of):
    client = client_of(simulator())
    assert error_of(client.get("/v1/nothing"))[:2] == (404, "not_found_error")
    assert error_of(client.put(ROOT))[0] == 405
    assert client.head(ROOT).status_code == 404
    models = client.get("/v1/models").json()
    assert all(model["type"] == "model" for model in models["data"])


def test_ranges_are_served_where_the_server_can(simulator, client_of):
    sim = simulator(ranges=True)
    client = client_of(sim)
    path = f"{ROOT}/{pick(sim, flavour='gallery').id}/results"
    whole = client.get(path)
    etag = whole.headers["etag"]
    part = client.get(path, headers={"range": "bytes=1000-", "if-range": etag})
    assert part.status_code == 206
    assert part.content == whole.content[1000:]
    size = len(whole.content)
    assert part.headers["content-range"] == f"bytes 1000-{size - 1}/{size}"
    stale = client.get(path, headers={"range": "bytes=1000-", "if-range": '"old"'})
    assert stale.status_code == 200
    beyond = client.get(path, headers={"range": f"bytes={size}-"})
    assert beyond.status_code == 416


def test_ranges_are_off_at_first(simulator, client_of):
    sim = simulator()
    path = f"{ROOT}/{pick(sim, flavour='gallery').id}/results"
    response = client_of(sim).get(path, headers={"range": "bytes=1000-"})
    assert response.status_code == 200
    assert "etag" not in response.headers


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "authentication_error"),
        (403, "permission_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ],
)
def test_status_faults(simulator, client_of, status, kind):
    client = client_of(simulator(f"{status}:times=1,op=list"))
    assert error_of(client.get(ROOT))[:2] == (status, kind)
    assert client.get(ROOT).status_code == 200


@pytest.mark.parametrize(
    ("args", "name", "value"),
    [
        ("retry-after=2", "retry-after", "2"),
        ("retry-after=0.25", "retry-after", "0.25"),
        ("retry-after-ms=300", "retry-after-ms", "300"),
        ("x-should-retry=true", "x-should-retry", "true"),
    ],
)
def test_retry_headers(simulator, client_of, args, name, value):
    response = client_of(simulator(f"429:{args}")).get(ROOT)
    assert response.headers[name] == value


def test_retry_after_as_a_date(simulator, client_of):
    before = datetime.now(UTC)
    response = client_of(simulator("429:retry-date=90")).get(ROOT)
    date = parsedate_to_datetime(response.headers["retry-after"])
    assert 80 <= (date - before).total_seconds() <= 150


def test_a_spend_limit_has_a_code_and_no_retry_after(simulator, client_of):
    response = client_of(simulator("429:spend-limit")).get(ROOT)
    assert response.json()["error"]["details"] == {"error_code": "enforced_spend_limit_reached"}
    assert "retry-after" not in response.headers


def test_a_gateway_answers_in_html(simulator, client_of):
    response = client_of(simulator("502")).get(ROOT)
    assert response.status_code == 502
    assert response.headers["content-type"].startswith("text/html")


def test_a_timeout_never_answers_and_the_server_still_stops(simulator, client_of):
    client = client_of(simulator("timeout"), timeout=0.2)
    with pytest.raises(httpx.ReadTimeout):
        client.get(ROOT)


@pytest.mark.parametrize("at", [0, 1, 777, 100_000])
def test_a_cut_sends_exactly_so_many_bytes(simulator, client_of, at):
    sim = simulator()
    path = f"{ROOT}/{pick(sim, flavour='gallery').id}/results"
    whole = client_of(sim).get(path).content
    sim.faults.add(parse_fault(f"cut:at={at}"))
    assert read_until_cut(sim, path) == whole[:at]


def test_a_cut_at_a_line_end(simulator, client_of):
    sim = simulator()
    path = f"{ROOT}/{pick(sim, flavour='gallery').id}/results"
    whole = client_of(sim).get(path).content
    sim.faults.add(parse_fault("cut-line:line=3"))
    assert read_until_cut(sim, path) == b"\n".join(whole.split(b"\n")[:3]) + b"\n"


def read_until_cut(sim, path):
    """What arrives before the connection breaks; fails if the body ends as it should."""
    connection = http.client.HTTPConnection(urlsplit(sim.base_url).netloc, timeout=30)
    try:
        connection.request("GET", path, headers=HEADERS)
        with connection.getresponse() as response, pytest.raises(http.client.IncompleteRead) as cut:
            response.read()
        return cut.value.partial
    finally:
        connection.close()


def test_a_slow_stream_sends_everything(simulator, client_of):
    sim = simulator("slow-stream:rate=20000", run_seconds=1)
    client = client_of(sim)
    path = f"{ROOT}/{create(client, 2).json()['id']}"
    sim.advance(1)
    with client.stream("GET", f"{path}/results") as response:
        pieces = list(response.iter_raw())
    assert len(pieces) > 1
    assert len(b"".join(pieces).split(b"\n")) == 2


@pytest.mark.parametrize(
    ("spec", "hidden"), [("404-after-create:reads=2", 2), ("404-after-create", 1)]
)
def test_a_created_batch_is_not_found_at_first(simulator, client_of, spec, hidden):
    client = client_of(simulator(spec))
    path = f"{ROOT}/{create(client).json()['id']}"
    statuses = [client.get(path).status_code for _ in range(hidden + 2)]
    assert statuses == [404] * hidden + [200, 200]


def test_a_created_batch_is_not_found_for_some_time(simulator, client_of):
    sim = simulator("404-after-create:seconds=30")
    client = client_of(sim)
    path = f"{ROOT}/{create(client).json()['id']}"
    assert client.get(path).status_code == 404
    sim.advance(31)
    assert client.get(path).status_code == 200


def test_results_urls_may_point_elsewhere(simulator, client_of):
    sim = simulator("foreign-url:to=https://elsewhere.example,op=retrieve", "relative-url:op=list")
    client = client_of(sim)
    life = pick(sim, status="ended")
    path = f"{ROOT}/{life.id}"
    foreign = client.get(path).json()["results_url"]
    assert foreign == f"https://elsewhere.example{path}/results"
    urls = {batch["results_url"] for batch in client.get(ROOT).json()["data"]}
    assert f"{path}/results" in urls


def test_a_redirect_to_a_stranger(simulator, client_of, recording_server):
    stranger = recording_server()
    sim = simulator(f"redirect:to={stranger.base_url},status=302")
    response = client_of(sim).get(f"{ROOT}?limit=3")
    assert response.status_code == 302
    assert response.headers["location"] == f"{stranger.base_url}{ROOT}?limit=3"
    client_of(sim, follow_redirects=True).get(ROOT)
    assert [(one.method, one.path) for one in stranger.requests] == [("GET", ROOT)]


def test_nulls_may_be_left_out_and_statuses_be_new(simulator, client_of):
    sim = simulator("omit-nulls", "status:value=finalizing", batches=3)
    page = client_of(sim).get(ROOT).json()
    assert all(None not in batch.values() for batch in page["data"])
    assert {batch["processing_status"] for batch in page["data"]} == {"finalizing"}
    empty = client_of(simulator("omit-nulls", batches=0)).get(ROOT).json()
    assert empty == {"data": [], "has_more": False}


def test_hostile_ids_can_still_be_asked_for(simulator, client_of):
    client = client_of(simulator("hostile"))
    page = client.get(ROOT, params={"limit": 2}).json()
    hostile = page["last_id"]
    assert hostile.endswith(HOSTILE_ID)
    assert client.get(f"{ROOT}/{quote(hostile, safe='')}").json()["id"] == hostile
    after = client.get(ROOT, params={"after_id": hostile, "limit": 2})
    assert len(after.json()["data"]) == 2
    assert error_of(client.get(f"{ROOT}/nope"))[2].endswith(HOSTILE)


def test_the_server_remembers_what_it_was_sent(simulator, client_of):
    sim = simulator()
    client_of(sim).get(f"{ROOT}?limit=2")
    (seen,) = sim.seen
    assert (seen.op, seen.method, seen.path, seen.query) == ("list", "GET", ROOT, "limit=2")
    assert seen.headers["x-api-key"] == "k"
    assert "k" not in repr(seen).split("'")


def test_a_port_in_use_is_an_error(simulator):
    port = urlsplit(simulator().base_url).port
    with pytest.raises(OSError, match="in use"), Simulator(SimOptions(port=port)):
        pass


SERVE = """
import sys
from batchtui.sim.faults import parse_fault
from batchtui.sim.server import SimOptions, serve_forever
serve_forever(SimOptions(batches=3), lambda sim: print(sim.base_url, flush=True))
print("stopped", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_serving_alone_stops_at_a_signal(number):
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": os.environ["PATH"]},
        text=True,
    )
    with process:
        base_url = process.stdout.readline().strip()
        with httpx.Client(headers=HEADERS, trust_env=False) as client:
            assert len(client.get(base_url + ROOT).json()["data"]) == 3
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (out, err, process.returncode) == ("stopped\n", "", 0)
