"""Following a log: each line once, in order, whatever happens to the file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from engine.errors import StorageError
from engine.queue.log_files import Bounds, append, generations, last_lines
from studio import log_tail
from studio.log_tail import follow_lines

SMALL = Bounds(file_bytes=100, files=3)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_tail, "_LOOK_SECONDS", 0.001)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "engine.log"


def until_silent(lines: Iterator[str | None]) -> list[str]:
    """Lines until there are none for now."""
    found = []
    while (line := next(lines)) is not None:
        found.append(line)
    return found


def test_it_begins_with_the_last_lines_of_files_set_aside_too(path: Path) -> None:
    for number in range(25):
        append(path, f"{number:09}", SMALL)
    assert generations(path)[2].exists()
    assert until_silent(follow_lines(path, 15)) == last_lines(path, 15)
    assert until_silent(follow_lines(path, 0)) == []


def test_no_line_is_missed_or_told_twice_when_the_file_is_set_aside_between_looks(path: Path) -> None:
    append(path, "first", SMALL)
    lines = follow_lines(path, 1)
    assert until_silent(lines) == ["first"]
    # Twice set aside between two looks.
    for number in range(25):
        append(path, f"{number:09}", SMALL)
    assert generations(path)[2].exists()
    assert until_silent(lines) == [f"{number:09}" for number in range(25)]
    append(path, "last", SMALL)
    assert until_silent(lines) == ["last"]


def test_what_is_written_between_the_last_look_and_the_setting_aside_is_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(path, "first", SMALL)
    lines = follow_lines(path, 1)
    assert until_silent(lines) == ["first"]
    read, late = log_tail._Follower._read, ["in the old file", "in the new file" + "." * 80]

    def read_and_be_overtaken(follower: log_tail._Follower) -> bytes:
        data = read(follower)
        while late:
            append(path, late.pop(0), SMALL)
        return data

    monkeypatch.setattr(log_tail._Follower, "_read", read_and_be_overtaken)
    assert until_silent(lines) == ["in the old file", "in the new file" + "." * 80]


def test_a_log_that_appears_later_and_one_that_is_removed_are_followed(path: Path) -> None:
    lines = follow_lines(path, 10)
    assert next(lines) is None
    append(path, "born")
    assert until_silent(lines) == ["born"]
    path.unlink()
    assert until_silent(lines) == []
    append(path, "born again")
    assert until_silent(lines) == ["born again"]
    path.write_text("cut\n")
    assert until_silent(lines) == ["cut"]


def test_a_line_is_told_when_its_end_has_come(path: Path) -> None:
    path.write_text("whole\nhal")
    lines = follow_lines(path, 5)
    assert until_silent(lines) == ["whole"]
    with path.open("a") as file:
        file.write("f\n")
    assert until_silent(lines) == ["half"]


def test_a_folder_in_its_place_is_told_in_a_sentence(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StorageError, match="cannot be read"):
        next(follow_lines(path, 1))
    with pytest.raises(StorageError, match="cannot be read"):
        log_tail.last_lines(path, 1)


def test_a_fast_writer_is_followed_through_many_files(path: Path) -> None:
    """The writer does not wait for each line to be read, only so that no more is unread than is kept."""
    bounds, count = Bounds(20_000, 3), 20_000
    told = threading.Semaphore(0)

    def write() -> None:
        for number in range(count):
            if number % 1000 == 999:
                told.acquire(timeout=60)
            append(path, f"{number:09}", bounds)

    writer = threading.Thread(target=write)
    lines = follow_lines(path, 0)
    assert next(lines) is None
    writer.start()
    found = []
    for line in islice((line for line in lines if line is not None), count):
        found.append(line)
        if len(found) % 1000 == 999:
            told.release()
    writer.join()
    assert found == [f"{number:09}" for number in range(count)]
