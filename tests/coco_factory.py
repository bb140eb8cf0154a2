"""A small COCO dataset as other people's are: polygons, both kinds of run lengths, boxes alone, keypoints, gaps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pycocotools import mask as coco_mask

WIDTH, HEIGHT = 80, 60


def disc(u: float, v: float, radius: float) -> np.ndarray:
    """(H, W) booleans."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return np.hypot(columns - u, rows - v) < radius


def compressed(mask: np.ndarray) -> dict[str, Any]:
    """Compressed run lengths, as JSON has them."""
    packed = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": packed["size"], "counts": packed["counts"].decode()}


def uncompressed(mask: np.ndarray) -> dict[str, Any]:
    """Plain run lengths down the columns, background first."""
    flat = mask.ravel(order="F")
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    counts = np.diff([0, *edges, flat.size]).tolist()
    return {"size": list(mask.shape), "counts": [0, *counts] if flat[0] else counts}


def annotation(number: int, image: int, category: int, mask: np.ndarray, segmentation: Any) -> dict[str, Any]:
    """An entry of `annotations` with a tight box."""
    rows, columns = np.nonzero(mask)
    left, top = int(columns.min()), int(rows.min())
    box = [left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1]
    return {
        "id": number, "image_id": image, "category_id": category, "bbox": box, "area": int(mask.sum()),
        "iscrowd": 0, "segmentation": segmentation,
    }  # fmt: skip


def make_coco(folder: Path) -> tuple[Path, Path]:
    """Four pictures (ids 3, 5, 9, 12) and their annotations; returns the folder of pictures and the JSON file."""
    images = folder / "images"
    (images / "sub").mkdir(parents=True)
    big, small = disc(30, 30, 18), disc(38, 30, 7)
    polygon = [10.0, 10.0, 30.0, 10.0, 30.0, 40.0, 10.0, 40.0]
    square = np.zeros((HEIGHT, WIDTH), bool)
    square[10:40, 10:30] = True
    annotations = [
        annotation(11, 3, 1, big, compressed(big)),
        annotation(12, 3, 7, small, uncompressed(small)),
        annotation(13, 5, 1, square, [polygon]),
        {"id": 14, "image_id": 9, "category_id": 7, "bbox": [5.5, 6.5, 20.0, 10.0], "area": 200.0, "iscrowd": 0},
        {
            **annotation(15, 9, 3, disc(60, 40, 9), [[52, 30, 68, 30, 68, 50, 52, 50]]),
            "keypoints": [60, 35, 2, 60, 45, 1, 0, 0, 0], "num_keypoints": 2,
        },
    ]  # fmt: skip
    names = {3: "three.png", 5: "sub/five.jpg", 9: "nine.png", 12: "twelve.png"}
    for number, name in names.items():
        pixels = np.full((HEIGHT, WIDTH, 3), 40 + 5 * number, np.uint8)
        pixels[disc(30, 30, 18)] = (200, 90, 60)
        Image.fromarray(pixels if number != 12 else pixels[..., 0]).save(images / name)
    file = folder / "instances.json"
    content = {
        "images": [
            {"id": number, "file_name": name, "width": WIDTH, "height": HEIGHT, "license": 1}
            for number, name in reversed(names.items())
        ],
        "annotations": annotations,
        "categories": [
            {"id": 1, "name": "plate", "supercategory": "dish"},
            {"id": 7, "name": "fork"},
            {"id": 3, "name": "person", "keypoints": ["head", "foot", "hand"], "skeleton": [[1, 2], [2, 3]]},
        ],
    }
    file.write_text(json.dumps(content))
    return images, file
