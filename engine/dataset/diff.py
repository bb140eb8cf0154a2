"""Whether two datasets are the same, and where they are not: what they were made from, their frames, their records.

How a frame came about (`render`: time, device) is no difference, nor are sizes of files: equal pixels may be packed
otherwise. Records are compared as bytes, field by field, and taken apart only where they differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from engine.annotate.masks import decode_mask
from engine.annotate.record import Rle
from engine.dataset import layout
from engine.dataset.differing import ABSENT, Differing, differing
from engine.dataset.manifest import Manifest, deciding
from engine.dataset.read import Dataset
from engine.errors import DatasetError
from engine.files import reason

DETAILED = 1000
"""Frames whose records are taken apart into single fields; of further ones that differ, only the part is told."""

_NOT_COMPARED = frozenset({"render", "index", "version"})
_FILES = ("image", "passes")

type Progress = Callable[[int], object]


@dataclass(slots=True)
class FieldDifference:
    """A field of records that differs in some frames."""

    frames: list[int] = field(default_factory=list)
    """Ascending."""
    largest: float | None = None
    """Largest difference of numbers; of masks, of the number of pixels that only one of them has."""
    example: Differing | None = None
    """The one with the largest difference, else the first; its frame is `example_frame`."""
    example_frame: int = 0


@dataclass(slots=True)
class DatasetDiff:
    """What was found."""

    made_from: list[Differing] = field(default_factory=list)
    """Recipe, seed, classes, assets, storage, versions: what decides pixels and files."""
    notes: list[Differing] = field(default_factory=list)
    """What decides no pixel: names, descriptions, keypoints of classes, paths, times."""
    only_left: list[int] = field(default_factory=list)
    only_right: list[int] = field(default_factory=list)
    common: int = 0
    """Frames that both have."""
    files: dict[str, list[int]] = field(default_factory=dict)
    """By `image` and pass: the frames whose recorded pixel hashes differ."""
    fields: dict[str, FieldDifference] = field(default_factory=dict)
    """By path, numbers of list entries left out: `instances[].cam_t_m2c[]`."""
    records: list[int] = field(default_factory=list)
    """Frames whose records differ in anything but hashes of pixels."""
    undetailed: int = 0
    """Of these, those that were not taken apart; their differences are told by parts: `instances`, `spec`."""
    unreadable: dict[int, str] = field(default_factory=dict)
    """Frames of which a record cannot be read."""

    @property
    def same(self) -> bool:
        """Whether nothing but notes was found."""
        found = (self.made_from, self.only_left, self.only_right, self.files, self.fields, self.unreadable)
        return not any(found)


def diff_datasets(left: Dataset, right: Dataset, progress: Progress = lambda frames: None) -> DatasetDiff:
    """Compare two datasets by manifest and records; `progress` is called with the number of frames compared."""
    found = DatasetDiff()
    found.made_from = list(_made_from(left.manifest, right.manifest))
    found.notes = list(_notes(left.manifest, right.manifest))
    ours, theirs = set(left.indices()), set(right.indices())
    found.only_left, found.only_right = sorted(ours - theirs), sorted(theirs - ours)
    both = sorted(ours & theirs)
    found.common = len(both)
    for done, index in enumerate(both, start=1):
        try:
            data = [_read(side, index) for side in (left, right)]
            if data[0] != data[1]:
                _compare(found, index, _parts(left, index, data[0]), _parts(right, index, data[1]))
        except DatasetError as error:
            found.unreadable[index] = str(error)
        progress(done)
    found.fields = dict(sorted(found.fields.items(), key=lambda item: -len(item[1].frames)))
    return found


def _made_from(left: Manifest, right: Manifest) -> Iterator[Differing]:
    for one in differing("", _plain(left), _plain(right)):
        yield Differing(one.path.removeprefix("recipe."), one.left, one.right)


def _plain(manifest: Manifest) -> dict[str, Any]:
    return deciding(manifest) | {"storage": msgspec.to_builtins(manifest.storage)}


def _notes(left: Manifest, right: Manifest) -> Iterator[Differing]:
    def notes(manifest: Manifest) -> dict[str, Any]:
        return {
            "name": manifest.name,
            "description": manifest.recipe.get("description", ABSENT),
            "created_at": manifest.created_at,
            "studio version": manifest.versions.studio,
            "classes": {entry.name: msgspec.to_builtins(entry) for entry in manifest.classes},
            "paths": {entry.role: entry.path for entry in manifest.assets},
        }

    return differing("", notes(left), notes(right))


_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _read(dataset: Dataset, index: int) -> bytes:
    path = dataset.root / layout.record_path(index)
    try:
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {reason(error)}.") from error


def _parts(dataset: Dataset, index: int, data: bytes) -> dict[str, bytes]:
    """The fields of a record as the bytes of their JSON; raises DatasetError."""
    try:
        return {name: bytes(raw) for name, raw in _decoder.decode(data).items()}
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DatasetError(f"{dataset.root / layout.record_path(index)} is damaged: {error}.") from error


def _compare(found: DatasetDiff, index: int, left: dict[str, bytes], right: dict[str, bytes]) -> None:
    unlike = [
        name
        for name in dict.fromkeys([*left, *right])
        if name not in _NOT_COMPARED and left.get(name) != right.get(name)
    ]
    for name in unlike:
        if name in _FILES and name in left and name in right:
            _compare_files(found, index, name, msgspec.json.decode(left[name]), msgspec.json.decode(right[name]))
    rest = [name for name in unlike if name not in _FILES]
    detailed = len(found.records) < DETAILED
    differences = [one for name in rest for one in _inside(name, left.get(name), right.get(name), detailed=detailed)]
    if not differences:
        return
    found.records.append(index)
    found.undetailed += not detailed
    for one in differences:
        _note(found.fields.setdefault(re.sub(r"\[\d+\]", "[]", one.path), FieldDifference()), index, one)


def _compare_files(found: DatasetDiff, index: int, name: str, left: Any, right: Any) -> None:
    """Hashes of pixels; a pass that only one side has is a matter of what the datasets were made from."""
    both = {name: (left, right)}
    if name == "passes":
        both = {key: (left[key], right[key]) for key in left if key in right}
    for key, (one, other) in both.items():
        if one["pixel_hash"] != other["pixel_hash"]:
            found.files.setdefault(key, []).append(index)


def _inside(name: str, left: bytes | None, right: bytes | None, *, detailed: bool) -> Iterator[Differing]:
    """What differs in a field of a record; the field as a whole where no details are wanted."""
    one, other = (ABSENT if data is None else msgspec.json.decode(data) for data in (left, right))
    if not detailed:
        if one != other:
            yield Differing(name, ABSENT, ABSENT)
        return
    if name == "instances" and isinstance(one, list) and isinstance(other, list):
        for number, pair in _paired(one, other).items():
            yield from differing(f"{name}[{number}]", *pair)
    else:
        yield from differing(name, one, other)


def _paired(left: list[Any], right: list[Any]) -> dict[int, tuple[Any, Any]]:
    """Instances of both sides by their id, ABSENT where a side has none."""
    ours, theirs = ({item["instance_id"]: _with_masks(item) for item in side} for side in (left, right))
    return {number: (ours.get(number, ABSENT), theirs.get(number, ABSENT)) for number in ours | theirs}


def _with_masks(instance: dict[str, Any]) -> dict[str, Any]:
    """Masks as one value each, so that they are told as such."""
    masks = {
        name: Rle((value["size"][0], value["size"][1]), value["counts"])
        for name, value in instance.items()
        if isinstance(value, dict) and value.keys() == {"size", "counts"}
    }
    return instance | masks


def _note(known: FieldDifference, index: int, one: Differing) -> None:
    if not known.frames or known.frames[-1] != index:
        known.frames.append(index)
    amount = _amount(one.left, one.right)
    larger = amount is not None and (known.largest is None or amount > known.largest)
    if larger:
        known.largest = amount
    if larger or known.example is None:
        known.example, known.example_frame = one, index


def _amount(left: Any, right: Any) -> float | None:
    """By how much numbers differ, and by how many pixels masks do; None for what has no distance."""
    if isinstance(left, Rle) and isinstance(right, Rle) and left.size == right.size:
        try:
            return float((decode_mask(left) ^ decode_mask(right)).sum())
        except ValueError:
            return None
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (left, right))
    return abs(float(left) - float(right)) if numbers else None
