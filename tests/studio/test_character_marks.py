"""Overlays of characters: where they lie, and that each can be told from the others and from the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.annotate.geometry import NO_SKELETONS, Skeletons
from engine.annotate.overlay import resize_ids
from engine.annotate.plain import PlainImage, PlainInstance, PlainRecord
from engine.annotate.strokes import outline
from engine.dataset.read import Dataset
from studio.browser import Wish
from studio.character_marks import CharacterMarks
from studio.drawing import draw_wish
from studio.frames import FrameCache
from widgets.cells import RAMP

CUP = PlainInstance(1, "cup", 400, (10.0, 10.0, 20.0, 20.0))
SIZE = (80, 60)


def sheet(
    *instances: PlainInstance,
    overlays: set[str],
    ids: np.ndarray | None = None,
    highlight: int | None = None,
    predictions: tuple[PlainInstance, ...] = (),
    predicted: int | None = None,
    region: tuple[int, int, int, int] | None = None,
) -> list[str]:
    """The lines of 80 x 30 cells over a picture of 80 x 60 pixels, or over a part of it."""
    record = PlainRecord(1, *SIZE, PlainImage("a.png"), instances)
    marks = CharacterMarks(SIZE, (80, 30), region)
    seen = np.zeros((60, 80), np.uint16) if ids is None else ids
    marks.draw(record, seen, overlays, highlight, predictions, predicted)
    lines = [[" "] * 80 for _ in range(30)]
    for text in marks.texts():
        assert text.column + len(text.text) <= 80
        lines[text.row][text.column : text.column + len(text.text)] = text.text
    return ["".join(line) for line in lines]


def test_a_box_covers_the_outermost_cells_inside_it() -> None:
    lines = sheet(CUP, overlays={"boxes"})
    assert lines[5] == lines[14] == " " * 10 + "+" + "-" * 18 + "+" + " " * 50
    assert set(lines[6:14]) == {" " * 10 + "|" + " " * 18 + "|" + " " * 50}
    assert not "".join(lines[:5] + lines[15:]).strip()


def test_a_part_of_the_picture_has_the_sides_that_lie_in_it() -> None:
    lines = sheet(CUP, overlays={"boxes"}, region=(20, 0, 40, 30))
    assert not any(line[0] in "|+" for line in lines[:29])
    assert lines[10].startswith("-" * 19 + "+")
    assert not "".join(sheet(CUP, overlays={"boxes"}, region=(40, 40, 40, 20))).strip()


def test_the_box_of_the_whole_is_drawn_only_where_it_departs() -> None:
    whole = replace(CUP, amodal_bbox=(10.0, 10.0, 40.0, 20.0))
    both = sheet(whole, overlays={"boxes", "amodal_boxes"})
    alone = sheet(CUP, overlays={"boxes"})
    assert all(line[:30] == other[:30] for line, other in zip(both, alone, strict=True))
    beyond = both[5][30:50]
    assert beyond.count("-") in (9, 10), "it has gaps"
    assert beyond[-1] == "+"
    same = replace(CUP, amodal_bbox=CUP.bbox)
    assert sheet(same, overlays={"boxes", "amodal_boxes"}) == alone
    assert sheet(same, overlays={"amodal_boxes"})[5].strip()


def test_masks_tell_which_instance_they_are_of_and_the_selected_one_has_its_own_sign() -> None:
    ids = np.zeros((60, 80), np.uint16)
    ids[10:30, 10:30], ids[10:30, 30:50] = 1, 12
    cups = (CUP, replace(CUP, instance_id=12, bbox=(30.0, 10.0, 20.0, 20.0)))
    lines = sheet(*cups, overlays={"masks"}, ids=ids)
    assert lines[5][10:50] == "1" * 20 + "2" * 20
    assert 0 < lines[8][11:29].count("1") < 9, "what is below the pattern can be seen"
    lines = sheet(*cups, overlays={"masks"}, ids=ids, highlight=12)
    assert lines[5][10:50] == "1" * 20 + "X" * 20
    assert not lines[8][11:29].strip()


def test_parts_have_a_letter_each_and_leave_the_outline_to_the_mask(parted: Dataset) -> None:
    record, ids = parted.record(0), parted.instance_map(0)

    def lines(*overlays: str, cut: bool = False) -> list[str]:
        marks = CharacterMarks((160, 120), (80, 30), (40, 30, 80, 60) if cut else None)
        marks.draw(record, ids, overlays)
        found = [[" "] * 80 for _ in range(30)]
        for text in marks.texts():
            found[text.row][text.column : text.column + len(text.text)] = text.text
        return ["".join(line) for line in found]

    small = resize_ids(ids, (80, 30))
    for cut in (False, True):
        signs = "".join(lines("parts", cut=cut))
        assert set(signs) == {" ", "a", "b"}
    there = np.array([list(line) for line in lines("parts")]) != " "
    assert not there[small == 0].any()
    assert 0.2 < there[small > 0].mean() < 0.9, "what is below the pattern can be seen"
    both = np.array([list(line) for line in lines("parts", "masks")])
    for number in (1, 2, 3):
        mask = small == number
        assert set(both[outline(mask)]) == {str(number)}
        assert set(both[mask & ~outline(mask)]) <= {" ", "a", "b"}


def test_keypoints_of_ours_are_joined(parted: Dataset) -> None:
    def signs(skeletons: Skeletons) -> str:
        marks = CharacterMarks((160, 120), (80, 30))
        marks.draw(parted.record(0), parted.instance_map(0), {"keypoints"}, skeletons=skeletons)
        return "".join(text.text for text in marks.texts())

    assert not set(signs(NO_SKELETONS)) - {"O", "o"}
    assert len(signs(parted.skeletons)) > len(signs(NO_SKELETONS)) + 10


def test_predictions_differ_from_the_truth_and_the_selected_one_from_the_others() -> None:
    wrong = replace(CUP, instance_id=7, verdict="wrong", score=0.9)
    assert sheet(overlays={"predictions"}, predictions=(wrong,))[5].strip() == "P" + "=" * 18 + "P"
    assert sheet(overlays={"predictions"}, predictions=(wrong,), predicted=7)[5].strip() == "X" * 20
    assert not "".join(sheet(overlays={"boxes"}, predictions=(wrong,))).strip()


@pytest.mark.parametrize("selected", [None, 1])
def test_no_mark_can_be_taken_for_the_picture_and_none_lies_on_a_name(balls: Dataset, selected: int | None) -> None:
    overlays = frozenset({"masks", "boxes", "names", "pose", "box3d", "amodal", "amodal_boxes"})
    wish = Wish(0, "color", overlays, selected, 76, 30)
    drawn = draw_wish(FrameCache(balls), wish, characters=True)
    names = [text for text in drawn.texts if text.text.startswith(" ")]
    marks = [text for text in drawn.texts if text not in names]
    assert names
    signs = set("".join(text.text for text in marks))
    assert {"+", "-", "|"} <= signs
    assert not signs & set(RAMP)
    cells = [(text.row, text.column + at) for text in drawn.texts for at in range(len(text.text))]
    assert len(cells) == len(set(cells))
