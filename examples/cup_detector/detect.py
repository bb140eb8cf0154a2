"""Run a trained detector over a COCO file's pictures; writes a COCO file of results.

    python detect.py --model model.pt --coco DIR/coco.json --out results.json [--sizes 128,192,256]

`file_name`s are looked for beside the COCO file. Large pictures are looked at in several sizes, by their shorter side.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from net import STRIDE, CupNet
from PIL import Image
from pycocotools import mask as coco_mask
from torch import Tensor

LEAST_SCORE = 0.05

MOST = 100
"""Detections of a picture, as COCO counts them."""

MOST_SHARED, MOST_WITHIN = 0.5, 0.8
"""Overlap (IoU) with a surer box, and share of a box within a surer one, above which it is left out."""


def main() -> None:
    """Detect as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--coco", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sizes", help="shorter sides, by commas; the training size when left out")
    options = parser.parse_args()
    kept = torch.load(options.model, map_location="cpu", weights_only=True)
    net = CupNet(len(kept["classes"]))
    net.load_state_dict(kept["net"])
    net.eval()
    sizes = [int(size) for size in (options.sizes or str(kept["size"])).split(",")]
    found = json.loads(options.coco.read_text())
    ids = {category["name"]: category["id"] for category in found["categories"]}
    results = []
    for image in found["images"]:
        with Image.open(options.coco.parent / image["file_name"]) as picture:
            rgb = picture.convert("RGB")
        for box, score, kind, mask in detect(net, rgb, sizes):
            name = kept["classes"][kind]
            if name in ids:
                rle = coco_mask.encode(np.asfortranarray(mask))
                segmentation = {"size": rle["size"], "counts": rle["counts"].decode()}
                result = {"image_id": image["id"], "category_id": ids[name], "bbox": box, "score": score}
                results.append({**result, "segmentation": segmentation})
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(results))
    print(f"{options.out}: {len(results)} detections in {len(found['images'])} pictures")


@torch.inference_mode()
def detect(net: CupNet, picture: Image.Image, sizes: list[int]) -> list[tuple[list[float], float, int, np.ndarray]]:
    """(box x, y, width, height; score; class; mask (H, W) uint8) of each detection, the surest first."""
    boxes, scores, kinds, masks, seen_at = [], [], [], [], []
    for size in sizes:
        factor = size / min(picture.size)
        w, h = (max(16, round(side * factor / 16) * 16) for side in picture.size)
        small = np.asarray(picture.resize((w, h), Image.Resampling.BOX if factor < 1 else Image.Resampling.BICUBIC))
        heat, box, mask = net(torch.tensor(small).permute(2, 0, 1)[None].float() / 255)
        found, sure, classes = peaks(heat[0].sigmoid(), box[0])
        found *= torch.tensor([picture.width / w, picture.height / h] * 2)
        boxes.append(found)
        scores.append(sure)
        kinds.append(classes)
        seen_at += [size] * len(sure)
        masks += [mask[0, 0].sigmoid()] * len(sure)
    all_boxes, all_scores, all_kinds = torch.cat(boxes), torch.cat(scores), torch.cat(kinds)
    kept = best(all_boxes, all_scores, torch.tensor(seen_at))[:MOST]
    return [
        (
            [round(value, 2) for value in all_boxes[i].tolist()],
            round(all_scores[i].item(), 4),
            int(all_kinds[i]),
            mask_in(all_boxes[i], masks[i], picture.size),
        )
        for i in kept
    ]


def peaks(heat: Tensor, box: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Boxes (n, 4) in pixels, scores (n,) and classes (n,) of the heat map's highest cells."""
    highest = F.max_pool2d(heat[None], 3, 1, 1)[0]
    kind, row, column = torch.nonzero((heat == highest) & (heat > LEAST_SCORE), as_tuple=True)
    x, y, w, h = box[:, row, column]
    w, h = w.exp(), h.exp()
    found = torch.stack([column + x - w / 2, row + y - h / 2, w, h], 1) * STRIDE
    return found, heat[kind, row, column], kind


def best(boxes: Tensor, scores: Tensor, sizes: Tensor) -> list[int]:
    """Numbers of the boxes that are left, the surest first, when each hides the less sure ones that overlap it, and
    those that lie within it and were found in another of the `sizes`: parts of a large thing look like small ones."""
    kept: list[int] = []
    if not len(boxes):
        return kept
    plain = boxes.double().numpy()
    iou = coco_mask.iou(plain, plain, [0] * len(boxes))
    # For a crowd pycocotools gives the share of the first box that lies within the second.
    within = coco_mask.iou(plain, plain, [1] * len(boxes))
    for i in scores.argsort(descending=True).tolist():
        if all(iou[i, j] <= MOST_SHARED and (sizes[i] == sizes[j] or within[i, j] <= MOST_WITHIN) for j in kept):
            kept.append(i)
    return kept


def mask_in(box: Tensor, seen: Tensor, size: tuple[int, int]) -> np.ndarray:
    """The mask (H, W) uint8 of a box: where an object is seen within it."""
    whole = F.interpolate(seen[None, None], size=(size[1], size[0]), mode="bilinear", align_corners=False)[0, 0] > 0.5
    x0, y0 = (max(0, round(value)) for value in box[:2].tolist())
    x1, y1 = (round(value) for value in (box[:2] + box[2:]).tolist())
    mask = np.zeros((size[1], size[0]), np.uint8)
    mask[y0 : max(y0, y1), x0 : max(x0, x1)] = whole[y0 : max(y0, y1), x0 : max(x0, x1)]
    return mask


if __name__ == "__main__":
    main()
