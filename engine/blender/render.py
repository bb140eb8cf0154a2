"""From a built scene to the `Passes` of one frame: settings, the Cycles call, denoising, display colour."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.annotate.passes import Passes
from engine.blender import chunks, colour, coverage, denoise, devices, instances, light_passes, stale
from engine.blender.backdrop import Behind
from engine.blender.camera import depth_through
from engine.blender.chunks import Cancel, Picture, Progress, RenderCancelled
from engine.blender.coverage import CoverageSums
from engine.blender.denoise import HIGH
from engine.blender.light_passes import LightSums
from engine.blender.metering import metered
from engine.blender.shadow_floor import is_floor, smooth_shadow
from engine.blender.tap import MAX_SIDE, EngineCall, inside_render
from engine.errors import BadInput
from engine.frame.sensor_spec import SensorSpec
from engine.frame.spec import CameraSpec, FrameSpec
from engine.stages import stage

__all__ = ["RenderCancelled", "RenderRequest", "SceneSettings", "apply_request", "configure", "render_passes"]

Array = npt.NDArray[np.float32]

_INDEX, _DEPTH, _POSITION, _NORMAL = "Object Index", "Depth", "Position", "Normal"
_FARTHEST = 1e9
"""Metres beyond which Cycles' depth means that no surface was seen (it writes 1e10)."""


@dataclass(frozen=True, slots=True)
class SceneSettings:
    """What is set once for a scene and holds for all its frames."""

    device: str = devices.AUTO
    """A kind from `devices.KINDS`, or "auto" for the fastest."""

    max_bounces: int = 12
    """Longest light path; Blender's default."""


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """One frame to render. Raises BadInput for sizes, samples or seeds that Cycles does not have."""

    width: int
    height: int
    samples: int
    """Light paths per pixel; no adaptive sampling, so each pixel gets as many."""

    seed: int
    """Cycles' noise pattern, 0 to 2**31 - 1. It never changes the exact passes."""

    denoise: bool = True
    denoiser: int = HIGH
    """A quality of `engine.blender.denoise`."""

    view: str = colour.DEFAULT_VIEW
    """View transform: AgX, Filmic, Standard, ..."""

    exposure_ev: float = 0.0
    """Powers of two by which the picture is brightened."""

    exposes_itself: bool = False
    """Whether the picture is brought to a usual brightness first."""

    sensor: SensorSpec | None = None
    """What is done to the picture afterwards."""

    camera: CameraSpec | None = None
    """The camera, where its lens distorts: its depths need it."""

    behind: Behind | None = None
    """What is seen behind the scene, whose film is transparent then."""

    floor: CameraSpec | None = None
    """The camera, where a floor takes shadows that is not to be seen in the depths."""

    want_position: bool = False
    want_normal: bool = False
    want_light: bool = False
    """Albedo, diffuse and specular light."""

    want_coverage: bool = False

    @classmethod
    def of(cls, spec: FrameSpec, behind: Behind | None = None, *, passes: Collection[str] = ()) -> RenderRequest:
        """A frame as its spec has it, for a dataset that stores `passes`; `behind` is the picture of its backdrop."""
        return cls(
            width=spec.camera.width,
            height=spec.camera.height,
            samples=spec.samples,
            seed=spec.cycles_seed,
            denoise=spec.denoise,
            denoiser=denoise.QUALITIES[spec.denoiser],
            view=spec.view,
            exposure_ev=spec.exposure,
            exposes_itself=spec.scene is not None and spec.scene.expose,
            sensor=spec.sensor,
            camera=spec.camera if spec.camera.lens is not None else None,
            behind=behind,
            floor=spec.camera if spec.backdrop and spec.backdrop.shadow else None,
            want_normal=not {"normal", "normal_world"}.isdisjoint(passes),
            want_light=not {"albedo", "diffuse", "specular"}.isdisjoint(passes),
            want_coverage="coverage" in passes,
        )

    def exposure(self, linear: Array) -> float:
        """EV by which the picture of scene-linear light (H, W, 3) is brightened."""
        return self.exposure_ev + (metered(linear) if self.exposes_itself else 0.0)

    def develop(self, linear: Array, alpha: Array, exposure: float | None = None) -> npt.NDArray[np.uint8]:
        """The finished picture, (H, W, 3), of scene-linear light (H, W, 3) and the coverage of its pixels (H, W);
        `exposure` is that of `linear`, where it is known."""
        exposure = self.exposure(linear) if exposure is None else exposure
        if self.behind is None:
            return colour.develop(linear, self.view, exposure, self.sensor)
        return self.behind.develop(linear, alpha, self.view, exposure, self.sensor)

    def depth(self, data: Array, ids: npt.NDArray[np.uint16]) -> Array:
        """The depths (H, W) that belong to Cycles' (H, W, 1) and to the instances `ids` (H, W): `Passes.depth`."""
        depth = finite_depth(data, self.camera)
        if self.floor is not None:
            depth[(ids == 0) & is_floor(depth, self.floor)] = np.inf
        return depth

    def __post_init__(self) -> None:
        if not (1 <= self.width <= MAX_SIDE and 1 <= self.height <= MAX_SIDE):
            raise BadInput(f"A picture of {self.width}x{self.height} cannot be rendered; each side is 1 to {MAX_SIDE}.")
        if not 1 <= self.samples <= 1 << 24:
            raise BadInput(f"{self.samples} samples per pixel cannot be rendered; use 1 to {1 << 24}.")
        if not 0 <= self.seed < 1 << 31:
            raise BadInput(f"{self.seed} is no seed for Cycles; use 0 to {(1 << 31) - 1}.")


def configure(scene: Any, settings: SceneSettings | None = None) -> tuple[devices.Device, ...]:
    """Set everything about rendering that does not vary between frames; returns the devices that will render.

    Call it once for a built scene, after `read_factory_settings`. It decides, among others: Cycles with persistent
    data, no adaptive sampling, no denoising by Cycles (done here), square pixels, no compositor, no tiles, one view
    layer, motion blur centred on the frame. Clamping, pixel filter and the alpha threshold stay Blender's defaults.
    Raises RenderError if the device is missing.
    """
    settings = settings or SceneSettings()
    _configure_output(scene)
    scene.render.engine = "CYCLES"
    stale.set_cycles(
        scene,
        use_adaptive_sampling=False,
        use_denoising=False,
        use_animated_seed=False,
        use_sample_subset=False,
        use_pixel_jitter=False,
        time_limit=0.0,
        tile_size=MAX_SIDE,
        max_bounces=settings.max_bounces,
    )
    _configure_layers(scene)
    return devices.use(scene, settings.device)


def render_passes(
    scene: Any,
    request: RenderRequest,
    on_progress: Progress | None = None,
    cancelled: Cancel | None = None,
) -> Passes:
    """Render one frame of a configured scene.

    The same scene and request give the same pixels (on one kind of device) whatever was rendered before. The exact
    passes are taken from a pinhole sample of their own where depth of field, motion blur or normals ask for it.
    `on_progress(samples done, samples in all)` is called after each chunk of samples; what it raises ends the render.
    `cancelled` is an Event or a callable, looked at before each chunk. The process stays usable after either.
    Raises RenderCancelled if cancelled, RenderError if Blender, Cycles or the denoiser fails.
    """
    apply_request(scene, request)
    names = [_INDEX, _DEPTH] + [_POSITION] * request.want_position + [_NORMAL] * request.want_normal
    frame = _Frame(request, names)
    if instances.has_large_ids(scene):
        with instances.high_parts_shown(scene), motion_blur_off(scene):
            inside_render(scene, frame.take_high_ids)
    if scene.render.use_motion_blur:
        with motion_blur_off(scene):
            inside_render(scene, frame.take_exact)
    inside_render(scene, lambda call: frame.take(call, on_progress, cancelled))
    return frame.passes()


class _Frame:
    """The raw passes of one frame as they are collected inside Cycles' call, and their conversion."""

    def __init__(self, request: RenderRequest, names: list[str]) -> None:
        self._request, self._names = request, names
        self._exact: dict[str, Array] | None = None
        self._high_ids: Array | None = None
        self._picture: Picture | None = None
        self._light = LightSums() if request.want_light else None
        self._coverage: CoverageSums | None = None
        self._world_to_camera = np.eye(3, dtype=np.float32)

    def take_exact(self, call: EngineCall) -> None:
        self._exact = chunks.exact_passes(call, self._names)
        self._world_to_camera = _world_to_opencv(call.scene.camera)

    def take_high_ids(self, call: EngineCall) -> None:
        self._high_ids = chunks.exact_passes(call, [_INDEX])[_INDEX][..., 0]

    def take(self, call: EngineCall, on_progress: Progress | None, cancelled: Cancel | None) -> None:
        request = self._request
        if self._exact is None and chunks.needs_own_sample(call.scene, request.want_normal):
            self.take_exact(call)
        if request.want_coverage:
            self._coverage = CoverageSums(call.scene)
        self._picture = chunks.picture(
            call,
            chunks.plan(request.width, request.height, request.samples),
            first=self._names if self._exact is None else (),
            hints=request.denoise,
            collectors=[item for item in (self._light, self._coverage) if item is not None],
            on_progress=on_progress,
            cancelled=cancelled,
        )

    def passes(self) -> Passes:
        picture, request = self._picture, self._request
        assert picture is not None
        data = picture.first if self._exact is None else self._exact
        with stage("read"):
            ids = instances.join_parts(data[_INDEX][..., 0], self._high_ids)
            depth = request.depth(data[_DEPTH], ids)
            normal = _camera_normals(data[_NORMAL], self._world_to_camera, depth) if request.want_normal else None
            coverage_ranks = self._coverage.coverage(ids.shape) if self._coverage else None
        with stage("denoise"):
            linear = _denoised(picture, request.denoiser)
            covered = _coverage(picture, ids, request)
        with stage("develop"):
            exposure = request.exposure(linear)
            rgb = request.develop(linear, covered, exposure)
        return Passes(
            rgb=rgb,
            instance_id=ids,
            depth=depth,
            position=data.get(_POSITION),
            normal=normal,
            albedo=self._light.albedo if self._light else None,
            diffuse=self._light.diffuse if self._light else None,
            specular=self._light.specular if self._light else None,
            coverage=coverage_ranks,
            exposure=exposure,
            samples=picture.samples,
        )


def apply_request(scene: Any, request: RenderRequest) -> None:
    """Set what varies between frames in a configured scene."""
    render = scene.render
    render.resolution_x, render.resolution_y = request.width, request.height
    stale.set_samples(scene, request.samples)
    stale.set_cycles(scene, seed=request.seed)
    layer = scene.view_layers[0]
    wanted = {
        "use_pass_object_index": True,
        "use_pass_z": True,
        "use_pass_position": request.want_position,
        "use_pass_normal": request.want_normal,
        **dict.fromkeys(light_passes.SETTINGS, request.want_light),
        "use_pass_cryptomatte_object": request.want_coverage,
        "pass_cryptomatte_depth": coverage.LEVELS,
    }
    for name, value in wanted.items():
        if getattr(layer, name) != value:
            setattr(layer, name, value)
    if layer.cycles.denoising_store_passes != request.denoise:
        layer.cycles.denoising_store_passes = request.denoise


def finite_depth(data: Array, camera: CameraSpec | None) -> Array:
    """Cycles' Depth pass (H, W, 1) as (H, W), inf where no surface was seen; `camera` is one whose lens distorts."""
    depth = data[..., 0]
    depth[depth > _FARTHEST] = np.inf
    return depth if camera is None else depth_through(camera, depth)


def _configure_output(scene: Any) -> None:
    render = scene.render
    render.use_persistent_data = True
    render.resolution_percentage = 100
    render.pixel_aspect_x = render.pixel_aspect_y = 1.0
    render.film_transparent = False
    render.use_border = render.use_multiview = render.use_freestyle = render.use_simplify = False
    render.use_compositing = render.use_sequencer = False
    render.motion_blur_position = "CENTER"
    scene.display_settings.display_device = "sRGB"


def _configure_layers(scene: Any) -> None:
    for index, layer in enumerate(scene.view_layers):
        layer.use = index == 0
        layer.samples = 0


@contextmanager
def motion_blur_off(scene: Any) -> Iterator[None]:
    """Render without motion blur for the length of a block; Cycles reads that setting once per call."""
    blurred = scene.render.use_motion_blur
    if not blurred:
        yield
        return
    scene.render.use_motion_blur = False
    scene.update_tag()
    try:
        yield
    finally:
        scene.render.use_motion_blur = True
        scene.update_tag()


def _denoised(picture: Picture, quality: int) -> Array:
    if picture.albedo is None or picture.normal is None:
        return picture.rgb
    return denoise.shared()(picture.rgb, picture.albedo, picture.normal, quality)


def _coverage(picture: Picture, ids: npt.NDArray[np.uint16], request: RenderRequest) -> Array:
    if request.floor is None or picture.albedo is None or picture.normal is None:
        return picture.alpha
    return smooth_shadow(picture.alpha, ids, picture.albedo, picture.normal, request.denoiser)


def _world_to_opencv(camera: Any) -> Array:
    """(3, 3) rotation from the world to the camera's OpenCV frame; a scaled camera is not scaled, as in Cycles."""
    axes = np.asarray(camera.matrix_world, np.float64)[:3, :3]
    axes = axes / np.linalg.norm(axes, axis=0)
    return (axes * (1.0, -1.0, -1.0)).T.astype(np.float32)


def _camera_normals(world: Array, rotation: Array, depth: Array) -> Array:
    normals = world @ rotation.T
    length = np.linalg.norm(normals, axis=-1, keepdims=True)
    seen = np.isfinite(depth)[..., None] & (length > 0)
    return np.divide(normals, length, out=np.zeros_like(normals), where=seen)
