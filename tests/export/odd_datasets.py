"""Datasets that no recipe makes: given records, and masks that formats stumble over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from engine.annotate.masks import decode_mask, visible_masks
from engine.annotate.oriented import oriented_box
from engine.annotate.passes import Passes
from engine.annotate.record import FrameRecord, InstanceRecord, encode_record
from engine.dataset import layout
from engine.dataset.manifest import ClassEntry, Manifest, encode_manifest, fingerprint_of
from engine.dataset.models import publish_models
from engine.dataset.publish import publish_frame
from engine.dataset.read import Dataset
from tests.factory import LANDMARKS, ball_bodies, make_passes, make_record, make_spec, make_test_manifest

ODD_NAMES = ("Tasse à café", "чашка", "茶碗", "left & <right>")
"""Names of classes that are not plain letters; the last one has what XML means something by."""
CLASSES = (*ODD_NAMES, *(f"class {number}" for number in range(5, 301)))
FOUR_K = 3840, 2160


def with_records(path: Path, dataset: Dataset, records: Iterable[FrameRecord]) -> Dataset:
    """A dataset with the manifest of another and given records; their pictures are where they were."""
    (path / layout.FRAMES_NAME).mkdir(parents=True)
    (path / layout.MANIFEST_NAME).write_bytes(encode_manifest(dataset.manifest))
    for record in records:
        place = path / layout.record_path(record.index)
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(encode_record(record))
    return Dataset.open(path)


def odd_manifest() -> Manifest:
    """300 classes, some with names that are not ASCII."""
    points = tuple(point for point, _ in LANDMARKS.keypoints)
    classes = tuple(
        ClassEntry(number, name, "thing", points if number < 3 else (), LANDMARKS.skeleton if number < 3 else ())
        for number, name in enumerate(CLASSES, start=1)
    )
    plain = make_test_manifest()
    manifest = msgspec.structs.replace(plain, classes=classes)
    return msgspec.structs.replace(manifest, fingerprint=fingerprint_of(manifest))


def put_frame(
    root: Path, index: int, masks: Mapping[str, npt.NDArray[np.bool_]], size: tuple[int, int] = (160, 120)
) -> FrameRecord:
    """Store a frame that shows instances of some classes where `masks`, (H, W) each and disjoint, say so."""
    width, height = size
    spec = make_spec(index, width=width, height=height, instances=max(len(masks), 1))
    names = list(masks)
    objects = [
        msgspec.structs.replace(item, class_name=name, scale=0.04)
        for item, name in zip(spec.objects, names, strict=False)
    ]
    spec = msgspec.structs.replace(spec, objects=tuple(objects))
    ids = np.zeros((height, width), np.uint16)
    rgb = np.zeros((height, width, 3), np.uint8)
    for number, mask in enumerate(masks.values(), start=1):
        ids[mask] = number
    rgb[..., 0] = ids * 40
    depth = np.full((height, width), 0.75, np.float32)
    depth[: height // 4] = np.inf
    passes = Passes(rgb=rgb, instance_id=ids, depth=depth, samples=1)
    plain = make_spec(index, width=width, height=height, instances=1)
    base = make_record(plain, make_passes(plain)) if size == (160, 120) else _bare(width, height)
    pattern = base.instances[0]
    seen = visible_masks(ids)
    instances = []
    for item in objects:
        found = seen[item.instance_id]
        x, y, w, h = found.bbox
        instances.append(
            msgspec.structs.replace(
                pattern, instance_id=item.instance_id, class_name=item.class_name, area=found.area, bbox=found.bbox,
                mask=found.rle, amodal_mask=found.rle, amodal_area=found.area, amodal_bbox=found.bbox, visibility=1.0,
                truncation=0.0, occluders=(),
                obb=oriented_box(decode_mask(found.rle)[y : y + h, x : x + w], (x, y)),
            )
        )  # fmt: skip
    record = msgspec.structs.replace(
        base, index=index, width=width, height=height, spec=spec, instances=tuple(instances)
    )
    return publish_frame(root, passes, record, odd_manifest().storage)


def _bare(width: int, height: int) -> FrameRecord:
    spec = make_spec(0, instances=1)
    return msgspec.structs.replace(make_record(spec, make_passes(spec)), width=width, height=height)


def make_odd(root: Path) -> Dataset:
    """Frames 0 to 5: two pieces with a hole, one pixel, nothing, 4 K, all 300 classes, and touching neighbours."""
    (root / layout.FRAMES_NAME).mkdir(parents=True)
    (root / layout.MANIFEST_NAME).write_bytes(encode_manifest(odd_manifest()))
    v, u = np.mgrid[:120, :160]
    ring = (np.hypot(u - 50, v - 60) < 40) & (np.hypot(u - 50, v - 60) > 15)
    put_frame(root, 0, {ODD_NAMES[0]: ring | (np.hypot(u - 140, v - 20) < 9)})
    pixel = (u == 159) & (v == 119)
    put_frame(root, 1, {ODD_NAMES[1]: pixel})
    put_frame(root, 2, {})
    width, height = FOUR_K
    large = np.zeros((height, width), bool)
    large[100:1900, 200:3700] = True
    put_frame(root, 3, {ODD_NAMES[2]: large}, FOUR_K)
    tiles = {name: (u // 8 + 20 * (v // 8) == number) for number, name in enumerate(CLASSES)}
    put_frame(root, 4, tiles)
    put_frame(root, 5, {ODD_NAMES[3]: (u < 80) & (v > 40), ODD_NAMES[0]: (u >= 80) & (v > 40)})
    publish_models(root, ball_bodies())
    return Dataset.open(root)


def make_fixed_balls(root: Path, frames: Sequence[int], *, width: int = 160, height: int = 120) -> Dataset:
    """Balls as `make_dataset` has them, but all of one size, as BOP wants it."""
    manifest = make_test_manifest(width=width, height=height, passes=("depth", "normal"))
    (root / layout.FRAMES_NAME).mkdir(parents=True)
    (root / layout.MANIFEST_NAME).write_bytes(encode_manifest(manifest))
    for index in frames:
        spec = make_spec(index, width=width, height=height, instances=4)
        objects = tuple(msgspec.structs.replace(item, scale=0.04) for item in spec.objects)
        spec = msgspec.structs.replace(spec, objects=objects)
        passes = make_passes(spec)
        publish_frame(root, passes, make_record(spec, passes), manifest.storage)
    publish_models(root, ball_bodies())
    return Dataset.open(root)


def mask_of(instance: InstanceRecord) -> npt.NDArray[np.bool_]:
    """The visible mask of an instance that is seen, (H, W)."""
    assert instance.mask is not None
    return decode_mask(instance.mask)
