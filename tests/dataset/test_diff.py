"""Comparing datasets: what was changed by hand is what is found, and nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from engine.dataset import diff, layout
from engine.dataset.codec import encode_png
from engine.dataset.diff import diff_datasets
from engine.dataset.diff_pixels import diff_pixels, measured
from engine.dataset.manifest import encode_manifest
from engine.dataset.read import Dataset
from studio.cli import run
from studio.diff_text import ranges
from tests.factory import make_dataset


@pytest.fixture(scope="module")
def balls(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_dataset(tmp_path_factory.mktemp("data") / "balls", 5, instances=2, width=64, height=48)


@pytest.fixture
def other(balls: Dataset, tmp_path: Path) -> Dataset:
    """The same dataset in another place."""
    shutil.copytree(balls.root, tmp_path / "other")
    return Dataset.open(tmp_path / "other")


def change(dataset: Dataset, index: int, what: Callable[[dict[str, Any]], object]) -> None:
    """Change the record of a frame, as plain data."""
    file = dataset.root / layout.record_path(index)
    record = json.loads(file.read_bytes())
    what(record)
    file.write_text(json.dumps(record, indent=1))


def test_a_copy_is_the_same_whoever_rendered_it(balls: Dataset, other: Dataset) -> None:
    """Neither the time and the device of rendering, nor the JSON's spaces, nor the size of a file make a difference."""
    change(other, 1, lambda record: record["render"].update(device="CUDA: another", seconds=99.0))
    change(other, 2, lambda record: record["image"].update(bytes=7))
    found = diff_datasets(balls, other)
    assert found.same
    assert found.common == 5
    assert diff_pixels(balls, other, other.indices()) == []


def test_a_field_is_named_with_how_far_it_is_off(balls: Dataset, other: Dataset) -> None:
    def shift(record: dict[str, Any], by: float) -> None:
        record["instances"][1]["cam_t_m2c"][2] += by

    change(other, 1, lambda record: shift(record, 0.25))
    change(other, 3, lambda record: shift(record, -0.5))
    change(other, 3, lambda record: record["instances"][0].update(class_name="jug"))
    found = diff_datasets(balls, other)
    assert set(found.fields) == {"instances[].cam_t_m2c[]", "instances[].class_name"}
    moved = found.fields["instances[].cam_t_m2c[]"]
    assert moved.frames == [1, 3]
    assert moved.largest == pytest.approx(0.5)
    assert moved.example_frame == 3
    assert moved.example is not None
    assert moved.example.path == "instances[2].cam_t_m2c[2]"
    renamed = found.fields["instances[].class_name"]
    assert renamed.largest is None
    assert renamed.example is not None
    assert (renamed.example.left, renamed.example.right) == ("cup", "jug")
    assert found.records == [1, 3]
    assert not found.files
    assert not found.made_from


def test_instances_are_compared_by_their_id(balls: Dataset, other: Dataset) -> None:
    change(other, 0, lambda record: record["instances"].reverse())
    assert diff_datasets(balls, other).same
    change(other, 0, lambda record: record["instances"].pop(0))
    assert set(diff_datasets(balls, other).fields) == {"instances[]"}


def test_masks_differ_by_pixels(balls: Dataset, other: Dataset) -> None:
    instances = balls.record(2).instances
    first, second = (item.area for item in instances)
    swapped = msgspec.to_builtins(instances[1].mask)
    change(other, 2, lambda record: record["instances"][0].update(mask=swapped))
    found = diff_datasets(balls, other).fields["instances[].mask"]
    assert found.largest == first + second, "masks of one frame are disjoint"


def test_frames_and_hashes_that_only_one_has(balls: Dataset, other: Dataset) -> None:
    (other.root / layout.record_path(4)).unlink()
    change(other, 1, lambda record: record["image"].update(pixel_hash="0" * 32))
    change(other, 2, lambda record: record["passes"]["depth"].update(pixel_hash="0" * 32))
    (other.root / layout.record_path(3)).write_text("{")
    found = diff_datasets(balls, Dataset.open(other.root))
    assert (found.only_left, found.only_right, found.common) == ([4], [], 4)
    assert found.files == {"image": [1], "depth": [2]}
    assert list(found.unreadable) == [3]
    assert not found.records


def test_settings_that_differ_are_told_apart_from_names(balls: Dataset, other: Dataset) -> None:
    manifest = balls.manifest
    recipe = json.loads(json.dumps(manifest.recipe))
    recipe["render"]["samples"] = 64
    changed = msgspec.structs.replace(manifest, recipe=recipe, name="spheres", seed=3)
    (other.root / "dataset.json").write_bytes(encode_manifest(changed))
    found = diff_datasets(balls, Dataset.open(other.root))
    assert {one.path: (one.left, one.right) for one in found.made_from} == {"render.samples": (4, 64), "seed": (0, 3)}
    assert [one.path for one in found.notes] == ["name"]


def test_of_very_many_differences_only_the_first_are_taken_apart(
    balls: Dataset, other: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diff, "DETAILED", 2)
    for index in range(4):
        change(other, index, lambda record: record["instances"][0].update(area=1))
    found = diff_datasets(balls, other)
    assert {path: known.frames for path, known in found.fields.items()} == {
        "instances[].area": [0, 1],
        "instances": [2, 3],
    }
    assert (found.records, found.undetailed) == ([0, 1, 2, 3], 2)


def test_pixels_are_measured_from_the_files(balls: Dataset, other: Dataset) -> None:
    picture = balls.image(1).copy()
    picture[:12, :, 0] ^= 1
    (other.root / layout.image_path(1, "png")).write_bytes(encode_png(picture))
    (other.root / layout.image_path(2, "png")).unlink()
    found = diff_pixels(balls, other, other.indices())
    assert [(one.frame, one.name) for one in found] == [(1, "image"), (2, "image")]
    assert (found[0].share, found[0].largest, found[0].mean) == (0.25, 1.0, pytest.approx(0.25 / 3))
    assert "cannot be read" in found[1].problem


def test_infinite_depths_have_no_distance() -> None:
    left = np.array([[1.0, np.inf], [np.inf, 2.0]], np.float32)
    right = np.array([[1.5, np.inf], [3.0, 2.0]], np.float32)
    found = measured(0, "depth", left, right)
    assert found is not None
    assert (found.share, found.largest, found.mean) == (0.5, 0.5, 0.125)


def test_coverage_differs_by_pixels_too() -> None:
    left = np.zeros((4, 2, 3, 5), np.uint16)
    right = left.copy()
    right[:2, :, 1, 2] = 7
    found = measured(0, "coverage", left, right)
    assert found is not None
    assert found.share == pytest.approx(1 / 15)


def test_the_command_says_the_sum_first(balls: Dataset, other: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", str(balls.root), str(other.root), "--pixels"]) == 0
    assert capsys.readouterr().out == "The same: 5 frames, pixels too.\n"
    change(other, 1, lambda record: record["instances"][0].update(area=1))
    change(other, 1, lambda record: record["image"].update(pixel_hash="0" * 32))
    assert run(["diff", str(balls.root), str(other.root)]) == 1
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.endswith("differ: pictures of 1 of 5 common frames; records of 1 of 5 common frames.")
    assert any(line.startswith("  instances[].area: 1 frame, at most ") for line in rest)
    assert run(["diff", str(balls.root), str(other.root), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["same"] is False
    assert document["pixel_hashes"] == {"image": [1]}
    field = document["records"]["fields"]["instances[].area"]
    assert field["frames"] == [1]
    assert field["example"]["b"] == 1
    assert run(["diff", str(balls.root), str(other.root / "none")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_numbers_are_told_as_ranges() -> None:
    assert ranges([0, 1, 2, 7, 9, 10]) == "0-2, 7, 9-10"
    assert ranges([1, 3, 5], most=2) == "1, 3, ..."
