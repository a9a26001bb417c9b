"""The file itself: making, upgrading, sharing, and each way in which it can fail."""

import os
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from batchtui.archive import Archive
from batchtui.archive.database import Database
from batchtui.archive.failures import as_archive_error
from batchtui.archive.schema import MIGRATIONS
from batchtui.core.errors import ArchiveError
from batchtui.core.models import (
    Batch,
    BatchEntry,
    BatchRef,
    BatchState,
    Presence,
    RequestCounts,
)

REF = BatchRef("work", "msgbatch_1")
CREATED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)

# The first published format, frozen: a file that looks like this must open for ever.
VERSION_1 = """
CREATE TABLE batches (
    account TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
    provider_status TEXT NOT NULL, created_at INTEGER NOT NULL,
    processing INTEGER, succeeded INTEGER, errored INTEGER, canceled INTEGER, expired INTEGER,
    counts_live INTEGER NOT NULL, ended_at INTEGER, expires_at INTEGER, archived_at INTEGER,
    cancel_initiated_at INTEGER, results_available INTEGER NOT NULL, raw TEXT NOT NULL,
    presence TEXT NOT NULL, seen_at INTEGER, revision INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT;
CREATE INDEX batches_by_end ON batches (kind, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX batches_by_revision ON batches (revision);
CREATE TABLE samples (
    account TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, processing INTEGER NOT NULL,
    succeeded INTEGER NOT NULL, errored INTEGER NOT NULL, canceled INTEGER NOT NULL,
    expired INTEGER NOT NULL, PRIMARY KEY (account, id, at),
    FOREIGN KEY (account, id) REFERENCES batches (account, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE labels (
    account TEXT NOT NULL, id TEXT NOT NULL, label TEXT NOT NULL, PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, account TEXT NOT NULL,
    id TEXT NOT NULL, verb TEXT NOT NULL, detail TEXT NOT NULL, finished_at INTEGER,
    outcome TEXT NOT NULL DEFAULT '', outcome_detail TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE leases (
    account TEXT PRIMARY KEY NOT NULL, holder TEXT NOT NULL, expires_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE health (
    account TEXT PRIMARY KEY NOT NULL, status TEXT NOT NULL, last_success INTEGER,
    next_poll INTEGER, interval REAL NOT NULL, error_text TEXT NOT NULL, failures INTEGER NOT NULL,
    denied INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE accounts (
    account TEXT PRIMARY KEY NOT NULL, key_mark TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO batches VALUES ('work', 'msgbatch_1', 'anthropic', 'running', 'in_progress',
    1795168800000000, 90, 10, 0, 0, 0, 1, NULL, 1795255200000001, NULL, NULL, 0,
    '{}', 'unlisted', NULL, 1);
INSERT INTO samples VALUES ('work', 'msgbatch_1', 1795168860000000, 90, 10, 0, 0, 0);
INSERT INTO labels VALUES ('work', 'msgbatch_1', 'nightly');
INSERT INTO audit (at, account, id, verb, detail)
    VALUES (1795168800000000, 'work', 'msgbatch_1', 'cancel', '');
INSERT INTO health VALUES ('work', 'live', 1795168800000000, NULL, 30.0, '', 0, 0);
PRAGMA user_version = 1;
"""


def batch(ref=REF, **fields):
    fields = {"state": BatchState.RUNNING, "provider_status": "in_progress"} | fields
    return Batch(ref, "anthropic", created_at=CREATED, **fields)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "batchtui" / "archive.sqlite3"


def run_python(script, *args, **kwargs):
    """Start a program of its own that shares the archive; talk to it over its pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, args)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **kwargs,
    )


def test_a_new_file_is_for_its_owner_only(path):
    umask = os.umask(0)
    try:
        with Archive.open(path) as archive:
            archive.labels.set(REF, "x")
            modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    finally:
        os.umask(umask)
    assert modes == {path.name: 0o600, f"{path.name}-wal": 0o600, f"{path.name}-shm": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_an_open_file_is_closed_to_others(path):
    Archive.open(path).close()
    path.chmod(0o644)
    Archive.open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_tables_are_strict_and_journal_is_wal(path):
    with Archive.open(path):
        other = sqlite3.connect(path)
        tables = other.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'")
        strict = {name: flag for name, flag in tables if not name.startswith("sqlite_")}
        assert strict == dict.fromkeys(
            (
                *("batches", "samples", "labels", "audit", "leases", "health", "accounts"),
                *("submissions", "request_files", "reconciliations"),
            ),
            1,
        )
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        other.close()


def test_opening_again_finds_everything(path):
    with Archive.open(path) as archive:
        archive.batches.save([BatchEntry(batch())])
    with Archive.open(path) as archive:
        assert archive.batches.load() == [BatchEntry(batch())]
        assert archive.path == path


def test_a_file_of_version_1_opens(path):
    path.parent.mkdir(parents=True)
    old = sqlite3.connect(path)
    old.executescript(VERSION_1)
    old.close()
    with Archive.open(path) as archive:
        (entry,) = archive.batches.load()
        assert entry.label == "nightly"
        assert entry.presence is Presence.UNLISTED
        assert entry.batch.created_at == CREATED
        assert entry.batch.expires_at == datetime(2026, 11, 21, 10, 0, 0, 1, tzinfo=UTC)
        assert entry.batch.request_counts == RequestCounts(90, 10)
        assert [each.request_counts.succeeded for each in archive.samples.recent(REF, CREATED)] == [
            10
        ]
        assert [row.is_open for row in archive.audit.recent()] == [True]
        assert archive.health.get_all()["work"].last_success == CREATED
        assert [row.holder for row in archive.audit.open_rows()] == [""]
        assert archive.labels.get(REF).tags == ()
        assert archive.submissions.recent() == []


def test_the_first_step_still_makes_version_1(path):
    """A published step is never edited; what came later is a step of its own."""

    def layout(connection):
        tables = [row[0] for row in connection.execute("SELECT name FROM pragma_table_list")]
        return {
            name: connection.execute(f"PRAGMA table_xinfo({name})").fetchall()
            for name in tables
            if not name.startswith("sqlite_")
        }

    Database.open(path, migrations=MIGRATIONS[:1]).close()
    made, frozen = sqlite3.connect(path), sqlite3.connect(":memory:")
    frozen.executescript(VERSION_1)
    assert layout(made) == layout(frozen)
    made.close()
    frozen.close()


def test_later_steps_run_once_and_keep_the_rows(path):
    with Archive.open(path) as archive:
        archive.labels.set(REF, "kept")
    longer = (*MIGRATIONS, ("ALTER TABLE labels ADD COLUMN mood TEXT NOT NULL DEFAULT 'none'",))
    for _ in range(2):
        database = Database.open(path, migrations=longer)
        assert database.value("PRAGMA user_version") == len(longer)
        rows = database.query("SELECT label, mood FROM labels")
        assert [tuple(row) for row in rows] == [("kept", "none")]
        database.close()


def test_a_failing_step_leaves_the_file_as_it_was(path):
    with Archive.open(path) as archive:
        archive.labels.set(REF, "kept")
    broken = (
        *MIGRATIONS,
        ("CREATE TABLE extra (a INTEGER) STRICT", "INSERT INTO nowhere VALUES (1)"),
    )
    with pytest.raises(ArchiveError, match="no such table"):
        Database.open(path, migrations=broken)
    with Archive.open(path) as archive:
        assert archive.labels.get(REF).label == "kept"
    look = sqlite3.connect(path)
    assert look.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'").fetchone() == (
        0,
    )
    look.close()


def test_a_file_of_a_newer_program_is_refused_and_untouched(path):
    newer = (*MIGRATIONS, ("CREATE TABLE future (a INTEGER) STRICT",))
    Database.open(path, migrations=newer).close()
    with pytest.raises(ArchiveError, match="a newer batchtui wrote it") as caught:
        Archive.open(path)
    assert "upgrade" in caught.value.hint
    database = Database.open(path, migrations=newer)
    assert database.value("PRAGMA user_version") == len(newer)
    database.close()


def test_an_old_sqlite_is_told(path, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(ArchiveError, match=r"3\.37 or newer"):
        Archive.open(path)


RACE = """
import sys
from pathlib import Path
from batchtui.archive import Archive
from batchtui.core.models import BatchRef
print("ready", flush=True)
for line in sys.stdin:
    with Archive.open(Path(line.rstrip()), busy_timeout=60) as archive:
        archive.labels.set(BatchRef("work", sys.argv[1]), "mine")
    print("done", flush=True)
"""


def test_many_programs_may_make_the_file_at_once(tmp_path):
    programs = [run_python(RACE, number) for number in range(4)]
    for program in programs:
        assert program.stdout.readline() == "ready\n"
    for number in range(40):
        path = tmp_path / str(number) / "archive.sqlite3"
        for program in programs:
            program.stdin.write(f"{path}\n")
            program.stdin.flush()
        assert [program.stdout.readline() for program in programs] == ["done\n"] * 4
        with Archive.open(path) as archive:
            assert {ref.id for ref in archive.labels.all()} == set("0123")
    for program in programs:
        program.communicate()


def test_two_connections_see_each_other(path):
    with Archive.open(path) as one, Archive.open(path) as two:
        one.batches.save([BatchEntry(batch())])
        assert two.batches.load() == one.batches.load() == [BatchEntry(batch())]


def test_an_archive_in_memory_works_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = set(tmp_path.iterdir())
    with Archive.in_memory() as archive:
        archive.batches.save([BatchEntry(batch())])
        assert archive.batches.load() == [BatchEntry(batch())]
        assert archive.path is None
    with Archive.in_memory() as archive:
        assert archive.batches.load() == []
    assert set(tmp_path.iterdir()) == files


def test_closing_twice_does_no_harm(path):
    archive = Archive.open(path)
    archive.close()
    archive.close()


@pytest.mark.parametrize("content", [b"not a database, but a letter\n" * 100, b"\0" * 4096])
def test_a_file_that_is_no_database(path, content):
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="not a database") as caught:
        Archive.open(path)
    assert str(path) in caught.value.what
    assert "move the file away" in caught.value.hint
    assert path.read_bytes() == content


def test_a_damaged_file_fails_in_words(path):
    with Archive.open(path) as archive:
        archive.batches.save([BatchEntry(batch(BatchRef("work", f"b{n}"))) for n in range(500)])
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="damaged") as caught, Archive.open(path) as archive:
        archive.batches.load()
    assert "move the file away" in caught.value.hint


@pytest.mark.parametrize(
    "damage",
    ["state = 'sideways'", "created_at = 9223372036854775807", "presence = 'gone fishing'"],
)
def test_a_value_that_nobody_stored_fails_in_words(path, damage):
    with Archive.open(path) as archive:
        archive.batches.save([BatchEntry(batch())])
        other = sqlite3.connect(path)
        other.execute(f"UPDATE batches SET {damage}")
        other.commit()
        other.close()
        with pytest.raises(ArchiveError, match="strange value"):
            archive.batches.load()


def test_a_folder_in_the_files_place(path):
    path.mkdir(parents=True, mode=0o755)
    with pytest.raises(ArchiveError, match="cannot be opened") as caught:
        Archive.open(path)
    assert "permissions" in caught.value.hint
    assert stat.S_IMODE(path.stat().st_mode) == 0o755


def test_a_file_in_the_folders_place(path):
    path.parent.parent.mkdir(parents=True)
    path.parent.write_text("in the way")
    with pytest.raises(ArchiveError, match="File exists"):
        Archive.open(path)


def test_a_link_to_nowhere(path, tmp_path):
    path.parent.mkdir(parents=True)
    path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(ArchiveError, match="No such file"):
        Archive.open(path)


def test_a_file_that_may_not_be_written_is_told_at_once(path, monkeypatch):
    Archive.open(path).close()
    monkeypatch.setattr(os, "access", lambda asked, mode: not (asked == path and mode & os.W_OK))
    with pytest.raises(ArchiveError, match="cannot be written") as caught:
        Archive.open(path)
    assert "permissions" in caught.value.hint


def test_a_write_that_is_refused(path):
    Archive.open(path).close()
    archive = Archive.open(path)
    archive._database.execute("PRAGMA query_only = ON")
    with pytest.raises(ArchiveError, match="cannot be written") as caught:
        archive.labels.set(REF, "x")
    archive.close()
    assert "permissions" in caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize(("file", "folder"), [(0o400, 0o700), (0o600, 0o500), (0o600, 0o000)])
def test_a_read_only_file_or_folder(path, file, folder):
    Archive.open(path).close()
    path.chmod(file)
    path.parent.chmod(folder)
    try:
        with pytest.raises(ArchiveError) as caught:
            Archive.open(path)
    finally:
        path.parent.chmod(0o700)
    assert "permissions" in caught.value.hint


def test_a_lock_that_is_not_given_back(path):
    with Archive.open(path, busy_timeout=0.01) as archive:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveError, match="another program keeps it locked"):
            archive.labels.set(REF, "x")
        assert archive.labels.get(REF).label == ""
        with pytest.raises(ArchiveError, match="another program keeps it locked"):
            Archive.open(path, busy_timeout=0.01)
        other.execute("ROLLBACK")
        other.close()
        archive.labels.set(REF, "x")
        assert archive.labels.get(REF).label == "x"


def test_a_lock_on_a_file_that_is_not_yet_wal(path):
    path.parent.mkdir(parents=True)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TABLE half (a)")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(ArchiveError, match="another program keeps it locked"):
        Archive.open(path, busy_timeout=0.01)
    other.execute("ROLLBACK")
    other.close()
    Archive.open(path).close()


def test_a_full_disk_loses_the_write_and_nothing_else(path):
    with Archive.open(path) as archive:
        archive.batches.save([BatchEntry(batch())])
        pages = archive._database.value("PRAGMA page_count")
        archive._database.execute(f"PRAGMA max_page_count = {pages}")
        large = [BatchEntry(batch(BatchRef("work", f"b{n}"), raw="x" * 5000)) for n in range(50)]
        with pytest.raises(ArchiveError, match="the disk is full") as caught:
            archive.batches.save(large)
        assert "free some space" in caught.value.hint
        assert archive.batches.load() == [BatchEntry(batch())]
        archive._database.execute(f"PRAGMA max_page_count = {pages + 1000}")
        assert archive.batches.save(large) == 50


def test_a_transaction_that_fails_in_the_middle_changes_nothing(path):
    with Archive.open(path) as archive:

        def entries():
            yield BatchEntry(batch())
            raise RuntimeError("in the middle")

        with pytest.raises(RuntimeError, match="in the middle"):
            archive.batches.save(entries())
        database = archive._database
        insert = "INSERT INTO accounts VALUES ('work', 'x')"
        with pytest.raises(ArchiveError, match="UNIQUE"), database.transaction(durable=True):
            database.execute_many(insert, [{}, {}])
        assert database.query("SELECT * FROM accounts") == []
        assert archive.batches.load() == []


def test_misuse_is_not_hidden_as_a_failure_of_the_file(path):
    archive = Archive.open(path)
    archive.close()
    with pytest.raises(sqlite3.ProgrammingError):
        archive.batches.load()


def test_a_failure_of_a_full_disk_is_called_so(path, monkeypatch):
    failed = sqlite3.OperationalError("disk I/O error")
    failed.sqlite_errorcode = sqlite3.SQLITE_IOERR
    for free, why in ((1000, "the disk is full"), (1 << 20, "the disk failed")):
        monkeypatch.setattr(
            os, "statvfs", lambda _, f=free: SimpleNamespace(f_bavail=f, f_frsize=1)
        )
        with pytest.raises(ArchiveError, match=why), as_archive_error(str(path)):
            raise failed
