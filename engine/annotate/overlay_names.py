"""The overlays that there are, by name: for those who offer them, and draw nothing."""

from __future__ import annotations

OVERLAYS = (
    "masks", "boxes", "names", "pose", "box3d", "amodal", "amodal_boxes", "keypoints", "parts", "predictions",
)  # fmt: skip
"""All overlays, in the order in which they are offered."""
