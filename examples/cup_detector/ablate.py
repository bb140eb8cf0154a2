"""What each ingredient is worth: the same budget, trained on one mix of presets after another, over several seeds.

    python examples/cup_detector/ablate.py --work ablation [--frames 600] [--epochs 20] [--seeds 3] [--torch-python ...]

Every mix is tried on the same frames of kinds of scenes that it was not trained on (but for the one with rooms), and on
photographs. Prints a table (Markdown) and keeps all figures in WORK/ablation.json. Started again, it goes on where it
stopped.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent.parent))

from datasets import Frames, render, shares, studio  # noqa: E402 - the folder is on the path only now
from run import PHOTO_SIZES, torch_ready, trainer  # noqa: E402


@dataclass(frozen=True)
class Mix:
    """What one detector is trained on."""

    name: str
    presets: dict[str, int]
    """Shares."""


MIXES = (
    Mix("bare", {"bare": 1}),
    Mix("colored", {"colored": 1}),
    Mix("textured", {"textured": 1}),
    Mix("imperfect", {"imperfect": 1}),
    Mix("all looks (`basic`), before HDRIs", {"basic": 1}),
    Mix("with a phone's sensor", {"basic-sensor": 1}),
    Mix("before photographs", {"photo": 1}),
    Mix("HDRIs and photographs", {"basic": 1, "photo": 1}),
    Mix("and clutter", {"basic": 1, "photo": 1, "clutter": 1}),
    Mix("and random materials", {"basic": 1, "photo": 1, "clutter": 1, "textures": 1}),
    Mix("and rooms", {"basic": 1, "photo": 1, "clutter": 1, "textures": 1, "room": 1}),
    Mix("served: drinks, saucers, small things about", {"basic-served": 1}),
    Mix("served, photographs, clutter", {"basic-served": 1, "photo": 1, "clutter": 1}),
)

UNSEEN = {"room": 120, "scene": 60}
"""Frames with other seeds that stand in for photographs. No mix holds any of `scene`, a single one some `room`."""


def main() -> None:
    """Render, train and try all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path("ablation"))
    parser.add_argument("--frames", type=int, default=600, help="frames each detector is trained on")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--torch-python", default=sys.executable)
    options = parser.parse_args()
    torch_ready(options.torch_python)
    work: Path = options.work
    frames = Frames(options.size, options.samples)
    needed: dict[str, int] = {}
    for mix in MIXES:
        for name, count in shares(options.frames, mix.presets).items():
            needed[name] = max(needed.get(name, 0), count)
    render(work / "training", needed, frames)
    unseen = render(work / "unseen", UNSEEN, Frames(options.size, options.samples, seed=2))
    photos = work / "photos"
    trainer(options.torch_python, "photos.py", "--out", photos)
    path = work / "ablation.json"
    figures = json.loads(path.read_text()) if path.exists() else {}
    for mix in MIXES:
        for seed in range(options.seeds):
            key = f"{mix.name}/{seed}"
            if key not in figures:
                figures[key] = one(options, mix, seed, [*unseen, photos])
                path.write_text(json.dumps(figures, indent=1))
    print(table(figures, options.seeds))


def one(options: argparse.Namespace, mix: Mix, seed: int, tried_on: list[Path]) -> dict[str, float]:
    """Train on a mix and try the detector; AP50 of boxes by dataset."""
    folder: Path = options.work / "models" / f"{MIXES.index(mix):02d}-{seed}"
    counts = shares(options.frames, mix.presets)
    datasets = [f"{options.work / 'training' / name}:{count}" for name, count in counts.items()]
    trainer(options.torch_python, "train.py", "--out", folder / "model.pt", "--epochs", options.epochs, "--size",
            options.size, "--seed", seed, *datasets)  # fmt: skip
    found = {}
    for dataset in tried_on:
        results, coco = folder / f"{dataset.name}.json", dataset / "coco.json"
        own = () if (dataset / "dataset.json").exists() else ("--coco", str(coco))
        sizes = ("--sizes", PHOTO_SIZES) if own else ()
        trainer(options.torch_python, "detect.py", "--model", folder / "model.pt", "--coco", coco, "--out", results,
                *sizes)  # fmt: skip
        told = json.loads(studio("evaluate", str(dataset), "--predictions", str(results), *own, "--json"))
        found[dataset.name] = told["figures"].get("bbox", {}).get("AP50", 0.0)
    return found


def table(figures: dict[str, dict[str, float]], seeds: int) -> str:
    """The mean over the seeds and their spread, as Markdown."""
    columns = list(next(iter(figures.values())))
    lines = [f"| trained on | {' | '.join(columns)} |", "|---|" + "---|" * len(columns)]
    for mix in MIXES:
        cells = []
        for column in columns:
            values = [figures[f"{mix.name}/{seed}"][column] for seed in range(seeds)]
            cells.append(f"{statistics.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})")
        lines.append(f"| {mix.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
