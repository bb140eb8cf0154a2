"""Annotations through a lens: all of them bend alike."""

from __future__ import annotations

import itertools
from pathlib import Path

import msgspec
import numpy as np
import pytest

from engine.annotate.build import build_instances
from engine.annotate.geometry import axes, box_edges
from engine.annotate.masks import decode_mask
from engine.annotate.overlay import draw
from engine.annotate.passes import Passes
from engine.annotate.ray_masks import cast_masks
from engine.annotate.record import FrameRecord, decode_record, encode_record
from engine.annotate.visibility import PlacedBody, visible_fraction
from engine.dataset.read import Dataset
from engine.dataset.validate import validate_dataset
from engine.dataset.writer import open_for_writing
from engine.frame.lens import Lens
from engine.frame.spec import FrameSpec
from tests.factory import ball_bodies, make_passes, make_record, make_spec, make_test_manifest
from tests.frame.test_lens import opencv

BARREL = Lens("brown_conrady", (-0.2, 0.05, 0.01, -0.02, 0.0))
FISHEYE = Lens("fisheye", (-0.05, 0.01, 0.0, 0.0))
LENSES = pytest.mark.parametrize("lens", [BARREL, FISHEYE], ids=["barrel", "fisheye"])


def seen_through(lens: Lens | None, index: int = 5, instances: int = 6, **camera: object) -> FrameSpec:
    """Balls all over a picture that is wide enough for a lens to matter, with oblong pixels and an odd centre."""
    spec = make_spec(index, instances=instances)
    odd = {"focal_length_mm": 22.0, "pixel_aspect": 1.2, "principal_point": (0.06, -0.04), "lens": lens, **camera}
    return msgspec.structs.replace(spec, camera=msgspec.structs.replace(spec.camera, **odd))


def record_of(spec: FrameSpec) -> FrameRecord:
    return make_record(spec, make_passes(spec))


@LENSES
def test_corners_are_where_opencv_projects_them(lens: Lens) -> None:
    record = record_of(seen_through(lens))
    K = np.array(record.cam_K).reshape(3, 3)
    for instance in record.instances:
        R, t = np.array(instance.cam_R_m2c).reshape(3, 3), np.array(instance.cam_t_m2c)
        box = itertools.product(*zip(instance.bounds_min, instance.bounds_max, strict=True))
        for corner, projected in zip(box, instance.bbox_3d_projected, strict=True):
            x, y, z = R @ corner + t
            expected = (K @ [*opencv(lens, x / z, y / z), 1])[:2]
            assert projected == pytest.approx(expected, abs=1e-9)


@LENSES
def test_axes_and_edges_bend_between_their_ends(lens: Lens) -> None:
    record = record_of(seen_through(lens, focal_length_mm=30.0))
    K = np.array(record.cam_K).reshape(3, 3)
    bends = []
    for instance in record.instances:
        for segment in (*axes(record, instance), *box_edges(record, instance)):
            assert segment is not None
            assert segment.pieces[0][0] == segment.start
            assert segment.pieces[-1][1] == segment.end
            middle = segment.via[len(segment.via) // 2]
            chord = np.add(segment.start, segment.end) / 2
            bends.append(np.linalg.norm(np.subtract(middle, chord)))
        R, t = np.array(instance.cam_R_m2c).reshape(3, 3), np.array(instance.cam_t_m2c)
        (_, _, up) = axes(record, instance)
        assert up is not None
        half = R @ [0, 0, 0.3 * np.ptp([instance.bounds_min, instance.bounds_max], axis=0).max()] + t
        expected = (K @ [*opencv(lens, half[0] / half[2], half[1] / half[2]), 1])[:2]
        assert up.via[15] == pytest.approx(expected)
    assert max(bends) > 0.15


@LENSES
def test_a_drawn_line_follows_its_bend_without_seams(lens: Lens) -> None:
    spec = seen_through(lens, instances=1)
    record, passes = record_of(spec), make_passes(spec)
    grey = np.full_like(passes.rgb, 90)
    for crisp in (False, True):
        drawn = draw(grey, record, passes.instance_id, {"box3d", "pose"}, crisp=crisp, text=False)
        changed = (drawn != 90).any(axis=2)
        for segment in box_edges(record, record.instances[0]):
            for u, v in segment.via:
                if 0 <= round(u) < 160 and 0 <= round(v) < 120:
                    assert changed[round(v), round(u)]


@LENSES
@pytest.mark.parametrize("right", [0.06, 0.5])
def test_amodal_views_are_what_each_ball_shows_alone(lens: Lens, right: float) -> None:
    spec = seen_through(lens, principal_point=(right, -0.04))
    passes = make_passes(spec)
    hidden = cut = 0
    for instance in build_instances(passes, spec, ball_bodies()):
        whole, one = _alone(spec, instance.instance_id, 100), _alone(spec, instance.instance_id, 0)
        found = decode_mask(instance.amodal_mask) if instance.amodal_mask else np.zeros_like(one)
        assert (one != found).sum() <= 0.02 * max(one.sum(), 50)
        assert instance.truncation == pytest.approx(1 - one.sum() / whole.sum(), abs=0.02)
        v, u = np.nonzero(whole)
        box = (u.min() - 100, v.min() - 100, np.ptp(u) + 1, np.ptp(v) + 1)
        assert instance.amodal_bbox == pytest.approx(box, abs=1.01)
        assert instance.visibility is not None
        assert instance.truncation is not None
        hidden += 0 < instance.visibility < 0.98
        cut += 0 < instance.truncation < 1
    assert hidden or cut


def _alone(spec: FrameSpec, number: int, margin: int) -> np.ndarray:
    """(H, W): where one ball is seen if there is nothing else, in a picture continued by a margin."""
    camera = spec.camera
    width, height = camera.width + 2 * margin, camera.height + 2 * margin
    right, down = camera.principal_point
    wider = msgspec.structs.replace(
        camera,
        width=width,
        height=height,
        focal_length_mm=camera.focal_length_mm * camera.width / width,
        principal_point=(right * camera.width / width, down * camera.height / height),
    )
    one = tuple(item for item in spec.objects if item.instance_id == number)
    passes = make_passes(msgspec.structs.replace(spec, camera=wider, objects=one, ground=None))
    seen: np.ndarray = passes.instance_id == number
    return seen


@LENSES
def test_rays_make_the_masks_of_the_picture(lens: Lens) -> None:
    spec = seen_through(lens)
    passes = make_passes(msgspec.structs.replace(spec, ground=None))
    ids, depth = cast_masks(spec, ball_bodies())
    assert (ids != passes.instance_id).mean() < 0.004
    both = (ids == passes.instance_id) & (ids > 0)
    np.testing.assert_allclose(depth[both], passes.depth[both], rtol=0.02)


def test_what_is_seen_of_an_object_is_measured_through_the_lens() -> None:
    """The ball at the border: how much of its outline is in the picture, counted in the picture itself."""
    spec = seen_through(FISHEYE, instances=1, principal_point=(0.48, 0.0))
    ball = spec.objects[0]
    placed = PlacedBody(ball_bodies()[0], np.array(ball.T_world_model), ball.scale)
    share = _alone(spec, 1, 0).sum() / _alone(spec, 1, 100).sum()
    assert 0.05 < share < 0.95
    assert visible_fraction(spec.camera, placed, []) == pytest.approx(share, abs=0.03)


def test_what_reaches_out_of_the_field_has_no_outline() -> None:
    """The field of this lens ends inside of the ball's image."""
    narrow = Lens("brown_conrady", (-30.0, 0.0, 0.0, 0.0, 0.0))
    spec = seen_through(narrow, instances=1, focal_length_mm=50.0)
    ball = spec.objects[0]
    placed = PlacedBody(ball_bodies()[0], np.array(ball.T_world_model), 0.1)
    assert visible_fraction(spec.camera, placed, []) == 0
    large = msgspec.structs.replace(spec, objects=(msgspec.structs.replace(ball, scale=0.1),), ground=None)
    ids, depth = cast_masks(large, ball_bodies())
    assert 0.02 < (ids == 1).mean() < 0.5
    assert np.isinf(depth[0, 0])
    passes = Passes(rgb=np.zeros((*ids.shape, 3), np.uint8), instance_id=ids, depth=depth)
    (instance,) = build_instances(passes, large, ball_bodies())
    assert instance.truncation is None
    assert None in instance.bbox_3d_projected


@LENSES
def test_a_dataset_through_a_lens_is_sound_and_keeps_the_coefficients(lens: Lens, tmp_path: Path) -> None:
    spec = seen_through(lens, index=0)
    passes = make_passes(spec)
    with open_for_writing(tmp_path / "d", make_test_manifest()) as writer:
        writer.publish(passes, make_record(spec, passes))
    dataset = Dataset.open(tmp_path / "d")
    assert validate_dataset(dataset).problems == []
    record = decode_record(encode_record(dataset.record(0)))
    assert record.cam_lens == record.spec.camera.lens == lens
