"""Named random streams: the only source of randomness in the program.

A stream is identified by (seed, index, attempt, name). Streams are independent of each other, so a parameter that is
added, removed or drawn more often does not shift the values of the others. The bits come from Philox, whose output
numpy keeps the same between versions; the step from bits to a number in [0, 1) is ours, for the same reason.
"""

from __future__ import annotations

import hashlib

import numpy as np

_MANTISSA = 2.0**-53


class Stream:
    """A sequence of numbers in [0, 1) that depends on its identity alone."""

    __slots__ = ("_bits",)

    def __init__(self, seed: int, index: int, attempt: int, name: str) -> None:
        """Start the stream `name` of attempt `attempt` at frame `index` of `seed`; 0 is a seed like any other."""
        identity = f"{seed}/{index}/{attempt}/{name}".encode()
        key = int.from_bytes(hashlib.blake2b(identity, digest_size=16).digest(), "little")
        self._bits = np.random.Philox(key=key)

    def uniform(self) -> float:
        """The next number in [0, 1), with 53 random bits."""
        return (int(self._bits.random_raw()) >> 11) * _MANTISSA
