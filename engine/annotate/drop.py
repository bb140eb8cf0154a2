"""Let a frame's things fall to rest: what of them physics must know, and their poses back into the specs."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Sequence

import msgspec
import numpy as np

from engine.annotate.visibility import Body, PlacedBody
from engine.frame.draw_objects import Things
from engine.frame.geometry import as_matrix4
from engine.frame.landmarks import Vector3
from engine.frame.spec import FloatArray, Matrix4, ModelShape, ObjectSpec, PropSpec
from engine.physics.settle import Fence, FixedBox, RigidBody, Unsettled, settle
from engine.shapes.build import RECEIVERS, build

_REMEMBERED = 64
"""Outcomes that are kept: a preview whose light or camera changes drops the same things again."""

_outcomes: OrderedDict[bytes, tuple[Matrix4, ...] | str] = OrderedDict()


def placed_prop(prop: PropSpec, bodies: Sequence[Body], objects: int) -> PlacedBody:
    """The mesh of a thing without a label; `bodies` are those of the recipe's `objects`, then of its distractors."""
    return PlacedBody(_prop_body(prop, bodies, objects), np.array(prop.T_world_model), prop.scale)


def settled(things: Things, bodies: Sequence[Body], objects: int) -> Things:
    """The things where they lie still after they fell. Raises Unsettled."""
    key = _key(things)
    if key not in _outcomes:
        try:
            found = _settle(things, bodies, objects)
            _outcomes[key] = tuple(as_matrix4(pose) for pose in found)
        except Unsettled as error:
            _outcomes[key] = str(error)
        while len(_outcomes) > _REMEMBERED:
            _outcomes.popitem(last=False)
    outcome = _outcomes[key]
    if isinstance(outcome, str):
        raise Unsettled(outcome)
    return dataclasses.replace(
        things,
        objects=tuple(
            msgspec.structs.replace(it, T_world_model=T) for it, T in zip(things.objects, outcome, strict=False)
        ),
        props=tuple(
            msgspec.structs.replace(it, T_world_model=T)
            for it, T in zip(things.props, outcome[len(things.objects) :], strict=True)
        ),
    )


def _key(things: Things) -> bytes:
    """All that the outcome follows from."""
    objects = [(it.model, it.T_world_model, it.scale, it.stretch) for it in things.objects]
    props = [(it.shape, it.T_world_model, it.scale) for it in things.props]
    return msgspec.msgpack.encode((objects, props, things.support))


def _settle(things: Things, bodies: Sequence[Body], objects: int) -> list[FloatArray]:
    rigid = [
        *(_rigid(it, _stretched(bodies[it.recipe_object].pieces, it.stretch)) for it in things.objects),
        *(_rigid(it, _prop_pieces(it, bodies, objects)) for it in things.props),
    ]
    fence = None if things.receiver is None else Fence(*things.receiver.opening)
    if things.support is None:
        return settle(rigid, fence)
    return settle(rigid, fence, [FixedBox(np.array(box.pose), np.array(box.half)) for box in things.support])


def _rigid(it: ObjectSpec | PropSpec, pieces: tuple[FloatArray, ...]) -> RigidBody:
    fixed = isinstance(it, PropSpec) and not isinstance(it.shape, ModelShape) and it.shape.kind in RECEIVERS
    return RigidBody(pieces, np.array(it.T_world_model), it.scale, fixed)


def _stretched(pieces: tuple[FloatArray, ...], factors: Vector3) -> tuple[FloatArray, ...]:
    return tuple(points * factors for points in pieces)


def _prop_pieces(prop: PropSpec, bodies: Sequence[Body], objects: int) -> tuple[FloatArray, ...]:
    if isinstance(prop.shape, ModelShape):
        return bodies[objects + prop.shape.number].pieces
    return build(prop.shape.kind, prop.shape.traits).pieces


def _prop_body(prop: PropSpec, bodies: Sequence[Body], objects: int) -> Body:
    if isinstance(prop.shape, ModelShape):
        return bodies[objects + prop.shape.number]
    shape = build(prop.shape.kind, prop.shape.traits)
    return Body(shape.vertices.astype(np.float32), shape.triangles(), shape.vertices)
