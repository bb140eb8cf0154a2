"""The camera in Blender: every ray goes where K and the lens say, and leaves nothing behind."""

from __future__ import annotations

import dataclasses

import bpy
import msgspec
import numpy as np
import pytest

import presets
from engine.annotate.build import build_record
from engine.annotate.derived import object_coordinates, ray_distance
from engine.annotate.passes import Passes
from engine.annotate.ray_masks import cast_masks
from engine.blender.camera import check_device
from engine.blender.frame_renderer import FrameRenderer
from engine.blender.preview import PreviewRenderer
from engine.blender.render import RenderRequest, render_passes
from engine.errors import RenderError
from engine.frame.draw import draw
from engine.frame.lens import Lens
from engine.frame.projection import Projection
from engine.frame.spec import FrameSpec, intrinsics, rigid_inverse
from engine.recipe.load import load_recipe
from tests.factory import make_render_info
from tests.frame.test_lens import opencv

WIDTH, HEIGHT = 64, 48
BARREL = Lens("brown_conrady", (-0.25, 0.06, 0.01, -0.02, 0.0))
FISHEYE = Lens("fisheye", (-0.03, 0.004, 0.0, 0.0))
CAMERAS = {
    "plain": {},
    "tall pixels": {"pixel_aspect": 0.7, "principal_point": (0.1, -0.08)},
    "wide pixels": {"pixel_aspect": 1.4, "principal_point": (-0.06, 0.12)},
    "barrel": {"lens": BARREL, "pixel_aspect": 1.2, "principal_point": (0.05, -0.1), "focal_length_mm": 24.0},
    "fisheye": {"lens": FISHEYE, "pixel_aspect": 0.9, "principal_point": (-0.04, 0.03), "focal_length_mm": 15.0},
}


RECIPE = (
    f"render.resolution=[{WIDTH}, {HEIGHT}]",
    "render.samples=2",
    "render.denoise=false",
    "objects[0].count=3",
    "objects[0].look=colored",
    "camera.fill=1.1",
    "surroundings.hdris=['builtin:studio']",
)


@pytest.fixture
def renderer() -> FrameRenderer:
    return FrameRenderer(load_recipe(presets.find("basic"), RECIPE), "cpu", lambda path: None)


def seen_by(r: FrameRenderer, **camera: object) -> FrameSpec:
    spec = draw(r.recipe, r.prepared.catalog, 0, 3)
    return msgspec.structs.replace(spec, camera=msgspec.structs.replace(spec.camera, **camera))


def with_position(r: FrameRenderer, spec: FrameSpec) -> Passes:
    r.render(spec)
    request = dataclasses.replace(RenderRequest.of(spec, passes=["normal"]), want_position=True)
    return render_passes(bpy.context.scene, request)


def assert_same(a: Passes, b: Passes) -> None:
    assert np.array_equal(a.rgb, b.rgb)
    assert np.array_equal(a.instance_id, b.instance_id)
    assert np.array_equal(a.depth, b.depth)


@pytest.mark.parametrize("name", CAMERAS)
def test_every_pixel_sees_what_opencv_projects_to_its_centre(renderer: FrameRenderer, name: str) -> None:
    spec = seen_by(renderer, **CAMERAS[name])
    passes = with_position(renderer, spec)
    assert passes.position is not None
    assert passes.normal is not None
    seen = np.isfinite(passes.depth)
    T = rigid_inverse(np.array(spec.camera.T_world_camera))
    points = passes.position[seen] @ T[:3, :3].T + T[:3, 3]
    flat = points[:, :2] / points[:, 2:]
    if spec.camera.lens is not None:
        flat = np.array([opencv(spec.camera.lens, x, y) for x, y in flat.tolist()])
    K = intrinsics(spec.camera)
    v, u = np.nonzero(seen)
    np.testing.assert_allclose(flat * np.diag(K)[:2] + K[:2, 2], np.stack([u, v], axis=1), atol=0.01)
    np.testing.assert_allclose(passes.depth[seen], points[:, 2], rtol=1e-4, atol=3e-5)
    np.testing.assert_allclose(np.linalg.norm(passes.normal[seen], axis=1), 1, atol=1e-3)
    ids, _ = cast_masks(msgspec.structs.replace(spec, ground=None), renderer.bodies)
    assert (ids != passes.instance_id).sum() <= 2
    assert ids.any()


@pytest.mark.parametrize("name", ["barrel", "fisheye"])
def test_passes_that_follow_from_depth_are_those_of_the_points_seen_through_the_lens(
    renderer: FrameRenderer, name: str
) -> None:
    """Cycles writes positions itself; distances and object coordinates here come from depth and the lens's formula."""
    spec = seen_by(renderer, **CAMERAS[name])
    passes = with_position(renderer, spec)
    record = build_record(passes, spec, renderer.bodies, make_render_info())
    assert passes.position is not None
    seen = np.isfinite(passes.depth)
    position = passes.position.astype(np.float64)
    away = np.linalg.norm(position - np.array(spec.camera.T_world_camera)[:3, 3], axis=2)
    distance = ray_distance(record, passes.depth)
    np.testing.assert_allclose(distance[seen], away[seen], rtol=1e-4)
    assert (distance[seen] / passes.depth[seen]).max() > 1.05
    nocs = object_coordinates(record, passes.depth, passes.instance_id)
    for item, instance in zip(spec.objects, record.instances, strict=True):
        own = passes.instance_id == item.instance_id
        T = rigid_inverse(np.array(item.T_world_model))
        in_model = position[own] @ T[:3, :3].T + T[:3, 3]
        low, high = np.array(instance.bounds_min), np.array(instance.bounds_max)
        expected = (in_model - (low + high) / 2) / np.linalg.norm(high - low) + 0.5
        np.testing.assert_allclose(nocs[own], expected, atol=1e-3)
    assert (nocs.any(axis=2) == (passes.instance_id > 0)).all()


@pytest.mark.parametrize("f_stop", [0.0, 0.4])
def test_a_lens_without_distortion_is_blenders_own_camera(renderer: FrameRenderer, f_stop: float) -> None:
    """All of it: noise, bumps and the blur of an open aperture."""
    straight = Lens("brown_conrady", (0.0,) * 5)
    plain, bent = (renderer.render(seen_by(renderer, lens=lens, f_stop=f_stop)) for lens in (None, straight))
    assert np.array_equal(plain.instance_id, bent.instance_id)
    np.testing.assert_allclose(plain.depth, bent.depth, rtol=1e-5)
    assert (np.abs(plain.rgb.astype(int) - bent.rgb) > 2).mean() < 0.03


@pytest.mark.parametrize("name", ["plain", "barrel"])
def test_masks_and_depth_are_sharp_under_depth_of_field(renderer: FrameRenderer, name: str) -> None:
    sharp, blurred = (renderer.render(seen_by(renderer, **CAMERAS[name], f_stop=stop)) for stop in (0.0, 0.1))
    assert np.array_equal(sharp.instance_id, blurred.instance_id)
    assert np.array_equal(sharp.depth, blurred.depth)
    assert np.abs(sharp.rgb.astype(int) - blurred.rgb).mean() > 3


def test_no_camera_leaves_a_trace_in_the_next(renderer: FrameRenderer) -> None:
    specs = {name: seen_by(renderer, **CAMERAS[name]) for name in ("plain", "tall pixels", "fisheye")}
    first = {name: renderer.render(spec) for name, spec in specs.items()}
    for name in ("plain", "fisheye", "tall pixels"):
        assert_same(renderer.render(specs[name]), first[name])


def test_around_a_circular_picture_is_nothing(renderer: FrameRenderer) -> None:
    spec = seen_by(renderer, lens=Lens("fisheye", (0.0,) * 4), focal_length_mm=6.0)
    passes = renderer.render(spec)
    blind = np.isnan(Projection.of(spec.camera).pixel_rays(WIDTH, HEIGHT)[..., 0])
    assert 0.3 < blind.mean() < 0.8
    assert not passes.instance_id[blind].any()
    assert np.isinf(passes.depth[blind]).all()
    assert not passes.rgb[:5, :5].any()
    assert passes.rgb[~blind].mean() > 20


def test_previews_see_through_the_lens_too() -> None:
    r = PreviewRenderer()
    lens = ("camera.lens.model=fisheye", "camera.lens.k1=-0.03", "camera.fov=110")
    r.load(load_recipe(presets.find("basic"), (*RECIPE, *lens)), lambda path: None)
    spec = r.draw(0, 0)
    found: list[Passes] = []
    r.refine(spec, (WIDTH, HEIGHT), [1, 1], {2}, 2, found.append, None)
    final = r.full(spec, lambda done, total: None, lambda: False)
    assert np.array_equal(found[0].instance_id, final.instance_id)
    assert np.array_equal(found[0].depth, final.depth)
    assert final.instance_id.any()


def test_devices_that_cannot_bend_rays_are_refused(renderer: FrameRenderer) -> None:
    bent, plain = seen_by(renderer, lens=BARREL).camera, seen_by(renderer).camera
    for kind in ("CPU", "OPTIX"):
        check_device(bent, kind)
    check_device(plain, "CUDA")
    with pytest.raises(RenderError, match=r"camera\.lens: CUDA devices cannot render a lens that distorts; .* OPTIX"):
        check_device(bent, "CUDA")
