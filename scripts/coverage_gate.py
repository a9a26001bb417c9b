"""Fails where the layers below the faces are covered less than they have to be."""

import json
import subprocess
import sys

GATED = ("core", "service", "providers", "archive", "results", "requests")
LEAST = 90.0


def coverage(*words: str) -> str:
    """Run `coverage` with this interpreter and return what it prints."""
    command = [sys.executable, "-m", "coverage", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def percent(files: dict[str, dict[str, dict[str, int]]], package: str) -> float:
    """Lines and branches together, over all files of a package."""
    done = every = 0
    for name, report in files.items():
        if f"batchtui/{package}/" in name:
            summary = report["summary"]
            done += summary["covered_lines"] + summary["covered_branches"]
            every += summary["num_statements"] + summary["num_branches"]
    return 100.0 * done / every if every else 0.0


def main() -> int:
    """Print a line a package; 1 if one falls short."""
    coverage("combine", "--quiet")
    files = json.loads(coverage("json", "-q", "-o", "/dev/stdout"))["files"]
    short = 0
    for package in GATED:
        figure = percent(files, package)
        short += figure < LEAST
        print(f"coverage of {package:<10} {figure:5.1f} % (at least {LEAST:.0f} %)")
    return int(short > 0)


if __name__ == "__main__":
    sys.exit(main())
