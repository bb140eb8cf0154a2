"""COCO instances: one JSON file with all pictures, instances and classes.

Frames stream through: pictures go straight to the file, annotations to a second one that is appended at the end, so
that memory does not grow with the dataset. Annotation ids count from 1 (pycocotools takes 0 for "no match").
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, ClassVar, Literal

import msgspec

from engine.annotate.masks import decode_mask, mask_box
from engine.annotate.polygons import mask_polygons
from engine.annotate.record import FrameRecord, InstanceRecord, Rle
from engine.errors import BadInput, DatasetError, StorageError
from engine.export.base import ExportResult, ExportSource, Progress
from engine.files import make_folder, reason, sync_folder, temporary_path

FILE_NAME = "instances.json"
"""Name of the file where `out` is a folder."""

_CONTRIBUTOR = "Dataset Studio"
_OWN_MARK = f'"contributor":"{_CONTRIBUTOR}"'.encode()


def _no_progress(frames: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class CocoExporter:
    """Writes COCO instances JSON, with masks as compressed run lengths or as polygons.

    Instances of which something is seen are in it. Amodal masks, visibility and truncation stand beside COCO's fields.
    """

    name: ClassVar[str] = "coco"
    summary: ClassVar[str] = "COCO instances JSON: boxes and masks"

    masks: Literal["rle", "polygon"] = "rle"
    """`polygon` covers exactly the same pixels; see `engine.annotate.polygons` for pieces and holes."""

    def export(
        self, source: ExportSource, out: Path, *, force: bool = False, progress: Progress = _no_progress
    ) -> ExportResult:
        """Write all frames to the file `out`, or to `instances.json` in it where it is a folder or has no `.json`."""
        target = out if out.suffix.lower() == ".json" and not out.is_dir() else out / FILE_NAME
        if not force:
            _refuse_foreign(target)
        with _storage_errors(target), _whole_file(target) as (file, annotations):
            frames, instances = self._write(source, file, annotations, progress)
        return ExportResult(target, frames, instances, target.stat().st_size)

    def _write(
        self, source: ExportSource, file: IO[bytes], annotations: IO[bytes], progress: Progress
    ) -> tuple[int, int]:
        frames = instances = 0
        file.write(b'{"info":' + _json(_info(source)) + b',\n"images":[')
        for record in source.iter_records():
            file.write((b",\n" if frames else b"\n") + _json(_image(record)))
            frames += 1
            for instance in record.instances:
                if instance.mask is None:
                    continue
                annotation = self._annotation(instance, instances + 1, record, source)
                annotations.write((b",\n" if instances else b"\n") + _json(annotation))
                instances += 1
            progress(frames)
        file.write(b'\n],\n"annotations":[')
        annotations.seek(0)
        shutil.copyfileobj(annotations, file, 1 << 20)
        categories = [
            {"id": entry.id, "name": entry.name, "supercategory": entry.supercategory} for entry in source.class_entries
        ]
        file.write(b'\n],\n"categories":' + _json(categories) + b"}\n")
        return frames, instances

    def _annotation(
        self, instance: InstanceRecord, number: int, record: FrameRecord, source: ExportSource
    ) -> dict[str, Any]:
        if instance.class_name not in source.classes:
            raise DatasetError(
                f"{source.root}: frame {record.index} has an instance of class '{instance.class_name}', which the "
                "dataset's manifest does not list."
            )
        assert instance.mask is not None
        return {
            "id": number,
            "image_id": record.index,
            "category_id": source.classes[instance.class_name],
            "bbox": instance.bbox,
            "area": instance.area,
            "iscrowd": 0,
            "segmentation": self._segmentation(instance.mask),
            "instance_id": instance.instance_id,
            **self._amodal(instance),
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

    def _segmentation(self, mask: Rle) -> Rle | list[list[int]]:
        if self.masks == "rle":
            return mask
        x, y, w, h = mask_box(mask)
        return mask_polygons(decode_mask(mask)[y : y + h, x : x + w], (x, y))


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value)


def _info(source: ExportSource) -> dict[str, Any]:
    return {
        "description": source.name,
        "contributor": _CONTRIBUTOR,
        "date_created": source.created_at,
        "year": int(source.created_at[:4]),
        "version": "1.0",
    }


def _image(record: FrameRecord) -> dict[str, Any]:
    return {"id": record.index, "file_name": record.image.path, "width": record.width, "height": record.height}


def _refuse_foreign(target: Path) -> None:
    """Let an earlier export be replaced, but no file of somebody else's."""
    try:
        with target.open("rb") as file:
            head = file.read(4096)
    except FileNotFoundError:
        return
    except OSError as error:
        raise BadInput(f"{target} cannot be written: {reason(error)}; choose another place.") from error
    if _OWN_MARK not in head:
        raise BadInput(f"{target} exists and is not an export of this program; choose another name, or use --force.")


@contextmanager
def _storage_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{target} could not be written: {reason(error)}; it was left as it was.") from error


@contextmanager
def _whole_file(target: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The file under a temporary name, renamed at the end, and a second one for the time between."""
    temporary = temporary_path(target)
    second = temporary.with_name(f"{temporary.name}.annotations")
    try:
        with ExitStack() as stack:
            try:
                make_folder(target.parent)
                file = stack.enter_context(temporary.open("wb"))
                annotations = stack.enter_context(second.open("w+b"))
            except OSError as error:
                raise BadInput(f"{target} cannot be written: {reason(error)}; choose another place.") from error
            yield file, annotations
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        sync_folder(target.parent)
    finally:
        for path in (temporary, second):
            with suppress(OSError):
                path.unlink(missing_ok=True)
