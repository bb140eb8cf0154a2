"""Parts of pictures, predictions and keypoints, as overlays draw them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageFont

from engine.annotate.labels import prediction_labels
from engine.annotate.overlay import IN_WORDS, draw
from engine.annotate.palette import PAPER, prediction_color
from engine.annotate.plain import Keypoint, PlainImage, PlainInstance, PlainRecord
from studio.pictures import zoomed_region
from tests.factory import make_passes, make_record, make_spec

GREY = np.full((60, 80, 3), 90, np.uint8)
NOTHING = np.zeros((60, 80), np.uint16)


def record(*instances: PlainInstance) -> PlainRecord:
    return PlainRecord(1, 80, 60, PlainImage("a.png"), instances)


@pytest.mark.parametrize("region", [(20, 10, 100, 80), (0, 0, 60, 60), (100, 60, 60, 60)])
def test_a_part_is_cut_out_of_the_whole(region: tuple[int, int, int, int]) -> None:
    """At the picture's own size a part with masks has the very pixels of the whole, its edges aside."""
    spec = make_spec(3, instances=3)
    passes = make_passes(spec)
    whole = draw(passes.rgb, make_record(spec, passes), passes.instance_id, {"masks"}, crisp=True)
    left, top, width, height = region
    part = draw(passes.rgb, make_record(spec, passes), passes.instance_id, {"masks"}, crisp=True, region=region)
    assert part.shape == (height, width, 3)
    inner = (slice(1, -1), slice(1, -1))
    np.testing.assert_array_equal(part[inner], whole[top : top + height, left : left + width][inner])


def test_sides_of_a_box_that_are_cut_off_are_not_drawn() -> None:
    box = PlainInstance(1, "cup", 400, (30.0, 20.0, 20.0, 20.0))
    part = draw(GREY, record(box), NOTHING, {"boxes"}, region=(35, 25, 30, 30), text=False)
    changed = (part != 90).any(axis=2)
    assert changed[:10, 14:16].any()
    assert changed[14:16, :10].any()
    assert not changed[:, 0][:12].any()
    assert not changed[0, :12].any()
    outside = draw(GREY, record(box), NOTHING, {"boxes"}, region=(55, 45, 20, 10), text=False)
    assert (outside == 90).all()


def test_predictions_are_dashed_and_wrong_ones_have_another_colour_and_mark() -> None:
    hit = PlainInstance(1, "cup", 400, (10.0, 10.0, 30.0, 30.0), score=0.876, verdict="hit")
    wrong = PlainInstance(2, "cup", 400, (45.0, 10.0, 30.0, 30.0), score=0.5, verdict="wrong")
    drawn = draw(GREY, record(), NOTHING, {"predictions"}, predictions=[hit, wrong], crisp=True, text=False)
    for item in (hit, wrong):
        assert item.bbox is not None
        left, top = round(item.bbox[0]), round(item.bbox[1])
        side = (drawn[top, left : left + 30] == prediction_color(item.verdict)).all(axis=1)
        assert 10 <= side.sum() <= 20
    assert (draw(GREY, record(), NOTHING, {"boxes"}, predictions=[hit], text=False) == 90).all()
    assert [label.text for label in prediction_labels([wrong, hit])] == ["cup 0.88 ✓", "cup 0.50 ✗"]


def test_the_font_of_pictures_has_each_sign_of_labels_of_predictions() -> None:
    font = ImageFont.load_default(size=20)
    lacking = bytes(font.getmask("\uffff"))
    verdicts = ("", "hit", "wrong")
    found = [PlainInstance(1, "cup", 400, (1.0, 1.0, 9.0, 9.0), score=0.5, verdict=verdict) for verdict in verdicts]
    for label in prediction_labels(found):
        assert all(bytes(font.getmask(sign)) != lacking for sign in label.text.translate(IN_WORDS))


def test_keypoints_lie_where_they_are_said_to() -> None:
    person = PlainInstance(
        1, "person", 100, (5.0, 5.0, 60.0, 50.0), keypoints=(Keypoint(20, 30, True), None, Keypoint(60, 30, False)),
        skeleton=((0, 1), (0, 2)),
    )  # fmt: skip
    drawn = draw(GREY, record(person), NOTHING, {"keypoints"}, crisp=True, text=False)
    changed = np.argwhere((drawn != 90).any(axis=2))
    assert (drawn[30, 20] == PAPER).all() or (drawn[29, 19] == PAPER).all()
    assert 28 <= changed[:, 0].min() <= changed[:, 0].max() <= 31
    assert 18 <= changed[:, 1].min() <= 20
    assert 59 <= changed[:, 1].max() <= 61


def test_a_box_without_a_mask_can_be_highlighted() -> None:
    box = PlainInstance(1, "cup", 400, (30.0, 20.0, 20.0, 20.0))
    drawn = draw(GREY, record(box), NOTHING, set(), highlight=1, text=False)
    assert (drawn[21:39, 31:49] == 90).all()
    assert (drawn[:20] < 60).all()


@pytest.mark.parametrize("zoom", [1.5, 4.0, 30.0, 64.0])
@pytest.mark.parametrize("centre", [(0.5, 0.5), (0.0, 1.0), (0.8, 0.3)])
def test_zoomed_regions_stay_inside_and_keep_the_shape(zoom: float, centre: tuple[float, float]) -> None:
    (left, top, width, height), (across, down) = zoomed_region((640, 480), (74, 28), zoom, centre)
    assert left >= 0
    assert top >= 0
    assert left + width <= 640
    assert top + height <= 480
    assert across <= 74
    assert down <= 56
    if zoom <= 30:
        assert (across / width) / (down / height) == pytest.approx(1, abs=0.12)
