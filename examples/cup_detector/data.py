"""Datasets as `studio export --format coco` writes them, as tensors; and what is done to pictures while training."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from net import MASK_STRIDE, STRIDE
from PIL import Image
from pycocotools import mask as coco_mask
from torch import Tensor


@dataclass
class Samples:
    """Pictures of one size with their objects."""

    pictures: Tensor
    """(N, 3, S, S) uint8."""
    seen: Tensor
    """(N, 1, S, S) uint8: 1 where any object is seen."""
    boxes: list[Tensor]
    """(n, 4) float32 for each picture: x, y, width, height."""
    labels: list[Tensor]
    """(n,) int64 for each picture: number of the class, from 0."""
    classes: list[str]


def load(folders: list[str], size: int) -> Samples:
    """Read `DIR/coco.json` of each folder, scaled to size x size; of `DIR:N` the first N pictures."""
    pictures, seen, boxes, labels = [], [], [], []
    classes: list[str] = []
    for name in folders:
        place, _, most = name.partition(":")
        folder = Path(place)
        found = json.loads((folder / "coco.json").read_text())
        names = {category["id"]: category["name"] for category in found["categories"]}
        classes += [name for name in names.values() if name not in classes]
        by_picture: dict[int, list[dict]] = {image["id"]: [] for image in found["images"]}
        for annotation in found["annotations"]:
            by_picture[annotation["image_id"]].append(annotation)
        for image in found["images"][: int(most) if most else None]:
            factors = np.array([size / image["width"], size / image["height"]] * 2, np.float32)
            with Image.open(folder / image["file_name"]) as picture:
                pictures.append(np.asarray(picture.convert("RGB").resize((size, size), Image.Resampling.BOX)))
            objects = by_picture[image["id"]]
            whole = np.zeros((image["height"], image["width"]), np.uint8)
            for each in objects:
                whole |= coco_mask.decode(each["segmentation"])
            seen.append(np.asarray(Image.fromarray(whole * 255).resize((size, size), Image.Resampling.BOX)) > 127)
            boxes.append(torch.tensor(np.array([o["bbox"] for o in objects], np.float32).reshape(-1, 4) * factors))
            labels.append(torch.tensor([classes.index(names[o["category_id"]]) for o in objects], dtype=torch.int64))
    stacked = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous()
    return Samples(stacked, torch.from_numpy(np.stack(seen)).to(torch.uint8)[:, None], boxes, labels, classes)


@dataclass
class Batch:
    """What one step of training sees."""

    pictures: Tensor
    """(B, 3, S, S) float32, 0 to 1."""
    targets: dict[str, Tensor]


def batch(samples: Samples, chosen: Tensor, random: torch.Generator) -> Batch:
    """The chosen samples, each zoomed, shifted, mirrored, and changed in colour, sharpness and noise by chance."""
    n, size = len(chosen), samples.pictures.shape[-1]
    u = torch.rand((n, 12), generator=random)
    zoom = torch.exp((u[:, 0] - 0.5) * 0.9)
    shift = (u[:, 1:3] - 0.5) * 0.5
    mirror = torch.where(u[:, 3] < 0.5, -1.0, 1.0)
    # A point of the new picture, -1 to 1, is taken from `zoom * mirror * x + shift` of the old one.
    theta = torch.zeros((n, 2, 3))
    theta[:, 0, 0], theta[:, 1, 1] = zoom * mirror, zoom
    theta[:, :, 2] = shift
    grid = F.affine_grid(theta, [n, 3, size, size], align_corners=False)
    pictures = F.grid_sample(
        samples.pictures[chosen].float() / 255, grid, padding_mode="reflection", align_corners=False
    )
    seen = F.grid_sample(samples.seen[chosen].float(), grid, mode="bilinear", align_corners=False)
    boxes, labels = [], []
    for row, index in enumerate(chosen.tolist()):
        moved, kept = move(samples.boxes[index], size, zoom[row].item(), shift[row], mirror[row].item())
        boxes.append(moved)
        labels.append(samples.labels[index][kept])
    return Batch(change(pictures, u[:, 4:], random), targets_of(boxes, labels, seen, len(samples.classes)))


def move(boxes: Tensor, size: int, zoom: float, shift: Tensor, mirror: float) -> tuple[Tensor, Tensor]:
    """Boxes (n, 4) as a zoomed, shifted, mirrored picture has them, cut at its border; and which are left."""
    low, high = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    corners = torch.stack([low, high]) / size * 2 - 1
    corners = (corners - shift) / torch.tensor([zoom * mirror, zoom])
    corners = (corners + 1) / 2 * size
    low, high = corners.amin(0), corners.amax(0)
    area = (high - low).prod(1)
    low, high = low.clamp(0, size), high.clamp(0, size)
    sides = high - low
    kept = (sides.prod(1) > 0.3 * area) & (sides.amin(1) >= 2)
    return torch.cat([low, sides], 1)[kept], kept


def change(pictures: Tensor, u: Tensor, random: torch.Generator) -> Tensor:
    """Brightness, contrast, saturation, tint, blur and noise; `u` (B, 8) uniform values decide how much."""
    gain = torch.exp((u[:, 0] - 0.5) * 0.9)[:, None, None, None]
    tint = torch.exp((u[:, 1:4] - 0.5) * 0.35)[:, :, None, None]
    pictures = pictures * gain * tint
    mean = pictures.mean((1, 2, 3), keepdim=True)
    pictures = mean + (pictures - mean) * torch.exp((u[:, 4] - 0.5) * 0.7)[:, None, None, None]
    grey = pictures.mean(1, keepdim=True)
    pictures = grey + (pictures - grey) * (0.4 + 1.2 * u[:, 5])[:, None, None, None]
    soft = F.avg_pool2d(F.pad(pictures, (1, 1, 1, 1), mode="replicate"), 3, 1)
    pictures = torch.where(u[:, 6, None, None, None] < 0.3, soft, pictures)
    noise = torch.randn(pictures.shape, generator=random) * (0.05 * u[:, 7] ** 2)[:, None, None, None]
    return (pictures + noise).clamp(0, 1)


def targets_of(boxes: list[Tensor], labels: list[Tensor], seen: Tensor, classes: int) -> dict[str, Tensor]:
    """What the network should say: `heat` (B, classes, S/4, S/4), `cells` (n, 3) of picture, row and column with a
    centre, `boxes` (n, 4) as `CupNet.forward` has them there, `mask` (B, 1, S/2, S/2)."""
    count, size = len(boxes), seen.shape[-1]
    side = size // STRIDE
    heat = torch.zeros((count, classes, side, side))
    at = torch.arange(side, dtype=torch.float32)
    cells, values = [], []
    for row, (each, kinds) in enumerate(zip(boxes, labels, strict=True)):
        for (x, y, w, h), kind in zip((each / STRIDE).tolist(), kinds.tolist(), strict=True):
            cx, cy = x + w / 2, y + h / 2
            column, line = min(int(cx), side - 1), min(int(cy), side - 1)
            across = torch.exp(-((at - column) ** 2) / (2 * max(0.7, w / 10) ** 2))
            down = torch.exp(-((at - line) ** 2) / (2 * max(0.7, h / 10) ** 2))
            heat[row, kind] = torch.maximum(heat[row, kind], down[:, None] * across[None, :])
            cells.append((row, line, column))
            values.append((cx - column, cy - line, math.log(w), math.log(h)))
    return {
        "heat": heat,
        "cells": torch.tensor(cells, dtype=torch.int64).reshape(-1, 3),
        "boxes": torch.tensor(values).reshape(-1, 4),
        "mask": F.avg_pool2d(seen, MASK_STRIDE),
    }
