"""The process that makes thumbnails, with the real Blender: models, HDRIs, pictures; crashes, hangs, pauses."""

from __future__ import annotations

import io
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.library.builtin import builtin_hdris
from engine.thumbnails.facts import BrokenFacts, HdriFacts, ModelFacts, PictureFacts, Thumbnail
from engine.thumbnails.messages import Order
from engine.thumbnails.process import Interrupted, ThumbnailProcess
from tests.library.samples import obj_text, png_bytes, write


@pytest.fixture
def process() -> Iterator[ThumbnailProcess]:
    made = ThumbnailProcess()
    yield made
    made.end()


def order(path: Path | str, kind: str = "model", views: int = 0) -> Order:
    return Order(kind, str(path), 32, 24, 1, views)  # type: ignore[arg-type]


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"))


def test_one_process_makes_all_kinds(process: ThumbnailProcess, tmp_path: Path) -> None:
    model = process.make(order(write(tmp_path / "a.obj", obj_text())))
    assert isinstance(model.facts, ModelFacts)
    assert pixels(model.pictures[0]).shape == (24, 32, 3)
    pid = process.pid
    turned = process.make(order("cup/bare", views=2))
    assert len(turned.pictures) == 2
    hdri = process.make(order(builtin_hdris()[0], "hdri"))
    assert isinstance(hdri.facts, HdriFacts)
    assert [pixels(data).shape for data in hdri.pictures] == [(16, 32, 3), (16, 16, 3)]
    broken = process.make(order(write(tmp_path / "b.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n")))
    assert isinstance(broken.facts, BrokenFacts)
    assert not broken.facts.reason.startswith("/")
    assert process.pid == pid
    assert pid is not None
    assert os.getpriority(os.PRIO_PROCESS, pid) == 19


def test_pictures_need_no_blender(process: ThumbnailProcess, tmp_path: Path) -> None:
    Image.new("RGBA", (300, 100), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    Image.new("L", (40, 80), 128).save(tmp_path / "grey.jpg")
    clear = process.make(order(tmp_path / "clear.png", "texture"))
    assert clear.facts == PictureFacts(300, 100, "RGB with alpha")
    assert len(np.unique(pixels(clear.pictures[0])[..., 0])) == 2, "what is transparent shows squares"
    grey = process.make(order(tmp_path / "grey.jpg", "backdrop"))
    assert grey.facts == PictureFacts(40, 80, "grey")
    assert pixels(grey.pictures[0]).shape == (24, 12, 3)
    no = process.make(order(write(tmp_path / "no.png", b"hello"), "texture"))
    assert isinstance(no.facts, BrokenFacts)
    assert "its content is no picture" in no.facts.reason
    assert process.pid is not None
    maps = Path(f"/proc/{process.pid}/maps")
    if maps.exists():
        assert "/bpy/" not in maps.read_text()


def test_a_crash_is_told_and_the_next_asset_is_made(process: ThumbnailProcess, tmp_path: Path) -> None:
    write(tmp_path / "a.png", png_bytes())
    process.make(order(tmp_path / "a.png", "texture"))
    first = process.pid
    assert first is not None
    process.pause()
    result: list[Thumbnail] = []
    thread = threading.Thread(target=lambda: result.append(process.make(order(tmp_path / "a.png", "texture"))))
    thread.start()
    time.sleep(0.2)
    assert result == [], "a process that is paused makes nothing"
    os.kill(first, signal.SIGKILL)
    thread.join(20)
    assert isinstance(result[0].facts, BrokenFacts)
    assert "killed" in result[0].facts.reason
    assert not result[0].facts.lasting
    assert isinstance(process.make(order(tmp_path / "a.png", "texture")).facts, PictureFacts)
    assert process.pid != first


def test_one_that_hangs_is_ended(tmp_path: Path) -> None:
    write(tmp_path / "a.png", png_bytes())
    process = ThumbnailProcess(patience=15.0)
    try:
        process.make(order(tmp_path / "a.png", "texture"))
        assert process._line is not None
        process._line.connection.settimeout(0.5)
        hung = process.pid
        process.pause()
        made = process.make(order(tmp_path / "a.png", "texture"))
        assert isinstance(made.facts, BrokenFacts)
        assert "did not finish" in made.facts.reason
        assert process.pid is None
        assert hung is not None
        with pytest.raises(ProcessLookupError):
            os.kill(hung, 0)
    finally:
        process.end()


def test_pausing_and_going_on_loses_nothing(process: ThumbnailProcess, tmp_path: Path) -> None:
    write(tmp_path / "a.png", png_bytes())
    process.make(order(tmp_path / "a.png", "texture"))
    process.pause()
    threading.Timer(0.3, process.resume).start()
    assert isinstance(process.make(order(tmp_path / "a.png", "texture")).facts, PictureFacts)


def test_the_end_comes_at_once_within_a_render(process: ThumbnailProcess, tmp_path: Path) -> None:
    write(tmp_path / "a.png", png_bytes())
    process.make(order(tmp_path / "a.png", "texture"))
    process.pause()
    threading.Timer(0.3, process.end).start()
    began = time.monotonic()
    with pytest.raises(Interrupted):
        process.make(order(tmp_path / "a.png", "texture"))
    assert time.monotonic() - began < 10
    with pytest.raises(Interrupted):
        process.make(order(tmp_path / "a.png", "texture"))
    assert process.pid is None
