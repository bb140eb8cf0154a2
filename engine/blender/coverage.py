"""How much of each pixel each instance covers, out of Cycles' Cryptomatte: under blur too, averaged over all samples.

Cryptomatte lists, for each pixel, hashes of the names of the objects seen there and their shares.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.annotate.passes import COVERAGE_RANKS, COVERAGE_WHOLE
from engine.blender.instances import get_instance_id

Array = npt.NDArray[np.float32]

LEVELS = 8
"""Objects that Cycles keeps for each pixel of a chunk."""

_LEAST = 0.5 / COVERAGE_WHOLE


class CoverageSums:
    """Adds up chunks of samples. In most pixels all chunks see one thing: that of the first chunk has an array of its
    own, what else is seen is listed."""

    names = tuple(f"CryptoObject{number:02d}" for number in range(LEVELS // 2))

    def __init__(self, scene: Any) -> None:
        ids = {crypto_hash(thing.name): get_instance_id(thing) for thing in scene.objects if get_instance_id(thing)}
        hashes = sorted(ids)
        self._hashes = np.array([*hashes, 0xFFFFFFFF], np.uint32)
        self._ids = np.array([*(ids[number] for number in hashes), 0], np.uint16)
        self._main: npt.NDArray[np.uint16] | None = None
        self._share: Array = np.zeros(0, np.float32)
        self._others: list[tuple[npt.NDArray[np.int64], Array]] = []

    def add(self, passes: dict[str, Array], share: float) -> None:
        """Add the Cryptomatte passes (H, W, 4) of a chunk that has this share of the samples."""
        for name in self.names:
            for pair in (0, 2):
                covered = passes[name][..., pair + 1]
                if covered.any():
                    self._add(passes[name][..., pair], covered, share)

    def _add(self, hashes: Array, covered: Array, share: float) -> None:
        numbers = np.ascontiguousarray(hashes).view(np.uint32)
        place = np.searchsorted(self._hashes, numbers).clip(0, self._hashes.size - 1)
        ids = np.where(self._hashes[place] == numbers, self._ids[place], np.uint16(0))
        if self._main is None:
            self._main, self._share = ids, np.zeros(ids.shape, np.float32)
        same = ids == self._main
        self._share += np.where(same & (ids > 0), covered, 0) * np.float32(share)
        other = np.flatnonzero(~same & (ids > 0) & (covered > 0))
        if other.size:
            self._others.append((other << 16 | ids.ravel()[other], covered.ravel()[other] * np.float32(share)))

    def coverage(self, shape: tuple[int, int]) -> npt.NDArray[np.uint16]:
        """See `Passes.coverage`; `shape` is (H, W)."""
        ranks = np.zeros((COVERAGE_RANKS, 2, *shape), np.uint16)
        if self._main is None:
            return ranks
        ranks[0, 0] = np.where(self._share >= _LEAST, self._main, 0)
        ranks[0, 1] = np.where(self._share >= _LEAST, _whole(self._share), 0)
        if self._others:
            self._rank_others(ranks)
        return ranks

    def _rank_others(self, ranks: npt.NDArray[np.uint16]) -> None:
        """Order all that is seen at the pixels where chunks saw more than one thing."""
        keys = np.concatenate([keys for keys, _ in self._others])
        shares = np.concatenate([shares for _, shares in self._others])
        pixels = np.unique(keys >> 16)
        main = ranks[0, 0].ravel()[pixels].astype(np.int64)
        keys = np.concatenate([keys, pixels << 16 | main])
        shares = np.concatenate([shares, np.where(main > 0, self._share.ravel()[pixels], 0)])
        keys, place = np.unique(keys, return_inverse=True)
        shares = np.bincount(place, shares)
        keys, shares = keys[shares >= _LEAST], shares[shares >= _LEAST]
        order = np.lexsort((-shares, keys >> 16))
        keys, shares = keys[order], shares[order]
        at = keys >> 16
        first = np.flatnonzero(np.append(True, at[1:] != at[:-1])) if at.size else np.zeros(0, np.int64)
        rank = np.arange(at.size) - np.repeat(first, np.diff(np.append(first, at.size)))
        flat = ranks.reshape(COVERAGE_RANKS, 2, -1)
        flat[:, :, pixels] = 0
        kept = rank < COVERAGE_RANKS
        flat[rank[kept], 0, at[kept]] = keys[kept] & 0xFFFF
        flat[rank[kept], 1, at[kept]] = _whole(shares[kept])


def _whole(shares: npt.NDArray[Any]) -> npt.NDArray[np.uint16]:
    return np.rint(np.clip(shares, 0, 1) * COVERAGE_WHOLE).astype(np.uint16)


def crypto_hash(name: str) -> int:
    """Cryptomatte's number of a name: its MurmurHash3 (32 bits), changed where that is no ordinary float."""
    number = _murmur(name.encode())
    if (number >> 23) & 0xFF in (0, 0xFF):
        number ^= 1 << 23
    return number


def _murmur(data: bytes) -> int:
    """MurmurHash3_x86_32 with seed 0."""
    mask, state = 0xFFFFFFFF, 0
    blocks = len(data) // 4
    for start in range(0, blocks * 4, 4):
        state ^= _mixed(int.from_bytes(data[start : start + 4], "little"))
        state = (_turned(state, 13) * 5 + 0xE6546B64) & mask
    if tail := data[blocks * 4 :]:
        state ^= _mixed(int.from_bytes(tail, "little"))
    state ^= len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        state = ((state ^ (state >> shift)) * factor) & mask
    return state ^ (state >> 16)


def _mixed(block: int) -> int:
    return (_turned((block * 0xCC9E2D51) & 0xFFFFFFFF, 15) * 0x1B873593) & 0xFFFFFFFF


def _turned(number: int, bits: int) -> int:
    return ((number << bits) | (number >> (32 - bits))) & 0xFFFFFFFF
