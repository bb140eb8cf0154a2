"""The ledger's file: one owner, damage, formats, full and failing disks, backups, the reserve."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest

from engine.errors import BadInput, Failure, StorageError
from engine.queue import ledger_schema, ledger_store
from engine.queue.jobs import Claim, JobState
from engine.queue.ledger import Ledger
from tests.queue.ledgers import claim, complete, finish, new_job


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.db"


def leave_unclean(ledger: Ledger) -> None:
    """End the ledger as a killed process would: the file is given up, and its log stays beside it."""
    ledger._db.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE)
    ledger._db.close()


def test_a_ledger_survives_closing(path: Path) -> None:
    with Ledger(path) as ledger:
        job = ledger.add_job(new_job())
        claimed = claim(ledger)
    with Ledger(path) as ledger:
        assert [lease.token for lease in ledger.leases()] == [claimed.token]
        assert ledger.take_back_all_leases()
        assert ledger.jobs() == [job.__replace__(started_at=ledger.job(1).started_at)]
        assert claim(ledger).token > claimed.token
    assert path.stat().st_mode & 0o777 == 0o600
    assert not path.with_name("ledger.db-wal").exists()


def test_every_commit_is_synced(path: Path) -> None:
    with Ledger(path) as ledger:
        settings = [
            ledger._db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert settings == ["wal", 2, 1]


def test_a_second_owner_is_refused_while_the_first_works_on(path: Path) -> None:
    script = "import sys; from pathlib import Path; from engine.queue.ledger import Ledger; Ledger(Path(sys.argv[1]))"
    with Ledger(path) as ledger:
        ledger.add_job(new_job())
        result = subprocess.run(
            [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False, timeout=60
        )
        assert "engine.errors.Failure: The ledger" in result.stderr
        assert "in use by another process" in result.stderr
        with pytest.raises(Failure, match="in use"):
            Ledger(path)
        finish(ledger, 3)
    with Ledger(path) as ledger:
        assert ledger.job(1).state is JobState.DONE


def test_a_newer_format_is_refused_by_name_and_kept(path: Path) -> None:
    Ledger(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    with pytest.raises(Failure, match=r"ledger\.db has format 99, written by a newer version"):
        Ledger(path)
    assert path.read_bytes() == before


def test_another_programs_database_is_refused_and_kept(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE bookmarks (url TEXT)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(Failure, match="another program"):
        Ledger(path)
    assert path.read_bytes() == before


def make_large(path: Path, frames: int = 2000) -> None:
    with Ledger(path) as ledger:
        ledger.add_job(new_job(count=frames))
        with ledger.together():
            for index in range(frames):
                ledger.mark_done(1, index, f"{index:032x}")


def overwrite(path: Path, start: int, data: bytes) -> bytes:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(data)
    return path.read_bytes()


@pytest.mark.parametrize("place", ["head", "tail"])
def test_a_damaged_ledger_is_named_and_kept(path: Path, place: str) -> None:
    make_large(path)
    size = path.stat().st_size
    damaged = overwrite(path, 0 if place == "head" else size // 2, os.urandom(size // 4))
    with pytest.raises(StorageError, match=r"ledger\.db is damaged .* was left as it is: put a backup in its place"):
        Ledger(path)
    assert path.read_bytes() == damaged


def test_a_file_cut_short_is_damaged(path: Path) -> None:
    make_large(path)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(StorageError, match="is damaged"):
        Ledger(path)


def test_a_large_ledger_is_checked_only_when_it_was_not_closed_in_order(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_store, "ALWAYS_CHECKED_BYTES", 0)
    make_large(path)
    unclean = path.with_name("unclean.db")
    ledger = Ledger(path)
    shutil.copy(path, unclean)
    ledger.close()
    for copy in (path, unclean):
        # Near the end lie pages of frames, which opening does not read by itself.
        overwrite(copy, copy.stat().st_size // 2, os.urandom(4096))
    Ledger(path).close()
    with sqlite3.connect(unclean) as db:
        db.execute("UPDATE meta SET closed = 0")
    db.close()
    with pytest.raises(StorageError, match="is damaged"):
        Ledger(unclean)


def test_damage_met_while_working_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_store, "ALWAYS_CHECKED_BYTES", 0)
    make_large(path)
    overwrite(path, path.stat().st_size // 2, os.urandom(8192))
    with Ledger(path) as ledger, pytest.raises(StorageError, match=r"ledger\.db is damaged"):
        list(ledger.done_frames(1))


ADDED_COLUMN = ("ALTER TABLE jobs ADD COLUMN owner TEXT NOT NULL DEFAULT 'nobody'",)


def test_an_older_ledger_is_migrated_with_all_it_holds(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger(path) as ledger:
        ledger.add_job(new_job())
        finish(ledger, 2)
        before = ledger.jobs(), list(ledger.frames(1))
    monkeypatch.setattr(ledger_schema, "MIGRATIONS", [*ledger_schema.MIGRATIONS, ADDED_COLUMN])
    for _ in range(2):
        with Ledger(path) as ledger:
            assert (ledger.jobs(), list(ledger.frames(1))) == before
            assert ledger._read("SELECT owner FROM jobs") == [("nobody",)]
            assert ledger._read("PRAGMA user_version") == [(len(ledger_schema.MIGRATIONS),)]


def test_a_migration_that_fails_leaves_the_older_ledger(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger(path) as ledger:
        ledger.add_job(new_job())
        before = ledger.jobs()
    known = ledger_schema.MIGRATIONS
    monkeypatch.setattr(ledger_schema, "MIGRATIONS", [*known, ADDED_COLUMN, ("UPDATE no_such_table SET a = 1",)])
    with pytest.raises(StorageError, match="no_such_table"):
        Ledger(path)
    monkeypatch.setattr(ledger_schema, "MIGRATIONS", known)
    with Ledger(path) as ledger:
        assert ledger.jobs() == before
        assert ledger._read("PRAGMA user_version") == [(len(known),)]


@contextmanager
def no_more_pages(ledger: Ledger) -> Iterator[None]:
    """SQLite refuses to let the database grow, with the error that a full disk gives."""
    (pages,) = ledger._db.execute("PRAGMA page_count").fetchone()
    ledger._db.execute(f"PRAGMA max_page_count = {pages}")
    yield
    ledger._db.execute("PRAGMA max_page_count = 1000000")


@contextmanager
def no_larger_files(ledger: Ledger) -> Iterator[None]:
    """The system refuses each write that would make the log larger, which SQLite calls an error of the disk."""
    assert ledger.path is not None
    size = ledger.path.with_name(ledger.path.name + "-wal").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def work_until_refused(ledger: Ledger) -> tuple[list[Claim], str]:
    """Claim and complete until the disk fails; what was acknowledged, and the error's text."""
    acknowledged: list[Claim] = []
    for _ in range(200_000):
        try:
            claimed = claim(ledger, prefer=1)
            assert complete(ledger, claimed, f"{claimed.token:032x}")
        except StorageError as error:
            return acknowledged, str(error)
        acknowledged.append(claimed)
    pytest.fail("the disk took everything")


def assert_holds(ledger: Ledger, acknowledged: list[Claim]) -> None:
    """Every acknowledged frame is there; the others were undone, or leased and not reported."""
    expected = [(claimed.index, f"{claimed.token:032x}") for claimed in acknowledged]
    assert list(ledger.done_frames(1))[: len(expected)] == expected
    job = ledger.job(1)
    assert job.done == len(expected)
    assert job.leased == len(ledger.leases()) <= 1
    assert ledger.recount() == []


@pytest.mark.parametrize(("obstacle", "words"), [(no_more_pages, "the disk is full"), (no_larger_files, "IOERR_WRITE")])
def test_a_disk_that_refuses_a_write_undoes_the_change_and_nothing_else(
    path: Path, obstacle: Callable[[Ledger], AbstractContextManager[None]], words: str
) -> None:
    told: list[int] = []
    with Ledger(path, told.append) as ledger:
        ledger.add_job(new_job(count=1_000_000))
        first = claim(ledger)
        assert complete(ledger, first, f"{first.token:032x}")
        with obstacle(ledger):
            told.clear()
            acknowledged, text = work_until_refused(ledger)
            assert words in text
            assert str(path) in text
            assert len(told) in (2 * len(acknowledged), 2 * len(acknowledged) + 1), "what was undone is not told"
            assert_holds(ledger, [first, *acknowledged])
        acknowledged.insert(0, first)
        for lease in ledger.leases():
            assert ledger.release(lease.job_id, lease.index, lease.token)
        later = claim(ledger)
        assert complete(ledger, later, f"{later.token:032x}")
        leave_unclean(ledger)
    with Ledger(path) as ledger:
        assert_holds(ledger, [*acknowledged, later])


def test_a_batch_that_meets_a_full_disk_is_undone_whole_even_where_the_error_is_caught(path: Path) -> None:
    def add_jobs() -> None:
        with ledger.together():
            for number in range(1000):
                try:
                    ledger.add_job(new_job(name=f"{number}", recipe={"much": "x" * 10_000}))
                except StorageError:
                    refused.append(number)

    refused: list[int] = []
    with Ledger(path) as ledger:
        ledger.add_job(new_job())
        with no_more_pages(ledger), pytest.raises(StorageError):
            add_jobs()
        assert refused
        assert [job.name for job in ledger.jobs()] == ["mugs"]
        ledger.add_job(new_job(name="later"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of 6 MiB; skips where mounting is not allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None:
        pytest.skip("there is no mount program here")
    result = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if result.returncode:
        pytest.skip(f"mounting a small disk is not allowed here: {result.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill_disk(folder: Path) -> Path:
    """Take all the space that is left."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as file, suppress(OSError):
        while file.write(b"\0" * 4096):
            pass
    return filler


def test_a_full_disk_loses_nothing_and_the_reserve_has_room_for_the_last_words(small_disk: Path) -> None:
    path = small_disk / "ledger.db"
    with Ledger(path) as ledger:
        ledger.add_job(new_job(count=1_000_000))
        filler = fill_disk(small_disk)
        acknowledged, text = work_until_refused(ledger)
        assert f"The ledger {path} cannot be written because the disk is full" in text
        assert_holds(ledger, acknowledged)
        assert ledger.free_reserve()
        ledger.pause(1, "the disk is full")
        for lease in ledger.leases():
            ledger.release(lease.job_id, lease.index, lease.token)
        assert ledger.job(1).message == "the disk is full"
        fill_disk(small_disk)
        assert not ledger.refill_reserve(), "there is no space for it"
        leave_unclean(ledger)
    with Ledger(path) as ledger:
        assert_holds(ledger, acknowledged)
        assert ledger.job(1).state is JobState.PAUSED
        filler.unlink()
        assert ledger.refill_reserve()
        assert ledger.resume(1).state is JobState.QUEUED
        finish(ledger, 1)


def test_a_ledger_on_a_full_disk_is_refused_with_the_reason(small_disk: Path) -> None:
    fill_disk(small_disk)
    with pytest.raises(StorageError, match=r"ledger\.db cannot be .* because the disk is full"):
        Ledger(small_disk / "state" / "ledger.db")


def test_the_reserve_holds_real_space_and_is_kept_by_itself(path: Path) -> None:
    with Ledger(path) as ledger:
        reserve = ledger.reserve
        assert reserve is not None
        assert reserve.stat().st_blocks * 512 >= ledger_store.RESERVE_BYTES
        assert ledger.free_reserve()
        assert not ledger.free_reserve()
        assert not reserve.exists()
    with Ledger(path):
        assert reserve.stat().st_size == ledger_store.RESERVE_BYTES
    assert sorted(file.name for file in path.parent.iterdir()) == ["ledger.db", "ledger.reserve"]


def test_a_backup_opens_as_a_ledger_and_replaces_an_older_one(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    with Ledger(path) as ledger:
        ledger.add_job(new_job())
        ledger.backup(target)
        finish(ledger, 2)
        ledger.backup(target)
        jobs, frames = ledger.jobs(), list(ledger.frames(1))
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["backup.db"]
    with Ledger(target) as copy:
        assert (copy.jobs(), list(copy.frames(1))) == (jobs, frames)


def test_a_backup_made_while_the_ledger_works_is_whole(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    make_large(path, 20_000)
    with Ledger(path) as ledger:
        ledger.add_job(new_job(name="other", count=1_000_000))
        backup = threading.Thread(target=ledger.backup, args=(target,))
        backup.start()
        worked = 0
        while backup.is_alive():
            finish(ledger, 1)
            worked += 1
        backup.join()
        assert worked
        done = [index for index, _ in ledger.done_frames(2)]
    with Ledger(target) as copy:
        assert copy.recount() == []
        kept = [index for index, _ in copy.done_frames(2)]
        assert kept == done[: len(kept)]
        assert copy.job(1).done == 20_000


def test_a_backup_never_overwrites_the_ledger_or_a_foreign_file(path: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "thesis.txt"
    foreign.write_text("years of work")
    link = tmp_path / "link.db"
    with Ledger(path) as ledger:
        link.symlink_to(path)
        for target in (path, link):
            with pytest.raises(BadInput, match="is the ledger itself"):
                ledger.backup(target)
        with pytest.raises(BadInput, match=r"thesis\.txt exists and is no backup"):
            ledger.backup(foreign)
        with pytest.raises(StorageError, match="cannot be written"):
            ledger.backup(tmp_path / "missing" / "backup.db")
        # The lock is still there.
        with pytest.raises(Failure, match="in use"):
            Ledger(path)
    assert foreign.read_text() == "years of work"


def test_a_backup_that_does_not_fit_leaves_the_older_one(path: Path, small_disk: Path) -> None:
    target = small_disk / "backup.db"
    with Ledger(path) as ledger:
        ledger.add_job(new_job())
        ledger.backup(target)
        before = target.read_bytes()
        fill_disk(small_disk)
        with pytest.raises(StorageError, match=r"backup\.db cannot be written because the disk is full"):
            ledger.backup(target)
        assert target.read_bytes() == before
        assert sorted(file.name for file in small_disk.iterdir()) == ["backup.db", "filler"]


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"ledger\.db cannot be created because a file is in the way"):
        Ledger(tmp_path / "file" / "ledger.db")


def test_a_ledger_in_memory_writes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Ledger(":memory:") as ledger:
        ledger.add_job(new_job())
        finish(ledger, 3)
        assert not ledger.free_reserve()
        assert not ledger.refill_reserve()
        assert list(tmp_path.iterdir()) == []
        ledger.backup(tmp_path / "kept.db")
    with Ledger(tmp_path / "kept.db") as kept:
        assert kept.job(1).done == 3
