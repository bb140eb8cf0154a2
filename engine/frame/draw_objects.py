"""Draw what is in a frame: which objects, what is among them, their poses, their looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.frame.arrange import Receiver, fly, hang, stand
from engine.frame.catalog import Catalog, ModelFacts
from engine.frame.draw_distractors import draw_distractors
from engine.frame.draw_look import draw_look
from engine.frame.draws import Draws
from engine.frame.geometry import as_matrix4, standing_rotation
from engine.frame.landmarks import Vector3
from engine.frame.placement import uniform_rotation
from engine.frame.posture import Posture
from engine.frame.prop_looks import draw_prop_look
from engine.frame.spec import UNSTRETCHED, AssetRef, ObjectSpec, ProceduralShape, PropSpec
from engine.frame.support_boxes import StaticBox
from engine.recipe.model import Recipe
from engine.recipe.objects import ObjectRecipe, Stretch


@dataclass(frozen=True, slots=True)
class Things:
    """What is in a frame, before the camera."""

    objects: tuple[ObjectSpec, ...]
    props: tuple[PropSpec, ...]
    kind: str
    """How they are placed; one of `engine.recipe.placement.KINDS`."""
    receiver: Receiver | None
    """What they fall into: the last of the props."""
    support: tuple[StaticBox, ...] | None = None
    """What they fall onto in a scene; None: the plane z = 0."""

    @property
    def falls(self) -> bool:
        """Whether the poses are only those from which things are let go."""
        return self.kind == "drop"


def draw_things(recipe: Recipe, catalog: Catalog, draws: Draws) -> Things:
    """Draw the objects and what is among them, each in its place."""
    kinds = [
        (kind, number)
        for kind, item in enumerate(recipe.objects)
        for number in range(draws.integer(f"objects[{kind}].count", item.count))
    ]
    placement = recipe.placement
    how = draws.text("placement.kind", placement.kind)
    any_way = draws.text("placement.orientation", placement.orientation) == "any"
    stretches = [
        _draw_stretch(recipe.objects[kind].stretch, f"objects[{kind}][{n}].stretch", draws) for kind, n in kinds
    ]
    facts = [catalog.models[kind].stretched(stretch) for (kind, _), stretch in zip(kinds, stretches, strict=True)]
    postures = [
        _draw_posture(recipe.objects[kind], model, f"objects[{kind}][{n}]", draws, any_way)
        for (kind, n), model in zip(kinds, facts, strict=True)
    ]
    usual = float(np.median([posture.radius for posture in postures]))
    distractors = draw_distractors(recipe.distractors, catalog, usual, draws, any_way=any_way)
    bodies = [*postures, *(distractor.posture for distractor in distractors)]
    receiver = None
    if how == "drop":
        poses, receiver = hang(bodies, placement, draws)
    else:
        poses = (fly if how == "air" else stand)(bodies, placement, draws)
    objects = tuple(
        ObjectSpec(
            instance_id=i + 1,
            class_name=class_name(recipe.objects[kind], model),
            recipe_object=kind,
            model=model.ref,
            T_world_model=pose,
            scale=posture.scale,
            look=draw_look(
                recipe.objects[kind], model, _sets(catalog, kind), f"objects[{kind}][{n}]", draws, posture.scale
            ),
            stretch=stretch,
        )
        for i, ((kind, n), model, stretch, posture, pose) in enumerate(
            zip(kinds, facts, stretches, postures, poses, strict=False)
        )
    )
    props = [distractor.at(pose) for distractor, pose in zip(distractors, poses[len(objects) :], strict=True)]
    if receiver is not None:
        props.append(_standing(receiver, draws))
    return Things(objects, tuple(props), how, receiver)


def _standing(receiver: Receiver, draws: Draws) -> PropSpec:
    look = draw_prop_look(receiver.kind, receiver.measures, draws.stream("placement.receiver_look"))
    return PropSpec(ProceduralShape(receiver.kind, receiver.measures), as_matrix4(np.eye(4)), 1.0, look)


def class_name(item: ObjectRecipe, facts: ModelFacts) -> str:
    """The class of the labels: the recipe's, or the model's name."""
    return item.class_name or facts.ref.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]


def _sets(catalog: Catalog, kind: int) -> tuple[AssetRef, ...]:
    return catalog.texture_sets.get(f"objects[{kind}].textures", ())


def _draw_stretch(stretch: Stretch, name: str, draws: Draws) -> Vector3:
    if stretch == Stretch():
        return UNSTRETCHED
    return (
        draws.number(f"{name}.x", stretch.x),
        draws.number(f"{name}.y", stretch.y),
        draws.number(f"{name}.z", stretch.z),
    )


def _draw_posture(item: ObjectRecipe, facts: ModelFacts, name: str, draws: Draws, any_way: bool) -> Posture:
    if any_way:
        u1, u2, u3 = (draws.stream(f"{name}.rotation.{part}").uniform() for part in ("u1", "u2", "u3"))
        rotation = uniform_rotation(u1, u2, u3)
    else:
        rotation = standing_rotation(
            draws.number(f"{name}.yaw", item.yaw),
            draws.number(f"{name}.tilt", item.tilt),
            draws.stream(f"{name}.tilt_direction").uniform() * 360,
        )
    return Posture(rotation, draws.number(f"{name}.scale", item.scale), facts.hull)
