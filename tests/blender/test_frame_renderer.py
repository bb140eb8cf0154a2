"""From recipe to annotated passes in this process: determinism, exactness against rays, geometry against labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import msgspec
import numpy as np
import pytest

import presets
from engine.annotate.build import build_instances, build_record
from engine.annotate.derived import object_coordinates
from engine.annotate.masks import decode_mask
from engine.annotate.passes import Passes
from engine.annotate.ray_masks import cast_masks
from engine.annotate.redraw import draw_visible, target_fraction
from engine.blender.frame_renderer import FrameRenderer
from engine.errors import RenderError
from engine.frame.draw import draw
from engine.frame.spec import FrameSpec, T_camera_model, intrinsics
from engine.recipe.load import load_recipe
from tests.blender import rays
from tests.factory import make_render_info

SMALL = ("render.resolution=[64, 48]", "render.samples=2")
SHARP = ("render.resolution=[160, 120]", "render.samples=1", "render.denoise=false", "objects[0].count=4")


def renderer(*overrides: str) -> FrameRenderer:
    return FrameRenderer(load_recipe(presets.find("basic"), overrides), "cpu", lambda path: None)


def spec_of(r: FrameRenderer, index: int, seed: int = 0) -> FrameSpec:
    return draw_visible(r.recipe, r.prepared.catalog, r.prepared.bodies, seed, index)


def assert_same(a: Passes, b: Passes) -> None:
    assert np.array_equal(a.rgb, b.rgb)
    assert np.array_equal(a.instance_id, b.instance_id)
    assert np.array_equal(a.depth, b.depth)


def test_a_frame_is_the_same_whatever_was_rendered_before_it() -> None:
    overrides = (*SMALL, "camera.f_stop={ choice = [0, 0.5] }", 'render.passes=["depth", "normal"]')
    first = renderer(*overrides)
    frames = {i: first.render(spec_of(first, i)) for i in (0, 1, 2, 3)}
    again = first.render(spec_of(first, 1))
    assert_same(frames[1], again)
    alone = renderer(*overrides)
    assert_same(frames[3], alone.render(spec_of(alone, 3)))
    assert not np.array_equal(frames[0].rgb, frames[1].rgb)


def test_each_setting_that_a_quality_stands_for_changes_the_picture_and_nothing_of_it_stays_behind() -> None:
    r = renderer("render.resolution=[64, 48]", "render.samples=4")
    spec = spec_of(r, 1)
    usual = r.render(spec)
    for change in ({"denoiser": "fast"}, {"clamp": 0.02}, {"caustics": False}, {"max_bounces": 0}):
        changed = r.render(msgspec.structs.replace(spec, **change))
        assert not np.array_equal(changed.rgb, usual.rgb), change
        assert np.array_equal(changed.instance_id, usual.instance_id)
        assert np.array_equal(changed.depth, usual.depth)
        assert_same(r.render(spec), usual)


def test_seed_zero_is_a_seed_like_any_other() -> None:
    r = renderer(*SMALL)
    zero, one = spec_of(r, 0, seed=0), spec_of(r, 0, seed=1)
    assert zero.cycles_seed != one.cycles_seed
    assert not np.array_equal(r.render(zero).rgb, r.render(one).rgb)


@pytest.mark.parametrize("f_stop", [0, 0.4])
def test_masks_and_depth_agree_with_rays_at_pixel_centres(f_stop: float) -> None:
    r = renderer(*SHARP, f"camera.f_stop={f_stop}", 'render.passes=["normal"]')
    wrong = total = 0
    overlaps = []
    for index in range(4):
        spec = spec_of(r, index)
        passes = r.render(spec)
        seen = rays.cast(bpy.context.scene, 160, 120)
        expected = np.maximum(seen.instance_id, 0)
        wrong += int((passes.instance_id != expected).sum())
        total += expected.size
        for instance in range(1, 5):
            ours, theirs = passes.instance_id == instance, expected == instance
            if theirs.sum() > 100:
                overlaps.append((ours & theirs).sum() / (ours | theirs).sum())
        both = np.isfinite(passes.depth) & np.isfinite(seen.depth)
        assert np.median(np.abs(passes.depth[both] - seen.depth[both]) / seen.depth[both]) < 1e-4
    assert wrong / total <= 1e-4
    assert np.mean(overlaps) >= 0.999
    assert len(overlaps) > 6


def test_projected_vertices_lie_inside_the_masks_box_to_half_a_pixel() -> None:
    r = renderer("render.resolution=[320, 240]", "render.samples=1", "render.denoise=false", "objects[0].count=1")
    for index in range(4):
        spec = draw(r.recipe, r.prepared.catalog, 7, index)
        (record,) = build_instances(r.render(spec), spec, r.bodies)
        assert record.bbox is not None
        x, y, w, h = record.bbox
        if x == 0 or y == 0 or x + w == 320 or y + h == 240:
            continue
        T = T_camera_model(spec.camera, spec.objects[0])
        points = r.prepared.bodies[0].vertices * spec.objects[0].scale @ T[:3, :3].T + T[:3, 3]
        u, v, _ = intrinsics(spec.camera) @ (points / points[:, 2:]).T
        # A box covers [x, x + w); pixel centres are at whole numbers, so its edges lie at x - 0.5 and x + w - 0.5.
        for low, high, start, size in ((u.min(), u.max(), x, w), (v.min(), v.max(), y, h)):
            assert start - 1.0 <= low <= start + 0.5
            assert start + size - 1.5 <= high <= start + size


def test_stretched_objects_are_what_their_labels_say() -> None:
    """The render against rays through the stretched meshes, and all that is told of them in the model frame."""
    stretch = ("objects[0].stretch.x=0.5", "objects[0].stretch.z={ uniform = [1.2, 2] }", "objects[0].tilt=40")
    r = renderer(*SHARP, *stretch, 'render.passes=["depth", "normal"]')
    vertices = r.bodies[0].vertices.astype(np.float64)
    wrong = off = compared = 0
    for index in range(2):
        spec = spec_of(r, index)
        passes = r.render(spec)
        ids, depth = cast_masks(spec, r.bodies)
        seen = passes.instance_id > 0
        wrong += int((passes.instance_id != ids)[seen].sum())
        both = seen & (passes.instance_id == ids)
        off += int((np.abs(passes.depth[both] - depth[both]) > 1e-4 * depth[both]).sum())
        compared += int(both.sum())
        record = build_record(passes, spec, r.bodies, make_render_info())
        nocs = object_coordinates(record, passes.depth, passes.instance_id)
        for item, instance in zip(spec.objects, record.instances, strict=True):
            sized = vertices * item.stretch * item.scale
            assert instance.bounds_min == pytest.approx(sized.min(axis=0), abs=1e-6)
            assert instance.bounds_max == pytest.approx(sized.max(axis=0), abs=1e-6)
            R = np.array(instance.cam_R_m2c).reshape(3, 3)
            assert np.allclose(R @ R.T, np.eye(3))
            span = (sized.max(axis=0) - sized.min(axis=0)) / np.linalg.norm(sized.max(axis=0) - sized.min(axis=0))
            own = nocs[passes.instance_id == item.instance_id]
            assert (np.abs(own - 0.5) <= span / 2 + 1e-4).all()
            assert instance.keypoints
            for point in instance.keypoints:
                near = np.linalg.norm(sized - point.xyz, axis=1).min()
                assert near < 0.01, point.name
    assert wrong <= 4
    assert off <= 0.01 * compared


def test_the_looked_at_object_is_seen_as_much_as_the_rays_say() -> None:
    r = renderer("render.resolution=[160, 120]", "render.samples=1", "render.denoise=false", "objects[0].count=3")
    spec = spec_of(r, 2)
    fraction = target_fraction(spec, r.prepared.bodies, 1)
    passes = r.render(spec)
    visible = (passes.instance_id == spec.camera.target_instance_id).sum()
    stage = bpy.context.scene
    for thing in stage.objects:
        thing.hide_render = thing.type == "MESH" and thing.pass_index != spec.camera.target_instance_id
    alone = (rays.cast(stage, 160, 120).instance_id == spec.camera.target_instance_id).sum()
    if fraction < 1:
        assert visible / alone == pytest.approx(fraction, abs=0.05)
    assert fraction >= r.recipe.visibility.least


def test_amodal_masks_are_what_each_object_shows_rendered_alone() -> None:
    """Crowded, cut off by the border, and compared with renders of one object each, ground and all others away."""
    size = ("render.resolution=[96, 72]", "render.samples=1", "render.denoise=false")
    r = renderer(*size, "objects[0].count=6", "camera.fill=1.6", "camera.look_at_jitter=0.4", "visibility.least=0.05")
    spec = spec_of(r, 3)
    passes = r.render(spec)
    before = passes.rgb.copy()
    instances = build_instances(passes, spec, r.bodies)
    assert np.array_equal(passes.rgb, before)
    wrong = hidden = cut = 0
    for instance, item in zip(instances, spec.objects, strict=True):
        # The same picture continued: five times as wide and high about the same centre, so that pixels coincide.
        camera = msgspec.structs.replace(
            spec.camera, width=480, height=360, focal_length_mm=spec.camera.focal_length_mm / 5
        )
        alone = msgspec.structs.replace(spec, camera=camera, objects=(item,), ground=None)
        whole = r.render(alone).instance_id == item.instance_id
        one = whole[144:216, 192:288]
        found = decode_mask(instance.amodal_mask) if instance.amodal_mask else np.zeros_like(one)
        visible = passes.instance_id == item.instance_id
        assert not (visible & ~found).any()
        wrong += int((found != one).sum())
        if one.any():
            assert instance.visibility == pytest.approx(visible.sum() / one.sum(), abs=0.02)
            hidden += instance.visibility < 0.95
        assert instance.truncation == pytest.approx(1 - one.sum() / whole.sum(), abs=0.01)
        v, u = np.nonzero(whole)
        box = (u.min() - 192, v.min() - 144, np.ptp(u) + 1, np.ptp(v) + 1)
        assert np.abs(np.subtract(instance.amodal_bbox, box)).max() <= 2
        cut += instance.truncation > 0
    assert wrong <= 4, "pixels of six objects, along their edges"
    assert hidden >= 2
    assert cut >= 1


def test_views_that_hide_the_object_are_drawn_again_and_counted() -> None:
    r = renderer(*SMALL, "camera.elevation={ uniform = [-60, 60] }")
    attempts = [spec_of(r, index).attempt for index in range(30)]
    assert any(attempts)
    assert all(target_fraction(spec_of(r, i), r.prepared.bodies, 1) >= 0.4 for i in range(5))


def test_a_view_that_can_never_show_the_object_is_reported() -> None:
    r = renderer(*SMALL, "camera.elevation=-45", "visibility.tries=5")
    with pytest.raises(RenderError, match="Frame 3: none of 5 draws shows 40%"):
        spec_of(r, 3)


def test_frames_leave_nothing_behind() -> None:
    r = renderer(*SMALL)
    kinds = ("objects", "meshes", "materials", "images", "node_groups", "worlds", "cameras")
    counts = []
    for index in range(4):
        r.render(spec_of(r, index))
        spec = spec_of(r, index)
        held = {kind: len(getattr(bpy.data, kind)) for kind in kinds}
        held["objects"] -= len(spec.objects)
        held["materials"] -= len(spec.objects)
        counts.append(held)
    assert all(count == counts[0] for count in counts)


MODELS = ("fuze.obj", "fuze.ply", "Duck.glb", "BoxTextured.glb", "spot.obj", "featuretype.STL", "box.fbx")


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_any_model_takes_the_cups_place(name: str, shared_assets: Path) -> None:
    r = renderer(
        *SMALL,
        f"objects[0].model={shared_assets / 'models' / name}",
        "objects[0].class=thing",
        f"surroundings.hdris=['{shared_assets / 'hdris' / 'royal_esplanade_1k.hdr'}']",
    )
    spec = spec_of(r, 0)
    passes = r.render(spec)
    record: Any = build_instances(passes, spec, r.bodies)[0]
    assert record.class_name == "thing"
    assert any(instance.area > 100 for instance in build_instances(passes, spec, r.bodies))
    assert passes.rgb.std() > 5
