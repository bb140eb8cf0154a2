"""Exports of frames that Blender rendered, as other people's tools read them."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools.cocoeval import COCOeval

from engine.dataset.read import Dataset
from engine.dataset.validate import validate_dataset
from engine.export.base import make_exporter
from engine.export.check_coco import load_quietly
from engine.export.run import export
from tests.export.bop_agreement import assert_agrees
from tests.export.odd_datasets import mask_of
from tests.export.readers import READERS

pytestmark = pytest.mark.slow

RECIPE = (
    "render.resolution=[160,120]", "render.samples=2", "objects[0].count=5",
    'render.passes=["depth","normal","coverage","right"]',
)  # fmt: skip


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Three frames of five cups that hide each other and reach out of the picture."""
    root = tmp_path_factory.mktemp("rendered") / "d"
    settings = [part for setting in RECIPE for part in ("--set", setting)]
    command = [sys.executable, "-m", "studio", "render", "pose", "--count", "3", "--out", str(root), *settings]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    return Dataset.open(root)


def test_frames_with_every_kind_of_pass_are_sound(rendered: Dataset) -> None:
    assert validate_dataset(rendered).problems == []


def test_maps_hold_right_pictures_and_coverage(rendered: Dataset, tmp_path: Path) -> None:
    export(make_exporter("maps", {}), rendered, tmp_path)
    for picture in sorted((tmp_path / "right").iterdir()):
        right = rendered.float_pass(int(picture.stem), "right")
        assert np.array_equal(np.array(Image.open(picture)), right)
        assert not np.array_equal(rendered.image(int(picture.stem)), right)
    assert len(list((tmp_path / "right").iterdir())) == len(list((tmp_path / "coverage_exr").iterdir())) == 3


@pytest.mark.parametrize("name", ["coco", "yolo", "voc", "webdataset"])
def test_readers_find_the_same_boxes_and_masks(rendered: Dataset, tmp_path: Path, name: str) -> None:
    export(make_exporter(name, {}), rendered, tmp_path)
    found = READERS[name](tmp_path)
    count = 0
    for record in rendered.iter_records():
        truth = [instance for instance in record.instances if instance.mask is not None]
        for seen, instance in zip(found[record.index], truth, strict=True):
            assert seen.box == pytest.approx(instance.bbox, abs=1e-4)
            assert seen.mask is None or np.array_equal(seen.mask, mask_of(instance))
            count += 1
    assert count > 6


@pytest.mark.parametrize("kind", ["bbox", "segm", "keypoints"])
def test_the_truth_against_itself_has_an_ap_of_one(rendered: Dataset, tmp_path: Path, kind: str) -> None:
    truth = load_quietly(export(make_exporter("coco", {}), rendered, tmp_path / "t.json").path)
    answers = [{**entry, "score": 1.0} for entry in truth.dataset["annotations"]]
    if kind == "keypoints" and not all(entry.get("num_keypoints") for entry in answers):
        pytest.skip("the built-in cup has no keypoints")
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(truth, truth.loadRes(answers), kind)
        if kind == "keypoints":
            evaluation.params.kpt_oks_sigmas = np.full(len(answers[0]["keypoints"]) // 3, 0.05)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    assert evaluation.stats[0] == pytest.approx(1.0)


def test_bop_toolkit_computes_the_same_of_rendered_depth(rendered: Dataset, tmp_path: Path) -> None:
    """Masks, visibility and boxes from depth, poses and models: the renderer's pixels, embree's rays."""
    result = export(make_exporter("bop", {}), rendered, tmp_path)
    assert result.notes == ()
    assert assert_agrees(tmp_path / "train_pbr/000000", edge=0.005) == 15
