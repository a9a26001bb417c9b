"""The programs we are measured against, installed into an environment of the bench's own.

What cannot be had as a ready-made wheel or package, nor is on the machine, is absent, and said so.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

WHEELS = ("ripgrep", "duckdb", "visidata", "anthropic")
"""What is installed, where there is a wheel for this machine."""

ON_THE_MACHINE = ("grep", "jq", "curl", "lnav")
"""What is used where it is there."""

UNPACKED = ("lnav",)
"""What is unpacked from Debian's package, where it is not on the machine and apt is."""


class Peers:
    """Finds the peers' programs."""

    def __init__(self, folder: Path) -> None:
        self._environment = folder / "peers"
        self.python = str(self._environment / "bin" / "python")
        """An interpreter that can import those peers that are Python packages."""
        if not Path(self.python).exists():
            subprocess.run([sys.executable, "-m", "venv", self._environment], check=True)
        self._tried = self._environment / "tried"
        self._tried.mkdir(exist_ok=True)
        for wheel in WHEELS:
            self._install(wheel)
        for name in UNPACKED:
            if shutil.which(name) is None:
                self._unpack(name)

    def _install(self, wheel: str) -> None:
        mark = self._tried / wheel
        if mark.exists():
            return
        pip = [self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        done = subprocess.run(
            [*pip, "--only-binary", ":all:", wheel], stderr=subprocess.DEVNULL, check=False
        )
        mark.write_text("installed" if done.returncode == 0 else "absent")

    def _unpack(self, name: str) -> None:
        """Get a program without installing it: nothing outside of the bench's folder changes."""
        mark = self._tried / name
        if mark.exists() or shutil.which("apt-get") is None:
            return
        with TemporaryDirectory(dir=self._environment) as folder:
            _quietly(["apt-get", "download", name], folder)
            for package in Path(folder).glob("*.deb"):
                _quietly(["dpkg-deb", "-x", str(package), folder], folder)
            program = Path(folder) / "usr" / "bin" / name
            if program.exists() and _quietly([str(program), "-V"], folder):
                shutil.copy(program, self._environment / "bin" / name)
        mark.write_text("installed" if self.program(name) else "absent")

    def has(self, wheel: str) -> bool:
        """Whether a Python package is there."""
        return (self._tried / wheel).read_text() == "installed"

    def program(self, name: str) -> str | None:
        """The path of a program, or None if it is absent."""
        own = self._environment / "bin" / name
        return str(own) if own.exists() else shutil.which(name)

    def absent(self) -> list[str]:
        """The names of those that cannot be measured."""
        wheels = [wheel for wheel in WHEELS if not self.has(wheel)]
        return wheels + [name for name in ON_THE_MACHINE if self.program(name) is None]


def _quietly(command: list[str], folder: str) -> bool:
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return done.returncode == 0
