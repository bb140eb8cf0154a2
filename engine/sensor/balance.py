"""White balance: the gains of a camera that takes another light for white than there is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.frame.blackbody import light_color
from engine.recipe.sensor import NEUTRAL_KELVIN

type Gains = npt.NDArray[np.float32]

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def gains(kelvin: float, tint: float) -> Gains:
    """Factors (3,) on linear red, green and blue that leave the luminance of grey as it is.

    The camera takes light of colour temperature `kelvin` (2500 to 20,000) for white, where it is 6500 K, and holds
    green back by `tint` EV.
    """
    light = np.array(light_color(NEUTRAL_KELVIN)) / np.array(light_color(kelvin))
    found = light * (1.0, 2.0**-tint, 1.0)
    balanced: Gains = (found / (found @ _LUMINANCE)).astype(np.float32)
    return balanced
