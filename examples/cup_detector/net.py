"""A detector that is small on purpose: a heat map of centres, box sizes, and a mask, as in CenterNet.

Zhou, Wang, Krähenbühl: Objects as Points, 2019 (arXiv:1904.07850). About a million weights; it begins from nothing.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STRIDE = 4
"""Pixels of the picture for each cell of the heat map."""

MASK_STRIDE = 2


class Block(nn.Module):
    """Two 3 x 3 convolutions round which the input passes."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        same = stride == 1 and inputs == outputs
        self.around = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm1(self.first(x)))
        return F.relu(self.norm2(self.second(y)) + self.around(x))


class CupNet(nn.Module):
    """(B, 3, H, W) pictures, 0 to 1, sides that 16 divides, to raw maps; see `forward`."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 24, 3, 2, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU())
        self.down4 = nn.Sequential(Block(24, 40, 2), Block(40, 40))
        self.down8 = nn.Sequential(Block(40, 80, 2), Block(80, 80))
        self.down16 = nn.Sequential(Block(80, 128, 2), Block(128, 128))
        self.side8, self.side4, self.top = nn.Conv2d(80, 64, 1), nn.Conv2d(40, 64, 1), nn.Conv2d(128, 64, 1)
        self.join8, self.join4 = Block(64, 64), Block(64, 64)
        self.heat = nn.Sequential(nn.Conv2d(64, 48, 3, padding=1), nn.ReLU(), nn.Conv2d(48, classes, 1))
        self.box = nn.Sequential(nn.Conv2d(64, 48, 3, padding=1), nn.ReLU(), nn.Conv2d(48, 4, 1))
        self.mask = nn.Sequential(nn.Conv2d(64 + 24, 24, 3, padding=1), nn.ReLU(), nn.Conv2d(24, 1, 1))
        # Nearly all cells hold no centre; beginning with that belief spares the first steps.
        nn.init.constant_(self.heat[-1].bias, -3.0)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of centres (B, classes, H/4, W/4); offset of the centre in its cell and size of the box, in cells
        (B, 4, H/4, W/4): x, y, log of width, log of height; logits of "an object is seen" (B, 1, H/2, W/2)."""
        x2 = self.stem((pictures - 0.45) / 0.25)
        x4 = self.down4(x2)
        x8 = self.down8(x4)
        x16 = self.down16(x8)
        y8 = self.join8(self.side8(x8) + F.interpolate(self.top(x16), scale_factor=2.0, mode="nearest"))
        y4 = self.join4(self.side4(x4) + F.interpolate(y8, scale_factor=2.0, mode="nearest"))
        fine = torch.cat([F.interpolate(y4, scale_factor=2.0, mode="nearest"), x2], 1)
        return self.heat(y4), self.box(y4), self.mask(fine)


def half(device: str) -> torch.autocast:
    """A block in which convolutions count in bfloat16, where the device has instructions for it: twice as fast."""
    kind = torch.device(device).type
    able = torch.cuda.is_bf16_supported() if kind == "cuda" else torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.autocast(kind, torch.bfloat16, enabled=able)


def losses(outputs: tuple[Tensor, Tensor, Tensor], targets: dict[str, Tensor]) -> dict[str, Tensor]:
    """Losses of heat map, boxes and masks, each a mean. `targets` are those of `data.targets_of`."""
    heat, box, mask = (output.float() for output in outputs)
    truth = targets["heat"]
    p = heat.sigmoid().clamp(1e-4, 1 - 1e-4)
    at = truth.eq(1)
    # The focal loss of the paper's equation 1 (alpha 2, beta 4).
    found = ((1 - p) ** 2 * p.log())[at].sum()
    empty = (((1 - truth) ** 4) * p**2 * (1 - p).log())[~at].sum()
    centres = at.sum().clamp(min=1)
    b, y, x = targets["cells"].unbind(1)
    boxes = F.l1_loss(box[b, :, y, x], targets["boxes"]) if len(b) else box.sum() * 0.0
    seen = targets["mask"]
    pixels = F.binary_cross_entropy_with_logits(mask, seen)
    q = mask.sigmoid()
    dice = 1 - (2 * (q * seen).sum() + 1) / (q.sum() + seen.sum() + 1)
    return {"heat": -(found + empty) / centres, "boxes": boxes, "masks": pixels + dice}
