"""Putting frames of a recipe into the queue: what the Recipe screen and `studio queue add` share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from studio.queue_folder import Held, Wish

if TYPE_CHECKING:
    from engine.queue.door_messages import AddJob
    from engine.recipe.model import Recipe

__all__ = ["Wish", "add_job", "added_text", "ask_engine"]

ANSWER_SECONDS = 60.0


def ask_engine(request: AddJob) -> Any:
    """Ask the engine without a word to the terminal; it is started where it does not run."""
    from engine.queue.lifecycle import connect

    with connect(start=True) as client:
        return client.request(request, ANSWER_SECONDS)


def add_job(recipe: Recipe, source: str, wish: Wish, ask: Callable[[AddJob], Any] = ask_engine) -> dict[str, Any]:
    """Put frames into the queue; the job as the engine tells of it.

    Waits for the engine, so call it in a thread. `source` is a preset's name or a file's path. `ask` sends the request.

    Raises:
        StudioError: the name, the folder or an asset cannot be used, or the engine cannot be reached.
    """
    from engine.library.precheck import check_assets
    from engine.queue.datasets import refuse_folder
    from engine.queue.door_messages import AddJob
    from engine.recipe.load import recipe_to_plain
    from studio.recent import remember

    name = _checked_name(recipe.name if wish.name is None else wish.name)
    root = wish.folder.expanduser().resolve()
    refuse_folder(root, recipe, wish.seed)
    check_assets(recipe)
    plain = recipe_to_plain(recipe)
    request = AddJob(plain, source, name, wish.seed, wish.start, wish.count, str(root), wish.priority, wish.device)
    job: dict[str, Any] = ask(request)
    remember(root, recipe.name)
    return job


def _checked_name(name: str) -> str:
    from engine.errors import BadInput

    if not name.strip() or not name.isprintable() or name.startswith("-") or name.isdecimal():
        raise BadInput(
            f"A job cannot be called {name!r}: choose a --name, or a name for the recipe, with a letter in it, in one "
            "line and without a dash in front, so that it is not taken for a number or an option."
        )
    return name


def added_text(job: dict[str, Any], held: Held) -> str:
    """One sentence on a job that was added, and on what its folder held before."""
    from studio.jobs_text import folder_text, job_title

    known = f", which {held.text}" if held.text else ""
    return f"{job_title(job)} is in the queue: {job['count']:,} frames into {folder_text(job['root'])}{known}."
