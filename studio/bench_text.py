"""`studio bench` as text for people, and as plain data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from engine.stages import BESIDE, STAGES

if TYPE_CHECKING:
    from studio.bench import Bench, Saving, Stages

_BAR = 24
"""Cells of the bar of the stage that takes longest."""


def bench_text(bench: Bench, *, plain: bool = False) -> str:
    """Everything, for a terminal; `plain` has bars of ASCII."""
    lines = [*_stage_lines(bench.stages, plain=plain), "", *_between_lines(bench.stages)]
    if bench.savings:
        lines += ["", *_saving_lines(bench.savings), "", *_advice(bench)]
    return "\n".join(lines)


def _stage_lines(stages: Stages, *, plain: bool) -> list[str]:
    whole = sum(stages.seconds.values())
    lines = [f"{'stage':<9} {'seconds':>8} {'share':>7}"]
    for name in STAGES:
        if name in stages.seconds:
            seconds = stages.seconds[name]
            bar = ("#" if plain else "█") * max(round(_BAR * seconds / stages.largest), 1)
            lines.append(f"{name:<9} {seconds:>8.3f} {seconds / whole:>7.1%}  {bar}")
    return lines


def _between_lines(stages: Stages) -> list[str]:
    beside = sum(value for name, value in stages.seconds.items() if name in BESIDE)
    lines = [
        f"A frame takes {_seconds(stages.a_frame)} ({60 / stages.a_frame:.3g} frames a minute); the first one took "
        f"{_seconds(stages.first)}, as it loads and compiles.",
        f"annotate, encode and publish ({_seconds(beside)}) go on while the next frame is rendered.",
    ]
    if stages.between is not None and stages.between_share is not None:
        lines.append(
            f"Between samplings: {_seconds(stages.between)} a frame, {stages.between_share:.1%} of the time, in which "
            "a GPU does not trace."
        )
    return lines


def _saving_lines(savings: list[Saving]) -> list[str]:
    settings = [_setting(saving) for saving in savings]
    width = max(map(len, settings))
    lines = [f"{'setting tried':<{width}} {'s a frame':>10} {'saves':>7}  picture against the recipe's own"]
    for setting, saving in zip(settings, savings, strict=True):
        if saving.trouble:
            lines.append(f"{setting:<{width}} {'–':>10} {'–':>7}  {saving.trouble}")
        else:
            lines.append(f"{setting:<{width}} {saving.a_frame:>10.3f} {saving.saved:>7.1%}  {_picture(saving.psnr)}")
    return lines


def _advice(bench: Bench) -> list[str]:
    best = bench.best
    lines = []
    if bench.drift is not None and abs(bench.drift) > 0.05:
        pace = "slower" if bench.drift > 0 else "faster"
        lines.append(
            f"The machine became {abs(bench.drift):.0%} {pace} meanwhile; what saves less than that is not told apart."
        )
    if best:
        told = " and ".join(f"{_setting(one)} ({one.saved:.0%}; picture: {_picture(one.psnr)})" for one in best)
        lines.append(f"Most is saved by {told}.")
    else:
        lines.append("None of these settings saves more than can be told from chance.")
    return lines


def _setting(saving: Saving) -> str:
    from engine.recipe.schema import toml_value

    return f"{saving.path} = {toml_value(saving.value)}"


def _picture(psnr: float | None) -> str:
    if psnr is None:
        return "another frame was drawn"
    return "the same" if math.isinf(psnr) else f"{psnr:.1f} dB"


def _seconds(value: float) -> str:
    return f"{value:.3g} s"


def bench_data(bench: Bench) -> dict[str, Any]:
    """Everything, for `--json`."""
    stages = bench.stages
    return {
        "seconds_a_frame": _round(stages.a_frame),
        "first_frame_seconds": _round(stages.first),
        "stages": {name: _round(value) for name, value in stages.seconds.items()},
        "between_samplings_seconds": _round(stages.between),
        "between_samplings_share": _round(stages.between_share),
        "settings": [_saving_data(saving) for saving in bench.savings],
        "most_saved_by": [saving.path for saving in bench.best],
        "drift": _round(bench.drift),
    }


def _saving_data(saving: Saving) -> dict[str, Any]:
    same = saving.psnr is not None and math.isinf(saving.psnr)
    return {
        "path": saving.path,
        "value": saving.value,
        "seconds_a_frame": None if saving.trouble else _round(saving.a_frame),
        "saved": None if saving.trouble else _round(saving.saved),
        "same_pixels": same,
        "psnr_db": None if same else _round(saving.psnr),
        "trouble": saving.trouble or None,
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
