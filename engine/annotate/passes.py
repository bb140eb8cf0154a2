"""The arrays of one render, and their conventions. Stated here once; nowhere else.

Image arrays have row 0 at the TOP and column 0 at the left. Pixel (row v, column u) has its centre at image
coordinates (u, v): the OpenCV convention, in which the centre of the top left pixel is (0, 0) and an image
W pixels wide spans u from -0.5 to W - 0.5.

Camera frame: OpenCV (x right, y down, z forward), metres.
World frame: z up, right handed, metres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.limits import MAX_INSTANCES

BACKGROUND_ID = 0
"""Instance id of every pixel that shows no labelled object."""

MAX_INSTANCE_ID = MAX_INSTANCES

COVERAGE_RANKS = 4
"""Instances of a pixel that `Passes.coverage` tells of; of more, those that cover least are left out."""

COVERAGE_WHOLE = 65_535
"""What stands there for all of a pixel."""


@dataclass(frozen=True, slots=True)
class Passes:
    """What one render produced.

    `instance_id`, `depth`, `position`, `normal` and flow are those of the ray through the pixel's centre from a pinhole
    camera at mid-exposure: exact, not averaged, and independent of the sample count, the seed, the denoiser, depth
    of field and motion blur.
    """

    rgb: npt.NDArray[np.uint8]
    """(H, W, 3) display-referred colour (sRGB display, the recipe's view transform)."""

    instance_id: npt.NDArray[np.uint16]
    """(H, W) id of the object instance seen at the pixel's centre; 0 where none is."""

    depth: npt.NDArray[np.float32]
    """(H, W) metres along the camera's z axis (not along the ray); inf where the surroundings are seen."""

    position: npt.NDArray[np.float32] | None = None
    """(H, W, 3) world position of the surface seen, metres; undefined where depth is inf. None if not asked for."""

    normal: npt.NDArray[np.float32] | None = None
    """(H, W, 3) unit shading normal (smoothing and bumps included) of the surface seen, camera frame; 0 where depth is
    inf. None if not asked for."""

    flow_forward: npt.NDArray[np.float32] | None = None
    """(H, W, 2) pixels, to the right and down: from the pixel's centre to where the point of a surface that it shows is
    seen in the next frame of the sequence. See `engine.annotate.flow`. None if not asked for."""

    flow_backward: npt.NDArray[np.float32] | None = None
    """(H, W, 2) likewise, in the frame before."""

    albedo: npt.NDArray[np.float32] | None = None
    """(H, W, 3) share of light that surfaces scatter diffusely, linear Rec.709; 0 for mirrors, bare metal and the
    surroundings. This and the following are averages over all samples, blurred as the picture is. None if not asked
    for."""

    diffuse: npt.NDArray[np.float32] | None = None
    """(H, W, 3) light that `albedo` scatters: the two multiplied are the diffuse part of the picture's scene-linear
    light."""

    specular: npt.NDArray[np.float32] | None = None
    """(H, W, 3) reflected scene-linear light, the surface's colour included: what is not diffuse, nor came through
    glass, nor was emitted by what is seen."""

    coverage: npt.NDArray[np.uint16] | None = None
    """(4, 2, H, W): in [r, 0] the id of the instance that covers most of a pixel but for r others, in [r, 1] how much
    of it, in 65,535ths; 0 where there are no more. What is left of a pixel shows no instance. Unlike `instance_id`
    this is averaged over the pixel, the lens and the time that the shutter is open."""

    right: npt.NDArray[np.uint8] | None = None
    """(H, W, 3) picture of the right camera of a stereo pair; all else is the left one's. None if not asked for."""

    exposure: float = 0.0
    """EV by which `rgb` was brightened, whether the recipe or the camera's meter said so."""

    samples: int = 0
    """Samples per pixel that went into `rgb`."""
