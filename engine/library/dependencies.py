"""The files a model is made of besides itself: material libraries, textures, buffers."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

from engine.errors import AssetError
from engine.library.files import is_file, read_bytes, reason
from engine.library.gltf import external_uris, read_gltf
from engine.library.ply import read_ply_header

_MTLLIB = re.compile(rb"^[ \t]*mtllib[ \t]+([^\r\n]+)", re.MULTILINE)
_MTL_MAP = re.compile(r"^[ \t]*(?:map_\w+|bump|norm|disp|decal|refl)[ \t]+([^\r\n]+)", re.MULTILINE | re.IGNORECASE)
_OPTION_ARGUMENTS = {
    "-blendu": 1, "-blendv": 1, "-bm": 1, "-boost": 1, "-cc": 1, "-clamp": 1, "-imfchan": 1, "-mm": 2,
    "-texres": 1, "-type": 1, "-colorspace": 1,
}  # fmt: skip
_VECTOR_OPTIONS = ("-o", "-s", "-t")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)


def dependencies(path: Path) -> list[tuple[str, Path]]:
    """The files that the model in `path` refers to, as (the reference as written, where it leads).

    .obj: its material libraries and their textures; .gltf and .glb: external buffers and images; .ply: the picture
    of a `comment TextureFile`. .fbx, .usd* and .blend list nothing. The files need not exist. Raises AssetError when
    the model itself cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix == ".obj":
        return _obj_dependencies(path)
    if suffix in (".gltf", ".glb"):
        document = read_gltf(path).document
        uris = external_uris(document, "buffers") + external_uris(document, "images")
        return [(uri, path.parent / uri) for uri in dict.fromkeys(uris)]
    if suffix == ".ply":
        texture = read_ply_header(path).texture
        return [(texture, locate(path.parent, texture))] if texture else []
    return []


def _obj_dependencies(path: Path) -> list[tuple[str, Path]]:
    found: dict[str, Path] = {}
    for line in _material_libraries(path):
        for name in _library_names(path.parent, line):
            library = locate(path.parent, name)
            found[name] = library
            if is_file(library):
                for texture in texture_names(read_bytes(library).decode("utf-8", "replace")):
                    found[texture] = locate(library.parent, texture)
    return list(found.items())


def _material_libraries(path: Path) -> list[str]:
    """What follows `mtllib` in an .obj, in order, without repetition."""
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            lines = [match.group(1).decode("utf-8", "replace").strip() for match in _MTLLIB.finditer(data)]
    except PermissionError:
        raise AssetError(f"{path}: no permission to read the file; change its permissions.") from None
    except (OSError, ValueError) as error:
        raise AssetError(f"{path}: the file cannot be read ({reason(error)}); check the disk.") from None
    return list(dict.fromkeys(lines))


def _library_names(folder: Path, line: str) -> list[str]:
    """One name with spaces, or several names: the format allows both, and only the disk tells them apart."""
    if is_file(folder / line) or " " not in line:
        return [line]
    names = line.split()
    return names if any(is_file(folder / name) for name in names) else [line]


def texture_names(mtl: str) -> list[str]:
    """The texture files that the text of an .mtl names, in order, without repetition; spaces in names are kept."""
    names = (_without_options(match.group(1).strip()) for match in _MTL_MAP.finditer(mtl))
    return list(dict.fromkeys(name for name in names if name))


def _without_options(line: str) -> str:
    """Drop the leading options (`-bm 0.3`, `-s 1 1 1`) of a texture statement."""
    while line.startswith("-"):
        option, _, rest = line.partition(" ")
        if option in _VECTOR_OPTIONS:
            taken = 0
            while taken < 3 and _NUMBER.fullmatch(rest.split(None, 1)[0] if rest.split() else ""):
                rest = rest.split(None, 1)[1] if len(rest.split(None, 1)) > 1 else ""
                taken += 1
        elif option in _OPTION_ARGUMENTS:
            parts = rest.split(None, _OPTION_ARGUMENTS[option])
            rest = parts[-1] if len(parts) > _OPTION_ARGUMENTS[option] else ""
        else:
            break
        line = rest.strip()
    return line


def locate(folder: Path, name: str) -> Path:
    """Where the reference `name` leads, as the importer resolves it: relative to `folder`, else by its last part."""
    direct = folder / name.replace("\\", "/").strip('"')
    if is_file(direct):
        return direct
    beside = folder / direct.name
    return beside if is_file(beside) else direct
