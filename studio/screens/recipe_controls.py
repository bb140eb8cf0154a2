"""A control for each setting of a recipe: which one suits it, what it shows, and what its change means in the file."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any

from textual.message import Message

from engine.library.assets import Kind
from studio.recipe_parameters import Parameter
from studio.screens.recipe_widgets import AssetEntry, Choices, Entry, Option, RawEntry, Slider, Switch
from widgets.choice_editor import ChoiceEditor
from widgets.control import Control
from widgets.densities import Spread
from widgets.range_slider import RangeSlider
from widgets.simple_controls import OptionControl, SwitchControl, TextControl
from widgets.slider_entry import number_text
from widgets.slider_scale import scale_around

LOG_FROM = 3e4
"""Where the largest allowed value is so many times the least, the track of a constant is logarithmic."""

REACH = 4.0
"""Standard deviations after which a normal distribution without ends is cut off, as in recipes."""

ASSETS: dict[str, tuple[Kind, bool]] = {
    "model": ("model", False),
    "hdris": ("hdri", True),
    "photos": ("backdrop", True),
    "files": ("model", True),
    "textures": ("texture", True),
}
"""Settings that name assets, by the last part of their path: of which kind, and whether several."""


def make_control(parameter: Parameter, plain: Any, folder: Path, saved: Any = None) -> Control:
    """The control for a setting whose plain value is `plain` (None: not written). Paths are relative to `folder`.

    The track of a slider follows from the file's value, `saved`, so that it is the same one whenever it is made.
    """
    info, name = parameter.info, parameter.name
    value = parameter.default if plain is None else plain
    match kind_of(parameter, plain):
        case "slider":
            return _slider(parameter, value, parameter.default if saved is None else saved)
        case "choice":
            return Choices(name, _weights(parameter, value), open_ended=not info.options)
        case "set":
            return Choices(name, {option: float(option in value) for option in info.options}, plain=True)
        case "switch":
            return Switch(name, value)
        case "option":
            return Option(name, value, info.options)
        case "entry":
            kind = AssetEntry if assets_of(parameter) else Entry
            return kind(name, _as_text(parameter, value), empty="not set", paths=folder)
        case _:
            return RawEntry(name, _raw(value), empty="not set")


def assets_of(parameter: Parameter) -> tuple[Kind, bool] | None:
    """The kind of asset that a setting names, and whether several; None where it names none."""
    return ASSETS.get(parameter.path.rpartition(".")[2])


def kind_of(parameter: Parameter, plain: Any) -> str:
    """Which control suits a setting with this value; `raw` where the value is not one that it could have."""
    info = parameter.info
    value = parameter.default if plain is None else plain
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(value, dict):
        if not info.varies:
            return "raw"
        if "choice" in value:
            return "choice" if _has_weights(value) else "raw"
        return "slider" if info.kind in ("number", "integer") and _spread(value) is not None else "raw"
    match info.kind:
        case "number" | "integer":
            return "slider" if number or (value is None and info.optional) else "raw"
        case "flag":
            return "switch" if isinstance(value, bool) else "raw"
        case "text":
            if not isinstance(value, str):
                return "raw"
            known = bool(info.options) and value in info.options
            return ("choice" if info.varies else "option") if known else "raw" if info.options else "entry"
        case "text list":
            return "set" if info.options and isinstance(value, list) else "entry"
        case _:
            return "entry"


def show_value(control: Control, parameter: Parameter, plain: Any) -> None:
    """Let a control of the right kind show another value."""
    value = parameter.default if plain is None else plain
    match control:
        case RangeSlider():
            control.set_spread(_spread(value))
        case ChoiceEditor() if parameter.info.kind == "text list":
            control.set_weights({option: float(option in value) for option in parameter.info.options})
        case ChoiceEditor():
            control.set_weights(_weights(parameter, value))
        case SwitchControl():
            control.set_on(value)
        case OptionControl():
            control.set_value(value)
        case RawEntry():
            control.set_value(_raw(value))
        case TextControl():
            control.set_value(_as_text(parameter, value))


def plain_of(message: Message, parameter: Parameter) -> Any:
    """The plain value that a control's message asks for; None to leave the setting out."""
    match message:
        case RangeSlider.Changed(spread=spread):
            return _plain_spread(spread, integer=parameter.info.kind == "integer")
        case ChoiceEditor.Changed(weights=weights) if parameter.info.kind == "text list":
            return [value for value, weight in weights.items() if weight]
        case ChoiceEditor.Changed(weights=weights):
            return _plain_choice(weights, parameter)
        case SwitchControl.Changed(on=on):
            return on
        case OptionControl.Changed(value=value):
            return value
        case TextControl.Changed(entry=entry, value=value):
            return _parsed_raw(value) if isinstance(entry, RawEntry) else _from_text(parameter, value)
    raise TypeError(f"{type(message).__name__} comes from no control")


def as_choices(plain: Any, parameter: Parameter) -> Any:
    """A number's constant or range as weighted values, and weighted values as a range; None where that is not so."""
    value = parameter.default if plain is None else plain
    if parameter.info.kind not in ("number", "integer") or not parameter.info.varies or value is None:
        return None
    if isinstance(value, dict) and "choice" in value:
        low, high = min(value["choice"]), max(value["choice"])
        return {"uniform": [low, high]} if low < high else low
    spread = _spread(value)
    if spread is None:
        return None
    whole = parameter.info.kind == "integer"
    if whole and spread.high - spread.low <= 12:
        values: list[float] = list(range(round(spread.low), round(spread.high) + 1))
    else:
        values = [spread.low] if spread.low == spread.high else [spread.low, spread.high]
    return {"choice": values, "weights": [1] * len(values)}


def hint(parameter: Parameter) -> str:
    """One line on a setting: what it means, what is allowed, where it stands in the file."""
    from engine.recipe.schema import allowed_text

    allowed = "" if parameter.info.kind in ("text", "text list") else allowed_text(parameter.info)
    return " · ".join(part for part in (parameter.info.doc, allowed, parameter.path) if part)


def _slider(parameter: Parameter, value: Any, saved: Any) -> Slider:
    info = parameter.info
    least = -1e9 if info.low is None else info.low
    most = 1e9 if info.high is None else info.high
    origin = _spread(saved) or _spread(value)
    shape = origin.shape if origin is not None else "constant"
    log = shape == "log_uniform" or (shape == "constant" and least > 0 and most / least >= LOG_FROM)
    whole, step = info.kind == "integer", 1.0 if info.unit == "°" else 0.0
    numbers = origin.numbers if origin is not None else ()
    return Slider(
        parameter.name,
        _spread(value),
        least,
        most,
        scale=scale_around(numbers, least, most, log=log, integer=whole, step=step),
        unit=info.unit,
        integer=whole,
        varies=info.varies,
        suggestion=1.0 if log and least <= 1 <= most else None,
    )


def _spread(value: Any) -> Spread | None:
    """A number or the table of a continuous distribution as a spread; None where it is neither."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Spread("constant", float(value), float(value)) if math.isfinite(value) else None
    try:
        if "normal" in value:
            mean, deviation = map(float, value["normal"])
            low, high = (
                float(value.get(name, mean + by * deviation)) for name, by in (("min", -REACH), ("max", REACH))
            )
            return Spread("normal", low, high, mean, deviation) if deviation > 0 and low < high else None
        shape = "log_uniform" if "log_uniform" in value else "uniform"
        low, high = map(float, value[shape])
    except (KeyError, TypeError, ValueError):
        return None
    if low > high or (shape == "log_uniform" and low <= 0):
        return None
    return Spread("log_uniform" if shape == "log_uniform" else "uniform", low, high)


def _plain_spread(spread: Spread | None, *, integer: bool) -> Any:
    if spread is None:
        return None

    def number(value: float) -> float | int:
        return round(value) if integer or value == int(value) else value

    ends = [number(spread.low), number(spread.high)]
    match spread.shape:
        case "constant":
            return ends[0]
        case "normal":
            bell = [spread.mean, spread.deviation]
            return {"normal": bell, "min": ends[0], "max": ends[1]}
        case shape:
            return {shape: ends}


def _has_weights(value: dict[str, Any]) -> bool:
    values, weights = value["choice"], value.get("weights")
    if not isinstance(values, list) or not values or not all(isinstance(item, str | int | float) for item in values):
        return False
    if weights is None:
        return True
    good = isinstance(weights, list) and all(isinstance(weight, int | float) for weight in weights)
    return good and len(weights) == len(values) and len({_word(item) for item in values}) == len(values)


def _weights(parameter: Parameter, value: Any) -> dict[str, float]:
    """The weight of every value that there could be."""
    weights = dict.fromkeys(parameter.info.options, 0.0)
    if isinstance(value, dict):
        given = value.get("weights", [1.0] * len(value["choice"]))
        weights.update({_word(item): float(weight) for item, weight in zip(value["choice"], given, strict=True)})
    else:
        weights[_word(value)] = 1.0
    return weights


def _word(item: Any) -> str:
    return item if isinstance(item, str) else number_text(item)


def _plain_choice(weights: dict[str, float], parameter: Parameter) -> Any:
    """Only values with a weight are written; one alone is a constant."""
    kept = {value: weight for value, weight in weights.items() if weight}
    values: list[Any] = list(kept)
    if parameter.info.kind in ("number", "integer"):
        values = [_number(value) for value in values]
    if len(kept) == 1 and parameter.info.options:
        return values[0]
    return {"choice": values, "weights": list(kept.values())}


def _number(text: str) -> Any:
    """The number that was typed; what is none is written as it is, and refused with a reason by the recipe."""
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value == int(value) else value


def _as_text(parameter: Parameter, value: Any) -> str:
    if isinstance(value, list):
        return (" x " if parameter.info.kind == "resolution" else ", ").join(map(str, value))
    return str(value)


def _from_text(parameter: Parameter, text: str) -> Any:
    match parameter.info.kind:
        case "resolution":
            parts = text.lower().replace("×", "x").replace(",", "x").split("x")
            return [_number(part.strip()) for part in parts]
        case "text list":
            return [part.strip() for part in text.split(",") if part.strip()]
        case _:
            return text


def _raw(value: Any) -> str:
    from engine.recipe.document import toml_item

    return "" if value is None else toml_item(value).as_string()


def _parsed_raw(text: str) -> Any:
    """TOML as in the file; a bare word is a text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
