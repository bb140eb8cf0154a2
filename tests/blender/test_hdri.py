"""HDRIs load with the pixels they hold, or are refused."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from engine.blender.hdri_import import hdri_pixels, load_hdri
from engine.errors import AssetError
from engine.library.builtin import builtin_hdris
from tests.library.samples import radiance_bytes, write


@pytest.fixture(autouse=True)
def _empty_session() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)


def _exr(path: Path, pixels: np.ndarray) -> Path:
    """Save (H, W, 3) float32, row 0 at the top, as an OpenEXR file."""
    height, width, _ = pixels.shape
    image = bpy.data.images.new("made", width, height, float_buffer=True)
    rgba = np.concatenate([pixels[::-1], np.ones((height, width, 1))], axis=2)
    image.pixels.foreach_set(rgba.astype(np.float32).ravel())
    image.file_format = "OPEN_EXR"
    image.filepath_raw = str(path)
    image.save()
    bpy.data.images.remove(image)
    return path


def test_builtin_hdris_are_those_of_blender() -> None:
    folder = Path(bpy.utils.system_resource("DATAFILES")) / "studiolights" / "world"
    assert [path.resolve() for path in builtin_hdris()] == sorted(path.resolve() for path in folder.glob("*.exr"))


@pytest.mark.parametrize("index", range(8))
def test_builtin_hdris_load(index: int) -> None:
    hdri = load_hdri(builtin_hdris()[index])
    assert (hdri.width, hdri.height) == (1024, 512)
    assert 0.1 < hdri.mean_luminance < 2
    assert hdri.dynamic_range > 30
    assert hdri.warnings == ()
    assert len(bpy.data.images) == 1


def test_foreign_radiance_file(shared_assets: Path) -> None:
    hdri = load_hdri(shared_assets / "hdris" / "royal_esplanade_1k.hdr")
    assert (hdri.width, hdri.height) == (1024, 512)
    assert hdri.dynamic_range > 1000
    pixels = hdri_pixels(hdri.image)
    assert pixels.shape == (512, 1024, 3)
    assert pixels[:256].mean() > pixels[256:].mean(), "the lamps are in the upper half"


def test_pixels_are_the_files_with_row_0_at_the_top(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).random((8, 16, 3), np.float32)
    pixels[0, 3] = (100, 50, 25)
    hdri = load_hdri(_exr(tmp_path / "a.exr", pixels))
    found = hdri_pixels(hdri.image)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, pixels, rtol=1e-3)


def test_luminance_facts(tmp_path: Path) -> None:
    """One bright row at the zenith covers little of the sphere."""
    pixels = np.full((8, 16, 3), 1, np.float32)
    pixels[0] = 9
    hdri = load_hdri(_exr(tmp_path / "a.exr", pixels))
    weights = np.sin((np.arange(8) + 0.5) * np.pi / 8)
    assert hdri.mean_luminance == pytest.approx(1 + 8 * weights[0] / weights.sum(), rel=1e-3)
    assert hdri.peak_luminance == pytest.approx(9, rel=1e-3)
    assert hdri.dynamic_range == pytest.approx(hdri.peak_luminance / hdri.mean_luminance)


@pytest.mark.parametrize("suffix", [".hdr", ".pic", ".HDR"])
def test_radiance_without_run_lengths(tmp_path: Path, suffix: str) -> None:
    hdri = load_hdri(write(tmp_path / f"flat{suffix}", radiance_bytes()))
    assert hdri.mean_luminance == pytest.approx(1, abs=0.02)


def test_square_picture_is_a_warning(tmp_path: Path) -> None:
    hdri = load_hdri(write(tmp_path / "square.hdr", radiance_bytes(16, 16)))
    assert hdri.warnings == ("square.hdr is 16x16, not 2:1, so it may be no equirectangular panorama; it is stretched",)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_pixels_that_are_not_finite(tmp_path: Path, value: float) -> None:
    pixels = np.ones((8, 16, 3), np.float32)
    pixels[2, 2, 1] = value
    path = _exr(tmp_path / "a.exr", pixels)
    with pytest.raises(AssetError, match=r"a\.exr: some pixels are not finite"):
        load_hdri(path)
    assert not bpy.data.images


def test_black_and_truncated_leave_no_image(tmp_path: Path, shared_assets: Path) -> None:
    with pytest.raises(AssetError, match=r"black\.hdr: the HDRI is black"):
        load_hdri(write(tmp_path / "black.hdr", radiance_bytes(rgbe=(0, 0, 0, 0))))
    whole = (shared_assets / "hdris" / "royal_esplanade_1k.hdr").read_bytes()
    with pytest.raises(AssetError, match=r"cut\.hdr: the HDRI cannot be decoded"):
        load_hdri(write(tmp_path / "cut.hdr", whole[: len(whole) // 2]))
    exr = builtin_hdris()[0].read_bytes()
    with pytest.raises(AssetError, match=r"cut\.exr: the OpenEXR file is truncated"):
        load_hdri(write(tmp_path / "cut.exr", exr[: len(exr) // 2]))
    assert not bpy.data.images
