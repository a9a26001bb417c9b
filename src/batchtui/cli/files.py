"""Files that are named on the command line."""

from pathlib import Path

from batchtui.cli.context import Context
from batchtui.config.paths import expand_home, home_folder
from batchtui.core.errors import UsageError

PATH_HEADS = ("/", "./", "../", "~")
PATH_TAILS = (".jsonl", ".part")


def is_path(text: str) -> bool:
    """Whether a word that may be an id or a file is meant as a file.

    Only its looks tell, not what files there are: ids are chosen by servers.
    """
    return text.startswith(PATH_HEADS) or text.endswith(PATH_TAILS)


def existing_file(context: Context, text: str) -> Path:
    """The file of that name.

    Raises:
        UsageError: there is none.
    """
    path = expand_home(text, home_folder(context.env))
    if is_file(path):
        return path
    why = "it is no file" if _exists(path) else "there is no such file"
    raise UsageError(f"cannot read {text}", why, "name a file of results (JSON lines)")


def is_file(path: Path) -> bool:
    """Whether there is such a file; a name that no file can have is none."""
    try:
        return path.is_file()
    except OSError:
        return False


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
