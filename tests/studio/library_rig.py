"""Running the Library screen in a test, with thumbnails that a process of the test's own paints."""

from __future__ import annotations

import asyncio
import io
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from PIL import Image
from textual.pilot import Pilot

from engine.library.folders import add_folder
from engine.thumbnails import maker
from engine.thumbnails.facts import BrokenFacts, Facts, HdriFacts, ModelFacts, PictureFacts, Thumbnail
from engine.thumbnails.messages import Order
from engine.thumbnails.process import ThumbnailProcess
from studio.app import StudioApp
from studio.engine_feed import EngineFeed
from studio.screens import library
from studio.screens.common import StatusLine
from studio.screens.library import LibraryScreen
from tests.library.samples import obj_text, png_bytes, radiance_bytes, write
from tests.studio.screens import settle, until

type Test = Callable[[Pilot[None], LibraryScreen], Awaitable[None]]


class PaintedProcess(ThumbnailProcess):
    """Paints a disc of a colour that follows from the name; of a turntable each view a step darker."""

    def make(self, order: Order) -> Thumbnail:
        name = Path(order.path).stem
        if "bad" in name:
            return Thumbnail(BrokenFacts("Blender cannot read the file, it is damaged (end of file); export it again."))
        wide = order.kind == "hdri"
        views = [
            _disc(name, order.width, order.width // 2 if wide else order.height, n) for n in range(order.views or 1)
        ]
        if wide:
            views.append(_disc(name, order.width // 2, order.width // 2, 3))
        return Thumbnail(_facts(order, name), tuple(views))

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    paused = False


def _facts(order: Order, name: str) -> Facts:
    number = zlib.crc32(name.encode()) % 97
    if order.kind == "hdri":
        return HdriFacts(1024, 512, 8.0 + number / 10, 0.8, 3000.0, 31.0, -36.0, 0.21)
    if order.kind == "model":
        size = (90.0 if "large" in name else 0.01 * (1 + number), 0.02, 0.03)
        return ModelFacts(size, 10 * number, 8, ("glaze",), ("wood.png 64×64",), has_uv=True)
    return PictureFacts(64, 64 + number, "RGB")


def _disc(name: str, width: int, height: int, step: int) -> bytes:
    hue = zlib.crc32(name.encode())
    color = np.array([60 + (hue >> shift & 0x7F) for shift in (0, 8, 16)]) - 7 * step
    y, x = np.mgrid[0:height, 0:width]
    inside = np.hypot((x - width / 2) / width, (y - height / 2) / height) < 0.42
    pixels = np.where(inside[..., None], color, 30).astype(np.uint8)
    output = io.BytesIO()
    Image.fromarray(pixels).save(output, "PNG")
    return output.getvalue()


def place(path: Path, content: bytes | str) -> Path:
    """Write a file in a folder that need not be there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write(path, content)


def make_assets(folder: Path) -> Path:
    """A folder with three models, one of them broken, one HDRI and two pictures; it is in the library."""
    place(folder / "models" / "bottle.obj", obj_text())
    place(folder / "models" / "large.obj", obj_text(size=2.0))
    place(folder / "models" / "bad.obj", obj_text(size=3.0))
    place(folder / "hdris" / "street.hdr", radiance_bytes())
    place(folder / "textures" / "wood.png", png_bytes((90, 60, 30)))
    place(folder / "backdrops" / "wall.png", png_bytes((200, 200, 190)))
    add_folder(folder)
    return folder


def paint(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have thumbnails painted, and no engine looked for."""
    monkeypatch.setattr(maker, "ThumbnailProcess", PaintedProcess)
    monkeypatch.setattr(library, "TICK_SECONDS", 0.1)
    monkeypatch.setattr(EngineFeed, "start", lambda _self: None)


async def shown(pilot: Pilot[None]) -> LibraryScreen:
    """The screen, once it has looked into the folders and all pictures in view have come."""
    screen = cast(LibraryScreen, pilot.app.screen)
    await until(pilot, lambda: screen.grid.scanned)
    await until(pilot, lambda: screen.grid.maker.waiting == 0)
    await until(pilot, lambda: not str(screen.query_one(StatusLine).content).startswith(("Making", "Looking")))
    await settle(pilot)
    await pilot.pause(0.2)
    return screen


def run_library(test: Test, size: tuple[int, int] = (120, 40), *, readonly: bool = False) -> None:
    """Run a test on an app that starts with the Library."""

    async def run() -> None:
        app = StudioApp(start="library", readonly=readonly)
        async with app.run_test(size=size) as plain:
            pilot = cast("Pilot[None]", plain)
            await test(pilot, await shown(pilot))

    asyncio.run(run())
