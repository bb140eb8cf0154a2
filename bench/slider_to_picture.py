"""How long it takes from the move of a slider's thumb to the new picture, in the real program in a real terminal.

    python bench/slider_to_picture.py [--moves 20] [--size 200x60] [--engine auto|cycles|eevee]

`studio` runs in a pseudo-terminal. On its Recipe screen a slider of each kind is moved by Shift+→ and Shift+←, each
time after the picture before has come to its end, and all that the program writes is kept with the time at which it
came. Played back into a terminal emulator, it tells when cells of the picture changed for the first time (`first`),
and when the picture was whole (`whole`: the last output before a pause); `slider` is the first output of all, the thumb
itself. `worker` is what the preview's process alone needs for the same changes, asked directly. From 200x60 on the
first picture has 160x120 pixels, in smaller terminals it has fewer. Goal: `whole` under 300 ms (p95) on 2 cores, under
100 ms with a GPU.
"""

from __future__ import annotations

import argparse
import copy
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.preview import Asker  # noqa: E402 - after the path
from tests.studio.terminal import Emulator, Terminal  # noqa: E402

SLIDERS = {
    "light": "surroundings.rotation",
    "camera": "camera.azimuth",
    "material": "objects[0].paint.hue",
    "object": "objects[0].scale",
}
RECIPE = """name = "bench"
[[objects]]
model = "cup"
scale = 1.0
look = "textured"
[objects.paint]
hue = 180
[camera]
azimuth = 40
[surroundings]
hdris = ["builtin:studio"]
rotation = 100
"""
MOVES = ("\x1b[1;2C", "\x1b[1;2D")
"""Shift+→ and Shift+←, as terminals send them."""

PAUSE = 0.04
"""Seconds without output after which a picture is whole; the next one comes 0.1 s later at the earliest."""


WAIT = 1.0
"""Seconds that a picture is given to begin to change."""


class Move(NamedTuple):
    """Seconds from the key."""

    slider: float
    first: float
    whole: float


class Player:
    """Plays a terminal's output back, piece by piece."""

    def __init__(self, terminal: Terminal, size: tuple[int, int]) -> None:
        self._terminal = terminal
        self._screen = Emulator(*size)
        self._played = 0

    def play(self) -> None:
        """Play all that has come."""
        while self._played < len(self._terminal.chunks):
            self._screen.feed(self._terminal.chunks[self._played][1])
            self._played += 1

    def watch(self) -> Iterator[tuple[float, bool]]:
        """For each piece that was not played yet: when it came, and whether the picture differs from that before."""
        left, top, columns, rows = self._screen.pane("frame ")
        before = {row: self._screen.cells(left, row, columns, 1) for row in range(top, top + rows)}
        changed = False
        while self._played < len(self._terminal.chunks):
            at, data = self._terminal.chunks[self._played]
            self._played += 1
            self._screen.dirty.clear()
            self._screen.feed(data)
            rows_to_see = before.keys() & self._screen.dirty if not changed else ()
            changed = changed or any(self._screen.cells(left, row, columns, 1) != before[row] for row in rows_to_see)
            yield at, changed


def rest(terminal: Terminal, player: Player) -> None:
    """Wait until the picture has come to its end."""
    terminal.wait_until(lambda: _is_at_rest(terminal), "all samples")
    player.play()


def move(terminal: Terminal, player: Player, key: str) -> Move:
    """Move the thumb and wait for the picture."""
    begun = time.monotonic()
    terminal.send(key)
    time.sleep(WAIT)
    terminal.wait_until(lambda: _is_at_rest(terminal), "all samples")
    slider = first = whole = 0.0
    for at, changed in player.watch():
        slider = slider or at
        if whole and at - whole > PAUSE:
            break
        if changed:
            first, whole = first or at, at
    if not first:
        raise SystemExit(f"the picture did not change within {WAIT} s")
    player.play()
    return Move(slider - begun, first - begun, whole - begun)


def _is_at_rest(terminal: Terminal) -> bool:
    quiet = time.monotonic() - terminal.chunks[-1][0] > 0.5  # first of all: reading the screen takes a processor's time
    return quiet and "16 samples" in terminal.text and " of 16 samples" not in terminal.text


def measure(terminal: Terminal, player: Player, path: str, moves: int) -> list[Move]:
    """Find a slider and move it."""
    terminal.send("/")
    terminal.wait_for("find a setting")
    terminal.send(path)
    terminal.wait_for(f"/{path} ", "1 found")
    terminal.send("\r")
    rest(terminal, player)
    found = [move(terminal, player, MOVES[number % 2]) for number in range(moves + 2)]
    terminal.send("\x1b")  # whatever comes within a tenth of a second of it would be a key with Alt
    terminal.wait_until(lambda: "1 found" not in terminal.text, "all settings again")
    rest(terminal, player)
    return found[2:]  # the first ones fill caches


def worker_alone(asker: Asker, plain: dict[str, Any], path: str, moves: int) -> list[float]:
    """Seconds for the same changes, asked of the preview's process directly."""
    plain = copy.deepcopy(plain)
    section: Any = plain
    *parents, last = path.replace("[0]", ".0").split(".")
    for name in parents:
        section = section[int(name)] if name.isdecimal() else section[name]
    start = section[last]
    found = []
    for number in range(moves + 2):
        section[last] = start + (0.1 if last == "scale" else 10) * (number % 2 == 0)
        found.append(asker.ask(plain)[1])
    return found[2:]


def row(name: str, seconds: list[float]) -> str:
    """Median, 95th percentile, and the least, in milliseconds."""
    p95 = quantiles(seconds, n=20, method="inclusive")[-1]
    return f"{name:>10} {1e3 * median(seconds):8.0f} {1e3 * p95:8.0f} {1e3 * min(seconds):8.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--moves", type=int, default=20)
    parser.add_argument("--size", default="200x60")
    parser.add_argument("--engine", choices=("auto", "cycles", "eevee"), default="auto")
    options = parser.parse_args()
    columns, rows = map(int, options.size.split("x"))
    print(f"{options.moves} moves each, {columns}x{rows}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        recipe = Path(folder, "bench.toml")
        recipe.write_text(RECIPE)
        homes = {f"XDG_{name}_HOME": str(Path(folder, name)) for name in ("CONFIG", "STATE", "CACHE", "DATA")}
        every = in_terminal(recipe, homes, (columns, rows), options)
    from engine.recipe.load import load_recipe, recipe_to_plain

    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(RECIPE)
        file.flush()
        plain = recipe_to_plain(load_recipe(Path(file.name)))
    asker = Asker(options.engine)
    all_whole: list[float] = []
    print(f"{'':>10} {'p50':>8} {'p95':>8} {'least':>8}  ms")
    for kind, moves in every.items():
        print(f"{kind}: {SLIDERS[kind]}")
        alone = worker_alone(asker, plain, SLIDERS[kind], options.moves)
        for name, seconds in {**Move(*map(list, zip(*moves, strict=True)))._asdict(), "worker": alone}.items():  # type: ignore[arg-type]
            print(row(name, seconds))
        all_whole += [one.whole for one in moves]
    asker.session.close()
    print(f"all {len(all_whole)} moves, whole pictures:\n{row('whole', all_whole)}")
    print(f"load now {os.getloadavg()[0]:.1f}")


def in_terminal(
    recipe: Path, homes: dict[str, str], size: tuple[int, int], options: argparse.Namespace
) -> dict[str, list[Move]]:
    """The moves of each kind of slider."""
    with Terminal.studio(size=size, environment=homes) as terminal:
        player = Player(terminal, size)
        terminal.wait_for("Library")
        terminal.send("2")
        terminal.wait_for("preset basic")
        terminal.send("o")
        terminal.wait_for("Open a recipe")
        terminal.send(f"{recipe}\r")
        terminal.wait_for("bench.toml")
        for _ in range(("auto", "eevee", "cycles").index(options.engine)):
            terminal.send("E")
        rest(terminal, player)
        return {kind: measure(terminal, player, path, options.moves) for kind, path in SLIDERS.items()}


if __name__ == "__main__":
    main()
