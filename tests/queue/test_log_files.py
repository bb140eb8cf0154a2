"""Logs that are bounded: nothing but the oldest is lost, by whoever writes and whoever reads."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.queue import log_files
from engine.queue.log_files import BOUNDS, Bounds, LogFile, append, generations, last_lines, remove

SMALL = Bounds(file_bytes=100, files=3)


def size(path: Path) -> int:
    return sum(file.stat().st_size for file in generations(path) if file.exists())


def test_a_log_never_grows_beyond_its_bounds_and_keeps_the_latest_lines(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "engine.log"
    for number in range(200):
        append(path, f"line {number:04}", SMALL)
        assert all(file.stat().st_size <= SMALL.file_bytes for file in path.parent.iterdir())
    assert {file.name for file in path.parent.iterdir()} == {"engine.log", "engine.log.1", "engine.log.2"}
    kept = last_lines(path, 1000)
    assert kept == [f"line {number:04}" for number in range(200 - len(kept), 200)]
    assert len(kept) > 20
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_last_lines_are_gathered_over_all_files(tmp_path: Path) -> None:
    path = tmp_path / "engine.log"
    for number in range(25):
        append(path, str(number) * 5, SMALL)
    everything = last_lines(path, 10_000)
    for count in range(1, len(everything)):
        assert last_lines(path, count) == everything[-count:]
    assert last_lines(path, 0) == []
    remove(path, SMALL)
    assert list(tmp_path.iterdir()) == []
    assert last_lines(path, 5) == []


def test_a_line_longer_than_a_file_is_kept_whole(tmp_path: Path) -> None:
    path = tmp_path / "engine.log"
    append(path, "short", SMALL)
    append(path, "ä" * 500, SMALL)
    append(path, "after", SMALL)
    assert last_lines(path, 9) == ["short", "ä" * 500, "after"]


def test_a_record_that_cannot_be_written_harms_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    handler = LogFile(tmp_path / "file" / "engine.log")
    handler.emit(logging.makeLogRecord({"msg": "lost"}))
    (tmp_path / "engine.log").mkdir()
    LogFile(tmp_path / "engine.log").emit(logging.makeLogRecord({"msg": "lost"}))


def test_names_that_are_not_unicode_can_be_logged(tmp_path: Path) -> None:
    append(tmp_path / "engine.log", os.fsdecode(b"caf\xe9"))
    assert last_lines(tmp_path / "engine.log", 1) == ["caf\\udce9"]


def test_what_a_process_prints_goes_on_in_the_new_file(tmp_path: Path) -> None:
    """Python's last words, like those of a crash, go to stderr: it must not stay with a file that is deleted later."""
    path = tmp_path / "engine.log"
    program = (
        "import sys; from pathlib import Path; from engine.queue.log_files import append, Bounds\n"
        "path = Path(sys.argv[1])\n"
        "for number in range(50):\n"
        "    append(path, f'line {number}', Bounds(100, 3))\n"
        "print('printed', file=sys.stderr, flush=True)\n"
    )
    with path.open("ab") as log:
        subprocess.run([sys.executable, "-c", program, str(path)], stdout=log, stderr=log, check=True)
    assert last_lines(path, 2) == ["line 49", "printed"]
    assert path.read_text().endswith("printed\n")


def test_the_last_lines_of_a_large_log_are_read_from_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "engine.log"
    path.write_bytes(b"".join(b"line %d\n" % number for number in range(400_000)))
    assert path.stat().st_size < BOUNDS.file_bytes
    monkeypatch.setattr(log_files, "_BLOCK", 1000)
    assert last_lines(path, 3) == ["line 399997", "line 399998", "line 399999"]
