"""Accounts of every kind: what they have by themselves, and what their variables make of them."""

import pytest

from batchtui.config.kinds import KINDS
from batchtui.config.loader import load
from batchtui.config.paths import Paths
from batchtui.config.schema import AccountConfig
from batchtui.providers.capabilities import OPENAI
from batchtui.providers.openai_dialects import DIALECTS
from batchtui.providers.registry import capabilities_of


@pytest.fixture
def paths(tmp_path):
    return Paths.from_env({}, tmp_path)


def made_by(paths, **env):
    return {account.name: account for account in load(env=env, paths=paths).config.accounts}


def test_each_kind_with_a_key_makes_an_account_of_its_name(paths):
    accounts = made_by(paths, ANTHROPIC_API_KEY="a", LETTA_API_KEY="l", OPENAI_API_KEY="o")
    assert {name: (a.kind, a.auth, a.base_url) for name, a in accounts.items()} == {
        "anthropic": ("anthropic", "x-api-key", "https://api.anthropic.com"),
        "letta": ("letta", "bearer", "https://api.letta.com"),
        "openai": ("openai", "bearer", "https://api.openai.com"),
    }


def test_a_letta_server_may_want_no_key(paths):
    account = made_by(paths, LETTA_BASE_URL="http://localhost:8283/")["letta"]
    assert (account.auth, account.base_url) == ("none", "http://localhost:8283")
    keyed = made_by(paths, LETTA_BASE_URL="http://localhost:8283", LETTA_API_KEY="k")["letta"]
    assert (keyed.auth, keyed.api_key_env) == ("bearer", "LETTA_API_KEY")


def test_the_base_url_alone_makes_no_account_where_a_key_is_needed(paths):
    assert made_by(paths, OPENAI_BASE_URL="http://localhost:1/v1") == {}


def test_the_version_that_openai_clients_want_in_the_url_is_taken_off(paths):
    account = made_by(paths, OPENAI_API_KEY="k", OPENAI_BASE_URL="http://gw.example/x/v1/")
    assert account["openai"].base_url == "http://gw.example/x"


@pytest.mark.parametrize(
    ("settings", "base_url", "auth"),
    [
        ({"api_key_env": "K"}, "https://api.openai.com", "bearer"),
        ({"dialect": "groq", "api_key_env": "K"}, "https://api.groq.com/openai", "bearer"),
        ({"dialect": "together", "api_key_env": "K"}, "https://api.together.ai", "bearer"),
        (
            {"dialect": "azure", "base_url": "https://x.openai.azure.com/openai/v1"},
            "https://x.openai.azure.com/openai",
            "api-key",
        ),
        ({"dialect": "azure", "base_url": "https://x.example", "auth": "bearer"},
         "https://x.example", "bearer"),
    ],
)  # fmt: skip
def test_dialects_have_their_own_server_and_way_of_sending_the_key(settings, base_url, auth):
    account = AccountConfig(name="a", kind="openai", **settings)
    assert (account.base_url, account.auth) == (base_url, auth)


def test_a_dialect_without_a_usual_server_must_be_given_one():
    with pytest.raises(ValueError, match="must be given"):
        AccountConfig(name="a", kind="openai", dialect="litellm")


def test_unknown_dialects_and_dialects_of_other_kinds_are_refused():
    with pytest.raises(ValueError, match="it can be openai, azure"):
        AccountConfig(name="a", kind="openai", dialect="zzz")
    with pytest.raises(ValueError, match="only accounts of the kind openai"):
        AccountConfig(name="a", dialect="azure")


def test_configuration_providers_and_capabilities_know_the_same_dialects():
    assert list(KINDS["openai"].dialects) == list(DIALECTS) == list(OPENAI)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_provider(kind):
    assert capabilities_of(kind).deletes
