"""Things without a label that stand, lie or fly among the objects and hide parts of them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.distributions import Distribution, Uniform
from engine.recipe.fields import flag, text_list, varying, where

KINDS = ("box", "bottle", "can", "bowl", "book", "tool", "fruit", "cable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Distractors:
    """Everyday things that get no label and no instance id, but hide what is behind them and throw shadows."""

    count: Distribution = varying(0, "distractors in a frame", low=0, high=200, integer=True)
    kinds: tuple[str, ...] = where(
        "count != 0", text_list(KINDS, "procedural kinds to draw from, all equally likely", options=KINDS)
    )
    models: tuple[str, ...] = where(
        "count != 0", text_list((), "model files, or folders of them, to draw from as well: each like a kind")
    )
    scale: Distribution = where("count != 0", varying(Uniform(0.8, 1.25), "factor on their size", low=1e-3, high=1e3))
    relative: bool = where(
        "count != 0",
        flag(
            True,
            "sizes as if the objects were as large as the cup; else the kinds' own in metres, and those of the models",
        ),
    )
