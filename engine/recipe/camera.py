"""The view."""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.distributions import Distribution, Uniform
from engine.recipe.fields import number, section, varying, varying_or_absent, varying_text, where

VIEWPOINTS = ("shell", "box")
LENSES = ("brown_conrady", "fisheye")


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraBox:
    """Where a camera of the viewpoint `box` may be: about the middle of what the objects stand on."""

    x: Distribution = varying(Uniform(-0.8, 0.8), "along the world's x axis", unit="m", low=-1e5, high=1e5)
    y: Distribution = varying(Uniform(-0.8, 0.8), "along the world's y axis", unit="m", low=-1e5, high=1e5)
    z: Distribution = varying(Uniform(0.1, 0.8), "height above what the objects stand on", unit="m", low=-1e5, high=1e5)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraMatrix:
    """K, in pixels of the recipe's resolution; pixel centres are whole numbers, as in OpenCV."""

    fx: Distribution | None = varying_or_absent(
        "focal length across; replaces `fov` and `focal_length`", unit="px", low=1, high=1e7
    )
    fy: Distribution | None = varying_or_absent(
        "focal length down; that across when left out (square pixels)", unit="px", low=1, high=1e7
    )
    cx: Distribution | None = varying_or_absent(
        "column of the principal point; the middle of the picture when left out", unit="px", low=-16384, high=16384
    )
    cy: Distribution | None = varying_or_absent(
        "row of the principal point; the middle of the picture when left out", unit="px", low=-16384, high=16384
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LensRecipe:
    """Distortion, with OpenCV's formulas and coefficients; none where all are 0 (but for a fisheye)."""

    model: Distribution = varying_text(
        "brown_conrady", "formula: OpenCV's ordinary one, or that of cv2.fisheye", options=LENSES
    )
    k1: Distribution = varying(0.0, "radial, 1st: below 0 a barrel, above a cushion", low=-20, high=20)
    k2: Distribution = varying(0.0, "radial, 2nd", low=-200, high=200)
    k3: Distribution = varying(0.0, "radial, 3rd", low=-1000, high=1000)
    k4: Distribution = where("model = fisheye", varying(0.0, "radial, 4th; `fisheye` only", low=-1000, high=1000))
    p1: Distribution = where(
        "model = brown_conrady", varying(0.0, "tangential, 1st; `brown_conrady` only", low=-2, high=2)
    )
    p2: Distribution = where(
        "model = brown_conrady", varying(0.0, "tangential, 2nd; `brown_conrady` only", low=-2, high=2)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """The view. The camera looks at one of the objects, drawn anew for each frame."""

    viewpoint: Distribution = varying_text(
        "shell",
        "`shell`: round the object at `azimuth`, `elevation` and `fill` or `distance`; `box`: anywhere in `box`",
        options=VIEWPOINTS,
    )
    fill: Distribution = where(
        "viewpoint = shell and distance = absent",
        varying(
            Uniform(0.3, 0.9),
            "share of the picture's shorter side that the object's bounding sphere takes",
            low=0.001,
            high=10,
        ),
    )
    distance: Distribution | None = where(
        "viewpoint = shell",
        varying_or_absent("distance from the object's centre; replaces `fill`", unit="m", low=1e-4, high=1e7),
    )
    azimuth: Distribution = where(
        "viewpoint = shell", varying(Uniform(0, 360), "direction round the object", unit="°", low=-360, high=360)
    )
    elevation: Distribution = where(
        "viewpoint = shell", varying(Uniform(8, 65), "height above the horizon", unit="°", low=-90, high=90)
    )
    roll: Distribution = varying(Uniform(-8, 8), "turn about the viewing axis", unit="°", low=-180, high=180)
    look_at_jitter: Distribution = varying(
        Uniform(0, 0.25),
        "how far off the object's centre the camera aims, as a fraction of its radius",
        low=0,
        high=100,
    )
    shift_x: Distribution = varying(
        0.0,
        "where it aims appears so far to the right of the picture's centre, as a fraction of its width",
        low=-1,
        high=1,
    )
    shift_y: Distribution = varying(
        0.0, "where it aims appears so far below the picture's centre, as a fraction of its height", low=-1, high=1
    )
    focal_length: Distribution = varying(Uniform(28, 70), "focal length", unit="mm", low=1, high=5000)
    sensor_width: float = number(36.0, "width of the sensor", unit="mm", low=0.1, high=1000)
    fov: Distribution | None = varying_or_absent(
        "angle seen across the picture's width, through the lens; replaces `focal_length`", unit="°", low=1, high=179
    )
    f_stop: Distribution = varying(
        0.0, "aperture for depth of field, focused on the object; 0 is a pinhole", low=0, high=256
    )
    shutter: Distribution = varying(
        0.0,
        "how long the shutter is open, as a fraction of the time between frames, if anything moves (`motion`); 0 has no"
        " motion blur, 0.5 is a film camera's",
        low=0,
        high=1,
    )
    baseline: Distribution = varying(
        0.1,
        "how far the right camera of a stereo pair stands from this one; counts where `right` is among render.passes",
        unit="m",
        low=1e-6,
        high=1e5,
    )
    exposure: Distribution = varying(Uniform(-0.4, 0.6), "exposure compensation", unit="EV", low=-20, high=20)
    box: CameraBox = where("viewpoint = box", section(CameraBox, "where it may be"))
    K: CameraMatrix = section(CameraMatrix, "intrinsics in pixels")
    lens: LensRecipe = section(LensRecipe, "distortion")
