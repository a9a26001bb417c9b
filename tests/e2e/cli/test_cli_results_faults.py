"""`results` in a shell: disks that fill, readers that leave, pipes, inputs that are closed."""

import random
import sys

import pytest

from support.results import succeeded, write

pytestmark = pytest.mark.e2e

CHANCE = random.Random(1)
SMALL_DISK = "ulimit -f 32; "  # no file grows beyond 16 kB

LINES = [succeeded(f"id-{row}", CHANCE.randbytes(200).hex()) for row in range(1500)]
FORMATS = ["jsonl", "csv", "text", "sqlite", "parquet"]


@pytest.fixture
def shell(program, tmp_path):
    """Runs a line of shell in which `batchtui` is the program; what it says.

    Unmeasured, since coverage would fail of a small disk as well.
    """
    write(tmp_path / "x.jsonl", *LINES)
    (tmp_path / "out").mkdir()

    def run(line):
        # Under a limit, Python would write halves of its own files, too: `-B`.
        preamble = f'batchtui() {{ "{sys.executable}" -B -m batchtui "$@"; }}; cd "{tmp_path}"; '
        process = program.unmeasured().popen(command=["bash", "-c", preamble + line])
        out, err = process.communicate(timeout=60)
        assert b"Traceback" not in err
        assert b"unexpected" not in err
        return process.returncode, out.decode(), err.decode()

    return run


@pytest.mark.parametrize("form", FORMATS)
def test_a_disk_that_fills_leaves_no_half_file(shell, tmp_path, form):
    code, _, err = shell(f"{SMALL_DISK}batchtui results x.jsonl --format {form} -o out/x")
    assert (code, list((tmp_path / "out").iterdir())) == (1, [])
    assert "full" in err


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_disk_that_fills_under_the_output_is_no_success(shell, unbuffered):
    line = f"export PYTHONUNBUFFERED={unbuffered}; {SMALL_DISK}"
    code, _, err = shell(line + "batchtui results x.jsonl --format csv > out/x")
    assert (code, err) == (1, "batchtui: cannot write the output: File too large\n")


def test_a_reader_that_has_enough_ends_it_quietly(shell):
    for form in ("jsonl", "csv", "text"):
        line = f"batchtui results x.jsonl --format {form} | head -c 7; echo ${{PIPESTATUS[0]}}"
        code, out, err = shell(line)
        assert (code, out[-4:], err) == (0, "141\n", "")


def test_inputs_of_all_kinds(shell):
    line = (
        "mkfifo p; cat x.jsonl > p & batchtui results ./p --count; "
        "batchtui results <(cat x.jsonl) --count; head -n 3 x.jsonl | batchtui results - --count; "
        "batchtui results /dev/null --count; batchtui results - --count < /dev/null"
    )
    assert shell(line) == (0, "1500\n1500\n3\n0\n0\n", "")
    assert shell("batchtui results - --count <&-") == (
        2, "", "batchtui: cannot read standard input: it is closed\n",
    )  # fmt: skip
    code, out, err = shell("batchtui results x.jsonl --count >&-")
    assert (code, out) == (1, "")
    assert "standard output is closed" in err
