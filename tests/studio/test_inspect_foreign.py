"""Inspecting other people's COCO datasets, and predictions beside the truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from textual.pilot import Pilot

from engine.dataset.read import Dataset
from engine.export.coco_view import CocoView
from studio.app import StudioApp
from studio.frames import FrameCache
from studio.screens.common import StatusLine
from studio.screens.inspect import InspectScreen
from studio.screens.inspect_panes import InstanceTable
from studio.screens.prediction_table import PredictionTable
from tests.coco_factory import make_coco
from tests.studio.screens import run_app, settle, until
from widgets.image_view import ImageView

SIZES = [(80, 24), (120, 40)]


@pytest.fixture
def coco(tmp_path: Path) -> CocoView:
    return CocoView.open(*make_coco(tmp_path))


def shown(screen: InspectScreen) -> np.ndarray:
    assert screen.view.picture is not None
    return screen.view.picture


@pytest.mark.parametrize("size", SIZES)
def test_anybodys_coco_dataset_can_be_gone_through(coco: CocoView, size: tuple[int, int]) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await until(pilot, lambda: screen.index_complete)
        assert [row.cells[1] for row in screen.query_one(InstanceTable).rows] == ["plate", "fork"]
        seen = []
        for index in (3, 5, 9, 12):
            assert screen.browser.index == index
            assert screen.view.message == ""
            seen.append(shown(screen).copy())
            await pilot.press("right")
            await settle(pilot)
        await pilot.press("slash", *"fork", "enter")
        await settle(pilot)
        assert screen.browser.indices == [3, 9]
        await pilot.press("d", "p", "B", "i", "plus", "0", "t")
        await settle(pilot)
        await pilot.press("escape")

    run_app(StudioApp(coco), test, size)


@pytest.mark.tries("inspect.keypoints")
def test_keypoints_are_drawn_and_can_be_hidden(coco: CocoView) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await pilot.press("right", "right")
        await settle(pilot)
        assert screen.browser.index == 9
        assert "keypoints" in str(screen.view.border_subtitle)
        before = shown(screen)
        await pilot.press("K")
        await settle(pilot)
        assert (shown(screen) != before).any()
        await pilot.press("K")
        await settle(pilot)
        np.testing.assert_array_equal(shown(screen), before)

    run_app(StudioApp(coco), test, (120, 40))


@pytest.mark.tries("inspect.parts")
def test_parts_are_not_read_from_coco_files(coco: CocoView) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await pilot.press("N")
        await until(pilot, lambda: any("COCO" in note.message for note in pilot.app._notifications))

    run_app(StudioApp(coco), test)


def test_a_box_without_a_mask_can_be_clicked(coco: CocoView) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await pilot.press("right", "right")
        await settle(pilot)
        screen.view.post_message(ImageView.Clicked(screen.view, 15 / 80, 11 / 60))
        await settle(pilot)
        assert screen.browser.selected == 1
        screen.view.post_message(ImageView.Clicked(screen.view, 1 / 80, 1 / 60))
        await settle(pilot)
        assert screen.browser.selected is None

    run_app(StudioApp(coco), test, (120, 40))


def results_of(dataset: Dataset) -> list[dict[str, object]]:
    """Perfect boxes, but for frame 6, where everything is missed, and frame 8, where one is wrong."""
    return [
        {
            "image_id": record.index,
            "category_id": dataset.classes[item.class_name],
            "bbox": list(item.bbox) if record.index != 8 or item.instance_id > 1 else [0, 0, 9, 9],
            "score": 0.9,
        }
        for record in dataset.iter_records()
        for item in record.instances
        if item.bbox is not None and record.index != 6
    ]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.tries("inspect.predictions")
def test_predictions_come_with_the_worst_frames_first(balls: Dataset, tmp_path: Path, size: tuple[int, int]) -> None:
    file = tmp_path / "results.json"
    file.write_text(json.dumps(results_of(balls)))
    cache = FrameCache(balls)
    cache.predictions_file = file

    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await until(pilot, lambda: screen.evaluation is not None and screen.narrowing.is_on)
        await settle(pilot)
        assert screen.browser.indices[:2] == [6, 8]
        assert "boxes AP 0." in screen.title_note()
        assert "AP75 0." in screen.title_note()
        await pilot.press("right")
        await settle(pilot)
        assert screen.browser.index == 8
        texts = {text.text.strip() for text in screen.view._shown.texts} if screen.view._shown else set()
        assert any(text.endswith("✗") for text in texts)
        assert any(text.endswith("✓") for text in texts)
        before = shown(screen)
        await pilot.press("P")
        await settle(pilot)
        assert (shown(screen) != before).any()
        await pilot.press("slash", *"wrong>0", "enter")
        await settle(pilot)
        assert screen.browser.indices == [8]
        await pilot.press("t")
        await until(pilot, lambda: "Predictions, in all frames" in screen_text(pilot))
        assert screen.evaluation is not None
        assert f"{screen.evaluation.figures['bbox']['AP50']:.3f}" in screen_text(pilot)
        assert "1 wrong" in screen_text(pilot)

    run_app(StudioApp(balls, cache), test, size)


@pytest.mark.parametrize("size", SIZES)
def test_a_prediction_is_looked_at_from_its_row(balls: Dataset, tmp_path: Path, size: tuple[int, int]) -> None:
    file = tmp_path / "results.json"
    file.write_text(json.dumps(results_of(balls)))
    cache = FrameCache(balls)
    cache.predictions_file = file
    seen = [item.instance_id for item in balls.record(8).instances if item.area]

    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        table = screen.query_one(PredictionTable)
        await until(pilot, lambda: screen.evaluation is not None and screen.narrowing.is_on)
        await settle(pilot)
        assert [row.cells[-1] for row in table.rows] == ["missed"] * len(balls.record(6).instances)
        assert table.border_title == f"Predicted  ○{len(table.rows)}"
        await pilot.press("right")
        await settle(pilot)
        assert [row.cells[-1] for row in table.rows] == ["wrong", "missed"] + ["hit"] * (len(seen) - 1)
        before = shown(screen)
        await pilot.press("tab", "tab", "g")
        await settle(pilot)
        assert screen.focused is table
        predicted, selected = pointed_at(screen)
        assert predicted is not None
        assert selected is None
        assert "wrong: overlaps no" in status(screen)
        assert (shown(screen) != before).any()
        await pilot.press("down")
        await settle(pilot)
        assert pointed_at(screen) == (None, 1)
        assert "missed by the predictions" in status(screen)
        await pilot.press("down")
        await settle(pilot)
        _, hit = pointed_at(screen)
        assert hit is not None
        assert screen.query_one(InstanceTable).cursor == str(hit)
        assert f"overlaps {balls.record(8).instances[hit - 1].class_name} {hit} by 1.00" in status(screen)
        await pilot.press("escape")
        await settle(pilot)
        assert pointed_at(screen) == (None, None)
        np.testing.assert_array_equal(shown(screen), before)
        screen.select(hit)
        await settle(pilot)
        assert screen.browser.predicted is not None, "its prediction is pointed at with it"
        assert table.cursor == f"prediction {screen.browser.predicted}"

    run_app(StudioApp(balls, cache), test, size)


def screen_text(pilot: Pilot[None]) -> str:
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())


def pointed_at(screen: InspectScreen) -> tuple[int | None, int | None]:
    """The prediction and the instance that are selected."""
    return screen.browser.predicted, screen.browser.selected


def status(screen: InspectScreen) -> str:
    return str(screen.query_one(StatusLine).render())


def test_predictions_that_do_not_fit_are_told_and_the_dataset_is_shown(balls: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text('[{"image_id": 99, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 1}]')
    cache = FrameCache(balls)
    cache.predictions_file = file

    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await until(pilot, lambda: bool(pilot.app._notifications))
        assert "about picture 99" in next(iter(pilot.app._notifications)).message
        assert screen.view.message == ""

    run_app(StudioApp(balls, cache), test)
