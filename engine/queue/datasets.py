"""The datasets that a supervisor writes into: opened once, locked while there is work for them."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Coroutine, Iterable, Iterator
from itertools import batched
from pathlib import Path
from typing import Any

from engine.dataset.manifest import AssetEntry, Storage, differences, make_manifest, recipe_differences
from engine.dataset.read import Dataset
from engine.dataset.writer import DatasetWriter, open_for_writing, refuse_unlike, stored_manifest
from engine.errors import DatasetError, FolderUnwritable
from engine.files import reason
from engine.queue.jobs import Job
from engine.queue.ledger import Ledger
from engine.queue.protocol import Ready
from engine.recipe.load import recipe_to_plain
from engine.recipe.model import Recipe

_FRESH_SECONDS = 20.0
"""How long a look for a job's frames on the disk is good for other workers that take the job up."""

_TOGETHER = 200
"""Frames that the ledger is told of in one transaction."""


class OpenDatasets:
    """Folders that are open for writing, by path."""

    def __init__(self) -> None:
        self._writers: dict[str, DatasetWriter] = {}
        self._looks: dict[str, _Look] = {}

    def open(self, job: Job, recipe: Recipe, ready: Ready) -> Storage:
        """Open the job's folder for frames of its recipe; returns how frames are stored in it.

        Raises:
            DatasetError: the folder cannot be used, or holds frames of another recipe.
        """
        manifest = make_manifest(
            name=recipe.name,
            recipe=recipe_to_plain(recipe),
            seed=job.seed,
            classes=ready.classes,
            assets=[AssetEntry(a.role, a.name, a.path, a.content_hash) for a in ready.assets],
            storage=storage_of(recipe),
            blender_version=ready.blender_version,
        )
        open_writer = self._writers.get(job.root)
        if open_writer is None:
            self._writers[job.root] = open_for_writing(Path(job.root), manifest)
        elif differences(open_writer.manifest, manifest):
            raise DatasetError(f"{job.root} is being written with another recipe; choose another output folder.")
        return manifest.storage

    async def agree(self, ledger: Ledger, job: Job) -> None:
        """Make the ledger agree with the job's folder, as `agree_with_disk`, which lists all its frames: many workers
        that take up the job at about the same time share one look.

        Raises:
            StudioError: the folder cannot be read, or the job is gone.
        """
        look = self._looks.get(job.root)
        if look is None or look.is_stale(job):
            look = self._looks[job.root] = _Look(job, asyncio.to_thread(agree_with_disk, ledger, job))
        await asyncio.shield(look.task)

    def close_unused(self, used: set[str]) -> None:
        """Unlock the folders that are not in `used`."""
        for root in [root for root in self._writers if root not in used]:
            self._writers.pop(root).close()
            self._looks.pop(root, None)

    def close(self) -> None:
        """Unlock all."""
        self.close_unused(set())


class _Look:
    """A look for a job's frames on the disk, which goes on or has just been."""

    def __init__(self, job: Job, work: Coroutine[Any, Any, int]) -> None:
        self._job = (job.id, job.start, job.count)
        self._began = time.monotonic()
        self.task = asyncio.ensure_future(work)

    def is_stale(self, job: Job) -> bool:
        """Whether another look is due: for other frames, after a failure, or after a while."""
        if (job.id, job.start, job.count) != self._job:
            return True
        if not self.task.done():
            return False
        failed = self.task.cancelled() or self.task.exception() is not None
        return failed or time.monotonic() - self._began > _FRESH_SECONDS


def storage_of(recipe: Recipe) -> Storage:
    """How the recipe's frames are stored."""
    render = recipe.render
    return Storage(
        resolution=render.resolution,
        image="jpeg" if render.image == "jpeg" else "png",
        jpeg_quality=render.jpeg_quality,
        passes=render.passes,
    )


def refuse_folder(root: Path, recipe: Recipe, seed: int) -> None:
    """Raise DatasetError for a folder that cannot hold frames of a recipe, before seconds are spent on loading assets.

    That is one that is no dataset, or a dataset of another recipe or seed as far as its assets' names tell.
    """
    try:
        stored = stored_manifest(root)
    except OSError as error:
        raise DatasetError(f"{root} cannot be used: {reason(error)}; choose another output folder.") from None
    if stored is not None:
        refuse_unlike(root, recipe_differences(stored, recipe_to_plain(recipe), seed))


def refuse_unwritable(root: Path) -> None:
    """Raise FolderUnwritable where no file can be made in a folder, or in the one in which it would be made."""
    folder = root.absolute()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as error:
        raise FolderUnwritable(f"{root} cannot be written: {reason(error)}; choose another output folder.") from None


def agree_with_disk(ledger: Ledger, job: Job) -> int:
    """Make the ledger agree with the folder of a job, both ways; returns how many frames were new to it.

    A record counts as a frame when it can be read and its picture is there in full size: it was written last, after
    everything else was verified and synced. Needs little memory however many frames there are, and may run in a thread
    while workers publish.

    Raises:
        StudioError: the folder cannot be read, or the job is gone.
    """
    dataset = Dataset.open(job.root)
    on_disk = (index for index in dataset.iter_indices() if job.start <= index < job.end)
    known = (index for index, _ in ledger.done_frames(job.id))
    found = 0
    for unlike in batched(_differences(known, on_disk), _TOGETHER, strict=False):
        # Files are read before the ledger is locked, so that others need not wait for the disk.
        hashes = {index: _hash_in(dataset, index) for index, _ in unlike}
        with ledger.together():
            for index, is_known in unlike:
                pixel_hash = hashes[index]
                if is_known and pixel_hash is None:
                    ledger.mark_missing(job.id, index)
                elif pixel_hash is not None and not is_known:
                    found += ledger.mark_done(job.id, index, pixel_hash)
    return found


def _differences(known: Iterable[int], on_disk: Iterable[int]) -> Iterator[tuple[int, bool]]:
    """Numbers that only one of two ascending series has, and whether that is the first."""
    ours, theirs = iter(known), iter(on_disk)
    mine, other = next(ours, None), next(theirs, None)
    while mine is not None or other is not None:
        if mine == other:
            mine, other = next(ours, None), next(theirs, None)
        elif other is None or (mine is not None and mine < other):
            assert mine is not None
            yield mine, True
            mine = next(ours, None)
        else:
            yield other, False
            other = next(theirs, None)


def published_hash(root: Path, index: int) -> str | None:
    """The pixel hash of a frame on disk; None where there is none, or its picture does not fit its record."""
    try:
        return _hash_in(Dataset.open(root), index)
    except (DatasetError, OSError):
        return None


def _hash_in(dataset: Dataset, index: int) -> str | None:
    try:
        image = dataset.record(index).image
        size = (dataset.root / image.path).stat().st_size
    except (DatasetError, OSError):
        return None
    return image.pixel_hash if size == image.bytes else None
