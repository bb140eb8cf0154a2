"""Every kind of damage is found and named, and a sound dataset has none."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask

from engine.dataset.codec import encode_passes, encode_png
from engine.dataset.read import Dataset
from engine.dataset.validate import Validation, validate_dataset
from engine.dataset.writer import open_for_writing
from engine.export import check_coco, coco
from tests.factory import add_frames, make_dataset, make_test_manifest

RECORD = "frames/00000/00000001.json"
PICTURE = "frames/00000/00000001.png"
PASSES = "frames/00000/00000001.npz"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("original") / "d"
    make_dataset(root, 3, passes=("depth", "normal"))
    return root


@pytest.fixture
def root(original: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(original, tmp_path / "d"))


def validate(root: Path) -> Validation:
    return validate_dataset(Dataset.open(root))


def edit(path: Path, change: Callable[[Any], None]) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def assert_only_problem(root: Path, file: str, what: str) -> None:
    found = validate(root)
    texts = [f"{problem.file}: {problem.what}" for problem in found.problems]
    assert len(texts) == 1, texts
    assert found.problems[0].file == file
    assert what in found.problems[0].what
    assert str(root) not in found.problems[0].what


def test_a_sound_dataset_has_no_problems(original: Path) -> None:
    found = validate(original)
    assert (found.frames, found.instances, found.problems, found.leftovers) == (3, 6, [], [])


@pytest.mark.parametrize("image", ["png", "jpeg"])
def test_both_picture_formats_are_sound(tmp_path: Path, image: Any) -> None:
    assert validate_dataset(make_dataset(tmp_path / "d", 2, image=image, passes=())).problems == []


def test_an_empty_dataset_is_sound(tmp_path: Path) -> None:
    open_for_writing(tmp_path / "d", make_test_manifest()).close()
    assert validate(tmp_path / "d") == Validation()


def test_a_thousand_overlapping_instances_are_sound(tmp_path: Path) -> None:
    with open_for_writing(tmp_path / "d", make_test_manifest()) as writer:
        add_frames(writer, [0], instances=300)
    found = validate(tmp_path / "d")
    assert (found.instances, found.problems) == (300, [])


def _set(*path: Any, to: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = to

    return change


def _shift_box(record: Any) -> None:
    record["instances"][0]["bbox"][0] += 1


def _grow_area(record: Any) -> None:
    record["instances"][1]["area"] += 1


def _shift_mask(record: Any) -> None:
    """The mask two pixels further down, with box and area changed to fit: only geometry can tell."""
    instance = record["instances"][0]
    height, width = instance["mask"]["size"]
    mask = np.roll(coco_mask.decode({"size": [height, width], "counts": instance["mask"]["counts"].encode()}), 40, 0)
    packed = coco_mask.encode(np.asfortranarray(mask))
    instance["mask"]["counts"] = packed["counts"].decode()
    instance["bbox"] = coco_mask.toBbox(packed).astype(int).tolist()
    instance["area"] = int(mask.sum())


def _steal_mask(record: Any) -> None:
    for key in ("mask", "bbox", "area"):
        record["instances"][1][key] = record["instances"][0][key]


def _empty_amodal(record: Any) -> None:
    instance = record["instances"][0]
    height, width = instance["mask"]["size"]
    packed = coco_mask.encode(np.asfortranarray(np.eye(height, width, dtype=np.uint8)))
    instance["amodal_mask"]["counts"] = packed["counts"].decode()
    instance["amodal_area"] = height


def _turn(record: Any) -> None:
    R = np.array(record["instances"][0]["cam_R_m2c"]).reshape(3, 3) @ np.diag([-1, -1, 1])
    record["instances"][0]["cam_R_m2c"] = R.ravel().tolist()


RECORD_DAMAGE: dict[str, tuple[Callable[[Any], None], str]] = {
    "index": (_set("index", to=7), "its index is 7"),
    "seed": (_set("spec", "seed", to=9), "its seed is 9, the dataset's 0"),
    "blender": (_set("render", "blender_version", to="4.2.0"), "rendered by Blender 4.2.0, not 5.2.3"),
    "size": (_set("width", to=161), "its size is 161 x 120"),
    "K": (_set("cam_K", 0, to=100.0), "cam_K is not that of its camera"),
    "camera": (_set("cam_t_w2c", 2, to=9.0), "cam_R_w2c and cam_t_w2c are not the pose in its spec"),
    "hdri": (_set("spec", "world", "hdri", "content_hash", to="x"), "which the manifest does not list"),
    "unknown class": (_set("instances", 0, "class_name", to="fork"), "its class 'fork' is not in the manifest"),
    "swapped class": (_set("instances", 0, "class_name", to="bowl"), "are not those of its spec"),
    "instance id": (_set("instances", 1, "instance_id", to=1), "two of its instances have the same id"),
    "box": (_shift_box, "instance 1: its box is"),
    "area": (_grow_area, "instance 2: its area is"),
    "mask moved": (_shift_mask, "lie outside of its 3D box"),
    "mask gone": (_set("instances", 0, "mask", to=None), "it has an area or a box, but no mask"),
    "mask broken": (_set("instances", 0, "mask", "counts", to="~~"), "the run lengths of a mask are damaged"),
    "mask size": (_set("instances", 0, "mask", "size", 0, to=121), "its mask is 160 x 121 pixels large"),
    "overlap": (_steal_mask, "the masks of instances 1 and 2 overlap"),
    "amodal area": (_set("instances", 0, "amodal_area", to=7), "instance 1: its amodal area is 7"),
    "amodal mask": (_empty_amodal, "some of its visible pixels are not in its amodal mask"),
    "amodal gone": (_set("instances", 0, "amodal_mask", to=None), "it has an amodal area, but no amodal mask"),
    "amodal unknown": (_set("instances", 0, "amodal_area", to=None), "it has no amodal area, visibility or occluders"),
    "amodal box": (_set("instances", 1, "amodal_bbox", 2, to=3), "instance 2: its amodal box is"),
    "visibility": (_set("instances", 0, "visibility", to=0.123), "its visibility is 0.123, its areas make"),
    "truncation": (_set("instances", 0, "truncation", to=0.4), "but its amodal box lies in the picture"),
    "occluders": (_set("instances", 0, "occluders", to=[9]), "its occluders are 9, its masks say"),
    "pose": (_set("instances", 0, "cam_t_m2c", 0, to=0.5), "are not the pose in its spec"),
    "turned": (_turn, "instance 1: cam_R_m2c and cam_t_m2c are not the pose in its spec"),
    "no rotation": (_set("instances", 0, "cam_R_m2c", 0, to=2.0), "cam_R_m2c is not a rotation"),
    "corners": (_set("instances", 1, "bbox_3d_projected", 3, to=[1.0, 1.0]), "is not its 3D box seen by its camera"),
    "keypoint": (_set("instances", 1, "keypoints", 0, "uv", to=[1.0, 1.0]), "'top' is not where its camera sees it"),
    "keypoint flag": (_set("instances", 1, "keypoints", 0, "visibility", to=0), "'top' has visibility 0, but lies in"),
    "keypoint name": (_set("instances", 1, "keypoints", 0, "name", to="lid"), "does not list its keypoint 'lid'"),
    "keypoints lost": (_set("instances", 1, "keypoints", to=None), "its keypoints are not known"),
    "oriented box": (_set("instances", 1, "obb", 4, to=33.0), "its oriented box is"),
    "oriented box lost": (_set("instances", 1, "obb", to=None), "its oriented box is none, its mask's"),
    "a corner lost": (_set("instances", 1, "bbox_3d_projected", 3, to=None), "is not its 3D box seen by its camera"),
    "bounds": (_set("instances", 0, "bounds_min", 0, to=1.0), "bounds_min is above bounds_max"),
    "type": (_set("instances", 0, "area", to="many"), "is damaged"),
    "passes": (_set("passes", to={}), "it names the passes none, not depth in"),
    "picture": (_set("image", "path", to="../elsewhere.png"), "it names the picture '../elsewhere.png'"),
}


@pytest.mark.parametrize("kind", RECORD_DAMAGE)
def test_damage_to_a_record_is_named(root: Path, kind: str) -> None:
    change, what = RECORD_DAMAGE[kind]
    edit(root / RECORD, change)
    found = validate(root)
    assert any(problem.file == RECORD and what in problem.what for problem in found.problems), found.problems
    assert found.frames == 3


@pytest.mark.parametrize("file", [PICTURE, PASSES])
def test_a_missing_file_is_named(root: Path, file: str) -> None:
    (root / file).unlink()
    assert_only_problem(root, file, "it is missing")


@pytest.mark.parametrize("file", [PICTURE, PASSES])
def test_a_truncated_file_is_named(root: Path, file: str) -> None:
    (root / file).write_bytes((root / file).read_bytes()[:-200])
    assert any(problem.file == file and "it " in problem.what for problem in validate(root).problems)


def test_another_picture_is_named(root: Path) -> None:
    rgb = np.array(Image.open(root / PICTURE))
    rgb[5, 5, 0] ^= 1
    (root / PICTURE).write_bytes(encode_png(rgb))
    edit(root / RECORD, _set("image", "bytes", to=(root / PICTURE).stat().st_size))
    assert_only_problem(root, PICTURE, "hash differs")
    (root / PICTURE).write_bytes(encode_png(rgb[:-1]))
    assert any("its record says 160 x 120" in problem.what for problem in validate(root).problems)
    Image.fromarray(rgb).convert("L").save(root / PICTURE)
    assert_only_problem(root, PICTURE, "its pixels are L, not RGB")


def test_other_values_in_passes_are_named(root: Path) -> None:
    with np.load(root / PASSES) as archive:
        arrays = dict(archive)
    arrays["normal"][3, 3] += 1
    (root / PASSES).write_bytes(encode_passes(arrays))
    texts = [problem.what for problem in validate(root).problems]
    assert "the values of 'normal' are not those that were stored (hash differs)" in texts
    assert "some of its normals are neither unit vectors nor 0" in texts


def test_depth_that_does_not_fit_the_pose_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a renderer would make it that counts in centimetres."""
    from dataclasses import replace

    from tests import factory

    traced = factory.make_passes
    monkeypatch.setattr(factory, "make_passes", lambda spec: replace(traced(spec), depth=traced(spec).depth * 100))
    make_dataset(tmp_path / "d", 1)
    texts = [problem.what for problem in validate(tmp_path / "d").problems]
    assert "instance 1: its visible pixels are nearer or farther than its 3D box" in texts


def test_a_foreign_file_is_named(root: Path) -> None:
    (root / "frames/00000/notes.txt").touch()
    assert_only_problem(root, "frames/00000/notes.txt", "no record names it")


def test_a_picture_of_another_format_is_named(root: Path) -> None:
    shutil.copy(root / PICTURE, root / "frames/00000/00000001.jpg")
    assert_only_problem(root, "frames/00000/00000001.jpg", "no record names it")


def test_a_frame_in_the_wrong_folder_is_named(root: Path) -> None:
    (root / "frames/00003").mkdir()
    shutil.copy(root / RECORD, root / "frames/00003")
    assert_only_problem(root, "frames/00003/00000001.json", "no record names it")


def test_a_foreign_folder_is_named(root: Path) -> None:
    (root / "frames/backup").mkdir()
    assert_only_problem(root, "frames/backup", "it is no part of the dataset")


def test_an_unfinished_frame_is_no_problem_but_told(root: Path) -> None:
    (root / RECORD).unlink()
    (root / "frames/00000/.tmp-123-00000001.json").touch()
    found = validate(root)
    assert found.problems == []
    assert found.frames == 2
    assert set(found.leftovers) == {PICTURE, PASSES, "frames/00000/.tmp-123-00000001.json"}


def test_a_manifest_changed_by_hand_is_named(root: Path) -> None:
    edit(root / "dataset.json", _set("recipe", "render", "samples", to=1))
    assert_only_problem(root, "dataset.json", "its fingerprint does not fit")


def test_class_ids_must_count_from_one(root: Path) -> None:
    edit(root / "dataset.json", _set("classes", 0, "id", to=3))
    texts = [problem.what for problem in validate(root).problems]
    assert "the ids of its classes are not 1, 2, 3, ..." in texts


def test_a_wrong_coco_export_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def shifted(self: coco.CocoExporter, instance: Any, *rest: Any) -> dict[str, Any]:
        annotation = annotate(self, instance, *rest)
        return {**annotation, "category_id": 3 - annotation["category_id"]}

    annotate = coco.CocoExporter._annotation
    monkeypatch.setattr(coco.CocoExporter, "_annotation", shifted)
    texts = [problem.what for problem in validate(root).problems]
    assert texts.count("in the COCO export, instance 1 has another class, box, area or mask") == 3


def test_the_coco_export_is_checked_in_parts(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []
    load = check_coco.load_quietly
    monkeypatch.setattr(check_coco, "_FRAMES_AT_ONCE", 2)
    monkeypatch.setattr(check_coco, "load_quietly", lambda path: loaded.append(path) or load(path))
    assert validate(root).problems == []
    assert len(loaded) == 2


def test_progress_counts_frames(original: Path) -> None:
    seen: list[int] = []
    validate_dataset(Dataset.open(original), seen.append)
    assert seen == [1, 2, 3]
