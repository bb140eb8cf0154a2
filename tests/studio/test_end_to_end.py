"""A whole visit in a real terminal with real renders: from a model in a folder to labelled frames on the screen."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.dataset.read import Dataset
from engine.queue.lifecycle import engine_process, is_running, stop_engine
from tests.queue.loopback_ssh import LoopbackSsh
from tests.studio.terminal import REPOSITORY, Pixels, Terminal, login_line

PREVIEW = "frame 0 · seed"
"""How the title of the preview's pane begins."""


@pytest.fixture(autouse=True)
def _no_engine_left() -> Iterator[None]:
    yield
    if is_running():
        stop_engine(now=True)


def library_folder(parent: Path) -> Path:
    """A folder with a model of one's own: a wedge, 10 cm wide."""
    folder = parent / "models"
    folder.mkdir()
    corners = [(x, y, z) for x in (0, 0.1) for y in (0, 0.1) for z in (0, 0.08)][:-1]
    faces = [(1, 3, 4, 2), (1, 2, 6, 5), (1, 5, 7, 3), (2, 4, 6), (3, 7, 4), (4, 7, 6), (5, 6, 7)]
    lines = [f"v {x} {y} {z}" for x, y, z in corners] + [f"f {' '.join(map(str, face))}" for face in faces]
    (folder / "wedge.obj").write_text("\n".join(lines) + "\n")
    return folder


def picture(terminal: Terminal, title: str) -> Pixels:
    """What the pane with this title shows, as pixels."""
    return terminal.screen.pixels(*terminal.screen.pane(title))


def is_a_picture(pixels: Pixels) -> bool:
    """Whether it has many colours, as a render has and an empty pane has not."""
    return len(np.unique(pixels.reshape(-1, 3), axis=0)) > 200


def finished_preview(terminal: Terminal) -> Pixels:
    """Wait until the preview has all its samples and the screen is still; returns it."""
    terminal.wait_until(
        lambda: re.search(r"(Cycles|EEVEE) · \d+ samples", terminal.text) and is_a_picture(picture(terminal, PREVIEW)),
        "a finished preview",
    )
    terminal.wait_quiet()
    return picture(terminal, PREVIEW)


def choose_model(terminal: Terminal, folder: Path) -> None:
    """Add a folder to the library, find the model in it, and send it to the recipe."""
    terminal.wait_for("[1 Library]", "courtyard")
    terminal.press("o")
    terminal.wait_for("folder")
    terminal.send(f"{folder}\r")
    terminal.wait_for("Models 5")
    terminal.send("/wedge\r")
    terminal.wait_for("1 found", "10.0 × 8.00 × 10.0 cm")
    terminal.wait_until(lambda: is_a_picture(picture(terminal, "wedge.obj")), "the model's thumbnail")
    terminal.press("enter")
    terminal.wait_for("[2 Recipe]", "wedge.obj")


def find_setting(terminal: Terminal, words: str, *, label: str) -> None:
    """Show one setting of the recipe alone, with the focus on it."""
    terminal.press("/")
    terminal.wait_for("find a setting")
    terminal.send(f"{words}\r")
    terminal.wait_for(f"/{words} ─", f"▌ {label}")


def all_settings(terminal: Terminal) -> None:
    """Show all settings again."""
    terminal.press("escape")
    terminal.wait_until(lambda: "╭─ /" not in terminal.text, "the search is closed")


def type_value(terminal: Terminal, text: str) -> None:
    """Replace the value of the setting that has the focus."""
    row = terminal.screen.find("▌ ")[1]
    before = terminal.screen.cells(0, row, 40, 1)
    terminal.press("enter")
    terminal.wait_until(lambda: terminal.screen.cells(0, row, 40, 1) != before, "a value can be typed")
    terminal.send("\x15")
    terminal.send(f"{text}\r")


def set_small_frames(terminal: Terminal) -> None:
    """Make the full render tiny; the preview is as it was."""
    find_setting(terminal, "resolution", label="resolution")
    type_value(terminal, "64 x 48")
    terminal.wait_for("•resolution")
    all_settings(terminal)
    find_setting(terminal, "render.samples", label="samples")
    type_value(terminal, "2")
    terminal.wait_until(lambda: re.search(r"•samples +2 ", terminal.text), "two samples")
    all_settings(terminal)


def brighten(terminal: Terminal) -> None:
    """Move both thumbs of the exposure to the right; the preview follows and is brighter; undone, it is as before."""
    before = finished_preview(terminal)
    find_setting(terminal, "camera.exposure", label="exposure")
    terminal.press("tab", *"LLLLL")
    terminal.press("shift+tab", *"LLLLL")
    terminal.wait_for("•exposure")
    terminal.wait_until(
        lambda: picture(terminal, PREVIEW).astype(float).mean() > before.mean() + 8, "a brighter preview"
    )
    after = finished_preview(terminal)
    assert after.shape == before.shape
    assert np.mean(np.any(after != before, axis=-1)) > 0.5
    all_settings(terminal)


def queue_frames(terminal: Terminal, out: Path, count: int) -> None:
    """Put frames into the queue, and go there."""
    terminal.press("a")
    terminal.wait_for("Put frames into the queue")
    terminal.send(f"{count}")
    row = terminal.screen.find("folder  ")[1]
    before = terminal.screen.cells(0, row, 120, 1)
    terminal.press("down")
    terminal.wait_until(lambda: terminal.screen.cells(0, row, 120, 1) != before, "the focus is on the folder")
    terminal.send(f"{out}")
    terminal.wait_for(f"{out}", "estimate")
    terminal.press("enter")
    terminal.wait_until(lambda: "Put frames into" not in terminal.text, "the dialog closes")
    terminal.send("\x1b3")  # Alt+3: on a slider a digit begins a value
    terminal.wait_for("[3 Queue]")


def see_frames_finished(terminal: Terminal, count: int) -> None:
    """Watch the frames of a job being finished."""
    terminal.wait_for("[3 Queue]", f"{count}/{count}", "done")
    terminal.wait_until(lambda: is_a_picture(picture(terminal, "Frame ")), "the newest frame")


def inspect_overlays(terminal: Terminal, count: int) -> None:
    """Look at the frames of the job; boxes change cells when they are switched off, and the same ones back."""
    terminal.press("enter")
    terminal.wait_for("[4 Inspect]", f"(1st of {count})", "wedge")
    title = "Colour"
    terminal.wait_until(lambda: is_a_picture(picture(terminal, title)), "the frame's picture")
    terminal.wait_quiet(2.0)
    shown = picture(terminal, title)
    terminal.press("b")
    terminal.wait_for("○boxes")
    terminal.wait_until(lambda: np.any(picture(terminal, title) != shown), "the boxes go")
    terminal.press("b")
    terminal.wait_for("●boxes")
    terminal.wait_until(lambda: np.array_equal(picture(terminal, title), shown), "the boxes are back")


def studio(*arguments: str) -> Any:
    """The JSON document of a command."""
    done = subprocess.run(
        [sys.executable, "-m", "studio", *arguments, "--json"],
        capture_output=True, text=True, check=True, cwd=REPOSITORY,
    )  # fmt: skip
    return json.loads(done.stdout)


def leave(terminal: Terminal) -> None:
    """Quit the program."""
    terminal.press("q")
    assert terminal.wait_for_end() == 0
    assert "Traceback" not in terminal.text


def assert_wedges(out: Path, count: int) -> None:
    """All frames are there, with the model's labels."""
    dataset = Dataset.open(out)
    assert dataset.indices() == list(range(count))
    assert {item.class_name for index in range(count) for item in dataset.record(index).instances} == {"wedge"}


@pytest.mark.slow
def test_from_a_model_to_labelled_frames(tmp_path: Path, user_folders: Path) -> None:
    out = user_folders / "wedges"
    with Terminal.studio() as terminal:
        choose_model(terminal, library_folder(user_folders))
        set_small_frames(terminal)
        brighten(terminal)
        queue_frames(terminal, out, 3)
        see_frames_finished(terminal, 3)
        inspect_overlays(terminal, 3)
        leave(terminal)
    assert studio("engine", "status")["running"] is True
    assert_wedges(out, 3)
    subprocess.run([sys.executable, "-m", "studio", "engine", "stop"], check=True, cwd=REPOSITORY)
    assert not is_running()


@pytest.mark.long
@pytest.mark.slow
def test_the_same_over_ssh_with_the_line_cut_while_frames_render(tmp_path: Path, user_folders: Path) -> None:
    out, count = user_folders / "wedges", 30
    with LoopbackSsh(tmp_path) as server:
        with Terminal(server.login(login_line(), terminal=True)) as terminal:
            choose_model(terminal, library_folder(user_folders))
            set_small_frames(terminal)
            brighten(terminal)
            queue_frames(terminal, out, count)
            terminal.wait_until(lambda: re.search(rf"[1-9][0-9]*/{count}", terminal.text), "the first frames")
            engine = engine_process()
            server.kill_sessions()
            terminal.wait_for_end()
        assert engine_process() == engine
        assert len(Dataset.open(out).indices()) < count, "the line was cut too late to tell anything"
        with Terminal(server.login(login_line(), terminal=True)) as terminal:
            see_frames_finished(terminal, count)
            inspect_overlays(terminal, count)
            leave(terminal)
    assert engine_process() == engine
    assert_wedges(out, count)
