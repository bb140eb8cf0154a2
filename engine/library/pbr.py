"""Sets of PBR pictures: the maps of one material, found in folders by their usual file names.

Poly Haven (`wood_diff_2k.jpg`, `wood_nor_gl_2k.exr`, `wood_arm_2k.jpg`) and ambientCG (`Wood051_2K-JPG_Color.jpg`,
`Wood051_2K-JPG_NormalDX.jpg`) name them so, and many others nearly so.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import AssetError
from engine.library.files import describe_content, read_bytes, reason, refuse_placeholder, require_file
from engine.library.hashing import content_hash
from engine.library.hdri_checks import check_exr

type MapKind = Literal["color", "normal_gl", "normal_dx", "roughness", "metallic", "ao", "height", "arm"]

SUFFIXES = (".png", ".exr", ".tif", ".tiff", ".jpg", ".jpeg", ".webp", ".tga", ".bmp")
"""Of pictures that can be maps; of the same map in several formats the one named first is taken."""

MAX_SIDE = 4096
"""Pixels: of several resolutions the largest is taken that is not larger, as each map of it takes memory of the GPU."""

_WORDS: dict[str, MapKind] = {
    **dict.fromkeys(("color", "colour", "col", "albedo", "diffuse", "diff", "basecolor"), "color"),
    **dict.fromkeys(("normal", "nor", "nrm", "norm", "normalgl", "norgl"), "normal_gl"),
    **dict.fromkeys(("normaldx", "nordx"), "normal_dx"),
    **dict.fromkeys(("roughness", "rough"), "roughness"),
    **dict.fromkeys(("metalness", "metallic", "metal"), "metallic"),
    **dict.fromkeys(("ao", "ambientocclusion", "occlusion"), "ao"),
    **dict.fromkeys(("displacement", "disp", "height"), "height"),
    "arm": "arm",
    "orm": "arm",
}
_PAIRS: dict[tuple[str, str], MapKind] = {
    ("nor", "gl"): "normal_gl",
    ("normal", "gl"): "normal_gl",
    ("normal", "opengl"): "normal_gl",
    ("nor", "dx"): "normal_dx",
    ("normal", "dx"): "normal_dx",
    ("normal", "directx"): "normal_dx",
    ("base", "color"): "color",
    ("base", "colour"): "color",
    ("ambient", "occlusion"): "ao",
}
_RESOLUTION = re.compile(r"(\d{1,2})k")
_FORMATS = {"jpg", "jpeg", "png", "exr", "tif", "tiff", "webp"}


@dataclass(frozen=True, slots=True)
class TextureSet:
    """The maps of one material; any of them may be missing."""

    name: str
    """What the files' names have in common, behind the folder's where the set is in one below that which was named."""
    maps: Mapping[MapKind, Path]

    def digest(self) -> str:
        """The same hash means the same maps with the same content, as 32 hexadecimal digits. Raises AssetError."""
        whole = hashlib.blake2b(digest_size=16)
        for kind, path in sorted(self.maps.items()):
            whole.update(f"{kind}:{content_hash(path)};".encode())
        return whole.hexdigest()


@dataclass(frozen=True, slots=True)
class TextureMap:
    """One picture of a set, as far as its name tells."""

    folder: Path
    stem: str
    """The set's name within the folder."""
    kind: MapKind
    resolution: int
    """In thousands of pixels, 0 where the name has none."""
    path: Path


def resolve_sets(entries: Iterable[str], field: str) -> tuple[TextureSet, ...]:
    """The sets that a list of a recipe names, by name, without repeats. `field` is the list's key path, for errors.

    An entry is a folder, of which all sets below it are taken, or a picture, which stands for its set.

    Raises:
        AssetError: an entry names no set, or a map is no whole picture.
    """
    found = {(min(item.maps.values())): item for entry in entries for item in _resolve(Path(entry), field)}
    sets = sorted(found.values(), key=lambda item: (item.name, sorted(item.maps.values())))
    for item in sets:
        for path in item.maps.values():
            check_picture(path)
    return tuple(sets)


def _resolve(entry: Path, field: str) -> list[TextureSet]:
    if entry.is_dir():
        sets = find_sets(entry)
        if not sets:
            raise AssetError(
                f"{entry}: the folder holds no set of PBR pictures; {field} takes pictures named like wood_diff_1k.jpg,"
                " wood_nor_gl_1k.png, wood_rough_1k.jpg."
            )
        return sets
    wanted = map_of(entry)
    if wanted is None:
        raise AssetError(
            f"{entry}: the name does not say which map this is; {field} takes folders, or pictures named like"
            " wood_diff_1k.jpg."
        )
    return [item for item in find_sets(entry.parent, deep=False) if item.name == wanted.stem]


def find_sets(folder: Path, *, deep: bool = True) -> list[TextureSet]:
    """The sets in a folder, and in those below it where `deep`, sorted by name; none where the names say nothing."""
    groups: dict[tuple[Path, str], list[TextureMap]] = {}
    for path in sorted(folder.rglob("*") if deep else folder.glob("*")):
        if (found := map_of(path)) is not None and path.is_file():
            groups.setdefault((found.folder, found.stem), []).append(found)
    return sorted(_sets(folder, groups), key=lambda item: item.name)


def _sets(folder: Path, groups: Mapping[tuple[Path, str], list[TextureMap]]) -> Iterator[TextureSet]:
    for (place, stem), found in groups.items():
        maps = {kind: _best([item for item in found if item.kind == kind]) for kind in {item.kind for item in found}}
        if "normal_gl" in maps:
            maps.pop("normal_dx", None)  # the same once more
        yield TextureSet("/".join([*place.relative_to(folder).parts, stem]), maps)


def _best(found: list[TextureMap]) -> Path:
    """Of one map in several resolutions and formats: the largest that fits, else the smallest."""
    fitting = [item for item in found if item.resolution * 1024 <= MAX_SIDE]
    wanted = max(item.resolution for item in fitting) if fitting else min(item.resolution for item in found)
    same = [item for item in found if item.resolution == wanted]
    return min(same, key=lambda item: (SUFFIXES.index(item.path.suffix.lower()), item.path)).path


def map_of(path: Path) -> TextureMap | None:
    """What a file's name says; None where it names no map."""
    if path.suffix.lower() not in SUFFIXES:
        return None
    words = [word for word in re.split(r"[_\-\s.]+", path.stem) if word]
    lower = [word.lower() for word in words]
    sizes = [int(match[1]) for word in lower if (match := _RESOLUTION.fullmatch(word))]
    kept = [at for at, word in enumerate(lower) if not _RESOLUTION.fullmatch(word) and word not in _FORMATS]
    # The last word that names a map: `metal_plate_diff` is the colour of a metal plate.
    for position in reversed(range(len(kept))):
        at = kept[position]
        pair = (lower[kept[position - 1]], lower[at]) if position > 0 else ("", "")
        kind, used = (_PAIRS[pair], 2) if pair in _PAIRS else (_WORDS.get(lower[at]), 1)
        if kind is not None:
            stem = "_".join(words[i] for i in kept if i not in kept[position + 1 - used : position + 1])
            resolution = sizes[-1] if sizes else 0
            return TextureMap(path.parent, stem or path.parent.name, kind, resolution, path)
    return None


def check_picture(path: Path) -> None:
    """Raise AssetError unless a map is a whole picture; only its structure is looked at where it is OpenEXR."""
    require_file(path, "picture")
    head = read_bytes(path, 1024)
    refuse_placeholder(path, head)
    if path.suffix.lower() == ".exr":
        check_exr(path)
        return
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            picture.load()
    except UnidentifiedImageError:
        content = describe_content(head) or "unknown"
        raise AssetError(f"{path}: this is no picture but {content} data; export or download it again.") from None
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise AssetError(
            f"{path}: the picture is damaged or truncated ({reason(error)}); export or download it again."
        ) from None
