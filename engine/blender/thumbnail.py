"""Small pictures and facts of models and HDRIs. A model is rendered alone before a plain ground, in studio light."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt
from mathutils import Matrix, Vector

from engine.blender import colour
from engine.blender.cup import cup_mesh
from engine.blender.datablocks import all_datablocks
from engine.blender.hdri_import import hdri_pixels, load_hdri
from engine.blender.looks import cup_material, painted_material
from engine.blender.model_import import ImportedModel, load_model
from engine.blender.render import RenderRequest, SceneSettings, configure, render_passes
from engine.blender.scene import mesh_arrays
from engine.frame.looks_spec import CupLook
from engine.library.builtin import builtin_hdris
from engine.library.panorama import brightness, chrome_ball, find_sun, shrink
from engine.thumbnails.facts import HdriFacts, ModelFacts

type Picture = npt.NDArray[np.uint8]

_AZIMUTH, _ELEVATION = -60.0, 22.0
"""Degrees: from where the thumbnail is taken; a turntable goes on from there."""
_LENS_MM, _SENSOR_MM = 70.0, 36.0
_MARGIN = 1.08
_NEAR = (0.001, 1000.0)
"""Metres; models of other sizes are pictured at one of a metre."""
_GROUND = (0.045, 0.05, 0.06)
"""Linear colour behind the model."""
_CLAY = (0.72, 0.70, 0.66)
_MIDDLE_GREY = 0.18
_BACKING = 18
"""Display value behind the chrome ball."""


def cup_facts_and_views(
    look: str, width: int, height: int, samples: int, views: int
) -> tuple[ModelFacts, list[Picture]]:
    """The built-in cup in one of its looks; see `model_facts_and_views`."""
    _fresh_file()
    mesh = cup_mesh()
    mesh.materials.clear()
    mesh.materials.append(cup_material("look", _cup_look(look)))
    points, triangles = mesh_arrays(mesh)
    extent = points.max(axis=0) - points.min(axis=0)
    facts = ModelFacts(
        size=(float(extent[0]), float(extent[1]), float(extent[2])), faces=len(triangles), vertices=len(points),
        materials=(look,), has_uv=bool(mesh.uv_layers),
    )  # fmt: skip
    return facts, _render(mesh, points, width, height, samples, views)


def _cup_look(look: Any) -> CupLook:
    return CupLook(
        look=look, base_color=(0.16, 0.42, 0.55), second_color=(0.93, 0.80, 0.52), roughness=0.22, metallic=0.0,
        pattern="stripes", pattern_scale=1.0, pattern_seed=0.25, bump=0.5, imperfection=0.8, imperfection_seed=0.5,
    )  # fmt: skip


def model_facts_and_views(
    path: str, width: int, height: int, samples: int, views: int
) -> tuple[ModelFacts, list[Picture]]:
    """Import a model and render it: `views` pictures (height, width, 3) from round about it, or one where that is 0.

    The session is empty afterwards, so that nothing of one model reaches another.

    Raises:
        AssetError: the model cannot be used.
    """
    _fresh_file()
    loaded = load_model(path, object_scale=None)
    mesh = loaded.mesh
    materials = tuple(material.name for material in mesh.materials if material is not None)
    facts = ModelFacts(
        size=loaded.size, faces=loaded.n_triangles, vertices=loaded.n_vertices, materials=materials,
        textures=tuple(_textures(mesh)), has_uv=loaded.has_uv,
        warnings=_warnings(loaded, path), reach=max(map(abs, (*loaded.bounds_min, *loaded.bounds_max))),
    )  # fmt: skip
    clay = painted_material("clay", _CLAY, 0.6, 0.0)
    if not mesh.materials:
        mesh.materials.append(clay)
    for slot, material in enumerate(mesh.materials):
        if material is None:
            mesh.materials[slot] = clay
    _bring_near(mesh, max(loaded.size))
    points, _ = mesh_arrays(mesh)
    return facts, _render(mesh, points, width, height, samples, views)


def _bring_near(mesh: bpy.types.Mesh, largest: float) -> None:
    """Give a model whose longest side has no size of things on photographs one that single precision can render."""
    if not _NEAR[0] < largest < _NEAR[1]:
        mesh.transform(Matrix.Scale(1 / largest, 4))


def hdri_facts_and_views(path: str, width: int) -> tuple[HdriFacts, list[Picture]]:
    """Read an HDRI: its panorama (about width / 2, width, 3) and a chrome ball (width / 2, width / 2, 3) in it.

    Raises:
        AssetError: the HDRI cannot be used.
    """
    _fresh_file()
    loaded = load_hdri(path)
    pixels = np.maximum(hdri_pixels(loaded.image), 0)
    light, sun = brightness(pixels), find_sun(pixels)
    facts = HdriFacts(
        width=loaded.width, height=loaded.height, range_ev=light.range_ev, mean=light.mean, peak=light.peak,
        sun_elevation=sun.elevation if sun else None, sun_azimuth=sun.azimuth if sun else None,
        sun_share=sun.share if sun else 0.0, warnings=loaded.warnings,
    )  # fmt: skip
    exposure = math.log2(_MIDDLE_GREY / light.middle) if light.middle > 0 else 0.0
    panorama = colour.to_display(shrink(pixels, width), exposure_ev=exposure)
    ball, covered = chrome_ball(pixels, max(width // 2, 1))
    shown = colour.to_display(ball, exposure_ev=exposure) * covered + _BACKING * (1 - covered)
    return facts, [panorama, np.rint(shown).astype(np.uint8)]


def _fresh_file() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)


def _warnings(loaded: ImportedModel, path: str) -> tuple[str, ...]:
    """Without the file's name."""
    name = os.path.basename(path)
    return tuple(
        warning.removeprefix(f"{path}: ").removeprefix(f"{name}: ").replace("objects[i].scale", "its scale")
        for warning in loaded.warnings
    )


def _textures(mesh: bpy.types.Mesh) -> list[str]:
    """The pictures that the mesh's materials use, `name W×H`."""
    found: dict[str, None] = {}
    for image in (item for item in all_datablocks().values() if isinstance(item, bpy.types.Image)):
        if image.users and image.source in ("FILE", "GENERATED") and image.size[0]:
            found[f"{image.name} {image.size[0]}×{image.size[1]}"] = None
    return list(found)


def _render(
    mesh: bpy.types.Mesh, points: npt.NDArray[np.float32], width: int, height: int, samples: int, views: int
) -> list[Picture]:
    scene = bpy.context.scene
    thing = bpy.data.objects.new("model", mesh)
    scene.collection.objects.link(thing)
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    _light(scene)
    # The processor, and not all of it: the graphics card and the rest belong to what the user waits for.
    configure(scene, SceneSettings(device="CPU", max_bounces=6))
    scene.render.threads_mode = "FIXED"
    scene.render.threads = max((os.process_cpu_count() or 1) // 2, 1)
    angles = [_AZIMUTH + 360.0 * view / max(views, 1) for view in range(max(views, 1))]
    directions = [_direction(angle) for angle in angles]
    distance = max(_distance(points, direction, width, height) for direction in directions)
    pictures = []
    for direction in directions:
        _aim(camera, points, direction, distance)
        passes = render_passes(scene, RenderRequest(width=width, height=height, samples=samples, seed=0))
        pictures.append(passes.rgb)
    return pictures


def _direction(azimuth: float) -> npt.NDArray[np.float64]:
    """From the model's centre to the camera, a unit vector."""
    around, up = math.radians(azimuth), math.radians(_ELEVATION)
    return np.array((math.cos(up) * math.cos(around), math.cos(up) * math.sin(around), math.sin(up)))


def _frame(direction: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The camera's axes as rows: right, up, backwards."""
    right = np.cross((0.0, 0.0, 1.0), direction)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(direction, right), direction])


def _distance(points: npt.NDArray[np.float32], direction: npt.NDArray[np.float64], width: int, height: int) -> float:
    """Metres from the middle of the model's box at which all of it is in the picture."""
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    x, y, towards = ((points - middle).astype(np.float64) @ _frame(direction).T).T
    half_width = _SENSOR_MM / 2 / _LENS_MM
    half_height = half_width * height / width
    need = np.maximum(np.abs(x) * _MARGIN / half_width, np.abs(y) * _MARGIN / half_height) + towards
    return float(need.max())


def _aim(
    camera: bpy.types.Object, points: npt.NDArray[np.float32], direction: npt.NDArray[np.float64], distance: float
) -> None:
    middle = Vector(((points.min(axis=0) + points.max(axis=0)) / 2).tolist())
    rotation = Matrix(_frame(direction).T.tolist()).to_4x4()
    camera.matrix_world = Matrix.Translation(middle + Vector(direction.tolist()) * distance) @ rotation
    data = camera.data
    data.sensor_fit, data.sensor_width, data.lens = "HORIZONTAL", _SENSOR_MM, _LENS_MM
    data.clip_start, data.clip_end = distance * 1e-3, distance * 100


def _light(scene: bpy.types.Scene) -> None:
    """The built-in studio HDRI lights the model; the camera sees a plain colour instead."""
    world = bpy.data.worlds.new("studio")
    scene.world = world
    tree = world.node_tree
    background = next(node for node in tree.nodes if node.type == "BACKGROUND")
    output = next(node for node in tree.nodes if node.type == "OUTPUT_WORLD")
    picture = tree.nodes.new("ShaderNodeTexEnvironment")
    picture.image = bpy.data.images.load(str(_studio_hdri()), check_existing=True)
    tree.links.new(picture.outputs["Color"], background.inputs["Color"])
    ground = tree.nodes.new("ShaderNodeBackground")
    ground.inputs["Color"].default_value = (*_GROUND, 1.0)
    path, mix = tree.nodes.new("ShaderNodeLightPath"), tree.nodes.new("ShaderNodeMixShader")
    tree.links.new(path.outputs["Is Camera Ray"], mix.inputs[0])
    tree.links.new(background.outputs[0], mix.inputs[1])
    tree.links.new(ground.outputs[0], mix.inputs[2])
    tree.links.new(mix.outputs[0], output.inputs["Surface"])
    world.cycles.sampling_method = "MANUAL"
    world.cycles.sample_map_resolution = 256


def _studio_hdri() -> Any:
    found: Sequence[Any] = builtin_hdris()
    return next((path for path in found if path.stem == "studio"), found[0])
