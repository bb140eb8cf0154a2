"""What the Recipe screen holds and keeps in step: the session, the controls, the picture, the file, the memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from rich.text import Text
from textual import on, work
from textual.message import Message

from engine.errors import RecipeError
from engine.recipe.reader import FieldError
from studio.recipe_memory import Memory
from studio.recipe_parameters import Parameter, parameters, subjects
from studio.recipe_session import Draft, RecipeSession
from studio.recipe_text import recipe_text
from studio.screens.common import SizedScreen, StatusLine, TitleBar
from studio.screens.recipe_panel import ControlPanel, SubjectBar
from studio.screens.recipe_preview import PictureCame, PreviewView, StateCame, View
from studio.watching import Watch, watch_file

if TYPE_CHECKING:
    from engine.recipe.model import Recipe
    from studio.app import StudioApp
    from studio.preview import PreviewSession
    from studio.queueing import Measured


class FileTouched(Message):
    """The file was written, moved or removed by somebody. Posted from the watcher's thread."""


class RecipeEditing(SizedScreen):
    """The state of the screen; its keys are in `RecipeScreen`."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = Memory()
        self.words = ""
        self.comparing = False
        self.full = False
        self._session: RecipeSession | None = None
        self._watch: Watch | None = None
        self._problem: tuple[str, str] | None = None
        self._recipe: Recipe | None = None
        self._asking = False
        self._view: PreviewView | None = None
        self.ready = asyncio.Event()
        """Set once a recipe is open."""

    @property
    def studio(self) -> StudioApp:
        """The app, with what it keeps for its screens."""
        return cast("StudioApp", self.app)

    @property
    def session(self) -> RecipeSession:
        """The recipe that is being edited."""
        assert self._session is not None, "the screen is not ready yet"
        return self._session

    @property
    def panel(self) -> ControlPanel:
        """The controls."""
        return self.query_one(ControlPanel)

    @property
    def source(self) -> str:
        """What the queue calls the recipe: a preset's name or the file's path."""
        return self.session.name if self.session.is_preset else str(self.session.file)

    # Beginning and end

    def on_mount(self) -> None:
        """Take up where the last run ended, once something is on the screen."""
        self.memory = Memory.of(self.studio.recall("recipe"))
        self.lay_out()
        self.query_one("#preview", PreviewView).overlay = self.memory.overlay
        self.call_after_refresh(self._begin)

    async def _begin(self) -> None:
        import presets

        view = self._view = self.query_one("#preview", PreviewView)
        view.characters, view.colorless = self.studio.characters, self.app.no_color
        view.background = _rgb(self.app.theme_variables["background"])
        self.panel.ascii_only = self.studio.settings.ascii or (self.studio.characters and not self.app.no_color)
        remembered = Path(self.memory.file) if self.memory.file else presets.find("basic")
        if not await self.open_file(remembered, quiet=True):
            await self.open_file(presets.find("basic"), quiet=True)
        self.panel.focus_path(self.memory.focus)
        self.ready.set()

    def on_unmount(self) -> None:
        self._keep()
        if self._watch is not None:
            self._watch.stop()
        if self._view is not None:
            self._view.close()

    def make_session(self, view: PreviewView) -> PreviewSession:
        """A session whose pictures come as messages."""
        from studio.preview import PreviewSession

        return PreviewSession(
            lambda picture: _post(view, PictureCame(picture)), lambda state: _post(view, StateCame(state))
        )

    def _keep(self) -> None:
        """Let the next start find all this."""
        if self._session is None:
            return
        self.memory.note_draft(self.session.file, self.session.base, self.session.text)
        self.studio.keep("recipe", self.memory.plain())

    # Files

    async def open_frame(self, recipe: Mapping[str, Any], seed: int, index: int) -> None:
        """Show a frame of a dataset: its recipe as one that was not saved yet, its seed and its number."""
        name = str(recipe.get("name") or "recipe")
        file = Path.cwd() / f"{name}-of-frame.toml"
        self.memory.seed, self.memory.index, self.memory.tiles, self.memory.locked = seed, index, 1, True
        await self.open_file(file, draft=Draft("", recipe_text(recipe)))

    async def open_file(self, file: Path, *, quiet: bool = False, draft: Draft | None = None) -> bool:
        """Edit another file, with the changes that were kept for it or a draft; those of this one are kept.

        False where it cannot be read.
        """
        self._keep()
        kept = self.memory.drafts.get(str(file))
        if draft is None and kept is not None:
            draft = Draft(kept.base, kept.text)
        try:
            session = RecipeSession(file, draft)
        except RecipeError as error:
            if not quiet or file.exists():
                self.notify(str(error), severity="error", markup=False, timeout=10)
            return False
        self._session = session
        self.memory.note_file(file)
        self.comparing = self.full = False
        self._watch_file()
        await self.show_subject(self.memory.subject)
        await self.changed()
        if draft is not None and session.is_modified:
            if not quiet:
                self.notify("Your unsaved changes are here; R goes back to the file.")
            if session.file_state() == "changed":
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
        wrong = " It cannot be rendered yet: see the setting marked with !." if self._problem else ""
        self.notify(f"{self.session.file.name} is saved.{wrong}", markup=False)

    @on(FileTouched)
    async def _file_touched(self) -> None:
        state = self.session.file_state()
        if state == "same" or self._asking:
            return
        if state == "gone":
            self.show_title()
            return
        if self.session.is_modified:
            self.settle_conflict()
            return
        try:
            self.session.take_file()
        except RecipeError as error:
            self.notify(str(error), severity="warning", markup=False)
            return
        await self.changed()
        self.notify(f"{self.session.file.name} was changed by another program; its changes are here.", markup=False)

    @work(exclusive=True, group="conflict")
    async def settle_conflict(self, *, saving: bool = False) -> None:
        """Ask whose changes are to stay; nothing is overwritten before that."""
        from studio.screens.recipe_dialogs import DiffDialog, QuestionDialog

        self._asking = True
        try:
            while True:
                mine = ("mine", "Overwrite it with mine") if saving else ("mine", "Keep mine")
                answer = await self.app.push_screen_wait(
                    QuestionDialog(
                        "Two versions",
                        f"{self.session.file.name} was changed by another program, and here are changes that were not "
                        "saved. Taking the file's version can be undone with u.",
                        [("diff", "Show what differs"), ("file", "Take the file's"), mine],
                    )
                )
                if answer == "diff":
                    theirs = self.session.file.read_text(encoding="utf-8", errors="replace")
                    await self.app.push_screen_wait(DiffDialog("From the file to mine", self.session.diff(theirs)))
                    continue
                await self._settle(answer, saving=saving)
                return
        finally:
            self._asking = False

    async def _settle(self, answer: str | None, *, saving: bool) -> None:
        try:
            if answer == "file":
                self.session.take_file()
            elif answer == "mine" and saving:
                await self.save()
            elif answer == "mine":
                self.session.keep_mine()
        except (RecipeError, OSError) as error:
            self.notify(str(error), severity="error", markup=False)
        await self.changed()

    # Showing

    async def changed(self) -> None:
        """The document changed: check it, and let controls, title and preview follow."""
        try:
            self._recipe, self._problem = self.session.recipe(), None
        except FieldError as error:
            self._recipe, self._problem = None, (error.path, error.problem)
        except RecipeError as error:
            self._recipe, self._problem = None, ("", str(error))
        self.look()  # first of all: what is rendered takes longest
        await self._show_controls()
        self.panel.mark(self.session.is_changed, self._problem)
        self._show_subjects()
        self._keep()

    async def show_subject(self, subject: str, focus: str = "") -> None:
        """Show the settings of a subject, and go to one of them."""
        self.memory.subject = subject if subject in subjects() else "objects"
        self.words = ""
        await self._show_controls()
        self.panel.mark(self.session.is_changed, self._problem)
        self._show_subjects()
        if not self.panel.focus_path(focus or self.memory.focus):
            self.panel.scroll_home(animate=False)

    async def find(self, words: str) -> None:
        """Show the settings of all subjects that contain every word; none shows the subject again."""
        self.words = words.strip()
        await self._show_controls()
        self.panel.mark(self.session.is_changed, self._problem)
        self._show_subjects()

    async def _show_controls(self) -> None:
        document = self.session.document
        shown = self._shown_parameters()
        empty = "no setting contains this" if self.words else ""
        await self.panel.show(shown, document.get, self.session.file.parent, empty)
        self.panel.border_title = f"/{self.words}" if self.words else self.memory.subject
        self.panel.border_subtitle = f"{len(shown)} found" if self.words else ""

    def _shown_parameters(self) -> list[Parameter]:
        every = parameters(self.session.objects())
        if not self.words:
            return [parameter for parameter in every if parameter.subject == self.memory.subject]
        words = self.words.lower().split()
        texts = {item.path: f"{item.path} {item.name} {item.info.doc} {item.subject}".lower() for item in every}
        return [item for item in every if all(word in texts[item.path] for word in words)]

    def _show_subjects(self) -> None:
        marks: dict[str, str] = {}
        for parameter in parameters(self.session.objects()):
            if self.session.is_changed(parameter.path):
                marks.setdefault(parameter.subject, "•" if not self.panel.ascii_only else "*")
        if self._problem is not None:
            wrong = next((p for p in parameters(self.session.objects()) if self._problem[0].startswith(p.path)), None)
            marks[wrong.subject if wrong is not None else "objects"] = "!"
        current = "" if self.words else self.memory.subject
        self.query_one(SubjectBar).show(subjects(), current, marks)

    @on(ControlPanel.Entered)
    def _entered(self, event: ControlPanel.Entered) -> None:
        from studio.screens.recipe_controls import hint

        self.memory.focus = event.parameter.path
        self.query_one(StatusLine).update(hint(event.parameter))

    def show_title(self) -> None:
        """The file and its state; the seed."""
        session = self.session
        left = Text.assemble((session.file.name if not session.is_preset else f"preset {session.name}", "bold"))
        if session.is_modified:
            left.append("  • changed" if not self.panel.ascii_only else "  * changed", "bold")
        if self._problem is not None:
            left.append(f"  ! {self._problem[0] or 'wrong'}", self.app.theme_variables["error"])
        lock = " locked" if self.memory.locked else ""
        parts = [f"seed {self.memory.seed}{lock}", f"frame {self.memory.index}"]
        if self.memory.overlay != "none":
            parts.append({"boxes": "boxes", "masks": "boxes and masks"}[self.memory.overlay])
        self.query_one("#title", TitleBar).show(left, Text(" · ".join(parts)))

    # The preview

    def look(self) -> None:
        """Let the preview show what the document says, if that can be rendered."""
        self.show_title()
        view = self.query_one("#preview", PreviewView)
        if self._recipe is None:
            reason = self._problem[1] if self._problem is not None else ""
            view.say(f"The preview waits: {reason}")
            return
        self._look(self._recipe)

    def _look(self, recipe: Recipe) -> None:
        from engine.recipe.load import recipe_to_plain

        saved = None
        if self.comparing:
            with contextlib.suppress(RecipeError):
                saved = recipe_to_plain(self.session.saved_recipe())
        engine = cast("Literal['auto', 'eevee', 'cycles']", self.memory.engine)
        plain = recipe_to_plain(recipe)
        memory = self.memory
        view = View(plain, self.session.file.name, memory.seed, memory.index, memory.tiles, saved, self.full, engine)
        self.query_one("#preview", PreviewView).look_at(view)

    @on(PictureCame)
    def _picture_came(self, event: PictureCame) -> None:
        self.query_one("#preview", PreviewView).take(event.picture)

    @on(StateCame)
    def _state_came(self, event: StateCame) -> None:
        self.query_one("#preview", PreviewView).take_state(event.state)
        if event.state.kind in ("failed", "gone"):
            self.query_one(StatusLine).update(event.state.text)

    def measured(self) -> Measured | None:
        """What the preview knows of the time that this recipe takes."""
        from studio.queueing import Measured

        view = self.query_one("#preview", PreviewView)
        full = view.full_picture
        picture = full or view.newest
        if picture is None or picture.engine != "cycles":
            return None
        height, width = picture.rgb.shape[:2]
        return Measured(width, height, picture.samples, picture.seconds, picture.rgb, full is not None)

    # Layout

    def sized(self, width: int, height: int) -> None:
        """Narrow terminals have narrow settings."""
        self.set_class(width < 76, "-narrow")
        self.set_class(height >= 56, "-roomy")
        from textual.widgets import Footer

        self.query_one(Footer).compact = width < 100
        if self._session is not None:
            self.show_title()
            self.look()

    def lay_out(self) -> None:
        """Give the room to the picture, to the settings, or to both."""
        self.set_class(self.memory.layout == "picture", "-picture-only")
        self.set_class(self.memory.layout == "settings", "-settings-only")
        if self._session is not None:
            self.call_after_refresh(self.look)


def _post(target: Any, message: Message) -> None:
    """Post from another thread; a screen that is gone hears nothing."""
    with contextlib.suppress(Exception):
        target.post_message(message)


def _rgb(color: str) -> tuple[int, int, int]:
    from textual.color import Color

    return Color.parse(color).rgb
