"""Named parts as the overlay draws them, and keypoints of ours with the lines between them."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from engine.annotate.geometry import marked_points, skeleton_lines
from engine.annotate.labels import labels_of
from engine.annotate.masks import decode_mask
from engine.annotate.overlay import draw, resize_ids
from engine.annotate.palette import instance_color, mix
from engine.annotate.part_marks import part_color, part_numbers
from engine.annotate.passes import Passes
from engine.annotate.record import FrameRecord
from engine.annotate.strokes import outline
from tests.factory import CLASSES, LANDMARKS, make_passes, make_record, make_spec

GREY = np.full((120, 160, 3), 90, np.uint8)
SKELETONS = dict.fromkeys(CLASSES, LANDMARKS.skeleton)


@pytest.fixture(scope="module")
def parted() -> tuple[FrameRecord, Passes]:
    spec = make_spec(0, width=160, height=120, instances=3)
    passes = make_passes(spec)
    return make_record(spec, passes, parted=True), passes


def numbers_of(record: FrameRecord) -> np.ndarray:
    """The number of the part at each pixel, of all instances."""
    maps = [part_numbers(item.parts or (), (120, 160)) for item in record.instances]
    return np.asarray(np.max(maps, axis=0))


def test_each_part_has_its_colour_and_outline_inside_its_mask_and_nothing_else_is_touched(
    parted: tuple[FrameRecord, Passes],
) -> None:
    record, passes = parted
    drawn = draw(GREY, record, passes.instance_id, {"parts"}, crisp=True)
    left = np.ones((120, 160), np.bool_)
    told = set()
    for instance in record.instances:
        assert instance.parts is not None
        for number, part in enumerate(instance.parts, start=1):
            assert part.mask is not None
            mask = decode_mask(part.mask)
            edge = outline(mask)
            assert (drawn[edge] == part_color(number)).all()
            inner = drawn[mask & ~edge]
            assert len(inner) > 20
            assert (np.abs(inner.astype(int) - mix((90, 90, 90), part_color(number), 0.5)) <= 1).all()
            left &= ~mask
            told.add((part.name, tuple(inner[0].tolist())))
    assert len(told) == 2, "a part looks the same on every instance, and unlike the other"
    assert (drawn[left] == 90).all()


def test_masks_leave_the_parts_their_colours_and_outline_the_whole(parted: tuple[FrameRecord, Passes]) -> None:
    record, passes = parted
    parts = draw(GREY, record, passes.instance_id, {"parts"}, crisp=True)
    both = draw(GREY, record, passes.instance_id, {"parts", "masks"}, crisp=True)
    edges = np.zeros((120, 160), np.bool_)
    for instance in record.instances:
        edge = outline(passes.instance_id == instance.instance_id)
        assert (both[edge] == instance_color(instance.instance_id)).all()
        edges |= edge
    np.testing.assert_array_equal(both[~edges], parts[~edges])


def test_what_is_in_no_part_stays_as_it_is(parted: tuple[FrameRecord, Passes]) -> None:
    record, passes = parted
    first = record.instances[0]
    assert first.parts is not None
    lower = msgspec.structs.replace(first, parts=(msgspec.structs.replace(first.parts[0], mask=None), first.parts[1]))
    drawn = draw(GREY, msgspec.structs.replace(record, instances=(lower,)), passes.instance_id, {"parts"}, crisp=True)
    assert first.parts[1].mask is not None
    np.testing.assert_array_equal((drawn != 90).any(axis=2), decode_mask(first.parts[1].mask))
    assert (drawn[outline(decode_mask(first.parts[1].mask))] == part_color(2)).all(), "its colour is still the second"


@pytest.mark.parametrize(
    ("region", "size"), [(None, (64, 44)), ((30, 20, 90, 70), (90, 70)), ((30, 20, 90, 70), (180, 140))]
)
def test_scaled_and_cut_pictures_show_the_parts_where_they_are(
    parted: tuple[FrameRecord, Passes], region: tuple[int, int, int, int] | None, size: tuple[int, int]
) -> None:
    record, passes = parted
    drawn = draw(GREY, record, passes.instance_id, {"parts"}, size=size, region=region, crisp=True)
    left, top, across, down = region or (0, 0, 160, 120)
    numbers = resize_ids(numbers_of(record)[top : top + down, left : left + across], size)
    assert 0 < (numbers > 0).mean() < 1
    np.testing.assert_array_equal((drawn != 90).any(axis=2), numbers > 0)


def test_parts_are_named_on_their_pixels_where_names_are_on(parted: tuple[FrameRecord, Passes]) -> None:
    record, passes = parted
    named = [label for label in labels_of(record, {"parts", "names"}) if not label.name]
    assert sorted(label.text for label in named) == ["lower"] * 3 + ["upper"] * 3
    numbers = numbers_of(record)
    for label in named:
        at = round(label.v), round(label.u)
        assert passes.instance_id[at] == label.instance_id
        assert ["upper", "lower"][numbers[at] - 1] == label.text
        assert label.color == part_color(int(numbers[at]))
    assert labels_of(record, {"parts"}) == []
    assert {label.name for label in labels_of(record, {"names"})} == {True}
    chosen = labels_of(record, {"parts", "names"}, highlight=2)
    assert {label.instance_id for label in chosen if not label.name} == {2}


def test_keypoints_of_ours_are_joined_as_their_class_says(parted: tuple[FrameRecord, Passes]) -> None:
    record, passes = parted
    (nearest, *_) = sorted(record.instances, key=lambda item: -item.area)
    one = msgspec.structs.replace(record, instances=(nearest,))
    plain = draw(GREY, one, passes.instance_id, {"keypoints"}, crisp=True)
    joined = draw(GREY, one, passes.instance_id, {"keypoints"}, crisp=True, skeletons=SKELETONS)
    points = dict(zip(("top", "front", "left"), marked_points(nearest), strict=True))
    expected = np.zeros((120, 160), np.bool_)
    for a, b in LANDMARKS.skeleton:
        start, end = points[a], points[b]
        assert start is not None
        assert end is not None
        for share in np.linspace(0, 1, 400):
            u, v = np.array(start[0]) * (1 - share) + np.array(end[0]) * share
            expected[round(v), round(u)] = True
    lines = (joined != plain).any(axis=2)
    wide = np.pad(expected, 1)
    near = wide[1:-1, 1:-1] | wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]
    assert lines.sum() > 20
    assert not (lines & ~near).any()
    assert not (draw(GREY, one, passes.instance_id, {"parts"}, skeletons=SKELETONS) != draw(
        GREY, one, passes.instance_id, {"parts"}
    )).any()  # fmt: skip


def test_a_line_needs_both_of_its_points(parted: tuple[FrameRecord, Passes]) -> None:
    ball = parted[0].instances[0]
    assert ball.keypoints is not None
    assert len(skeleton_lines(ball, SKELETONS)) == 2
    assert skeleton_lines(ball, {"plate": LANDMARKS.skeleton}) == []
    top, front, left = ball.keypoints
    away = msgspec.structs.replace(ball, keypoints=(top, msgspec.structs.replace(front, visibility=0), left))
    assert len(skeleton_lines(away, SKELETONS)) == 1
    other = msgspec.structs.replace(ball, keypoints=(front, left))
    assert skeleton_lines(other, SKELETONS) == [], "a model of the class that lacks the point"
    hidden = msgspec.structs.replace(ball, keypoints=(msgspec.structs.replace(top, visibility=1), front, left))
    assert {seen for _, seen in skeleton_lines(hidden, SKELETONS)} == {False}
