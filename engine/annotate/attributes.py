"""Attributes of an instance: what was drawn for it, by the names that its recipe's object has for them."""

from __future__ import annotations

import re

from engine.annotate.record import FrameRecord

type Attributes = dict[str, float | str]

_OBJECT = re.compile(r"objects\[(\d+)\](?:\[(\d+)\])?\.(.+)")


def drawn_attributes(record: FrameRecord) -> dict[int, Attributes]:
    """The drawn values of every instance of a frame, by its id.

    What was drawn for an instance alone (`objects[0][1].paint.hue`) is called `paint.hue`; so is what was drawn once
    for all of its kind (`objects[0].count` is `count`).
    """
    of_kind: dict[int, Attributes] = {}
    of_one: dict[tuple[int, int], Attributes] = {}
    for path, value in record.spec.drawn.items():
        if found := _OBJECT.fullmatch(path):
            kind, number, name = int(found[1]), found[2], found[3]
            own = of_kind.setdefault(kind, {}) if number is None else of_one.setdefault((kind, int(number)), {})
            own[name] = value
    # Instances stand in the spec kind by kind, in the order of their numbers.
    seen: dict[int, int] = {}
    attributes = {}
    for instance in record.spec.objects:
        kind = instance.recipe_object
        number = seen[kind] = seen.get(kind, -1) + 1
        attributes[instance.instance_id] = {**of_kind.get(kind, {}), **of_one.get((kind, number), {})}
    return attributes
