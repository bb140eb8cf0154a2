"""Thumbnails show the whole model, lit, before a plain ground; facts are those of the file."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from engine.blender.thumbnail import cup_facts_and_views, hdri_facts_and_views, model_facts_and_views
from engine.errors import AssetError
from engine.library.builtin import builtin_hdris
from engine.thumbnails.facts import warnings_of
from tests.library.samples import CUBE_CORNERS, CUBE_QUADS, png_bytes, radiance_bytes, write

WIDTH, HEIGHT = 48, 36


def cube(path: Path, stretch: tuple[float, float, float] = (1, 1, 1), extra: str = "") -> Path:
    """An .obj box, y up as the format has it."""
    lines = [extra]
    lines += ["v " + " ".join(str(c * s) for c, s in zip(corner, stretch, strict=True)) for corner in CUBE_CORNERS]
    lines += ["vt 0 0", "vt 1 0", "vt 1 1", "vt 0 1"]
    lines += ["f " + " ".join(f"{i + 1}/{n + 1}" for n, i in enumerate(quad)) for quad in CUBE_QUADS]
    return write(path, "\n".join(lines) + "\n")


def shown(picture: np.ndarray) -> np.ndarray:
    """Mask (H, W) of what differs from the ground in the upper left corner."""
    ground = picture[0, 0].astype(int)
    mask: np.ndarray = np.abs(picture.astype(int) - ground).max(axis=-1) > 24
    return mask


@pytest.mark.parametrize("stretch", [(1, 1, 1), (0.01, 0.2, 0.01), (30, 1, 2)])
def test_all_of_a_model_is_in_the_picture_and_fills_it(tmp_path: Path, stretch: tuple[float, float, float]) -> None:
    facts, (picture,) = model_facts_and_views(str(cube(tmp_path / "box.obj", stretch)), WIDTH, HEIGHT, 4, 0)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    mask = shown(picture)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    assert not mask[0].any()
    assert not mask[-1].any()
    assert not mask[:, 0].any()
    assert not mask[:, -1].any()
    assert np.ptp(rows) > 0.75 * HEIGHT or np.ptp(columns) > 0.75 * WIDTH
    x, y, z = stretch
    assert facts.size == pytest.approx((x, z, y), rel=1e-5)
    assert (facts.faces, facts.vertices, facts.has_uv) == (12, 8, True)
    assert facts.materials == ()


def test_materials_and_textures_are_told_and_seen(tmp_path: Path) -> None:
    write(tmp_path / "red.png", png_bytes((255, 0, 0)))
    write(tmp_path / "box.mtl", "newmtl paint\nmap_Kd red.png\n")
    path = cube(tmp_path / "box.obj", extra="mtllib box.mtl\nusemtl paint")
    facts, (picture,) = model_facts_and_views(str(path), WIDTH, HEIGHT, 4, 0)
    assert facts.materials == ("paint",)
    assert [name.partition(" ")[0] for name in facts.textures] == ["red.png"]
    red, green, _ = picture[shown(picture)].mean(axis=0)
    assert red > 2 * green


def test_a_model_leaves_nothing_for_the_next(tmp_path: Path) -> None:
    write(tmp_path / "red.png", png_bytes((255, 0, 0)))
    write(tmp_path / "box.mtl", "newmtl paint\nmap_Kd red.png\n")
    model_facts_and_views(str(cube(tmp_path / "red.obj", extra="mtllib box.mtl\nusemtl paint")), WIDTH, HEIGHT, 1, 0)
    plain = str(cube(tmp_path / "plain.obj"))
    after, (late,) = model_facts_and_views(plain, WIDTH, HEIGHT, 2, 0)
    again, (early,) = model_facts_and_views(plain, WIDTH, HEIGHT, 2, 0)
    assert after == again
    assert after.textures == ()
    assert np.array_equal(late, early)


def test_a_turntable_goes_round_the_model(tmp_path: Path) -> None:
    path = str(cube(tmp_path / "box.obj", (1, 1, 0.2)))
    _, (single,) = model_facts_and_views(path, WIDTH, HEIGHT, 2, 0)
    _, views = model_facts_and_views(path, WIDTH, HEIGHT, 2, 4)
    assert len(views) == 4
    widths = [np.ptp(np.flatnonzero(shown(view).any(axis=0))) for view in views]
    assert abs(widths[0] - widths[1]) > 3, "a quarter of a turn shows a slab's other side"
    # The model keeps its size from view to view, and the first is that of the thumbnail but for the distance.
    assert shown(single).sum() >= shown(views[0]).sum() - 5


def test_what_is_wrong_with_a_model_is_told(tmp_path: Path) -> None:
    large, _ = model_facts_and_views(str(cube(tmp_path / "large.obj", (90, 90, 90))), WIDTH, HEIGHT, 1, 0)
    assert large.size == pytest.approx((90, 90, 90), rel=1e-3), "from which the library says what is odd about it"
    huge, (picture,) = model_facts_and_views(str(cube(tmp_path / "huge.obj", (4e4, 4e4, 4e4))), WIDTH, HEIGHT, 1, 0)
    assert shown(picture).any(), "its scale may be set, so that it is no broken one"
    (far,) = warnings_of(huge)
    assert "cannot be rendered as it is" in far
    assert "10 km; multiply its scale by 0.1 or less" in far
    assert not any("cannot" in warning for warning in warnings_of(huge, 0.1))
    assert warnings_of(huge, 1e-5) == ()
    with pytest.raises(AssetError, match="no faces"):
        model_facts_and_views(str(write(tmp_path / "points.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\np 1 2 3\n")), 8, 8, 1, 0)


@pytest.mark.parametrize("look", ["bare", "colored", "textured", "imperfect"])
def test_the_cup_is_shown_in_each_of_its_looks(look: str) -> None:
    facts, (picture,) = cup_facts_and_views(look, WIDTH, HEIGHT, 2, 0)
    assert facts.size[2] == pytest.approx(0.092)
    colors = picture[shown(picture)].astype(int)
    spread = (colors.max(axis=1) - colors.min(axis=1)).mean()
    assert spread < 25 if look == "bare" else spread > 40


def test_a_sunny_hdri_tells_its_sun_and_shows_it() -> None:
    sunrise = next(path for path in builtin_hdris() if path.stem == "sunrise")
    facts, (panorama, ball) = hdri_facts_and_views(str(sunrise), 96)
    assert (facts.width, facts.height) == (1024, 512)
    assert panorama.shape == (48, 96, 3)
    assert ball.shape == (48, 48, 3)
    assert facts.sun_elevation is not None
    assert facts.sun_azimuth is not None
    row = int((90 - facts.sun_elevation) / 180 * 48)
    column = int((180 - facts.sun_azimuth) / 360 * 96)
    luminance = panorama.astype(float).mean(axis=-1)
    assert luminance[row - 1 : row + 2, column - 1 : column + 2].max() == luminance.max()
    assert len(bpy.data.images) == 1, "the session holds this HDRI alone"


def test_an_even_hdri_has_neither_range_nor_sun(tmp_path: Path) -> None:
    facts, _ = hdri_facts_and_views(str(write(tmp_path / "grey.hdr", radiance_bytes())), 32)
    assert facts.range_ev == pytest.approx(0, abs=0.01)
    assert facts.sun_elevation is None
