"""Running Blender's importer for a model file; what it makes lands in the workbench's scene."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

import bpy

from engine.blender.datablocks import Workbench
from engine.blender.scripts import disarm
from engine.errors import AssetError

_NOT_GEOMETRY = {"SPEAKER", "CAMERA", "LIGHT", "LIGHT_PROBE"}


def import_file(path: Path, name: str | None, bench: Workbench, *, lights: bool = False) -> list[str]:
    """Import `path` into the workbench's scene, nothing evaluated yet; return warnings.

    `name` picks an object (with all its children) or a collection of a .blend; it must be None for other formats.
    With `lights` what lights it comes along, lamps and surroundings; those of .blend and .glb files do in any case.
    Python in the file is removed before anything evaluates it, see `scripts`. Raises AssetError.
    """
    if path.suffix.lower() == ".blend":
        warnings = _append_blend(path, name, bench)
    else:
        warnings = []
        suffix = path.suffix.lower()
        if suffix.startswith(".usd"):
            _call(path, lambda: _import_usd(str(path), lights), bench)
        else:
            _call(path, lambda: _IMPORTERS[suffix](str(path)), bench)
    removed = disarm(bench.new())
    if removed:
        warnings.append(f"{path.name}: {removed} scripts or Python drivers in the file were removed, not run")
    return warnings


_IMPORTERS: dict[str, Callable[[str], object]] = {
    # Validation comes later, in load_model: the importers' own would turn NaN into 0 without a word.
    ".obj": lambda file: bpy.ops.wm.obj_import(filepath=file, validate_meshes=False),
    ".ply": lambda file: bpy.ops.wm.ply_import(filepath=file, import_colors="SRGB"),
    ".stl": lambda file: bpy.ops.wm.stl_import(filepath=file, use_mesh_validate=False),
    ".fbx": lambda file: bpy.ops.wm.fbx_import(filepath=file, validate_meshes=False, use_anim=False),
    ".glb": lambda file: bpy.ops.import_scene.gltf(filepath=file, loglevel=50),
    ".gltf": lambda file: bpy.ops.import_scene.gltf(filepath=file, loglevel=50),
}


def _import_usd(file: str, lights: bool) -> object:
    return bpy.ops.wm.usd_import(
        filepath=file,
        import_cameras=False,
        import_lights=lights,
        create_world_material=lights,
        set_frame_range=False,
        import_textures_mode="IMPORT_PACK",
    )


def _call(path: Path, importer: Callable[[], object], bench: Workbench) -> None:
    try:
        with bpy.context.temp_override(**bench.override):
            importer()
    except (RuntimeError, OSError, ValueError, KeyError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> AssetError:
    """Blender's errors may carry whole tracebacks, and the path once more: keep the last telling line."""
    lines = [line.strip() for line in str(error).splitlines()]
    telling = [line for line in lines if line and not line.startswith("Location:")]
    said = telling[-1].removeprefix("Error:").strip() if telling else type(error).__name__
    said = said.replace(str(path), path.name).rstrip(".")[:160]
    return AssetError(f"{path}: Blender cannot read the file, it is damaged or truncated ({said}); export it again.")


def _append_blend(path: Path, name: str | None, bench: Workbench) -> list[str]:
    """Append what is wanted from a .blend and link it to the scene. Nothing is evaluated here."""
    chosen = ""
    try:
        with bpy.data.libraries.load(str(path), link=False, recursive=True) as (source, target):
            if name is None:
                target.scenes = list(source.scenes)
                target.objects = [] if source.scenes else list(source.objects)
            elif name in source.objects:
                chosen, target.objects = "OBJECT", list(source.objects)
            elif name in source.collections:
                chosen, target.collections = "COLLECTION", [name]
            known = [*source.objects, *source.collections]
    except (RuntimeError, OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if name is not None and not chosen:
        raise _no_such_name(path, name, known)
    _show_as_rendered(bench)
    if chosen == "OBJECT":
        # The names that came out are not those that were asked for where the session had them already.
        root = dict(zip(known, target.objects, strict=False))[name]
        objects = [root, *root.children_recursive]
        root.hide_viewport = False
    elif chosen == "COLLECTION":
        target.collections[0].hide_viewport = False
        bench.scene.collection.children.link(target.collections[0])
        return []
    else:
        objects, warnings = _objects_of_file(path, target.scenes, target.objects, bench)
        _link(objects, bench)
        return warnings
    _link(objects, bench)
    return []


def _no_such_name(path: Path, name: str, known: list[str]) -> AssetError:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5) or known[:5]
    listed = ", ".join(repr(item) for item in near) or "none"
    return AssetError(f"{path}: it has no object or collection '{name}'; it has {listed}.")


def _objects_of_file(
    path: Path, scenes: list[bpy.types.Scene], loose: list[bpy.types.Object], bench: Workbench
) -> tuple[list[bpy.types.Object], list[str]]:
    """The objects that a file without a chosen name stands for: those of its first scene that shows a surface."""
    warnings: list[str] = []
    filled = [scene for scene in scenes if any(item.type not in _NOT_GEOMETRY for item in scene.objects)]
    if not filled:
        return list(loose), warnings
    scene = filled[0]
    bench.scene.frame_set(scene.frame_current)
    bench.scene.world = scene.world
    if len(filled) > 1:
        warnings.append(f"{path.name}: it has {len(filled)} scenes, '{scene.name}' is used; or name {path.name}#OBJECT")
    if abs(scene.unit_settings.scale_length - 1) > 1e-6:
        warnings.append(
            f"{path.name}: its unit scale {scene.unit_settings.scale_length:g} is not applied; "
            "set objects[i].scale if its numbers are not metres"
        )
    hidden = {item for child in scene.collection.children_recursive if child.hide_render for item in child.all_objects}
    shown = [item for item in scene.view_layers[0].objects if item not in hidden]
    return shown, warnings


def _show_as_rendered(bench: Workbench) -> None:
    """Evaluation follows the viewport's settings: set them to the render's, in the appended copies."""
    for item in bench.new():
        if isinstance(item, bpy.types.Object):
            item.hide_viewport = item.hide_render
            item.show_instancer_for_viewport = item.show_instancer_for_render
            for modifier in item.modifiers:
                modifier.show_viewport = modifier.show_render
                if modifier.type in ("SUBSURF", "MULTIRES"):
                    modifier.levels = modifier.render_levels
        elif isinstance(item, bpy.types.Collection):
            item.hide_viewport = item.hide_render
        elif isinstance(item, bpy.types.ParticleSettings):
            item.display_percentage = 100


def _link(objects: list[bpy.types.Object], bench: Workbench) -> None:
    for item in objects:
        if item is not None and item.name not in bench.scene.collection.objects:
            bench.scene.collection.objects.link(item)
