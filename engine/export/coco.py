"""COCO instances: one JSON file with all pictures, instances and classes.

Frames stream through: pictures go straight to the file, annotations to a second one that is appended at the end, so
that memory does not grow with the dataset. Annotation ids count from 1 (pycocotools takes 0 for "no match").
"""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import msgspec

from engine.annotate.masks import decode_mask, mask_box
from engine.annotate.polygons import mask_polygons
from engine.annotate.record import FrameRecord, InstanceRecord, PartRecord, Rle
from engine.dataset.manifest import ClassEntry
from engine.dataset.read import Dataset
from engine.export.base import Exporter
from engine.export.frame import Frame, Frames
from engine.export.output import Output

FILE_NAME = "instances.json"
"""Name of the file where no split was asked for."""

_CONTRIBUTOR = "Dataset Studio"


@dataclass(frozen=True)
class Counts:
    """What was counted while a file was written, by class id."""

    images: Counter[int] = field(default_factory=Counter)
    instances: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True)
class CocoExporter(Exporter):
    """Writes COCO instances JSON, with masks as compressed run lengths or as polygons.

    Instances of which something is seen are in it. Amodal masks, visibility and truncation stand beside COCO's fields.
    """

    name: ClassVar[str] = "coco"
    summary: ClassVar[str] = "COCO JSON: boxes, masks, keypoints"
    holds: ClassVar[str] = (
        "boxes, masks, keypoints; beside COCO's own fields amodal masks and boxes, visibility, truncation, `parts` and "
        "drawn values (`attributes`)"
    )
    leaves_out: ClassVar[str] = "instances that are not seen; poses, float passes; pictures stay in the dataset"
    reader: ClassVar[str] = "`pycocotools.coco.COCO(file)`; `file_name` is relative to the dataset's folder"
    own_mark: ClassVar[bytes] = f'"contributor":"{_CONTRIBUTOR}"'.encode()

    masks: Literal["rle", "polygon"] = "rle"
    """`polygon` covers exactly the same pixels; see `engine.annotate.polygons` for pieces and holes."""

    @property
    def frames_at_once(self) -> None:
        """A file holds all frames of a split."""
        return

    def write(self, frames: Frames, out: Output) -> None:
        """See `Exporter`."""
        counts = Counts()
        name = f"instances_{frames.split}.json" if frames.split else FILE_NAME
        with out.open(name) as file, out.scratch() as annotations:
            file.write(b'{"info":' + _json(info(frames.dataset)) + b',\n"images":[')
            count = 0
            for number, frame in enumerate(frames):
                file.write((b",\n" if number else b"\n") + _json(self._image(frame, counts)))
                for instance in frame.record.instances:
                    if instance.mask is not None:
                        count += 1
                        entry = self._annotation(instance, count, frame)
                        annotations.write((b",\n" if count > 1 else b"\n") + _json(entry))
            file.write(b'\n],\n"annotations":[')
            annotations.seek(0)
            shutil.copyfileobj(annotations, file, 1 << 20)
            file.write(b'\n],\n"categories":' + _json(self._categories(frames.dataset, counts)) + b"}\n")

    def _image(self, frame: Frame, counts: Counts) -> dict[str, Any]:
        return image_entry(frame.record)

    def _categories(self, dataset: Dataset, counts: Counts) -> list[dict[str, Any]]:
        return categories(dataset)

    def _annotation(self, instance: InstanceRecord, number: int, frame: Frame) -> dict[str, Any]:
        assert instance.mask is not None
        return {
            "id": number,
            "image_id": frame.record.index,
            "category_id": frame.class_id(instance.class_name),
            "bbox": instance.bbox,
            "area": instance.area,
            "iscrowd": 0,
            "segmentation": self._segmentation(instance.mask),
            "instance_id": instance.instance_id,
            **keypoints(instance, frame),
            **self._amodal(instance),
            **({"parts": [self._part(part) for part in instance.parts if part.mask]} if instance.parts else {}),
            **({"attributes": drawn} if (drawn := frame.attributes.get(instance.instance_id)) else {}),
        }

    def _amodal(self, instance: InstanceRecord) -> dict[str, Any]:
        """What COCO has no names for; nothing where the record does not know it."""
        if instance.amodal_mask is None:
            return {}
        return {
            "amodal_bbox": instance.amodal_bbox,
            "amodal_area": instance.amodal_area,
            "amodal_segmentation": self._segmentation(instance.amodal_mask),
            "visibility": instance.visibility,
            "truncation": instance.truncation,
        }

    def _part(self, part: PartRecord) -> dict[str, Any]:
        assert part.mask is not None
        return {
            "name": part.name, "bbox": part.bbox, "area": part.area, "segmentation": self._segmentation(part.mask)
        }  # fmt: skip

    def _segmentation(self, mask: Rle) -> Rle | list[list[int]]:
        if self.masks == "rle":
            return mask
        x, y, w, h = mask_box(mask)
        return mask_polygons(decode_mask(mask)[y : y + h, x : x + w], (x, y))


@dataclass(frozen=True)
class LvisExporter(CocoExporter):
    """LVIS: COCO whose pictures say which classes they lack, and whose classes say how often they come."""

    name: ClassVar[str] = "lvis"
    summary: ClassVar[str] = "LVIS JSON: COCO for many sparse classes"
    holds: ClassVar[str] = (
        "what `coco` holds; `neg_category_ids` of pictures; `frequency`, `image_count`, `instance_count` of classes"
    )
    reader: ClassVar[str] = "`lvis.LVIS(file)`; `file_name` is relative to the dataset's folder"

    def _image(self, frame: Frame, counts: Counts) -> dict[str, Any]:
        found = [frame.class_id(item.class_name) for item in frame.record.instances if item.mask is not None]
        counts.instances.update(found)
        counts.images.update(set(found))
        # Everything is labelled, so every other class is known not to be there.
        absent = [number for number in frame.dataset.classes.values() if number not in found]
        return {**image_entry(frame.record), "neg_category_ids": absent, "not_exhaustive_category_ids": []}

    def _categories(self, dataset: Dataset, counts: Counts) -> list[dict[str, Any]]:
        return [
            {
                **entry,
                "synset": entry["name"],
                "synonyms": [entry["name"]],
                "def": "",
                "frequency": _frequency(counts.images[entry["id"]]),
                "image_count": counts.images[entry["id"]],
                "instance_count": counts.instances[entry["id"]],
            }
            for entry in categories(dataset)
        ]


def _frequency(images: int) -> str:
    """LVIS' groups of classes: rare, common, frequent."""
    return "r" if images <= 10 else "c" if images <= 100 else "f"


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value)


def info(dataset: Dataset) -> dict[str, Any]:
    """The entry `info` of a COCO file."""
    return {
        "description": dataset.name,
        "contributor": _CONTRIBUTOR,
        "date_created": dataset.created_at,
        "year": int(dataset.created_at[:4]),
        "version": "1.0",
    }


def image_entry(record: FrameRecord) -> dict[str, Any]:
    """A frame in the list `images`; its file is relative to the dataset's folder."""
    return {"id": record.index, "file_name": record.image.path, "width": record.width, "height": record.height}


def categories(dataset: Dataset) -> list[dict[str, Any]]:
    """The list `categories`."""
    return [_category(entry) for entry in dataset.class_entries]


def _category(entry: ClassEntry) -> dict[str, Any]:
    found: dict[str, Any] = {"id": entry.id, "name": entry.name, "supercategory": entry.supercategory}
    if entry.keypoints:
        place = {name: number for number, name in enumerate(entry.keypoints, start=1)}
        found |= {"keypoints": entry.keypoints, "skeleton": [[place[a], place[b]] for a, b in entry.skeleton]}
    return found


def keypoints(instance: InstanceRecord, frame: Frame) -> dict[str, Any]:
    """The instance's keypoints in the order of its class; nothing for a class without any.

    COCO counts from the corner of the top left pixel, and gives 0, 0 to a point that is not in the picture.
    """
    names = frame.keypoint_names(instance.class_name)
    if not names or instance.keypoints is None:
        return {}
    found = {point.name: point for point in instance.keypoints}
    flat: list[float] = []
    for name in names:
        point = found.get(name)
        if point is None or point.uv is None or point.visibility == 0:
            flat += [0, 0, 0]
        else:
            flat += [point.uv[0] + 0.5, point.uv[1] + 0.5, point.visibility]
    return {"keypoints": flat, "num_keypoints": sum(value > 0 for value in flat[2::3])}
