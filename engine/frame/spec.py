"""A FrameSpec: every value drawn for one frame. Plain data; it reads and writes as JSON.

Whoever has a FrameSpec and the assets it names by content hash can render that frame again, alone, anywhere.

Frames of reference: world (z up, right handed), camera (OpenCV: x right, y down, z forward), model (the model's own
axes after its up axis was applied, multiplied by `stretch` and `scale`). `T_a_b` takes points of frame b to frame a:
p_a = T_a_b p_b. Matrices are row major. Lengths in metres, angles in degrees.
"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from engine.frame.backdrop_spec import BackdropSpec, PhotoCrop
from engine.frame.landmarks import Vector3
from engine.frame.lens import Lens
from engine.frame.lights_spec import LightSpec
from engine.frame.looks_spec import AssetRef as AssetRef
from engine.frame.looks_spec import GroundSpec, Look, Rgb
from engine.frame.motion_spec import Matrix4 as Matrix4
from engine.frame.motion_spec import SequenceSpec
from engine.frame.room_spec import RoomSpec
from engine.frame.scene_spec import SceneSpec
from engine.frame.sensor_spec import SensorSpec

SPEC_VERSION = 2

UNSTRETCHED: Vector3 = (1.0, 1.0, 1.0)

type FloatArray = npt.NDArray[np.float64]


class ObjectSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """One labelled instance."""

    instance_id: int
    """1 to 65,535, unique in the frame; the value in the instance id map."""
    class_name: str
    recipe_object: int
    """Which of the recipe's `objects` it was drawn from."""
    model: AssetRef
    T_world_model: Matrix4
    """Rigid pose of the (scaled) model frame."""
    scale: float
    """Factor from the model file's own size, after the file's unit and up axis were applied."""
    look: Look
    stretch: Vector3 = UNSTRETCHED
    """Further factors along the model's own axes. They belong to its size, as `scale` does, not to its pose."""


class ProceduralShape(msgspec.Struct, frozen=True, tag="procedural", tag_field="source"):
    """A shape of our own: what `engine.shapes.build` makes of these."""

    kind: str
    traits: tuple[float, ...]


class ModelShape(msgspec.Struct, frozen=True, tag="model", tag_field="source"):
    """A model from a file."""

    model: AssetRef
    number: int
    """Which of the recipe's models of distractors it is, in their order."""


class PropSpec(msgspec.Struct, frozen=True):
    """A thing without a label: seen, and hiding what is behind it, under the id of the background."""

    shape: ProceduralShape | ModelShape
    T_world_model: Matrix4
    """Rigid pose of the (scaled) shape's frame."""
    scale: float
    look: Look


class CameraSpec(msgspec.Struct, frozen=True):
    """Intrinsics and extrinsics."""

    width: int
    height: int
    focal_length_mm: float
    sensor_width_mm: float
    T_world_camera: Matrix4
    f_stop: float
    """0 is a pinhole: everything is sharp."""
    focus_distance: float
    """Metres along the camera's z axis."""
    target_instance_id: int
    """The instance that the camera looks at."""
    pixel_aspect: float = 1.0
    """fy / fx: width of a pixel by its height."""
    principal_point: tuple[float, float] = (0.0, 0.0)
    """Where the optical axis meets the picture: off its centre to the right and down, as fractions of its width and
    height."""
    lens: Lens | None = None
    """None: it does not distort."""


class SkySpec(msgspec.Struct, frozen=True):
    """A clear or hazy sky with its sun, over open land. The world's `rotation` is the sun's azimuth."""

    sun_elevation: float
    """Degrees above the horizon."""
    haze: float
    """Density of the aerosol; 1 is usual."""
    land: Rgb
    """Mean radiance of the land in the sky's own units, linear Rec.709."""
    land_seed: float
    """0 to 1: which part of its pattern is seen."""


class WorldSpec(msgspec.Struct, frozen=True):
    """Background and light: an HDRI, a sky, or the soft light of a photograph, or else one colour all round."""

    hdri: AssetRef | None
    rotation: float
    """Degrees about the vertical."""
    strength: float
    tint: Rgb
    """Linear factor per channel, its largest channel 1."""
    photo: PhotoCrop | None = None
    """Its colours, spread out around with mean luminance 1; `rotation` is the azimuth at which its middle is seen."""
    sky: SkySpec | None = None


class StereoSpec(msgspec.Struct, frozen=True):
    """The right camera of a stereo pair, of which the frame's own camera is the left; see `engine.frame.stereo`."""

    baseline: float
    """Metres along the camera's x axis."""
    cycles_seed: int
    noise_seed: int
    """Of the sensor, if there is one."""


class FrameSpec(msgspec.Struct, frozen=True):
    """Everything that decides the pixels of one frame."""

    index: int
    seed: int
    attempt: int
    """How many draws were thrown away before this one; `redrawn` says why. Those of its whole sequence, where it is of
    one."""
    objects: tuple[ObjectSpec, ...]
    camera: CameraSpec
    world: WorldSpec
    ground: GroundSpec | None
    samples: int
    cycles_seed: int
    denoise: bool
    max_bounces: int
    view: str
    exposure: float
    """EV."""
    drawn: dict[str, float | str]
    """The value drawn for each parameter, by its path in the recipe (`objects[0][1].yaw`: the second instance's)."""
    version: int = SPEC_VERSION
    lights: tuple[LightSpec, ...] = ()
    backdrop: BackdropSpec | None = None
    """None: the camera sees the world."""
    props: tuple[PropSpec, ...] = ()
    sensor: SensorSpec | None = None
    """What lens, sensor and file do to the picture; None: nothing."""
    room: RoomSpec | None = None
    """The room that they are in, if any; then there is no ground."""
    scene: SceneSpec | None = None
    """The scene from a file that they are in, if any; then there is neither ground nor room."""
    redrawn: dict[str, int] = {}
    """Draws thrown away, by the reason: see `engine.frame.trouble`."""
    sequence: SequenceSpec | None = None
    """The frames before and after, and what moves; None: the frame stands alone."""
    stereo: StereoSpec | None = None
    """None: there is no second picture."""
    denoiser: str = "high"
    """How thoroughly the picture is denoised, where it is: `fast`, `balanced` or `high`."""
    clamp: float = 10.0
    """Most light that a path may bring after its first bounce; 0: no limit."""
    caustics: bool = True
    """Whether light gets to matte surfaces by way of shiny ones."""


def intrinsics(camera: CameraSpec) -> FloatArray:
    """The matrix K of shape (3, 3), float64, pixels: OpenCV convention, pixel centres at whole numbers.

    The picture's centre is ((W - 1) / 2, (H - 1) / 2). With a lens, K is OpenCV's camera matrix: it comes after the
    distortion.
    """
    fx = camera.focal_length_mm / camera.sensor_width_mm * camera.width
    right, down = camera.principal_point
    cx, cy = (camera.width - 1) / 2 + right * camera.width, (camera.height - 1) / 2 + down * camera.height
    return np.array([[fx, 0.0, cx], [0.0, fx * camera.pixel_aspect, cy], [0.0, 0.0, 1.0]], dtype=np.float64)


def T_camera_model(camera: CameraSpec, instance: ObjectSpec) -> FloatArray:  # noqa: N802 - the frames' names
    """Pose of a model in the camera frame: (4, 4) float64, rigid. BOP's cam_R_m2c and cam_t_m2c (in metres)."""
    T_world_camera = np.array(camera.T_world_camera)  # noqa: N806
    T_world_model: FloatArray = np.array(instance.T_world_model)  # noqa: N806
    T: FloatArray = rigid_inverse(T_world_camera) @ T_world_model  # noqa: N806
    return T


def rigid_inverse(T: FloatArray) -> FloatArray:  # noqa: N803 - a transform
    """Inverse of a rigid transform of shape (4, 4), exact up to rounding."""
    inverse = np.eye(4)
    inverse[:3, :3] = T[:3, :3].T
    inverse[:3, 3] = -T[:3, :3].T @ T[:3, 3]
    return inverse
