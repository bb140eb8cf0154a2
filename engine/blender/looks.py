"""Materials: the mug's four looks, plain paint, and slight changes to a model's own materials.

Each function makes a new material datablock under the name given, in which all values are set: nothing is drawn
here, and nothing depends on the scene.
"""

from __future__ import annotations

import bpy

from engine.blender.imperfections import BISQUE, imperfect
from engine.blender.nodes import Graph, Socket, linear, new_material
from engine.blender.patterns import Place, Surface, pattern, place_on_cup
from engine.frame.looks_spec import CupLook, Rgb

BARE_GREY: Rgb = (0.62, 0.62, 0.62)
BARE_ROUGHNESS = 0.5

DEEPEST_BUMP = 0.0004
"""Relief of a pattern at bump strength 1, metres."""


def cup_material(name: str, spec: CupLook) -> bpy.types.Material:
    """The surface of the built-in mug, after `spec`.

    bare: plain grey; of `spec` nothing else applies. colored: one glaze of `base_color` with `roughness` and
    `metallic`, glossy by a clear coat where roughness is low. textured: `pattern` in `second_color` too, raised by
    `bump`. imperfect: textured, and worn by `imperfection`.
    """
    if spec.look == "bare":
        return painted_material(name, BARE_GREY, BARE_ROUGHNESS, 0.0)
    material = painted_material(name, spec.base_color, spec.roughness, spec.metallic)
    g = Graph(material.node_tree)
    shader = _principled(material)
    shader.inputs["Coat Weight"].default_value = max(0.0, 0.7 - 1.4 * spec.roughness)
    shader.inputs["Coat Roughness"].default_value = 0.03
    place = place_on_cup(g)
    if spec.look == "colored":
        surface = Surface(_constant(g, spec.base_color), 0.0)
    else:
        surface = pattern(g, place, spec)
        normal = g.bump(surface.height, DEEPEST_BUMP * spec.bump)
        g.feed(shader.inputs["Normal"], normal)
        g.feed(shader.inputs["Coat Normal"], normal)
    _leave_foot_unglazed(g, shader, place, surface.color, spec)
    if spec.look == "imperfect":
        imperfect(material, spec.imperfection, spec.imperfection_seed, is_cup=True)
    return material


def painted_material(name: str, base_color: Rgb, roughness: float, metallic: float) -> bpy.types.Material:
    """A plain material: sRGB colour, roughness and metallic, each 0 to 1."""
    material = new_material(name)
    shader = _principled(material)
    shader.inputs["Base Color"].default_value = linear(base_color)
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Metallic"].default_value = metallic
    material.diffuse_color = linear(base_color)
    return material


def jitter_material(
    material: bpy.types.Material,
    hue_shift_degrees: float,
    saturation_factor: float,
    value_factor: float,
    roughness_shift: float,
    metallic_shift: float = 0.0,
) -> bpy.types.Material:
    """A copy of `material` with its colour, roughness and metallic changed a little; `material` itself stays as it is.

    Applies to each Principled BSDF at the top of the node tree, whatever feeds its inputs; roughness and metallic stay
    within 0 to 1. Materials without one are copied unchanged. Blender numbers the copy's name.
    """
    copy = material.copy()
    if copy.node_tree is None:
        return copy
    g = Graph(copy.node_tree)
    for shader in [node for node in copy.node_tree.nodes if node.type == "BSDF_PRINCIPLED"]:
        color = shader.inputs["Base Color"]
        # Blender's node counts a turn from 0.5 and takes numbers from 0 to 1 alone.
        hue = (0.5 + hue_shift_degrees / 360.0) % 1.0
        source = color.links[0].from_socket if color.is_linked else tuple(color.default_value)
        g.feed(color, g.adjust(source, hue, saturation_factor, value_factor))
        _shift(g, shader.inputs["Roughness"], roughness_shift)
        if metallic_shift != 0.0:
            _shift(g, shader.inputs["Metallic"], metallic_shift)
    return copy


def _shift(g: Graph, share: Socket, by: float) -> None:
    """Add to an input that stays within 0 to 1."""
    if share.is_linked:
        g.feed(share, g.math("ADD", share.links[0].from_socket, by, clamp=True))
    else:
        share.default_value = min(1.0, max(0.0, share.default_value + by))


def _principled(material: bpy.types.Material) -> bpy.types.Node:
    return next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")


def _constant(g: Graph, color: Rgb) -> Socket:
    node = g.node("ShaderNodeRGB")
    node.outputs[0].default_value = linear(color)
    return node.outputs[0]


def _leave_foot_unglazed(g: Graph, shader: bpy.types.Node, at: Place, color: Socket, spec: CupLook) -> None:
    """The ring that a mug stands on is wiped before firing: matt clay instead of glaze."""
    glazed = g.ramp(at.height, 0.0007, 0.0011)
    g.feed(shader.inputs["Base Color"], g.mix(glazed, BISQUE, color))
    g.feed(shader.inputs["Roughness"], g.blend(glazed, 0.85, spec.roughness))
    g.feed(shader.inputs["Coat Weight"], g.multiply(glazed, shader.inputs["Coat Weight"].default_value))
    if spec.metallic > 0.0:
        g.feed(shader.inputs["Metallic"], g.multiply(glazed, spec.metallic))
