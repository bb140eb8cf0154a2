"""A hash is taken once for a file, and again when the file or what it refers to has changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.library import stamps
from engine.library.hashing import content_hash
from engine.library.stamps import HashBook

OLD = 1_600_000_000


def old(path: Path, text: str, when: int = OLD) -> Path:
    path.write_text(text)
    os.utime(path, (when, when))
    return path


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Paths that were really read."""
    seen: list[str] = []

    def count(path: str) -> str:
        seen.append(path)
        return content_hash(path)

    monkeypatch.setattr(stamps, "content_hash", count)
    return seen


@pytest.fixture
def model(tmp_path: Path) -> Path:
    old(tmp_path / "a.mtl", "newmtl a\nmap_Kd a.png\n")
    old(tmp_path / "a.png", "pixels")
    return old(tmp_path / "a.obj", "mtllib a.mtl\nv 0 0 0\n")


def test_a_file_is_read_once_across_runs(tmp_path: Path, model: Path, hashed: list[str]) -> None:
    first = HashBook(tmp_path / "cache" / "book")
    digest = first.content_hash(str(model))
    assert digest == content_hash(model) == first.content_hash(str(model))
    first.save()
    assert HashBook(tmp_path / "cache" / "book").content_hash(str(model)) == digest
    assert len(hashed) == 1


@pytest.mark.parametrize("name", ["a.obj", "a.mtl", "a.png"])
def test_a_change_of_any_part_is_seen(tmp_path: Path, model: Path, hashed: list[str], name: str) -> None:
    book = HashBook(tmp_path / "book")
    before = book.content_hash(str(model))
    path = tmp_path / name
    old(path, path.read_text() + "# more\n", OLD + 5)
    assert book.content_hash(str(model)) == content_hash(model) != before
    assert len(hashed) == 2


def test_a_texture_that_goes_is_seen(tmp_path: Path, model: Path) -> None:
    book = HashBook(tmp_path / "book")
    before = book.content_hash(str(model))
    (tmp_path / "a.png").unlink()
    assert book.content_hash(str(model)) != before


def test_a_file_that_is_being_written_is_not_remembered(tmp_path: Path, hashed: list[str]) -> None:
    path = tmp_path / "new.obj"
    path.write_text("v 0 0 0\n")
    book = HashBook(tmp_path / "book")
    book.content_hash(str(path))
    book.content_hash(str(path))
    assert len(hashed) == 2


@pytest.mark.parametrize("data", [b"", b"garbage", b"\x81\xa1a\x01"])
def test_a_damaged_book_is_an_empty_one(tmp_path: Path, model: Path, data: bytes) -> None:
    (tmp_path / "book").write_bytes(data)
    assert HashBook(tmp_path / "book").content_hash(str(model)) == content_hash(model)
