"""Reading exports back, by other people's libraries where there are some, else as the formats' own documents say.

Each reader gives what the format holds of the instances of each frame: class, box [x, y, width, height], and mask.
"""

from __future__ import annotations

import csv
import io
import json
import tarfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from engine.export.check_coco import load_quietly

type Mask = npt.NDArray[np.bool_]


@dataclass
class Seen:
    """An instance as it was read."""

    name: str
    box: tuple[float, ...] | None = None
    mask: Mask | None = None


type Read = dict[int, list[Seen]]


def _number(name: str) -> int:
    return int(Path(name).stem)


def _pixels(data: Path | bytes) -> npt.NDArray[Any]:
    with Image.open(data if isinstance(data, Path) else io.BytesIO(data)) as picture:
        return np.array(picture)


def _box(mask: Mask) -> tuple[float, ...]:
    rows, columns = np.nonzero(mask)
    x, y = int(columns.min()), int(rows.min())
    return x, y, int(columns.max()) - x + 1, int(rows.max()) - y + 1


def coco(root: Path) -> Read:
    """pycocotools."""
    found: Read = {}
    read: COCO = load_quietly(root / "instances.json")
    names = {entry["id"]: entry["name"] for entry in read.loadCats(read.getCatIds())}
    for index in read.getImgIds():
        found[index] = [
            Seen(names[entry["category_id"]], tuple(entry["bbox"]), read.annToMask(entry).astype(bool))
            for entry in read.loadAnns(read.getAnnIds(imgIds=[index]))
        ]
    return found


def lvis(root: Path) -> Read:
    """pycocotools, and what lvis-api asks of a file beyond that (`lvis/lvis.py`, `lvis/eval.py`)."""
    described = json.loads((root / "instances.json").read_text())
    there: dict[int, set[int]] = defaultdict(set)
    for entry in described["annotations"]:
        there[entry["image_id"]].add(entry["category_id"])
    numbers = {entry["id"] for entry in described["categories"]}
    for image in described["images"]:
        assert set(image["neg_category_ids"]) == numbers - there[image["id"]]
        assert image["not_exhaustive_category_ids"] == []
    for entry in described["categories"]:
        assert entry["image_count"] == sum(entry["id"] in found for found in there.values())
        assert entry["instance_count"] == sum(item["category_id"] == entry["id"] for item in described["annotations"])
        assert entry["frequency"] == "r"
    return coco(root)


def panoptic(root: Path) -> Read:
    """panopticapi: `rgb2id` of utils.py, and the checks of its evaluation: ids, areas, no segment without pixels."""
    described = json.loads((root / "panoptic.json").read_text())
    names = {entry["id"]: entry["name"] for entry in described["categories"]}
    found: Read = {}
    for entry in described["annotations"]:
        colors = _pixels(root / "panoptic" / entry["file_name"]).astype(np.int32)
        ids = colors[..., 0] + 256 * colors[..., 1] + 256 * 256 * colors[..., 2]
        segments = {segment["id"]: segment for segment in entry["segments_info"]}
        assert set(np.unique(ids).tolist()) - {0} == set(segments)
        found[entry["image_id"]] = []
        for number, segment in segments.items():
            mask = ids == number
            assert segment["area"] == mask.sum()
            found[entry["image_id"]].append(Seen(names[segment["category_id"]], tuple(segment["bbox"]), mask))
    return found


def _detections(dataset: Any) -> Read:
    """A dataset of `supervision`."""
    found: Read = {}
    for path in dataset.image_paths:
        boxes = dataset.annotations[path]
        found[_number(path)] = [
            Seen(dataset.classes[int(number)], (x0, y0, x1 - x0, y1 - y0))
            for number, (x0, y0, x1, y1) in zip(boxes.class_id, boxes.xyxy.tolist(), strict=True)
        ]
    return found


def _yolo(root: Path, **kind: bool) -> Any:
    import supervision

    return supervision.DetectionDataset.from_yolo(
        images_directory_path=str(root / "images/train"),
        annotations_directory_path=str(root / "labels/train"),
        data_yaml_path=str(root / "data.yaml"),
        **kind,
    )


def yolo(root: Path) -> Read:
    """supervision."""
    return _detections(_yolo(root))


def yolo_segment(root: Path) -> Read:
    """supervision for classes and boxes; the outlines as COCO fills polygons."""
    found: Read = {}
    names = list(_yolo(root).classes)
    for path in sorted((root / "labels/train").iterdir()):
        with Image.open(next((root / "images/train").glob(f"{path.stem}.*"))) as picture:
            width, height = picture.size
        found[_number(path.name)] = []
        for line in path.read_text().splitlines():
            number, *values = line.split()
            polygon = np.array(values, float).reshape(-1, 2) * (width, height)
            packed = coco_mask.frPyObjects([np.round(polygon, 3).ravel().tolist()], height, width)
            mask = coco_mask.decode(packed)[..., 0].astype(bool)
            low, high = polygon.min(axis=0), polygon.max(axis=0)
            found[_number(path.name)].append(Seen(names[int(number)], (*low, *(high - low)), mask))
    return found


def voc(root: Path) -> Read:
    """supervision for boxes and classes; masks as the development kit describes them: the n-th object has number n."""
    import supervision

    read = supervision.DetectionDataset.from_pascal_voc(str(root / "JPEGImages"), str(root / "Annotations"))
    found = _detections(read)
    for index, instances in found.items():
        objects = _pixels(root / f"SegmentationObject/{index:08d}.png")
        classes = _pixels(root / f"SegmentationClass/{index:08d}.png")
        listed = ElementTree.parse(root / f"Annotations/{index:08d}.xml").getroot().findall("object")
        assert [item.findtext("name") for item in listed] == [instance.name for instance in instances]
        names = (root / "labels.txt").read_text().splitlines()
        for place, instance in enumerate(instances, start=1):
            instance.mask = objects == place
            assert set(classes[instance.mask].tolist()) == {names.index(instance.name) + 1}
    listed_frames = (root / "ImageSets/Main/train.txt").read_text().split()
    assert [int(name) for name in listed_frames] == sorted(found)
    return found


def kitti(root: Path) -> Read:
    """The development kit's readme: 15 fields, the box as left, top, right, bottom."""
    found: Read = {}
    for path in sorted((root / "train/label_2").iterdir()):
        found[_number(path.name)] = []
        for line in path.read_text().splitlines():
            fields = line.split(" ")
            assert len(fields) == 15
            left, top, right, bottom = map(float, fields[4:8])
            found[_number(path.name)].append(Seen(fields[0], (left, top, right - left, bottom - top)))
    return found


def openimages(root: Path) -> Read:
    """The csv module."""
    with (root / "class-descriptions.csv").open(newline="") as file:
        names = {row["LabelName"]: row["DisplayName"] for row in csv.DictReader(file)}
    sizes = {}
    for path in (root / "train/data").iterdir():
        with Image.open(path) as picture:
            sizes[path.stem] = picture.size
    found: Read = {int(name): [] for name in sorted(sizes)}
    with (
        (root / "train-annotations-bbox.csv").open(newline="") as boxes,
        (root / "train-annotations-object-segmentation.csv").open(newline="") as masks,
    ):
        for row, masked in zip(csv.DictReader(boxes), csv.DictReader(masks), strict=True):
            assert row["ImageID"] == masked["ImageID"]
            width, height = sizes[row["ImageID"]]
            left, right = float(row["XMin"]) * width, float(row["XMax"]) * width
            top, bottom = float(row["YMin"]) * height, float(row["YMax"]) * height
            mask = _pixels(root / "train/masks" / masked["MaskPath"]) > 0
            found[int(row["ImageID"])].append(
                Seen(names[row["LabelName"]], (left, top, right - left, bottom - top), mask)
            )
    return found


def hdf5(root: Path) -> Read:
    """h5py, by BlenderProc's keys."""
    import h5py

    found: Read = {}
    for path in root.glob("*.hdf5"):
        with h5py.File(path) as file:
            attributes = json.loads(file["instance_attribute_maps"][()])
            ids, classes = file["instance_segmaps"][()], file["category_id_segmaps"][()]
            assert file["colors"].shape == (*ids.shape, 3)
            assert file["depth"].shape == ids.shape
        found[_number(path.name)] = []
        for item in attributes[1:]:
            mask = ids == item["idx"]
            assert set(classes[mask].tolist()) == {item["category_id"]}
            found[_number(path.name)].append(Seen(item["name"], _box(mask), mask))
    return found


def _described(plain: dict[str, Any]) -> list[Seen]:
    """Annotations as our own JSON has them, masks as COCO's run lengths."""
    return [
        Seen(item["class_name"], tuple(item["bbox"]), coco_mask.decode(item["mask"]).astype(bool))
        for item in plain["instances"]
        if item["mask"]
    ]


def webdataset(root: Path) -> Read:
    """The library webdataset."""
    import webdataset as wds

    found: Read = {}
    shards = [str(path) for path in sorted(root.glob("train-*.tar"))]
    for sample in wds.WebDataset(shards, shardshuffle=False, empty_check=False):
        plain = json.loads(sample["json"])
        height, width, _ = _pixels(sample["png"]).shape
        assert (plain["width"], plain["height"]) == (width, height)
        with np.load(io.BytesIO(sample["npz"])) as passes:
            assert passes["depth"].shape == (height, width)
        found[int(sample["__key__"])] = _described(plain)
    return found


def parquet(root: Path) -> Read:
    """pyarrow, and the features that are noted for Hugging Face."""
    from pyarrow import parquet as reader

    found: Read = {}
    for path in sorted((root / "data").glob("train-*.parquet")):
        table = reader.read_table(path)
        features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
        names = features["objects"][0]["category"]["names"]
        for row in table.to_pylist():
            height, width, _ = _pixels(row["image"]["bytes"]).shape
            found[row["image_id"]] = [
                Seen(
                    names[item["category"]],
                    tuple(item["bbox"]),
                    coco_mask.decode({"size": [height, width], "counts": item["mask"]}).astype(bool),
                )
                for item in row["objects"]
            ]
            assert json.loads(row["annotations"])["index"] == row["image_id"]
    return found


def imagefolder(root: Path) -> Read:
    """A line of JSON for each picture."""
    found: Read = {}
    for line in (root / "train/metadata.jsonl").read_text().splitlines():
        row = json.loads(line)
        assert (root / "train" / row["file_name"]).is_file()
        listed = zip(row["objects"]["category"], row["objects"]["bbox"], strict=True)
        found[row["image_id"]] = [Seen(name, tuple(box)) for name, box in listed]
    return found


def maps(root: Path) -> Read:
    """Pillow and OpenEXR."""
    import OpenEXR

    names = {number: name for name, number in json.loads((root / "maps.json").read_text())["classes"].items()}
    found: Read = {}
    for path in sorted((root / "instances").iterdir()):
        ids, classes = _pixels(path), _pixels(root / "classes" / path.name)
        depth = OpenEXR.File(str(root / f"depth_exr/{path.stem}.exr")).channels()["Y"].pixels
        steps = _pixels(root / f"depth/{path.name}")
        assert np.array_equal(steps, np.round(np.where(np.isfinite(depth), depth, 0) * 10_000.0))
        found[_number(path.name)] = []
        for number in np.unique(ids[ids > 0]).tolist():
            mask = ids == number
            (of_class,) = set(classes[mask].tolist())
            found[_number(path.name)].append(Seen(names[of_class], _box(mask), mask))
    return found


def bop(root: Path) -> Read:
    """bop_toolkit's layout. Classes are not held; `obj_id` stands for them."""
    found: Read = {}
    for scene in sorted((root / "train_pbr").iterdir()):
        poses = json.loads((scene / "scene_gt.json").read_text())
        infos = json.loads((scene / "scene_gt_info.json").read_text())
        for image, listed in poses.items():
            found[int(image)] = []
            assert (scene / f"rgb/{int(image):06d}.png").is_file()
            for number, (pose, info) in enumerate(zip(listed, infos[image], strict=True)):
                mask = _pixels(scene / f"mask_visib/{int(image):06d}_{number:06d}.png") > 0
                found[int(image)].append(_bop_seen(pose, info, mask))
    return found


def _bop_seen(pose: dict[str, Any], info: dict[str, Any], mask: Mask) -> Seen:
    x, y, w, h = info["bbox_visib"]
    assert info["px_count_visib"] == mask.sum()
    return Seen(str(pose["obj_id"]), (x, y, w + 1, h + 1), mask)


def bop_webdataset(root: Path) -> Read:
    """The layout of bop_toolkit's `bop_webdataset`, masks by its `rle_to_binary_mask`."""
    found: Read = {}
    shards = json.loads((root / "train_pbr/key_to_shard.json").read_text())
    for path in sorted((root / "train_pbr").glob("shard-*.tar")):
        files: dict[str, dict[str, bytes]] = defaultdict(dict)
        with tarfile.open(path) as archive:
            for member in archive:
                key, _, name = member.name.partition(".")
                extracted = archive.extractfile(member)
                assert extracted is not None
                files[key][name] = extracted.read()
        for key, parts in files.items():
            assert shards[key] == int(path.stem.removeprefix("shard-"))
            assert {"rgb.png", "depth.png", "camera.json", "gt.json", "gt_info.json", "mask.json"} <= set(parts)
            masks = json.loads(parts["mask_visib.json"])
            listed = zip(json.loads(parts["gt.json"]), json.loads(parts["gt_info.json"]), strict=True)
            found[int(key.partition("_")[2])] = [
                _bop_seen(pose, info, _filled(masks[str(number)])) for number, (pose, info) in enumerate(listed)
            ]
    return found


def _filled(rle: dict[str, Any]) -> Mask:
    height, width = rle["size"]
    packed = coco_mask.frPyObjects({"counts": rle["counts"], "size": [height, width]}, height, width)
    return coco_mask.decode(packed).astype(bool)


def yolo_pose(root: Path) -> Read:
    """Ultralytics' text lines: class, box, then x, y, visibility of each keypoint."""
    found: Read = {}
    dataset = _yolo(root)
    for index, instances in _detections(dataset).items():
        lines = (root / f"labels/train/{index:08d}.txt").read_text().splitlines()
        assert all(len(line.split()) == 5 + 3 * 3 for line in lines)
        found[index] = instances
    return found


def yolo_obb(root: Path) -> Read:
    """supervision; the box is that round the four corners."""
    return _detections(_yolo(root, is_obb=True))


READERS: dict[str, Callable[[Path], Read]] = {
    "coco": coco,
    "lvis": lvis,
    "coco-panoptic": panoptic,
    "yolo": yolo,
    "yolo-segment": yolo_segment,
    "yolo-obb": yolo_obb,
    "yolo-pose": yolo_pose,
    "bop": bop,
    "bop-webdataset": bop_webdataset,
    "voc": voc,
    "kitti": kitti,
    "openimages": openimages,
    "hdf5": hdf5,
    "webdataset": webdataset,
    "parquet": parquet,
    "imagefolder": imagefolder,
    "maps": maps,
}


def all_files(root: Path) -> Iterator[Path]:
    """The files of an export, without what it keeps for itself."""
    for path in sorted(root.rglob("*")):
        if path.is_file() and ".studio-export" not in path.parts:
            yield path
