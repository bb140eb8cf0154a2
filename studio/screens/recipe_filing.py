"""The Recipe screen's files: where it begins, opening, saving, and another program that writes too."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from textual import on, work
from textual.message import Message

from engine.errors import RecipeError
from studio.recipe_memory import Memory
from studio.screens.recipe_panel import SubjectBar
from studio.screens.recipe_preview import PreviewView
from studio.screens.recipe_settling import RecipeSettling
from studio.screens.recipe_view import PictureCame, StateCame
from studio.watching import Watch, watch_file
from widgets.path_completion import complete_path
from widgets.prompt_bar import PromptBar

if TYPE_CHECKING:
    from engine.frame.spec import FrameSpec
    from studio.preview import PreviewSession
    from studio.preview_types import PreviewPicture
    from studio.recipe_session import Draft


class FileTouched(Message):
    """The file was written, moved or removed by somebody. Posted from the watcher's thread."""


class Then(NamedTuple):
    """A frame of a dataset that is to be seen again."""

    spec: FrameSpec
    request: int
    """The newest request of the preview before."""
    text: str
    """The recipe."""


class RecipeFiling(RecipeSettling):
    """Opens and saves."""

    def __init__(self) -> None:
        super().__init__()
        self._watch: Watch | None = None
        self._then: Then | None = None
        self.ready = asyncio.Event()
        """Set once a recipe is open."""

    # Beginning and end

    def on_mount(self) -> None:
        """Take up where the last run ended, once something is on the screen."""
        self.memory = Memory.of(self.studio.recall("recipe"))
        self.lay_out()
        self.preview.overlay = self.memory.overlay
        self.call_after_refresh(self._begin)

    async def _begin(self) -> None:
        import presets

        view = self.preview
        view.characters, view.colorless = self.studio.characters, self.app.no_color
        view.background = _rgb(self.app.theme_variables["background"])
        self.panel.ascii_only = self.query_one(SubjectBar).ascii_only = self.studio.settings.ascii or (
            self.studio.characters and not self.app.no_color
        )
        remembered = Path(self.memory.file) if self.memory.file else presets.find("basic")
        scroll = self.memory.scroll
        if not await self.open_file(remembered, quiet=True):
            await self.open_file(presets.find("basic"), quiet=True)
        self.panel.focus_path(self.memory.focus)
        self.panel.call_after_refresh(self.panel.scroll_to, y=scroll, animate=False)
        self.ready.set()

    def on_unmount(self) -> None:
        self.keep()
        if self._watch is not None:
            self._watch.stop()
        self.preview.close()

    def make_session(self, view: PreviewView) -> PreviewSession:
        """A session whose pictures come as messages."""
        from studio.preview import PreviewSession

        return PreviewSession(
            lambda picture: _post(view, PictureCame(picture)), lambda state: _post(view, StateCame(state))
        )

    # Files

    async def open_frame(self, recipe: Mapping[str, Any], seed: int, index: int, spec: FrameSpec | None = None) -> None:
        """Show a frame of a dataset: its recipe as one that was not saved yet, its seed and its number.

        It is said where that shows something else than `spec`, what was rendered then.
        """
        from studio.recipe_session import Draft
        from studio.recipe_text import recipe_text

        name = str(recipe.get("name") or "recipe")
        file = Path.cwd() / f"{name}-of-frame.toml"
        self.memory.seed, self.memory.index, self.memory.tiles, self.memory.locked = seed, index, 1, True
        before = self.preview.newest_request
        await self.open_file(file, draft=Draft("", recipe_text(recipe)))
        self._then = None if spec is None else Then(spec, before, self.session.text)
        if self.preview.newest_request == before and self.preview.newest is not None:  # it is what was seen anyway
            self._compare_with_then(self.preview.newest)

    @on(PictureCame)
    def _drawn_anew(self, event: PictureCame) -> None:
        if self._then is not None and event.picture.request_id > self._then.request:
            self._compare_with_then(event.picture)

    def _compare_with_then(self, picture: PreviewPicture) -> None:
        """Say where a frame of a dataset is drawn otherwise now, as long as its recipe was not changed here."""
        then, spec = self._then, picture.record.spec
        if then is None or picture.index != then.spec.index:
            return
        self._then = None
        if self.session.text != then.text or spec.seed != then.spec.seed:
            return
        from studio.recipe_entry import is_drawn_alike

        if not is_drawn_alike(spec, then.spec):
            self.notify(
                f"Frame {then.spec.index} is drawn otherwise now than when it was rendered: by another version of this "
                "program, or from another file. Its picture here is not the dataset's.",
                severity="warning", timeout=12,
            )  # fmt: skip

    async def open_file(self, file: Path, *, quiet: bool = False, draft: Draft | None = None) -> bool:
        """Edit another file, with the changes that were kept for it or a draft; those of this one are kept.

        False where it cannot be read.
        """
        from studio.recipe_session import Draft, RecipeSession  # after the first paint, as reading a recipe needs much

        self.keep()
        kept = self.memory.drafts.get(str(file))
        if draft is None and kept is not None:
            draft = Draft(kept.base, kept.text)
        try:
            session = RecipeSession(file, draft)
        except RecipeError as error:
            self.notify(str(error), severity="error", markup=False, timeout=10)
            return False
        self._session = session
        self.memory.note_file(file)
        self.comparing = self.full = False
        self._watch_file()
        await self.show_subject(self.memory.subject)
        await self.changed()
        self.look_at_file()
        if draft is not None and session.is_modified:
            if not quiet:
                self.notify("Your unsaved changes are here; R goes back to the file.")
            if self.trouble == "changed":
                self.settle_conflict()
        return True

    def _watch_file(self) -> None:
        if self._watch is not None:
            self._watch.stop()
        self._watch = None
        if not self.session.is_preset:
            self._watch = watch_file(self.session.file, lambda: _post(self, FileTouched()))
            self._watch.start()

    async def save(self) -> None:
        """Write the file."""
        try:
            self.session.save()
        except RecipeError as error:
            self.notify(str(error), severity="error", markup=False, timeout=10)
            return
        await self.saved()

    async def saved(self) -> None:
        """Say so, and what is wrong with it if something is."""
        self.memory.note_file(self.session.file)
        self._watch_file()
        await self.changed()
        self.look_at_file()
        wrong = " It cannot be rendered yet: see the setting marked with !." if self._problem else ""
        self.notify(f"{self.session.file.name} is saved.{wrong}", markup=False)

    @on(FileTouched)
    async def _file_touched(self) -> None:
        self.look_at_file()
        if self.session.file_state() != "changed" or self.asking:
            return
        if self.trouble == "changed":
            self.settle_conflict()
            return
        try:
            self.session.take_file()
        except RecipeError as error:
            self.notify(str(error), severity="warning", markup=False)
            return
        await self.changed()
        self.notify(f"{self.session.file.name} was changed by another program; its changes are here.", markup=False)

    @work
    async def action_open(self) -> None:
        from studio.screens.recipe_dialogs import OpenDialog

        recent = [Path(path) for path in self.memory.recent]
        path = await self.app.push_screen_wait(OpenDialog(recent, set(self.memory.drafts)))
        if path is not None:
            await self.open_file(path)

    @work
    async def action_save(self) -> None:
        if self.session.is_preset:
            self.notify("A preset stays as it is: choose a name for your copy.")
            self.action_save_as()
        elif self.session.file_state() == "changed":
            self.settle_conflict(saving=True)
        else:
            await self.save()

    def action_save_as(self) -> None:
        folder = Path.cwd() if self.session.is_preset else self.session.file.parent
        name = "my-recipe" if self.session.is_preset else f"{self.session.name}-2"
        self.query_one(PromptBar).ask("save as", "save as", str(folder / f"{name}.toml"), complete=complete_path)

    async def take_name(self, text: str) -> str:
        """Save under another name that was typed; a sentence on why it cannot be."""
        file = Path(text).expanduser().absolute()
        if not text or not file.name:
            return "type the path of a new .toml file"
        try:
            self.session.save_as(file if file.suffix == ".toml" else file.with_name(f"{file.name}.toml"))
        except RecipeError as error:
            return str(error)
        await self.saved()
        return ""


def _post(target: Any, message: Message) -> None:
    """Post from another thread; a screen that is gone hears nothing."""
    with contextlib.suppress(Exception):
        target.post_message(message)


def _rgb(color: str) -> tuple[int, int, int]:
    from textual.color import Color

    return Color.parse(color).rgb
