"""The example that trains a detector on renders alone. Training itself needs a Python with PyTorch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import presets
from engine.recipe.load import load_recipe

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "cup_detector"
TORCH = os.environ.get("STUDIO_TORCH_PYTHON") or (sys.executable if find_spec("torch") else "")


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, EXAMPLE / "run.py", *arguments]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


def test_shares_add_up_and_leave_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    from datasets import MIX, shares

    for total in (len(MIX), 100, 2000, 2001):
        counts = shares(total, MIX)
        assert sum(counts.values()) == total
        assert min(counts.values()) >= 1
    assert shares(2000, MIX)["photo"] == pytest.approx(2000 * MIX["photo"] / sum(MIX.values()), abs=1)


def test_variants_are_recipes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    from datasets import VARIANTS

    for preset, settings in VARIANTS.values():
        path = presets.find(preset)
        assert load_recipe(path, settings) != load_recipe(path)


def test_a_python_that_cannot_train_is_told_of_before_anything_is_rendered(tmp_path: Path) -> None:
    work = tmp_path / "work"
    poor = tmp_path / "python"
    poor.write_text("#!/bin/sh\necho \"ModuleNotFoundError: No module named 'torch'\" >&2\nexit 1\n")
    poor.chmod(0o755)
    done = run("--quick", "--work", work, "--torch-python", poor)
    assert done.returncode == 1
    assert "cannot train (ModuleNotFoundError: No module named 'torch')" in done.stderr
    assert "requirements.txt" in done.stderr
    assert not work.exists()
    missing = run("--torch-python", tmp_path / "nowhere")
    assert (missing.returncode, "Traceback" in missing.stderr) == (1, False)


def test_sizes_that_the_network_does_not_take_are_refused(tmp_path: Path) -> None:
    done = run("--size", 100, "--work", tmp_path / "work")
    assert done.returncode == 2
    assert "--size 100: the network needs a multiple of 16" in done.stderr


@pytest.mark.slow
def test_frames_that_an_earlier_start_left_in_the_queue_are_waited_for(
    tmp_path: Path, user_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    from datasets import Frames, exported, job, pending, render, studio

    frames = Frames(side=32, samples=1)
    out = tmp_path / "training" / "bare"
    try:
        begun = job(out, "bare", 2, frames, pending())
        studio("queue", "pause", begun)
        assert job(out, "bare", 3, frames, pending()) == begun
        studio("queue", "resume", begun)
        assert render(tmp_path / "training", {"bare": 3}, frames) == [out]
        assert exported(out) == 3
    finally:
        studio("engine", "stop", "--now")


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(not TORCH, reason="no PyTorch here: set STUDIO_TORCH_PYTHON to a Python that has it")
def test_from_recipes_to_a_detector(tmp_path: Path, user_folders: Path) -> None:
    work = tmp_path / "work"
    command = ("--quick", "--frames", 8, "--work", work, "--torch-python", TORCH)
    try:
        done = run(*command)
        assert done.returncode == 0, done.stderr
        figures = json.loads((work / "figures.json").read_text())
        assert set(figures) == {"room", "photos"}
        assert all(0 <= each["bbox"]["AP50"] <= 1 for each in figures.values())
        for name in figures:
            assert (work / f"detections-{name}.png").stat().st_size > 1000
        again = run(*command)
        assert again.returncode == 0, again.stderr
        assert "rendering" not in again.stdout
    finally:
        subprocess.run([sys.executable, "-m", "studio", "engine", "stop", "--now"], check=False)
