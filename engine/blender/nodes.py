"""Shader graphs as expressions: each method adds a node and returns the socket that carries its result.

Wherever a value is expected, a socket of the same graph, a number, or (for vectors and colours) a tuple will do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy
import numpy as np

type Value = bpy.types.NodeSocket | float | tuple[float, ...]
type Socket = bpy.types.NodeSocket


class OtherNodesNeeded(Exception):
    """A material cannot be made anew in the nodes of a `Tape`: it needs others."""


class Tape:
    """The nodes of one material in the order in which they were made. Making a material takes Blender hundreds of
    milliseconds; one that needs the same nodes, with other values in them, takes a few."""

    def __init__(self) -> None:
        self.material: bpy.types.Material | None = None
        self._nodes: list[bpy.types.Node] = []
        self._links: dict[int, int] = {}
        """From the input sockets to the outputs that feed them, as pointers: asking Blender takes a third of a
        millisecond a time."""
        self._next = 0
        self._replays = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Take down what is made in the block; the second time, make it in the nodes of the first time.

        The block makes one material. Raises OtherNodesNeeded, leaving it half made, when that needs other nodes.
        """
        global _tape
        _tape, self._next = self, 0
        try:
            yield
            if self._next != len(self._nodes):
                raise OtherNodesNeeded
        finally:
            _tape = None
        self._replays = True

    def new_material(self, name: str) -> bpy.types.Material:
        """See the function."""
        if self.material is None:
            self.material = bpy.data.materials.new(name)
        elif self._replays:
            tree = self.material.node_tree
            (shader,) = (node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
            for socket in shader.inputs:
                self.unlink(tree, socket)
        else:
            raise OtherNodesNeeded
        return self.material

    def node(self, tree: bpy.types.NodeTree, kind: str) -> bpy.types.Node:
        """The next node, which must be of type `kind`."""
        if self._replays:
            if self._next == len(self._nodes) or self._nodes[self._next].bl_idname != kind:
                raise OtherNodesNeeded
        else:
            self._nodes.append(tree.nodes.new(kind))
        self._next += 1
        return self._nodes[self._next - 1]

    def link(self, tree: bpy.types.NodeTree, source: bpy.types.NodeSocket, socket: bpy.types.NodeSocket) -> None:
        """Have `source` feed the input `socket`."""
        if self._links.get(socket.as_pointer()) != source.as_pointer():
            tree.links.new(source, socket)
            self._links[socket.as_pointer()] = source.as_pointer()

    def unlink(self, tree: bpy.types.NodeTree, socket: bpy.types.NodeSocket) -> None:
        """Have nothing feed the input `socket`."""
        if self._links.pop(socket.as_pointer(), None) is not None:
            tree.links.remove(socket.links[0])


_tape: Tape | None = None


def new_material(name: str) -> bpy.types.Material:
    """A new material datablock, or that of the tape that is running."""
    return _tape.new_material(name) if _tape else bpy.data.materials.new(name)


class Graph:
    """Adds nodes to one node tree."""

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self.tree = tree

    def node(self, kind: str, **settings: Any) -> bpy.types.Node:
        """A new node of type `kind` with the settings given."""
        node = _tape.node(self.tree, kind) if _tape else self.tree.nodes.new(kind)
        for name, value in settings.items():
            # Setting one has Blender look through the whole tree, even where nothing changes.
            if getattr(node, name) != value:
                setattr(node, name, value)
        return node

    def feed(self, socket: bpy.types.NodeSocket, value: Value) -> None:
        """Link a socket to the input `socket`, or set its value."""
        if isinstance(value, bpy.types.NodeSocket):
            if _tape:
                _tape.link(self.tree, value, socket)
            else:
                self.tree.links.new(value, socket)
            return
        if _tape:
            _tape.unlink(self.tree, socket)
        set_value(socket, value)

    def math(self, operation: str, *operands: Value, clamp: bool = False) -> Socket:
        """A `ShaderNodeMath` operation on numbers; `clamp` keeps the result within 0 to 1."""
        node = self.node("ShaderNodeMath", operation=operation, use_clamp=clamp)
        for socket, value in zip(node.inputs, operands, strict=False):
            self.feed(socket, value)
        return node.outputs[0]

    def add(self, a: Value, b: Value) -> Socket:
        """a + b."""
        return self.math("ADD", a, b)

    def subtract(self, a: Value, b: Value) -> Socket:
        """a - b."""
        return self.math("SUBTRACT", a, b)

    def multiply(self, a: Value, b: Value) -> Socket:
        """a · b."""
        return self.math("MULTIPLY", a, b)

    def either(self, a: Value, b: Value) -> Socket:
        """The larger of two masks."""
        return self.math("MAXIMUM", a, b)

    def vector(self, operation: str, *operands: Value) -> Socket:
        """A `ShaderNodeVectorMath` operation; its number for DOT_PRODUCT, LENGTH and DISTANCE, else its vector."""
        node = self.node("ShaderNodeVectorMath", operation=operation)
        for socket, value in zip(node.inputs, operands, strict=False):
            self.feed(socket, value)
        return node.outputs[1 if operation in {"DOT_PRODUCT", "LENGTH", "DISTANCE"} else 0]

    def combine(self, x: Value, y: Value, z: Value = 0.0) -> Socket:
        """The vector (x, y, z)."""
        node = self.node("ShaderNodeCombineXYZ")
        for socket, value in zip(node.inputs, (x, y, z), strict=True):
            self.feed(socket, value)
        return node.outputs[0]

    def separate(self, vector: Value) -> tuple[Socket, Socket, Socket]:
        """The three components of a vector, or channels of a colour."""
        node = self.node("ShaderNodeSeparateXYZ")
        self.feed(node.inputs[0], vector)
        return node.outputs[0], node.outputs[1], node.outputs[2]

    def ramp(self, value: Value, start: Value, end: Value, low: Value = 0.0, high: Value = 1.0) -> Socket:
        """From `low` to `high`, smoothly, while `value` goes from `start` to `end`; constant beyond."""
        node = self.node("ShaderNodeMapRange", interpolation_type="SMOOTHSTEP", clamp=True)
        for socket, operand in zip(node.inputs, (value, start, end, low, high), strict=False):
            self.feed(socket, operand)
        return node.outputs[0]

    def mix(self, factor: Value, a: Value, b: Value, blend: str = "MIX") -> Socket:
        """Colour a where `factor` is 0, b (or their blend) where it is 1."""
        node = self.node("ShaderNodeMix", data_type="RGBA", blend_type=blend)
        sockets = {socket.identifier: socket for socket in node.inputs}
        self.feed(sockets["Factor_Float"], factor)
        self.feed(sockets["A_Color"], a)
        self.feed(sockets["B_Color"], b)
        return next(socket for socket in node.outputs if socket.identifier == "Result_Color")

    def blend(self, factor: Value, a: Value, b: Value) -> Socket:
        """The number a where `factor` is 0, b where it is 1."""
        node = self.node("ShaderNodeMix", data_type="FLOAT")
        sockets = {socket.identifier: socket for socket in node.inputs}
        self.feed(sockets["Factor_Float"], factor)
        self.feed(sockets["A_Float"], a)
        self.feed(sockets["B_Float"], b)
        return next(socket for socket in node.outputs if socket.identifier == "Result_Float")

    def adjust(self, color: Value, hue: Value = 0.5, saturation: Value = 1.0, value: Value = 1.0) -> Socket:
        """A colour with its hue turned (0.5 leaves it), its saturation and its value multiplied."""
        node = self.node("ShaderNodeHueSaturation")
        for name, operand in (("Hue", hue), ("Saturation", saturation), ("Value", value), ("Color", color)):
            self.feed(node.inputs[name], operand)
        return node.outputs[0]

    def noise(self, vector: Value, scale: float, detail: float = 2.0, roughness: float = 0.5) -> Socket:
        """Perlin noise, about 0.25 to 0.75 and 0.5 in the mean, with `scale` features a metre."""
        return self._noise(vector, scale, detail, roughness).outputs["Factor"]

    def noise_vector(self, vector: Value, scale: float, detail: float = 0.0) -> Socket:
        """Three independent noises of mean 0 as a vector."""
        colour = self._noise(vector, scale, detail, 0.5).outputs["Color"]
        return self.vector("SUBTRACT", colour, (0.5, 0.5, 0.5))

    def _noise(self, vector: Value, scale: float, detail: float, roughness: float) -> bpy.types.Node:
        node = self.node("ShaderNodeTexNoise", noise_dimensions="3D")
        for name, value in (("Vector", vector), ("Scale", scale), ("Detail", detail), ("Roughness", roughness)):
            self.feed(node.inputs[name], value)
        return node

    def voronoi(self, vector: Value, cell: float, feature: str = "F1") -> bpy.types.Node:
        """A Voronoi texture with cells `cell` metres wide; distances are in cells, positions in metres."""
        node = self.node("ShaderNodeTexVoronoi", voronoi_dimensions="3D", feature=feature)
        self.feed(node.inputs["Vector"], vector)
        self.feed(node.inputs["Scale"], 1.0 / cell)
        return node

    def bump(self, height: Value, metres: float, normal: Value | None = None) -> Socket:
        """The normal of a surface raised by `metres` times `height`, over `normal` (or the mesh's own)."""
        node = self.node("ShaderNodeBump")
        self.feed(node.inputs["Distance"], metres)
        self.feed(node.inputs["Height"], height)
        if normal is not None:
            self.feed(node.inputs["Normal"], normal)
        return node.outputs[0]

    def object_position(self) -> Socket:
        """The shading point in the object's own coordinates, before its transform."""
        return self.node("ShaderNodeTexCoord").outputs["Object"]


def set_value(socket: bpy.types.NodeSocket, value: float | tuple[float, ...]) -> None:
    """Set what an input takes where nothing feeds it. A value that is there already is left, as setting one costs half
    a millisecond."""
    present = socket.default_value
    if isinstance(value, tuple):
        if tuple(present) != tuple(_single(number) for number in value):
            socket.default_value = value
    elif present != _single(value):
        socket.default_value = value


def _single(number: float) -> float:
    """Rounded to single precision, as Blender keeps it."""
    return float(np.float32(number))


def linear(color: tuple[float, float, float]) -> tuple[float, float, float, float]:
    """An sRGB colour as linear light, with alpha 1, as Blender's sockets want it."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color)
    return red, green, blue, 1.0


def offset(seed: float, salt: int) -> tuple[float, float, float]:
    """A shift of up to 4 m along each axis that looks random and follows from `seed` (0 to 1) and `salt` alone.

    Kept small, since textures are evaluated in single precision.
    """
    phases = (seed * 7.0 + salt * 0.618034, seed * 31.0 + salt * 0.754878, seed * 113.0 + salt * 0.569840)
    x, y, z = (4.0 * (phase - math.floor(phase)) for phase in phases)
    return x, y, z
