"""The controls of recipes, with the keys of the program's list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from studio.actions import bindings
from widgets.choice_editor import ChoiceEditor
from widgets.range_slider import RangeSlider
from widgets.simple_controls import OptionControl, SwitchControl, TextControl


class Slider(RangeSlider, inherit_bindings=False):
    """A number, or a range of numbers."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("slider")]
    SCOPES: ClassVar[tuple[str, ...]] = ("slider", "recipe", "app")


class Choices(ChoiceEditor, inherit_bindings=False):
    """Weighted choices."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("choice")]
    SCOPES: ClassVar[tuple[str, ...]] = ("choice", "recipe", "app")


class Switch(SwitchControl, inherit_bindings=False):
    """On or off."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("switch")]
    SCOPES: ClassVar[tuple[str, ...]] = ("switch", "recipe", "app")


class Option(OptionControl, inherit_bindings=False):
    """One of a few words."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("option")]
    SCOPES: ClassVar[tuple[str, ...]] = ("option", "recipe", "app")


class Entry(TextControl, inherit_bindings=False):
    """A text."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("entry")]
    SCOPES: ClassVar[tuple[str, ...]] = ("entry", "recipe", "app")


class RawEntry(Entry):
    """A value that no other control can show, typed as in the file."""


class AssetEntry(TextControl, inherit_bindings=False):
    """Names assets: chosen by their pictures, or typed."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("asset")]
    SCOPES: ClassVar[tuple[str, ...]] = ("asset", "recipe", "app")

    @dataclass
    class Picking(Message):
        """The user wants to see what there is."""

        entry: AssetEntry

    def action_pick(self) -> None:
        """Ask for the pictures."""
        self.post_message(self.Picking(self))

    def on_click(self, event: events.Click) -> None:
        """A click asks for them too."""
        event.stop()
        event.prevent_default()
        self.focus()
        if not self.is_editing:
            self.action_pick()
