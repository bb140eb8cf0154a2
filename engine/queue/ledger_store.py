"""The ledger's file: who owns it, transactions, what its errors mean, backups, and a reserve of disk space.

One process owns the file through one connection. Older SQLite (3.7.0 to 3.51.2) may corrupt a file in WAL mode when
two connections write at once; with one owner that cannot happen. Every transaction is synced before it returns.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from engine.errors import BadInput, Failure, StorageError, StudioError
from engine.files import make_folder, reason, sync_file, sync_folder, temporary_path, write_new
from engine.queue.ledger_schema import APPLICATION_ID, bring_up_to_date, check_format

RESERVE_BYTES = 4 * 1024 * 1024
"""Disk space held back, enough for the ledger to write down thousands of changes when the disk is full."""

ALWAYS_CHECKED_BYTES = 4 * 1024 * 1024
"""A ledger up to this size is checked at every start; a larger one only when it was not closed in order."""

_BACKUP_PAGES = 256
"""Pages that a backup copies at a time; between times the ledger goes on working."""

_PRIMARY = 0xFF
"""SQLite's extended error codes carry the primary one in their low byte."""


class LedgerStore:
    """An open ledger file and its transactions. It may be used from several threads; they take turns.

    After a `StorageError` nothing of the failed transaction is left, and the ledger stays usable.
    """

    def __init__(self, path: Path | str, on_change: Callable[[int], None] | None = None) -> None:
        """Open or create the ledger at `path`; the string ":memory:" makes one that ends with this object.

        Args:
            path: its folder is created where it is missing.
            on_change: called with a job's id after each committed change to it, a removed one's too; must not raise.

        Raises:
            Failure: another process owns it, a newer version wrote it, or it is another program's database.
            StorageError: it is damaged, or the disk fails. The file is left as it is.
        """
        self.path = None if str(path) == ":memory:" else Path(path)
        self.on_change = on_change
        self._lock = threading.RLock()
        self._depth = 0
        self._changed: list[int] = []
        self._db = self._connect()
        try:
            with self._errors():
                self._open_even_when_full()
        except BaseException:
            # A ledger that is refused stays as it is, its log beside it.
            self._db.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE)
            self._db.close()
            raise
        self.refill_reserve()

    @property
    def where(self) -> str:
        """The file, for people."""
        return "in memory" if self.path is None else str(self.path)

    def _connect(self) -> sqlite3.Connection:
        name = ":memory:"
        if self.path is not None:
            name = str(self.path)
            try:
                make_folder(self.path.parent)
                with suppress(FileExistsError):
                    os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            except OSError as error:
                raise StorageError(
                    f"The ledger {self.path} cannot be created because {reason(error)}: "
                    "correct that, or set another state folder."
                ) from None
        with self._errors():
            return sqlite3.connect(name, timeout=0, isolation_level=None, check_same_thread=False)

    def _open_even_when_full(self) -> None:
        """Where the disk is full, the reserve makes the room that opening needs."""
        try:
            self._open()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_FULL or not self.free_reserve():
                raise
            self._open()

    def _open(self) -> None:
        db = self._db
        # Before the first read: with it SQLite locks the file for as long as it is open, and needs no shared memory.
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        is_new = check_format(db, self.where) == 0
        if self.path is not None:
            db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        # What one large transaction left of the log is given back to the disk.
        db.execute(f"PRAGMA journal_size_limit = {RESERVE_BYTES}")
        if not is_new:
            self._check_integrity()
        bring_up_to_date(db, self.where)
        db.execute("UPDATE meta SET closed = 0")

    def _check_integrity(self) -> None:
        (pages,) = self._db.execute("PRAGMA page_count").fetchone()
        (page_size,) = self._db.execute("PRAGMA page_size").fetchone()
        (closed,) = self._db.execute("SELECT closed FROM meta").fetchone()
        if closed and pages * page_size > ALWAYS_CHECKED_BYTES:
            return
        (finding,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
        if finding != "ok":
            raise StorageError(_damaged(self.where, finding))

    def close(self) -> None:
        """Close the ledger in order and give up the file; a second call does nothing."""
        with self._lock:
            # A ledger that cannot write any more is closed all the same, and checked at the next start.
            with suppress(sqlite3.Error):
                self._db.execute("UPDATE meta SET closed = 1")
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make all changes within the block one transaction: one sync, and all of them or none.

        An error that leaves the block undoes all of it. One that is caught within undoes only the call that raised it,
        unless the disk failed: then the whole block is undone and raises StorageError at its end.

        Coroutines must not await within the block: what other tasks change meanwhile would become part of it.
        """
        with self._transaction():
            yield

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            noted = len(self._changed)
            outermost = self._depth == 0
            with self._errors():
                self._execute("BEGIN IMMEDIATE" if outermost else "SAVEPOINT inner")
                self._depth += 1
                try:
                    yield
                    self._execute("COMMIT" if outermost else "RELEASE inner")
                except BaseException:
                    del self._changed[noted:]
                    self._undo(outermost)
                    raise
                finally:
                    self._depth -= 1
            if not outermost:
                return
            changed, self._changed = dict.fromkeys(self._changed), []
        if self.on_change is not None:
            for job_id in changed:
                self.on_change(job_id)

    def _execute(self, statement: str) -> None:
        if self._depth and not self._db.in_transaction:
            # SQLite gave up the whole transaction at an earlier error of the disk.
            raise StorageError(f"The changes to the ledger {self.where} were undone because writing it failed before.")
        self._db.execute(statement)

    def _undo(self, outermost: bool) -> None:
        # After an error of the disk SQLite may have undone everything by itself.
        if self._db.in_transaction:
            with suppress(sqlite3.Error):
                if outermost:
                    self._db.execute("ROLLBACK")
                else:
                    self._db.execute("ROLLBACK TO inner")
                    self._db.execute("RELEASE inner")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn SQLite's errors into one sentence each."""
        try:
            yield
        except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
            raise
        except sqlite3.DatabaseError as error:
            raise _in_words(error, self.where) from error

    def _read(self, query: str, *values: Any) -> list[Any]:
        with self._lock, self._errors():
            return self._db.execute(query, values).fetchall()

    def backup(self, path: Path) -> None:
        """Write a copy of the ledger as it is now to `path`, checked and synced; an older copy there is replaced.

        The ledger may be used meanwhile from other threads; what they commit before the copy is complete is in it.

        Raises:
            BadInput: `path` is the ledger itself, or a file that is no ledger.
            StorageError: the copy cannot be written; a file that was at `path` stays.
        """
        self._refuse_target(path)
        temporary = temporary_path(path)
        try:
            temporary.unlink(missing_ok=True)
            self._copy_to(temporary)
            sync_file(temporary)
            os.replace(temporary, path)
            sync_folder(path.parent)
        except OSError as error:
            raise StorageError(f"The backup {path} cannot be written because {reason(error)}.") from None
        except sqlite3.DatabaseError as error:
            raise _in_words(error, str(path)) from error
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

    def _copy_to(self, path: Path) -> None:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        copy = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            self._db.backup(copy, pages=_BACKUP_PAGES, sleep=0.001)
            # A copy is one file: without this it would ask for a log beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
            (finding,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            if finding != "ok":
                raise StorageError(_damaged(self.where, finding))
        finally:
            copy.close()

    def _refuse_target(self, path: Path) -> None:
        if self.path is not None and path.exists() and path.samefile(self.path):
            # Not even opened: closing any descriptor of the ledger's file would give up the lock on it.
            raise BadInput(f"{path} is the ledger itself: choose another file for the backup.")
        if path.exists() and not _is_ledger(path):
            raise BadInput(f"{path} exists and is no backup of a ledger: choose another name, or move it away.")

    def free_reserve(self) -> bool:
        """Give the reserve's space back to the disk, for the last words when it is full; False where there is none."""
        if self.reserve is None:
            return False
        try:
            self.reserve.unlink()
        except OSError:
            return False
        return True

    def refill_reserve(self) -> bool:
        """Take the reserve's space from the disk again; False where the disk does not have it, and nothing is kept."""
        if self.reserve is None:
            return False
        with suppress(OSError):
            if self.reserve.stat().st_size == RESERVE_BYTES:
                return True
        temporary = temporary_path(self.reserve)
        try:
            for left_over in self.reserve.parent.glob(f".tmp-*-{self.reserve.name}"):
                left_over.unlink(missing_ok=True)
            # Random bytes, since a file system that compresses would hold back nothing for zeros.
            write_new(temporary, os.urandom(RESERVE_BYTES))
            sync_file(temporary)
            os.replace(temporary, self.reserve)
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            return False
        return True

    @property
    def reserve(self) -> Path | None:
        """The file that holds the reserve; None for a ledger in memory."""
        return None if self.path is None else self.path.with_suffix(".reserve")


def _is_ledger(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            header = file.read(72)
    except OSError:
        return False
    return header.startswith(b"SQLite format 3\0") and header[68:72] == APPLICATION_ID.to_bytes(4, "big")


def _damaged(where: str, finding: str) -> str:
    detail = " ".join(finding.replace("*** in database main ***", "").split())
    return (
        f"The ledger {where} is damaged ({detail}) and was left as it is: put a backup in its place, or move it and "
        f"the files named like it away to begin an empty queue; rendered frames stay valid."
    )


def _in_words(error: sqlite3.DatabaseError, where: str) -> StudioError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return StorageError(_damaged(where, str(error)))
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return Failure(
            f"The ledger {where} is in use by another process: only one may own it, and the engine that runs does; "
            "stop that one first."
        )
    reasons = {
        sqlite3.SQLITE_FULL: "the disk is full",
        sqlite3.SQLITE_IOERR: f"the disk reported an error ({error.sqlite_errorname})",
        sqlite3.SQLITE_READONLY: "the file is read-only",
        sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
        sqlite3.SQLITE_PERM: "permission is denied",
    }
    return StorageError(
        f"The ledger {where} cannot be written because {reasons.get(code, str(error))}: what was written before is "
        "safe, correct that and try again."
    )
