"""Files that a command may write: by their names, and never over something else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.dataset.layout import MANIFEST_NAME
from engine.errors import BadInput


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file is to hold."""

    what: str
    name: str
    """Of the format, in a sentence."""
    suffix: str
    magic: bytes
    at: int = 0
    """Where in the file `magic` is."""


PNG = FileKind("picture", "PNG", ".png", b"\x89PNG\r\n\x1a\n")
MP4 = FileKind("video", "MP4", ".mp4", b"ftyp", at=4)


def refuse_target(path: Path, kind: FileKind) -> None:
    """Refuse names of another kind of file, files that are of another kind, and the frames of a dataset.

    Raises:
        BadInput: it must not be written.
    """
    if path.suffix.lower() != kind.suffix:
        raise BadInput(f"{path}: the {kind.what} is {_a(kind)}; give it a name that ends in {kind.suffix}.")
    if any((folder / MANIFEST_NAME).exists() for folder in path.resolve().parents[1:4]):
        raise BadInput(f"{path} is within a dataset's folder of frames; choose another place for the {kind.what}.")
    try:
        with path.open("rb") as file:
            head = file.read(kind.at + len(kind.magic))
    except OSError:
        return
    if head[kind.at :] != kind.magic:
        raise BadInput(f"{path} is there already and is no {kind.name}; choose another name, nothing was changed.")


def _a(kind: FileKind) -> str:
    return f"an {kind.name}" if kind.name == "MP4" else f"a {kind.name}"
