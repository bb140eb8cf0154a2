"""Makes a folder of many small assets, real files of three kinds, and the thumbnails that the library would make.

The thumbnails are painted instead of rendered, so that a bench of the screen need not wait for Blender; they lie in the
cache under the content hashes of the files, as those that Blender rendered would.
"""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from engine.library.assets import Kind
from engine.library.hashing import content_hash
from engine.thumbnails.facts import Facts, HdriFacts, ModelFacts, PictureFacts, Thumbnail
from engine.thumbnails.store import ThumbnailStore

KINDS: tuple[tuple[str, Kind], ...] = (("obj", "model"), ("png", "texture"), ("obj", "model"), ("hdr", "hdri"))
"""Extensions and kinds, in turn."""

IN_A_FOLDER = 250
COLOURS = 32
"""Different pictures of each kind: to make one for each asset would take longer than to measure."""

WORDS = ("bottle", "mug", "chair", "lamp", "street", "wood", "brick", "forest")


def make_tree(folder: Path, count: int) -> None:
    """Write so many assets below `folder`, in folders of IN_A_FOLDER."""
    for number in range(count):
        suffix, _ = KINDS[number % len(KINDS)]
        place = folder / f"set {number // IN_A_FOLDER:03d}"
        place.mkdir(parents=True, exist_ok=True)
        name = f"{WORDS[number % len(WORDS)]} {number:05d}.{suffix}"
        (place / name).write_bytes({"obj": _model, "png": _texture, "hdr": _hdri}[suffix](number))


def paint_thumbnails(folder: Path, cache: Path) -> None:
    """Put a thumbnail of every asset below `folder` into a cache folder."""
    store = ThumbnailStore(cache)
    painted: dict[tuple[str, int], list[Path]] = {}
    for path in sorted(folder.rglob("*.*")):
        name = path.suffix, zlib.crc32(path.name.encode()) % COLOURS
        digest = content_hash(path)
        if name not in painted:
            thumbnail = _thumbnail(*name)
            store.save(digest, thumbnail)
            painted[name] = [store.path(digest, "", number) for number in range(len(thumbnail.pictures))]
            continue
        for number, picture in enumerate(painted[name]):
            target = store.path(digest, "", number)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(picture.read_bytes())


def _thumbnail(suffix: str, colour: int) -> Thumbnail:
    facts: Facts = ModelFacts((0.1 + colour / 100, 0.2, 0.3), 4, 4, ("glaze",))
    if suffix == ".png":
        facts = PictureFacts(16, 16, "RGB")
    elif suffix == ".hdr":
        facts = HdriFacts(8, 4, 12.0, 0.4, 1.0)
    sizes = [(192, 96), (96, 96)] if suffix == ".hdr" else [(192, 144)]
    return Thumbnail(facts, tuple(_painted(zlib.crc32(bytes([colour])), size) for size in sizes))


def _painted(number: int, size: tuple[int, int]) -> bytes:
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    colour = np.array([80 + (number >> shift & 0x7F) for shift in (0, 8, 16)])
    shade = np.clip(1.2 - np.hypot((x - width / 2) / width, (y - height / 2) / height) * 2, 0.15, 1)
    output = io.BytesIO()
    Image.fromarray((shade[..., None] * colour).astype(np.uint8)).save(output, "PNG")
    return output.getvalue()


def _model(number: int) -> bytes:
    """A tetrahedron."""
    points = [(0, 0, 0), (1 + number * 1e-4, 0, 0), (0, 1, 0), (0, 0, 1)]
    lines = [f"v {x} {y} {z}" for x, y, z in points]
    return "\n".join([*lines, "f 1 3 2", "f 1 2 4", "f 2 3 4", "f 3 1 4", ""]).encode()


def _texture(number: int) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (16, 16), (number % 256, number // 256 % 256, 90)).save(output, "PNG")
    return output.getvalue()


def _hdri(number: int) -> bytes:
    """8 by 4 pixels of Radiance without compression."""
    pixel = bytes((number % 256, number // 256 % 256, 128, 128))
    return b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 4 +X 8\n" + pixel * 32
