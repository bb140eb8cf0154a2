"""What a file is: its supported kinds, its path as a user writes it, and what its first bytes say."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from engine import files
from engine.errors import AssetError

MODEL_EXTENSIONS = (".obj", ".glb", ".gltf", ".ply", ".stl", ".fbx", ".usd", ".usda", ".usdc", ".usdz", ".blend")
"""Extensions of the models that can be imported, lower case."""

HDRI_EXTENSIONS = (".exr", ".hdr", ".pic")
"""Extensions of the environment images that can be imported, lower case."""

MODEL_LIST = ", ".join(MODEL_EXTENSIONS)
HDRI_LIST = ", ".join(HDRI_EXTENSIONS)

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"%PDF", "PDF"),
    (b"glTF", "binary glTF"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"#?RGBE", "Radiance HDR"),
    (b"\x76\x2f\x31\x01", "OpenEXR"),
    (b"BLENDER", "Blender"),
    (b"Kaydara FBX Binary", "FBX"),
    (b"PXR-USDC", "binary USD"),
    (b"#usda", "text USD"),
    (b"ply\n", "PLY"),
    (b"ply\r", "PLY"),
    (b"PK\x03\x04", "ZIP"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
)


def split_model_path(path: str | os.PathLike[str]) -> tuple[Path, str | None]:
    """Split `file.blend#Name` into the file and the object or collection it names.

    The name is None where there is none. A `#` counts only after `.blend` (any case), so other files may have it in
    their names; `file.blend#` (nothing after it) means the whole file.
    """
    text = os.fspath(path)
    cut = text.lower().rfind(".blend#")
    if cut < 0:
        return Path(text), None
    end = cut + len(".blend")
    return Path(text[:end]), text[end + 1 :] or None


def require_file(path: Path, kind: str) -> int:
    """Return the size of `path` in bytes after making sure that it is a readable, non-empty regular file.

    `kind` names it in messages ("model", "HDRI"). Raises AssetError otherwise.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError:
        raise AssetError(f"{path}: there is no such {kind} file; check the path.") from None
    except PermissionError:
        raise AssetError(f"{path}: no permission to look into its folder; change the permissions.") from None
    except (OSError, ValueError) as error:
        raise AssetError(f"{path}: the {kind} file cannot be reached ({reason(error)}); check the path.") from None
    if stat.S_ISDIR(status.st_mode):
        raise AssetError(f"{path}: this is a folder, not a {kind} file; name a file inside it.")
    if not stat.S_ISREG(status.st_mode):
        raise AssetError(f"{path}: this is not an ordinary file; copy the {kind} to a file of its own.")
    if status.st_size == 0:
        raise AssetError(f"{path}: the {kind} file is empty; copy or download it again.")
    return status.st_size


def is_file(path: Path) -> bool:
    """Whether `path` is a file; False too for a path that the system cannot even look up."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def read_bytes(path: Path, limit: int = -1) -> bytes:
    """Return the first `limit` bytes of `path` (all of them when negative). Raises AssetError."""
    try:
        with path.open("rb") as stream:
            return stream.read(limit)
    except PermissionError:
        raise AssetError(f"{path}: no permission to read the file; change its permissions.") from None
    except (OSError, ValueError) as error:
        raise AssetError(f"{path}: the file cannot be read ({reason(error)}); check the disk.") from None


def describe_content(head: bytes) -> str | None:
    """Name the kind of data that starts with `head` ("PNG", "OpenEXR", ...), or None when it is not recognised."""
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    start = head[:512].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "HTML"
    if start.startswith(b"<?xml"):
        return "XML"
    return None


def refuse_placeholder(path: Path, head: bytes) -> None:
    """Raise AssetError when the file is a stand-in for the real one, as a clone without Git LFS leaves it."""
    if head.startswith(b"version https://git-lfs"):
        raise AssetError(f"{path}: this is a Git LFS pointer, not the file itself; run `git lfs pull` to get it.")


def looks_binary(head: bytes) -> bool:
    """Whether `head` cannot be the start of a text file."""
    return b"\x00" in head


def mislabelled(path: Path, head: bytes, supported: str) -> AssetError:
    """The error for a file whose content does not fit its extension."""
    content = describe_content(head)
    if content is None:
        content = "unknown binary" if looks_binary(head) else "other text"
    return AssetError(
        f"{path}: the file is named {path.suffix} but contains {content} data; "
        f"give it its right extension or use another file ({supported})."
    )


def reason(error: BaseException) -> str:
    """The reason of an operating system's error in few words, without its file name."""
    if isinstance(error, OSError):
        return files.reason(error)
    return " ".join(str(error).split()) or type(error).__name__


def not_finite(path: Path) -> AssetError:
    """The error for coordinates that are NaN or infinite."""
    return AssetError(f"{path}: some vertex coordinates are not finite numbers (NaN or infinity); export it again.")


def no_faces(path: Path) -> AssetError:
    """The error for a file of points or lines only."""
    return AssetError(f"{path}: the model has no faces (points or lines only); export a surface mesh.")


def truncated(path: Path) -> AssetError:
    """The error for a file that ends too early."""
    return AssetError(f"{path}: the file is truncated; copy or download it again.")
