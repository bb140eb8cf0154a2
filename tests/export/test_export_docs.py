"""docs/exports.md: its table is the program's, its code runs, and every option is in it."""

from __future__ import annotations

import re
from dataclasses import fields
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from engine.dataset.read import Dataset
from engine.export.base import BUILT_IN, Exporter, exporter_class
from engine.export.run import export
from engine.export.splits import parse_splits
from engine.export.table import table
from tests.factory import make_dataset

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "exports.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")


def python_in(text: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def test_the_table_of_formats_is_up_to_date() -> None:
    assert table() in TEXT, "run `python -m engine.export.table` and put what it prints into docs/exports.md"


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_option_is_told_with_its_formats(name: str) -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\w, -]+) \|", TEXT, re.MULTILINE))
    for option in fields(exporter_class(name)):
        assert name in rows[option.name].split(", ")


def test_splits_are_as_the_page_computes_them(tmp_path: Path) -> None:
    space: dict[str, Any] = {}
    exec(python_in(TEXT)[0], space)
    rule = parse_splits("a=0.5,b=0.3,c=0.2", [], 4)
    for index in range(500):
        assert rule._by_fraction(index) == space["split_of"](index, 4, ["a", "b", "c"], [0.5, 0.3, 0.2])
    assert list(accumulate([0.5, 0.3, 0.2]))[-1] == 1.0


def test_the_exporter_of_the_page_exports(tmp_path: Path) -> None:
    space: dict[str, Any] = {"__name__": __name__}
    exec(python_in(TEXT)[1], space)
    make_dataset(tmp_path / "d", 2)
    exporter = space["CountExporter"]()
    assert isinstance(exporter, Exporter)
    assert export(exporter, Dataset.open(tmp_path / "d"), tmp_path / "o").frames == 2
    assert (tmp_path / "o/train/00000001.txt").read_text() == "2\n"
