"""The two things done inside one Cycles call: the exact data passes, and the picture in chunks of samples.

Object Index, Depth and Position hold what the first sample of a pixel saw, and that sample's ray runs through the
pixel's centre, so the first chunk of an ordinary picture yields them exactly. Depth of field and motion blur bend that
ray, and the Normal pass is an average over all samples; in those cases one sample of a pinhole camera is taken first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from engine.blender.tap import EngineCall
from engine.stages import stage

Array = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]
Cancel = threading.Event | Callable[[], bool]

CAMERA_SAMPLES_PER_CHUNK = 1_250_000
"""Camera rays of a chunk, about: a second or two on a small CPU."""

MOST_CHUNKS = 16
"""Chunks of a frame at most: each costs some time to start, which tells on a GPU."""

COMBINED = "Combined"
ALBEDO = "Denoising Albedo"
NORMAL_HINT = "Denoising Normal"


class Collector(Protocol):
    """Adds up passes over the chunks of a picture."""

    names: tuple[str, ...]
    """Cycles' names of the passes."""

    def add(self, passes: dict[str, Array], share: float) -> None:
        """Take the passes of a chunk, (H, W, channels) each, that has this share of the frame's samples."""


class RenderCancelled(Exception):
    """A render was stopped on request, between two chunks. The process can go on to render anything."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The averaged samples of a frame. All arrays float32, row 0 at the top."""

    rgb: Array
    """(H, W, 3) scene-linear Rec.709, before denoising; premultiplied where the film is transparent."""

    alpha: Array
    """(H, W) how much of a pixel is covered; 1 where the film is opaque."""

    albedo: Array | None
    """(H, W, 3) the denoiser's colour hint; None if not asked for."""

    normal: Array | None
    """(H, W, 3) the denoiser's normal hint; None if not asked for."""

    first: dict[str, Array]
    """The data passes of the first chunk, by name, (H, W, channels)."""

    samples: int


def plan(width: int, height: int, samples: int, budget: int = CAMERA_SAMPLES_PER_CHUNK) -> list[int]:
    """Split `samples` into nearly equal chunks, each at least 1 and near `budget` camera rays, at most `MOST_CHUNKS`.

    A function of its arguments alone, never of measured time: the split shows in the last bits of the pixels.
    """
    most = max(1, budget // (width * height))
    count = min(-(-samples // most), MOST_CHUNKS)
    size, rest = divmod(samples, count)
    return [size + 1] * rest + [size] * (count - rest)


def needs_own_sample(scene: Any, want_normal: bool) -> bool:
    """Whether the exact passes of `scene` (evaluated or not) need a pinhole sample of their own."""
    return want_normal or scene.render.use_motion_blur or scene.camera.data.dof.use_dof


def exact_passes(call: EngineCall, names: Sequence[str]) -> dict[str, Array]:
    """Render one sample of a pinhole camera and return its passes, (H, W, channels) each.

    Motion blur must be off in the scene itself: Cycles reads that setting once per call.
    """
    cycles, lens = call.scene.cycles, call.scene.camera.data.dof
    with restored((cycles, "samples", 1), (lens, "use_dof", False)):
        call.trace()
        return call.read(names)


def picture(
    call: EngineCall,
    chunks: Sequence[int],
    *,
    first: Sequence[str] = (),
    hints: bool = True,
    collectors: Sequence[Collector] = (),
    on_progress: Progress | None = None,
    cancelled: Cancel | None = None,
) -> Picture:
    """Render the frame in chunks of samples and average them.

    `chunks` are the numbers of samples, in order; their sum is the scene's sample count. `first` names the data passes
    to keep from the first chunk; each collector gets its passes of every chunk. `on_progress(done, total)` is called
    after each chunk and may raise to stop.
    Raises RenderCancelled if `cancelled` says so before a chunk.
    """
    wanted = [COMBINED, ALBEDO, NORMAL_HINT] if hints else [COMBINED]
    collected = [name for collector in collectors for name in collector.names]
    total, done = sum(chunks), 0
    sums: dict[str, Array] = {}
    data: dict[str, Array] = {}
    for size in chunks:
        if is_set(cancelled):
            raise RenderCancelled(f"stopped after {done} of {total} samples")
        passes = one_chunk(call, done, size, total, [*wanted, *collected, *(first if done == 0 else ())])
        if done == 0:
            data = {name: passes[name] for name in first}
        with stage("read"):
            _accumulate(sums, {name: passes[name] for name in wanted}, size, total)
            for collector in collectors:
                collector.add({name: passes[name] for name in collector.names}, size / total)
        done += size
        if on_progress:
            on_progress(done, total)
    return Picture(
        rgb=sums[COMBINED][..., :3],
        alpha=sums[COMBINED][..., 3],
        albedo=sums.get(ALBEDO),
        normal=sums.get(NORMAL_HINT),
        first=data,
        samples=done,
    )


def one_chunk(call: EngineCall, offset: int, size: int, total: int, names: Sequence[str]) -> dict[str, Array]:
    """Render samples `offset` to `offset + size` of the scene's `total` and return passes, (H, W, channels) each."""
    cycles = call.scene.cycles
    subset = (
        (cycles, "use_sample_subset", size < total),
        (cycles, "sample_offset", offset),
        (cycles, "sample_subset_length", size),
    )
    with restored(*subset):
        call.trace()
        return call.read(names)


def _accumulate(sums: dict[str, Array], passes: dict[str, Array], size: int, total: int) -> None:
    """Add a chunk's averages, weighted by its share of the samples; a single chunk passes through untouched."""
    for name, array in passes.items():
        if size < total:
            array *= np.float32(size / total)
        if name in sums:
            sums[name] += array
        else:
            sums[name] = array


def is_set(cancelled: Cancel | None) -> bool:
    """Whether the render is not wanted any more."""
    if cancelled is None:
        return False
    return cancelled.is_set() if isinstance(cancelled, threading.Event) else cancelled()


@contextmanager
def restored(*settings: tuple[Any, str, Any]) -> Iterator[None]:
    """Set attributes for the length of a block and put the former values back, whatever happens in it."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in settings]
    try:
        for owner, name, value in settings:
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)
