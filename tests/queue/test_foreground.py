"""A run in the foreground: what it says when its disk fails."""

from __future__ import annotations

from pathlib import Path

import pytest

import presets
from engine.dataset.read import Dataset
from engine.errors import StorageError
from engine.queue.foreground import Event, Progress, RenderOrder, render_foreground
from engine.recipe.load import load_recipe
from tests.queue.disks import MEGABYTE, small_disk

COUNT = 12


def order(root: Path) -> RenderOrder:
    recipe = load_recipe(presets.find("basic"), ["render.resolution=[64, 48]", "render.samples=66"])
    return RenderOrder(recipe, root, seed=0, start=0, count=COUNT, renderer="fake")


def nothing(event: Event) -> None:
    """Nobody is told."""


def test_a_full_disk_says_what_is_kept_and_the_same_order_goes_on(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        root = disk.root / "cups"

        def fill(event: Event) -> None:
            if isinstance(event, Progress) and event.done == 3 and not disk.ballast.exists():
                disk.fill()

        with pytest.raises(StorageError) as caught:
            render_foreground(order(root), fill)
        kept = len(Dataset.open(root).indices())
        assert 3 <= kept < COUNT
        assert "the disk is full" in str(caught.value)
        assert f"{kept} of {COUNT} frames are kept in {root}; " in str(caught.value)
        assert str(caught.value).endswith("the same command continues.")

        disk.give_back(20 * MEGABYTE)
        outcome = render_foreground(order(root), nothing)
        assert (outcome.done, outcome.skipped, outcome.failed) == (COUNT - kept, kept, {})
        assert Dataset.open(root).indices() == list(range(COUNT))
