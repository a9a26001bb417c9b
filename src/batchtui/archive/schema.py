"""The tables, as the steps that lead to them.

Steps are only ever added: the number of steps that a file has been through is its
`PRAGMA user_version`. Times are microseconds since 1970 in UTC (INTEGER), except in `leases`.
"""

Step = tuple[str, ...]

_BATCHES = """
CREATE TABLE batches (
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    provider_status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    processing INTEGER,  -- the five are all null where the provider gives no counts
    succeeded INTEGER,
    errored INTEGER,
    canceled INTEGER,
    expired INTEGER,
    counts_live INTEGER NOT NULL,
    ended_at INTEGER,
    expires_at INTEGER,
    archived_at INTEGER,
    cancel_initiated_at INTEGER,
    results_available INTEGER NOT NULL,
    raw TEXT NOT NULL,  -- the wire object, JSON
    presence TEXT NOT NULL,
    seen_at INTEGER,  -- when the provider was asked; null where that was not said
    revision INTEGER NOT NULL,  -- grows with each write: what followers ask for
    PRIMARY KEY (account, id)
) STRICT
"""

_SAMPLES = """
CREATE TABLE samples (
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    processing INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    errored INTEGER NOT NULL,
    canceled INTEGER NOT NULL,
    expired INTEGER NOT NULL,
    PRIMARY KEY (account, id, at),
    FOREIGN KEY (account, id) REFERENCES batches (account, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID
"""

# No foreign key: a label may be given before the batch has been seen in a list.
_LABELS = """
CREATE TABLE labels (
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID
"""

_AUDIT = """
CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice
    at INTEGER NOT NULL,
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    verb TEXT NOT NULL,
    detail TEXT NOT NULL,
    finished_at INTEGER,  -- null while the call is under way, or if the program died in it
    outcome TEXT NOT NULL DEFAULT '',
    outcome_detail TEXT NOT NULL DEFAULT ''
) STRICT
"""

_LEASES = """
CREATE TABLE leases (
    account TEXT PRIMARY KEY NOT NULL,
    holder TEXT NOT NULL,
    expires_at REAL NOT NULL  -- wall time, seconds since 1970
) STRICT, WITHOUT ROWID
"""

_HEALTH = """
CREATE TABLE health (
    account TEXT PRIMARY KEY NOT NULL,
    status TEXT NOT NULL,
    last_success INTEGER,
    next_poll INTEGER,
    interval REAL NOT NULL,  -- seconds
    error_text TEXT NOT NULL,
    failures INTEGER NOT NULL,
    denied INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""

_ACCOUNTS = """
CREATE TABLE accounts (
    account TEXT PRIMARY KEY NOT NULL,
    key_mark TEXT NOT NULL  -- tells keys apart, and tells nothing of them
) STRICT, WITHOUT ROWID
"""

# Never removed: a number that was given once says the same thing for ever.
_SUBMISSIONS = """
CREATE TABLE submissions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,  -- bytes of the document
    count INTEGER NOT NULL,
    label TEXT NOT NULL,
    options TEXT NOT NULL,  -- JSON
    copy TEXT NOT NULL,
    parent TEXT NOT NULL,  -- batch id, in the same account
    part INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    known TEXT NOT NULL DEFAULT '[]',  -- JSON, ids of the batches that were there before
    audit INTEGER,  -- the row of the call
    holder TEXT NOT NULL,  -- the program that minds it
    beat_at REAL NOT NULL,  -- when that one was last alive: wall time, seconds since 1970
    sent_at INTEGER,  -- when the last byte was about to go
    lost_at INTEGER,  -- since when nobody waits for the answer
    batch_id TEXT NOT NULL DEFAULT '',
    why TEXT NOT NULL DEFAULT '',
    candidates TEXT NOT NULL DEFAULT '[]'  -- JSON
) STRICT
"""

# Which file the requests of a batch are in, however that is known.
_REQUEST_FILES = """
CREATE TABLE request_files (
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    copy TEXT NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID
"""

# What was off, as JSON numbers. No foreign key, like labels.
_RECONCILIATIONS = """
CREATE TABLE reconciliations (
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    found TEXT NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID
"""

MIGRATIONS: tuple[Step, ...] = (
    (
        _BATCHES,
        "CREATE INDEX batches_by_end ON batches (kind, ended_at) WHERE ended_at IS NOT NULL",
        "CREATE INDEX batches_by_revision ON batches (revision)",
        _SAMPLES,
        _LABELS,
        _AUDIT,
        _LEASES,
        _HEALTH,
        _ACCOUNTS,
    ),
    ("ALTER TABLE batches ADD COLUMN failure TEXT NOT NULL DEFAULT ''",),
    (
        _SUBMISSIONS,
        "CREATE INDEX submissions_by_file ON submissions (account, sha256)",
        "CREATE INDEX submissions_by_batch ON submissions (account, batch_id)",
        "CREATE INDEX submissions_by_parent ON submissions (account, parent)",
        _REQUEST_FILES,
        "ALTER TABLE labels ADD COLUMN note TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE labels ADD COLUMN tags TEXT NOT NULL DEFAULT ''",  # with spaces between
        "ALTER TABLE audit ADD COLUMN holder TEXT NOT NULL DEFAULT ''",  # the program that calls
    ),
    (_RECONCILIATIONS,),
    # The file that the requests were uploaded as, where that comes before the batch.
    ("ALTER TABLE submissions ADD COLUMN upload TEXT NOT NULL DEFAULT ''",),
)
"""Each step is the statements that lead from the version of its index to the next one."""
