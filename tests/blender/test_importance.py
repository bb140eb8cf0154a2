"""The size of the HDRI's map, against HDRIs whose light is known and against renders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from engine.blender.importance import RESOLUTIONS, use_map, world_map_resolution
from engine.blender.render import configure
from engine.blender.stale import set_cycles
from engine.blender.tap import inside_render
from tests.blender import small_scene


def sky_with_a_sun(width: int, degrees: float, irradiance: float = 3.0) -> np.ndarray:
    """(W/2, W, 3) float32: even sky of 0.5 and a sun of that diameter which brings that irradiance."""
    height = width // 2
    theta = (np.arange(height) + 0.5)[:, None] / height * np.pi
    phi = (np.arange(width) + 0.5)[None, :] / width * 2 * np.pi
    sun_theta, sun_phi = 0.3 * np.pi, 0.74 * np.pi
    cosine = np.sin(theta) * np.sin(sun_theta) * np.cos(phi - sun_phi) + np.cos(theta) * np.cos(sun_theta)
    away = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    covered = np.clip((degrees / 2 - away) / (360 / width) + 0.5, 0, 1)
    solid_angle = 2 * np.pi * (1 - np.cos(np.radians(degrees / 2)))
    return np.repeat((0.5 + covered * irradiance / solid_angle)[..., None], 3, axis=2).astype(np.float32)


def test_even_light_needs_the_smallest_map() -> None:
    assert world_map_resolution(np.ones((512, 1024, 3), np.float32)) == RESOLUTIONS[0]
    assert world_map_resolution(sky_with_a_sun(1024, 30)) == RESOLUTIONS[0]


def test_the_smaller_the_sun_the_finer_the_map() -> None:
    widths = [world_map_resolution(sky_with_a_sun(1024, degrees)) for degrees in (30, 8, 2, 0.53)]
    assert widths == sorted(widths)
    assert widths[-1] == RESOLUTIONS[-1]
    assert world_map_resolution(sky_with_a_sun(2048, 0.53)) >= 1024


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 4, 4), (333, 1000, 3)])
def test_any_shape_has_an_answer(shape: tuple[int, ...]) -> None:
    assert world_map_resolution(np.zeros(shape, np.float32)) == RESOLUTIONS[0]
    assert world_map_resolution(np.full(shape, np.nan, np.float32)) == RESOLUTIONS[0]
    assert world_map_resolution(np.full(shape, 2.0, np.float32)) == RESOLUTIONS[0]


def test_orientation_and_strength_do_not_matter() -> None:
    sky = sky_with_a_sun(512, 2)
    assert world_map_resolution(sky) == world_map_resolution(sky[::-1]) == world_map_resolution(7 * sky)


def test_blenders_own_hdris() -> None:
    folder = Path(bpy.utils.system_resource("DATAFILES")) / "studiolights" / "world"
    answers = {}
    for path in sorted(folder.glob("*.exr")):
        image = bpy.data.images.load(str(path))
        flat = np.empty(len(image.pixels), np.float32)
        image.pixels.foreach_get(flat)
        answers[path.stem] = world_map_resolution(flat.reshape(image.size[1], image.size[0], -1))
    assert answers["courtyard"] == 256
    assert answers["city"] > 256, "its sun would be missed at most turns"
    assert len(answers) == 8


def rendered(scene: Any, samples: int, seed: int) -> np.ndarray:
    set_cycles(scene, samples=samples, seed=seed)
    found = {}

    def body(call: Any) -> None:
        call.trace()
        found.update(call.read(["Combined"]))

    inside_render(scene, body)
    return found["Combined"][..., :3]


def test_the_answer_gives_less_noise_than_the_smallest_map_under_a_small_sun() -> None:
    scene = small_scene.objects_on_a_floor(4)
    bpy.data.objects.remove(bpy.data.objects["lamp"])
    sky = sky_with_a_sun(1024, 2.0)
    _light_with(scene.world, sky)
    configure(scene)
    scene.render.resolution_x, scene.render.resolution_y = 64, 48
    errors = {}
    use_map(scene.world, 2048)
    truth = rendered(scene, 256, seed=7).clip(max=4)
    for width in (RESOLUTIONS[0], world_map_resolution(sky)):
        use_map(scene.world, width)
        errors[width] = np.mean([np.mean((rendered(scene, 8, seed).clip(max=4) - truth) ** 2) for seed in (1, 2)])
    assert len(errors) == 2
    assert errors[RESOLUTIONS[0]] > 2 * min(errors.values())


def _light_with(world: Any, sky: np.ndarray) -> None:
    height, width = sky.shape[:2]
    image = bpy.data.images.new("sky", width, height, float_buffer=True)
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = sky[::-1]
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    tree = world.node_tree
    background = next(node for node in tree.nodes if node.type == "BACKGROUND")
    background.inputs["Strength"].default_value = 1.0
    texture = tree.nodes.new("ShaderNodeTexEnvironment")
    texture.image = image
    mapping, coordinates = tree.nodes.new("ShaderNodeMapping"), tree.nodes.new("ShaderNodeTexCoord")
    # Half a coarse cell of turn, so that the sun stands between the points of the smallest map.
    mapping.inputs["Rotation"].default_value = (0.0, 0.0, np.pi / RESOLUTIONS[0])
    tree.links.new(coordinates.outputs["Generated"], mapping.inputs["Vector"])
    tree.links.new(mapping.outputs["Vector"], texture.inputs["Vector"])
    tree.links.new(texture.outputs["Color"], background.inputs["Color"])
