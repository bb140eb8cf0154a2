"""The Recipe screen's way into the queue."""

from __future__ import annotations

import asyncio
from functools import partial
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
        from studio.estimate import crew_of, estimate, find_past
        from studio.queue_folder import free_folder, look_into
        from studio.queueing import Wish
        from studio.screens.recipe_dialogs import QueueDefaults, QueueDialog

        try:
            recipe = self.session.recipe()
        except RecipeError as error:
            self.notify(str(error), severity="error", title="This recipe cannot be rendered yet")
            return
        measured, source, engine = self.preview.measured, self.source, self.studio.engine
        past = await asyncio.to_thread(find_past, recipe, source, list(engine.jobs.values()) if engine else [])
        found = estimate(recipe, measured, past, crew_of(engine.workers.values() if engine else ()))
        usual = Wish(100, self.memory.seed, 0, Path.cwd() / "datasets" / recipe.name)
        folder = await asyncio.to_thread(free_folder, recipe, usual)
        defaults = QueueDefaults(recipe.name, usual.seed, folder, partial(look_into, recipe))
        wish = await self.app.push_screen_wait(QueueDialog(defaults, found))
        if wish is not None:
            self._add_job(recipe, source, wish)

    @work(thread=True, group="queue", exit_on_error=False)
    def _add_job(self, recipe: Any, source: str, wish: Wish) -> None:
        from studio.queue_folder import look_into
        from studio.queueing import add_job, added_text

        try:
            held = look_into(recipe, wish)
            job = add_job(recipe, source, wish)
        except StudioError as error:
            self._tell(str(error), "error")
            return
        self.app.call_from_thread(setattr, self.studio, "added_job", int(job["id"]))
        self._tell(added_text(job, held), "information")

    def _tell(self, text: str, severity: Any) -> None:
        self.app.call_from_thread(self.notify, text, severity=severity, markup=False, timeout=10)
