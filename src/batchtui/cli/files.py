"""Files that are named on the command line."""

import os
import stat
from pathlib import Path

from batchtui.cli.context import Context
from batchtui.config.paths import expand_home, home_folder, make_private
from batchtui.core.disk import disk_words
from batchtui.core.errors import BatchtuiError, UsageError

PATH_HEADS = ("/", "./", "../", "~")
PATH_TAILS = (".jsonl", ".part", ".gz", ".zst")

STANDARD_INPUT = "-"


def is_path(text: str) -> bool:
    """Whether a word that may be an id or a file is meant as a file.

    Only its looks tell, not what files there are: ids are chosen by servers.
    """
    if text in (STANDARD_INPUT, ".", ".."):
        return True
    return text.startswith(PATH_HEADS) or text.endswith(PATH_TAILS)


def as_path(path: Path) -> str:
    """A file's name as a word that is meant as a file."""
    text = str(path)
    return text if is_path(text) else f"./{text}"


def path_of(context: Context, text: str) -> Path:
    """The file of a name on the command line, in which ~ is the home folder."""
    return expand_home(text, home_folder(context.env))


def existing_file(context: Context, text: str) -> Path:
    """The file or pipe of that name, `-` for standard input.

    Raises:
        UsageError: there is none, or it cannot be seen.
    """
    if text == STANDARD_INPUT:
        return Path(text)
    path = path_of(context, text)
    hint = "name a file of results (JSON lines)"
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise UsageError(f"cannot read {text}", "there is no such file", hint) from error
    except OSError as error:
        raise UsageError(*disk_words(error, path, "read")) from error
    if stat.S_ISDIR(mode):
        raise UsageError(f"cannot read {text}", "it is a folder", hint)
    return path


def output_of(text: str, *sources: Path | None) -> Path:
    """The file that `-o` names, which may be there already.

    Raises:
        UsageError: it names none, or what is none, or one of the `sources`, which are read.
    """
    if not text:
        raise UsageError("-o names no file", "it is empty", "name one")
    path = Path(text)
    if text == "-" or _is_no_file(path):
        raise UsageError(f"cannot write {path}", "a whole file is written", "name a file")
    if any(source is not None and _is_same(path, source) for source in sources):
        raise UsageError(f"cannot write {path}", "it is the file that is read", "name another one")
    return path


def _is_no_file(path: Path) -> bool:
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False


def is_file(path: Path) -> bool:
    """Whether there is such a file or pipe; a name that no file can have is none."""
    try:
        return path.exists() and not path.is_dir()
    except OSError:
        return False


def spool_folder(context: Context) -> Path:
    """Where what comes through a pipe is kept: with us, or else with all temporary files."""
    from tempfile import gettempdir

    folder = context.paths.cache / "spool"
    return folder if can_keep(folder) else Path(gettempdir())


def can_keep(folder: Path) -> bool:
    """Whether files can be written to a folder, which is made."""
    try:
        make_private(folder)
    except BatchtuiError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)
