"""The controls of one subject of a recipe in a list that scrolls, and the line of subjects above it."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import events
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from studio.recipe_parameters import Parameter
from studio.screens.recipe_controls import kind_of, make_control, plain_of, show_value
from studio.screens.recipe_widgets import AssetEntry
from widgets.choice_editor import ChoiceEditor
from widgets.control import Control
from widgets.range_slider import RangeSlider
from widgets.simple_controls import OptionControl, SwitchControl, TextControl


class SubjectBar(Widget):
    """The subjects in one line; a click chooses one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"subject-bar--current", "subject-bar--wrong"}
    DEFAULT_CSS = """
    SubjectBar { height: 1; width: 1fr; padding: 0 1; color: $foreground-muted; }
    SubjectBar > .subject-bar--current { color: $accent; text-style: bold underline; }
    SubjectBar > .subject-bar--wrong { color: $error; }
    """

    @dataclass
    class Chosen(Message):
        """A subject was clicked."""

        subject: str

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, classes="content")
        self._subjects: tuple[str, ...] = ()
        self._marks: dict[str, str] = {}
        self.current = ""
        self.ascii_only = False

    def show(self, subjects: Sequence[str], current: str, marks: dict[str, str]) -> None:
        """Show subjects, the current one, and marks behind some: `!` for a problem, `•` for a change."""
        self._subjects, self.current, self._marks = tuple(subjects), current, marks
        self.refresh()

    def _labels(self) -> list[tuple[str, str]]:
        """(subject, text) of those that have room, the current one among them; the gaps shrink where there is little.

        An arrow stands for those beyond an end, and for the nearest of them.
        """
        width = self.content_size.width
        gap = "  " if sum(len(name) + 3 for name in self._subjects) < width else " "
        labels = [(name, f"{name}{self._marks.get(name, '')}{gap}") for name in self._subjects]
        widths = [len(label) for _, label in labels]
        if sum(widths) - len(gap) <= width:
            return labels
        at = self._subjects.index(self.current) if self.current in self._subjects else 0
        first, last = at, at + 1
        room = width - 4 - widths[at]
        while True:
            if last < len(labels) and widths[last] <= room:
                room -= widths[last]
                last += 1
            elif first > 0 and widths[first - 1] <= room:
                first -= 1
                room -= widths[first]
            else:
                break
        left, right = ("<", ">") if self.ascii_only else ("‹", "›")
        before = [(labels[first - 1][0], f"{left} ")] if first > 0 else []
        return [*before, *labels[first:last], *([(labels[last][0], right)] if last < len(labels) else [])]

    def render(self) -> Text:
        """The line."""
        text = Text(no_wrap=True, end="", overflow="ellipsis")
        for name, label in self._labels():
            body = label.rstrip()
            style = self.get_component_rich_style("subject-bar--current") if name == self.current else ""
            text.append(body, style)
            text.append(" " * (len(label) - len(body)))
            if body.endswith("!"):
                text.stylize(
                    self.get_component_rich_style("subject-bar--wrong"),
                    len(text) - len(label) + len(body) - 1,
                    len(text),
                )
        return text

    def on_click(self, event: events.Click) -> None:
        """Choose the subject that was clicked."""
        offset = event.get_content_offset(self)
        start = 0
        for name, label in self._labels():
            if offset is not None and start <= offset.x < start + len(label):
                event.stop()
                self.post_message(self.Chosen(name))
                return
            start += len(label)


class ControlPanel(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The controls of some settings, under headings where a section begins. The arrow keys are the screen's."""

    @dataclass
    class Edited(Message):
        """The user changed a setting. `plain` is what the file is to say; None to leave the setting out."""

        parameter: Parameter
        plain: Any

    @dataclass
    class Entered(Message):
        """A control got the focus."""

        parameter: Parameter

    @dataclass
    class Picking(Message):
        """Assets are to be chosen for a setting."""

        parameter: Parameter

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.controls: dict[str, Control] = {}
        self.parameters: dict[str, Parameter] = {}
        self._kinds: dict[str, str] = {}
        self.ascii_only = False

    async def show(
        self,
        parameters: Sequence[Parameter],
        value: Callable[[str], Any],
        saved: Callable[[str], Any],
        folder: Path,
        empty: str = "",
    ) -> None:
        """Show these settings with their plain values, keeping controls that are already there.

        `value` and `saved` say what stands at a path, here and in the file.
        """
        kinds = {item.path: kind_of(item, value(item.path)) for item in parameters}
        if kinds != self._kinds or not self.controls:
            focused = self.focused_path
            made = {one.path: make_control(one, value(one.path), folder, saved(one.path)) for one in parameters}
            await self._build(parameters, made, empty)
            self._kinds = kinds
            if focused in self.controls:
                self.screen.set_focus(self.controls[focused])
        else:
            self.parameters = {item.path: item for item in parameters}
            for path, control in self.controls.items():
                if not control.is_editing:
                    show_value(control, self.parameters[path], value(path))
        self._show_classes(value)

    def _show_classes(self, value: Callable[[str], Any]) -> None:
        """Where no class is set, the one that labels will have: the model's name."""
        for path, control in self.controls.items():
            if path.endswith("].class") and isinstance(control, TextControl):
                model = str(value(path.replace("].class", "].model")) or "cup")
                control.set_empty(f"{model.rpartition('/')[2].rsplit('.', 1)[0]} (the model's name)")

    async def _build(self, parameters: Sequence[Parameter], controls: dict[str, Control], empty: str) -> None:
        self.parameters = {item.path: item for item in parameters}
        self.controls = controls
        parts: list[Widget] = []
        section = None
        many = len({item.section for item in parameters}) > 1
        for parameter in parameters:
            if many and parameter.section != section:
                if section is not None or parameter.heading != parameter.subject:
                    parts.append(Static(parameter.heading, classes="heading" + " -later" * bool(parts), markup=False))
                section = parameter.section
            controls[parameter.path].ascii_only = self.ascii_only
            parts.append(controls[parameter.path])
        with self.app.batch_update():
            await self.remove_children()
            await self.mount_all(parts or [Static(empty, classes="heading", markup=False)])

    def mark(self, changed: Callable[[str], bool], idle: Container[str], problem: tuple[str, str] | None) -> None:
        """Mark the settings that were changed, those without effect, and the one that is wrong: (path, reason)."""
        for path, control in self.controls.items():
            control.modified = changed(path)
            control.idle = path in idle
            wrong = problem is not None and (problem[0] == path or problem[0].startswith((f"{path}.", f"{path}[")))
            control.problem = problem[1] if wrong and problem is not None else ""

    @property
    def focused_path(self) -> str:
        """Path of the setting that has the focus, or an empty text."""
        return self._path_of(self.screen.focused)  # at once, unlike `has_focus`: keys may come faster than events

    def focus_path(self, path: str) -> bool:
        """Give the focus to a setting; to the first one where it is not here."""
        control = self.controls.get(path) or next(iter(self.controls.values()), None)
        if control is not None:
            self.screen.set_focus(control)
        return path in self.controls

    def step(self, by: int) -> None:
        """Move the focus by so many settings."""
        paths = list(self.controls)
        if not paths:
            return
        focused = self.focused_path
        at = paths.index(focused) + by if focused else 0
        control = self.controls[paths[min(max(at, 0), len(paths) - 1)]]
        if isinstance(control, ChoiceEditor) and paths[min(max(at, 0), len(paths) - 1)] != focused:
            control.enter_from(by)
        self.screen.set_focus(control)
        if at <= 0:
            self.scroll_home(animate=False)

    def on_descendant_blur(self) -> None:
        """Show that the keys are somebody else's now, if they are."""
        self.call_after_refresh(lambda: self.set_class(bool(self.focused_path), "-active"))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Say which setting it is."""
        # A class, since with `:focus-within` every move of the focus would style all controls anew.
        self.add_class("-active")
        if path := self._path_of(event.widget):
            self.controls[path].scroll_visible(animate=False)
            self.post_message(self.Entered(self.parameters[path]))

    def _path_of(self, control: Widget | None) -> str:
        return next((path for path, other in self.controls.items() if other is control), "")

    def _edited(self, message: Message, control: Widget) -> None:
        message.stop()
        if path := self._path_of(control):
            self.post_message(self.Edited(self.parameters[path], plain_of(message, self.parameters[path])))

    def on_asset_entry_picking(self, event: AssetEntry.Picking) -> None:
        event.stop()
        if path := self._path_of(event.entry):
            self.post_message(self.Picking(self.parameters[path]))

    def on_range_slider_changed(self, event: RangeSlider.Changed) -> None:
        self._edited(event, event.slider)

    def on_choice_editor_changed(self, event: ChoiceEditor.Changed) -> None:
        self._edited(event, event.editor)

    def on_switch_control_changed(self, event: SwitchControl.Changed) -> None:
        self._edited(event, event.switch)

    def on_option_control_changed(self, event: OptionControl.Changed) -> None:
        self._edited(event, event.options)

    def on_text_control_changed(self, event: TextControl.Changed) -> None:
        self._edited(event, event.entry)
