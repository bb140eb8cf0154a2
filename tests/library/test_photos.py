"""Photographs: which files are meant, orientation, crops, and errors that name file and field."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import AssetError
from engine.library.photos import check_photo, measure_photo, read_crop, resolve_photos, to_display, to_linear


def save(path: Path, pixels: np.ndarray, orientation: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(path, exif=exif, quality=95)
    return path


def noise(height: int, width: int) -> np.ndarray:
    """Anything that does not compress."""
    return (
        (np.arange(height * width * 3, dtype=np.uint64) ** 3 * 2654435761 >> 16)
        .astype(np.uint8)
        .reshape(height, width, 3)
    )


def beside(width: int = 400, height: int = 300) -> np.ndarray:
    """Red on the left, blue on the right."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, : width // 2, 0] = picture[:, width // 2 :, 2] = 200
    return picture


def test_folders_and_files_are_resolved_by_name(tmp_path: Path) -> None:
    for name in ("b.jpg", "deep/a.png"):
        save(tmp_path / "walk" / name, beside())
    (tmp_path / "walk" / "note.txt").touch()
    single = save(tmp_path / "b.jpg", beside())
    found = resolve_photos([str(tmp_path / "walk"), str(single), str(single)])
    assert list(found.values()) == [single, tmp_path / "walk" / "b.jpg", tmp_path / "walk" / "deep" / "a.png"]
    assert {"b.jpg", "deep/a.png"} < set(found)


@pytest.mark.parametrize(("name", "orientation"), [("x.png", 1), ("x.jpg", 1), ("x.jpg", 6)])
def test_a_photograph_is_measured_as_it_is_seen(tmp_path: Path, name: str, orientation: int) -> None:
    pixels = beside(1600, 1200)
    # Orientation 6: the camera was held upright, so that what it stored is a quarter turn off.
    stored = np.rot90(pixels) if orientation == 6 else pixels
    found = measure_photo(save(tmp_path / name, np.ascontiguousarray(stored), orientation))
    assert (found.width, found.height) == (1600, 1200)
    red, _, blue = found.cells[:, 1].mean(axis=0)
    assert red == pytest.approx(float(to_linear(np.array(200, np.uint8))), rel=0.02)
    assert blue < 0.01
    assert found.cells[:, -2, 2].mean() > 0.5


def test_a_crop_is_the_part_that_is_asked_for(tmp_path: Path) -> None:
    file = save(tmp_path / "x.png", beside())
    left = read_crop(file, (10, 10, 90, 70), (32, 24))
    assert left.shape == (24, 32, 3)
    assert (left == (200, 0, 0)).all()
    whole = read_crop(file, (0, 0, 400, 300), (400, 300))
    assert np.array_equal(whole, beside())


def test_grey_and_sixteen_bits_are_read(tmp_path: Path) -> None:
    grey = np.full((20, 20), 128, np.uint8)
    for pixels in (grey, grey.astype(np.uint16) << 8):
        Image.fromarray(pixels).save(tmp_path / "grey.png")
        assert (read_crop(tmp_path / "grey.png", (0, 0, 20, 20), (4, 4)) == 128).all()


def test_display_and_light_are_inverse() -> None:
    every = np.arange(256, dtype=np.uint8)
    assert np.array_equal(to_display(to_linear(every)), every)


def test_errors_name_the_file_and_the_field(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "empty").mkdir()
    whole = save(tmp_path / "whole.jpg", noise(300, 400))
    (tmp_path / "cut.jpg").write_bytes(whole.read_bytes()[:9000])
    with pytest.raises(AssetError, match=r"text\.jpg.*backdrop\.photos"):
        check_photo(tmp_path / "text.jpg")
    with pytest.raises(AssetError, match=r"empty.*backdrop\.photos"):
        resolve_photos([str(tmp_path / "empty")])
    with pytest.raises(AssetError, match=r"none\.jpg"):
        check_photo(tmp_path / "none.jpg")
    with pytest.raises(AssetError, match=r"cut\.jpg.*backdrop\.photos"):
        measure_photo(tmp_path / "cut.jpg")
