"""A recipe: what may vary in a dataset, and how. Immutable; a preset is a recipe file.

Angles are in degrees and lengths in metres. A field that may vary holds a distribution; see `distributions`.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.distributions import Choice, Distribution, LogUniform, Uniform
from engine.recipe.fields import (
    flag,
    integer,
    number,
    resolution,
    section,
    section_list,
    text,
    text_list,
    varying,
    varying_or_absent,
    varying_text,
)

LOOKS = ("bare", "colored", "textured", "imperfect")
PATTERNS = ("stripes", "dots", "checks", "waves", "speckled", "two-tone", "band")
FINISHES = ("plain", "wood", "stone", "fabric")
VIEW_TRANSFORMS = ("AgX", "Filmic", "Standard")
OPTIONAL_PASSES = ("depth", "normal")
UP_AXES = ("auto", "x", "-x", "y", "-y", "z", "-z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """Colour of the cup, and of models that bring no material of their own."""

    hue: Distribution = varying(Uniform(0, 360), "hue of the base colour", unit="°", low=0, high=360)
    saturation: Distribution = varying(Uniform(0.1, 0.8), "saturation of the base colour", low=0, high=1)
    value: Distribution = varying(Uniform(0.25, 0.95), "brightness of the base colour (the V of HSV)", low=0, high=1)
    roughness: Distribution = varying(Uniform(0.08, 0.5), "roughness of the surface: 0 mirror, 1 chalk", low=0, high=1)
    metallic: Distribution = varying(0.0, "0 for paint, plastic, ceramic; 1 for bare metal", low=0, high=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Jitter:
    """How far the materials that a model brings with it may stray from what they are."""

    hue_shift: Distribution = varying(Uniform(-8, 8), "turn of the hue", unit="°", low=-180, high=180)
    saturation: Distribution = varying(Uniform(0.85, 1.15), "factor on the saturation", low=0, high=4)
    value: Distribution = varying(Uniform(0.8, 1.15), "factor on the brightness", low=0, high=4)
    roughness_shift: Distribution = varying(Uniform(-0.1, 0.15), "added to the roughness", low=-1, high=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRecipe:
    """One kind of object to be labelled, and how many of it."""

    model: str = text("cup", "`cup`, or the path of a .obj .glb .gltf .ply .stl .fbx .usd(a,c,z) or .blend file")
    class_name: str = text("", "class of the labels; the model's file name when empty", key="class")
    count: Distribution = varying(1, "instances in a frame", low=0, high=1000, integer=True)
    scale: Distribution = varying(1.0, "factor on the model's size", low=1e-6, high=1e6)
    up: str = text("auto", "axis of the file that points up; `auto` follows the format's custom", options=UP_AXES)
    yaw: Distribution = varying(Uniform(0, 360), "turn about the vertical", unit="°", low=-360, high=360)
    tilt: Distribution = varying(0.0, "lean out of the vertical; 180 stands on its head", unit="°", low=0, high=180)
    look: Distribution = varying_text("colored", "how far the cup's surface is worked out (cup only)", options=LOOKS)
    pattern: Distribution = varying_text(
        Choice(PATTERNS, (1.0,) * len(PATTERNS)), "print on a textured or imperfect cup", options=PATTERNS
    )
    imperfection: Distribution = varying(
        Uniform(0.2, 0.8), "wear of an imperfect cup: scratches, stains, chips; 0 none, 1 heavy", low=0, high=1
    )
    paint: Paint = section(Paint, "colour of the cup and of models without materials")
    jitter: Jitter = section(Jitter, "variation of a model's own materials")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where the objects stand. Their footprints never overlap."""

    spread: Distribution = varying(
        Uniform(1.2, 2.5),
        "radius of the disc they stand in, as a multiple of the smallest that holds them",
        low=1,
        high=100,
    )
    gap: float = number(0.1, "least distance between two footprints, as a fraction of their radius", low=0, high=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the objects stand on: a table top, or nothing."""

    kind: Distribution = varying_text("table", "`table`, or `none` for objects in the air", options=("table", "none"))
    extent: Distribution = varying(
        LogUniform(1.5, 6.0),
        "radius of the table top, as a multiple of the radius of what stands on it",
        low=1,
        high=1000,
    )
    finish: Distribution = varying_text(
        Choice(FINISHES, (1.0, 3.0, 2.0, 1.0)), "material of the table top", options=FINISHES
    )
    hue: Distribution = varying(Uniform(10, 50), "hue of the table top", unit="°", low=0, high=360)
    saturation: Distribution = varying(Uniform(0.0, 0.5), "saturation of the table top", low=0, high=1)
    value: Distribution = varying(Uniform(0.15, 0.8), "brightness of the table top", low=0, high=1)
    roughness: Distribution = varying(Uniform(0.15, 0.7), "roughness of the table top", low=0, high=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """The view. The camera looks at one of the objects, drawn anew for each frame."""

    fill: Distribution = varying(
        Uniform(0.3, 0.9),
        "share of the picture's shorter side that the object's bounding sphere takes",
        low=0.001,
        high=10,
    )
    distance: Distribution | None = varying_or_absent(
        "distance from the object's centre; replaces `fill`", unit="m", low=1e-4, high=1e7
    )
    azimuth: Distribution = varying(Uniform(0, 360), "direction round the object", unit="°", low=-360, high=360)
    elevation: Distribution = varying(Uniform(8, 65), "height above the horizon", unit="°", low=-90, high=90)
    roll: Distribution = varying(Uniform(-8, 8), "turn about the viewing axis", unit="°", low=-180, high=180)
    look_at_jitter: Distribution = varying(
        Uniform(0, 0.25),
        "how far off the object's centre the camera aims, as a fraction of its radius",
        low=0,
        high=100,
    )
    focal_length: Distribution = varying(Uniform(28, 70), "focal length", unit="mm", low=1, high=5000)
    sensor_width: float = number(36.0, "width of the sensor", unit="mm", low=0.1, high=1000)
    f_stop: Distribution = varying(
        0.0, "aperture for depth of field, focused on the object; 0 is a pinhole", low=0, high=256
    )
    exposure: Distribution = varying(Uniform(-0.4, 0.6), "exposure compensation", unit="EV", low=-20, high=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The HDRI: it is the background and the only light, so reflections and shadows agree."""

    hdris: tuple[str, ...] = text_list(
        ("builtin",), "`builtin` (the eight of the bpy package), `builtin:NAME`, .exr or .hdr files, or folders of them"
    )
    rotation: Distribution = varying(Uniform(0, 360), "turn about the vertical", unit="°", low=-360, high=360)
    level: bool = flag(True, "bring all HDRIs to the same mean brightness, as a camera's automatic exposure would")
    strength: Distribution = varying(LogUniform(0.6, 1.6), "factor on the light", low=0, high=1000)
    tint_hue: Distribution = varying(Uniform(0, 360), "hue of the tint", unit="°", low=0, high=360)
    tint: Distribution = varying(Uniform(0, 0.12), "saturation of the tint; 0 leaves the light as it is", low=0, high=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """What every frame must show; a frame that does not is drawn again."""

    least: float = number(
        0.4, "fraction of the object looked at that must be in the picture and unoccluded", low=0, high=1
    )
    tries: int = integer(40, "draws before the frame is given up and reported", low=1, high=10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Render:
    """How a frame is rendered and stored."""

    resolution: tuple[int, int] = resolution((640, 480), "[width, height] of the picture", low=8, high=8192)
    samples: int = integer(64, "Cycles samples per pixel", low=1, high=65_536)
    denoise: bool = flag(True, "clean the picture with Open Image Denoise")
    max_bounces: int = integer(12, "longest light path", low=0, high=1024)
    view: str = text("AgX", "view transform from scene light to display colour", options=VIEW_TRANSFORMS)
    image: str = text("png", "format of the pictures", options=("png", "jpeg"))
    jpeg_quality: int = integer(92, "quality of JPEG pictures", low=1, high=100)
    passes: tuple[str, ...] = text_list((), "float passes to store beside the picture", options=OPTIONAL_PASSES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that decides what a dataset looks like, but for the seed and the number of frames."""

    name: str = text("", "name of the recipe; the file's name when empty")
    description: str = text("", "one line on what the recipe is for")
    objects: tuple[ObjectRecipe, ...] = section_list(ObjectRecipe, "what is to be labelled")
    placement: Placement = section(Placement, "where the objects stand")
    ground: Ground = section(Ground, "what they stand on")
    camera: Camera = section(Camera, "the view")
    surroundings: Surroundings = section(Surroundings, "background and light")
    visibility: Visibility = section(Visibility, "what every frame must show")
    render: Render = section(Render, "how frames are rendered and stored")
