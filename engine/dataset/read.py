"""Reading a dataset, also while another process adds frames to it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from engine.annotate.geometry import Skeletons
from engine.annotate.maps import panoptic_map, semantic_map
from engine.annotate.masks import instance_map
from engine.annotate.record import RECORD_VERSION, FrameRecord, StoredFile, decode_record
from engine.dataset import layout
from engine.dataset.codec import Undecodable, decode_image, decode_passes
from engine.dataset.manifest import ClassEntry, Manifest, read_manifest
from engine.errors import DatasetError
from engine.files import reason

_SETTLED = 2.0
"""Seconds after which a folder's unchanged time of modification means unchanged contents."""


class Dataset:
    """A dataset on disk. Reading never writes and needs no lock."""

    def __init__(self, root: Path, manifest: Manifest) -> None:
        """Use `Dataset.open`."""
        self.root = root
        self.manifest = manifest
        self._folders: dict[str, _Listing] = {}
        self._indices: list[int] | None = None

    @classmethod
    def open(cls, path: str | Path) -> Dataset:
        """Open the dataset in a folder; raises DatasetError where there is none or its manifest cannot be read."""
        root = Path(path)
        if not root.exists():
            raise DatasetError(f"{root} does not exist; name the folder of a dataset.")
        if not root.is_dir():
            raise DatasetError(f"{root} is a file; name the folder of a dataset.")
        if not os.path.lexists(root / layout.MANIFEST_NAME):
            raise DatasetError(
                f"{root} is no dataset (it has no {layout.MANIFEST_NAME}); name the folder that was given to --out."
            )
        return cls(root, read_manifest(root))

    @property
    def name(self) -> str:
        """The recipe's name."""
        return self.manifest.name

    @property
    def note(self) -> str:
        """What frames were drawn from besides the recipe."""
        return f"seed {self.manifest.seed}"

    @property
    def classes(self) -> dict[str, int]:
        """The id of each class by its name, in the order of the ids."""
        return {entry.name: entry.id for entry in self.manifest.classes}

    @property
    def class_entries(self) -> tuple[ClassEntry, ...]:
        """The classes, in the order of their ids."""
        return self.manifest.classes

    @property
    def skeletons(self) -> Skeletons:
        """Pairs of names of keypoints that are joined by lines, by class."""
        return {entry.name: entry.skeleton for entry in self.manifest.classes}

    @property
    def created_at(self) -> str:
        """When the dataset was begun: ISO 8601, UTC."""
        return self.manifest.created_at

    def __len__(self) -> int:
        return len(self.indices())

    def indices(self) -> list[int]:
        """The numbers of all complete frames, ascending, as of the last `refresh` (or the first call)."""
        if self._indices is None:
            self.refresh()
        assert self._indices is not None
        return list(self._indices)

    def refresh(self) -> list[int]:
        """Look for new frames; returns `indices()`. Folders that did not change since are not read again."""
        listings = {}
        for name in self.frame_folders():
            listing = self._folders.get(name)
            if listing is None or not listing.is_current(self.root):
                listing = _Listing.read(self.root, name)
            listings[name] = listing
        self._folders = listings
        self._indices = [index for listing in listings.values() for index in listing.indices]
        return list(self._indices)

    def know(self, folder: str, modified: int, indices: list[int]) -> None:
        """Take a folder's frames from whoever listed it when its time of modification, in ns, was `modified`.

        `refresh` lists it itself where it has changed since. `indices` must be ascending.
        """
        self._folders.setdefault(folder, _Listing(folder, modified, True, indices))

    def iter_indices(self) -> Iterator[int]:
        """The numbers of all complete frames, ascending, read folder by folder: for millions of frames."""
        for name in self.frame_folders():
            yield from _Listing.read(self.root, name).indices

    def iter_records(self) -> Iterator[FrameRecord]:
        """All records, by ascending frame number, one in memory at a time."""
        return map(self.record, self.iter_indices())

    def frame_folders(self) -> list[str]:
        """The names of the folders that hold frames, ascending; raises DatasetError where they cannot be listed."""
        folder = self.root / layout.FRAMES_NAME
        try:
            names = [entry.name for entry in os.scandir(folder) if layout.is_frame_folder(entry.name)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise DatasetError(f"{folder} cannot be read: {reason(error)}.") from error
        return sorted(names, key=int)

    def record(self, index: int) -> FrameRecord:
        """The record of frame `index`; raises DatasetError where there is none or it is damaged."""
        path = self.root / layout.record_path(index)
        try:
            record = decode_record(path.read_bytes())
        except FileNotFoundError as error:
            raise DatasetError(f"{self.root} has no frame {index} ({path} is missing).") from error
        except OSError as error:
            raise DatasetError(f"{path} cannot be read: {reason(error)}.") from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise DatasetError(f"{path} is damaged: {error}; remove it to have the frame rendered again.") from error
        if record.version > RECORD_VERSION:
            raise DatasetError(f"{path} was written by a newer version; update the program to read it.")
        return record

    def stamp(self, index: int) -> tuple[int, int]:
        """Size and time of modification, in ns, of a frame's record; raises DatasetError where there is none."""
        path = self.root / layout.record_path(index)
        try:
            found = path.stat()
        except OSError as error:
            raise DatasetError(f"{path} cannot be read: {reason(error)}.") from error
        return found.st_size, found.st_mtime_ns

    def image(self, index: int) -> npt.NDArray[np.uint8]:
        """The picture of frame `index`: (H, W, 3), sRGB; raises DatasetError where it is missing or damaged."""
        stored = self.record(index).image
        try:
            return decode_image(self.read_file(stored))
        except Undecodable as error:
            raise DatasetError(f"{self.root / stored.path} is damaged: {error}.") from error

    def float_pass(self, index: int, name: str) -> npt.NDArray[np.float32]:
        """A stored pass of frame `index`, like `depth` (H, W) or `nocs` (H, W, 3): see docs/annotations.md.

        Raises DatasetError where the frame has no such pass, or its file is missing or damaged.
        """
        record = self.record(index)
        if name not in record.passes:
            stored_names = ", ".join(record.passes) or "none"
            raise DatasetError(f"Frame {index} of {self.root} has no pass '{name}' (stored: {stored_names}).")
        stored = record.passes[name]
        try:
            return decode_passes(self.read_file(stored), only=name)[name]
        except Undecodable as error:
            raise DatasetError(f"{self.root / stored.path} is damaged: {error}.") from error

    def instance_map(self, index: int) -> npt.NDArray[np.uint16]:
        """The instance id seen at each pixel centre of frame `index`: (H, W), 0 for none; from the record's masks."""
        record = self.record(index)
        return instance_map(record.instances, record.height, record.width)

    def semantic_map(self, index: int) -> npt.NDArray[np.uint16]:
        """The id of the class seen at each pixel centre of frame `index`: (H, W), 0 for none."""
        return semantic_map(self.record(index), self.instance_map(index), self.classes)

    def panoptic_map(self, index: int) -> npt.NDArray[np.uint32]:
        """Class and instance seen at each pixel centre of frame `index`: (H, W), class id * 65,536 + instance id."""
        return panoptic_map(self.record(index), self.instance_map(index), self.classes)

    def read_file(self, stored: StoredFile) -> bytes:
        """The contents of a frame's file; raises DatasetError."""
        path = self.root / stored.path
        try:
            return path.read_bytes()
        except OSError as error:
            raise DatasetError(f"{path} cannot be read: {reason(error)}.") from error


@dataclass(slots=True)
class _Listing:
    """The complete frames in one folder, as of when it was read. Names only: no file is opened."""

    name: str
    modified: int
    settled: bool
    indices: list[int]

    @classmethod
    def read(cls, root: Path, name: str) -> _Listing:
        """List a folder; raises DatasetError."""
        folder = root / layout.FRAMES_NAME / name
        modified = _modified(folder)
        settled = time.time() - modified / 1e9 > _SETTLED
        try:
            with os.scandir(folder) as entries:
                names = [entry.name for entry in entries if entry.name.endswith(layout.RECORD_SUFFIX)]
        except (FileNotFoundError, NotADirectoryError):
            names = []
        except OSError as error:
            raise DatasetError(f"{folder} cannot be read: {reason(error)}.") from error
        found = (layout.index_of(entry) for entry in names)
        number = int(name)
        indices = sorted(index for index in found if index is not None and index // layout.FRAMES_PER_FOLDER == number)
        return cls(name, modified, settled, indices)

    def is_current(self, root: Path) -> bool:
        """Whether the folder has certainly not changed since: clocks are too coarse to tell of the last moments."""
        return self.settled and _modified(root / layout.FRAMES_NAME / self.name) == self.modified


def _modified(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0
