"""Display colour against the PNG that Blender itself writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from PIL import Image

from engine.blender import colour
from engine.blender.render import RenderRequest, configure, render_passes
from engine.errors import BadInput
from tests.blender import small_scene

W, H = 96, 72


def blenders_png(scene: Any, path: Path, view: str, exposure: float) -> np.ndarray:
    """What Blender writes for the scene as it stands."""
    scene.view_settings.view_transform, scene.view_settings.exposure = view, exposure
    scene.render.dither_intensity = 0.0
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGB"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    return np.asarray(Image.open(path))


@pytest.mark.parametrize(
    ("view", "exposure"), [("AgX", 0.0), ("AgX", 1.5), ("Standard", 0.0), ("Standard", -0.7), ("Filmic", 0.5)]
)
def test_pixels_are_those_of_blenders_own_png(tmp_path: Path, view: str, exposure: float) -> None:
    scene = small_scene.objects_on_a_floor(8)
    configure(scene)
    ours = render_passes(
        scene, RenderRequest(W, H, samples=2, seed=3, denoise=False, view=view, exposure_ev=exposure)
    ).rgb
    theirs = blenders_png(scene, tmp_path / "theirs.png", view, exposure)
    assert ours.dtype == np.uint8
    assert len(np.unique(ours)) > 100, "the picture has shades to compare"
    assert np.abs(ours.astype(int) - theirs).max() == 0


def test_views_differ_and_exposure_brightens() -> None:
    linear = small_scene.linear_gradient(150, 40)
    pictures = {view: colour.to_display(linear, view) for view in ("AgX", "Filmic", "Standard")}
    assert not np.array_equal(pictures["AgX"], pictures["Standard"])
    assert not np.array_equal(pictures["AgX"], pictures["Filmic"])
    assert colour.to_display(linear, "AgX", 2.0).mean() > pictures["AgX"].mean() + 10
    assert set(pictures) <= set(colour.views())
    assert np.array_equal(linear, small_scene.linear_gradient(150, 40)), "the input is left alone"


def test_values_that_are_no_number_become_black_and_infinite_ones_white() -> None:
    linear = np.array([[[np.nan] * 3, [np.inf] * 3, [-np.inf] * 3, [-1.0] * 3]], np.float32)
    assert colour.to_display(linear, "Standard")[0].tolist() == [[0] * 3, [255] * 3, [0] * 3, [0] * 3]


def test_an_unknown_view_is_refused_with_the_list() -> None:
    with pytest.raises(BadInput, match=r"no view transform “Agx”.*AgX"):
        colour.to_display(small_scene.linear_gradient(4, 4), "Agx")
