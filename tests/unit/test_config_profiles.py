import json
import os
from datetime import UTC, datetime

import pytest

from batchtui.config.keys import key_source
from batchtui.config.loader import load
from batchtui.config.paths import Paths
from batchtui.config.profiles import access_token, active_profile, read_profile
from batchtui.core.errors import ConfigError
from batchtui.service.account import Account

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def env(tmp_path):
    return {"HOME": str(tmp_path)}


@pytest.fixture
def write(tmp_path):
    def write(path, content):
        target = tmp_path / ".config" / "anthropic" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content if isinstance(content, str) else json.dumps(content))
        return target

    return write


def test_without_any_file_there_is_no_profile(env):
    assert active_profile(env) is None


def test_the_variable_wins_over_the_pointer_and_that_over_the_usual_one(env, write):
    write("configs/default.json", {})
    assert active_profile(env)[0] == "default"
    write("active_config", "work\n")
    assert active_profile(env)[0] == "work"
    assert active_profile({**env, "ANTHROPIC_PROFILE": "home"}) == (
        "home", "environment ANTHROPIC_PROFILE",
    )  # fmt: skip


def test_the_folder_can_lie_elsewhere(tmp_path, env):
    (tmp_path / "else" / "configs").mkdir(parents=True)
    (tmp_path / "else" / "configs" / "work.json").write_text('{"base_url": "https://x.example/"}')
    elsewhere = {**env, "ANTHROPIC_CONFIG_DIR": str(tmp_path / "else")}
    assert read_profile("work", elsewhere).base_url == "https://x.example/"


def test_a_token_is_read_from_beside_the_profile(env, write):
    write("configs/work.json", {"workspace_id": "wrkspc_1", "authentication": {}})
    write("credentials/work.json", {"access_token": "secret-token", "expires_at": 1_900_000_000})
    profile = read_profile("work", env)
    assert profile.workspace_id == "wrkspc_1"
    token = access_token(profile, NOW)
    assert token.get_secret_value() == "secret-token"
    assert "secret-token" not in repr(token)


def test_a_token_may_lie_where_the_profile_says(tmp_path, env, write):
    (tmp_path / "token.json").write_text('{"access_token": "t"}')
    write("configs/work.json", {"authentication": {"credentials_path": "~/token.json"}})
    assert access_token(read_profile("work", env), NOW).get_secret_value() == "t"


def test_an_expired_token_says_how_to_renew_it(env, write):
    write("configs/work.json", {})
    expired = int(NOW.timestamp()) - 7200
    write("credentials/work.json", {"access_token": "t", "expires_at": expired})
    with pytest.raises(ConfigError, match="expired 2h 00m ago") as caught:
        access_token(read_profile("work", env), NOW)
    assert "ant auth login --profile work" in caught.value.hint


@pytest.mark.parametrize(
    "expired", ["2026-11-19T10:00:00Z", "2026-11-19T10:00:00", 1_795_000_000_000, "1795000000"]
)
def test_an_end_in_any_form_is_heeded(env, write, expired):
    write("configs/default.json", {})
    write("credentials/default.json", {"access_token": "t", "expires_at": expired})
    with pytest.raises(ConfigError, match="its token expired"):
        access_token(read_profile("default", env), NOW)


def test_a_pipe_is_not_waited_for(env, write):
    file = write("configs/default.json", {}).parents[1] / "credentials" / "default.json"
    file.parent.mkdir()
    os.mkfifo(file)
    with pytest.raises(ConfigError, match="is no file"):
        access_token(read_profile("default", env), NOW)


@pytest.mark.parametrize("expires", [None, "soon", 1e400, [], 10**30])
def test_a_token_that_says_no_time_is_tried(env, write, expires):
    write("configs/default.json", {})
    write("credentials/default.json", {"access_token": "t", "expires_at": expires})
    assert access_token(read_profile("default", env), NOW).get_secret_value() == "t"


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "", " a", "a\\b", "a\0b", "\x1b[31m"])
def test_names_stay_within_the_folder(env, name):
    with pytest.raises(ConfigError, match="no name of a profile"):
        read_profile(name, env)


@pytest.mark.parametrize("content", ["", "[", '{"access_token": 1}', "[]", "{}", "[" * 99_999])
def test_files_that_hold_no_token_are_told_without_their_text(env, write, content):
    write("configs/default.json", {})
    path = write("credentials/default.json", content)
    with pytest.raises(ConfigError, match=str(path)) as caught:
        access_token(read_profile("default", env), NOW)
    assert "ant auth login" in caught.value.hint


def test_a_missing_profile_is_told(env):
    with pytest.raises(ConfigError, match="No such file"):
        read_profile("gone", env)


@pytest.fixture
def accounts(tmp_path, env):
    """Loads a configuration and gives its accounts by name."""

    def load_them(text="", **more):
        file = tmp_path / "config.toml"
        file.write_text(text)
        file.chmod(0o600)
        variables = {**env, **more, "BATCHTUI_CONFIG": str(file)}
        loaded = load(env=variables, paths=Paths.from_env(variables, tmp_path))
        return {account.name: account for account in loaded.config.accounts}

    return load_them


def test_a_login_alone_makes_an_account(accounts, write):
    write("configs/default.json", {"base_url": "https://stage.example", "workspace_id": "wrkspc_1"})
    account = accounts()["anthropic"]
    assert (account.profile, account.auth) == ("default", "bearer")
    assert (account.base_url, account.workspace_id) == ("https://stage.example", "wrkspc_1")
    assert key_source(account) == "profile default"


def test_a_key_wins_over_a_login(accounts, write):
    write("configs/default.json", {"workspace_id": "wrkspc_1"})
    account = accounts(ANTHROPIC_API_KEY="k")["anthropic"]
    assert (account.profile, account.api_key_env) == (None, "ANTHROPIC_API_KEY")
    assert (account.auth, account.workspace_id) == ("x-api-key", "")


def test_accounts_of_the_file_may_name_a_profile_each(accounts, write):
    write("configs/work.json", {"base_url": "https://work.example"})
    found = accounts(
        '[accounts.one]\nprofile = "work"\n[accounts.two]\nprofile = "gone"\n'
        '[accounts.three]\napi_key = "k"\n',
        ANTHROPIC_PROFILE="work",
    )
    assert found["one"].base_url == "https://work.example"
    assert found["two"].profile == "gone"
    assert found["three"].profile is None


def test_an_account_without_any_key_uses_the_active_login(accounts, write):
    write("configs/work.json", {})
    write("active_config", "work")
    assert accounts("[accounts.one]\nread_only = true\n")["one"].profile == "work"


async def test_a_renewed_login_is_taken_up_without_a_restart(accounts, env, write, clock):
    write("configs/default.json", {"base_url": "http://127.0.0.1:9"})
    soon = int(NOW.timestamp()) + 60
    write("credentials/default.json", {"access_token": "old", "expires_at": soon})
    account = Account(accounts()["anthropic"], read_only=False, env=env, clock=clock)
    first = await account.provider()
    assert await account.provider() is first
    await clock.advance(3600)
    with pytest.raises(ConfigError, match="expired"):
        await account.provider()
    write("credentials/default.json", {"access_token": "new", "expires_at": soon + 9_000})
    assert await account.provider() is not first
    await account.aclose()
