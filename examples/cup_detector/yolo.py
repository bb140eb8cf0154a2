"""The same with a model of Ultralytics in place of the small network, for those who have it (pip install ultralytics).

    python yolo.py train --out model.pt DATA [DATA ...]              # folders of `studio export --format yolo`
    python yolo.py detect --model model.pt --coco DIR/coco.json --out results.json

It begins from nothing as well: the model is built from its description, and no weights are downloaded. Started again,
training goes on from its last epoch. Ultralytics is under the AGPL, which may bind what you build with it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from pathlib import Path

os.environ.setdefault("YOLO_OFFLINE", "true")

import yaml
from ultralytics import YOLO

LEAST_CONFIDENCE = 0.05


def main() -> None:
    """Train or detect, as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(required=True)
    action = actions.add_parser("train")
    action.set_defaults(run=train)
    action.add_argument("folders", nargs="+", type=Path, metavar="DATA")
    action.add_argument("--out", type=Path, required=True, help="file of the weights")
    action.add_argument("--kind", default="yolo11n.yaml", help="one of Ultralytics' descriptions of models")
    action.add_argument("--size", type=int, default=128, help="side of the pictures, a multiple of 32")
    action.add_argument("--epochs", type=int, default=30)
    action.add_argument("--batch", type=int, default=32)
    action.add_argument("--seed", type=int, default=0)
    action.add_argument("--device", help="cpu, 0, 0,1, ...; a GPU where there is one, when left out")
    action = actions.add_parser("detect")
    action.set_defaults(run=detect)
    action.add_argument("--model", type=Path, required=True)
    action.add_argument("--coco", type=Path, required=True)
    action.add_argument("--out", type=Path, required=True)
    action.add_argument("--size", type=int, default=128)
    options = parser.parse_args()
    options.run(options)


def train(options: argparse.Namespace) -> None:
    """Train on all folders together; the last one's pictures stand for validation too, which decides nothing here."""
    asked = {name: str(value) for name, value in vars(options).items() if name not in ("out", "device", "run")}
    note = options.out.with_suffix(".json")
    known = json.loads(note.read_text()) if note.exists() else None
    if known == asked and options.out.exists():
        print(f"{options.out} is trained already")
        return
    runs = options.out.parent.absolute() / f"{options.out.stem}-ultralytics"
    last = runs / "train" / "weights" / "last.pt"
    if known == asked and last.exists():
        YOLO(last).train(resume=True)
    else:
        shutil.rmtree(runs, ignore_errors=True)
        options.out.unlink(missing_ok=True)
        data = write_data(options.folders, runs / "data.yaml")
        note.write_text(json.dumps(asked, indent=1))
        YOLO(options.kind).train(
            data=str(data), epochs=options.epochs, imgsz=options.size, batch=options.batch, seed=options.seed,
            device=options.device, project=str(runs), name="train", exist_ok=True, pretrained=False, amp=False,
            val=False, plots=False, workers=0,
        )  # fmt: skip
    shutil.copyfile(last, options.out)


def write_data(folders: list[Path], path: Path) -> Path:
    """A data.yaml of all folders' training pictures; their classes must be the same ones."""
    described = {folder: yaml.safe_load((folder / "data.yaml").read_text()) for folder in folders}
    names = next(iter(described.values()))["names"]
    for folder, each in described.items():
        if each["names"] != names:
            raise SystemExit(f"{folder / 'data.yaml'} has other classes than {folders[0] / 'data.yaml'}.")
    pictures = [str((folder / each["train"]).absolute()) for folder, each in described.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"train": pictures, "val": pictures[-1:], "names": names}))
    return path


def detect(options: argparse.Namespace) -> None:
    """Write a COCO file of results for a COCO file's pictures."""
    model = YOLO(options.model)
    found = json.loads(options.coco.read_text())
    ids = {category["name"]: category["id"] for category in found["categories"]}
    results = []
    for image in found["images"]:
        picture = options.coco.parent / image["file_name"]
        (told,) = model.predict(picture, imgsz=options.size, conf=LEAST_CONFIDENCE, verbose=False)
        for (x0, y0, x1, y1), score, kind in zip(
            *(v.tolist() for v in (told.boxes.xyxy, told.boxes.conf, told.boxes.cls)), strict=True
        ):
            if (name := told.names[int(kind)]) in ids:
                box = [round(value, 2) for value in (x0, y0, x1 - x0, y1 - y0)]
                results.append(
                    {"image_id": image["id"], "category_id": ids[name], "bbox": box, "score": round(score, 4)}
                )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(results))
    print(f"{options.out}: {len(results)} detections in {len(found['images'])} pictures")


if __name__ == "__main__":
    main()
