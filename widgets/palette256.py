"""Pictures in the fixed 240 colours of 256-colour terminals, by ordered dithering.

Entries 16 to 231 of the xterm palette are a cube of six steps a channel, 232 to 255 a ramp of greys; the first 16 are
left out because everybody's terminal has its own. The nearest entry to a faint colour is nearly always a grey, so each
colour is shown by two entries that are mixed: the pair whose mean comes close to it and whose own difference is small.
Which of the two a pixel takes depends on its colour and its place alone, so what does not change from one picture to
the next is not drawn anew.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet

type Picture = npt.NDArray[np.uint8]
type Entries = npt.NDArray[np.uint8]
"""Numbers of entries, 16 to 255."""
type _Lab = npt.NDArray[np.float32]

FIRST = 16
"""The first entry that looks the same everywhere."""

_CUBE = (0, 95, 135, 175, 215, 255)
PALETTE: Picture = np.array(
    [(r, g, b) for r in _CUBE for g in _CUBE for b in _CUBE] + [(8 + 10 * i,) * 3 for i in range(24)], dtype=np.uint8
)
"""(240, 3): sRGB of the entries from FIRST on."""

_BITS = 5
"""Bits of each channel by which colours share a pair."""
_GREYS, _HUES = 3, 9
"""Nearest entries of either kind that pairs are made of."""
_NOISE = 0.3
"""Cost of the mixed colours' variance against that of their mean's squared error: lower is coarser, higher greyer."""
_STRONG_NOISE = 1.25
"""The same for strong colours, whose nearest entry has the right hue: lines of overlays stay free of dots."""
_FAINT, _STRONG = 0.08, 0.11
"""OKLab chroma between which the one cost changes into the other."""

_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], dtype=np.float32)
_THRESHOLDS = (_BAYER + 1) / 17

_M1 = np.array([[0.41222147, 0.53633254, 0.05144599], [0.2119035, 0.68069955, 0.10739696],
                [0.08830246, 0.28171884, 0.6299787]], dtype=np.float32)  # fmt: skip
_M2 = np.array([[0.21045426, 0.79361779, -0.00407205], [1.9779985, -2.4285922, 0.45059371],
                [0.02590404, 0.78277177, -0.80867577]], dtype=np.float32)  # fmt: skip


def oklab(colors: Picture) -> npt.NDArray[np.float32]:
    """Björn Ottosson's OKLab (N, 3) of sRGB colours (N, 3): lightness 0 to 1, and two axes of hue. Distances in it are
    differences as people see them."""
    linear = _linear_of_byte()[colors]
    lab: npt.NDArray[np.float32] = np.cbrt(linear @ _M1.T) @ _M2.T
    return lab


@cache
def _linear_of_byte() -> npt.NDArray[np.float32]:
    share = np.arange(256, dtype=np.float32) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4).astype(np.float32)


@cache
def _palette_lab() -> _Lab:
    return oklab(PALETTE)


def dither(picture: Picture) -> Entries:
    """Entries (H, W) that show a picture (H, W, 3)."""
    height, width = picture.shape[:2]
    colors = picture.reshape(-1, 3)
    pairs = _pairs(colors)
    dark, light = _palette_lab()[pairs[:, 0]], _palette_lab()[pairs[:, 1]]
    share = _share(oklab(colors), dark, light - dark)
    threshold = _THRESHOLDS[np.arange(height)[:, None] % 4, np.arange(width)[None, :] % 4].reshape(-1)
    numbers = np.where(share > threshold, pairs[:, 1], pairs[:, 0])
    entries: Entries = (numbers + np.uint8(FIRST)).reshape(height, width)
    return entries


@cache
def nearest(rgb: tuple[int, int, int]) -> int:
    """The single entry nearest to a colour, for texts and marks."""
    wanted = oklab(np.array([rgb], dtype=np.uint8))
    return FIRST + int(((_palette_lab() - wanted) ** 2).sum(axis=1).argmin())


@cache
def entry_color(entry: int) -> Color:
    """Rich's colour of an entry. It carries its red, green and blue, so that Textual does not replace it."""
    triplet = ColorTriplet(*PALETTE[entry - FIRST].tolist())
    return Color(f"color({entry})", ColorType.EIGHT_BIT, entry, triplet)


def _share(wanted: _Lab, start: _Lab, way: _Lab) -> npt.NDArray[np.float32]:
    """How far along each way (…, 3) from its start the point nearest to the wanted colour lies, 0 to 1."""
    squared = np.maximum((way**2).sum(axis=-1), np.float32(1e-9))
    share: npt.NDArray[np.float32] = np.clip(((wanted - start) * way).sum(axis=-1) / squared, 0, 1)
    return share


_known = np.zeros(1 << 3 * _BITS, dtype=bool)
_table = np.zeros((1 << 3 * _BITS, 2), dtype=np.uint8)
"""The pair of every cell of colours that was asked for so far; finding them all would take seconds."""


def _pairs(colors: Picture) -> npt.NDArray[np.uint8]:
    """Numbers in PALETTE (N, 2), the darker one first, of the entries that mix each colour (N, 3)."""
    steps = colors.astype(np.int32) >> 8 - _BITS
    cells = steps[:, 0] << 2 * _BITS | steps[:, 1] << _BITS | steps[:, 2]
    new = np.unique(cells[~_known[cells]])
    if len(new):
        _table[new] = _best_pairs(new)
        _known[new] = True
    pairs: npt.NDArray[np.uint8] = _table[cells]
    return pairs


def _best_pairs(cells: npt.NDArray[np.int32]) -> npt.NDArray[np.uint8]:
    """The pair of least cost (N, 2) for the middle of each cell (N,)."""
    mask = (1 << _BITS) - 1
    steps = np.stack([cells >> 2 * _BITS, cells >> _BITS & mask, cells & mask], axis=1)
    wanted = oklab(((steps << 8 - _BITS) + (1 << 7 - _BITS)).astype(np.uint8))
    candidates = _candidates(wanted)
    first, second = np.triu_indices(candidates.shape[1])
    start = _palette_lab()[candidates[:, first]]
    way = _palette_lab()[candidates[:, second]] - start
    share = _share(wanted[:, None], start, way)
    error = ((wanted[:, None] - start - share[..., None] * way) ** 2).sum(axis=-1)
    variance = share * (1 - share) * (way**2).sum(axis=-1)
    chroma = np.hypot(wanted[:, 1], wanted[:, 2])
    noise = np.interp(chroma, (_FAINT, _STRONG), (_NOISE, _STRONG_NOISE))
    best = (error + noise[:, None] * variance).argmin(axis=1)
    pairs = np.stack([candidates[np.arange(len(cells)), side[best]] for side in (first, second)], axis=1)
    swapped = _palette_lab()[pairs[:, 0], 0] > _palette_lab()[pairs[:, 1], 0]
    pairs[swapped] = pairs[swapped, ::-1]
    return pairs.astype(np.uint8)


def _candidates(wanted: _Lab) -> npt.NDArray[np.intp]:
    """Numbers in PALETTE of the nearest greys and the nearest hues of each colour (N, 3)."""
    distances = ((wanted[:, None] - _palette_lab()[None]) ** 2).sum(axis=-1)
    grey = PALETTE.min(axis=1) == PALETTE.max(axis=1)
    found = []
    for kind, count in ((np.flatnonzero(grey), _GREYS), (np.flatnonzero(~grey), _HUES)):
        found.append(kind[np.argpartition(distances[:, kind], count, axis=1)[:, :count]])
    return np.hstack(found)
