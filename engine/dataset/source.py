"""What a screen needs of a dataset, ours or anybody's."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from engine.annotate.geometry import Skeletons
from engine.annotate.plain import AnyRecord


class FrameSource(Protocol):
    """Annotated pictures by number. Reading never writes. Methods raise DatasetError for what cannot be read."""

    @property
    def root(self) -> Path:
        """The folder that the pictures' paths start from."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def note(self) -> str:
        """A few words on where it comes from."""

    @property
    def skeletons(self) -> Skeletons:
        """The lines between keypoints, by class, where the records do not hold them."""

    def refresh(self) -> list[int]:
        """Look for new frames; returns the numbers of all, ascending."""

    def record(self, index: int) -> AnyRecord:
        """The annotations of a frame."""

    def image(self, index: int) -> npt.NDArray[np.uint8]:
        """The picture of a frame: (H, W, 3), sRGB."""

    def float_pass(self, index: int, name: str) -> npt.NDArray[np.float32]:
        """A float pass of a frame: `depth` (H, W) or `normal` (H, W, 3)."""

    def instance_map(self, index: int) -> npt.NDArray[np.uint16]:
        """The instance id seen at each pixel: (H, W), 0 for none."""
