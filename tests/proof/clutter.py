"""A few cluttered frames, rendered by the program as a user would, from models that are made here.

The models lie in the folder `models` beside the dataset: whoever proves something with them reads their files with
trimesh, and so shares no code with what annotated the frames.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import trimesh

from engine.dataset.read import Dataset
from engine.recipe.output import FLOW_PASSES, OPTIONAL_PASSES

REPOSITORY = Path(__file__).resolve().parents[2]
FRAMES = 4
WIDTH, HEIGHT = 160, 120

KEYPOINTS = {
    "bracket.stl": {
        "corner": (0.0, 0.0, 0.0),
        "end": (0.08, 0.0, 0.0),
        "top": (0.0, 0.02, 0.06),
        "inner": (0.02, 0.02, 0.02),
    },
    "ring.ply": {"east": (0.042, 0.0, 0.0), "north": (0.0, 0.042, 0.0), "crown": (0.03, 0.0, 0.012)},
}
"""By file and name; both formats have z up, so that a file's coordinates are those of the model."""

_RECIPE = """
name = "clutter of the proofs"

[[objects]]
model = "{models}/bracket.stl"
class = "bracket"
supercategory = "hardware"
count = 3
[objects.paint]
hue = 20

[[objects]]
model = "{models}/ring.ply"
class = "ring"
supercategory = "hardware"
count = 3
[objects.paint]
hue = 200

[[objects]]
model = "cup"
supercategory = "kitchenware"
count = 2

[placement]
kind = "air"
orientation = "any"
spread = 1.0

[distractors]
count = 2

[camera]
fill = 0.45
look_at_jitter = 0.3
f_stop = 1.4

[visibility]
least = 0.2

[render]
resolution = [{width}, {height}]
samples = 4
passes = {passes}
"""


@dataclass(frozen=True)
class Clutter:
    """The rendered frames and what they show."""

    dataset: Dataset
    models: Path

    def mesh(self, name: str) -> trimesh.Trimesh:
        """The mesh of a model's file, in its own coordinates."""
        found = trimesh.load(self.models / name, process=False)
        assert isinstance(found, trimesh.Trimesh)
        return found


def render_clutter(folder: Path) -> Clutter:
    """Render the frames into `folder`, with every pass that a single frame may have."""
    models = folder / "models"
    write_models(models)
    recipe = folder / "clutter.toml"
    recipe.write_text(
        _RECIPE.format(
            models=models,
            width=WIDTH,
            height=HEIGHT,
            passes=[name for name in OPTIONAL_PASSES if name not in FLOW_PASSES],
        )
    )
    studio_render(recipe, folder / "dataset", FRAMES)
    return Clutter(Dataset.open(folder / "dataset"), models)


def studio_render(recipe: Path, out: Path, frames: int, *arguments: str) -> None:
    """Render frames with the program itself, in a process of its own."""
    command = [sys.executable, "-m", "studio", "render", recipe, "-n", str(frames), "-o", out, "--device", "cpu"]
    result = subprocess.run(
        [*command, *arguments], cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def write_models(folder: Path) -> None:
    """A bracket, which has no symmetry, and a ring, which has a hole; with keypoints beside them."""
    folder.mkdir(parents=True)
    long = trimesh.creation.box(bounds=[[0, 0, 0], [0.08, 0.04, 0.02]])
    high = trimesh.creation.box(bounds=[[0, 0, 0.02], [0.02, 0.03, 0.06]])
    trimesh.util.concatenate([long, high]).export(folder / "bracket.stl")
    ring = trimesh.creation.torus(major_radius=0.03, minor_radius=0.012, major_sections=48, minor_sections=24)
    ring.export(folder / "ring.ply")
    lines = []
    for name, points in KEYPOINTS.items():
        lines += [f'["{name}"]', f"skeleton = {[[a, b] for a, b in zip([*points], [*points][1:], strict=False)]}"]
        lines += [f'["{name}".keypoints]', *(f"{point} = {list(place)}" for point, place in points.items())]
    (folder / "studio-assets.toml").write_text("\n".join(lines) + "\n")
    assert np.isfinite(ring.vertices).all()
