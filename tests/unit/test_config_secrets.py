"""No secret of a configuration is ever shown: not by repr, not by an error, not by `describe`."""

import traceback

import pytest

from batchtui.config.describe import describe
from batchtui.config.loader import load
from batchtui.config.paths import Paths
from batchtui.core.errors import ConfigError

SECRET = "hunter2"
FILE = f"""
[accounts.main]
api_key = "{SECRET}"
headers = {{ X-Gate = "{SECRET}", X-Two = "{SECRET}" }}
proxy = "http://ada:{SECRET}@proxy.example:3128"
"""


def load_text(tmp_path, text: str, **env: str):
    path = tmp_path / "config.toml"
    path.write_text(text)
    return load(env=env, paths=Paths.from_env({}, tmp_path).with_config(path))


def test_what_was_loaded_shows_no_secret(tmp_path):
    loaded = load_text(tmp_path, FILE)
    account = loaded.config.accounts[0]
    for thing in (loaded, loaded.config, account):
        assert SECRET not in repr(thing)
        assert SECRET not in str(thing)
    assert SECRET not in account.model_dump_json()
    assert account.api_key is not None
    assert account.api_key.get_secret_value() == SECRET


def test_a_description_masks_secrets(tmp_path):
    shown = {key: value for key, value, _ in describe(load_text(tmp_path, FILE))}
    assert shown["accounts.main.api_key"] == '"**********"'
    assert shown["accounts.main.headers"] == '{ X-Gate = "**********", X-Two = "**********" }'
    assert shown["accounts.main.proxy"] == '"http://**********@proxy.example:3128"'
    assert SECRET not in str(shown)


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("pass show work/anthropic", "pass show work/anthropic"),
        ("op read op://Private/Anthropic/credential", "op read op://Private/Anthropic/credential"),
        ("security find-generic-password -s anthropic -w", None),
        ("/usr/bin/python3 -m keyring get anthropic me", None),
        ("echo hunter2", "echo **********"),
        ("printf hunter", "printf **********"),
        ("vault --token s.abcdef", "vault --token **********"),
        ("curl -u ada:hunter https://x/k", "curl -u ********** https://x/k"),
        ("tool --password=hunter x", "tool --password=********** x"),
        ("env API_KEY=hunter tool", "env API_KEY=********** tool"),
        ("curl https://ada:hunter@x/k", "curl https://**********@x/k"),
        ("sh -c 'echo sk-ant-api03-hunter'", "sh -c 'echo **********'"),
    ],
)
def test_a_command_is_described_without_what_may_be_a_secret(tmp_path, command, shown):
    text = f'[accounts.main]\napi_key_command = "{command}"\n'
    lines = {key: value for key, value, _ in describe(load_text(tmp_path, text))}
    assert lines["accounts.main.api_key_command"] == f'"{shown or command}"'


def test_a_mistyped_word_that_may_be_a_key_is_not_repeated(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load_text(tmp_path, '[accounts.main]\nauth = "sk-ant-api03-abcdefgh"\n')
    assert "abcdefgh" not in str(caught.value)


def test_a_name_with_an_escape_code_is_told_escaped(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load_text(tmp_path, '[accounts."\\u001b[31m"]\n')
    assert "\x1b" not in str(caught.value)
    assert r'accounts."\u001b[31m"' in str(caught.value)


def test_a_description_has_every_key_with_its_value_and_origin(tmp_path):
    text = '[accounts.main]\napi_key_env = "K"\n[ui.keymap]\n"app.quit" = "q"\n'
    loaded = load_text(tmp_path, text, BATCHTUI_POLLING_ACTIVE="90")
    lines = {key: (value, origin) for key, value, origin in describe(loaded)}
    assert set(lines) == set(loaded.origins)
    file = f"file {tmp_path / 'config.toml'}"
    assert lines["accounts.main.api_key_env"] == ('"K"', f"{file}:2")
    assert lines["accounts.main.base_url"] == ('"https://api.anthropic.com"', "default")
    assert lines["accounts.main.ca_bundle"] == ("(not set)", "default")
    assert lines["polling.active"] == ("90", "environment BATCHTUI_POLLING_ACTIVE")
    assert lines["ui.keymap"] == ('{ "app.quit" = "q" }', f"{file}:3")
    assert lines["read_only"] == ("false", "default")


@pytest.mark.parametrize(
    "field",
    [
        f'api_key = "{SECRET} {SECRET}"',
        f'api_key = ["{SECRET}"]',
        f'api_kye = "{SECRET}"',
        f'api_key_env = "sk-{SECRET}"',
        f'base_url = "https://ada:{SECRET}@host"',
        f'proxy = "socks9://ada:{SECRET}@host"',
        f'proxy = "http://ada:{SECRET}@host:port"',
        f'headers = {{ X-A = "{SECRET}\\n" }}',
        f'headers = {{ X-A = ["{SECRET}"] }}',
        f'headers = "{SECRET}"',
        f'api_key = "{SECRET}"\nauth = "none"',
        f'api_key = "{SECRET}',
        f"api_key = {SECRET}",
    ],
)
def test_an_error_shows_no_secret(tmp_path, field):
    with pytest.raises(ConfigError) as caught:
        load_text(tmp_path, f"[accounts.main]\n{field}\n")
    error = caught.value
    told = "".join(traceback.format_exception(error))
    assert SECRET not in told
    assert SECRET not in f"{error!r} {error.what} {error.why} {error.hint}"
    assert str(tmp_path / "config.toml") in error.what
