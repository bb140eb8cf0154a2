"""The COCO export as pycocotools reads it, and what it costs and replaces."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from engine.annotate.masks import decode_mask, visible_masks
from engine.dataset.read import Dataset
from engine.errors import BadInput, DatasetError, StorageError
from engine.export.base import make_exporter
from engine.export.check_coco import check_coco_export, load_quietly
from engine.export.coco import CocoExporter
from engine.export.run import export
from tests.export.odd_datasets import with_records
from tests.factory import make_dataset, make_old


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_dataset(tmp_path_factory.mktemp("coco") / "d", 3, start=998, instances=5)


@pytest.mark.parametrize("masks", ["rle", "polygon"])
def test_pycocotools_reads_the_dataset_back(dataset: Dataset, tmp_path: Path, masks: Any) -> None:
    result = export(CocoExporter(masks=masks), dataset, tmp_path / "out.json")
    coco = load_quietly(result.path)
    assert coco.getImgIds() == [998, 999, 1000]
    assert [(entry["id"], entry["name"]) for entry in coco.loadCats(coco.getCatIds())] == [(1, "cup"), (2, "bowl")]
    assert sorted(coco.getAnnIds()) == list(range(1, result.instances + 1))
    for index in dataset.indices():
        record = dataset.record(index)
        image = coco.loadImgs([index])[0]
        assert (dataset.root / image["file_name"]).is_file()
        assert not Path(image["file_name"]).is_absolute()
        assert (image["width"], image["height"]) == (160, 120)
        found = {entry["instance_id"]: entry for entry in coco.loadAnns(coco.getAnnIds(imgIds=[index]))}
        seen = [instance for instance in record.instances if instance.mask is not None]
        assert len(found) == len(seen)
        for instance in seen:
            annotation = found[instance.instance_id]
            assert instance.mask is not None
            assert np.array_equal(coco.annToMask(annotation), decode_mask(instance.mask))
            assert instance.amodal_mask is not None
            amodal = coco.annToMask({**annotation, "segmentation": annotation["amodal_segmentation"]})
            assert np.array_equal(amodal, decode_mask(instance.amodal_mask))
            assert annotation["visibility"] == instance.visibility
            assert annotation["bbox"] == list(instance.bbox or ())
            assert annotation["area"] == instance.area
            assert annotation["iscrowd"] == 0
            assert annotation["num_keypoints"] == sum(point.visibility > 0 for point in instance.keypoints or ())
            for place, point in enumerate(instance.keypoints or ()):
                u, v, visibility = annotation["keypoints"][3 * place : 3 * place + 3]
                assert visibility == point.visibility
                if point.visibility:
                    assert (u - 0.5, v - 0.5) == pytest.approx(point.uv)
            assert annotation["category_id"] == dataset.classes[instance.class_name]
            assert isinstance(annotation["segmentation"], dict if masks == "rle" else list)


def test_what_old_records_do_not_know_is_left_out(tmp_path: Path) -> None:
    make_dataset(tmp_path / "d", 1)
    make_old(tmp_path / "d", 0)
    source = Dataset.open(tmp_path / "d")
    annotations = json.loads(export(CocoExporter(), source, tmp_path / "out.json").path.read_bytes())["annotations"]
    assert annotations
    assert not any("visibility" in entry or "amodal_segmentation" in entry for entry in annotations)
    assert list(check_coco_export(source, [0])) == []


def test_instances_that_are_not_seen_are_left_out(dataset: Dataset, tmp_path: Path) -> None:
    record = dataset.record(998)
    hidden = msgspec.structs.replace(record.instances[0], area=0, bbox=None, mask=None)
    source = with_records(
        tmp_path / "d", dataset, [msgspec.structs.replace(record, instances=(hidden, *record.instances[1:]))]
    )
    result = export(CocoExporter(), source, tmp_path / "out.json")
    assert (result.frames, result.instances) == (1, 4)


def test_pieces_and_holes_survive_as_polygons(dataset: Dataset, tmp_path: Path) -> None:
    v, u = np.mgrid[:120, :160]
    far = np.hypot(u - 60, v - 60)
    mask = ((far < 50) & (far > 20)) | (np.hypot(u - 140, v - 20) < 9)
    (visible,) = visible_masks(mask.astype(np.uint16)).values()
    record = dataset.record(998)
    instance = msgspec.structs.replace(record.instances[0], area=visible.area, bbox=visible.bbox, mask=visible.rle)
    source = with_records(tmp_path / "d", dataset, [msgspec.structs.replace(record, instances=(instance,))])
    result = export(CocoExporter(masks="polygon"), source, tmp_path / "out.json")
    coco = load_quietly(result.path)
    (annotation,) = coco.loadAnns(coco.getAnnIds())
    assert np.array_equal(coco.annToMask(annotation), mask)
    assert len(annotation["segmentation"]) == 3
    assert annotation["area"] == mask.sum()


def test_out_may_be_a_file_or_a_folder(dataset: Dataset, tmp_path: Path) -> None:
    exporter = CocoExporter()
    (tmp_path / "there").mkdir()
    (tmp_path / "odd.json").mkdir()
    expected = {
        "a/b/labels.json": "a/b/labels.json",
        "there": "there/instances.json",
        "new/folder": "new/folder/instances.json",
        "odd.json": "odd.json/instances.json",
    }
    for out, path in expected.items():
        assert export(exporter, dataset, tmp_path / out).path == tmp_path / out
        assert (tmp_path / path).is_file()


def test_an_earlier_export_is_replaced_and_nothing_else(dataset: Dataset, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    export(CocoExporter(), dataset, out)
    before = out.read_bytes()
    export(CocoExporter(), dataset, out)
    assert out.read_bytes() == before
    out.write_text('{"images": []}')
    with pytest.raises(BadInput, match="is not an export of this program"):
        export(CocoExporter(), dataset, out)
    assert out.read_text() == '{"images": []}'
    export(CocoExporter(), dataset, out, force=True)
    assert out.read_bytes() == before


def test_a_failure_leaves_the_earlier_export(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out.json"
    export(CocoExporter(), dataset, out)
    before = out.read_bytes()

    def fail(folder: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("engine.export.output.sync_file_system", fail)
        with pytest.raises(StorageError, match="the disk is full"):
            export(CocoExporter(masks="polygon"), dataset, out)
    unknown = msgspec.structs.replace(dataset.record(998).instances[0], class_name="fork")
    record = msgspec.structs.replace(dataset.record(998), instances=(unknown,))
    with pytest.raises(DatasetError, match="class 'fork'"):
        export(CocoExporter(), with_records(tmp_path / "odd", dataset, [record]), out)
    assert out.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["odd", "out.json"]


def test_a_place_that_cannot_be_written_is_said(dataset: Dataset, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for out in (tmp_path / "file" / "out.json", Path("/proc/out.json"), Path("/proc/1/new/out.json")):
        with pytest.raises(BadInput, match=r"cannot be written: .*; choose another place"):
            export(CocoExporter(), dataset, out)


def test_an_empty_dataset_exports(dataset: Dataset, tmp_path: Path) -> None:
    result = export(CocoExporter(), with_records(tmp_path / "none", dataset, []), tmp_path / "out.json")
    assert (result.frames, result.instances) == (0, 0)
    assert load_quietly(result.path).getImgIds() == []


def test_unknown_formats_and_options_are_said() -> None:
    with pytest.raises(BadInput, match="no export format 'yolo9'; there are: coco"):
        make_exporter("yolo9", {})
    with pytest.raises(BadInput, match="has no option 'colour'; it has: masks"):
        make_exporter("coco", {"colour": "red"})


MEMORY = """
import itertools, json, resource, sys
from pathlib import Path
import msgspec
from engine.dataset.read import Dataset
from engine.export.base import make_exporter
from engine.export.run import export

class Repeated(Dataset):
    frames = int(sys.argv[2])
    def indices(self):
        return list(range(self.frames))
    def stamp(self, index):
        return 0, 0
    def record(self, index):
        return msgspec.structs.replace(one, index=index)

dataset = Dataset.open(sys.argv[1])
one = dataset.record(998)
result = export(make_exporter("coco", {}), Repeated(dataset.root, dataset.manifest), Path(sys.argv[3]))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"peak_kb": peak, "frames": result.frames, "bytes": result.bytes}))
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_dataset(dataset: Dataset, tmp_path: Path) -> None:
    def measured(frames: int) -> dict[str, int]:
        command = [sys.executable, "-c", MEMORY, str(dataset.root), str(frames), str(tmp_path / "out.json")]
        result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
        figures: dict[str, int] = json.loads(result.stdout)
        return figures

    small, large = measured(10), measured(40_000)
    assert large["frames"] == 40_000
    assert large["bytes"] > 40e6
    assert large["peak_kb"] - small["peak_kb"] < 12_000
