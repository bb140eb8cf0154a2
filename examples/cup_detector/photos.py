"""Photographs to try the detector on, as a folder with a COCO file.

    python photos.py --out FOLDER [--add MY_FOLDER [--coco MY_FOLDER/boxes.json]]

scikit-image brings one of a real cup, `coffee`, by Rachel Michetti (CC0). It is there whole and in eight framings,
which are no more independent than nine frames of a hand-held camera; and there are photographs without a cup, in which
whatever is found is wrong. Those of your own are added with their boxes, if there are any.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from PIL import Image

CUP_IN_COFFEE = [172, 17, 236, 291]
"""x, y, width, height of the cup, its handle included and its saucer not, read off the picture of 600 x 400."""

FRAMINGS = (
    (0, 0, 600, 400), (60, 0, 400, 400), (140, 0, 320, 320), (100, 0, 480, 320), (150, 10, 290, 310),
    (172, 0, 428, 400), (0, 0, 410, 330), (130, 40, 330, 280), (0, 0, 600, 300),
)  # fmt: skip
"""x, y, width, height of parts of `coffee`; each holds most of the cup."""

WITHOUT_CUPS = ("astronaut", "brick", "camera", "chelsea", "coins", "grass", "gravel", "rocket")
"""Names of scikit-image's photographs."""

ENDINGS = (".jpg", ".jpeg", ".png", ".webp")


def main() -> None:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--add", type=Path, help="folder with photographs of your own")
    parser.add_argument("--coco", type=Path, help="their boxes: a COCO file with a category `cup`")
    options = parser.parse_args()
    from skimage import data

    options.out.mkdir(parents=True, exist_ok=True)
    images: list[dict] = []
    annotations: list[dict] = []
    coffee = Image.fromarray(data.coffee())
    for number, (left, top, width, height) in enumerate(FRAMINGS):
        part = coffee.crop((left, top, left + width, top + height))
        image_id = put(options.out, f"coffee-{number}.png", part, images)
        x0, y0 = max(CUP_IN_COFFEE[0] - left, 0), max(CUP_IN_COFFEE[1] - top, 0)
        x1 = min(CUP_IN_COFFEE[0] + CUP_IN_COFFEE[2] - left, width)
        y1 = min(CUP_IN_COFFEE[1] + CUP_IN_COFFEE[3] - top, height)
        mark([x0, y0, x1 - x0, y1 - y0], image_id, annotations)
    for name in WITHOUT_CUPS:
        put(options.out, f"{name}.png", Image.fromarray(getattr(data, name)()).convert("RGB"), images)
    if options.add:
        add(options, images, annotations)
    found = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "cup"}]}
    (options.out / "coco.json").write_text(json.dumps(found))
    print(f"{options.out / 'coco.json'}: {len(images)} photographs, {len(annotations)} cups")


def add(options: argparse.Namespace, images: list[dict], annotations: list[dict]) -> None:
    """Add the user's photographs and, where there are some, their boxes."""
    known = (
        json.loads(options.coco.read_text()) if options.coco else {"images": [], "annotations": [], "categories": []}
    )
    cups = {category["id"] for category in known["categories"] if category["name"] == "cup"}
    numbers = {Path(image["file_name"]).name: image["id"] for image in known["images"]}
    for path in sorted(path for path in options.add.iterdir() if path.suffix.lower() in ENDINGS):
        with Image.open(path) as picture:
            image_id = put(options.out, f"own-{path.stem}.png", picture.convert("RGB"), images)
        for each in known["annotations"]:
            if each["image_id"] == numbers.get(path.name) and each["category_id"] in cups:
                mark(each["bbox"], image_id, annotations)


def put(folder: Path, name: str, picture: Image.Image, images: list[dict]) -> int:
    """Save a picture and list it; returns its id."""
    picture.save(folder / name)
    images.append({"id": len(images) + 1, "file_name": name, "width": picture.width, "height": picture.height})
    return len(images)


def mark(bbox: list[float], image_id: int, annotations: list[dict]) -> None:
    """List a cup's box: x, y, width, height in pixels."""
    box = {"bbox": bbox, "area": bbox[2] * bbox[3], "iscrowd": 0, "category_id": 1}
    annotations.append({"id": len(annotations) + 1, "image_id": image_id, **box})


if __name__ == "__main__":
    main()
