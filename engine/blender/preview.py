"""Pictures of a recipe's frames for somebody who waits for them: rough at once, then finer, in one open Blender file.

The scene is that of the full render (the same `draw_visible`, the same stage), so composition and materials are the
frame's own. What differs: fewer pixels and samples, a quicker denoiser, and a coarse map of the HDRI's brightness,
which costs noise where the sun is small.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import bpy
import numpy as np

from engine.annotate.passes import Passes
from engine.annotate.redraw import Judged, draw_visible
from engine.annotate.visibility import Body
from engine.blender import chunks, denoise, devices, instances, preview_eevee
from engine.blender.asset_store import AssetStore, Importing
from engine.blender.camera import check_device
from engine.blender.chunks import ALBEDO, COMBINED, NORMAL_HINT, Array, Cancel, RenderCancelled
from engine.blender.kept_stage import KeptStage
from engine.blender.plugin_parts import PluginParts
from engine.blender.prepare import Prepared, prepare
from engine.blender.render import RenderRequest, SceneSettings, apply_request, configure, motion_blur_off, render_passes
from engine.blender.scene import SceneAssets
from engine.blender.scripts import forbid_scripts
from engine.blender.shadow_floor import smooth_shadow
from engine.blender.tap import EngineCall, inside_render
from engine.frame.resize import resized
from engine.frame.spec import FrameSpec
from engine.recipe.model import Recipe

MAP_RESOLUTION = 256
"""Of the HDRI's map of brightness: larger ones cost up to a second each time the light changes."""

KEPT_MODELS, KEPT_HDRIS, KEPT_SETS, KEPT_SCENES = 16, 24, 8, 3
"""Assets that stay loaded at least as long as no more than so many were used since."""

_INDEX, _DEPTH = "Object Index", "Depth"

type OnPasses = Callable[[Passes], None]


class PreviewRenderer:
    """Holds the open Blender file: one at a time in a process. Recipes may follow each other quickly."""

    def __init__(self) -> None:
        """Open an empty file and choose the fastest device."""
        bpy.ops.wm.read_factory_settings(use_empty=True)
        forbid_scripts()
        self._scene = bpy.context.scene
        chosen = configure(self._scene, SceneSettings())
        self.device = devices.describe(chosen)
        self.device_type = chosen[0].kind
        self.blender_version = bpy.app.version_string
        self._store = AssetStore()
        self._parts = PluginParts()
        self._stage = KeptStage(self._scene, SceneAssets({}, {}))
        self.recipe = Recipe()
        self._prepared: Prepared | None = None
        self._judged = Judged()

    @property
    def bodies(self) -> tuple[Body, ...]:
        """See `Prepared`."""
        return self.prepared.bodies

    @property
    def prepared(self) -> Prepared:
        """The assets of the recipe."""
        if self._prepared is None:
            raise RuntimeError("a frame was asked for before a recipe was loaded")
        return self._prepared

    def load(self, recipe: Recipe, importing: Importing) -> None:
        """Take up a recipe; only files that are not loaded yet, or have changed, are read.

        `importing` is called with each path before it is read, and may raise to give up; what was read until then
        stays loaded. Raises AssetError when a file cannot be used.
        """
        self._prepared = prepare(recipe, importing, self._store)
        self.recipe = recipe
        self._judged = Judged()
        models = max(KEPT_MODELS, len(self._prepared.catalog.models))
        hdris = max(KEPT_HDRIS, len(self._prepared.catalog.hdris))
        sets = max(KEPT_SETS, sum(map(len, self._prepared.catalog.texture_sets.values())))
        scenes = max(KEPT_SCENES, len(self._prepared.catalog.scenes))
        if self._store.exceeds(models, hdris, sets, scenes):
            self._stage.clear()
            self._store.forget_all_but(models, hdris, sets, scenes)

    def draw(self, seed: int, index: int, redrawn: Mapping[str, int] | None = None) -> FrameSpec:
        """The spec of a frame of the recipe, as the full render has it; RenderError where none shows its object."""
        prepared = self.prepared
        return draw_visible(self.recipe, prepared.catalog, prepared.bodies, seed, index, redrawn, self._judged)

    def refine(
        self,
        spec: FrameSpec,
        size: tuple[int, int],
        steps: list[int],
        shown: set[int],
        total: int,
        on_passes: OnPasses,
        cancelled: Cancel | None,
    ) -> None:
        """Render a frame at `size` (width, height) with Cycles, in chunks of `steps` samples. Where their sum so far is
        in `shown`, `on_passes` gets the picture of all samples until then, denoised. They are the first of `total`
        samples; another total costs time.

        Raises RenderCancelled when `cancelled` says so between two chunks.
        """
        check_device(spec.camera, self.device_type)
        small = resized(spec, size)
        self._build(small, coarse=True)
        request = dataclasses.replace(RenderRequest.of(small, self._stage.behind(small)), samples=total, denoise=True)
        apply_request(self._scene, request)
        refinement = _Refinement(request, steps, shown, on_passes, cancelled)
        if instances.has_large_ids(self._scene):
            with instances.high_parts_shown(self._scene), motion_blur_off(self._scene):
                inside_render(self._scene, refinement.take_high_ids)
        if self._scene.render.use_motion_blur:
            with motion_blur_off(self._scene):
                inside_render(self._scene, refinement.take_exact)
        inside_render(self._scene, refinement.run)

    def rasterize(self, spec: FrameSpec, size: tuple[int, int], samples: int) -> Passes:
        """Render a frame at `size` (width, height) with EEVEE. Only where `eevee.can_eevee_run` says that it runs."""
        self._build(spec, coarse=True)
        small = resized(spec, size)
        return preview_eevee.render(self._scene, small, samples, self.prepared.bodies, self._stage.behind(small))

    def full(self, spec: FrameSpec, on_progress: chunks.Progress, cancelled: Cancel) -> Passes:
        """Render a frame as the dataset has it; see `render_passes`."""
        check_device(spec.camera, self.device_type)
        self._build(spec, coarse=False)
        return render_passes(self._scene, RenderRequest.of(spec, self._stage.behind(spec)), on_progress, cancelled)

    def _build(self, spec: FrameSpec, *, coarse: bool) -> None:
        assets = self.prepared.scene_assets
        if coarse:
            environments = {
                digest: dataclasses.replace(environment, map_resolution=MAP_RESOLUTION)
                for digest, environment in assets.environments.items()
            }
            assets = dataclasses.replace(assets, environments=environments)
        self._stage.assets = assets
        self._parts.clear()
        self._stage.build(spec)
        self._parts.build(self._scene, spec, self.prepared.plugins)


class _Refinement:
    """One frame's running sums of samples, inside one Cycles call."""

    def __init__(
        self,
        request: RenderRequest,
        steps: list[int],
        shown: set[int],
        on_passes: OnPasses,
        cancelled: Cancel | None,
    ) -> None:
        self._request, self._steps, self._shown = request, steps, shown
        self._on_passes, self._cancelled = on_passes, cancelled
        self._high_ids: Array | None = None
        self._sums: dict[str, Array] = {}
        self._data: dict[str, Array] = {}

    def take_high_ids(self, call: EngineCall) -> None:
        """Of frames with more instances than Blender's pass index holds."""
        self._high_ids = chunks.exact_passes(call, [_INDEX])[_INDEX][..., 0]

    def take_exact(self, call: EngineCall) -> None:
        """Where the samples of the picture see nothing exactly."""
        self._data = chunks.exact_passes(call, [_INDEX, _DEPTH])

    def run(self, call: EngineCall) -> None:
        """Render step after step."""
        total, done = self._request.samples, 0
        if not self._data and chunks.needs_own_sample(call.scene, want_normal=False):
            self.take_exact(call)
        for step in self._steps:
            if chunks.is_set(self._cancelled):
                raise RenderCancelled(f"stopped after {done} of {total} samples")
            wanted = [COMBINED, ALBEDO, NORMAL_HINT] + ([] if self._data else [_INDEX, _DEPTH])
            found = chunks.one_chunk(call, done, step, total, wanted)
            self._data = self._data or {name: found[name] for name in (_INDEX, _DEPTH)}
            for name in (COMBINED, ALBEDO, NORMAL_HINT):
                self._sums[name] = self._sums.get(name, np.float32(0)) + found[name] * np.float32(step)
            done += step
            if done in self._shown:
                self._on_passes(self._passes(done))

    def _passes(self, done: int) -> Passes:
        share = np.float32(1 / done)
        rgb, albedo, normal = (self._sums[name][..., :3] * share for name in (COMBINED, ALBEDO, NORMAL_HINT))
        ids = instances.join_parts(self._data[_INDEX][..., 0], self._high_ids)
        clean = denoise.shared()(rgb, albedo, normal, denoise.FAST)
        alpha = self._sums[COMBINED][..., 3] * share
        if self._request.floor is not None:
            alpha = smooth_shadow(alpha, ids, albedo, normal, denoise.FAST)
        return Passes(
            rgb=self._request.develop(clean, alpha),
            instance_id=ids,
            depth=self._request.depth(self._data[_DEPTH], ids),
            samples=done,
        )
