"""Storing one frame so that it is on disk as a whole, verified, or not at all.

Each file is written under a temporary name, synced, read back from the disk, decoded and compared, and renamed. The
record goes last, after the folder was synced: a frame exists once its record does, and then its other files do too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from engine.annotate.passes import Passes
from engine.annotate.record import FrameRecord, StoredFile, decode_record, encode_record
from engine.dataset import layout
from engine.dataset.codec import Undecodable, decode_image, decode_passes, encode_jpeg, encode_passes, encode_png
from engine.dataset.manifest import Storage
from engine.dataset.stored_passes import stored_passes
from engine.errors import DatasetError, StorageError
from engine.files import make_folder, read_back, reason, sync_file, sync_folder, temporary_path, write_new
from engine.stages import stage

type Steps = Callable[[str], None]
"""Called with the name of each step before it is done: `image:write`, `image:sync`, `image:verify`, `image:rename`, the
same for `passes` and `record`, and `files:sync-folder`, `record:sync-folder`."""


def no_step(name: str) -> None:
    """Do nothing at a step."""


def publish_frame(
    root: Path, passes: Passes, record: FrameRecord, storage: Storage, steps: Steps = no_step
) -> FrameRecord:
    """Store a frame in the dataset folder `root`, which must be open for writing; returns the record as stored.

    `record` is that of `build_record`: `image` and `passes` are filled in here. On return, all of the frame is on disk
    and was read back. Raises StorageError where the disk fails or a file does not read back as written, DatasetError
    where the frame is there already; then nothing of this frame is left in the folder, as far as the disk allows.
    """
    if (root / layout.record_path(record.index)).exists():
        raise DatasetError(
            f"{root / layout.record_path(record.index)} is there already: remove it to have frame {record.index} "
            "rendered again."
        )
    publication = _Publication(root, record.index, steps)
    with stage("publish"), publication.undone_on_error():
        publication.make_folder()
        image = publication.put_image(passes.rgb, storage)
        floats = publication.put_passes(stored_passes(passes, record, storage.passes))
        publication.sync_folder("files")
        stored = msgspec.structs.replace(record, image=image, passes=floats)
        publication.put_record(stored)
        publication.sync_folder("record")
    return stored


def publish_received(root: Path, index: int, files: Mapping[str, bytes]) -> FrameRecord:
    """Store a frame that another machine has published and sent, as `publish_frame` does; returns its record.

    `files` are the contents by their paths below the dataset's folder. Raises as `publish_frame`, and StorageError
    where they are not the files of a whole and undamaged frame.
    """
    record = _received_record(root, index, files)
    if (root / layout.record_path(index)).exists():
        raise DatasetError(f"{root / layout.record_path(index)} is there already.")
    publication = _Publication(root, index, no_step)
    with publication.undone_on_error():
        publication.make_folder()
        publication.put_received(record, files)
        publication.sync_folder("files")
        publication.put_record(record, files[layout.record_path(index)])
        publication.sync_folder("record")
    return record


def frame_files(root: Path, index: int) -> dict[str, bytes]:
    """The files of a published frame by their paths below `root`, for `publish_received`. Raises OSError."""
    path = layout.record_path(index)
    found = {path: (root / path).read_bytes()}
    for stored in _stored_files(decode_record(found[path])):
        found[stored.path] = (root / stored.path).read_bytes()
    return found


def _stored_files(record: FrameRecord) -> list[StoredFile]:
    return [record.image, *record.passes.values()]


def _received_record(root: Path, index: int, files: Mapping[str, bytes]) -> FrameRecord:
    try:
        record = decode_record(files[layout.record_path(index)])
    except (KeyError, msgspec.MsgspecError):
        raise StorageError(
            f"{root}: frame {index} arrived without a record that can be read; it is tried again."
        ) from None
    named = {layout.record_path(index), *(file.path for file in _stored_files(record))}
    allowed = {layout.record_path(index), layout.passes_path(index)}
    allowed |= {layout.image_path(index, kind) for kind in layout.IMAGE_SUFFIXES}
    if record.index != index or named != set(files) or not named <= allowed:
        raise StorageError(f"{root}: frame {index} arrived with other files than its record names; it is tried again.")
    return record


class _Publication:
    """The files of one frame on their way to their names."""

    def __init__(self, root: Path, index: int, steps: Steps) -> None:
        self.root = root
        self.index = index
        self.steps = steps
        self.at = root / layout.folder_path(index)
        """What is being worked on, for the error's text."""
        self.written: list[Path] = []
        """Every name that may exist because of this publication."""

    @contextmanager
    def undone_on_error(self) -> Iterator[None]:
        """Remove what was written when anything goes wrong, and tell errors of the disk as StorageError."""
        try:
            yield
        except BaseException as error:
            self._remove_written()
            if isinstance(error, OSError):
                raise StorageError(
                    f"{self.at} could not be written: {reason(error)}; frame {self.index} is not stored."
                ) from error
            raise

    def _remove_written(self) -> None:
        for path in reversed(self.written):
            try:
                path.unlink(missing_ok=True)
            except OSError:
                continue

    def make_folder(self) -> None:
        make_folder(self.root / layout.folder_path(self.index))

    def sync_folder(self, what: str) -> None:
        self.steps(f"{what}:sync-folder")
        sync_folder(self.root / layout.folder_path(self.index))

    def put_image(self, rgb: npt.NDArray[np.uint8], storage: Storage) -> StoredFile:
        """Store the picture. What is hashed is what a reader gets: of a JPEG, the decoded pixels."""
        lossless = storage.image == "png"
        with stage("encode"):
            data = encode_png(rgb) if lossless else encode_jpeg(rgb, storage.jpeg_quality)
        hashed = layout.array_hash(rgb if lossless else decode_image(data))

        def check(found: bytes) -> bool:
            decoded = decode_image(found)
            return decoded.shape == rgb.shape and layout.array_hash(decoded) == hashed

        path = layout.image_path(self.index, storage.image)
        self._put("image", path, data, check)
        return StoredFile(path=path, bytes=len(data), pixel_hash=hashed)

    def put_passes(self, arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, StoredFile]:
        """Store passes by name, all in one file."""
        if not arrays:
            return {}
        with stage("encode"):
            data = encode_passes(arrays)
        hashes = {name: layout.array_hash(array) for name, array in arrays.items()}

        def check(found: bytes) -> bool:
            return _hashes_of_passes(found) == hashes

        path = layout.passes_path(self.index)
        self._put("passes", path, data, check)
        return {name: StoredFile(path=path, bytes=len(data), pixel_hash=hashes[name]) for name in arrays}

    def put_received(self, record: FrameRecord, files: Mapping[str, bytes]) -> None:
        """Store the picture and passes of a frame that has a record, if they are what the record says."""
        image = record.image
        self._put("image", image.path, files[image.path], lambda found: _hash_of_image(found) == image.pixel_hash)
        hashes = {name: file.pixel_hash for name, file in record.passes.items()}
        for path in {file.path for file in record.passes.values()}:
            self._put("passes", path, files[path], lambda found: _hashes_of_passes(found) == hashes)

    def put_record(self, record: FrameRecord, encoded: bytes | None = None) -> None:
        """Store the record, with which the frame begins to exist."""
        data = encode_record(record) + b"\n" if encoded is None else encoded
        self._put("record", layout.record_path(self.index), data, lambda found: found == data)

    def _put(self, label: str, relative: str, data: bytes, check: Callable[[bytes], bool]) -> None:
        path = self.root / relative
        temporary = temporary_path(path)
        self.at = path
        self.written.append(temporary)
        self.steps(f"{label}:write")
        write_new(temporary, data)
        self.steps(f"{label}:sync")
        sync_file(temporary)
        self.steps(f"{label}:verify")
        self._verify(path, temporary, check)
        self.steps(f"{label}:rename")
        temporary.replace(path)
        self.written.append(path)

    def _verify(self, path: Path, temporary: Path, check: Callable[[bytes], bool]) -> None:
        try:
            intact = check(read_back(temporary))
        except (Undecodable, msgspec.MsgspecError):
            intact = False
        if not intact:
            raise StorageError(
                f"{path} did not read back as it was written, so frame {self.index} is not stored; the disk may be "
                "failing."
            )


def _hash_of_image(data: bytes) -> str:
    return layout.array_hash(decode_image(data))


def _hashes_of_passes(data: bytes) -> dict[str, str]:
    return {name: layout.array_hash(array) for name, array in decode_passes(data).items()}
