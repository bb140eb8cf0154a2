"""Whole scenes from real files: what is found in them, how they are lit, the same pixels again."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import bpy
import msgspec
import numpy as np
import pytest

from engine.annotate.build import build_instances
from engine.annotate.redraw import draw_visible
from engine.blender.asset_store import AssetStore
from engine.blender.frame_renderer import FrameRenderer
from engine.blender.metering import metered
from engine.blender.prepare import prepare
from engine.errors import AssetError
from engine.frame.catalog import SceneFacts
from engine.frame.projection import Projection
from engine.frame.spec import FrameSpec
from engine.recipe.load import recipe_from_plain
from tests.blender import small_scene

FORMATS = (".blend", ".glb", ".usdc")
SMALL = {"resolution": [48, 36], "samples": 1}


def _box(scene: Any, name: str, size: tuple[float, float, float], at: tuple[float, float, float], hue: float) -> Any:
    bpy.ops.mesh.primitive_cube_add(size=1.0, location=at)
    thing = bpy.context.object
    thing.name, thing.scale, thing.pass_index = name, size, 7
    thing.data.materials.append(small_scene.coloured(name, hue))
    return thing


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A yard with a table of 1 m by 1 m, 0.7 m high, a lamp above it and a sun, in three formats.

    The .blend has its own sky, and a driver that would run Python.
    """
    folder = tmp_path_factory.mktemp("scenes")
    scene = small_scene.empty()
    _box(scene, "yard", (6.0, 6.0, 0.2), (0.0, 0.0, -0.1), 0.3)
    _box(scene, "table", (1.0, 1.0, 0.7), (1.0, 0.5, 0.35), 0.6)
    lamp = small_scene.lamp(scene)
    lamp.location = (1.0, 0.5, 2.0)
    sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    sun.data.energy, sun.rotation_euler = 3.0, (math.radians(40), 0.0, 0.0)
    scene.collection.objects.link(sun)
    small_scene.camera(scene, location=(3.0, 3.0, 2.0))
    made = {suffix: folder / f"yard{suffix}" for suffix in FORMATS}
    bpy.ops.export_scene.gltf(filepath=str(made[".glb"]), export_lights=True)
    bpy.ops.wm.usd_export(filepath=str(made[".usdc"]), export_lights=True)
    small_scene.sky(scene, strength=0.5)
    curve = sun.data.driver_add("energy")
    curve.driver.expression = f"open({str(folder / 'ran')!r}, 'w').close() or 9.0"
    bpy.ops.wm.save_as_mainfile(filepath=str(made[".blend"]))
    return made


def plain(file: Path | str, **scene: Any) -> dict[str, Any]:
    return {
        "objects": [{"look": "bare"}],
        "scene": {"kind": "file", "files": [str(file)], **scene},
        "surroundings": {"hdris": ["builtin:city"]},
        "render": SMALL,
    }


def facts_in(file: Path, **scene: Any) -> SceneFacts:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    recipe = recipe_from_plain(plain(file, **scene), "test")
    return AssetStore().scene(str(file), recipe.scene, lambda path: None).facts("yard")


@pytest.fixture(scope="module")
def renderer(files: dict[str, Path]) -> FrameRenderer:
    wanted = plain(files[".blend"], lights={"choice": ["own", "both", "surroundings"]})
    return FrameRenderer(recipe_from_plain(wanted, "test"), "cpu", lambda path: None)


def drawn(r: FrameRenderer, index: int) -> FrameSpec:
    return draw_visible(r.recipe, r.prepared.catalog, r.bodies, 5, index)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_scene_is_the_same_from_every_format(files: dict[str, Path], suffix: str) -> None:
    facts = facts_in(files[suffix])
    low, high = facts.soup.bounds
    assert low == pytest.approx([-3, -3, -0.2], abs=1e-5)
    assert high == pytest.approx([3, 3, 0.7], abs=1e-5)
    wide = facts.surfaces.radius > 0.1
    assert {round(float(z), 3) + 0.0 for z in facts.surfaces.places[wide, 2]} == {0.0, 0.7}
    (lamp,) = (lamp for lamp in facts.lamps if not lamp.is_sun)
    (sun,) = (lamp for lamp in facts.lamps if lamp.is_sun)
    assert lamp.position == pytest.approx((1.0, 0.5, 2.0), abs=1e-4)
    assert sun.position == pytest.approx((0.0, -math.sin(math.radians(40)), math.cos(math.radians(40))), abs=1e-4)
    assert facts.has_sky == (suffix == ".blend")
    assert not (files[suffix].parent / "ran").exists()


def test_scale_and_up_axis_are_applied(files: dict[str, Path]) -> None:
    facts = facts_in(files[".glb"], scale=2.0, up="-y")
    low, high = facts.soup.bounds
    assert high - low == pytest.approx([12, 12, 1.8], abs=1e-4)
    assert high[2] == pytest.approx(0.4, abs=1e-4)  # upside down
    with pytest.raises(AssetError, match=r"yard\.glb: the scene reaches 30 km .* scene\.scale"):
        facts_in(files[".glb"], scale=1e4)


def test_the_file_is_among_the_assets(renderer: FrameRenderer) -> None:
    (entry,) = (file for file in renderer.prepared.files if file.role == "scene.files[0]")
    assert entry.name == "yard.blend"
    assert entry.content_hash == renderer.prepared.catalog.scenes[0].ref.content_hash


def test_frames_show_their_object_in_the_scene_and_come_out_the_same_in_any_order(renderer: FrameRenderer) -> None:
    specs = [drawn(renderer, index) for index in range(4)]
    passes = [renderer.render(spec) for spec in specs]
    for spec, found in zip(specs, passes, strict=True):
        (cup,) = build_instances(found, spec, renderer.bodies)
        assert cup.visibility > 0.35
        assert set(np.unique(found.instance_id)) == {0, 1}  # the file's own numbers do not count
        assert 40 < found.rgb.mean() < 215
        assert (np.isfinite(found.depth) & (found.instance_id == 0)).any()
    for spec, found in reversed(list(zip(specs, passes, strict=True))):
        again = renderer.render(msgspec.json.decode(msgspec.json.encode(spec), type=FrameSpec))
        assert np.array_equal(again.rgb, found.rgb)
        assert np.array_equal(again.depth, found.depth)


def test_depths_are_those_of_rays_through_the_scene(renderer: FrameRenderer) -> None:
    spec = drawn(renderer, 0)
    depth = renderer.render(spec).depth
    facts = renderer.prepared.catalog.scenes[0]

    rays = Projection.of(spec.camera).pixel_rays(spec.camera.width, spec.camera.height)
    T = np.array(spec.camera.T_world_camera)  # noqa: N806 - a transform
    origin = -np.array(spec.scene.T_world_scene)[:3, 3]
    met = facts.soup.distances(T[:3, 3] + origin, (rays @ T[:3, :3].T).reshape(-1, 3)).reshape(depth.shape)
    bare = renderer.render(spec).instance_id == 0
    both = np.isfinite(met) & np.isfinite(depth) & bare
    assert both.sum() > 200
    assert np.median(np.abs(met[both] / depth[both] - 1)) < 1e-4
    assert (np.abs(met[both] / depth[both] - 1) < 1e-3).mean() > 0.98


def test_lamps_and_sky_are_those_that_were_drawn(renderer: FrameRenderer) -> None:
    seen = {}
    for index in range(12):
        spec = drawn(renderer, index)
        renderer._stage.build(spec)
        scene = renderer._stage.scene
        lamps = [thing for thing in scene.objects if thing.type == "LIGHT"]
        seen[spec.drawn["scene.lights"]] = len(lamps), scene.world.name.startswith("sky")
    assert seen == {"own": (2, True), "both": (2, False), "surroundings": (0, False)}


def test_a_scene_without_light_or_level_ground_is_refused_by_name(tmp_path: Path) -> None:
    scene = small_scene.empty()
    _box(scene, "yard", (6.0, 6.0, 0.2), (0.0, 0.0, -0.1), 0.3)
    dark = tmp_path / "dark.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(dark))
    for wrong, sentence in (
        ({"lights": "own"}, r"dark\.blend: .*scene\.lights cannot be `own`"),
        ({"scale": 1e-3}, r"dark\.blend: nothing in the scene is flat and level.*scene\.up"),
    ):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        with pytest.raises(AssetError, match=sentence):
            prepare(recipe_from_plain(plain(dark, **wrong), "test"), lambda path: None)
    assert facts_in(dark).lamps == ()


def test_scenes_are_forgotten_without_a_trace(files: dict[str, Path]) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    store = AssetStore()
    before = len(bpy.data.objects), len(bpy.data.meshes), len(bpy.data.materials), len(bpy.data.lights)
    recipe = recipe_from_plain(plain(files[".glb"]), "test")
    store.scene(str(files[".glb"]), recipe.scene, lambda path: None)
    assert len(bpy.data.objects) > before[0]
    store.forget_all_but(0, 0, 0, 0)
    assert (len(bpy.data.objects), len(bpy.data.meshes), len(bpy.data.materials), len(bpy.data.lights)) == before


def test_pictures_are_exposed_as_a_camera_would() -> None:
    light = small_scene.linear_gradient(30, 40)
    stops = metered(light)
    assert metered(light * np.float32(4)) == pytest.approx(stops - 2, abs=1e-3)
    assert metered(np.full((4, 4, 3), 0.2, np.float32)) == pytest.approx(0, abs=1e-3)
    assert metered(np.zeros((4, 4, 3), np.float32)) == 9.0
    spotted = light.copy()
    spotted[0, :4] = 1e6
    assert metered(spotted) == pytest.approx(stops, abs=0.1)
