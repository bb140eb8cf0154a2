"""Ways into the Recipe screen from other screens: with assets of the library, or with a frame of a dataset."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from textual.app import App

    from engine.dataset.manifest import AssetEntry
    from engine.frame.spec import FrameSpec
    from engine.library.assets import Asset
    from studio.library_recipe import Uses


class Entered(Protocol):
    """The Recipe screen, as far as it is needed here."""

    ready: asyncio.Event

    async def use_assets(self, uses: Uses) -> None: ...

    async def open_frame(
        self, recipe: Mapping[str, Any], seed: int, index: int, spec: FrameSpec | None = None
    ) -> None: ...


async def send_to_recipe(app: App[Any], assets: Sequence[Asset]) -> None:
    """Go to the Recipe screen and use these assets there, in the place of those of their kinds."""
    from studio.library_recipe import uses_of

    uses = uses_of(assets)
    await _go(app, lambda screen: screen.use_assets(uses))


async def open_in_recipe(
    app: App[Any],
    recipe: Mapping[str, Any],
    seed: int,
    index: int,
    assets: Sequence[AssetEntry] = (),
    spec: FrameSpec | None = None,
) -> None:
    """Go to the Recipe screen and show a frame there: the recipe that it was drawn from, its seed and its number.

    `assets` are those of the dataset, `spec` that of the frame; it is said when the assets are no longer what the frame
    was rendered with, and when the frame is drawn otherwise by now.
    """
    await _go(app, lambda screen: screen.open_frame(recipe, seed, index, spec))
    if not assets:
        return
    if changed := await asyncio.to_thread(changed_assets, recipe, assets):
        app.notify(changes_text(changed), severity="warning", markup=False, timeout=12)


def changed_assets(recipe: Mapping[str, Any], assets: Sequence[AssetEntry]) -> list[str]:
    """Names of the dataset's assets whose files are others by now, or gone, and of HDRIs and photographs that came.

    Reads every file. `recipe` is plain data with absolute paths.
    """
    from engine.errors import AssetError
    from engine.library.hashing import model_hash
    from engine.library.hdris import resolve_hdris
    from engine.library.photos import resolve_photos

    axes = {f"objects[{at}].model": item.get("up", "auto") for at, item in enumerate(recipe.get("objects", ()))}
    up_of_scenes = recipe.get("scene", {}).get("up", "auto")

    def is_same(asset: AssetEntry) -> bool:
        try:
            up = up_of_scenes if asset.role.startswith("scene.files") else axes.get(asset.role, "auto")
            return model_hash(asset.path, up) == asset.content_hash
        except AssetError:
            return False

    changed = [asset.name for asset in assets if asset.path and not is_same(asset)]
    known = {asset.name for asset in assets if asset.role.startswith(("surroundings.hdris", "backdrop.photos"))}
    try:
        found = set(resolve_hdris(recipe.get("surroundings", {}).get("hdris", ["builtin"])))
        found.update(resolve_photos(recipe.get("backdrop", {}).get("photos", [])))
    except AssetError:
        found = known  # the preview says it
    return [*dict.fromkeys(changed), *sorted(found - known)] if known else changed


def changes_text(changed: Sequence[str]) -> str:
    """One sentence on assets that have changed."""
    named = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
    is_one = len(changed) == 1
    return (
        f"{named}: {'this asset is' if is_one else 'these assets are'} not what the frame was rendered with, so its "
        f"picture here differs; put the file{'' if is_one else 's'} of that time back to see the same pixels."
    )


def is_drawn_alike(now: FrameSpec, then: FrameSpec) -> bool:
    """Whether a frame that was drawn anew, at whatever size, is what it was then, as far as poses and values tell."""
    import numpy as np

    def poses(spec: FrameSpec) -> Any:
        return np.array([spec.camera.T_world_camera, *(item.T_world_model for item in spec.objects)])

    known = {name: value for name, value in then.drawn.items() if name in now.drawn}  # settings may have come since
    return (
        len(now.objects) == len(then.objects)
        and np.allclose(poses(now), poses(then), rtol=0, atol=1e-6)
        and all(_is_alike(now.drawn[name], value) for name, value in known.items())
    )


def _is_alike(now: float | str, then: float | str) -> bool:
    if isinstance(now, str) or isinstance(then, str):
        return now == then
    return math.isclose(now, then, rel_tol=1e-6, abs_tol=1e-9)


async def _go(app: App[Any], act: Callable[[Entered], Awaitable[None]]) -> None:
    await app.switch_mode("recipe")
    screen = cast(Entered, app.screen_stack[0])
    await screen.ready.wait()
    await act(screen)
