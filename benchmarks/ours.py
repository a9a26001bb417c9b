"""The program that is measured, as an installation has it: with its bytecode compiled."""

import subprocess
import sys
import sysconfig
from pathlib import Path

PYTHON = sys.executable
BATCHTUI = str(Path(PYTHON).with_name("batchtui"))
ROOT = Path(__file__).parent.parent
DATA = Path(__file__).parent / "data"


def compile_all() -> None:
    """Compile what is not: pip does it at installation, a checkout and other tools do not."""
    folders = [sysconfig.get_path("purelib"), str(ROOT / "src")]
    subprocess.run([PYTHON, "-m", "compileall", "-q", *folders], check=False, capture_output=True)
