"""What frames of a recipe will take, time and disk: by a full render, by frames made before, or by the preview."""

from __future__ import annotations

import io
import shutil
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import linear_regression, mean, median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from engine.recipe.model import Recipe
    from studio.preview_types import PreviewPicture

OVERHEAD_BYTES = 6000
"""Of a frame's record with its masks, beside the pixels."""

PASS_BYTES = 6.0
"""Of a pixel of a float pass, compressed; about."""

LOOKED_AT = 5
"""Frames of a dataset that are read to know what its frames took."""


@dataclass(frozen=True, slots=True)
class Step:
    """A picture that refined the one before it."""

    samples: int
    """Samples per pixel that came to those before."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Measured:
    """The pictures of a frame that the preview has shown, and what they took."""

    rgb: npt.NDArray[np.uint8]
    """(H, W, 3), the last one."""
    seconds: float
    """Of the first picture, the scene's building included; of a full render, all of it."""
    full: bool
    """Whether it was rendered as the queue will."""
    steps: tuple[Step, ...] = ()
    """The pictures after it that have the size of `rgb`, in their order."""


@dataclass(frozen=True, slots=True)
class Past:
    """Frames of a dataset that was made with the same recipe, perhaps with other settings."""

    name: str
    seconds: float
    """Of a frame, by one worker."""
    bytes: float
    pixels: int
    samples: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one frame will take."""

    seconds: float
    """Of one worker."""
    bytes: float
    source: str
    """What this was taken from, for people."""
    workers: int = 1
    """How many render at once."""

    def text(self, count: int, folder: Path) -> str:
        """Time and disk of so many frames, and what is free where they go."""
        from studio.jobs_text import duration

        needed, free = self.bytes * count, free_bytes(folder)
        shared = f", {self.workers} workers" if self.workers > 1 else ""
        time = duration(self.seconds * count / min(self.workers, count))
        text = f"about {time} and {size_text(needed)} ({self.source}{shared})"
        if free is not None and free < needed:
            return f"{text}; only {size_text(free)} are free there"
        return f"{text}; {size_text(free)} free" if free is not None else text


def crew_of(workers: Collection[dict[str, Any]]) -> tuple[int, int]:
    """How many workers an engine has, 1 at least, and how many of them share a device."""
    shares = Counter(worker["shares"] for worker in workers if worker.get("shares"))
    return max(len(workers), 1), max(shares.values(), default=1)


def estimate(
    recipe: Recipe, measured: Measured | None, past: Past | None, crew: tuple[int, int] = (1, 1)
) -> Estimate | None:
    """What a frame will take: by a full render of this very recipe, else by frames made before, else by the preview.

    None where the preview has not shown enough yet. `crew` is as `crew_of` gives it: what was measured had its device
    for itself, and takes as many times as long as workers share one; frames made before were most likely made so.
    """
    workers, sharing = crew
    width, height = recipe.render.resolution
    pixels, rays = width * height, width * height * recipe.render.samples
    size = _bytes(recipe, measured)
    if measured is not None and measured.full:
        return Estimate(measured.seconds * sharing, size, "by the full render", workers)
    if past is not None:
        same = (past.pixels, past.samples) == (pixels, recipe.render.samples)
        source = f"by frames of {past.name}" + ("" if same else ", scaled to this size and these samples")
        scaled = past.seconds * rays / (past.pixels * past.samples)
        return Estimate(scaled, past.bytes * pixels / past.pixels, source, workers)
    if measured is None or len(measured.steps) < 2:
        return None
    a_ray, a_pixel = _costs(measured)
    seconds = measured.seconds + rays * a_ray + pixels * a_pixel
    return Estimate(seconds * sharing, size, "by the preview", workers)


def _costs(measured: Measured) -> tuple[float, float]:
    """Seconds for a sample of a pixel, and for a pixel beside that: denoising and annotations.

    Found by the straight line through the refining pictures' times. The first of them waited for the hands to be still.
    """
    pixels = measured.rgb.shape[0] * measured.rgb.shape[1]
    steps = measured.steps[1:]
    seconds, samples = sum(step.seconds for step in steps), sum(step.samples for step in steps)
    if len({step.samples for step in steps}) > 1:
        slope, rest = linear_regression([step.samples for step in steps], [step.seconds for step in steps])
        if slope > 0 and rest >= 0:
            return slope / pixels, rest / pixels
    return seconds / samples / pixels, 0.0


def _bytes(recipe: Recipe, measured: Measured | None) -> float:
    width, height = recipe.render.resolution
    a_pixel = _encoded_bytes(measured.rgb, recipe) if measured is not None else 2.0
    return (a_pixel + PASS_BYTES * len(recipe.render.passes)) * width * height + OVERHEAD_BYTES


def _encoded_bytes(rgb: npt.NDArray[np.uint8], recipe: Recipe) -> float:
    """Bytes of a pixel when the picture is written as the recipe says."""
    from PIL import Image

    buffer = io.BytesIO()
    picture = Image.fromarray(rgb)
    if recipe.render.image == "jpeg":
        picture.save(buffer, "JPEG", quality=recipe.render.jpeg_quality)
    else:
        picture.save(buffer, "PNG")
    return buffer.tell() / rgb[..., 0].size


def find_past(recipe: Recipe, source: str, jobs: Iterable[dict[str, Any]]) -> Past | None:
    """Frames made with this recipe: of the engine's latest job of `source`, else of a dataset opened of late.

    Reads files, so call it in a thread.
    """
    from studio.recent import recent_datasets

    own = [job for job in jobs if job.get("recipe_name") == source and job.get("done")]
    roots = [job["root"] for job in sorted(own, key=lambda job: -job["id"])]
    roots += [entry.path for entry in recent_datasets() if entry.name == recipe.name]
    found = (past_of(Path(root), recipe.name) for root in dict.fromkeys(roots))
    return next((past for past in found if past is not None), None)


def past_of(root: Path, name: str) -> Past | None:
    """What the frames of a dataset took; None where it has none, cannot be read, or is of a recipe of another name."""
    from engine.dataset.read import Dataset
    from engine.errors import DatasetError
    from studio.pictures import spread_evenly

    try:
        dataset = Dataset.open(root)
        records = [dataset.record(index) for index in spread_evenly(dataset.indices(), LOOKED_AT)]
        if not records or dataset.manifest.name != name:
            return None
    except DatasetError:
        return None
    return Past(
        root.name,
        median(record.render.seconds for record in records),
        mean(sum(file.bytes for file in (one.image, *one.passes.values())) + OVERHEAD_BYTES for one in records),
        records[0].width * records[0].height,
        records[0].render.samples,
    )


def measured_from(pictures: Sequence[PreviewPicture]) -> Measured | None:
    """From the pictures of one frame by Cycles, in the order in which they came."""
    if not pictures:
        return None
    last = pictures[-1]
    same = [picture for picture in pictures if picture.rgb.shape == last.rgb.shape]
    steps = [Step(same[0].samples, same[0].seconds)] if len(same) < len(pictures) else []
    steps += [Step(later.samples - before.samples, later.seconds) for before, later in pairwise(same)]
    return Measured(last.rgb, pictures[0].seconds, last.full, tuple(steps))


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
