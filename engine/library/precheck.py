"""Checks of models and HDRIs that need no bpy: quick, before a process is started for them.

They catch what Blender's importers would crash on, import as nothing, or repair in silence. A file that passes may
still be refused by the importer; one that does not pass is unusable.
"""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

from engine.errors import AssetError
from engine.library import files
from engine.library.hdri_checks import check_exr, check_radiance
from engine.library.hdris import resolve_hdris
from engine.library.photos import check_photo, resolve_photos
from engine.library.scenes import is_demo, resolve_scenes
from engine.plugins.trust import require_trust
from engine.recipe.distributions import support
from engine.recipe.model import Recipe
from engine.recipe.plugins import is_path
from engine.recipe.reader import BUILTIN_MODELS

_HEAD = 4096
_USDC_TOC = struct.Struct("<8s8sq")
_IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".tga")
_CONVERT = {
    ".dae": "COLLADA",
    ".x3d": "X3D",
    ".wrl": "VRML",
    ".3ds": "3D Studio",
    ".max": "3ds Max",
    ".ma": "Maya",
    ".mb": "Maya",
    ".c4d": "Cinema 4D",
    ".step": "STEP",
    ".stp": "STEP",
    ".iges": "IGES",
    ".igs": "IGES",
    ".abc": "Alembic",
    ".off": "OFF",
    ".3mf": "3MF",
    ".zip": "ZIP",
}


def check_assets(recipe: Recipe) -> dict[str, Path]:
    """Check all models, scenes, HDRIs and photographs of a recipe; returns the HDRIs' files by name. Raises
    AssetError."""
    for model in dict.fromkeys(item.model for item in recipe.objects):
        if model not in BUILTIN_MODELS:
            check_model(model)
    if "file" in support(recipe.scene.kind):
        for scene in resolve_scenes(recipe.scene.files).values():
            if not is_demo(scene):
                check_model(scene)
    for plugin in recipe.plugins:
        if is_path(plugin.module):
            require_trust(Path(plugin.module))
    hdris = resolve_hdris(recipe.surroundings.hdris)
    for path in hdris.values():
        check_hdri(path)
    for path in resolve_photos(recipe.backdrop.photos).values():
        check_photo(path)
    return hdris


def check_model(path: str | os.PathLike[str]) -> None:
    """Make sure that a model file is there, is what its extension says, and is whole as far as its header tells.

    `path` may be `file.blend#Name`. Raises AssetError: one sentence with the file's name and the remedy.
    """
    file, _ = files.split_model_path(path)
    files.require_file(file, "model")
    suffix = file.suffix.lower()
    check = _MODEL_CHECKS.get(suffix)
    if check is None:
        raise _unsupported(file, suffix)
    head = files.read_bytes(file, _HEAD)
    files.refuse_placeholder(file, head)
    check(file)


def check_hdri(path: str | os.PathLike[str]) -> None:
    """Make sure that an HDRI file is there, is what its extension says, and is whole as far as its header tells.

    Raises AssetError: one sentence with the file's name and the remedy.
    """
    file = Path(path)
    files.require_file(file, "HDRI")
    suffix = file.suffix.lower()
    if suffix in _IMAGES:
        raise AssetError(
            f"{file}: a {suffix} picture has no high dynamic range and cannot light a scene; use {files.HDRI_LIST}."
        )
    check = _HDRI_CHECKS.get(suffix)
    if check is None:
        raise AssetError(f"{file}: '{suffix or file.name}' is no supported HDRI type; use {files.HDRI_LIST}.")
    files.refuse_placeholder(file, files.read_bytes(file, _HEAD))
    check(file)


def _unsupported(path: Path, suffix: str) -> AssetError:
    if suffix in _CONVERT:
        what = f"{_CONVERT[suffix]} files ({suffix}) cannot be imported"
    else:
        what = f"'{suffix}' is no supported model type" if suffix else "the file's name has no extension"
    return AssetError(f"{path}: {what}; convert it to one of {files.MODEL_LIST}.")


# These formats' modules need numpy, which takes longer to load than all the rest: not for a path that is wrong.


def _check_obj(path: Path) -> None:
    from engine.library.mesh_checks import check_obj

    check_obj(path)


def _check_stl(path: Path) -> None:
    from engine.library.mesh_checks import check_stl

    check_stl(path)


def _check_ply(path: Path) -> None:
    from engine.library.ply import check_ply

    check_ply(path)


def _check_gltf(path: Path) -> None:
    from engine.library.gltf import check_gltf

    check_gltf(path)


def _check_fbx(path: Path) -> None:
    head = files.read_bytes(path, _HEAD)
    is_text = b"FBX" in head and not files.looks_binary(head)
    if not head.startswith(b"Kaydara FBX Binary") and not is_text:
        raise files.mislabelled(path, head, files.MODEL_LIST)


def _check_usd(path: Path) -> None:
    """.usd may hold text or binary USD; the other extensions say which."""
    head = files.read_bytes(path, _HEAD)
    suffix = path.suffix.lower()
    is_binary, is_text = head.startswith(b"PXR-USDC"), head.startswith(b"#usda")
    if not ((is_binary and suffix in (".usd", ".usdc")) or (is_text and suffix in (".usd", ".usda"))):
        raise files.mislabelled(path, head, files.MODEL_LIST)
    if is_binary:
        size = path.stat().st_size
        if len(head) < _USDC_TOC.size or not 0 < _USDC_TOC.unpack_from(head)[2] < size:
            raise AssetError(f"{path}: the USD file is truncated; copy or download it again.")


def _check_usdz(path: Path) -> None:
    head = files.read_bytes(path, _HEAD)
    if not head.startswith(b"PK\x03\x04"):
        raise files.mislabelled(path, head, files.MODEL_LIST)
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise AssetError(f"{path}: the USDZ archive is damaged or truncated; copy or download it again.") from None
    if not any(name.lower().endswith((".usd", ".usda", ".usdc")) for name in names):
        raise AssetError(f"{path}: the USDZ archive holds no USD file; export it again.")


def _check_blend(path: Path) -> None:
    """Blender files are plain, or compressed as a whole with Zstandard (since 3.0) or gzip (before)."""
    head = files.read_bytes(path, _HEAD)
    if head.startswith((b"\x28\xb5\x2f\xfd", b"\x1f\x8b")):
        return
    if not head.startswith(b"BLENDER"):
        raise files.mislabelled(path, head, files.MODEL_LIST)
    with path.open("rb") as stream:
        stream.seek(-min(64, path.stat().st_size), os.SEEK_END)
        tail = stream.read()
    if b"ENDB" not in tail:
        raise AssetError(f"{path}: the Blender file is truncated; copy it or save it again.")


_MODEL_CHECKS: dict[str, Callable[[Path], None]] = {
    ".obj": _check_obj,
    ".ply": _check_ply,
    ".stl": _check_stl,
    ".glb": _check_gltf,
    ".gltf": _check_gltf,
    ".fbx": _check_fbx,
    ".usd": _check_usd,
    ".usda": _check_usd,
    ".usdc": _check_usd,
    ".usdz": _check_usdz,
    ".blend": _check_blend,
}
_HDRI_CHECKS: dict[str, Callable[[Path], None]] = {
    ".exr": check_exr,
    ".hdr": check_radiance,
    ".pic": check_radiance,
}
