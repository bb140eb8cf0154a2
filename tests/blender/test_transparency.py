"""The policy on transparent things: docs/materials.md states it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.annotate.passes import Passes
from engine.blender.instances import set_instance_id
from engine.blender.render import RenderRequest, configure, render_passes
from tests.blender import small_scene

FRONT, BACK = 1, 2


def seen_through(**inputs: float) -> Passes:
    """A pane with id 1, two metres away, of a material with these inputs; a wall with id 2 one metre behind it."""
    import bpy

    scene: Any = small_scene.empty()
    small_scene.sky(scene)
    small_scene.camera(scene, location=(0, -2, 0))
    for number, place in ((FRONT, 0.0), (BACK, 1.0)):
        bpy.ops.mesh.primitive_plane_add(size=8, location=(0, place, 0), rotation=(np.pi / 2, 0, 0))
        thing = bpy.context.object
        set_instance_id(thing, number)
        thing.data.materials.append(small_scene.coloured(f"material {number}", hue=0.5 * number))
    shader = small_scene.principled(bpy.data.materials["material 1"])
    for name, value in inputs.items():
        shader.inputs[name].default_value = value
    configure(scene)
    return render_passes(scene, RenderRequest(width=16, height=12, samples=8, seed=1, denoise=False, want_normal=True))


def assert_all_of(passes: Passes, number: int, depth: float) -> None:
    assert set(np.unique(passes.instance_id)) == {number}
    assert passes.depth == pytest.approx(np.full((12, 16), depth), abs=1e-4)
    assert passes.normal is not None
    assert passes.normal[..., 2] == pytest.approx(np.full((12, 16), -1.0), abs=1e-3)


def test_glass_is_in_the_passes_what_it_would_be_were_it_opaque() -> None:
    opaque = seen_through()
    glass = seen_through(**{"Transmission Weight": 1.0, "IOR": 1.0, "Roughness": 0.0})
    assert_all_of(opaque, FRONT, 2.0)
    assert_all_of(glass, FRONT, 2.0)
    assert np.abs(glass.rgb.astype(int) - opaque.rgb.astype(int)).mean() > 10, "the wall behind it is seen"


@pytest.mark.parametrize(("alpha", "number", "depth"), [(0.0, BACK, 3.0), (0.5, FRONT, 2.0), (0.9, FRONT, 2.0)])
def test_alpha_of_a_half_or_more_is_a_surface_and_none_a_hole(alpha: float, number: int, depth: float) -> None:
    assert_all_of(seen_through(Alpha=alpha), number, depth)


def test_alpha_in_between_is_one_or_the_other_in_each_pixel_and_in_all_passes_the_same() -> None:
    passes = seen_through(Alpha=0.3)
    front = passes.instance_id == FRONT
    assert 0.0 < front.mean() < 0.3
    assert passes.depth == pytest.approx(np.where(front, 2.0, 3.0), abs=1e-4)
