"""Changes that Blender does not notice by itself when render data is kept between frames.

With persistent data Cycles looks only at what the dependency graph reports as changed. A few kinds of property, set
from Python, are not reported; each has a function here that sets and reports them. The functions do nothing where the
value is there already: reporting has a cost (a changed scene rebuilds Cycles' acceleration structure).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def set_cycles(scene: Any, **values: Any) -> None:
    """Set `scene.cycles` properties such as seed or filter_width; for samples see `set_samples`."""
    _set(scene.cycles, scene, values)


def set_samples(scene: Any, samples: int) -> None:
    """Set the number of samples. Cycles keeps the noise pattern that it laid out for another number, so that pixels
    would depend on what was rendered before: what it holds is freed, which costs a twentieth of a second in a small
    scene."""
    if scene.cycles.samples == samples:
        return
    set_cycles(scene, samples=samples)
    if scene.render.use_persistent_data:
        scene.render.use_persistent_data = False
        scene.render.use_persistent_data = True


def set_world_cycles(world: Any, **values: Any) -> None:
    """Set `world.cycles` properties such as sampling_method or sample_map_resolution."""
    _set(world.cycles, world, values)


def set_custom_property(owner: Any, name: str, value: Any) -> None:
    """Set `owner[name]`, read by materials through Attribute nodes. Lists compare by their numbers."""
    present = owner.get(name)
    if present is not None and np.array_equal(np.asarray(present), np.asarray(value)):
        return
    owner[name] = value
    owner.update_tag()


def set_image_pixels(image: Any, pixels: npt.NDArray[np.float32]) -> None:
    """Overwrite an image's pixels with (H, W, channels) float32, row 0 at the top."""
    image.pixels.foreach_set(np.ascontiguousarray(pixels[::-1], np.float32).ravel())
    image.update()
    image.update_tag()


def _set(settings: Any, owner: Any, values: dict[str, Any]) -> None:
    before = {name: getattr(settings, name) for name in values}
    for name, value in values.items():
        setattr(settings, name, value)
    # Compared as Blender stores them: 0.1 becomes another number there.
    if any(getattr(settings, name) != old for name, old in before.items()):
        owner.update_tag()
