"""Albedo, diffuse and specular light: averages over a frame's samples, as its picture is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

DIFFUSE, GLOSSY = "Diffuse", "Glossy"
SETTINGS = tuple(
    f"use_pass_{lobe}_{part}" for lobe in ("diffuse", "glossy") for part in ("color", "direct", "indirect")
)
"""The settings of a view layer that have Cycles make what is read here."""


@dataclass
class LightSums:
    """Adds up chunks of samples. Cycles divides the light of a chunk by its mean colour, so that is multiplied back."""

    names: tuple[str, ...] = tuple(
        f"{lobe} {part}" for lobe in (DIFFUSE, GLOSSY) for part in ("Color", "Direct", "Indirect")
    )
    _sums: dict[str, Array] = field(default_factory=dict)

    def add(self, passes: dict[str, Array], share: float) -> None:
        """Add passes (H, W, 3 or more) of a chunk that has this share of the samples."""
        self._put("albedo", passes[f"{DIFFUSE} Color"][..., :3], share)
        for lobe in (DIFFUSE, GLOSSY):
            light = passes[f"{lobe} Direct"][..., :3] + passes[f"{lobe} Indirect"][..., :3]
            self._put(lobe, light * passes[f"{lobe} Color"][..., :3], share)

    def _put(self, name: str, array: Array, share: float) -> None:
        weighted = array * np.float32(share)
        self._sums[name] = self._sums[name] + weighted if name in self._sums else weighted

    @property
    def albedo(self) -> Array:
        """See `Passes.albedo`."""
        return self._sums["albedo"]

    @property
    def diffuse(self) -> Array:
        """See `Passes.diffuse`."""
        coloured = self.albedo > 0
        light: Array = np.divide(self._sums[DIFFUSE], self.albedo, out=np.zeros_like(self.albedo), where=coloured)
        return light

    @property
    def specular(self) -> Array:
        """See `Passes.specular`."""
        return self._sums[GLOSSY]
