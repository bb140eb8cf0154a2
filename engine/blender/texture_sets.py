"""Sets of PBR pictures in the open file, and the surface that they make: laid on from the sides of a box, or by UVs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import bpy

from engine.blender.finishes import Top
from engine.blender.mapping import metric_position, object_normal, to_world
from engine.blender.nodes import Graph, Socket, Value, linear, offset
from engine.errors import AssetError
from engine.frame.looks_spec import SurfaceLook
from engine.library.pbr import MapKind, TextureSet

_SALT = 23
_SHARPNESS = 12.0
"""How quickly one side of the box gives way to the next: the power of the normal's components."""

_RELIEF = 0.01
"""What white in a height map rises above black, for each metre that the picture's width covers."""

_FLAT = (0.5, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class LoadedSet:
    """The pictures of a set."""

    images: Mapping[MapKind, bpy.types.Image]

    @property
    def aspect(self) -> float:
        """Height over width of its pictures."""
        width, height = next(iter(self.images.values())).size
        return float(height / width)


def load_set(found: TextureSet) -> LoadedSet:
    """Read the pictures; AssetError, leaving none behind, where Blender cannot, or where their shapes do not agree."""
    images: dict[MapKind, bpy.types.Image] = {}
    try:
        for kind, path in sorted(found.maps.items()):
            image = images[kind] = bpy.data.images.load(str(path.absolute()), check_existing=False)
            if 0 in image.size[:]:
                raise AssetError(f"{path}: Blender cannot read the picture; save it as PNG or JPEG.")
            image.colorspace_settings.name = _color_space(kind, image)
        _compare_shapes(found, images)
    except (AssetError, RuntimeError) as error:
        unload_set(LoadedSet(images))
        if isinstance(error, RuntimeError):
            raise AssetError(f"{path}: Blender cannot read the picture; save it as PNG or JPEG.") from None
        raise
    return LoadedSet(images)


def unload_set(loaded: LoadedSet) -> None:
    """Remove the pictures from the open file."""
    bpy.data.batch_remove(list(loaded.images.values()))


def _color_space(kind: MapKind, image: bpy.types.Image) -> str:
    if kind != "color":
        return "Non-Color"
    return "Linear Rec.709" if image.is_float else "sRGB"


def _compare_shapes(found: TextureSet, images: Mapping[MapKind, bpy.types.Image]) -> None:
    shapes = {kind: image.size[1] / image.size[0] for kind, image in images.items()}
    first = next(iter(shapes))
    for kind, shape in shapes.items():
        if abs(shape / shapes[first] - 1.0) > 0.02:
            raise AssetError(
                f"{found.maps[kind]}: the picture has another shape than {found.maps[first].name}, so they are not of "
                "one material; put each set into a folder of its own."
            )


def textured_top(g: Graph, loaded: LoadedSet, look: SurfaceLook) -> Top:
    """The surface of a set: what it has no map of is as `look` says."""
    wrap = (_by_uv if look.uv_metres > 0.0 else _by_box)(g, loaded, look)
    color: Value = linear(look.base_color)
    roughness: Value = look.roughness
    metallic: Value = 0.0
    occlusion: Value | None = None
    if "color" in loaded.images:
        color = wrap.sample("color")
    if "arm" in loaded.images:
        occlusion, roughness, metallic = g.separate(wrap.sample("arm"))
    if "roughness" in loaded.images:
        roughness = g.separate(wrap.sample("roughness"))[0]
    if "metallic" in loaded.images:
        metallic = g.separate(wrap.sample("metallic"))[0]
    if "ao" in loaded.images:
        occlusion = g.separate(wrap.sample("ao"))[0]
    if occlusion is not None:
        # Light that comes round corners finds its way into crevices all the same: they darken by half.
        color = g.adjust(color, value=g.blend(0.5, 1.0, occlusion))
    normal = wrap.normal() if {"normal_gl", "normal_dx"} & loaded.images.keys() else None
    height: Value = 0.0
    if "height" in loaded.images and normal is None:
        height = g.multiply(g.separate(wrap.sample("height"))[0], _RELIEF * look.texture_size)
    return Top(color, roughness, height, metallic=metallic, normal=normal)


@dataclass(frozen=True, slots=True)
class _Wrap:
    """How pictures come onto a surface."""

    sample: Callable[[MapKind], Socket]
    normal: Callable[[], Socket]
    """In the world's axes."""


def _normal_map(loaded: LoadedSet) -> tuple[MapKind, float]:
    """The map of normals and the sign of its green channel: up in OpenGL's convention, down in DirectX's."""
    return ("normal_gl", 1.0) if "normal_gl" in loaded.images else ("normal_dx", -1.0)


def _scale(loaded: LoadedSet, look: SurfaceLook, metres: float) -> tuple[float, float, float]:
    """Repeats of the picture across and up for each unit of a coordinate that spans so many metres."""
    across = metres / (look.texture_size * look.scale)
    return across, across / loaded.aspect, 1.0


def _picture(g: Graph, image: bpy.types.Image, where: Socket) -> Socket:
    node = g.node("ShaderNodeTexImage", image=image, extension="REPEAT", interpolation="Linear")
    g.feed(node.inputs["Vector"], where)
    return node.outputs["Color"]


def _by_uv(g: Graph, loaded: LoadedSet, look: SurfaceLook) -> _Wrap:
    uv = g.node("ShaderNodeTexCoord").outputs["UV"]
    repeated = g.vector("MULTIPLY", uv, _scale(loaded, look, look.uv_metres))
    where = g.vector("ADD", repeated, offset(look.seed, _SALT))

    def sample(kind: MapKind) -> Socket:
        return _picture(g, loaded.images[kind], where)

    def normal() -> Socket:
        kind, sign = _normal_map(loaded)
        red, green, blue = g.separate(sample(kind))
        node = g.node("ShaderNodeNormalMap", space="TANGENT")
        g.feed(node.inputs["Color"], g.combine(red, green if sign > 0 else g.subtract(1.0, green), blue))
        return node.outputs[0]

    return _Wrap(sample, normal)


def _by_box(g: Graph, loaded: LoadedSet, look: SurfaceLook) -> _Wrap:
    """From three sides, blended where the surface turns from one to the next. No side is mirrored for its back: what
    is raised stays raised."""
    point = g.vector("ADD", metric_position(g), offset(look.seed, _SALT))
    x, y, z = g.separate(point)
    repeats = _scale(loaded, look, 1.0)
    places = [g.vector("MULTIPLY", g.combine(*pair), repeats) for pair in ((y, z), (x, z), (x, y))]
    weights = _weights(g)

    def sample(kind: MapKind) -> Socket:
        total: Value = (0.0, 0.0, 0.0)
        for where, weight in zip(places, weights, strict=True):
            part = g.vector("SCALE", _picture(g, loaded.images[kind], where))
            g.feed(part.node.inputs["Scale"], weight)
            total = part if isinstance(total, tuple) else g.vector("ADD", total, part)
        assert not isinstance(total, tuple | float)
        return total

    def normal() -> Socket:
        kind, sign = _normal_map(loaded)
        lean: Value = object_normal(g)
        for side, (where, weight) in enumerate(zip(places, weights, strict=True)):
            slope = g.vector("SUBTRACT", _picture(g, loaded.images[kind], where), _FLAT)
            right, up, _ = g.separate(slope)
            # A slope in the picture's plane is a lean of the normal along the two axes of that plane.
            right, up = g.multiply(right, g.multiply(weight, 2.0)), g.multiply(up, g.multiply(weight, 2.0 * sign))
            axes = ((0.0, right, up), (right, 0.0, up), (right, up, 0.0))[side]
            lean = g.vector("ADD", lean, g.combine(*axes))
        return g.vector("NORMALIZE", to_world(g, g.vector("NORMALIZE", lean), "NORMAL"))

    return _Wrap(sample, normal)


def _weights(g: Graph) -> list[Socket]:
    """The share of each of the box's sides at the shading point; together 1."""
    raw = [g.math("POWER", g.math("ABSOLUTE", part), _SHARPNESS) for part in g.separate(object_normal(g))]
    total = g.add(g.add(raw[0], raw[1]), raw[2])
    return [g.math("DIVIDE", part, total) for part in raw]
