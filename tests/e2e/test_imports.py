"""What each way into the program loads, seen in a fresh interpreter."""

import subprocess
import sys

import pytest

from batchtui.archive.archive import Archive

HEAVY = ("textual", "rich", "httpx", "pydantic", "msgspec", "starlette", "uvicorn", "asyncio")

RUN = """
import sys
from batchtui.cli.main import main
code = main({argv!r})
sys.stderr.write("LOADED " + " ".join(sorted(sys.modules)))
"""


def loaded(code: str, **env: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code],
        env={"HOME": "/nonexistent", "PATH": "/usr/bin:/bin"} | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(done.stderr.rpartition("LOADED ")[2].split())


def of(modules: set[str], names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name in modules]


def importing(module: str) -> set[str]:
    return loaded(f"import sys, {module}; sys.stderr.write('LOADED ' + ' '.join(sys.modules))")


def running(*argv: str, **env: str) -> set[str]:
    return loaded(RUN.format(argv=list(argv)), **env)


def test_the_front_door_is_light():
    assert of(importing("batchtui.cli.main"), HEAVY) == []


@pytest.mark.parametrize("argv", [["--version"], ["--help"], ["ls", "--help"], ["nonsense"]])
def test_what_needs_nothing_loads_nothing(argv):
    assert of(running(*argv), HEAVY) == []


def test_watching_and_fetching_do_without_what_makes_requests():
    modules = importing("batchtui.service.manager")
    assert of(modules, ("batchtui.requests.reading", "batchtui.results.compare.effective")) == []


def test_status_is_light(tmp_path):
    archive = tmp_path / ".local/share/batchtui/archive.sqlite3"
    archive.parent.mkdir(parents=True)
    Archive.open(archive).close()
    heavy = ("textual", "rich", "httpx", "pydantic", "starlette", "uvicorn", "asyncio")
    assert of(running("status", "--short", HOME=str(tmp_path)), heavy) == []


@pytest.mark.parametrize(
    "argv",
    [
        ["ls"],
        ["ls", "--json"],
        ["wait", "x", "--timeout", "0"],
        ["results", "x"],
        ["doctor"],
        ["show", "x"],
    ],
)
def test_verbs_load_neither_the_terminal_face_nor_the_simulator(argv, tmp_path):
    modules = running(
        *argv,
        HOME=str(tmp_path),
        ANTHROPIC_API_KEY="x",
        ANTHROPIC_BASE_URL="http://127.0.0.1:9",
    )
    assert "httpx" in modules
    assert of(modules, ("textual", "rich", "starlette", "uvicorn", "batchtui.sim")) == []


@pytest.mark.parametrize("argv", [["config", "show"], ["config", "init"]])
def test_settings_load_no_client(argv, tmp_path):
    modules = running(*argv, HOME=str(tmp_path))
    assert (
        of(modules, ("textual", "rich", "httpx", "batchtui.sim", "batchtui.service.manager")) == []
    )


def test_the_terminal_face_loads_no_simulator_and_no_other_face():
    modules = importing("batchtui.tui.app")
    assert of(modules, ("starlette", "uvicorn", "batchtui.sim", "batchtui.cli")) == []


@pytest.mark.parametrize(
    "module",
    ["models", "states", "verdict", "progress", "errors", "events", "clock", "text", "streams"],
)
def test_the_core_is_the_standard_library_only(module):
    modules = importing(f"batchtui.core.{module}")
    ours = {name for name in modules if name.startswith("batchtui.")}
    assert {name for name in ours if not name.startswith("batchtui.core")} == set()
    others = {name.partition(".")[0] for name in modules} - {"batchtui", "__main__"}
    foreign = {name for name in others if name not in sys.stdlib_module_names}
    assert foreign <= {"a1_coverage", "coverage", "_editable_impl_batchtui", "_distutils_hack"}


def test_the_config_paths_load_no_pydantic():
    assert "pydantic" not in importing("batchtui.config.paths")


def test_settings_of_the_viewer_load_no_pydantic():
    code = """
import sys
from pathlib import Path
from batchtui.config.paths import Paths
from batchtui.config.ui import plain_ui
assert plain_ui({}, Paths.from_env({}, Path("/nonexistent")))
sys.stderr.write("LOADED " + " ".join(sys.modules))
"""
    assert "pydantic" not in loaded(code)


def test_the_first_rows_of_a_file_need_little():
    """What a search, a record or a dialog needs is loaded when there is one."""
    modules = importing(
        "batchtui.cli.terminal, batchtui.cli.result_source, batchtui.tui.run, "
        "batchtui.tui.screens.results"
    )
    later = [
        "batchtui.core.models", "batchtui.results.query.language", "batchtui.results.search.engine",
        "batchtui.results.reading.records", "batchtui.results.fetching.download",
        "batchtui.results.export.writing",
        "batchtui.tui.screens.dialogs", "batchtui.tui.widgets.record_pane",
        "batchtui.tui.widgets.facets_pane", "batchtui.service.manager", "sqlite3",
        "pydantic", "httpx",
    ]  # fmt: skip
    assert of(modules, tuple(later)) == []


def test_a_search_of_a_file_that_is_indexed_decodes_nothing(tmp_path):
    """What reads lines, writes rows or asks a server is loaded by those that do."""
    line = '{"custom_id":"%s","result":{"type":"succeeded","message":{"content":[]}}}\n'
    path = tmp_path / "big.jsonl"
    path.write_text("".join(line % (str(row) + "x" * 4000) for row in range(1200)))
    argv = ("results", str(path), "--count", "-q")
    assert "msgspec" in running(*argv, "absent", HOME=str(tmp_path))
    modules = running(*argv, "absent (id:x* OR -type:succeeded) out>1.5k", HOME=str(tmp_path))
    assert "batchtui.results.search.engine" in modules
    later = (
        *HEAVY, "shutil", "tempfile", "hashlib", "sqlite3", "subprocess", "fractions", "difflib",
        "logging", "threading", "select",
        "batchtui.core.models", "batchtui.core.clock", "batchtui.config.loader",
        "batchtui.results.file.lines", "batchtui.results.file.span_finding",
        "batchtui.results.reading.wire", "batchtui.results.query.regex",
        "batchtui.results.export", "batchtui.results.search.duplicates",
        "batchtui.results.fetching.sources", "batchtui.results.store.budget", "batchtui.service",
    )  # fmt: skip
    assert of(modules, later) == []
