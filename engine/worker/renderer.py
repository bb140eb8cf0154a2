"""What the worker needs of a renderer, and a fake one that paints frames without Blender."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Protocol

import msgspec
import numpy as np

from engine.annotate.boxes import Bounds
from engine.annotate.passes import Passes
from engine.annotate.redraw import draw_visible
from engine.frame.catalog import Catalog, HdriFacts, ModelFacts
from engine.frame.draw import draw
from engine.frame.spec import AssetRef, FrameSpec
from engine.queue.protocol import Asset
from engine.recipe.model import Recipe

type Progress = Callable[[int, int], None]
type Cancelled = Callable[[], bool]


class RenderCancelled(Exception):
    """A render was stopped on request."""


class Renderer(Protocol):
    """Renders the frames of one recipe."""

    device: str
    device_type: str
    blender_version: str
    denoiser: str
    catalog: Catalog
    files: tuple[Asset, ...]
    warnings: tuple[str, ...]
    bounds: dict[str, Bounds]

    def draw(self, seed: int, index: int) -> FrameSpec:
        """The spec of a frame; raises RenderError where none shows its object."""

    def render(self, spec: FrameSpec, on_progress: Progress, cancelled: Cancelled) -> Passes:
        """The frame's passes; raises RenderCancelled soon after `cancelled()` is true."""


class BlenderRenderer:
    """The real one. bpy is loaded here."""

    def __init__(self, recipe: Recipe, device: str, importing: Callable[[str], None]) -> None:
        from engine.blender.frame_renderer import FrameRenderer

        self._recipe = recipe
        self._frames = FrameRenderer(recipe, device, importing)
        prepared = self._frames.prepared
        self._bodies = prepared.bodies
        self.device = self._frames.device
        self.device_type = self._frames.device_type
        self.blender_version = self._frames.blender_version
        self.denoiser = self._frames.denoiser
        self.catalog = prepared.catalog
        self.files = tuple(Asset(f.role, f.name, f.path, f.content_hash) for f in prepared.files)
        self.warnings = prepared.warnings
        self.bounds = self._frames.bounds

    def draw(self, seed: int, index: int) -> FrameSpec:
        """See `Renderer`."""
        return draw_visible(self._recipe, self.catalog, self._bodies, seed, index)

    def render(self, spec: FrameSpec, on_progress: Progress, cancelled: Cancelled) -> Passes:
        """See `Renderer`."""
        from engine.blender.render import RenderCancelled as StoppedRender

        try:
            return self._frames.render(spec, on_progress, cancelled)
        except StoppedRender:
            raise RenderCancelled from None


_BOX = np.array([[x, y, z] for x in (-0.05, 0.05) for y in (-0.04, 0.04) for z in (0.0, 0.1)])
_FAKE_CHUNKS = 4


class FakeRenderer:
    """Paints discs where a spec's objects are. As deterministic as the real one, and thousands of times as fast.

    `render.samples` sets its pace: each sample takes a millisecond beyond the first 16.
    """

    device = "CPU: fake"
    device_type = "CPU"
    blender_version = "fake"
    denoiser = ""
    warnings: tuple[str, ...] = ()

    def __init__(self, recipe: Recipe, device: str, importing: Callable[[str], None]) -> None:
        self._recipe = recipe
        refs = [AssetRef(item.model, f"fake{i}") for i, item in enumerate(recipe.objects)]
        self.catalog = Catalog(
            tuple(ModelFacts(ref, _BOX, has_materials=False) for ref in refs), (HdriFacts(AssetRef("sky", "sky"), 1.0),)
        )
        self.files = tuple(Asset(f"objects[{i}].model", ref.name, "", ref.content_hash) for i, ref in enumerate(refs))
        low, high = tuple(_BOX.min(axis=0).tolist()), tuple(_BOX.max(axis=0).tolist())
        self.bounds = {ref.content_hash: (low, high) for ref in refs}

    def draw(self, seed: int, index: int) -> FrameSpec:
        """See `Renderer`."""
        return draw(self._recipe, self.catalog, seed, index)

    def render(self, spec: FrameSpec, on_progress: Progress, cancelled: Cancelled) -> Passes:
        """See `Renderer`."""
        for chunk in range(_FAKE_CHUNKS):
            if cancelled():
                raise RenderCancelled
            time.sleep(max(0, spec.samples - 16) / 1000 / _FAKE_CHUNKS)
            on_progress(spec.samples * (chunk + 1) // _FAKE_CHUNKS, spec.samples)
        return _paint(spec)


def _paint(spec: FrameSpec) -> Passes:
    height, width = spec.camera.height, spec.camera.width
    digest = hashlib.blake2b(msgspec.json.encode(spec), digest_size=64).digest()
    v, u = np.mgrid[0:height, 0:width]
    rgb = np.stack([u * 3 + digest[0], v * 5 + digest[1], u * v + digest[2]], axis=-1).astype(np.uint8)
    ids = np.zeros((height, width), np.uint16)
    for instance in spec.objects:
        n = instance.instance_id
        centre = (digest[(3 * n) % 64] / 255 * height, digest[(3 * n + 1) % 64] / 255 * width)
        disc = np.hypot(v - centre[0], u - centre[1]) < min(height, width) / 5
        ids[disc] = n
        rgb[disc] = list(digest[(5 * n) % 60 : (5 * n) % 60 + 3])
    depth = np.where(ids > 0, np.float32(1.0), np.float32(np.inf))
    normal = np.zeros((height, width, 3), np.float32)
    normal[ids > 0] = (0.0, 0.0, -1.0)
    return Passes(rgb=rgb, instance_id=ids, depth=depth, normal=normal, samples=spec.samples)
