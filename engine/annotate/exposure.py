"""Whether a finished picture is exposed within the bounds that its recipe sets, and shows its object at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.annotate.passes import Passes
from engine.frame.spec import FrameSpec
from engine.frame.trouble import BRIGHT, DARK, HIDDEN
from engine.recipe.output import Exposure

BLACK, WHITE = 5, 250
"""Pixels of which no channel is above, or none below, are taken for black, or for burnt out (of 255)."""

_LUMA = np.array([0.2126, 0.7152, 0.0722])


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a picture."""

    reason: str
    """One of `engine.frame.trouble`."""
    found: str
    """For people: what was found and which setting minds."""


def picture_trouble(passes: Passes, spec: FrameSpec, bounds: Exposure) -> Trouble | None:
    """What is wrong with the picture of a frame; None where nothing is."""
    if not (passes.instance_id == spec.camera.target_instance_id).any():
        return Trouble(HIDDEN, "no pixel of the object is seen")
    return exposure_trouble(passes.rgb, bounds)


def exposure_trouble(rgb: npt.NDArray[np.uint8], bounds: Exposure) -> Trouble | None:
    """What is wrong with the exposure of a picture (H, W, 3); None where nothing is."""
    mean = float(rgb.reshape(-1, 3).mean(axis=0) @ _LUMA) / 255
    black = float((rgb.max(axis=-1) <= BLACK).mean())
    white = float((rgb.min(axis=-1) >= WHITE).mean())
    if mean < bounds.darkest:
        return Trouble(DARK, f"its mean brightness is {mean:.2f}; exposure.darkest is {bounds.darkest:g}")
    if black > bounds.black:
        return Trouble(DARK, f"{black:.0%} of it is black; exposure.black allows {bounds.black:.0%}")
    if mean > bounds.brightest:
        return Trouble(BRIGHT, f"its mean brightness is {mean:.2f}; exposure.brightest is {bounds.brightest:g}")
    if white > bounds.white:
        return Trouble(BRIGHT, f"{white:.0%} of it is burnt out; exposure.white allows {bounds.white:.0%}")
    return None
