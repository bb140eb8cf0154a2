"""The line of keys at the bottom of a screen where the focus moves often."""

from __future__ import annotations

from textual.screen import Screen
from textual.widgets import Footer


class SteadyFooter(Footer):
    """Made anew only when other keys are to be shown, not with each move of the focus: that takes 50 ms or more."""

    _shown: tuple[tuple[str, str, bool], ...] | None = None

    def bindings_changed(self, screen: Screen[object]) -> None:
        """The focus moved, or an action can or cannot be done now."""
        if screen.app.app_focus and self.is_attached:
            active = (item for item in screen.active_bindings.values() if item.binding.show)
            shown = tuple((item.binding.key, item.binding.description, item.enabled) for item in active)
            if shown == self._shown:
                return
            self._shown = shown
        super().bindings_changed(screen)
