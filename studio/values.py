"""What is known about a frame, as named values in groups: for the screen beside the picture and for `show`."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from engine.annotate.geometry import view_of
from engine.annotate.plain import AnyInstance, AnyRecord, PlainRecord
from engine.annotate.record import FrameRecord, InstanceRecord
from engine.frame.trouble import in_words
from studio.units import digits, drawn_value, field_of, grouped, length, seconds

_OBJECT = re.compile(r"objects\[(\d+)\]\[(\d+)\]\.(.+)")


@dataclass(frozen=True, slots=True)
class Value:
    """One named value."""

    group: str
    name: str
    text: str
    path: str = ""
    """Its path in the recipe, for values that were drawn."""

    @property
    def key(self) -> str:
        """Tells it from the other values of its frame."""
        return f"{self.group}.{self.path or self.name}"

    def explain(self) -> str:
        """The value in one line, with the meaning of the parameter it was drawn for."""
        field = field_of(self.path) if self.path else None
        meaning = f"  ·  {field.doc}" if field is not None else ""
        return f"{self.path or self.group + ' ' + self.name}  {self.text}{meaning}"

    def matches(self, words: list[str]) -> bool:
        """Whether every word is somewhere in the value's group, name, path or text."""
        haystack = f"{self.group} {self.name} {self.path} {self.text}".lower()
        return all(word in haystack for word in words)


def values_of(record: AnyRecord) -> list[Value]:
    """All values of a frame, group by group: first those drawn from the recipe, then what followed from them."""
    if isinstance(record, PlainRecord):
        return _plain(record)
    drawn = [_drawn(record, path, value) for path, value in record.spec.drawn.items()]
    groups = dict.fromkeys(value.group for value in drawn)
    ordered = [value for group in groups for value in drawn if value.group == group]
    return [*ordered, *_camera(record), *_light(record), *_frame(record), *_render(record)]


def _plain(record: PlainRecord) -> list[Value]:
    masks = sum(item.mask is not None for item in record.instances)
    counts = Counter(item.class_name for item in record.instances)
    values = [
        Value("frame", "index", str(record.index)),
        Value("frame", "picture", f"{record.width} × {record.height} px"),
        Value("frame", "file", record.image.path),
        Value("frame", "annotations", str(len(record.instances))),
        Value("frame", "with masks", str(masks)),
        Value("frame", "crowds", str(sum(item.crowd for item in record.instances))),
    ]
    return [*values, *(Value("classes", name, str(count)) for name, count in sorted(counts.items()))]


def _drawn(record: FrameRecord, path: str, value: float | str) -> Value:
    text = drawn_value(path, value)
    found = _OBJECT.fullmatch(path)
    if found:
        kind, number = int(found[1]), int(found[2])
        of_kind = [item for item in record.spec.objects if item.recipe_object == kind]
        if number < len(of_kind):
            item = of_kind[number]
            return Value(f"{item.class_name} {item.instance_id}", found[3].rpartition(".")[2], text, path)
    group, _, name = path.partition(".")
    if group.startswith("objects["):
        return Value("objects", f"{group.removeprefix('objects')} {name}", text, path)
    return Value(group, name or path, text, path)


def _camera(record: FrameRecord) -> list[Value]:
    camera = record.spec.camera
    x, y, z = (row[3] for row in camera.T_world_camera[:3])
    aperture = "pinhole" if camera.f_stop == 0 else f"f/{digits(camera.f_stop)}"
    values = [
        ("focal length", f"{digits(camera.focal_length_mm)} mm"),
        ("fx", f"{record.cam_K[0]:.1f} px"),
        ("fy", f"{record.cam_K[4]:.1f} px"),
        ("cx", f"{record.cam_K[2]:.1f} px"),
        ("cy", f"{record.cam_K[5]:.1f} px"),
        ("position x", length(x)),
        ("position y", length(y)),
        ("position z", length(z)),
        ("aperture", aperture),
    ]
    if camera.f_stop:
        values.append(("focus", length(camera.focus_distance)))
    values.append(("looks at", f"instance {camera.target_instance_id}"))
    if "camera.focal_length" in record.spec.drawn:
        del values[0]
    return [Value("view", name, text) for name, text in values]


def _light(record: FrameRecord) -> list[Value]:
    if any(path.startswith("surroundings.") for path in record.spec.drawn):
        return []
    world = record.spec.world
    return [
        Value("light", "HDRI", world.hdri.name if world.hdri else "none"),
        Value("light", "rotation", f"{world.rotation:.1f}°"),
        Value("light", "strength", digits(world.strength)),
    ]


def _frame(record: FrameRecord) -> list[Value]:
    spec = record.spec
    values = [
        ("index", str(record.index)),
        ("seed", str(spec.seed)),
        ("draws thrown away", in_words(spec.redrawn) or str(spec.attempt)),
        ("picture", f"{record.width} × {record.height} px"),
        ("file", record.image.path),
        ("passes", ", ".join(record.passes) or "none"),
        ("pixel hash", record.image.pixel_hash),
    ]
    return [Value("frame", name, text) for name, text in values]


def _render(record: FrameRecord) -> list[Value]:
    render, spec = record.render, record.spec
    values = [
        ("time", seconds(render.seconds)),
        ("samples", str(render.samples)),
        ("denoised", f"on {render.denoiser}" if render.denoiser else "no"),
        ("view transform", spec.view),
        ("device", render.device),
        ("Blender", render.blender_version),
        ("studio", render.studio_version),
        ("finished", render.finished_at.partition(".")[0].replace("T", " ")),
    ]
    return [Value("render", name, text) for name, text in values]


def area_text(instance: AnyInstance) -> str:
    """Visible pixels, or that there are none."""
    return grouped(instance.area) if instance.area else "unseen"


def hidden_text(instance: AnyInstance) -> str:
    """How much is hidden of what the picture could show of it, whatever is beyond the edge: `18 %`."""
    if instance.visibility is None or not instance.area:
        return "–"
    return _percent(1 - instance.visibility)


def truncation_text(instance: AnyInstance) -> str:
    """How much of it lies beyond the border: `12 %`."""
    return "–" if not instance.truncation else _percent(instance.truncation)


def _percent(share: float) -> str:
    """A share between 0 and 1 that is neither is never shown as one of them."""
    return f"{min(max(round(share * 100), 1), 99) if 0 < share < 1 else share * 100:.0f} %"


def box_text(instance: AnyInstance) -> str:
    """The visible box: `x,y w×h`."""
    if instance.bbox is None:
        return "–"
    left, top, width, height = (digits(edge, 4) for edge in instance.bbox)
    return f"{left},{top} {width}×{height}"


def _seen_keypoints(instance: AnyInstance) -> list[bool]:
    """Of each keypoint that is marked, or that the model has, whether it is seen."""
    if isinstance(instance, InstanceRecord):
        return [point.visibility == 2 for point in instance.keypoints or ()]
    return [point.seen for point in instance.keypoints if point is not None]


def describe(instance: AnyInstance) -> list[str]:
    """An instance in a few words each, what matters most first."""
    parts = [f"{instance.class_name} {instance.instance_id}"]
    if not instance.area:
        parts.append("not visible")
    elif instance.visibility is not None:
        parts.append(f"{_percent(1 - instance.visibility)} hidden")
    if isinstance(instance, InstanceRecord) and instance.occluders:
        parts.append(f"behind {', '.join(map(str, instance.occluders))}")
    if instance.truncation:
        parts.append(f"{_percent(instance.truncation)} beyond the edge")
    if instance.area:
        parts.append(f"area {grouped(instance.area)} px")
    if isinstance(instance, InstanceRecord):
        distance, azimuth, elevation = view_of(instance)
        parts += [f"{length(distance)} away", f"seen from {azimuth:.0f}°, {elevation:+.0f}°"]
    elif instance.crowd:
        parts.append("crowd")
    if instance.bbox is not None:
        left, top, width, height = (digits(edge, 4) for edge in instance.bbox)
        parts.append(f"box {left}, {top}  {width} × {height} px")
    if isinstance(instance, InstanceRecord) and instance.area:
        parts += [f"{_percent(part.area / instance.area)} {part.name}" for part in instance.parts or ()]
    if seen := _seen_keypoints(instance):
        parts.append(f"{seen.count(True)} of {len(seen)} keypoints seen")
    return parts
