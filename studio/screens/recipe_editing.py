"""What the Recipe screen holds and keeps in step: the session, the controls, the picture, the memory."""

from __future__ import annotations

import contextlib
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

from rich.text import Text
from textual import on

from engine.errors import RecipeError
from studio.recipe_memory import Memory
from studio.recipe_parameters import Parameter, defaults, item_title, list_of, parameters, subjects
from studio.screens.common import SizedScreen, StatusLine, TitleBar
from studio.screens.recipe_panel import ControlPanel, SubjectBar
from studio.screens.recipe_preview import PreviewView
from studio.screens.recipe_view import PictureCame, StateCame, View
from widgets.border_titles import entitle

if TYPE_CHECKING:
    from engine.recipe.model import Recipe
    from studio.app import StudioApp
    from studio.recipe_session import RecipeSession, Trouble

SMALL, LOW = 100, 30
"""Below so many columns, several pictures beside the settings are too small to be of use; rows below which the picture
alone has no border."""

HIDDEN = {"picture": "the settings", "settings": "the picture"}
"""What another layout than both hides."""


class RecipeEditing(SizedScreen):
    """The state of the screen and how it is shown. Files are in `RecipeFiling`, keys in `RecipeScreen`."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = Memory()
        self.words = ""
        self.comparing = False
        self.full = False
        self.is_small = False
        self.settings_too = False
        """Whether the user wants the settings beside several pictures in a small terminal."""
        self.trouble: Trouble = ""
        self._session: RecipeSession | None = None
        self._problem: tuple[str, str] | None = None
        self._recipe: Recipe | None = None
        self._idle: dict[str, str] = {}

    @property
    def studio(self) -> StudioApp:
        """The app, with what it keeps for its screens."""
        return cast("StudioApp", self.app)

    @property
    def session(self) -> RecipeSession:
        """The recipe that is being edited."""
        assert self._session is not None, "the screen is not ready yet"
        return self._session

    @cached_property
    def panel(self) -> ControlPanel:
        """The controls."""
        return self.query_one(ControlPanel)

    @cached_property
    def preview(self) -> PreviewView:
        """The picture."""
        return self.query_one(PreviewView)

    @property
    def source(self) -> str:
        """What the queue calls the recipe: a preset's name or the file's path."""
        return self.session.name if self.session.is_preset else str(self.session.file)

    def keep(self) -> None:
        """Let the next start find all this; in a read-only run what was tried out is forgotten."""
        if self._session is None:
            return
        if not self.studio.readonly:
            self.memory.note_draft(self.session.file, self.session.base, self.session.text)
        self.memory.scroll = round(self.panel.scroll_y)
        self.studio.keep("recipe", self.memory.plain())

    # Showing

    async def changed(self) -> None:
        """The document changed: check it, and let controls, title and preview follow."""
        from engine.recipe.reader import FieldError

        try:
            self._recipe, self._problem = self.session.recipe(), None
        except FieldError as error:
            self._recipe, self._problem = None, (error.path, error.problem)
        except RecipeError as error:
            self._recipe, self._problem = None, ("", str(error))
        self.look()  # first of all: what is rendered takes longest
        await self._show_controls()
        self._mark()
        self.keep()

    async def show_subject(self, subject: str, focus: str = "") -> None:
        """Show the settings of a subject, and go to one of them."""
        self.memory.subject = subject if subject in subjects() else "objects"
        self.words = ""
        await self._show_controls()
        self._mark()
        if not self.panel.focus_path(focus or self.memory.focus):
            self.panel.scroll_home(animate=False)

    async def find(self, words: str) -> None:
        """Show the settings of all subjects that contain every word; none shows the subject again."""
        self.words = words.strip()
        await self._show_controls()
        self._mark()

    async def _show_controls(self) -> None:
        document = self.session.document
        shown = self._shown_parameters()
        empty = "no setting contains this" if self.words else ""
        await self.panel.show(shown, document.get, self.session.saved_value, self.session.file.parent, empty)
        if self.words:
            entitle(self.panel, f"/{self.words}", f"{len(shown)} found")
        else:
            several = list_of(self.memory.subject)
            more = f"{self.key_of('recipe.add_object')} adds another {item_title(several)}" if several else ""
            entitle(self.panel, self.memory.subject, more)

    def _mark(self) -> None:
        self._idle = self._without_effect()
        self.panel.mark(self.session.is_changed, self._idle, self._problem)
        self._show_subjects()
        if (focused := self.panel.focused_path) in self.panel.parameters:
            self._say(self.panel.parameters[focused])

    def _without_effect(self) -> dict[str, str]:
        """The settings shown that have no effect now, each with the reason."""
        from engine.recipe.effect import why_no_effect

        def value(path: str) -> Any:
            written = self.session.document.get(path)
            return usual.get(path) if written is None else written

        usual = defaults(self.session.objects(), self.session.quality(), **self.session.lists())
        shown = [item for item in self.panel.parameters.values() if item.applies]
        reasons = {item.path: why_no_effect(item.path, item.applies, value) for item in shown}
        return {path: reason for path, reason in reasons.items() if reason}

    def _parameters(self) -> tuple[Parameter, ...]:
        return parameters(self.session.objects(), self.session.quality(), **self.session.lists())

    def subject_of(self, path: str) -> str:
        """The subject that shows a setting."""
        return next((parameter.subject for parameter in self._parameters() if parameter.path == path), "objects")

    def _shown_parameters(self) -> list[Parameter]:
        every = self._parameters()
        if not self.words:
            return [parameter for parameter in every if parameter.subject == self.memory.subject]
        words = self.words.lower().split()
        texts = {item.path: f"{item.path} {item.name} {item.info.doc} {item.subject}".lower() for item in every}
        return [item for item in every if all(word in texts[item.path] for word in words)]

    def _show_subjects(self) -> None:
        marks: dict[str, str] = {}
        for parameter in self._parameters():
            if self.session.is_changed(parameter.path):
                marks.setdefault(parameter.subject, "•" if not self.panel.ascii_only else "*")
        if self._problem is not None:
            wrong = next((p for p in self._parameters() if self._problem[0].startswith(p.path)), None)
            marks[wrong.subject if wrong is not None else "objects"] = "!"
        current = "" if self.words else self.memory.subject
        self.query_one(SubjectBar).show(subjects(), current, marks)

    @on(ControlPanel.Entered)
    def _entered(self, event: ControlPanel.Entered) -> None:
        self.memory.focus = event.parameter.path
        self._say(event.parameter)

    def _say(self, parameter: Parameter) -> None:
        """What a setting is, and why it has no effect where it has none."""
        from studio.screens.recipe_controls import hint

        reason = self._idle.get(parameter.path, "")
        text = Text(f"no effect: {reason} · " if reason else "", "bold", no_wrap=True, overflow="ellipsis")
        self.query_one(StatusLine).update(text.append(hint(parameter), ""))

    def show_title(self) -> None:
        """The file and its state, and what to do about it; the seed; how hidden settings come back."""
        session = self.session
        left = Text.assemble((session.file.name if not session.is_preset else f"preset {session.name}", "bold"))
        if session.is_modified:
            changed = "changed, not kept" if self.studio.readonly else "changed"
            left.append(f"  {'*' if self.panel.ascii_only else '•'} {changed}", "bold")
        if self.trouble:
            left.append(f"  ! {self._trouble_text()}", self.app.theme_variables["error"])
        if self._problem is not None:
            left.append(f"  ! {self._problem[0] or 'wrong'}", self.app.theme_variables["error"])
        lock = " locked" if self.memory.locked else ""
        parts = [f"seed {self.memory.seed}{lock}", f"frame {self.memory.index}"]
        if self.memory.overlay != "none":
            parts.append({"boxes": "boxes", "masks": "boxes and masks"}[self.memory.overlay])
        if self.layout_shown != "both":
            parts.append(f"{self.key_of('recipe.leave')} shows {HIDDEN[self.layout_shown]}")
        self.query_one("#title", TitleBar).show(left, Text(" · ".join(parts)))

    def _trouble_text(self) -> str:
        save, diff = self.key_of("recipe.save"), self.key_of("recipe.diff")
        match self.trouble:
            case "gone":
                return "the file is gone" + ("" if self.studio.readonly else f", {save} writes it again")
            case "changed":
                return f"changed on disk too, {diff} settles it"
            case trouble:
                return f"{trouble} on disk, {diff} shows it" + ("" if self.studio.readonly else f", {save} replaces it")

    def key_of(self, action_id: str) -> str:
        """The first key of an action, as people write it."""
        from studio.actions import ACTIONS, keys_text

        action = next(action for action in ACTIONS if action.id == action_id)
        return keys_text(action, self.studio.settings.keys).partition(" ")[0]

    # The preview

    def look(self) -> None:
        """Let the preview show what the document says, if that can be rendered."""
        self.show_title()
        if self._recipe is None:
            reason = self._problem[1] if self._problem is not None else ""
            self.preview.say(f"The preview waits: {reason}")
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
        self.preview.look_at(view)

    @on(PictureCame)
    def _picture_came(self, event: PictureCame) -> None:
        self.preview.take(event.picture)

    @on(StateCame)
    def _state_came(self, event: StateCame) -> None:
        self.preview.take_state(event.state)
        if event.state.kind in ("failed", "gone"):
            self.query_one(StatusLine).update(event.state.text)

    # Layout

    @property
    def layout_shown(self) -> str:
        """What has the room. Several pictures have all of it in a small terminal, unless the user said otherwise."""
        several = self.memory.tiles > 1 or self.comparing or self.full
        if self.memory.layout == "both" and several and self.is_small and not self.settings_too:
            return "picture"
        return self.memory.layout

    def sized(self, width: int, height: int) -> None:
        """Narrow terminals have narrow settings."""
        self.set_class(width < 76, "-narrow")
        self.set_class(height >= 56, "-roomy")
        self.set_class(height < LOW, "-low")
        self.is_small = width < SMALL
        self.lay_out()

    def lay_out(self) -> None:
        """Give the room to the picture, to the settings, or to both."""
        shown = self.layout_shown
        self.set_class(shown == "picture", "-picture-only")
        self.set_class(shown == "settings", "-settings-only")
        if self._session is not None:
            self.show_title()
            self.call_after_refresh(self.look)
