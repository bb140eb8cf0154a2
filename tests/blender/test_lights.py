"""Lights as rendered: the irradiance that their spec names arrives, and another frame's leave nothing behind."""

from __future__ import annotations

import math

import bpy
import numpy as np
import pytest

from engine.blender.lights import Lights
from engine.blender.render import SceneSettings, configure
from engine.blender.tap import EngineCall, inside_render
from engine.frame.blackbody import light_color
from engine.frame.lights_spec import LightSpec
from tests.blender import small_scene


def white_square() -> bpy.types.Scene:
    """A scene with a small white matte square that faces up, black surroundings, and a camera above it."""
    scene = small_scene.empty()
    configure(scene, SceneSettings(device="cpu"))
    mesh = bpy.data.meshes.new("square")
    mesh.from_pydata([(-0.05, -0.05, 0), (0.05, -0.05, 0), (0.05, 0.05, 0), (-0.05, 0.05, 0)], [], [(0, 1, 2, 3)])
    material = bpy.data.materials.new("white")
    tree = material.node_tree
    matte = tree.nodes.new("ShaderNodeBsdfDiffuse")
    matte.inputs["Color"].default_value = (1, 1, 1, 1)
    tree.links.new(matte.outputs[0], next(n for n in tree.nodes if n.type == "OUTPUT_MATERIAL").inputs["Surface"])
    mesh.materials.append(material)
    scene.collection.objects.link(bpy.data.objects.new("square", mesh))
    small_scene.sky(scene, strength=0.0)
    small_scene.camera(scene, (0, 0, 0.4)).data.lens = 200
    scene.render.resolution_x = scene.render.resolution_y = 8
    scene.cycles.samples = 64
    return scene


def radiance(scene: bpy.types.Scene) -> np.ndarray:
    found: list[np.ndarray] = []

    def body(call: EngineCall) -> None:
        call.trace()
        found.append(call.read(["Combined"])["Combined"][..., :3].mean(axis=(0, 1)))

    inside_render(scene, body)
    return found[0]


def test_every_kind_gives_the_irradiance_that_its_spec_names() -> None:
    scene = white_square()
    lights = Lights(scene)
    height, slope = 2.0, math.radians(30)
    above, aslant = (0, 0, height), (0, height * math.sin(slope), height * math.cos(slope))
    color = light_color(3000)
    for kind, width, other in (("area", 1.6, 0.4), ("point", 0.2, 0.2), ("spot", 0.2, 0.2), ("sun", 3, 3)):
        spec = LightSpec(kind, above, (0, 0, 0), width, other, 40.0 if kind == "spot" else 0.0, color, 2.5)
        lights.show((spec,))
        assert radiance(scene) * math.pi == pytest.approx(2.5 * np.array(color), rel=0.02), kind
    tilted = LightSpec("sun", aslant, (0, 0, 0), 1.0, 1.0, 0.0, (1.0, 1.0, 1.0), 2.0)
    lights.show((tilted, tilted))
    assert radiance(scene) * math.pi == pytest.approx(4 * math.cos(slope), rel=0.02)
    lights.show(())
    assert radiance(scene).max() == 0
    assert len(bpy.data.lights) == 0
