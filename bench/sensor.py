"""What the sensor's effects cost, each and all, at 640x480, and as shares of a frame's render time.

    python bench/sensor.py [--size 640x480] [--repeat 15] [--renders 3]

The picture is a frame of the preset `basic`; the frame's time is the least of the renders, at the preset's samples.
Without any (--renders 0) the picture is a made-up one of the same range. Each effect is timed alone, as the least and
the median of the repeats, and `all` has every effect at once. Told is the processor's time of all threads together (the
effects have one), which other programs on the machine disturb less than the clock's. Goal: all under 60 ms at 640x480.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from engine.frame.draw_sensor import draw_sensor  # noqa: E402
from engine.frame.draws import Draws  # noqa: E402
from engine.frame.sensor_spec import SensorSpec  # noqa: E402
from engine.recipe.distributions import Constant  # noqa: E402
from engine.recipe.sensor import Sensor  # noqa: E402
from engine.sensor.chain import on_display, on_light  # noqa: E402

EFFECTS: dict[str, dict[str, Any]] = {
    "blur 0.7 px": {"blur": 0.7},
    "defocus 1.5 px": {"defocus": 1.5},
    "chromatic aberration": {"red_shift": 1.0, "blue_shift": -1.0},
    "vignetting": {"vignetting": 0.4},
    "noise, ISO 800": {"iso": 800.0},
    "noise, ISO 800, Bayer, bilinear": {"iso": 800.0, "demosaic": "bilinear"},
    "noise, ISO 800, Bayer, Malvar": {"iso": 800.0, "demosaic": "malvar"},
    "12 bits": {"bits": 12},
    "white balance": {"white_balance": 5600.0},
    "sharpening": {"sharpening": 0.8},
    "JPEG 85": {"jpeg": 85},
}
ALL = {name: value for effect in EFFECTS.values() for name, value in effect.items()}
GOAL = 0.060


def spec_of(values: dict[str, Any]) -> SensorSpec:
    found = draw_sensor(Sensor(vignetting=Constant(0.1)), (0.0, 0.0), Draws(0, 0, 0))
    assert found is not None
    return msgspec.structs.replace(found, **({"vignetting": 0.0} | values))


def made_up(width: int, height: int) -> np.ndarray:
    """Smooth light over eight powers of two, with edges."""
    y, x = np.mgrid[0:height, 0:width]
    light = 2.0 ** (8 * (x / width) - 6) * (1 + 0.5 * ((x // 20 + y // 20) % 2))
    return (light[..., None] * (1.0, 0.9, 0.7)).astype(np.float32)


def rendered(width: int, height: int, renders: int) -> tuple[np.ndarray, float]:
    """The light of a frame of `basic`, and the processor seconds that it took."""
    import presets
    from engine.blender import colour
    from engine.blender.frame_renderer import FrameRenderer
    from engine.recipe.load import load_recipe

    recipe = load_recipe(presets.find("basic"), (f"render.resolution=[{width},{height}]",))
    renderer = FrameRenderer(recipe, "auto", lambda path: None)
    from engine.annotate.redraw import draw_visible

    spec = draw_visible(recipe, renderer.prepared.catalog, renderer.prepared.bodies, 0, 0)
    caught: list[np.ndarray] = []
    plain = colour.develop

    def catch(linear: np.ndarray, *rest: Any) -> Any:
        caught.append(linear.copy())
        return plain(linear, *rest)

    colour.develop = catch  # type: ignore[assignment]
    times = [timed(lambda: renderer.render(spec)) for _ in range(renders)]
    return caught[-1] * np.float32(2.0**spec.exposure), min(times)


def timed(do: Callable[[], object]) -> float:
    """Seconds of processor time, of all threads together."""
    began = time.process_time()
    do()
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="640x480")
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--renders", type=int, default=3, help="0 does without Blender, and so without shares")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    light, frame = rendered(width, height, options.renders) if options.renders else (made_up(width, height), 0.0)
    display = (np.clip(light, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
    print(f"{width}x{height}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    if frame:
        print(f"a frame of basic takes {frame:.2f} s of all cores together")
    for name, values in {**EFFECTS, "all": ALL}.items():
        spec = spec_of(values)

        def whole(spec: SensorSpec = spec) -> None:
            on_light(light, spec)
            on_display(display, spec)

        whole()
        times = [timed(whole) for _ in range(options.repeat)]
        share = f"   {min(times) / frame:7.2%} of a frame" if frame else ""
        print(f"{name:32} {min(times) * 1000:7.1f} ms least {median(times) * 1000:7.1f} ms median{share}")
        if name == "all" and (width, height) == (640, 480):
            print(f"goal of {GOAL * 1000:.0f} ms: {'met' if min(times) < GOAL else 'MISSED'}")


if __name__ == "__main__":
    main()
