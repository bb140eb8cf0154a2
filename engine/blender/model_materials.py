"""Materials of an imported model: missing textures, and what .ply files have instead of materials."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import bpy
import numpy as np

from engine.library.dependencies import dependencies
from engine.library.files import is_file
from engine.library.ply import corner_uvs

_ROUGHNESS = 0.6
"""Of surfaces whose file states a colour only."""


def detach_missing_images(datablocks: Iterable[bpy.types.ID]) -> list[str]:
    """Unplug image textures whose picture cannot be read, and return those pictures' file names, sorted.

    Blender would show them in pink. Unplugged, the socket's own value shows: the base colour that the file gives,
    grey where it gives none.
    """
    items = list(datablocks)
    missing = {item for item in items if isinstance(item, bpy.types.Image) and _is_missing(item)}
    trees = [item for item in items if isinstance(item, bpy.types.NodeTree)]
    trees += [item.node_tree for item in items if isinstance(item, bpy.types.Material) and item.node_tree]
    for tree in trees:
        for node in [node for node in tree.nodes if getattr(node, "image", None) in missing]:
            tree.nodes.remove(node)
    return sorted({_file_name(image) for image in missing})


def _is_missing(image: bpy.types.Image) -> bool:
    """Reading the size makes Blender load the picture."""
    return image.source in ("FILE", "TILED", "SEQUENCE", "MOVIE") and 0 in image.size[:]


def _file_name(image: bpy.types.Image) -> str:
    return image.filepath.replace("\\", "/").rpartition("/")[2] or image.name


def show_ply_texture(mesh: bpy.types.Mesh, file: Path) -> bool:
    """Give the mesh of a .ply the picture that its header names, which the importer ignores; return whether it did.

    `mesh` must be as imported: face corners in the file's order.
    """
    texture = next((target for _, target in dependencies(file) if is_file(target)), None)
    if texture is None:
        return False
    uvs = corner_uvs(file)
    if uvs is not None and uvs.size == 2 * len(mesh.loops):
        layer = mesh.uv_layers.new(name="UVMap", do_init=False)
        layer.uv.foreach_set("vector", uvs.ravel())
    if not mesh.uv_layers:
        return False
    material, shader = _principled(texture.stem)
    source = material.node_tree.nodes.new("ShaderNodeTexImage")
    source.image = bpy.data.images.load(str(texture.absolute()), check_existing=True)
    material.node_tree.links.new(source.outputs["Color"], shader.inputs["Base Color"])
    mesh.materials.append(material)
    return True


def show_vertex_colours(mesh: bpy.types.Mesh) -> bool:
    """Give a mesh without material but with a colour attribute one that shows it; return whether it did.

    An attribute that is white throughout is filling, as some programs write it, and does not count.
    """
    attribute = mesh.color_attributes.active_color or next(iter(mesh.color_attributes), None)
    if attribute is None or any(material is not None for material in mesh.materials) or _is_white(attribute):
        return False
    material, shader = _principled("vertex colours")
    source = material.node_tree.nodes.new("ShaderNodeVertexColor")
    source.layer_name = attribute.name
    material.node_tree.links.new(source.outputs["Color"], shader.inputs["Base Color"])
    mesh.materials.clear()
    mesh.materials.append(material)
    return True


def _principled(name: str) -> tuple[bpy.types.Material, bpy.types.Node]:
    """A new material and its shader node."""
    material = bpy.data.materials.new(name)
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Roughness"].default_value = _ROUGHNESS
    return material, shader


def _is_white(attribute: bpy.types.Attribute) -> bool:
    values = np.empty(len(attribute.data) * 4, np.float32)
    attribute.data.foreach_get("color", values)
    return bool((values.reshape(-1, 4)[:, :3] > 0.999).all())
