"""The help: every key of a screen, from the list of actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from studio.actions import SCOPES, bindings, in_scope, keys_text


class HelpScreen(ModalScreen[None]):
    """Lists the actions of some scopes; any of its keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("help")]

    def __init__(self, scopes: Sequence[str], remapped: Mapping[str, tuple[str, ...]] | None = None) -> None:
        """`remapped` has the keys that the settings give to some actions, by their ids."""
        super().__init__()
        self._scopes = scopes
        self._remapped = remapped

    def compose(self) -> ComposeResult:
        pane = VerticalScroll(Static(self._content()), id="help")
        pane.border_title = "Keys"
        pane.border_subtitle = "Esc closes · Ctrl+P finds an action by name"
        yield pane

    def _content(self) -> Group:
        parts: list[Text | Table] = []
        for scope in self._scopes:
            grid = Table.grid(padding=(0, 2), expand=True)
            grid.add_column(no_wrap=True, width=13)
            grid.add_column(ratio=1)
            for action in in_scope(scope):
                grid.add_row(Text(keys_text(action, self._remapped), style="bold"), action.help)
            parts += [Text(f"\n{SCOPES[scope]}", style="dim"), grid]
        parts[0] = Text(SCOPES[self._scopes[0]], style="dim")
        return Group(*parts)

    def action_close(self) -> None:
        self.dismiss()
