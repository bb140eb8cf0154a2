"""Thumbnails come back from the cache as they went in; what is damaged counts as missing."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from engine.thumbnails.facts import BrokenFacts, HdriFacts, ModelFacts, Thumbnail
from engine.thumbnails.store import ThumbnailStore

DIGEST = "ab" * 16


def png(color: tuple[int, int, int]) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (8, 6), color).save(output, "PNG")
    return output.getvalue()


def pixel(data: bytes) -> object:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.convert("RGB").getpixel((3, 3))


HDRI = Thumbnail(HdriFacts(1024, 512, 12.5, 0.8, 3000.0, 30.0, -20.0, 0.25), (png((1, 2, 3)), png((4, 5, 6))))
MODEL = Thumbnail(ModelFacts((1.0, 2.0, 3.0), 12, 8, ("Wände",), ("a.png 4×4",), warnings=("tall",)), (png((9, 9, 9)),))


@pytest.fixture
def store(tmp_path: Path) -> ThumbnailStore:
    return ThumbnailStore(tmp_path / "cache")


def test_facts_and_pictures_come_back(store: ThumbnailStore) -> None:
    store.save(DIGEST, HDRI)
    found = store.load(DIGEST)
    assert found is not None
    assert found.facts == HDRI.facts
    assert [pixel(data) for data in found.pictures] == [(1, 2, 3), (4, 5, 6)]


def test_a_turntable_does_not_take_the_thumbnails_place(store: ThumbnailStore) -> None:
    store.save(DIGEST, MODEL)
    store.save(DIGEST, Thumbnail(MODEL.facts, tuple(png((n, n, n)) for n in range(8))), "turn")
    plain, turn = store.load(DIGEST), store.load(DIGEST, "turn")
    assert plain is not None
    assert turn is not None
    assert (len(plain.pictures), len(turn.pictures)) == (1, 8)
    assert plain.facts == MODEL.facts


def test_what_is_broken_is_remembered_too(store: ThumbnailStore) -> None:
    store.save(DIGEST, Thumbnail(BrokenFacts("it has no faces.")))
    assert store.load(DIGEST) == Thumbnail(BrokenFacts("it has no faces."), ())


def test_nothing_is_found_where_nothing_was_stored(store: ThumbnailStore) -> None:
    assert store.load(DIGEST) is None


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("damage", ["cut", "empty", "other", "flipped", "gone"])
def test_a_damaged_file_counts_as_missing_and_is_made_anew(store: ThumbnailStore, number: int, damage: str) -> None:
    store.save(DIGEST, HDRI)
    path = store.path(DIGEST, number=number)
    data = bytearray(path.read_bytes())
    if damage == "gone":
        path.unlink()
    elif damage == "flipped":
        at = data.rindex(b"IDAT") + 6
        data[at] ^= 0xFF
        path.write_bytes(data)
    else:
        path.write_bytes({"cut": bytes(data[: len(data) // 2]), "empty": b"", "other": b"hello"}[damage])
    assert store.load(DIGEST) is None
    store.save(DIGEST, HDRI)
    assert store.load(DIGEST) is not None


def test_a_picture_without_facts_is_none_of_ours(store: ThumbnailStore) -> None:
    store.path(DIGEST).parent.mkdir(parents=True)
    store.path(DIGEST).write_bytes(png((1, 1, 1)))
    assert store.load(DIGEST) is None


def test_a_disk_that_takes_nothing_is_let_be(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file is in the way")
    store = ThumbnailStore(tmp_path / "cache")
    store.save(DIGEST, MODEL)
    assert store.load(DIGEST) is None
