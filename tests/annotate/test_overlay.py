"""Overlays lie where the conventions of the passes say, at the full size and scaled."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from engine.annotate.falsecolor import depth_picture, normal_picture
from engine.annotate.geometry import axes, box_edges
from engine.annotate.labels import labels_of, place
from engine.annotate.masks import decode_mask
from engine.annotate.overlay import draw, resize_ids
from engine.annotate.overlay_names import OVERLAYS
from engine.annotate.passes import Passes
from engine.annotate.plain import PlainImage, PlainInstance, PlainRecord
from engine.annotate.record import FrameRecord
from engine.annotate.strokes import crisp_line, frame, outline, smooth_line
from tests.factory import make_passes, make_record, make_spec

WHITE = (255, 255, 255)


@pytest.fixture(scope="module")
def balls() -> tuple[FrameRecord, Passes]:
    spec = make_spec(0, width=160, height=120, instances=3)
    passes = make_passes(spec)
    return make_record(spec, passes), passes


def black(width: int = 12, height: int = 10) -> np.ndarray:
    return np.zeros((height, width, 3), dtype=np.float32)


def test_thin_box_covers_the_outermost_pixels_inside() -> None:
    canvas = black()
    frame(canvas, (2, 3, 7, 8), WHITE, 1)
    expected = np.zeros((10, 12), dtype=bool)
    expected[3:8, 2:7] = True
    expected[4:7, 3:6] = False
    np.testing.assert_array_equal(canvas[..., 0] == 255, expected)


def test_thick_box_lies_half_outside() -> None:
    canvas = black()
    frame(canvas, (2, 3, 7, 8), WHITE, 2)
    expected = np.zeros((10, 12), dtype=bool)
    expected[2:9, 1:8] = True
    expected[4:7, 3:6] = False
    np.testing.assert_array_equal(canvas[..., 0] == 255, expected)


def test_box_of_the_whole_picture_stays_inside_it() -> None:
    canvas = black()
    frame(canvas, (0, 0, 12, 10), WHITE, 2)
    assert (canvas[[0, 1, -2, -1]] == 255).all()
    assert (canvas[:, [0, 1, -2, -1]] == 255).all()
    assert (canvas[2:-2, 2:-2] == 0).all()


def test_corners_of_a_box() -> None:
    canvas = black(12, 12)
    frame(canvas, (1, 1, 11, 11), WHITE, 1, corners=0.25)
    assert canvas[1, 1, 0] == canvas[10, 10, 0] == canvas[1, 10, 0] == 255
    assert (canvas[1, 4:8] == 0).all()
    assert (canvas[4:8, 1] == 0).all()


def test_lines_run_through_pixel_centres() -> None:
    canvas = black()
    crisp_line(canvas, (1.0, 2.0), (8.0, 2.0), WHITE)
    expected = np.zeros((10, 12), dtype=bool)
    expected[2, 1:9] = True
    np.testing.assert_array_equal(canvas[..., 0] == 255, expected)
    soft = black()
    smooth_line(soft, (1.0, 2.0), (8.0, 2.0), WHITE, width=1.0)
    np.testing.assert_allclose(soft[2, 1:9, 0], 255)
    np.testing.assert_allclose(soft[[1, 3], 2:8, 0], 0)


def test_lines_far_outside_are_cut_off_not_drawn_at_the_edge() -> None:
    canvas = black()
    crisp_line(canvas, (-1e9, -1e9), (-1e8, 1e9), WHITE)
    smooth_line(canvas, (1e7, 0), (1e8, 5), WHITE, 2.0)
    assert not canvas.any()
    crisp_line(canvas, (-1e9, 4.0), (1e9, 4.0), WHITE)
    assert (canvas[4] == 255).all()


def test_outline_is_the_masks_own_border() -> None:
    mask = np.zeros((6, 7), dtype=bool)
    mask[1:5, 1:6] = True
    expected = mask.copy()
    expected[2:4, 2:5] = False
    np.testing.assert_array_equal(outline(mask), expected)
    full = np.ones((4, 4), dtype=bool)
    assert not outline(full).any()


def test_masks_change_exactly_their_pixels(balls: tuple[FrameRecord, Passes]) -> None:
    record, passes = balls
    drawn = draw(passes.rgb, record, passes.instance_id, {"masks"})
    changed = (drawn != passes.rgb).any(axis=-1)
    outside = passes.instance_id == 0
    assert not changed[outside].any()
    assert changed[~outside].mean() > 0.99


def test_masks_of_a_scaled_picture_lie_on_the_scaled_ids(balls: tuple[FrameRecord, Passes]) -> None:
    record, passes = balls
    size = (64, 44)
    ids = resize_ids(passes.instance_id, size)
    plain = draw(passes.rgb, record, passes.instance_id, set(), size=size)
    masked = draw(passes.rgb, record, passes.instance_id, {"masks"}, size=size, crisp=True)
    changed = (plain != masked).any(axis=-1)
    assert masked.shape == (44, 64, 3)
    assert not changed[ids == 0].any()
    assert changed[ids != 0].mean() > 0.98


def test_ids_are_taken_at_pixel_centres() -> None:
    ids = np.arange(16, dtype=np.uint16).reshape(4, 4)
    np.testing.assert_array_equal(resize_ids(ids, (2, 2)), [[5, 7], [13, 15]])
    np.testing.assert_array_equal(resize_ids(ids, (8, 8))[::2, ::2], ids)


def test_axes_start_at_the_projected_origin(balls: tuple[FrameRecord, Passes]) -> None:
    record, _ = balls
    K = np.array(record.cam_K).reshape(3, 3)
    for instance in record.instances:
        x, y, z = axes(record, instance)
        at = K @ np.array(instance.cam_t_m2c)
        assert x is not None
        assert y is not None
        assert z is not None
        np.testing.assert_allclose(x.start, at[:2] / at[2], atol=1e-9)
        assert x.start == y.start == z.start
        # The model's z points up in the world: up in the picture.
        assert z.end[1] < z.start[1]


def test_3d_box_is_the_recorded_one(balls: tuple[FrameRecord, Passes]) -> None:
    record, _ = balls
    instance = record.instances[0]
    edges = box_edges(record, instance)
    assert len(edges) == 12
    assert sum(edge.hidden for edge in edges) == 3
    corners = {tuple(np.round(corner, 6)) for corner in instance.bbox_3d_projected if corner is not None}
    assert {tuple(np.round(point, 6)) for edge in edges for point in (edge.start, edge.end)} == corners


def test_3d_box_that_passes_the_camera_is_cut_off(balls: tuple[FrameRecord, Passes]) -> None:
    record, _ = balls
    near = msgspec.structs.replace(
        record.instances[0], cam_t_m2c=(0.0, 0.0, 0.02), bbox_3d_projected=(None,) * 8, area=0, bbox=None, mask=None
    )
    edges = box_edges(record, near)
    assert edges
    assert all(np.isfinite([*edge.start, *edge.end]).all() for edge in edges)
    behind = msgspec.structs.replace(near, cam_t_m2c=(0.0, 0.0, -3.0))
    assert box_edges(record, behind) == []
    assert axes(record, behind) == (None, None, None)


def test_highlight_dims_everything_else(balls: tuple[FrameRecord, Passes]) -> None:
    record, passes = balls
    chosen = next(instance.instance_id for instance in record.instances if instance.area)
    drawn = draw(passes.rgb, record, passes.instance_id, set(), highlight=chosen)
    elsewhere = passes.instance_id != chosen
    np.testing.assert_allclose(drawn[elsewhere], passes.rgb[elsewhere] * 0.5, atol=1)
    inner = (passes.instance_id == chosen) & ~outline(passes.instance_id == chosen, 2)
    np.testing.assert_array_equal(drawn[inner], passes.rgb[inner])


def test_everything_at_once_leaves_its_input_alone(balls: tuple[FrameRecord, Passes]) -> None:
    record, passes = balls
    before = passes.rgb.copy()
    drawn = draw(passes.rgb, record, passes.instance_id, OVERLAYS)
    np.testing.assert_array_equal(passes.rgb, before)
    assert drawn.dtype == np.uint8
    assert drawn.shape == before.shape
    assert (drawn != before).any()


def test_names_and_letters(balls: tuple[FrameRecord, Passes]) -> None:
    record, _ = balls
    labels = labels_of(record, OVERLAYS)
    assert {label.text for label in labels if label.name} == {"cup 1", "bowl 2", "cup 3"}
    assert {label.text for label in labels if not label.name} <= set("XYZ")
    assert labels_of(record, {"masks", "boxes"}) == []


def test_placed_labels_are_inside_and_apart() -> None:
    wanted = [(5.0, 0.0, 8.0, 1.0), (6.0, 0.0, 8.0, 1.0), (38.0, 3.0, 8.0, 1.0), (-4.0, -2.0, 4.0, 1.0)]
    corners = place(wanted, 40, 6)
    taken = [(corner[0], corner[1], wish[2]) for corner, wish in zip(corners, wanted, strict=True) if corner]
    assert len(taken) == 4
    cells = [(x + i, y) for x, y, width in taken for i in range(int(width))]
    assert len(cells) == len(set(cells))
    assert all(0 <= x < 40 and 0 <= y < 6 for x, y in cells)
    assert place([(0, 0, 5, 1)] * 3, 5, 2) == [(0, 0), (0, 1), None]


def test_depth_picture_is_ordered_and_shows_the_surroundings_apart() -> None:
    depth = np.array([[0.5, 1.0, 2.0, np.inf]], dtype=np.float32)
    picture = depth_picture(depth).astype(int)
    lightness = picture[0, :3].sum(axis=-1)
    assert lightness[0] > lightness[1] > lightness[2]
    assert picture[0, 3].max() < 40
    assert (depth_picture(np.full((2, 2), np.inf, np.float32)) == picture[0, 3]).all()


def test_normal_picture_faces_the_camera_in_blue() -> None:
    normal = np.array([[[0, 0, -1], [0, -1, 0], [1, 0, 0], [0, 0, 0]]], dtype=np.float32)
    picture = normal_picture(normal)
    np.testing.assert_array_equal(picture[0, :3], [[128, 128, 255], [128, 255, 128], [255, 128, 128]])


def test_what_is_hidden_is_hatched_within_a_dashed_outline() -> None:
    spec = make_spec(5, width=160, height=120, instances=6)
    passes = make_passes(spec)
    record = make_record(spec, passes)
    item = min((item for item in record.instances if item.amodal_mask), key=lambda item: item.visibility or 0)
    assert item.amodal_mask is not None
    assert (item.visibility or 0) < 0.8
    whole = decode_mask(item.amodal_mask)
    one = msgspec.structs.replace(record, instances=(item,))
    drawn = draw(passes.rgb, one, passes.instance_id, {"amodal"}, crisp=True)
    changed = (drawn != passes.rgb).any(axis=2)
    hidden = whole & (passes.instance_id != item.instance_id)
    edge = outline(whole)
    assert not (changed & ~whole).any(), "nothing beside it is touched"
    assert not (changed & whole & ~hidden & ~edge).any(), "and nothing within what is seen"
    assert 0.3 < changed[edge].mean() < 0.8, "the outline is dashed"
    assert 0.15 < changed[hidden & ~edge].mean() < 0.4, "what is hidden is hatched"


def test_an_amodal_box_is_open_towards_what_lies_beyond_the_picture() -> None:
    spec = make_spec(0, width=40, height=30, instances=1)
    passes = make_passes(spec)
    record = make_record(spec, passes)
    item = msgspec.structs.replace(record.instances[0], amodal_bbox=(-10, 5, 30, 20))
    drawn = draw(
        np.zeros_like(passes.rgb), msgspec.structs.replace(record, instances=(item,)), passes.instance_id,
        {"amodal_boxes"}, crisp=True,
    )  # fmt: skip
    marked = drawn.any(axis=2)
    assert 0 < marked[5, :20].sum() < 20
    assert marked[6:24, 19].any()
    assert not marked[6:24, 0].any()


def test_an_instance_that_is_wholly_hidden_can_be_chosen() -> None:
    spec = make_spec(5, width=160, height=120, instances=6)
    passes = make_passes(spec)
    record = make_record(spec, passes)
    item = msgspec.structs.replace(record.instances[0], area=0, mask=None, bbox=None)
    changed = msgspec.structs.replace(record, instances=(item, *record.instances[1:]))
    ids = np.where(passes.instance_id == item.instance_id, 0, passes.instance_id)
    drawn = draw(passes.rgb, changed, ids, (), highlight=item.instance_id, crisp=True)
    assert item.amodal_mask is not None
    whole = decode_mask(item.amodal_mask)
    assert (drawn[~whole] <= passes.rgb[~whole] // 2 + 1).all(), "all else is darker"
    assert (drawn[whole] != passes.rgb[whole]).any(axis=1).mean() > 0.2


def test_the_box_of_a_whole_object_adds_nothing_where_it_is_that_of_what_is_seen() -> None:
    seen = (20.0, 15.0, 30.0, 30.0)
    grey = np.full((60, 80, 3), 90, np.uint8)
    ids = np.zeros((60, 80), np.uint16)

    def drawn(whole: tuple[float, float, float, float], *overlays: str) -> np.ndarray:
        item = PlainInstance(1, "cup", 400, seen, amodal_bbox=whole)
        record = PlainRecord(1, 80, 60, PlainImage("a.png"), (item,))
        return draw(grey, record, ids, overlays, crisp=True, text=False)

    boxes = drawn(seen, "boxes")
    np.testing.assert_array_equal(drawn(seen, "boxes", "amodal_boxes"), boxes)
    wider = drawn((20.0, 15.0, 50.0, 30.0), "boxes", "amodal_boxes")
    np.testing.assert_array_equal(wider[:, :50], boxes[:, :50])
    top = (wider[15, 50:70] != 90).any(axis=1)
    assert 8 <= top.sum() <= 12, "dashes"
    assert (drawn(seen, "amodal_boxes") != 90).any(), "alone it is drawn whole"
