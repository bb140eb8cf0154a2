"""Statistics against counts made by hand from the records."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.dataset import layout
from engine.dataset.columns import Columns
from engine.dataset.drawn_stats import MOST_TEXTS, drawn_of
from engine.dataset.index import DatasetIndex
from engine.dataset.read import Dataset
from engine.dataset.stats import MAP_COLUMNS, MAP_ROWS, brightness_of, spread, statistics_of
from engine.dataset.summary import FrameSummary
from engine.dataset.summary import columns_of as columns_of_summaries
from tests.factory import make_dataset


@pytest.fixture(scope="module")
def balls(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_dataset(tmp_path_factory.mktemp("data") / "balls", 8, instances=3, width=64, height=48)


def columns_of(dataset: Dataset) -> Columns:
    index = DatasetIndex.of(dataset)
    index.update()
    return index.columns


def test_the_map_counts_the_boxes_that_touch_each_place(balls: Dataset) -> None:
    expected = np.zeros((MAP_ROWS, MAP_COLUMNS))
    boxes = [item.bbox for record in balls.iter_records() for item in record.instances if item.bbox is not None]
    for left, top, width, height in boxes:
        for row in range(MAP_ROWS):
            for column in range(MAP_COLUMNS):
                u, v = column * 64 / MAP_COLUMNS, row * 48 / MAP_ROWS
                across = left < u + 64 / MAP_COLUMNS and u < left + width
                down = top < v + 48 / MAP_ROWS and v < top + height
                expected[row, column] += across and down
    assert np.array(statistics_of(columns_of(balls)).box_map) == pytest.approx(expected / len(boxes))


def test_counts_add_up(balls: Dataset) -> None:
    found = statistics_of(columns_of(balls))
    seen = [item for record in balls.iter_records() for item in record.instances if item.area]
    assert found.instances == len(seen)
    assert found.unseen == 24 - len(seen)
    assert found.sizes == {
        "small": sum(item.area < 1024 for item in seen),
        "medium": sum(1024 <= item.area < 9216 for item in seen),
        "large": sum(item.area >= 9216 for item in seen),
    }
    assert sum(found.per_frame.counts) == 8
    for histogram in (found.box_sides, found.truncation):
        assert sum(histogram.counts) == len(seen)
        assert len(histogram.edges) == len(histogram.counts) + 1


def test_views_lie_above_the_ground(balls: Dataset) -> None:
    """The cameras look down from 15 to 60 degrees, and the balls stand upright."""
    views = np.array(statistics_of(columns_of(balls)).views)
    assert views.sum() == statistics_of(columns_of(balls)).instances
    assert views[6:].sum() == 0


def test_brightness_is_the_mean_luma(balls: Dataset) -> None:
    histogram, count = brightness_of(balls, balls.indices())
    means = [balls.image(index).reshape(-1, 3).mean(axis=0) @ [0.2126, 0.7152, 0.0722] for index in balls.indices()]
    expected, _ = np.histogram(means, 16, (0, 256))
    assert count == 8
    assert np.abs(np.cumsum(histogram.counts) - np.cumsum(expected)).max() <= 1


def test_damaged_and_empty_datasets_have_statistics(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "few", 2, width=64, height=48)
    for index in (0, 1):
        (dataset.root / layout.record_path(index)).write_text("{")
    found = statistics_of(columns_of(dataset))
    assert (found.frames, found.instances, found.problems) == (2, 0, 2)
    assert brightness_of(dataset, [0, 1])[1] == 0
    assert statistics_of(columns_of(make_dataset(tmp_path / "none", 0))).frames == 0


def test_a_sample_has_both_ends() -> None:
    assert spread(list(range(1000)), 5) == [0, 250, 500, 749, 999]
    assert spread([3, 4], 5) == [3, 4]


def test_drawn_values_are_those_of_the_records(balls: Dataset) -> None:
    found = statistics_of(columns_of(balls)).drawn
    azimuths = [float(record.spec.drawn["camera.azimuth"]) for record in balls.iter_records()]
    azimuth = found.numbers["camera.azimuth"]
    assert (azimuth.values, azimuth.low, azimuth.high) == (8, min(azimuths), max(azimuths))
    assert azimuth.mean == pytest.approx(np.mean(azimuths))
    assert sum(azimuth.counts) == 8
    assert found.texts["ground.finish"].counts == {"plain": 8}


def test_values_of_several_instances_are_taken_together() -> None:
    def summary(index: int, drawn: dict[str, float | str]) -> FrameSummary:
        return FrameSummary({"index": index}, drawn)

    frames = [
        summary(0, {"objects[0][0].yaw": 10.5, "objects[0][1].yaw": 20.5, "objects[0].count": 2, "hdri": "a"}),
        summary(1, {"objects[0][0].yaw": 40.5, "objects[1][0].yaw": 5.5, "objects[0].count": 4, "hdri": "b"}),
        summary(2, {"hdri": "b"}),
    ]
    found = drawn_of(columns_of_summaries(frames))
    yaw = found.numbers["objects[0].yaw"]
    assert (yaw.values, yaw.low, yaw.high, sum(yaw.counts)) == (3, 10.5, 40.5, 3)
    assert found.numbers["objects[1].yaw"].values == 1
    count = found.numbers["objects[0].count"]
    assert (count.edges, count.counts) == ([1.5, 2.5, 3.5, 4.5], [1, 0, 1])
    assert found.texts["hdri"].counts == {"b": 2, "a": 1}
    files = [summary(index, {"file": f"{index}.png"}) for index in range(MOST_TEXTS + 1)]
    assert drawn_of(columns_of_summaries(files)).texts["file"].counts == {}
