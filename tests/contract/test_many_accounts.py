"""Six accounts of three kinds, three of them in trouble: none of these delays or hides another."""

import json
import socket

import pytest

from batchtui.config.paths import Paths
from batchtui.config.schema import AccountConfig, Config, PollingConfig
from batchtui.core.errors import AuthError, NetworkError
from batchtui.core.models import AccountStatus
from batchtui.service.manager import BatchService
from support.waiting import until

REFUSAL = {"type": "error", "error": {"type": "authentication_error", "message": "no such key"}}
WELL = ("anthropic", "letta", "openai")


@pytest.fixture
def silent_port():
    """Takes connections, and never says anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


@pytest.fixture
def service(tmp_path, simulator, recording_server, silent_port):
    good = simulator().base_url
    bad = recording_server(status=401, body=json.dumps(REFUSAL).encode()).base_url
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead = closed.getsockname()[1]
    accounts = [
        AccountConfig(name="silent", base_url=f"http://127.0.0.1:{silent_port}", api_key="k"),
        AccountConfig(name="wrong", base_url=bad, api_key="k"),
        AccountConfig(name="dead", base_url=f"http://127.0.0.1:{dead}", api_key="k"),
        AccountConfig(name="anthropic", base_url=good, api_key="k"),
        AccountConfig(name="letta", kind="letta", base_url=f"{good}/letta"),
        AccountConfig(name="openai", kind="openai", base_url=f"{good}/openai", api_key="k"),
    ]
    config = Config(accounts=tuple(accounts), polling=PollingConfig(active=1, idle=1))
    return BatchService.open(config, Paths.from_env({}, tmp_path), env={})


async def test_accounts_in_trouble_hold_up_no_other(service):
    """The well ones are asked again and again, at their cadence, while one never answers."""
    seen = {name: set() for name in WELL}

    def told():
        health = {one.account: one for one in service.health()}
        for name in WELL:
            seen[name].add(health[name].last_success)
        polled = min(len(moments - {None}) for moments in seen.values())
        return polled >= 3 and health["wrong"].error and health["dead"].error

    async with service:
        service.start()
        await until(told)
        health = {one.account: one for one in service.health()}
        assert {health[name].status for name in WELL} == {AccountStatus.LIVE}
        assert isinstance(health["wrong"].error, AuthError)
        assert isinstance(health["dead"].error, NetworkError)
        assert health["silent"].status is AccountStatus.CONNECTING
        assert {entry.ref.account for entry in service.entries()} == set(WELL)
