"""The app: its four screens, each kept as it was left, its themes, and its actions in the command palette."""

from __future__ import annotations

import asyncio
import importlib
import signal
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from engine.dataset.read import Dataset
from studio.actions import OWNERS, bindings, in_scope, keys_text
from studio.browser import Browser
from studio.frames import FrameCache
from studio.recent import remember
from studio.tabs import SCREENS
from studio.themes import DARK, THEMES


class StudioApp(App[None]):
    """Opens with one of its screens. Each is made when it is first gone to, and has a stack of its own above it."""

    TITLE = "Dataset Studio"
    CSS_PATH = "styles/app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(
        self,
        dataset: Dataset | None = None,
        cache: FrameCache | None = None,
        browser: Browser | None = None,
        *,
        characters: bool = False,
        start: str = "library",
    ) -> None:
        """`dataset` opens in Inspect at once; otherwise `start`, a name of `studio.tabs.SCREENS`, comes first.

        `characters` asks for pictures made of characters instead of half blocks.
        """
        self.DEFAULT_MODE = "inspect" if dataset is not None else start  # type: ignore[misc]
        super().__init__()
        self._dataset = dataset
        self._cache = cache
        self._browser = browser
        self._characters = characters or self.no_color
        for name in SCREENS:
            self.add_mode(name, partial(self._make_screen, name))
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK.name

    def _make_screen(self, name: str) -> Screen[Any]:
        """The screen of that name."""
        if name == "inspect" and self._dataset is not None:
            from studio.screens.inspect import InspectScreen

            return InspectScreen(self._dataset, self._cache, self._browser, characters=self._characters)
        module, _, cls = ("studio.screens.welcome:WelcomeScreen" if name == "inspect" else OWNERS[name]).partition(":")
        screen: Screen[Any] = getattr(importlib.import_module(module), cls)()
        return screen

    def on_mount(self) -> None:
        """Leave the terminal as it was when the process is told to end."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit)

    def open_dataset(self, path: Path) -> None:
        """Inspect the dataset in a folder; raises DatasetError where there is none."""
        dataset = Dataset.open(path)
        remember(path, dataset.manifest.name)
        from studio.screens.inspect import InspectScreen

        self.push_screen(InspectScreen(dataset, characters=self._characters, can_leave=True))

    async def action_show(self, name: str) -> None:
        """Go to one of the four screens."""
        if name not in OWNERS:
            self.notify(f"There is no {SCREENS[name]} screen yet.", severity="warning")
            return
        await self.switch_mode(name)

    def action_help(self) -> None:
        """Show the keys of the current screen."""
        from studio.screens.help import HelpScreen

        self.push_screen(HelpScreen(getattr(self.screen, "SCOPES", ("app",))))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The actions of the list that hold on the screen; themes and quitting."""
        for scope in getattr(screen, "SCOPES", ("app",)):
            for action in in_scope(scope):
                if action.palette:
                    run = partial(screen.run_action if scope != "app" else self.run_action, action.run)
                    yield SystemCommand(action.help.rstrip("."), keys_text(action), run)
        yield SystemCommand("Choose the colours", "theme", self.action_change_theme)
        yield SystemCommand("Leave the program", "q", self.action_quit)
