"""The app: screens over one dataset or none, its themes, and its actions in the command palette."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from engine.dataset.read import Dataset
from studio.actions import bindings, in_scope, keys_text
from studio.browser import Browser
from studio.frames import FrameCache
from studio.recent import remember
from studio.screens.inspect import InspectScreen
from studio.themes import DARK, THEMES


class StudioApp(App[None]):
    """Opens with a dataset, or with the list of those there are."""

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
    ) -> None:
        """`characters` asks for pictures made of characters instead of half blocks."""
        super().__init__()
        self._dataset = dataset
        self._cache = cache
        self._browser = browser
        self._characters = characters or self.no_color
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK.name

    def get_default_screen(self) -> Screen[None]:
        """The first screen."""
        if self._dataset is None:
            from studio.screens.welcome import WelcomeScreen

            return WelcomeScreen()
        return InspectScreen(self._dataset, self._cache, self._browser, characters=self._characters)

    def on_mount(self) -> None:
        """Leave the terminal as it was when the process is told to end."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit)

    def open_dataset(self, path: Path) -> None:
        """Inspect the dataset in a folder; raises DatasetError where there is none."""
        dataset = Dataset.open(path)
        remember(path, dataset.manifest.name)
        self.push_screen(InspectScreen(dataset, characters=self._characters, can_leave=True))

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
