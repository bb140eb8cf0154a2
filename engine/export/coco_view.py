"""Any COCO dataset, a folder of pictures and a JSON file, as a source of frames to look at."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError
from pycocotools import mask as coco_mask

from engine.annotate.geometry import NO_SKELETONS, Skeletons
from engine.annotate.masks import mask_box
from engine.annotate.plain import Keypoint, PlainImage, PlainInstance, PlainRecord, id_map
from engine.annotate.record import Rle
from engine.dataset.columns import FRAME_COLUMNS, INSTANCE_COLUMNS, Columns, Texts
from engine.errors import DatasetError
from engine.files import reason

MOST_INSTANCES = 65_535
"""In one picture: an id map has no room for more."""


class CocoImage(msgspec.Struct):
    """An entry of `images`."""

    id: int
    file_name: str
    width: int = 0
    height: int = 0


class CocoAnnotation(msgspec.Struct):
    """An entry of `annotations`, or of a file of results (with a score, without an id)."""

    image_id: int
    category_id: int
    id: int = 0
    bbox: list[float] = []
    area: float = 0.0
    iscrowd: int = 0
    segmentation: msgspec.Raw = msgspec.Raw(b"")
    keypoints: list[float] = []
    score: float | None = None
    amodal_segmentation: msgspec.Raw = msgspec.Raw(b"")
    """This and the following are no part of COCO: our own exports have them."""
    amodal_bbox: list[float] | None = None
    visibility: float | None = None
    truncation: float | None = None


class CocoCategory(msgspec.Struct):
    """An entry of `categories`."""

    id: int
    name: str
    keypoints: list[str] = []
    skeleton: list[tuple[int, int]] = []


class _File(msgspec.Struct):
    images: list[CocoImage]
    annotations: list[CocoAnnotation] = []
    categories: list[CocoCategory] = []


@dataclass(slots=True)
class CocoView:
    """The pictures and annotations of a COCO file, held in memory; pictures are read when asked for."""

    root: Path
    """The folder that `file_name`s start from."""
    file: Path
    images: dict[int, CocoImage]
    """By id, ascending."""
    categories: dict[int, CocoCategory]
    annotations: dict[int, list[CocoAnnotation]] = field(default_factory=dict)
    """By the id of their picture, in the file's order."""

    @classmethod
    def open(cls, root: Path, file: Path) -> CocoView:
        """Read a COCO JSON file about the pictures in folder `root`; raises DatasetError."""
        if not root.is_dir():
            raise DatasetError(f"{root} is no folder; name the one that the pictures of {file} lie in.")
        found = read_json(file, _File, "COCO annotations")
        annotations: dict[int, list[CocoAnnotation]] = {}
        for annotation in found.annotations:
            annotations.setdefault(annotation.image_id, []).append(annotation)
        images = {image.id: image for image in sorted(found.images, key=lambda image: image.id)}
        strays = annotations.keys() - images.keys()
        if strays:
            raise DatasetError(f"{file} annotates picture {min(strays)}, which its `images` do not list; repair it.")
        return cls(root, file, images, {entry.id: entry for entry in found.categories}, annotations)

    @property
    def name(self) -> str:
        """The file's name."""
        return self.file.stem

    @property
    def note(self) -> str:
        """What kind of dataset it is."""
        return "COCO"

    @property
    def skeletons(self) -> Skeletons:
        """None: every instance holds its own."""
        return NO_SKELETONS

    def refresh(self) -> list[int]:
        """The ids of all pictures, ascending."""
        return list(self.images)

    def record(self, index: int) -> PlainRecord:
        """The annotations of picture `index`; raises DatasetError where there is none or they are damaged."""
        image = self._image(index)
        width, height = self._size(image)
        try:
            instances = tuple(
                plain_instance(annotation, number, self.categories, (height, width))
                for number, annotation in enumerate(self.annotations.get(index, [])[:MOST_INSTANCES], start=1)
            )
        except (ValueError, TypeError, IndexError, msgspec.MsgspecError) as error:
            raise DatasetError(f"{self.file}: the annotations of picture {index} are damaged: {error}.") from error
        return PlainRecord(index, width, height, PlainImage(image.file_name), instances)

    def image(self, index: int) -> npt.NDArray[np.uint8]:
        """Picture `index`: (H, W, 3), sRGB; raises DatasetError where it is missing or cannot be read."""
        path = self._path(self._image(index))
        try:
            with Image.open(path) as picture:
                return np.asarray(picture.convert("RGB"), dtype=np.uint8)
        except UnidentifiedImageError as error:
            raise DatasetError(f"{path} is damaged, or no picture of a known kind.") from error
        except OSError as error:
            raise DatasetError(f"{path} cannot be read: {reason(error)}.") from error

    def float_pass(self, index: int, name: str) -> npt.NDArray[np.float32]:
        """There are none: raises DatasetError."""
        raise DatasetError(f"Picture {index} of {self.file} has no pass '{name}': COCO has none.")

    def instance_map(self, index: int) -> npt.NDArray[np.uint16]:
        """The instance id seen at each pixel: (H, W), 0 for none; of overlapping masks the smaller is on top."""
        return id_map(self.record(index))

    def _image(self, index: int) -> CocoImage:
        if index not in self.images:
            raise DatasetError(f"{self.file} has no picture {index}.")
        return self.images[index]

    def _path(self, image: CocoImage) -> Path:
        """Where a picture lies: at its `file_name`, or right in the folder."""
        path = self.root / image.file_name
        flat = self.root / Path(image.file_name).name
        return flat if not path.exists() and flat.exists() else path

    def _size(self, image: CocoImage) -> tuple[int, int]:
        """Width and height; of a file that does not tell them, the picture's own."""
        if image.width > 0 and image.height > 0:
            return image.width, image.height
        height, width, _ = self.image(image.id).shape
        return width, height

    def columns(self) -> Columns:
        """What can be filtered and sorted by; what COCO does not know is NaN."""
        rows = list(self.images.values())
        pairs = [
            (row, number, annotation)
            for row, image in enumerate(rows)
            for number, annotation in enumerate(self.annotations.get(image.id, [])[:MOST_INSTANCES], start=1)
        ]
        frames = {name: np.full(len(rows), math.nan) for name in FRAME_COLUMNS}
        frames["index"] = np.array([image.id for image in rows], np.float64)
        for name in ("width", "height"):
            frames[name] = np.array([getattr(image, name) or math.nan for image in rows], np.float64)
        counts = [len(self.annotations.get(image.id, [])) for image in rows]
        frames["objects"] = frames["seen"] = np.array(counts, np.float64)
        instances = {name: np.full(len(pairs), math.nan) for name in INSTANCE_COLUMNS}
        instances["id"] = np.array([number for _, number, _ in pairs], np.float64)
        instances["area"] = np.array([_area(annotation) for *_, annotation in pairs], np.float64)
        for name in ("visibility", "truncation"):
            known = [getattr(item, name) for *_, item in pairs]
            instances[name] = np.array([math.nan if value is None else value for value in known], np.float64)
        boxes = [item.bbox if len(item.bbox) == 4 else [math.nan] * 4 for *_, item in pairs]
        instances |= dict(zip("xywh", np.array(boxes, np.float64).reshape(-1, 4).T, strict=True))
        return Columns(
            frames,
            drawn={},
            words={"file": Texts.of([image.file_name for image in rows])},
            problems=Texts.of([""] * len(rows)),
            instances=instances,
            classes=Texts.of([class_name(self.categories, item.category_id) for *_, item in pairs]),
            owner=np.array([row for row, *_ in pairs], np.int64),
        )

    def iter_annotations(self) -> Iterator[CocoAnnotation]:
        """All annotations, picture by picture."""
        for index in self.images:
            yield from self.annotations.get(index, [])


def read_json[T](file: Path, kind: type[T], what: str) -> T:
    """Read a JSON file as `kind`; raises DatasetError that calls it `what`."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except OSError as error:
        raise DatasetError(f"{file} cannot be read: {reason(error)}.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DatasetError(f"{file} is no file of {what}: {error}.") from error


def class_name(categories: dict[int, CocoCategory], number: int) -> str:
    """The name of a category, or its number where the file does not list it."""
    return categories[number].name if number in categories else f"category {number}"


def plain_instance(
    annotation: CocoAnnotation, number: int, categories: dict[int, CocoCategory], size: tuple[int, int]
) -> PlainInstance:
    """An annotation as an instance of a picture of (height, width); raises ValueError for one that is damaged."""
    mask = _mask(annotation.segmentation, size)
    box = annotation.bbox
    if len(box) != 4 and mask is not None:
        box = list(mask_box(mask))
    category = categories.get(annotation.category_id)
    points = _keypoints(annotation.keypoints)
    edges = category.skeleton if category is not None else []
    area = annotation.area if annotation.area > 0 or mask is None else float(coco_mask.area(_packed(mask)))
    return PlainInstance(
        instance_id=number,
        class_name=class_name(categories, annotation.category_id),
        area=round(area or _area(annotation)),
        bbox=_box(box),
        mask=mask,
        keypoints=points,
        skeleton=tuple((a - 1, b - 1) for a, b in edges if 0 < a <= len(points) and 0 < b <= len(points)),
        crowd=bool(annotation.iscrowd),
        annotation_id=annotation.id,
        score=annotation.score,
        amodal_mask=_mask(annotation.amodal_segmentation, size),
        amodal_bbox=_box(annotation.amodal_bbox or []),
        visibility=annotation.visibility,
        truncation=annotation.truncation,
    )


def _box(numbers: list[float]) -> tuple[float, float, float, float] | None:
    return (numbers[0], numbers[1], numbers[2], numbers[3]) if len(numbers) == 4 else None


def _area(annotation: CocoAnnotation) -> float:
    """Pixels as the file says, or those of the box."""
    return annotation.area or (annotation.bbox[2] * annotation.bbox[3] if len(annotation.bbox) == 4 else 0.0)


def _keypoints(numbers: list[float]) -> tuple[Keypoint | None, ...]:
    """COCO's flat list of u, v and visibility (0 not marked, 1 hidden, 2 seen)."""
    triples = zip(numbers[0::3], numbers[1::3], numbers[2::3], strict=True)
    return tuple(Keypoint(u, v, seen=visible >= 2) if visible > 0 else None for u, v, visible in triples)


def _mask(segmentation: msgspec.Raw, size: tuple[int, int]) -> Rle | None:
    """A segmentation, polygons or run lengths of either kind, as compressed run lengths of (height, width)."""
    found: Any = msgspec.json.decode(segmentation) if bytes(segmentation) else None
    if not found:
        return None
    height, width = size
    if isinstance(found, dict):
        if tuple(found["size"]) != size:
            raise ValueError(f"a mask is {found['size'][1]} x {found['size'][0]}, not {width} x {height}, pixels large")
        counts = found["counts"]
        if isinstance(counts, list):
            counts = coco_mask.frPyObjects(found, height, width)["counts"].decode("ascii")
        return Rle(size=size, counts=counts)
    polygons = [polygon for polygon in found if len(polygon) >= 6 and len(polygon) % 2 == 0]
    if not polygons:
        return None
    merged = coco_mask.merge(coco_mask.frPyObjects(polygons, height, width))
    return Rle(size=size, counts=merged["counts"].decode("ascii"))


def _packed(mask: Rle) -> dict[str, Any]:
    return {"size": list(mask.size), "counts": mask.counts.encode("ascii")}
