"""The user's whole scene, in which objects stand."""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.distributions import Distribution, Uniform
from engine.recipe.fields import flag, number, text, text_list, varying, varying_text, where
from engine.recipe.objects import UP_AXES

DEMO = "demo"
"""Stands for the scenes that come with the program."""

LIGHTS = ("own", "surroundings", "both")
EYES = ("free", "person", "robot")
_IN_A_SCENE = "kind != none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A scene from a file. Things stand, or are dropped, on what is flat in it; ground and room have no effect then."""

    kind: Distribution = varying_text("none", "`file`: a scene from one of `files`; `none`", options=("none", "file"))
    files: tuple[str, ...] = where(
        _IN_A_SCENE,
        text_list(
            (DEMO,),
            "scenes, all equally likely: .blend .glb .gltf .usd(a,c,z) .fbx or .obj files, folders of them, or `demo`",
        ),
    )
    up: str = where(_IN_A_SCENE, text("auto", "axis of the files that points up, as of objects", options=UP_AXES))
    scale: float = where(_IN_A_SCENE, number(1.0, "factor on the size of the scenes", low=1e-6, high=1e6))
    lights: Distribution = where(
        _IN_A_SCENE,
        varying_text(
            "both",
            "`own`: the lamps and the sky of the file; `surroundings`: those of the recipe instead; `both`: the file's"
            " lamps under the surroundings",
            options=LIGHTS,
        ),
    )
    expose: bool = where(
        _IN_A_SCENE,
        flag(True, "expose each frame as a camera would by itself; the camera's own exposure is added to that"),
    )
    width: float = where(
        _IN_A_SCENE, number(0.2, "least width of a surface to stand on", unit="m", low=0.001, high=1e4)
    )
    lowest: float = where(
        _IN_A_SCENE, number(-0.1, "least height of such a surface above the floor", unit="m", low=-1e4, high=1e4)
    )
    highest: float = where(
        _IN_A_SCENE, number(1.6, "greatest height of such a surface above the floor", unit="m", low=-1e4, high=1e4)
    )
    eyes: Distribution = where(
        _IN_A_SCENE,
        varying_text(
            "free",
            "height of the camera: `free` as its viewpoint has it, or that of a `person` or a `robot` on the floor",
            options=EYES,
        ),
    )
    person: Distribution = where(
        f"{_IN_A_SCENE} and eyes = person",
        varying(Uniform(1.4, 1.8), "height of a person's eyes above the floor", unit="m", low=0.01, high=100),
    )
    robot: Distribution = where(
        f"{_IN_A_SCENE} and eyes = robot",
        varying(Uniform(0.3, 1.2), "height of a robot's camera above the floor", unit="m", low=0.01, high=100),
    )
    clearance: float = where(
        _IN_A_SCENE,
        number(0.12, "least distance of the camera from all that is in it", unit="m", low=0, high=100),
    )
