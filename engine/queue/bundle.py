"""What is kept of a frame that was given up, so that somebody can find out why.

reason.txt    what happened the last time, in one sentence
spec.json     every value drawn for the frame; missing where it was not even drawn
recipe.json   the recipe that it was drawn from
log.txt       which process had it, and the end of what that printed
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from engine.files import write_atomically


def bundle_folder(quarantine: Path, job_id: int, index: int) -> Path:
    """Where the bundle of a frame is, below the folder for all."""
    return quarantine / f"job-{job_id}" / f"{index:08}"


def write_bundle(folder: Path, *, reason: str, spec: bytes, recipe: dict[str, Any], log: str) -> None:
    """Write a frame's bundle, replacing an older one. Raises OSError.

    Args:
        folder: made where it is missing.
        reason: one sentence.
        spec: the FrameSpec as JSON; empty where it is not known.
        recipe: as `recipe_to_plain` makes it.
        log: what the worker printed last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "reason.txt": reason.encode() + b"\n",
        "recipe.json": msgspec.json.format(msgspec.json.encode(recipe)),
        "spec.json": msgspec.json.format(spec) if spec else b"",
        "log.txt": log.encode(),
    }
    for name, data in files.items():
        if data:
            write_atomically(folder / name, data)
        else:
            (folder / name).unlink(missing_ok=True)
