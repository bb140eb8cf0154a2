"""From recipes to a detector that has seen renders alone, and what it makes of photographs. One command:

    python examples/cup_detector/run.py [--frames 2000] [--work cup-detector] [--quick]

It renders a mix of presets through the queue, exports it, trains, and evaluates on a kind of scene that is not in the
training set and on photographs. Started again, it goes on where it stopped. Training needs PyTorch, and may use a
Python of its own that has it: --torch-python PATH (requirements.txt beside this file).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent.parent))

from datasets import HELD_OUT, MIX, Frames, render, shares, studio  # noqa: E402 - the folder is on the path only now

PHOTO_SIZES = "64,96,128,192"
"""Shorter sides at which photographs are looked at. Larger ones would find smaller cups, and more that are none."""


def main() -> None:
    """Do it all."""
    options = arguments()
    torch_ready(options.torch_python, options.detector)
    work: Path = options.work
    frames = Frames(options.size, options.samples)
    mix = {"basic": 1} if options.quick else MIX
    held = max(8, options.frames // 20)
    trained_on = render(work / "training", shares(options.frames, mix), frames)
    unseen = render(work / "held-out", {HELD_OUT: held}, Frames(options.size, options.samples, seed=2))
    model = work / ("yolo.pt" if options.detector == "ultralytics" else "model.pt")
    settings = ("--out", model, "--epochs", options.epochs, "--size", options.size)
    if options.detector == "ultralytics":
        trainer(options.torch_python, "yolo.py", "train", *settings, *map(yolo_export, trained_on))
    else:
        trainer(options.torch_python, "train.py", *settings, *trained_on)
    photos = work / "photos"
    own = ("--add", options.photos) if options.photos else ()
    boxes = ("--coco", options.photos_coco) if options.photos_coco else ()
    trainer(options.torch_python, "photos.py", "--out", photos, *own, *boxes)
    results = {folder: work / f"results-{folder.name}.json" for folder in (*unseen, photos)}
    for folder, out in results.items():
        files = ("--model", model, "--coco", folder / "coco.json", "--out", out)
        if options.detector == "ultralytics":
            trainer(options.torch_python, "yolo.py", "detect", *files, "--size", options.size)
        else:
            sizes = ("--sizes", PHOTO_SIZES) if folder == photos else ()
            trainer(options.torch_python, "detect.py", *files, *sizes)
    report(work, unseen, photos, results)


def arguments() -> argparse.Namespace:
    """What the user asks for; --quick fills in what is not given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, help="frames to train on [2000; 24 with --quick]")
    parser.add_argument("--epochs", type=int, help="[30; 2 with --quick]")
    parser.add_argument("--size", type=int, help="side of the pictures, a multiple of 16 [128; 64 with --quick]")
    parser.add_argument("--samples", type=int, help="light paths a pixel [16; 2 with --quick]")
    parser.add_argument("--work", type=Path, default=Path("cup-detector"), help="folder for all that is made")
    parser.add_argument("--photos", type=Path, help="folder with photographs of your own")
    parser.add_argument("--photos-coco", type=Path, help="boxes of the cups in them, a COCO file, if you have them")
    parser.add_argument(
        "--detector",
        choices=("small", "ultralytics"),
        default="small",
        help="the network of net.py, or a YOLO of theirs",
    )
    parser.add_argument("--torch-python", default=sys.executable, help="a Python that has PyTorch")
    parser.add_argument("--quick", action="store_true", help="show that all parts work, in a minute or two")
    options = parser.parse_args()
    usual = {"frames": (2000, 24), "epochs": (30, 2), "size": (128, 64), "samples": (16, 2)}
    for name, values in usual.items():
        if getattr(options, name) is None:
            setattr(options, name, values[options.quick])
    if options.size % 16 or options.size < 32:
        parser.error(f"--size {options.size}: the network needs a multiple of 16, 32 or more")
    return options


def torch_ready(python: str, detector: str = "small") -> None:
    """Say how to get PyTorch before anything is rendered."""
    needed = "torch, skimage, pycocotools" + (", ultralytics" if detector == "ultralytics" else "")
    try:
        found = subprocess.run([python, "-c", f"import {needed}"], capture_output=True, text=True)
    except OSError as error:
        sys.exit(f"--torch-python {python}: {error.strerror}.")
    if found.returncode:
        missing = found.stderr.strip().splitlines()[-1]
        sys.exit(f"{python} cannot train ({missing}); install {HERE / 'requirements.txt'} there, or name another Python"
                 " with --torch-python.")  # fmt: skip


def yolo_export(folder: Path) -> Path:
    """A dataset in YOLO's layout, beside its frames."""
    out = folder / "yolo"
    studio("export", str(folder), "--format", "yolo", "--out", str(out))
    return out


def trainer(python: str, script: str, *values: object) -> None:
    """Run a script of this folder in the Python that has PyTorch."""
    done = subprocess.run([python, str(HERE / script), *map(str, values)])
    if done.returncode:
        sys.exit(done.returncode)


def report(work: Path, unseen: list[Path], photos: Path, results: dict[Path, Path]) -> None:
    """Print and keep the figures, and draw the detections."""
    figures = {}
    for folder, predictions in results.items():
        own = () if folder in unseen else ("--coco", str(folder / "coco.json"))
        found = studio("evaluate", str(folder), "--predictions", str(predictions), *own, "--json")
        figures[folder.name] = json.loads(found)["figures"]
        boxes = figures[folder.name].get("bbox")
        print(
            f"{folder.name}: AP {boxes['AP']:.3f}, AP50 {boxes['AP50']:.3f}"
            if boxes
            else f"{folder.name}: nothing found"
        )
        picture = work / f"detections-{folder.name}.png"
        studio("show", str(folder), "--predictions", str(predictions), *own, "--png", str(picture))
        print(f"  {picture}; browse: studio inspect {folder} --predictions {predictions} {' '.join(own)}")
    (work / "figures.json").write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
