"""The Recipe screen's way into the queue."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import work

from engine.errors import RecipeError, StudioError
from studio.screens.recipe_filing import RecipeFiling

if TYPE_CHECKING:
    from studio.queueing import Wish


class RecipeQueueing(RecipeFiling):
    """Asks how many frames, and tells the engine."""

    @work
    async def action_queue(self) -> None:
        from studio.estimate import estimate, find_past
        from studio.screens.recipe_dialogs import QueueDefaults, QueueDialog

        try:
            recipe = self.session.recipe()
        except RecipeError as error:
            self.notify(str(error), severity="error", title="This recipe cannot be rendered yet")
            return
        measured, source, engine = self.preview.measured, self.source, self.studio.engine
        past = await asyncio.to_thread(find_past, recipe, source, list(engine.jobs.values()) if engine else [])
        found = estimate(recipe, measured, past, len(engine.workers) if engine and engine.workers else 1)
        defaults = QueueDefaults(recipe.name, self.memory.seed, Path.cwd() / "datasets" / recipe.name)
        wish = await self.app.push_screen_wait(QueueDialog(defaults, found))
        if wish is not None:
            self._add_job(recipe, source, wish)

    @work(thread=True, group="queue", exit_on_error=False)
    def _add_job(self, recipe: Any, source: str, wish: Wish) -> None:
        from studio.queueing import add_job, added_text

        try:
            job = add_job(recipe, source, wish)
        except StudioError as error:
            self._tell(str(error), "error")
            return
        self.app.call_from_thread(setattr, self.studio, "added_job", int(job["id"]))
        self._tell(added_text(job), "information")

    def _tell(self, text: str, severity: Any) -> None:
        self.app.call_from_thread(self.notify, text, severity=severity, markup=False, timeout=10)
