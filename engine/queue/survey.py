"""Have a worker draw a recipe's frames without rendering them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from engine.errors import AssetError, BadInput, RenderError, WorkerDied
from engine.frame.facts import FrameFacts
from engine.queue.protocol import Asset, ChannelClosed, Importing, Prepare, Ready, Rejected
from engine.queue.survey_messages import FrameSurveyed, Survey
from engine.queue.worker_process import WorkerProcess
from engine.recipe.load import recipe_to_plain
from engine.recipe.model import Recipe

type OnFrame = Callable[[int], None]


@dataclass(slots=True)
class Surveyed:
    """What was drawn."""

    frames: list[FrameFacts] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    """Why a frame could not be drawn, by its number."""
    assets: tuple[Asset, ...] = ()
    """The files that the recipe uses."""


def survey(
    recipe: Recipe,
    seed: int,
    count: int,
    on_frame: OnFrame,
    renderer: Literal["blender", "fake"] = "blender",
) -> Surveyed:
    """Draw `count` frames as a render would, the first ones, or one of each sequence; `on_frame` is told how many are
    done.

    Raises:
        BadInput: the recipe's assets cannot be used.
        WorkerDied: Blender does not start, or ended.
        RenderError: the device cannot be used.
    """
    length = recipe.motion.frames
    # Frames of one sequence are alike: the n-th sequence shows its n-th frame, or begins again.
    indices = tuple(number * length + number % length for number in range(count))
    found, done = Surveyed(), 0
    reading = ""
    with WorkerProcess() as worker:
        worker.send(Prepare(recipe_to_plain(recipe), recipe.name, "cpu", renderer))
        try:
            while True:
                match worker.receive():
                    case Importing(path):
                        reading = path
                    case Rejected(sentence, bad_input):
                        raise BadInput(sentence) if bad_input else RenderError(sentence)
                    case Ready() as ready:
                        reading, found.assets = "", ready.assets
                        worker.send(Survey(seed, indices))
                    case FrameSurveyed(index, facts, reason):
                        if facts is None:
                            found.failed[index] = reason
                        else:
                            found.frames.append(facts)
                        done += 1
                        on_frame(done)
                        if done == count:
                            return found
        except ChannelClosed:
            cause = worker.obituary()
        if reading:
            raise AssetError(
                f"{reading}: reading it ended Blender ({cause}); open and save it in Blender, or leave it out."
            )
        raise WorkerDied(f"The frames could not be drawn: {cause}. `studio doctor` checks what Blender needs.")
