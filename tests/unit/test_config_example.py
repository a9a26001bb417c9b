import tomllib
from pathlib import Path

import pytest

from batchtui.config.describe import toml_value
from batchtui.config.example import example_toml, init_toml
from batchtui.config.loader import load
from batchtui.config.paths import Paths
from batchtui.config.schema import SECTIONS, AccountConfig

ROOT = Path(__file__).parents[2]
LINES = example_toml().split("\n")
SETTINGS = [
    n for n, line in enumerate(LINES) if line.startswith("#") and line[1:2] not in ("", " ")
]


def load_text(tmp_path, text: str, **env: str):
    path = tmp_path / "config.toml"
    path.write_text(text)
    path.chmod(0o600)
    return load(env=env, paths=Paths.from_env({}, tmp_path).with_config(path))


def test_the_example_file_is_current():
    committed = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    assert committed == example_toml(), "run scripts/example_config.py"


def test_the_example_as_it_stands_does_what_no_file_does(tmp_path):
    env = {"ANTHROPIC_API_KEY": "k"}
    with_file = load_text(tmp_path, example_toml(), **env)
    without = load(env=env, paths=Paths.from_env({}, tmp_path / "elsewhere"))
    assert with_file.config == without.config
    assert with_file.warnings == ()


@pytest.mark.parametrize("number", SETTINGS, ids=[LINES[n] for n in SETTINGS])
def test_each_line_of_the_example_loads_when_uncommented(tmp_path, number):
    lines = list(LINES)
    lines[number] = lines[number].removeprefix("#")
    key = lines[number].split(" = ")[0]
    loaded = load_text(tmp_path, "\n".join(lines))
    origin = f"file {tmp_path / 'config.toml'}:{number + 1}"
    assert [k for k, o in loaded.origins.items() if o == origin and k.endswith(key)]


def test_the_example_has_every_key():
    shown = [LINES[number][1:].split(" = ")[0] for number in SETTINGS]
    account = [name for name in AccountConfig.model_fields if name != "name"]
    sections = [name for model in SECTIONS.values() for name in model.model_fields]
    assert shown == ["read_only", *account, *sections]


def test_each_key_of_the_example_is_explained():
    assert all(LINES[number - 1].startswith("# ") for number in SETTINGS)


def test_a_first_file_loads_and_every_line_of_it(tmp_path):
    text = init_toml()
    loaded = load_text(tmp_path, text)
    assert [account.api_key_env for account in loaded.config.accounts] == ["ANTHROPIC_API_KEY"]
    for line in [
        line for line in text.split("\n") if line[:1] == "#" and line[1:2] not in ("", " ")
    ]:
        uncommented = text.replace(line, line[1:])
        if line.startswith("#api_key"):
            uncommented = uncommented.replace('api_key_env = "ANTHROPIC_API_KEY"\n', "")
        load_text(tmp_path, uncommented)


def test_a_first_file_for_another_server(tmp_path):
    text = init_toml("my.gateway", api_key_env="GATEWAY_KEY", base_url="https://gw.example")
    (account,) = load_text(tmp_path, text).config.accounts
    assert (account.name, account.base_url) == ("my.gateway", "https://gw.example")
    assert account.api_key_env == "GATEWAY_KEY"


@pytest.mark.parametrize(
    "value",
    [True, 3, 2.5, 'a "b" \\ \n\x7f\u2028é', ["a", "b"], [], {"a b": "c", "d": ["e"]}, {}],
)
def test_values_are_written_as_toml_on_one_line(value):
    text = toml_value(value)
    assert "\n" not in text
    assert tomllib.loads(f"v = {text}") == {"v": value}


def test_whole_seconds_have_no_fraction():
    assert toml_value(30.0) == "30"
