"""The datasets that a supervisor writes into: opened once, locked while there is work for them."""

from __future__ import annotations

from pathlib import Path

from engine.dataset.manifest import AssetEntry, Storage, make_manifest
from engine.dataset.read import Dataset
from engine.dataset.writer import DatasetWriter, open_for_writing, stored_manifest
from engine.errors import DatasetError
from engine.files import reason
from engine.queue.jobs import Job
from engine.queue.ledger import Ledger
from engine.queue.protocol import Ready
from engine.recipe.load import recipe_to_plain
from engine.recipe.model import Recipe


class OpenDatasets:
    """Folders that are open for writing, by path."""

    def __init__(self) -> None:
        self._writers: dict[str, DatasetWriter] = {}

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
        elif open_writer.manifest.fingerprint != manifest.fingerprint:
            raise DatasetError(f"{job.root} is being written with another recipe; choose another output folder.")
        return manifest.storage

    def close_unused(self, used: set[str]) -> None:
        """Unlock the folders that are not in `used`."""
        for root in [root for root in self._writers if root not in used]:
            self._writers.pop(root).close()

    def close(self) -> None:
        """Unlock all."""
        self.close_unused(set())


def storage_of(recipe: Recipe) -> Storage:
    """How the recipe's frames are stored."""
    render = recipe.render
    return Storage(
        resolution=render.resolution,
        image="jpeg" if render.image == "jpeg" else "png",
        jpeg_quality=render.jpeg_quality,
        passes=render.passes,
    )


def refuse_folder(root: Path) -> None:
    """Raise DatasetError for a folder that can hold no dataset, before seconds are spent on loading assets."""
    try:
        stored_manifest(root)
    except OSError as error:
        raise DatasetError(f"{root} cannot be used: {reason(error)}; choose another output folder.") from None


def agree_with_disk(ledger: Ledger, job: Job) -> int:
    """Make the ledger agree with the folder of a job, both ways; returns how many frames were new to it.

    A record counts as a frame when it can be read and its picture is there in full size: it was written last, after
    everything else was verified and synced.
    """
    root = Path(job.root)
    on_disk = {index for index in Dataset.open(root).indices() if job.start <= index < job.end}
    known = dict(ledger.done_frames(job.id))
    for index in known.keys() - on_disk:
        ledger.mark_missing(job.id, index)
    found = 0
    with ledger.together():
        for index in sorted(on_disk - known.keys()):
            pixel_hash = published_hash(root, index)
            if pixel_hash is not None and ledger.mark_done(job.id, index, pixel_hash):
                found += 1
    return found


def published_hash(root: Path, index: int) -> str | None:
    """The pixel hash of a frame on disk; None where there is none, or its picture does not fit its record."""
    try:
        record = Dataset.open(root).record(index)
        size = (root / record.image.path).stat().st_size
    except (DatasetError, OSError):
        return None
    return record.image.pixel_hash if size == record.image.bytes else None
