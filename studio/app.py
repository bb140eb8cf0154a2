"""The app: its four screens, each kept as it was left, its themes, and its actions in the command palette."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.filter import LineFilter
from textual.message import Message
from textual.reactive import Reactive
from textual.screen import Screen
from textual.signal import Signal

from engine.errors import BadInput
from studio.actions import OWNERS, Action, bindings, in_scope, key_name, keys_text
from studio.ascii_marks import AsciiFilter
from studio.departure import Departure
from studio.engine_feed import EngineFeed
from studio.key_order import OrderedKeysApp
from studio.notices import NoticesApp
from studio.readonly import READONLY, changes_something
from studio.settings import Settings, settings_path
from studio.state import Memory
from studio.stylesheet import QuickStylesheet
from studio.tabs import SCREENS
from studio.themes import DARK, THEMES
from widgets.graphics import BLOCKS, Graphics
from widgets.pictures_app import PicturesApp

if TYPE_CHECKING:
    from textual.driver import Driver

    from engine.dataset.manifest import AssetEntry
    from engine.dataset.source import FrameSource
    from engine.frame.spec import FrameSpec
    from engine.queue.door_messages import AnyChange
    from studio.browser import Browser
    from studio.engine_link import EngineView, Gone
    from studio.frames import FrameCache

SAVE_SECONDS = 2.0
"""How long what screens keep may wait before it is written."""

PICTURE_SECONDS = 0.5
"""Time that a dataset's first picture has for itself before the engine is looked for."""

GATHER_SECONDS = 0.15
"""Changes of the engine this close together are shown at once."""


class StudioApp(PicturesApp, NoticesApp, OrderedKeysApp):
    """Opens with one of its screens. Each is made when it is first gone to, and has a stack of its own above it."""

    TITLE = "Dataset Studio"
    CSS_PATH = "styles/app.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]
    SCOPES: ClassVar[tuple[str, ...]] = ("app",)
    COMMAND_PALETTE_BINDING = "ctrl+p"
    theme: Reactive[str] = Reactive(DARK.name, init=False)
    """Not looked at again when the app has begun: all would be styled a second time before the first paint."""

    class EngineNews(Message):
        """The feed has changes of the engine."""

    def __init__(
        self,
        dataset: FrameSource | None = None,
        cache: FrameCache | None = None,
        browser: Browser | None = None,
        *,
        characters: bool = False,
        start: str = "",
        settings: Settings | None = None,
        readonly: bool = False,
        graphics: Graphics = BLOCKS,
        driver: type[Driver] | None = None,
    ) -> None:
        """`dataset` opens in Inspect at once; otherwise `start`, a name of `SCREENS`, or the screen of last time.

        Args:
            characters: ask for pictures made of characters instead of half blocks.
            start: the first screen; empty for the one of last time.
            settings: what the user prefers; the usual when left out.
            readonly: refuse every action that changes the queue or files.
            graphics: how pictures are shown, but for `ascii` of the settings.
            driver: what stands between the app and the terminal; Textual's own when left out.

        Raises:
            BadInput: the settings name a theme that does not exist.
        """
        self.memory = Memory()
        last = self.memory.recall("app").get("screen")
        first = start or (last if isinstance(last, str) and last in SCREENS else "library")
        self.DEFAULT_MODE = "inspect" if dataset is not None else first  # type: ignore[misc]
        super().__init__()
        self.driver_class = driver or self.driver_class
        self.settings = settings or Settings()
        self.readonly = readonly
        self.graphics = graphics
        self.ascii = characters or self.settings.ascii or graphics.way == "ascii"
        self.characters = self.ascii or self.no_color
        self._ascii_filter = AsciiFilter()
        self.added_job: int | None = None
        """The job added last from here, until the Queue screen has put its cursor on it."""
        self.engine: EngineView | None = None
        """What is known of the engine; None until it, or its absence, was first heard of."""
        self.engine_changed: Signal[EngineView] = Signal(self, "engine-changed")
        """Published whenever `engine` has changed, several changes at once where they come fast."""
        self.engine_heard: Signal[AnyChange | Gone] = Signal(self, "engine-heard")
        """Published with each change by itself, before `engine_changed`."""
        self._feed = EngineFeed(lambda: self.post_message(self.EngineNews()))
        self._dataset, self._cache, self._browser = dataset, cache, browser
        for name in SCREENS:
            if name != self.DEFAULT_MODE:
                self.add_mode(name, partial(self._make_screen, name))
        self._set_looks()

    def _set_looks(self) -> None:
        for theme in THEMES:
            self.register_theme(theme)
        if self.settings.theme and self.settings.theme not in self.available_themes:
            raise BadInput(
                f"{settings_path()}: theme: there is no theme '{self.settings.theme}'; there are "
                f"{', '.join(sorted(self.available_themes))}."
            )
        self._chosen_theme = self._last_theme()
        self._first_theme = self.theme = self.settings.theme or self._chosen_theme or DARK.name
        for name, is_on in (("-dark-mode", self.current_theme.dark), ("-light-mode", not self.current_theme.dark)):
            self.set_class(is_on, name, update=False)
        self.stylesheet = QuickStylesheet(variables=self.get_css_variables())
        self.set_keymap({action_id: ",".join(keys) for action_id, keys in self.settings.keys.items()})

    def _last_theme(self) -> str:
        """The theme that was chosen last in the palette; empty where none was, or where it is gone."""
        last = self.memory.recall("app").get("theme")
        return last if isinstance(last, str) and last in self.available_themes else ""

    def get_default_screen(self) -> Screen[Any]:
        """The first screen.

        It is no mode of Textual's until now: those begin to run before they are on the stack, and an Input does not
        bear that when there is no other screen.
        """
        screen = self._make_screen(self.DEFAULT_MODE)
        self.add_mode(self.DEFAULT_MODE, partial(self._make_screen, self.DEFAULT_MODE))
        for path in screen.css_path:
            self.stylesheet.read(path)
        if screen.css_path:
            self.stylesheet.reparse()
        return screen

    def _make_screen(self, name: str) -> Screen[Any]:
        """The screen of that name."""
        if name == "inspect" and self._dataset is not None:
            from studio.screens.inspect import InspectScreen

            return InspectScreen(self._dataset, self._cache, self._browser, characters=self.characters)
        module, _, cls = ("studio.screens.welcome:WelcomeScreen" if name == "inspect" else OWNERS[name]).partition(":")
        screen: Screen[Any] = getattr(importlib.import_module(module), cls)()
        return screen

    def on_mount(self) -> None:
        if not self.is_headless:
            Departure(self)
        self.set_interval(SAVE_SECONDS, self._save)
        if self._dataset is None:
            self.call_after_refresh(self._feed.start)
        else:
            self.set_timer(PICTURE_SECONDS, self._feed.start)

    def on_unmount(self) -> None:
        self._feed.stop()
        # A theme of the settings is none that was chosen here: without it, the one before comes back.
        theme = self._chosen_theme if self.theme == self._first_theme else self.theme
        self.memory.keep("app", {"screen": self.current_mode} | ({"theme": theme} if theme else {}))
        self.memory.save()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What each drawn line goes through."""
        return [*super().get_line_filters(), *([self._ascii_filter] if self.ascii else [])]

    async def on_event(self, event: events.Event) -> None:
        """While the screen does not fit and so is not seen, only changing screens and quitting work."""
        typed = isinstance(event, events.Key | events.Paste) and not event.is_forwarded
        if not (typed and self.screen.has_class("-too-small")):
            await super().on_event(event)
        elif isinstance(event, events.Key):
            found = self.screen.active_bindings.get(event.key)
            if found is not None and found.binding.action.startswith(("quit", "show(")):
                await self.run_action(found.binding.action, self)

    # What screens keep between runs

    def recall(self, name: str) -> dict[str, Any]:
        """What a screen kept under its name in this run or the last; empty where it kept nothing."""
        return self.memory.recall(name)

    def keep(self, name: str, values: dict[str, Any]) -> None:
        """Keep plain values (what JSON can hold) for a screen; they are on disk within seconds."""
        self.memory.keep(name, values)

    @work(thread=True, exclusive=True, group="memory", exit_on_error=False)
    def _save(self) -> None:
        self.memory.save()

    # The engine

    def on_studio_app_engine_news(self) -> None:
        """Wait a little: changes come in bunches."""
        self.set_timer(GATHER_SECONDS, self._take_news)

    def _take_news(self) -> None:
        self.take_changes(self._feed.take())

    def take_changes(self, changes: Iterable[AnyChange | Gone]) -> None:
        """Learn of changes of the engine, say what is worth a notice, and tell the screens."""
        from studio.engine_link import EngineView
        from studio.engine_toasts import Told, toasts

        if self.engine is None:
            self.engine = EngineView()
        before = Told.of(self.engine)
        for change in changes:
            self.engine.take(change)
            self.engine_heard.publish(change)
        for toast in toasts(before, self.engine):
            self.notify(toast.text, severity=toast.severity, markup=False)
        self.engine_changed.publish(self.engine)

    # Actions

    def open_dataset(self, path: Path, coco: Path | None = None) -> None:
        """Inspect the dataset in a folder, or the pictures there of a COCO file; raises DatasetError."""
        from studio.opening import open_source
        from studio.recent import remember
        from studio.screens.inspect import InspectScreen

        dataset = open_source(path, coco)
        remember(path, dataset.name, coco)
        self.push_screen(InspectScreen(dataset, characters=self.characters, can_leave=True))

    async def inspect_folder(self, path: Path) -> None:
        """Go to the Inspect screen with the dataset in a folder; raises DatasetError where there is none."""
        from engine.dataset.read import Dataset

        Dataset.open(path)
        self.keep("inspect", self.recall("inspect") | {"open": False})  # this one comes in place of that of last time
        await self.switch_mode("inspect")
        self.open_dataset(path)

    def open_in_recipe(
        self,
        recipe: Mapping[str, Any],
        seed: int,
        index: int,
        assets: Sequence[AssetEntry] = (),
        spec: FrameSpec | None = None,
    ) -> None:
        """Show a frame of a dataset in the Recipe screen, drawn anew from its recipe.

        `assets` are the dataset's, `spec` is the frame's.
        """
        from studio.recipe_entry import open_in_recipe

        self.run_worker(open_in_recipe(self, recipe, seed, index, assets, spec), exclusive=True, group="send")

    async def action_show(self, name: str) -> None:
        """Go to one of the four screens."""
        await self.switch_mode(name)

    async def run_action(
        self, action: Any, default_namespace: DOMNode | None = None, namespaces: Mapping[str, DOMNode] | None = None
    ) -> bool:
        """Perform an action, unless it would change something and that may not be changed now."""
        if changes_something(action, default_namespace):
            refusal = READONLY if self.readonly else getattr(default_namespace, "refusal", _no_refusal)(action)
            if refusal:
                self.notify(refusal, severity="warning", markup=False)
                return True
        return await super().run_action(action, default_namespace, namespaces)

    def action_help(self) -> None:
        """Show the keys that hold where the focus is, then those of the screen, then those of the app."""
        from studio.screens.help import HelpScreen

        self.push_screen(HelpScreen(self.scopes_in_force(), self.settings.keys))

    def scopes_in_force(self) -> list[str]:
        """Scopes of actions from the focused widget outwards, then the screen's other ones."""
        nodes = list(self.focused.ancestors_with_self) if self.focused is not None else [self.screen, self]
        found = [scope for node in nodes for scope in getattr(node, "SCOPES", ()) if scope != "app"]
        return [*dict.fromkeys(found), "app"]

    def get_key_display(self, binding: Binding) -> str:
        """A key as the program writes it, also where the settings gave another one."""
        return binding.key_display or key_name(binding.key)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The actions of the list that hold on the screen; themes and quitting."""
        for scope in getattr(screen, "SCOPES", ("app",)):
            for action in in_scope(scope):
                if action.palette:
                    run = partial(screen.run_action if scope != "app" else self.run_action, action.run)
                    yield SystemCommand(_findable(action), keys_text(action, self.settings.keys), run)
        yield SystemCommand("Choose the colours (theme)", "", self.action_change_theme)
        yield SystemCommand("Leave the program (quit)", "q", self.action_quit)


def _no_refusal(_action: str) -> str:
    return ""


def _findable(action: Action) -> str:
    """What an action does, with its name in the footer, so that the palette finds it by either."""
    said = action.help.rstrip(".")
    return said if action.label.lower() in said.lower() else f"{said} ({action.label})"
