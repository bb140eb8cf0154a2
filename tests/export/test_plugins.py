"""Exporters of other packages are found by their entry point."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.dataset.read import Dataset
from engine.export.base import BUILT_IN, ExporterBroken, exporter_names, make_exporter
from engine.export.run import export
from tests.factory import make_dataset

EXPORTER = """
from dataclasses import dataclass
from typing import ClassVar
from engine.export.base import Exporter

@dataclass(frozen=True)
class Lines(Exporter):
    name: ClassVar[str] = "lines"
    summary: ClassVar[str] = "One line per frame"
    separator: str = ","

    def write(self, frames, out):
        rows = [f"{frame.record.index}{self.separator}{frame.record.image.path}\\n" for frame in frames]
        out.put(f"{frames.number}.txt", "".join(rows).encode())

class Stranger:
    pass
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed package with two exporters, one of which does not load."""
    (tmp_path / "lines_exporter.py").write_text(EXPORTER)
    info = tmp_path / "lines_exporter-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lines-exporter\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[dataset_studio.exporters]\nlines = lines_exporter:Lines\nbroken = lines_exporter:Nothing\n"
        "stranger = lines_exporter:Stranger\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("lines_exporter", None)


def test_an_exporter_of_another_package_is_used(package: Path, tmp_path: Path) -> None:
    make_dataset(tmp_path / "d", 2)
    assert exporter_names() == [*BUILT_IN, "broken", "lines", "stranger"]
    exporter = make_exporter("lines", {"separator": ";"})
    result = export(exporter, Dataset.open(tmp_path / "d"), tmp_path / "out")
    assert result.frames == 2
    assert (tmp_path / "out/0.txt").read_text().startswith("0;frames/00000/00000000.png\n")


def test_one_that_does_not_load_is_named(package: Path) -> None:
    with pytest.raises(ExporterBroken, match="exporter 'broken' of the package 'lines-exporter' cannot be loaded"):
        make_exporter("broken", {})


def test_one_that_is_no_exporter_is_named(package: Path) -> None:
    with pytest.raises(ExporterBroken, match="exporter 'stranger' of the package 'lines-exporter' does not derive"):
        make_exporter("stranger", {})
