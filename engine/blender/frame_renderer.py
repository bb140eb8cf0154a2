"""A recipe's frames, from specs to passes, in this process's Blender."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import bpy

from engine.annotate.passes import Passes
from engine.annotate.visibility import Body
from engine.blender import denoise, devices
from engine.blender.camera import check_device
from engine.blender.chunks import Cancel, Progress
from engine.blender.plugin_parts import PluginParts
from engine.blender.prepare import Prepared, prepare
from engine.blender.render import RenderRequest, SceneSettings, configure, render_passes
from engine.blender.scene import Stage
from engine.blender.scripts import forbid_scripts
from engine.frame.spec import FrameSpec
from engine.frame.stereo import right_of
from engine.recipe.model import Recipe
from engine.stages import stage


class FrameRenderer:
    """Holds the open Blender file: one at a time in a process. Loading takes seconds, frames then share it all."""

    def __init__(self, recipe: Recipe, device: str, importing: Callable[[str], None]) -> None:
        """Load the recipe's assets and choose the device (`auto` or one of `devices.KINDS`).

        `importing` is called with each path before it is read.

        Raises:
            AssetError: a model or an HDRI cannot be used.
            RenderError: the device is missing.
        """
        bpy.ops.wm.read_factory_settings(use_empty=True)
        forbid_scripts()
        self.recipe = recipe
        self.prepared: Prepared = prepare(recipe, importing)
        scene = bpy.context.scene
        chosen = configure(scene, SceneSettings(device=device, max_bounces=recipe.render.max_bounces))
        self.device = devices.describe(chosen)
        self.device_type = chosen[0].kind
        self.blender_version = bpy.app.version_string
        self._stage = Stage(scene, self.prepared.scene_assets)
        self._parts = PluginParts()

    @property
    def denoiser(self) -> str:
        """What the denoiser runs on; empty where the recipe wants none."""
        return denoise.shared().device if self.recipe.render.denoise else ""

    @property
    def bodies(self) -> tuple[Body, ...]:
        """See `Prepared`."""
        return self.prepared.bodies

    def render(self, spec: FrameSpec, on_progress: Progress | None = None, cancelled: Cancel | None = None) -> Passes:
        """Build the scene of `spec` and render it; the pixels depend on `spec` and the assets alone.

        `on_progress(samples done, samples in all)` is called after each chunk of samples, `cancelled()` before.

        Raises:
            RenderError: Blender or the denoiser fails, or the device cannot render through the lens.
            RenderCancelled: `cancelled` said so.
        """
        check_device(spec.camera, self.device_type)
        request = self._build(spec, self.recipe.render.passes)
        if spec.stereo is None:
            return render_passes(self._stage.scene, request, on_progress, cancelled)
        left = render_passes(self._stage.scene, request, _part(on_progress, 0), cancelled)
        # The pair is exposed alike, as its left camera meters.
        request = replace(self._build(right_of(spec), ()), exposure_ev=left.exposure, exposes_itself=False)
        right = render_passes(self._stage.scene, request, _part(on_progress, 1), cancelled)
        return replace(left, right=right.rgb)

    def _build(self, spec: FrameSpec, passes: Collection[str]) -> RenderRequest:
        """Build the scene of `spec`; returns what is to be rendered of it."""
        with stage("build"):
            self._parts.clear()
            self._stage.build(spec)
            self._parts.build(self._stage.scene, spec, self.prepared.plugins)
            return RenderRequest.of(spec, self._stage.behind(spec), passes=passes)


def _part(on_progress: Progress | None, half: int) -> Progress | None:
    """Progress of one picture of a pair as that of both."""
    return on_progress and (lambda done, total: on_progress(done + half * total, 2 * total))
