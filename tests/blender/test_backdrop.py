"""Backdrops and skies as rendered: photographs keep their pixels, masks stay exact, and no frame leaks into another."""

from __future__ import annotations

import math
from pathlib import Path

import bpy
import msgspec
import numpy as np
import pytest
from PIL import Image

import presets
from engine.annotate.passes import Passes
from engine.annotate.redraw import draw_visible
from engine.blender.backdrop import hdri_view, over
from engine.blender.frame_renderer import FrameRenderer
from engine.blender.hdri_import import hdri_pixels
from engine.blender.sky import MODEL
from engine.frame.backdrop_spec import BackdropSpec, HdriCrop
from engine.frame.draw_surroundings import LUMINANCE
from engine.frame.sky_light import SUN_SIZE, irradiance_facing, irradiance_of_sun
from engine.frame.spec import FrameSpec
from engine.library.photos import read_crop
from engine.recipe.load import load_recipe
from tests.blender.test_lights import radiance, white_square

SMALL = ("render.resolution=[64, 48]", "render.samples=4")


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph of noise: any filter over it would show."""
    file = tmp_path_factory.mktemp("photos") / "noise.png"
    pixels = (90 + (np.arange(96 * 128 * 3, dtype=np.uint64) ** 3 * 2654435761 >> 16) % 160).astype(np.uint8)
    Image.fromarray(pixels.reshape(96, 128, 3)).save(file)
    return file


@pytest.fixture(scope="module")
def renderer(photo: Path) -> FrameRenderer:
    overrides = (*SMALL, f"backdrop.photos={photo}", "surroundings.hdris=['builtin:city']", "backdrop.zoom=2")
    return FrameRenderer(load_recipe(presets.find("photo"), overrides), "cpu", lambda path: None)


def spec_of(r: FrameRenderer, index: int) -> FrameSpec:
    return draw_visible(r.recipe, r.prepared.catalog, r.bodies, 0, index)


def test_a_photograph_keeps_its_pixels_and_masks_stay_exact(renderer: FrameRenderer, photo: Path) -> None:
    spec = spec_of(renderer, 0)
    assert spec.backdrop is not None
    assert spec.backdrop.shadow is not None
    flat = msgspec.structs.replace(spec, backdrop=msgspec.structs.replace(spec.backdrop, shadow=None))
    plain = msgspec.structs.replace(flat, backdrop=None)
    shaded, unshaded, bare = (renderer.render(item) for item in (spec, flat, plain))
    picture = read_crop(photo, spec.backdrop.picture.box, (64, 48))  # type: ignore[union-attr]
    around = ~grown(bare.instance_id > 0)
    assert around.mean() > 0.2
    assert np.array_equal(unshaded.rgb[around], picture[around])
    assert not np.array_equal(bare.rgb[around], picture[around])
    for passes in (shaded, unshaded):
        assert np.array_equal(passes.instance_id, bare.instance_id)
        assert np.array_equal(passes.depth, bare.depth), "the floor is not to be seen"
    darker = picture[around].astype(int) - shaded.rgb[around]
    assert darker.max() > 10, "a shadow"
    assert (darker == 0).mean() > 0.5
    assert darker.min() >= -10, "but for light that the object throws on the floor"


def test_frames_of_all_kinds_do_not_leak_into_each_other(renderer: FrameRenderer) -> None:
    first = spec_of(renderer, 1)
    sky = draw_of(renderer, "surroundings.kind=sky", "backdrop.kind=none")
    hdri = draw_of(renderer, "backdrop.kind=none")
    grey = draw_of(renderer, "surroundings.kind=plain", "backdrop.light=surroundings", "backdrop.shadow=false")
    specs = [first, sky, hdri, grey]
    forth = [renderer.render(spec) for spec in specs]
    for number in (1, 0, 2):
        assert_same(forth[number], renderer.render(specs[number]))
    assert len({passes.rgb.tobytes() for passes in forth}) == len(specs)


def test_a_crop_of_an_hdri_is_what_a_camera_sees_of_it(renderer: FrameRenderer) -> None:
    """Held against a render of the same world by Cycles."""
    spec = draw_of(renderer, "backdrop.kind=none")
    crop = HdriCrop(azimuth=40.0, elevation=12.0, field_of_view=70.0)
    scene, environments = bpy.context.scene, renderer.prepared.scene_assets.environments
    assert spec.world.hdri is not None
    image = environments[spec.world.hdri.content_hash].image
    seen = hdri_view(hdri_pixels(image), spec.world, crop, (64, 48))
    away = math.radians(crop.elevation)
    turn = math.radians(crop.azimuth)
    ahead = np.array([math.cos(away) * math.cos(turn), math.cos(away) * math.sin(turn), math.sin(away)])
    right = np.array([math.sin(turn), -math.cos(turn), 0.0])
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(ahead, right), ahead], axis=1)
    focal = 18 / math.tan(math.radians(crop.field_of_view / 2))
    camera = msgspec.structs.replace(
        spec.camera,
        T_world_camera=tuple(map(tuple, pose.tolist())),
        focal_length_mm=focal,
        sensor_width_mm=36.0,
        f_stop=0.0,
    )
    renderer.render(msgspec.structs.replace(spec, camera=camera, samples=64))
    for thing in scene.objects:
        thing.hide_render = thing.type == "MESH"
    expected = radiance_picture(scene)
    for thing in scene.objects:
        thing.hide_render = False
    error = np.abs(seen - expected)
    assert np.median(error) < 0.05 * np.median(expected)
    assert np.corrcoef(seen.ravel(), expected.ravel())[0, 1] > 0.95


def test_crops_of_hdris_stand_behind_with_the_light_that_they_show(renderer: FrameRenderer) -> None:
    spec = draw_of(renderer, "backdrop.kind=none")
    spec = msgspec.structs.replace(spec, denoise=False)
    behind = BackdropSpec(HdriCrop(10.0, 0.0, 60.0))
    passes = renderer.render(msgspec.structs.replace(spec, backdrop=behind))
    direct = renderer.render(spec)
    inside = ~grown(passes.instance_id == 0)
    assert inside.any()
    assert np.abs(passes.rgb[inside].astype(int) - direct.rgb[inside]).max() <= 1
    assert passes.rgb[passes.instance_id == 0].std() > 5


def test_edges_are_mixed_as_light_is() -> None:
    white, black = np.full((1, 3, 3), 255, np.uint8), np.zeros((1, 3, 3), np.uint8)
    mixed = over(white, np.array([[0.0, 0.5, 1.0]], np.float32), black)
    assert mixed[0, :, 0].tolist() == [0, 188, 255]


def test_the_sky_gives_the_light_that_drawing_expects() -> None:
    scene = white_square()
    tree = scene.world.node_tree
    sky = tree.nodes.new("ShaderNodeTexSky")
    sky.sky_type, sky.sun_size, sky.aerosol_density = MODEL, math.radians(SUN_SIZE), 2.0
    background = next(node for node in tree.nodes if node.type == "BACKGROUND")
    tree.links.new(sky.outputs[0], background.inputs["Color"])
    background.inputs["Strength"].default_value = 1.0
    square, camera = bpy.data.objects["square"], scene.camera
    elevation = 12.0
    sky.sun_elevation = math.radians(elevation)
    lean = math.radians(90 - elevation)
    square.rotation_euler = camera.rotation_euler = (-lean, 0.0, 0.0)  # towards the sun, which is at y
    camera.location = (0.0, 0.4 * math.sin(lean), 0.4 * math.cos(lean))
    sky.sun_disc = True
    both = radiance(scene) * math.pi
    sky.sun_disc = False
    sun = both - radiance(scene) * math.pi
    assert float(both @ LUMINANCE) == pytest.approx(irradiance_facing(elevation, 2.0), rel=0.05)
    assert sun == pytest.approx(irradiance_of_sun(elevation, 2.0), rel=0.12)


def draw_of(r: FrameRenderer, *overrides: str) -> FrameSpec:
    """A frame of the renderer's recipe with some settings changed."""
    recipe = load_recipe(presets.find("photo"), (*SMALL, "surroundings.hdris=['builtin:city']", *overrides))
    return draw_visible(recipe, r.prepared.catalog, r.bodies, 0, 2)


def radiance_picture(scene: bpy.types.Scene) -> np.ndarray:
    from engine.blender.tap import EngineCall, inside_render

    found: list[np.ndarray] = []

    def body(call: EngineCall) -> None:
        call.trace()
        found.append(call.read(["Combined"])["Combined"][..., :3])

    inside_render(scene, body)
    return found[0]


def grown(mask: np.ndarray) -> np.ndarray:
    """With two pixels more on every side, which an object's edge may touch."""
    for _ in range(2):
        padded = np.pad(mask, 1)
        mask = padded[1:-1, 1:-1] | padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
    return mask


def assert_same(a: Passes, b: Passes) -> None:
    assert np.array_equal(a.rgb, b.rgb)
    assert np.array_equal(a.instance_id, b.instance_id)
    assert np.array_equal(a.depth, b.depth)
