"""`python -m engine.worker.thumbnails SOCKET_FD PARENT_PID`: makes thumbnails one by one, with low priority."""

from __future__ import annotations

import contextlib
import io
import signal
import socket
import sys
import traceback
from typing import TYPE_CHECKING

from engine.errors import AssetError, StudioError
from engine.thumbnails.facts import BrokenFacts, Facts, PictureFacts, Thumbnail
from engine.thumbnails.messages import LOOK_PREFIX, HungUp, Line, Order
from engine.worker.__main__ import be_the_first_to_go, die_with_parent, step_back, tell_where_it_stopped

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image

_MODES = {
    "1": "black and white", "L": "grey", "LA": "grey with alpha", "P": "palette", "RGB": "RGB",
    "RGBA": "RGB with alpha", "CMYK": "CMYK", "I;16": "grey, 16 bit", "I": "grey, 32 bit", "F": "grey, float",
}  # fmt: skip
_LARGEST_PIXELS = 400_000_000


def serve(line: Line) -> None:
    """Answer orders until the other side goes."""
    with contextlib.suppress(HungUp):
        while True:
            line.send(make(line.receive(Order)))


def make(order: Order) -> Thumbnail:
    """The thumbnail of an asset; one that cannot be used comes back as broken, with the reason."""
    try:
        if order.kind in ("texture", "backdrop"):
            return _of_picture(order)
        facts, pictures = _of_asset(order)
    except StudioError as error:
        return Thumbnail(BrokenFacts(_without_path(str(error), order.path)))
    except MemoryError:
        return Thumbnail(BrokenFacts("there is not enough memory to read the file; use a smaller one.", lasting=False))
    except Exception as error:
        traceback.print_exc()
        return Thumbnail(BrokenFacts(f"the file could not be shown ({type(error).__name__}: {error})."))
    return Thumbnail(facts, tuple(_png(picture) for picture in pictures))


def _of_asset(order: Order) -> tuple[Facts, list[npt.NDArray[np.uint8]]]:
    """bpy is loaded here."""
    from engine.blender import thumbnail

    if order.kind == "hdri":
        return thumbnail.hdri_facts_and_views(order.path, order.width)
    size = (order.width, order.height, order.samples, order.views)
    if order.path.startswith(LOOK_PREFIX):
        return thumbnail.cup_facts_and_views(order.path.removeprefix(LOOK_PREFIX), *size)
    return thumbnail.model_facts_and_views(order.path, *size)


def _of_picture(order: Order) -> Thumbnail:
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = _LARGEST_PIXELS
    try:
        with Image.open(order.path) as picture:
            width, height = picture.size
            facts = PictureFacts(width, height, _MODES.get(picture.mode, picture.mode))
            picture.draft("RGB", (order.width * 2, order.height * 2))
            small = ImageOps.exif_transpose(picture)
            small.thumbnail((order.width, order.height))
            shown = _on_checks(small) if small.mode in ("RGBA", "LA", "P", "PA") else small.convert("RGB")
    except Image.DecompressionBombError:
        raise AssetError(f"{order.path}: the picture is too large to be read; make it smaller.") from None
    except (OSError, ValueError, SyntaxError) as error:
        reason = "its content is no picture" if isinstance(error, UnidentifiedImageError) else str(error)
        raise AssetError(f"{order.path}: the picture cannot be read ({reason}); save or download it again.") from None
    output = io.BytesIO()
    shown.save(output, "PNG")
    return Thumbnail(facts, (output.getvalue(),))


def _on_checks(picture: Image.Image) -> Image.Image:
    """What is transparent shows squares of two greys."""
    from PIL import Image

    picture = picture.convert("RGBA")
    ground = Image.new("RGBA", picture.size, (60, 60, 60, 255))
    for top in range(0, picture.height, 8):
        for left in range((top // 8 % 2) * 8, picture.width, 16):
            ground.paste((90, 90, 90, 255), (left, top, left + 8, top + 8))
    return Image.alpha_composite(ground, picture).convert("RGB")


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    from PIL import Image

    output = io.BytesIO()
    Image.fromarray(pixels).save(output, "PNG")
    return output.getvalue()


def _without_path(sentence: str, path: str) -> str:
    """The same asset may lie elsewhere tomorrow: the path does not belong into what is remembered of it.

    Nor does a recipe's name for its scale: the library has its own.
    """
    return sentence.removeprefix(f"{path}: ").replace("objects[i].scale", "scale")


def main() -> None:
    """Serve one library until it closes the socket."""
    die_with_parent(int(sys.argv[2]))
    be_the_first_to_go()
    tell_where_it_stopped()
    step_back(19)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(Line(socket.socket(fileno=int(sys.argv[1]))))


if __name__ == "__main__":
    main()
