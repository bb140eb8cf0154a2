"""What the library is made of: assets, each a file or something built in, and what people note about them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from engine.frame.landmarks import NO_LANDMARKS, Landmarks
from engine.library.files import HDRI_EXTENSIONS, MODEL_EXTENSIONS
from engine.library.symmetry import Symmetry

type Kind = Literal["model", "hdri", "texture", "backdrop"]

KINDS: tuple[Kind, ...] = ("model", "hdri", "texture", "backdrop")
PICTURE_EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".tga")
"""Extensions of textures and backdrop photographs, lower case."""

BUILTIN = "builtin"
"""Stands for the folder of the assets that come with the program."""

CUP_KEY = f"{BUILTIN}:cup"
"""Key of the built-in cup; each of its looks has one that begins with it and a slash."""

_BACKDROP_WORDS = ("backdrop", "background", "photo")


class Notes(msgspec.Struct, frozen=True):
    """What people set for an asset."""

    class_name: str = ""
    """Class of the labels; empty: the file's name without extension."""
    scale: float = 1.0
    """Factor on a model's size in the file."""
    tags: tuple[str, ...] = ()
    kind: Kind | None = None
    """Says that a picture is a texture or a backdrop, where its folder's name does not."""
    symmetry: tuple[Symmetry, ...] = ()
    """Turns that leave a model the same; for pose benchmarks."""
    landmarks: Landmarks = NO_LANDMARKS
    """Keypoints of a model, in its frame with `up = "auto"`, before any scale; and its parts."""


class Asset(msgspec.Struct, frozen=True):
    """One thing that a recipe can use."""

    key: str
    """Unique: the absolute path, or `builtin:NAME`."""
    kind: Kind
    name: str
    """For people: the file's name."""
    root: str
    """The folder of the library in which it was found, or `builtin`."""
    path: str = ""
    """The file; empty for the built-in cup, which is none."""
    size: int = 0
    """Bytes."""
    modified: float = 0.0
    """Seconds since 1970."""
    notes: Notes = Notes()

    @property
    def is_builtin(self) -> bool:
        """Whether it comes with the program."""
        return self.root == BUILTIN

    @property
    def class_name(self) -> str:
        """The class its labels get."""
        return self.notes.class_name or Path(self.name).stem


def kind_of(path: Path, root: Path) -> Kind | None:
    """What a file below `root` is by its extension and, for pictures, by its folders' names; None for no asset.

    The names from `root` itself on count.
    """
    suffix = path.suffix.lower()
    if suffix in MODEL_EXTENSIONS:
        return "model"
    if suffix in HDRI_EXTENSIONS:
        return "hdri"
    if suffix not in PICTURE_EXTENSIONS:
        return None
    folders = " ".join((root.name, *path.parent.relative_to(root).parts)).lower()
    return "backdrop" if any(word in folders for word in _BACKDROP_WORDS) else "texture"
