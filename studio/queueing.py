"""Putting frames of a recipe into the queue from a screen: checks, estimate of time and disk, and the job itself."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from engine.recipe.model import Recipe

OVERHEAD_BYTES = 6000
"""Of a frame's record and masks, beside the pixels."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A picture of the recipe that was rendered, and what it took."""

    width: int
    height: int
    samples: int
    seconds: float
    rgb: npt.NDArray[np.uint8]
    full: bool
    """Whether it was rendered as the queue will."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one frame will take."""

    seconds: float
    bytes: float
    source: str
    """What the time was taken from, for people."""

    def text(self, count: int, folder: Path) -> str:
        """Time and disk of so many frames, and what is free where they go."""
        from studio.jobs_text import duration

        needed, free = self.bytes * count, free_bytes(folder)
        text = f"about {duration(self.seconds * count)} and {size_text(needed)} ({self.source})"
        if free is not None and free < needed:
            return f"{text}; only {size_text(free)} are free there"
        return f"{text}; {size_text(free)} free" if free is not None else text


def estimate(recipe: Recipe, source: str, measured: Measured | None, jobs: Iterable[dict[str, Any]]) -> Estimate | None:
    """What a frame will take: by a full render, else by the engine's jobs of this source, else by a preview.

    A preview's time is scaled by pixels and samples. None where nothing was measured.
    """
    width, height = recipe.render.resolution
    per_pixel = _bytes_per_pixel(measured, recipe) if measured is not None else 2.0
    size = per_pixel * width * height + OVERHEAD_BYTES + 6.0 * width * height * len(recipe.render.passes)
    if measured is not None and measured.full:
        return Estimate(measured.seconds, size, "by the full render")
    seconds = _by_history(source, jobs)
    if seconds is not None:
        return Estimate(seconds, size, "by earlier jobs of this recipe")
    if measured is None:
        return None
    work = (width * height * recipe.render.samples) / (measured.width * measured.height * max(measured.samples, 1))
    return Estimate(measured.seconds * work, size, "by the preview, roughly")


def _by_history(source: str, jobs: Iterable[dict[str, Any]]) -> float | None:
    """Seconds a frame of the latest job of this recipe: by its rate while it renders, else from begin to end."""
    found = None
    for job in jobs:
        if job.get("recipe_name") != source:
            continue
        if job.get("rate"):
            found = 60 / float(job["rate"])
        elif job.get("done") and job.get("started_at") is not None and job.get("ended_at") is not None:
            found = (float(job["ended_at"]) - float(job["started_at"])) / int(job["done"])
    return found


def _bytes_per_pixel(measured: Measured, recipe: Recipe) -> float:
    from PIL import Image

    buffer = io.BytesIO()
    picture = Image.fromarray(measured.rgb)
    if recipe.render.image == "jpeg":
        picture.save(buffer, "JPEG", quality=recipe.render.jpeg_quality)
    else:
        picture.save(buffer, "PNG")
    return buffer.tell() / measured.rgb[..., 0].size


def free_bytes(folder: Path) -> int | None:
    """What is free on the disk of a folder that may not be there yet."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def size_text(size: float) -> str:
    """`820 kB`, `3.4 GB`."""
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size / 1e3:.0f} kB"


@dataclass(frozen=True, slots=True)
class Wish:
    """A job that somebody wants."""

    count: int
    seed: int
    start: int
    folder: Path
    priority: int


def add_job(recipe: Recipe, source: str, wish: Wish) -> dict[str, Any]:
    """Put frames into the queue, as `studio queue add` does; the engine is started where it does not run.

    Waits for the engine, so call it in a thread. `source` is a preset's name or a file's path.

    Raises:
        StudioError: the folder or an asset cannot be used, or the engine cannot be reached.
    """
    from engine.library.precheck import check_assets
    from engine.queue.datasets import refuse_folder
    from engine.queue.door_messages import AddJob
    from engine.queue.lifecycle import connect
    from engine.recipe.load import recipe_to_plain
    from studio.recent import remember

    root = wish.folder.expanduser().resolve()
    refuse_folder(root)
    check_assets(recipe)
    name = recipe.name if not recipe.name.isdecimal() and recipe.name.isprintable() else f"recipe {recipe.name}"
    plain = recipe_to_plain(recipe)
    request = AddJob(plain, source, name, wish.seed, wish.start, wish.count, str(root), wish.priority)
    with connect(start=True) as client:
        job: dict[str, Any] = client.request(request, 60.0)
    remember(root, recipe.name)
    return job
