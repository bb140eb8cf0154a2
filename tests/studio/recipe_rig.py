"""The app at its Recipe screen, with a preview that paints instead of starting Blender."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import Button

import presets
from studio import recipe_parameters
from studio.app import StudioApp
from studio.engine_feed import EngineFeed
from studio.preview_types import PreviewPicture, PreviewRequest, PreviewState
from studio.screens.common import TitleBar
from studio.screens.recipe import RecipeScreen
from tests.factory import make_passes, make_record, make_spec
from tests.studio.screens import until

type RecipeTest = Callable[[Pilot[None], RecipeScreen], Awaitable[None]]


class FakeSession:
    """Answers every request at once, from another thread, as the real one does. `answers` can hold that back."""

    made: list[FakeSession]
    answers = True

    def __init__(
        self, on_picture: Callable[[PreviewPicture], None], on_state: Callable[[PreviewState], None], **_: Any
    ) -> None:
        self.on_picture, self.on_state = on_picture, on_state
        self.asked: list[PreviewRequest] = []
        self.closed = False
        FakeSession.made.append(self)

    def ask(self, request: PreviewRequest) -> int:
        """Render a request."""
        assert not self.closed
        self.asked.append(request)
        number = len(self.asked)
        if self.answers:
            thread = threading.Thread(target=self.answer, args=(number, request))
            thread.start()
            thread.join()
        return number

    def answer(self, number: int, request: PreviewRequest) -> None:
        """Send what a request asks for."""
        for index in request.indices:
            self.on_picture(picture(number, request, index))
        self.say("ready", "ready", number)

    def say(self, kind: Any, text: str, number: int, **more: Any) -> None:
        """Send a state."""
        self.on_state(PreviewState(kind, text, number, "cycles", "CPU", "no GPU", **more))

    def close(self, timeout: float = 0) -> None:
        """End."""
        self.closed = True


def picture(number: int, request: PreviewRequest, index: int) -> PreviewPicture:
    """A painted frame of the size that was asked for."""
    width, height = request.recipe["render"]["resolution"]
    scale = min(request.width / width, request.height / height)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    spec = make_spec(index, seed=request.seed % 1000, width=size[0], height=size[1], instances=3)
    spec = msgspec.structs.replace(spec, drawn={})
    passes = make_passes(spec)
    samples = request.recipe["render"]["samples"] if request.full else request.samples
    return PreviewPicture(
        number, index, passes.rgb, passes.instance_id, make_record(spec, passes), samples, samples, 0.042,
        "cycles", "CPU", True, request.full,
    )  # fmt: skip


@pytest.fixture
def preview(monkeypatch: pytest.MonkeyPatch) -> type[FakeSession]:
    """Put the fake in the place of the preview session; no engine is listened to."""
    monkeypatch.setattr(FakeSession, "made", [], raising=False)
    monkeypatch.setattr("studio.preview.PreviewSession", FakeSession)
    monkeypatch.setattr(EngineFeed, "start", lambda _self: None)
    return FakeSession


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recipe of the test's own in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "cups.toml"
    path.write_text(presets.find("basic").read_text())
    return path


def run_recipe(
    test: RecipeTest, file: Path | None = None, size: tuple[int, int] = (120, 40), **options: Any
) -> StudioApp:
    """Run a test on the screen once a recipe is open and its picture is there."""
    app = StudioApp(start="recipe", **options)

    async def run() -> None:
        async with app.run_test(size=size) as plain:
            pilot = cast("Pilot[None]", plain)
            screen = cast("RecipeScreen", app.screen)
            await until(pilot, screen.ready.is_set)
            if file is not None:
                await screen.open_file(file)
            await quiet(pilot)
            await test(pilot, screen)

    asyncio.run(run())
    return app


async def quiet(pilot: Pilot[None]) -> None:
    """Let what was pressed take effect, the picture included."""
    for _ in range(3):
        await pilot.pause(0.03)


def asked() -> list[PreviewRequest]:
    """All that was asked of the newest preview session."""
    return FakeSession.made[-1].asked


def title(screen: RecipeScreen) -> str:
    """The first line."""
    return str(screen.query_one("#title", TitleBar).render())


async def watched(pilot: Pilot[None], screen: RecipeScreen) -> None:
    """Wait until the file is watched."""
    await until(pilot, lambda: screen._watch is not None and screen._watch.polled is not None)


async def choose(pilot: Pilot[None], button: str) -> None:
    """Press a button of a dialog once it is there."""
    await until(pilot, lambda: bool(pilot.app.screen.query(button)))
    pilot.app.screen.query_one(button, Button).press()


async def focus(pilot: Pilot[None], screen: RecipeScreen, path: str) -> None:
    """Go to a setting, whatever its subject."""
    subject = next(item.subject for item in recipe_parameters.parameters(9) if item.path == path)
    await screen.show_subject(subject)
    screen.panel.focus_path(path)
    await pilot.pause()
