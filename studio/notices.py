"""Notices in the corner: few at a time, none twice, so that they do not bury the screen they speak of."""

from __future__ import annotations

from textual.app import App
from textual.notifications import Notify, SeverityLevel
from textual.widgets._toast import ToastHolder

LOW_ROWS = 30
"""Terminals with fewer rows show one notice at a time, others two."""

INFORMATION_SECONDS = 3.0
"""How long a notice stays that needs no answer; others stay Textual's usual time."""


class NoticesApp(App[None]):
    """An app whose newer notices take the place of older ones."""

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a notice; `timeout` is in seconds."""
        if timeout is None and severity == "information":
            timeout = INFORMATION_SECONDS
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def on_notify(self, event: Notify) -> None:
        """Make room before Textual adds the notice: take away the same text, and the oldest of the others."""
        others = [notice for notice in self._notifications if notice.message != event.notification.message]
        kept = others[-1:] if self.size.height >= LOW_ROWS else []
        for notice in [notice for notice in self._notifications if notice not in kept]:
            self._unnotify(notice, refresh=False)
            for holder in self.screen.query(ToastHolder):
                if holder.id is not None and holder.id.endswith(notice.identity):
                    holder.remove()
