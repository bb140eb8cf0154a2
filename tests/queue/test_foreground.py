"""A run in the foreground: what it says when its disk fails, and what it finds in its folder."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import pytest

import presets
from engine.dataset.read import Dataset
from engine.errors import DatasetError, FolderUnwritable, StorageError
from engine.queue.foreground import Event, Progress, RenderOrder, render_foreground
from engine.recipe.load import load_recipe
from tests.queue.disks import MEGABYTE, small_disk

COUNT = 12


def order(root: Path, count: int = COUNT, *overrides: str) -> RenderOrder:
    settings = ["render.resolution=[64, 48]", "render.samples=66", *overrides]
    recipe = load_recipe(presets.find("basic"), settings)
    return RenderOrder(recipe, root, seed=0, start=0, count=count, renderer="fake")


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


def test_one_frame_that_is_there_already_counts_and_another_recipes_does_not(tmp_path: Path) -> None:
    """The folder is compared with the recipe before a frame in it counts, even if it is the only one."""
    root = tmp_path / "data"
    assert render_foreground(order(root, 1), nothing).done == 1
    again = render_foreground(order(root, 1), nothing)
    assert (again.done, again.skipped) == (0, 1)
    with pytest.raises(DatasetError, match="recipe"):
        render_foreground(order(root, 1, "render.view=Standard"), nothing)


@pytest.mark.parametrize("other", ["render.view=Standard", 'surroundings.hdris=["builtin:city"]', "objects[0].count=2"])
def test_a_folder_of_another_recipe_is_refused_before_blender_starts(
    other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "data"
    assert render_foreground(order(root, 1), nothing).done == 1
    monkeypatch.setattr("engine.queue.local_backend.WorkerProcess", None)
    with pytest.raises(DatasetError, match=f"another recipe or seed.* differs in {re.escape(other.partition('=')[0])}"):
        render_foreground(order(root, 1, other), nothing)


def test_a_folder_that_cannot_be_made_is_refused_before_blender_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("engine.queue.local_backend.WorkerProcess", None)
    monkeypatch.setattr("engine.queue.datasets.tempfile.TemporaryFile", refuse)
    with pytest.raises(FolderUnwritable, match="frames/cups cannot be written: permission is denied; choose another"):
        render_foreground(order(tmp_path / "frames" / "cups", 1), nothing)
    assert not (tmp_path / "frames").exists()
