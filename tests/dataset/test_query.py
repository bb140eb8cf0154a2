"""Queries and orders against the same conditions written out in Python."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.annotate.record import FrameRecord
from engine.dataset import layout
from engine.dataset.columns import Columns
from engine.dataset.index import DatasetIndex
from engine.dataset.query import QueryError, matching, names_of, ordered
from engine.dataset.read import Dataset
from tests.factory import make_dataset

type Test = Callable[[FrameRecord], bool]


@pytest.fixture(scope="module")
def balls(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_dataset(tmp_path_factory.mktemp("data") / "balls", 20, instances=3, width=64, height=48)


@pytest.fixture
def columns(balls: Dataset) -> Columns:
    index = DatasetIndex.of(balls)
    index.update()
    return index.columns


def azimuth(record: FrameRecord) -> float:
    return float(record.spec.drawn["camera.azimuth"])


CASES: dict[str, Test] = {
    "": lambda _: True,
    "azimuth>90": lambda record: azimuth(record) > 90,
    "camera.azimuth<=200": lambda record: azimuth(record) <= 200,
    "azimuth>90 class=cup area<260": lambda record: (
        azimuth(record) > 90 and any(i.class_name == "cup" and i.area < 260 for i in record.instances)
    ),
    "cup area>300": lambda record: any(i.class_name == "cup" and i.area > 300 for i in record.instances),
    "bowl area>300": lambda record: any(i.class_name == "bowl" and i.area > 300 for i in record.instances),
    "!area<200": lambda record: not any(i.area < 200 for i in record.instances),
    "class~ow": lambda record: any("ow" in i.class_name for i in record.instances),
    "class!=cup w>20": lambda record: any(
        i.class_name != "cup" and i.bbox is not None and i.bbox[2] > 20 for i in record.instances
    ),
    "index>=5 index<8": lambda record: 5 <= record.index < 8,
    "finish=PLAIN": lambda _: True,
    "finish!=plain": lambda _: False,
    "pla": lambda _: True,
    "nothing-like-this": lambda _: False,
    "problem": lambda _: False,
}


@pytest.mark.parametrize("query", CASES)
def test_queries(balls: Dataset, columns: Columns, query: str) -> None:
    expected = [CASES[query](record) for record in balls.iter_records()]
    assert matching(columns, query).tolist() == expected


def test_some_queries_split_the_frames(columns: Columns) -> None:
    """The cases above would prove little if each held for all frames or for none."""
    split = [query for query in CASES if 0 < matching(columns, query).sum() < len(columns)]
    assert len(split) >= 7


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("azimut>3", "Did you mean 'azimuth'?"),
        ("area=large", "'large' is none"),
        ("area~3", "is a number"),
        ("class<cup", "A text is compared"),
        ("finish>3", "A text is compared"),
    ],
)
def test_nonsense_is_told_in_a_sentence(columns: Columns, query: str, sentence: str) -> None:
    with pytest.raises(QueryError, match=r".*\.|.*\?") as caught:
        matching(columns, query)
    assert sentence in str(caught.value)


def test_orders(balls: Dataset, columns: Columns) -> None:
    records = list(balls.iter_records())
    assert ordered(columns, "azimuth").tolist() == sorted(range(20), key=lambda row: azimuth(records[row]))
    assert ordered(columns, "-azimuth").tolist() == sorted(range(20), key=lambda row: -azimuth(records[row]))
    largest = [max(i.area for i in record.instances) for record in records]
    smallest = [min(i.area for i in record.instances) for record in records]
    assert [largest[row] for row in ordered(columns, "-area")] == sorted(largest, reverse=True)
    assert [smallest[row] for row in ordered(columns, "area")] == sorted(smallest)
    assert ordered(columns, "-index").tolist() == list(range(20))[::-1]
    with pytest.raises(QueryError):
        ordered(columns, "color")


def test_frames_without_a_value_come_last_either_way(balls: Dataset, tmp_path: Path) -> None:
    copy = make_dataset(tmp_path / "copy", 3, instances=2, width=64, height=48)
    (copy.root / layout.record_path(1)).write_text("{}")
    index = DatasetIndex.of(copy)
    index.update()
    assert math.isnan(index.columns.frames["width"][1])
    for order in ("azimuth", "-azimuth", "area", "-area", "class", "-class", "finish"):
        assert ordered(index.columns, order)[-1] == 1, order
    assert matching(index.columns, "problem").tolist() == [False, True, False]
    assert matching(index.columns, "problem~damaged").tolist() == [False, True, False]
    assert matching(index.columns, "width!=64").tolist() == [False, False, False]


def test_every_name_can_be_compared_and_sorted_by(columns: Columns) -> None:
    for name in names_of(columns):
        assert len(ordered(columns, name)) == 20
        text = name in ("class", "problem") or name in columns.words
        assert matching(columns, f"{name}{'~a' if text else '>0'}").dtype == np.bool_
