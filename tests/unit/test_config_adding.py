"""Accounts added to a config file that somebody has written."""

import tomllib
from dataclasses import replace

import pytest

from batchtui.config.adding import append, checked, from_elsewhere, key_setting, wanted
from batchtui.config.loader import load
from batchtui.config.paths import Paths
from batchtui.core.errors import ConfigError

MINE = """\
# Mine: do not touch.
[accounts.work]  # the old one
api_key_env = "WORK"

[ui]
ascii = true   # for the serial line"""


@pytest.fixture
def paths(tmp_path):
    return replace(Paths.from_env({}, tmp_path), config_file=tmp_path / "config.toml")


def lab():
    return wanted(kind="groq", name="lab", key={"api_key_env": "LAB"})


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\r\n"])
def test_what_stands_in_the_file_stays_as_it_is(paths, end):
    paths.config_file.write_bytes((MINE + end).encode())
    append(paths.config_file, [lab()])
    text = paths.config_file.read_bytes().decode()
    assert text.startswith(MINE + end)
    accounts = load(env={}, paths=paths).config.accounts
    assert [(one.name, one.kind, one.dialect) for one in accounts] == [
        ("work", "anthropic", ""),
        ("lab", "openai", "groq"),
    ]


def test_the_file_is_its_owners_alone_and_a_link_to_it_stays_one(paths, tmp_path):
    real = tmp_path / "dotfiles.toml"
    real.write_text(MINE)
    real.chmod(0o644)
    paths.config_file.symlink_to(real)
    append(paths.config_file, [lab()])
    assert paths.config_file.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o600
    assert "lab" in tomllib.loads(real.read_text())["accounts"]


@pytest.mark.parametrize("text", ["accounts = { work = { read_only = true } }\n", "not toml"])
def test_a_file_that_cannot_be_gone_on_with_is_left_alone(paths, text):
    paths.config_file.write_text(text)
    with pytest.raises(ConfigError, match="no account can be added at the end"):
        append(paths.config_file, [lab()])
    assert paths.config_file.read_text() == text


def test_accounts_of_variables_are_taken_over_by_the_first_of_the_file(paths):
    env = {
        "ANTHROPIC_AUTH_TOKEN": "t",
        "OPENAI_API_KEY": "k",
        "LETTA_BASE_URL": "http://127.0.0.1:1",
    }
    before = load(env=env, paths=paths)
    append(paths.config_file, [*from_elsewhere(before), lab()])
    after = load(env=env, paths=paths)
    assert after.config.accounts[:-1] == before.config.accounts
    assert from_elsewhere(after) == []
    text = paths.config_file.read_text()
    assert '"t"' not in text
    assert '"k"' not in text


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("env LAB", {"api_key_env": "LAB"}),
        ("  command pass show lab ", {"api_key_command": "pass show lab"}),
        ("file ~/key", {"api_key_file": "~/key"}),
        ("profile work", {"profile": "work"}),
        ("none", {"auth": "none"}),
        ("", {}),
    ],
)
def test_where_a_key_is_can_be_said_in_words(text, setting):
    assert key_setting(text) == setting


@pytest.mark.parametrize("text", ["sk-ant-secret", "env", "key sk-ant-secret"])
def test_a_key_itself_is_not_taken_and_not_repeated(text):
    with pytest.raises(ConfigError) as raised:
        key_setting(text)
    assert "secret" not in str(raised.value) + raised.value.hint


def test_what_is_left_empty_is_as_usual_for_the_kind():
    assert wanted().fields == {"api_key_env": "ANTHROPIC_API_KEY"}
    assert wanted(kind="letta").fields == {"kind": "letta"}
    groq = wanted(kind="groq")
    assert (groq.name, groq.fields["api_key_env"]) == ("groq", "OPENAI_API_KEY")


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (lambda: wanted(kind="azure", name="a"), "base_url: must be given"),
        (lambda: wanted(name="a b"), "letters, digits"),
        (lambda: wanted(name="work"), "there is an account 'work' already"),
    ],
)
def test_what_is_wrong_with_an_account_is_said(tmp_path, account, words):
    with pytest.raises(ConfigError, match=words):
        checked(account(), ["work"], tmp_path)


def test_a_file_that_its_owner_keeps_from_writing_is_left_as_it_is(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("[accounts.old]\n")
    path.chmod(0o400)
    with pytest.raises(ConfigError, match="read-only"):
        append(path, [wanted(kind="letta", name="lab")])
    assert path.read_text() == "[accounts.old]\n"
    assert path.stat().st_mode & 0o777 == 0o400
