"""The exact passes against rays cast by Embree."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
import pytest

from engine.annotate.passes import Passes
from engine.blender.instances import get_instance_id, realise_instances, set_instance_id
from engine.blender.render import RenderRequest, configure, render_passes
from tests.blender import rays, small_scene

W, H = 320, 240


def with_depth_of_field(scene: Any) -> None:
    lens = scene.camera.data.dof
    lens.use_dof, lens.focus_distance, lens.aperture_fstop = True, 5.0, 0.4


def with_moving_camera(scene: Any) -> None:
    start = scene.camera.location.copy()
    small_scene.keyframed(scene.camera, "location", {0: start, 2: start + start.orthogonal().normalized()})
    scene.render.use_motion_blur, scene.render.motion_blur_shutter = True, 0.8
    scene.frame_set(1)


def with_both(scene: Any) -> None:
    with_depth_of_field(scene)
    with_moving_camera(scene)


CASES = {"pinhole": lambda scene: None, "depth of field": with_depth_of_field, "motion": with_moving_camera}
CASES["both"] = with_both


def request(**changes: Any) -> RenderRequest:
    return RenderRequest(**{"width": W, "height": H, "samples": 2, "seed": 1, "denoise": False, **changes})


def assert_masks_agree(passes: Passes, seen: rays.Seen) -> None:
    truth = np.where(seen.instance_id == rays.NOTHING, 0, seen.instance_id)
    assert np.mean(passes.instance_id != truth) <= 1e-4
    ious = []
    for instance in np.unique(truth)[1:]:
        ours, theirs = passes.instance_id == instance, truth == instance
        if theirs.sum() > 100:
            ious.append((ours & theirs).sum() / (ours | theirs).sum())
    assert len(ious) >= 8
    assert np.mean(ious) >= 0.999


@pytest.mark.parametrize("case", CASES)
def test_masks_and_depth_are_those_of_rays_through_the_pixels_centres(case: str) -> None:
    scene = small_scene.objects_on_a_floor()
    CASES[case](scene)
    configure(scene)
    passes = render_passes(scene, request())
    seen = rays.cast(scene, W, H)
    assert_masks_agree(passes, seen)
    same = (passes.instance_id == np.maximum(seen.instance_id, 0)) & np.isfinite(seen.depth)
    assert np.array_equal(np.isinf(passes.depth), np.isinf(seen.depth))
    error = np.abs(passes.depth[same] - seen.depth[same])
    assert np.percentile(error, 99.9) < 1e-3
    assert np.median(error) < 1e-4


def test_depth_of_field_does_blur_the_picture() -> None:
    scene = small_scene.objects_on_a_floor()
    configure(scene)
    sharp = render_passes(scene, request(samples=8))
    with_depth_of_field(scene)
    blurred = render_passes(scene, request(samples=8))
    assert np.mean(np.abs(sharp.rgb.astype(int) - blurred.rgb)) > 0.5
    assert np.array_equal(sharp.instance_id, blurred.instance_id)
    assert np.array_equal(sharp.depth, blurred.depth)


@pytest.mark.parametrize("case", ["pinhole", "both"])
def test_position_and_normal_agree_with_the_rays(case: str) -> None:
    scene = small_scene.objects_on_a_floor()
    CASES[case](scene)
    configure(scene)
    passes = render_passes(scene, request(want_position=True, want_normal=True))
    seen = rays.cast(scene, W, H)
    assert_masks_agree(passes, seen)
    assert passes.position is not None
    assert passes.normal is not None
    hit = np.isfinite(seen.depth) & (passes.instance_id == np.maximum(seen.instance_id, 0))
    assert np.percentile(np.abs(passes.position - seen.position)[hit], 99.9) < 1e-3
    assert np.abs(np.linalg.norm(passes.normal[hit], axis=-1) - 1).max() < 1e-4
    assert not passes.normal[np.isinf(passes.depth)].any()
    angle = np.degrees(np.arccos(np.clip((passes.normal * seen.normal).sum(-1), -1, 1)))[hit]
    assert np.percentile(angle, 99) < 0.1
    assert (passes.normal[hit][:, 2] <= 1e-3).mean() > 0.999, "a surface that is seen faces the camera"


def test_position_alone_needs_no_sample_of_its_own() -> None:
    scene = small_scene.objects_on_a_floor()
    configure(scene)
    passes = render_passes(scene, request(samples=8, want_position=True))
    seen = rays.cast(scene, W, H)
    hit = np.isfinite(seen.depth) & (passes.instance_id == np.maximum(seen.instance_id, 0))
    assert passes.position is not None
    assert np.percentile(np.abs(passes.position - seen.position)[hit], 99.9) < 1e-3


def test_exact_passes_do_not_depend_on_samples_seed_or_denoiser() -> None:
    scene = small_scene.objects_on_a_floor()
    with_depth_of_field(scene)
    configure(scene)
    first = render_passes(scene, request(want_normal=True))
    assert first.normal is not None
    for changed in (request(samples=5, want_normal=True), request(seed=77, denoise=True, want_normal=True)):
        other = render_passes(scene, changed)
        assert not np.array_equal(first.rgb, other.rgb)
        assert np.array_equal(first.instance_id, other.instance_id)
        assert np.array_equal(first.depth, other.depth)
        assert np.array_equal(first.normal, other.normal)


@pytest.mark.parametrize("case", CASES)
def test_ids_up_to_the_largest_come_through_unchanged(case: str) -> None:
    scene = small_scene.objects_on_a_floor()
    things = [thing for thing in scene.objects if thing.pass_index]
    ids = [65_535, 65_534, 40_000, 40_001, 32_767, 32_768, 4_096, 256, 255, 3, 2, 1]
    for thing, number in zip(things, ids, strict=True):
        set_instance_id(thing, number)
        assert get_instance_id(thing) == number
    CASES[case](scene)
    configure(scene)
    for _ in range(2):
        passes = render_passes(scene, request())
        truth = np.maximum(rays.cast(scene, W, H, get_instance_id).instance_id, 0)
        assert set(np.unique(passes.instance_id)) == set(np.unique(truth))
        assert {65_535, 65_534, 40_000, 40_001, 32_768} <= set(np.unique(passes.instance_id).tolist())
        assert np.mean(passes.instance_id != truth) <= 1e-4
    assert [get_instance_id(thing) for thing in things] == ids


def test_ids_out_of_range_are_refused() -> None:
    thing = small_scene.objects_on_a_floor().objects[0]
    for number in (-1, 65_536):
        with pytest.raises(ValueError, match=str(number)):
            set_instance_id(thing, number)


def instanced_scene(kind: str) -> Any:
    """Objects of a collection, or a grid by geometry nodes, standing as instances of one object's mesh."""
    scene = small_scene.empty()
    small_scene.sky(scene)
    small_scene.camera(scene, (0.0, -7.0, 3.0))
    bpy.ops.mesh.primitive_monkey_add(size=1.0)
    source = bpy.context.object
    if kind == "collection":
        _as_collection_instances(scene, source)
    else:
        _as_geometry_nodes(source)
    return scene


def _as_collection_instances(scene: Any, source: Any) -> None:
    collection = bpy.data.collections.new("stock")
    scene.collection.objects.unlink(source)
    collection.objects.link(source)
    for index, x in enumerate((-1.6, 0.0, 1.6)):
        holder = bpy.data.objects.new(f"holder {index}", None)
        holder.instance_type, holder.instance_collection = "COLLECTION", collection
        holder.location, holder.rotation_euler = (x, 0.2 * index, 0.1 * index), (0.1, 0.2, 0.5 * index)
        scene.collection.objects.link(holder)


def _as_geometry_nodes(source: Any) -> None:
    group = bpy.data.node_groups.new("row", "GeometryNodeTree")
    group.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
    group.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    start, end = group.nodes.new("NodeGroupInput"), group.nodes.new("NodeGroupOutput")
    line, scatter = group.nodes.new("GeometryNodeMeshLine"), group.nodes.new("GeometryNodeInstanceOnPoints")
    line.inputs["Count"].default_value = 3
    line.inputs["Start Location"].default_value = (-1.6, 0, 0)
    line.inputs["Offset"].default_value = (1.6, 0.2, 0.1)
    scatter.inputs["Rotation"].default_value = (0.1, 0.2, 0.5)
    group.links.new(line.outputs["Mesh"], scatter.inputs["Points"])
    group.links.new(start.outputs[0], scatter.inputs["Instance"])
    group.links.new(scatter.outputs["Instances"], end.inputs[0])
    source.modifiers.new("row", "NODES").node_group = group


@pytest.mark.parametrize("kind", ["collection", "geometry nodes"])
def test_instances_made_real_separate(kind: str) -> None:
    scene = instanced_scene(kind)
    configure(scene)
    before = render_passes(scene, request(want_position=True))
    seen_before = rays.cast(scene, W, H)

    real = realise_instances(scene)
    assert len(real) == 3
    assert len({thing.data for thing in real}) == 1, "the mesh is shared"
    for index, thing in enumerate(real):
        thing.pass_index = index + 1
    after = render_passes(scene, request(want_position=True))
    seen = rays.cast(scene, W, H)

    assert np.array_equal(np.isinf(before.depth), np.isinf(after.depth)), "nothing moved"
    hit = np.isfinite(seen.depth)
    assert np.abs(seen.depth[hit] - seen_before.depth[hit]).max() < 1e-4
    assert set(np.unique(after.instance_id)) == {0, 1, 2, 3}
    truth = np.maximum(seen.instance_id, 0)
    assert np.mean(after.instance_id != truth) <= 1e-4
    assert realise_instances(scene) == [], "there is nothing left to make real"
