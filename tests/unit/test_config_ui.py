"""The settings of the terminal UI, taken without checking the whole configuration."""

from dataclasses import asdict, fields

import pytest

from batchtui.config.loader import load
from batchtui.config.paths import Paths
from batchtui.config.schema import UiConfig
from batchtui.config.ui import PlainUi, plain_ui


@pytest.fixture
def paths(tmp_path):
    return Paths.from_env({}, tmp_path)


@pytest.fixture
def ui_of(paths):
    def ui_of_text(text: str, **env: str) -> PlainUi | None:
        paths.config_file.parent.mkdir(parents=True, exist_ok=True)
        paths.config_file.write_text(text)
        return plain_ui(env, paths)

    return ui_of_text


def test_it_has_the_settings_of_the_schema_and_their_defaults():
    assert [field.name for field in fields(PlainUi)] == list(UiConfig.model_fields)
    assert asdict(PlainUi()) == UiConfig().model_dump()


def test_nothing_configured_are_the_defaults(paths):
    assert plain_ui({"HOME": "/x"}, paths) == PlainUi()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[accounts.main]\napi_key_env = 'X'",
        "[ui]\ntheme = 'nord'\nmouse = false\nascii = true\nwide = true",
        "ui.theme = 'nord'",
        "[ui.keymap]\n'app.quit' = 'x,ctrl+q'",
    ],
)
def test_plain_settings_are_what_the_loader_makes_of_them(ui_of, paths, text):
    plain = ui_of(text)
    assert plain is not None
    assert asdict(plain) == load(env={}, paths=paths).config.ui.model_dump()


@pytest.mark.parametrize(
    "text",
    [
        "[ui]\ntheme = ''",
        "[ui]\ntheme = 3",
        "[ui]\nmouse = 1",
        "[ui]\nascii = 'yes'",
        "[ui]\ncolour = 'red'",
        "[ui]\nkeymap = 'q'",
        "[ui.keymap]\n'app.quit' = ['q']",
        "ui = 3",
        "[ui",
    ],
)
def test_whatever_else_there_is_is_left_to_the_loader(ui_of, text):
    assert ui_of(text) is None


@pytest.mark.parametrize("name", ["BATCHTUI_UI_THEME", "BATCHTUI_READ_ONLY", "BATCHTUI_NONSENSE"])
def test_settings_of_the_environment_are_left_to_the_loader(ui_of, name):
    assert ui_of("", **{name: "1"}) is None


def test_variables_that_are_no_settings_change_nothing(ui_of):
    assert ui_of("", BATCHTUI_DEBUG="1", TERM="xterm") == PlainUi()


def test_a_file_that_was_named_must_be_there(paths, tmp_path):
    assert plain_ui({}, paths.with_config(tmp_path / "none.toml")) is None
