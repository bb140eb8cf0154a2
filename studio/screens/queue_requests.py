"""What the Queue screen asks of the engine, each in a thread; what goes wrong becomes a notice."""

from __future__ import annotations

from collections.abc import Sequence

from textual import work

from engine.errors import StudioError
from engine.queue.door_messages import Request
from studio.screens.common import SizedScreen


class RequestingScreen(SizedScreen):
    """A screen that asks the engine for changes. The answer is not waited for: the engine tells of each change."""

    @work(thread=True, group="requests", exit_on_error=False)
    def ask(self, requests: Sequence[Request], told: str = "") -> None:
        """Ask for changes, one after the other, until one is refused; after the last, `told` becomes a notice."""
        from studio.engine_link import connected

        try:
            with connected(start=False) as client:
                for request in requests:
                    client.request(request, None)
        except StudioError as error:
            self._complain(str(error))
            return
        if told:
            self.app.call_from_thread(self.notify, told, markup=False)

    @work(thread=True, exclusive=True, group="starting", exit_on_error=False)
    def start_engine(self) -> None:
        """Start the engine, and wait until it answers."""
        from studio.engine_link import connected

        try:
            connected(start=True).close()
        except StudioError as error:
            self._complain(str(error))

    def _complain(self, sentence: str) -> None:
        self.app.call_from_thread(self.notify, sentence, severity="error", markup=False)
