"""Photographs to try the detector on, as a folder with a COCO file.

    python photos.py --out FOLDER [--add MY_FOLDER [--coco MY_FOLDER/boxes.json]]

One is always there: `coffee`, a real cup, by Rachel Michetti (CC0), which scikit-image brings. Those of your own are
added with their boxes, if there are any.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from PIL import Image

CUP_IN_COFFEE = [172, 17, 236, 291]
"""x, y, width, height of the cup, its handle included and its saucer not, read off the picture of 600 x 400."""

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
    Image.fromarray(data.coffee()).save(options.out / "coffee.png")
    x, y, w, h = CUP_IN_COFFEE
    images = [{"id": 1, "file_name": "coffee.png", "width": 600, "height": 400}]
    annotations = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [x, y, w, h], "area": w * h, "iscrowd": 0}]
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
            picture.convert("RGB").save(options.out / f"{path.stem}.png")
            width, height = picture.size
        images.append({"id": len(images) + 1, "file_name": f"{path.stem}.png", "width": width, "height": height})
        for each in known["annotations"]:
            if each["image_id"] == numbers.get(path.name) and each["category_id"] in cups:
                x, y, w, h = each["bbox"]
                box = {"bbox": [x, y, w, h], "area": w * h, "iscrowd": 0, "category_id": 1}
                annotations.append({"id": len(annotations) + 1, "image_id": len(images), **box})


if __name__ == "__main__":
    main()
