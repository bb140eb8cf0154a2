"""Whether a BOP export is what bop_toolkit would compute of its depth, poses and models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tests.export.bop_formulas import gt_info, load_depth, load_json, load_models


def assert_agrees(scene: Path, *, edge: float) -> int:
    """Check all instances of a scene; `edge` is the share of pixels on which masks may differ. Returns how many."""
    models = load_models(scene.parent.parent)
    cameras, poses, infos = (load_json(scene / f"scene_{name}.json") for name in ("camera", "gt", "gt_info"))
    count = 0
    for image, listed in poses.items():
        depth = load_depth(scene / f"depth/{image:06d}.png", cameras[image]["depth_scale"])
        for number, (pose, info) in enumerate(zip(listed, infos[image], strict=True)):
            computed, whole, seen = gt_info(depth, cameras[image], pose, models[pose["obj_id"]][1])
            allowed = max(3, round(edge * computed["px_count_all"]))
            for name, mask in (("mask", whole), ("mask_visib", seen)):
                stored = np.array(Image.open(scene / f"{name}/{image:06d}_{number:06d}.png")) > 0
                assert (stored != mask).sum() <= allowed, (image, number, name)
            for name in ("px_count_valid", "px_count_visib"):
                assert abs(info[name] - computed[name]) <= allowed, (image, number, name)
            if whole.any():
                # Of large outlines beyond the border, truncation is sampled; of what is all beyond it, none is known.
                everything = computed["px_count_all"]
                assert abs(info["px_count_all"] - everything) <= max(allowed, 0.006 * everything)
            assert abs(info["visib_fract"] - computed["visib_fract"]) <= 0.02
            if computed["px_count_visib"] > 50:
                for name in ("bbox_obj", "bbox_visib"):
                    assert np.abs(np.array(info[name]) - computed[name]).max() <= 2, (image, number, name)
            count += 1
    return count
