"""Assets and their facts in words."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table
from rich.text import Text

from engine.library.assets import Asset, Kind
from engine.thumbnails.facts import BrokenFacts, Facts, HdriFacts, ModelFacts, PictureFacts, warnings_of
from studio.library_view import TITLES, is_wrong
from studio.units import LENGTHS, digits, grouped, length

_BRIEF = {"Textures": "Tex", "Backdrops": "Back"}
_KIND_NAMES = {"model": "model", "hdri": "HDRI", "texture": "texture", "backdrop": "backdrop"}


def subtitle(asset: Asset, facts: Facts | None) -> str:
    """The second line of a cell: what is wrong, or the most telling fact."""
    if isinstance(facts, BrokenFacts):
        return "broken"
    text = _KIND_NAMES[asset.kind]
    if isinstance(facts, ModelFacts):
        text = length(max(facts.size) * asset.notes.scale)
    elif isinstance(facts, HdriFacts):
        text = f"{facts.range_ev:.0f} EV"
    elif isinstance(facts, PictureFacts):
        text = f"{facts.width}×{facts.height}"
    tags = " ".join(f"#{tag}" for tag in asset.notes.tags)
    return " ".join(part for part in ("!" if is_wrong(asset, facts) else "", text, tags) if part)


def placeholder(asset: Asset, facts: Facts | None) -> str:
    """The word in the place of a picture that has not come, or never will."""
    return "✗ broken" if isinstance(facts, BrokenFacts) else _KIND_NAMES[asset.kind]


def details(asset: Asset, facts: Facts | None) -> Table:
    """All that is known of an asset, as rows of a name and a value."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(ratio=1, overflow="fold")
    for name, value, style in (
        *_wrong_lines(asset, facts),
        *_fact_lines(asset, facts),
        *_note_lines(asset),
        *_file_lines(asset),
    ):
        table.add_row(name, Text(value, style))
    return table


def one_line(asset: Asset, facts: Facts | None) -> str:
    """The most telling facts in one line, what is wrong first."""
    if isinstance(facts, BrokenFacts):
        return f"✗ {asset.name}: {facts.reason}"
    values = [value for _, value, _ in _fact_lines(asset, facts)[:2]]
    wrong = [f"! {_sentence(warning)}" for warning in warnings_of(facts, asset.notes.scale)]
    return " · ".join([asset.name, *wrong, *values, *(f"#{tag}" for tag in asset.notes.tags)])


type _Line = tuple[str, str, str]


def _wrong_lines(asset: Asset, facts: Facts | None) -> list[_Line]:
    if isinstance(facts, BrokenFacts):
        return [("✗ broken", _sentence(facts.reason), "bold")]
    warnings = warnings_of(facts, asset.notes.scale)
    return [("! note", _sentence(warning.replace("its scale", "its scale (x)", 1)), "") for warning in warnings]


def _fact_lines(asset: Asset, facts: Facts | None) -> list[_Line]:
    match facts:
        case ModelFacts():
            return _model_lines(asset, facts)
        case HdriFacts():
            return _hdri_lines(facts)
        case PictureFacts():
            return [("size", f"{facts.width} × {facts.height} px", ""), ("channels", facts.mode, "")]
        case BrokenFacts():
            return []
        case None:
            return [("", "being looked at …", "dim")]


def _model_lines(asset: Asset, facts: ModelFacts) -> list[_Line]:
    return [
        ("size", extent(facts.size, asset.notes.scale), ""),
        ("faces", f"{grouped(facts.faces)} triangles", ""),
        ("material", ", ".join(facts.materials) or "none, shown in clay", ""),
        ("texture", ", ".join(facts.textures) or "none", ""),
        ("UV map", "yes" if facts.has_uv else "no", ""),
    ]


def _hdri_lines(facts: HdriFacts) -> list[_Line]:
    sun = "no single bright spot"
    if facts.sun_elevation is not None and facts.sun_azimuth is not None:
        sun = (
            f"{facts.sun_elevation:.0f}° high, azimuth {facts.sun_azimuth:.0f}°, "
            f"{100 * facts.sun_share:.0f} % of the light"
        )
    return [
        ("size", f"{facts.width} × {facts.height} px", ""),
        ("range", f"{facts.range_ev:.1f} EV", ""),
        ("sun, lamp", sun, ""),
        ("mean", digits(facts.mean), ""),
        ("peak", digits(facts.peak), ""),
    ]


def _note_lines(asset: Asset) -> list[_Line]:
    notes = asset.notes
    lines: list[_Line] = []
    if asset.kind == "model":
        lines.append(("class", asset.class_name, ""))
        if notes.scale != 1.0:
            lines.append(("scale", f"× {notes.scale:g}", ""))
    if notes.tags:
        lines.append(("tags", ", ".join(notes.tags), ""))
    return lines


def _file_lines(asset: Asset) -> list[_Line]:
    if asset.is_builtin:
        return [("from", "built in", "")]
    return [("file", f"{_bytes(asset.size)}", ""), ("in", short(Path(asset.path).parent), "")]


def extent(size: tuple[float, float, float], scale: float) -> str:
    """Width, depth and height in one unit: `11.7 × 8.12 × 9.20 cm`."""
    metres = [side * scale for side in size]
    _, factor, unit = next(row for row in LENGTHS if max(metres) >= row[0])
    return " × ".join(digits(side * factor) for side in metres) + f" {unit}"


def chips_text(kind: Kind | None, count: int, *, current: bool, brief: bool) -> str:
    """A kind with its count; the current one in brackets."""
    title = TITLES[kind]
    text = f"{_BRIEF.get(title, title) if brief else title} {count:,}"
    return f"[{text}]" if current else f" {text} "


def short(path: Path) -> str:
    """A path with the home folder as ~."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path != home and path.is_relative_to(home) else str(path)


def _bytes(size: int) -> str:
    value = float(size)
    for unit in ("B", "KB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if value >= 100 or unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
