"""What is to be labelled: models, how many, how they stand, what their surfaces look like."""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.distributions import Choice, Distribution, Uniform
from engine.recipe.fields import section, text, text_list, varying, varying_text, where
from engine.recipe.materials import MATERIALS, PBR, TEXTURES_DOC, Surface, WearRecipe

LOOKS = ("bare", "colored", "textured", "imperfect")

PATTERNS = ("stripes", "dots", "checks", "waves", "speckled", "two-tone", "band")

OWN = "own"
"""Stands for the materials of the model, or of the cup's looks."""

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
    metallic_shift: Distribution = varying(0.0, "added to the share of bare metal", low=-1, high=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """How an object's proportions may stray from those of its model."""

    x: Distribution = varying(1.0, "factor on its size along its own x axis", low=0.01, high=100)
    y: Distribution = varying(1.0, "factor on its size along its own y axis", low=0.01, high=100)
    z: Distribution = varying(
        1.0, "factor on its size along its own z axis: its height, as it stands", low=0.01, high=100
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRecipe:
    """One kind of object to be labelled, and how many of it."""

    model: str = text("cup", "`cup`, or the path of a .obj .glb .gltf .ply .stl .fbx .usd(a,c,z) or .blend file")
    class_name: str = text("", "class of the labels; the model's file name when empty", key="class")
    supercategory: str = text("", "what kind of thing its class is, for exports: `kitchenware`")
    count: Distribution = varying(1, "instances in a frame", low=0, high=1000, integer=True)
    scale: Distribution = varying(1.0, "factor on the model's size", low=1e-6, high=1e6)
    up: str = text("auto", "axis of the file that points up; `auto` follows the format's custom", options=UP_AXES)
    yaw: Distribution = varying(Uniform(0, 360), "turn about the vertical", unit="°", low=-360, high=360)
    tilt: Distribution = varying(0.0, "lean out of the vertical; 180 stands on its head", unit="°", low=0, high=180)
    look: Distribution = where(
        "model = cup and material = own",
        varying_text("colored", "how far the cup's surface is worked out (cup only)", options=LOOKS),
    )
    pattern: Distribution = where(
        "model = cup and material = own and look = textured | imperfect",
        varying_text(
            Choice(PATTERNS, (1.0,) * len(PATTERNS)), "print on a textured or imperfect cup", options=PATTERNS
        ),
    )
    imperfection: Distribution = where(
        "model = cup and material = own and look = imperfect",
        varying(
            Uniform(0.2, 0.8), "wear of an imperfect cup: scratches, stains, chips; 0 none, 1 heavy", low=0, high=1
        ),
    )
    material: Distribution = varying_text(
        OWN,
        "`own` (the model's, varied by `jitter`; the cup's `look`), one of the program's materials, or `pbr` (a set of"
        " `textures`)",
        options=(OWN, *MATERIALS, PBR),
    )
    slots: str = where(
        "material != own",
        text(
            "all",
            "of a model with several materials: `all` get the same, `each` is drawn by itself, `some` keep their own; "
            "`parts`: each of the model's named parts is drawn by itself, the rest keeps its own",
            options=("all", "each", "some", "parts"),
        ),
    )
    textures: tuple[str, ...] = where("material = pbr", text_list((), TEXTURES_DOC))
    stretch: Stretch = section(Stretch, "factors on the model's size, each along one of its axes, besides `scale`")
    surface: Surface = where("material != own", section(Surface, "how a material that is not its own lies on it"))
    wear: WearRecipe = section(WearRecipe, "imperfections, whatever the material")
    paint: Paint = section(Paint, "colour of the cup and of models without materials")
    jitter: Jitter = where("model != cup", section(Jitter, "variation of a model's own materials"))
