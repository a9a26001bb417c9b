"""A new account is asked first, by the command line and in the terminal UI, and then written."""

import asyncio
import json
from dataclasses import replace

import pytest

from batchtui.config.adding import wanted
from batchtui.config.paths import Paths
from batchtui.core.clock import SystemClock
from batchtui.core.errors import AuthError, ConfigError, NetworkError, NoAnswerError
from batchtui.service.joining import Joining
from batchtui.service.patience import PATIENCE

PATHS = {"anthropic": "", "letta": "/letta", "openai": "/openai"}


@pytest.fixture
def joining(tmp_path):
    return Joining(
        Paths.from_env({"HOME": str(tmp_path)}), {"HOME": str(tmp_path), "K": "k"}, SystemClock()
    )


def account(kind, url):
    return wanted(kind=kind, name="new", base_url=url + PATHS[kind], key={"api_key_env": "K"})


@pytest.mark.parametrize("kind", PATHS)
async def test_an_account_of_each_kind_is_tried_by_a_real_request(joining, simulator, kind):
    tried = await joining.test(account(kind, simulator().base_url))
    assert tried.has_batches
    assert not joining.paths.config_file.exists()


async def test_a_refused_key_is_told_and_nothing_is_written(joining, recording_server):
    refusal = {"type": "error", "error": {"type": "authentication_error", "message": "no such key"}}
    server = recording_server(status=401, body=json.dumps(refusal).encode())
    with pytest.raises(AuthError, match="no such key"):
        await joining.test(account("anthropic", server.base_url))
    assert not joining.paths.config_file.exists()


async def test_a_dead_port_is_told(joining):
    with pytest.raises(NetworkError, match="refused the connection"):
        await joining.test(account("anthropic", "http://127.0.0.1:9"))


async def test_a_silent_server_is_not_waited_for_longer_than_patience(joining, simulator, clock):
    sim = simulator("timeout")
    trying = asyncio.create_task(
        replace(joining, clock=clock).test(account("anthropic", sim.base_url))
    )
    while not sim.seen:
        await asyncio.wait({trying}, timeout=0.002)
    await clock.advance(PATIENCE)
    with pytest.raises(NoAnswerError, match="no answer within 10 s"):
        await trying


async def test_a_key_that_is_not_there_is_told_before_anybody_is_asked(joining):
    lost = wanted(name="new", base_url="http://127.0.0.1:9", key={"api_key_env": "NOT_THERE"})
    with pytest.raises(ConfigError, match="NOT_THERE is not set"):
        await joining.test(lost)


def test_what_is_written_is_configured_from_then_on(joining):
    joining.write(account("letta", "http://127.0.0.1:9"))
    with pytest.raises(ConfigError, match="already"):
        joining.write(account("letta", "http://127.0.0.1:9"))
    assert joining.paths.config_file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("variable", "kept"), [("ANTHROPIC_API_KEY", False), ("K", True)])
def test_an_account_of_a_variable_ends_where_the_new_one_has_its_key(tmp_path, variable, kept):
    env = {"HOME": str(tmp_path), "K": "k", "ANTHROPIC_API_KEY": "gateway's"}
    joining = Joining(Paths.from_env(env), env, SystemClock())
    new = wanted(name="sim", base_url="http://127.0.0.1:9", key={"api_key_env": variable})
    assert joining.write(new) == {"anthropic": kept}
    assert ("[accounts.anthropic]" in joining.paths.config_file.read_text()) is kept
