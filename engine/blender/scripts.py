"""Foreign .blend files must not run code: no registered texts, no Python drivers, no OSL scripts.

Two independent locks. `forbid_scripts` turns Blender's own permission off, so that Python drivers are not evaluated
and texts marked "Register" are not run. `disarm` removes what could run from the datablocks before anything
evaluates them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import bpy


def forbid_scripts() -> None:
    """Turn automatic execution of Python off for the session, whatever the preferences said."""
    bpy.context.preferences.filepaths.use_scripts_auto_execute = False


def disarm(datablocks: Iterable[bpy.types.ID]) -> int:
    """Remove Python drivers, OSL script nodes and the Register mark of texts; return how many were removed.

    Drivers whose expression Blender computes without Python (arithmetic on variables) stay.
    """
    removed = 0
    for item in datablocks:
        if item.id_type == "TEXT" and item.use_module:
            item.use_module = False
            removed += 1
        for owner in _with_embedded(item):
            removed += _remove_python_drivers(owner)
            if isinstance(owner, bpy.types.NodeTree):
                removed += _remove_script_nodes(owner)
    return removed


def freeze(datablocks: Iterable[bpy.types.ID], depsgraph: bpy.types.Depsgraph) -> None:
    """Write the driven values of kept materials and node groups into them, then remove drivers and animation.

    So a kept datablock neither changes with the frame number nor refers to objects that are gone.
    """
    for item in datablocks:
        if item.id_type not in ("MATERIAL", "NODETREE"):
            continue
        for owner in _with_embedded(item):
            if owner.animation_data is None:
                continue
            evaluated = item.evaluated_get(depsgraph)
            _write_driven_values(owner, evaluated if owner == item else evaluated.node_tree)
            owner.animation_data_clear()


def _with_embedded(item: bpy.types.ID) -> Iterator[bpy.types.ID]:
    """The datablock and the ones that live inside it."""
    yield item
    tree = getattr(item, "node_tree", None)
    if tree is not None:
        yield tree
    if isinstance(item, bpy.types.Scene):
        yield item.collection


def _remove_python_drivers(owner: bpy.types.ID) -> int:
    animation = getattr(owner, "animation_data", None)
    if animation is None:
        return 0
    python = [
        curve
        for curve in animation.drivers
        if curve.driver.type == "SCRIPTED" and not curve.driver.is_simple_expression
    ]
    for curve in python:
        animation.drivers.remove(curve)
    return len(python)


def _remove_script_nodes(tree: bpy.types.NodeTree) -> int:
    nodes = [node for node in tree.nodes if node.bl_idname == "ShaderNodeScript"]
    for node in nodes:
        tree.nodes.remove(node)
    return len(nodes)


def _write_driven_values(owner: bpy.types.ID, evaluated: bpy.types.ID) -> None:
    for curve in [*owner.animation_data.drivers, *_action_curves(owner)]:
        path, _, attribute = curve.data_path.rpartition(".")
        try:
            source = evaluated.path_resolve(path) if path else evaluated
            target = owner.path_resolve(path) if path else owner
            value = getattr(source, attribute)
            if hasattr(value, "__len__") and not isinstance(value, str):
                getattr(target, attribute)[curve.array_index] = value[curve.array_index]
            else:
                setattr(target, attribute, value)
        except (ValueError, AttributeError, TypeError, IndexError):
            continue  # A curve for a property that does not exist (any more) drives nothing.


def _action_curves(owner: bpy.types.ID) -> list[bpy.types.FCurve]:
    """The F-Curves of the action slot that animates `owner`."""
    animation = owner.animation_data
    if animation.action is None or animation.action_slot is None:
        return []
    return [
        curve
        for layer in animation.action.layers
        for strip in layer.strips
        if (bag := strip.channelbag(animation.action_slot)) is not None
        for curve in bag.fcurves
    ]
