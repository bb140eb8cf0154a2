"""The documentation of the format names every field, and its example runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from engine.annotate.record import FrameRecord, InstanceRecord, KeypointRecord, RenderInfo, Rle, StoredFile
from engine.dataset.manifest import AssetEntry, ClassEntry, Manifest, Storage, Versions
from engine.frame.looks_spec import CupLook, GroundSpec, JitterLook, PaintLook, SlotLooks, SurfaceLook, Wear
from engine.frame.motion_spec import Poses, SequenceSpec, ShutterSpec
from engine.frame.sensor_spec import SensorSpec
from engine.frame.spec import (
    AssetRef,
    CameraSpec,
    FrameSpec,
    ModelShape,
    ObjectSpec,
    ProceduralShape,
    PropSpec,
    WorldSpec,
)
from tests.factory import make_dataset

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
FORMAT = (DOCS / "dataset-format.md").read_text()

DOCUMENTED: dict[str, tuple[type[Any], ...]] = {
    "dataset-format.md": (
        Manifest, ClassEntry, AssetEntry, Storage, Versions, FrameRecord, StoredFile, RenderInfo,
        FrameSpec, ObjectSpec, CameraSpec, WorldSpec, AssetRef, GroundSpec, CupLook, JitterLook, PaintLook,
        SurfaceLook, SlotLooks, Wear, SensorSpec, PropSpec, ProceduralShape, ModelShape,
        SequenceSpec, ShutterSpec, Poses,
    ),
    "annotations.md": (InstanceRecord, KeypointRecord, Rle),
}  # fmt: skip


@pytest.mark.parametrize(
    ("page", "struct"), [(page, struct) for page, structs in DOCUMENTED.items() for struct in structs]
)
def test_every_field_is_documented(page: str, struct: type[Any]) -> None:
    named = set(re.findall(r"`(\w+)`", (DOCS / page).read_text()))
    fields = {field.encode_name for field in msgspec.structs.fields(struct)}
    assert fields - named == set()


def test_links_between_pages_lead_somewhere() -> None:
    for page in DOCUMENTED:
        for target in re.findall(r"\]\(([\w-]+\.md)\)", (DOCS / page).read_text()):
            assert (DOCS / target).is_file()


def test_the_example_runs_and_finds_the_models(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "d", 2)
    (example,) = re.findall(r"```python\n(.*?)```", FORMAT, re.DOTALL)
    program = example.replace('"DIR"', repr(str(tmp_path / "d")))
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    lines = [line.split() for line in result.stdout.splitlines()]
    assert len(lines) == 4
    for index, name, u, v in lines:
        instances = {entry.class_name: entry for entry in dataset.record(int(index)).instances}
        corners = np.array(instances[name].bbox_3d_projected)
        assert (corners.min(axis=0) < [float(u), float(v)]).all()
        assert (corners.max(axis=0) > [float(u), float(v)]).all()


def test_the_pass_example_holds(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "d", 1)
    path = msgspec.to_builtins(dataset.record(0))["passes"]["depth"]["path"]
    assert np.array_equal(np.load(tmp_path / "d" / path)["depth"], dataset.float_pass(0, "depth"))
    assert 'numpy.load(root / record["passes"]["depth"]["path"])["depth"]' in FORMAT
