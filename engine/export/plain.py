"""A frame's annotations as plain data, for formats that take JSON. No times, devices or paths: they are the same from
every run and every machine."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.annotate.record import FrameRecord, InstanceRecord
from engine.export.frame import Frame

_OF_THIS_RUN = ("image", "passes", "spec", "render", "version")
"""Fields of a record that are about files, or about how the frame came about."""


def plain_frame(frame: Frame) -> dict[str, Any]:
    """Camera, instances and drawn values, by the names they have in the record; masks are COCO's run lengths.

    Each instance has the id of its class as `class_id`, and what was drawn for it as `attributes`, too.
    """
    plain: dict[str, Any] = msgspec.to_builtins(frame.record)
    for name in _OF_THIS_RUN:
        del plain[name]
    for instance in plain["instances"]:
        instance["class_id"] = frame.class_id(instance["class_name"])
        instance["attributes"] = frame.attributes.get(instance["instance_id"], {})
    plain["drawn"] = msgspec.to_builtins(frame.record.spec.drawn)
    return plain


def json_bytes(value: Any) -> bytes:
    """As JSON."""
    return msgspec.json.encode(value)


def seen(record: FrameRecord) -> list[InstanceRecord]:
    """The instances of which something is seen, in the record's order."""
    return [instance for instance in record.instances if instance.mask is not None]


def box_of(instance: InstanceRecord) -> tuple[int, int, int, int]:
    """x, y, width, height of an instance that is seen."""
    assert instance.bbox is not None
    return instance.bbox
