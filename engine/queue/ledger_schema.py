"""The tables of the ledger, and how a ledger that an older version wrote is brought up to date.

    meta     one row: the last token given out, and whether the ledger was closed in order
    jobs     one row a job, with counters that are kept by the same transactions that change its frames
    recipes  the recipe of each job, apart from it so that counting a frame does not rewrite the recipe
    frames   one row for each frame that was claimed, came back, or is known to be on disk; none for the others

`jobs.cursor` is the first frame without a row: all before it have one. So ten million frames are added at once, and
the next frame is found without a search. The indexes on frames are partial: done frames, by far the most, are in none.
"""

from __future__ import annotations

import sqlite3

from engine.errors import Failure

APPLICATION_ID = 0x44534C47
"""Marks the file as a ledger of this program ("DSLG")."""

MIGRATIONS: list[tuple[str, ...]] = [
    (
        """CREATE TABLE meta (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            token INTEGER NOT NULL,
            closed INTEGER NOT NULL
        )""",
        "INSERT INTO meta (id, token, closed) VALUES (1, 0, 1)",
        """CREATE TABLE jobs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL,
            recipe_name TEXT NOT NULL,
            seed INTEGER NOT NULL,
            start INTEGER NOT NULL CHECK (start >= 0),
            count INTEGER NOT NULL CHECK (count > 0),
            root TEXT NOT NULL,
            priority INTEGER NOT NULL,
            position INTEGER NOT NULL,
            device TEXT NOT NULL,
            state TEXT NOT NULL
                CHECK (state IN ('queued', 'rendering', 'paused', 'done', 'failed', 'cancelled')),
            done INTEGER NOT NULL DEFAULT 0 CHECK (done >= 0),
            quarantined INTEGER NOT NULL DEFAULT 0 CHECK (quarantined >= 0),
            leased INTEGER NOT NULL DEFAULT 0 CHECK (leased >= 0),
            cursor INTEGER NOT NULL,
            created_at REAL NOT NULL,
            started_at REAL,
            ended_at REAL,
            message TEXT NOT NULL DEFAULT '',
            CHECK (done + quarantined + leased <= count)
        )""",
        "CREATE INDEX jobs_in_line ON jobs (priority DESC, position) WHERE state IN ('queued', 'rendering')",
        "CREATE INDEX jobs_by_name ON jobs (name)",
        """CREATE TABLE recipes (
            job_id INTEGER PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
            recipe BLOB NOT NULL
        )""",
        """CREATE TABLE frames (
            job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
            idx INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending', 'leased', 'done', 'quarantined')),
            token INTEGER,
            worker TEXT,
            deaths INTEGER NOT NULL DEFAULT 0,
            raises INTEGER NOT NULL DEFAULT 0,
            pixel_hash TEXT,
            seconds REAL,
            reason TEXT,
            PRIMARY KEY (job_id, idx),
            CHECK ((state = 'leased') = (token IS NOT NULL)),
            CHECK ((state = 'leased') = (worker IS NOT NULL)),
            CHECK ((state = 'done') = (pixel_hash IS NOT NULL))
        ) WITHOUT ROWID""",
        "CREATE INDEX frames_pending ON frames (job_id, idx) WHERE state = 'pending'",
        "CREATE INDEX frames_quarantined ON frames (job_id, idx) WHERE state = 'quarantined'",
        "CREATE INDEX frames_leased ON frames (worker) WHERE state = 'leased'",
    ),
]
"""Statements that lead from each version to the next; the number of entries is the present version."""


def bring_up_to_date(db: sqlite3.Connection, where: str) -> None:
    """Create the tables in an empty database, or migrate an older ledger; in one transaction, all or nothing.

    Args:
        db: in autocommit mode.
        where: the file, for errors.

    Raises:
        Failure: a newer version of this program wrote it, or it is another program's database.
    """
    version = check_format(db, where)
    if version == len(MIGRATIONS):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def check_format(db: sqlite3.Connection, where: str) -> int:
    """The version of the ledger's format, 0 for an empty database. Changes nothing.

    Raises:
        Failure: as `bring_up_to_date`.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (application,) = db.execute("PRAGMA application_id").fetchone()
    if (version or db.execute("SELECT 1 FROM sqlite_master").fetchone()) and application != APPLICATION_ID:
        raise Failure(
            f"{where} is a database of another program, not a ledger: move it away, or set another state folder."
        )
    if version > len(MIGRATIONS):
        raise Failure(
            f"The ledger {where} has format {version}, written by a newer version of this program, and this one knows "
            f"formats up to {len(MIGRATIONS)}: update the program, or move the file away to begin an empty queue."
        )
    return int(version)
