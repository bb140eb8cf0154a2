"""Thumbnails in the cache: PNG files named by what they show, with the facts inside. What is damaged is made anew.

library/ab/abcdef…-2.png          the picture, with the facts of the asset
library/ab/abcdef…-2.1.png        further pictures: of an HDRI the chrome ball
library/ab/abcdef…-2-turn.png     a turntable's views, numbered in the same way
"""

from __future__ import annotations

import io
from pathlib import Path

import msgspec

from engine.files import write_atomically
from engine.paths import cache_dir
from engine.thumbnails.facts import Facts, Thumbnail

VERSION = 3
"""Part of the names: another version makes its pictures anew."""

_FACTS = "studio-facts"
_COUNT = "studio-pictures"


def cache_folder() -> Path:
    """Where the thumbnails lie."""
    return cache_dir() / "library"


class ThumbnailStore:
    """Reads and writes the cache; a disk that does not take a picture harms nothing."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or cache_folder()

    def path(self, digest: str, variant: str = "", number: int = 0) -> Path:
        """The file of a picture; the digest is the content hash of what it shows."""
        name = f"{digest}-{VERSION}{'-' + variant if variant else ''}{'.' + str(number) if number else ''}.png"
        return self.folder / digest[:2] / name

    def load(self, digest: str, variant: str = "") -> Thumbnail | None:
        """What is stored; None where nothing is, or where a file is damaged."""
        try:
            first = self.path(digest, variant).read_bytes()
            texts = _texts(first)
            facts = msgspec.json.decode(texts[_FACTS], type=Facts)
            count = int(texts[_COUNT])
            rest = [self.path(digest, variant, number).read_bytes() for number in range(1, count)]
            for data in rest:
                _texts(data)
        except (OSError, KeyError, ValueError, SyntaxError, msgspec.MsgspecError):
            return None
        return Thumbnail(facts, (first, *rest) if count else ())

    def save(self, digest: str, thumbnail: Thumbnail, variant: str = "") -> None:
        """Store it; the file with the facts comes last, so that what is found is whole."""
        pictures = thumbnail.pictures or (_blank(),)
        texts = {_FACTS: msgspec.json.encode(thumbnail.facts).decode(), _COUNT: str(len(thumbnail.pictures))}
        try:
            self.path(digest).parent.mkdir(parents=True, exist_ok=True)
            for number in range(len(pictures) - 1, -1, -1):
                data = pictures[number]
                write_atomically(self.path(digest, variant, number), _with_texts(data, texts) if number == 0 else data)
        except OSError:
            return


def _texts(data: bytes) -> dict[str, str]:
    """The texts in a PNG, after all of its pixels were read: a damaged file raises."""
    from PIL import Image  # in functions, as Pillow need not be loaded before the Library's first paint
    from PIL.PngImagePlugin import PngImageFile

    with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
        assert isinstance(picture, PngImageFile)
        picture.load()
        return {name: str(text) for name, text in picture.text.items()}


def _with_texts(data: bytes, texts: dict[str, str]) -> bytes:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    for name, text in texts.items():
        info.add_itxt(name, text)
    output = io.BytesIO()
    with Image.open(io.BytesIO(data)) as picture:
        picture.save(output, "PNG", pnginfo=info)
    return output.getvalue()


def _blank() -> bytes:
    """The picture of an asset that has none; it carries the facts."""
    from PIL import Image

    output = io.BytesIO()
    Image.new("L", (1, 1)).save(output, "PNG")
    return output.getvalue()
