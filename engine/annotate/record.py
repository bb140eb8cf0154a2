"""A FrameRecord: everything known about one finished frame. Exporters, statistics and screens see records only.

Names follow BOP where it has one (`cam_K`, `cam_R_m2c`, `cam_t_m2c`, `cam_R_w2c`, `cam_t_w2c`) and COCO for boxes and
run lengths; but lengths are metres everywhere (BOP files use millimetres). Matrices are flat and row major.
"""

from __future__ import annotations

from typing import Any

import msgspec

from engine.frame.lens import Lens
from engine.frame.spec import FrameSpec

RECORD_VERSION = 5
"""1 had no amodal masks and boxes, visibility, truncation and occluders, 2 no lenses, 3 neither oriented boxes nor
keypoints, 4 no parts; such records are read as well."""

type Vector3 = tuple[float, float, float]
type Matrix3 = tuple[float, float, float, float, float, float, float, float, float]


class Rle(msgspec.Struct, frozen=True):
    """A mask as COCO's compressed run lengths (`pycocotools.mask.encode`)."""

    size: tuple[int, int]
    """(height, width)"""
    counts: str


class KeypointRecord(msgspec.Struct, frozen=True):
    """One named point of a model, in one frame."""

    name: str
    uv: tuple[float, float] | None
    """Image coordinates, pixel centres at whole numbers; also beyond the picture. None behind the camera, and where its
    lens does not see."""
    visibility: int
    """As COCO's: 0 not in the picture, 1 in it but hidden, by others or by the model itself, 2 seen."""
    xyz: Vector3
    """Metres in the model frame, after scaling."""


class PartRecord(msgspec.Struct, frozen=True):
    """The visible pixels of one named part of a model, in one frame."""

    name: str
    area: int
    """Pixels."""
    bbox: tuple[int, int, int, int] | None
    """x, y, width, height, tight, as an instance's. None when nothing is seen."""
    mask: Rle | None
    """Within the instance's `mask`, and disjoint from its other parts'. None when nothing is seen."""


class InstanceRecord(msgspec.Struct, frozen=True):
    """One object instance in one frame, seen or not."""

    instance_id: int
    class_name: str
    model: str
    """Name of the model, as in the spec."""
    area: int
    """Visible pixels."""
    bbox: tuple[int, int, int, int] | None
    """x, y, width, height of the visible pixels, tight (COCO: pixel (u, v) covers [u, u + 1) x [v, v + 1)).
    None when nothing is seen."""
    mask: Rle | None
    """The visible pixels. Masks of one frame are disjoint. None when nothing is seen."""
    cam_R_m2c: Matrix3
    """Rotation from the model frame to the camera frame (OpenCV: x right, y down, z forward)."""
    cam_t_m2c: Vector3
    """Metres."""
    bounds_min: Vector3
    """Corner of the 3D box in the model frame, after scaling, metres."""
    bounds_max: Vector3
    bbox_3d_projected: tuple[tuple[float, float] | None, ...]
    """Image coordinates (u, v) of the 3D box's 8 corners, pixel centres at whole numbers; corner i has the largest x
    where bit 2 of i is set, the largest y for bit 1, the largest z for bit 0. None behind the camera, and where its
    lens does not see."""
    amodal_mask: Rle | None = None
    """The pixels, within the picture, that would be seen if nothing stood before it; they hold those of `mask`. None
    when there are none."""
    amodal_area: int | None = None
    """Pixels of `amodal_mask`. None: not known, as are all of the following, in records of version 1."""
    amodal_bbox: tuple[int, int, int, int] | None = None
    """x, y, width, height of all that would be seen, also beyond the picture's border. None when it has no outline."""
    visibility: float | None = None
    """`area` as a share of `amodal_area`, 0 to 1; 0 when that is 0."""
    truncation: float | None = None
    """Share of the outline that lies beyond the picture, 0 to 1. None for what reaches from before the camera to
    behind it, or out of the lens's field."""
    occluders: tuple[int, ...] | None = None
    """Ids of the instances that are seen where this one is hidden, ascending."""
    obb: tuple[float, float, float, float, float] | None = None
    """Oriented box of the visible pixels: centre x, centre y, width, height in COCO's coordinates (as `bbox`), and the
    angle of its width in degrees; see `engine.annotate.oriented`. None when nothing is seen, and in records before
    version 4."""
    keypoints: tuple[KeypointRecord, ...] | None = None
    """The model's named points, in its own order; empty for a model without any. None: not known, in records before
    version 4."""
    parts: tuple[PartRecord, ...] | None = None
    """The model's named parts, in its own order; empty for a model without any. None: not known, in records before
    version 5."""


class StoredFile(msgspec.Struct, frozen=True):
    """One file of a frame, relative to the dataset's folder."""

    path: str
    bytes: int
    pixel_hash: str
    """BLAKE2b-128 of the decoded array (see `engine.dataset.layout.array_hash`), not of the file's bytes."""


class RenderInfo(msgspec.Struct, frozen=True):
    """How the frame came about."""

    device: str
    """e.g. `CPU: AMD EPYC 7B13`"""
    device_type: str
    """CPU, CUDA, OPTIX, HIP, ONEAPI or METAL"""
    denoiser: str
    """What Open Image Denoise ran on (CPU, CUDA, HIP, SYCL or METAL); empty where the picture was not denoised."""
    seconds: float
    """Wall-clock time from building the scene to the annotated passes."""
    samples: int
    studio_version: str
    blender_version: str
    finished_at: str
    """ISO 8601, UTC."""


class FrameRecord(msgspec.Struct, frozen=True):
    """The frame's annotations, camera, poses, spec, timings and pixel hash."""

    index: int
    width: int
    height: int
    image: StoredFile
    """The colour picture."""
    passes: dict[str, StoredFile]
    """Passes by name (`depth`, `normal`), each array under its own name in a .npz file."""
    cam_K: Matrix3
    cam_R_w2c: Matrix3
    """Extrinsics: rotation from the world frame to the camera frame (OpenCV)."""
    cam_t_w2c: Vector3
    """Metres."""
    instances: tuple[InstanceRecord, ...]
    spec: FrameSpec
    render: RenderInfo
    version: int = RECORD_VERSION
    cam_lens: Lens | None = None
    """How the lens distorts, with OpenCV's coefficients; None: not at all."""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(FrameRecord)


def encode_record(record: FrameRecord) -> bytes:
    """The record as JSON."""
    return _encoder.encode(record)


def decode_record(data: bytes) -> FrameRecord:
    """Read a record; raises msgspec.ValidationError (with the path of the field) or msgspec.DecodeError."""
    return _decoder.decode(data)


def record_to_builtins(record: FrameRecord) -> dict[str, Any]:
    """The record as plain dicts and lists, for `--json`."""
    plain: dict[str, Any] = msgspec.to_builtins(record)
    return plain
