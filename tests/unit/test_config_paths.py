import stat
import subprocess
import sys
from pathlib import Path

import pytest

from batchtui.config.paths import Paths, make_private
from batchtui.core.errors import BatchtuiError

HOME = Path("/home/ada")


def test_usual_places_are_under_home():
    paths = Paths.from_env({"HOME": str(HOME)})
    assert paths.config_file == HOME / ".config/batchtui/config.toml"
    assert paths.archive_file == HOME / ".local/share/batchtui/archive.sqlite3"
    assert paths.results_dir == HOME / ".cache/batchtui/results"
    assert paths.ui_state_file.parent == HOME / ".local/state/batchtui"
    assert paths.config_named_by == ""


def test_xdg_folders_are_heeded():
    env = {f"XDG_{name}_HOME": f"/x/{name}" for name in ("CONFIG", "CACHE", "STATE", "DATA")}
    paths = Paths.from_env(env, HOME)
    assert paths.config_file == Path("/x/CONFIG/batchtui/config.toml")
    assert (paths.cache, paths.state, paths.data) == (
        Path("/x/CACHE/batchtui"),
        Path("/x/STATE/batchtui"),
        Path("/x/DATA/batchtui"),
    )


@pytest.mark.parametrize("value", ["", "relative/folder"])
def test_empty_and_relative_xdg_values_count_as_not_set(value):
    assert Paths.from_env({"XDG_CACHE_HOME": value}, HOME).cache == HOME / ".cache/batchtui"


def test_the_config_variable_names_a_file():
    paths = Paths.from_env({"BATCHTUI_CONFIG": "~/mine.toml", "XDG_CONFIG_HOME": "/x"}, HOME)
    assert paths.config_file == HOME / "mine.toml"
    assert paths.config_named_by == "BATCHTUI_CONFIG"


def test_a_flag_names_another_file():
    paths = Paths.from_env({"BATCHTUI_CONFIG": "/a.toml"}, HOME).with_config(Path("/b.toml"))
    assert (paths.config_file, paths.config_named_by) == (Path("/b.toml"), "--config")


def test_a_folder_is_made_for_the_owner_only(tmp_path):
    folder = tmp_path / "share" / "batchtui"
    make_private(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    make_private(folder)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "cache").write_text("a file in the way")
    with pytest.raises(BatchtuiError, match="cannot make the folder") as caught:
        make_private(tmp_path / "cache" / "batchtui")
    assert str(tmp_path / "cache/batchtui") in caught.value.what


def test_paths_load_without_pydantic():
    code = "import sys, batchtui.config.paths; print('pydantic' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert output.stdout.strip() == b"False"
