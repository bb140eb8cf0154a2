"""Materials of an imported model: missing textures, and vertex colours where there is no material."""

from __future__ import annotations

from collections.abc import Iterable

import bpy


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


def show_vertex_colours(mesh: bpy.types.Mesh) -> bool:
    """Give a mesh without material but with a colour attribute one that shows it; return whether it did."""
    attribute = mesh.color_attributes.active_color or next(iter(mesh.color_attributes), None)
    if attribute is None or any(material is not None for material in mesh.materials):
        return False
    material = bpy.data.materials.new("vertex colours")
    nodes = material.node_tree.nodes
    shader = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Roughness"].default_value = 0.6
    source = nodes.new("ShaderNodeVertexColor")
    source.layer_name = attribute.name
    material.node_tree.links.new(source.outputs["Color"], shader.inputs["Base Color"])
    mesh.materials.clear()
    mesh.materials.append(material)
    return True
