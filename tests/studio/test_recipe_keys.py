"""Every key of the Recipe screen's controls, one after another, by what it writes into the recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from studio.actions import ACTIONS
from studio.recipe_parameters import parameters
from studio.screens.recipe import RecipeScreen
from studio.screens.recipe_dialogs import OpenDialog
from tests.studio.recipe_rig import file, preview, run_recipe
from tests.studio.screens import until
from widgets.choice_editor import ChoiceEditor
from widgets.control import Control

__all__ = ["file", "preview"]

pytestmark = pytest.mark.usefixtures("preview")

KEYS = {action.id: action.keys for action in ACTIONS}


class Setting:
    """One setting of the recipe that is open, with the focus on its control."""

    def __init__(self, pilot: Pilot[None], screen: RecipeScreen, path: str) -> None:
        self.pilot, self.screen, self.path = pilot, screen, path

    @property
    def control(self) -> Control:
        """Its control."""
        return self.screen.panel.controls[self.path]

    @property
    def value(self) -> Any:
        """Its value in the recipe, as plain data."""
        return self.screen.session.document.get(self.path)

    async def focus(self) -> Setting:
        """Show it and put the focus on it."""
        subject = next(item.subject for item in parameters(9) if item.path == self.path)
        await self.screen.show_subject(subject)
        self.screen.panel.focus_path(self.path)
        await self.pilot.pause()
        assert self.control.has_focus
        return self

    async def press(self, *keys: str) -> Any:
        """Press keys; returns the value then."""
        await self.pilot.press(*keys)
        await self.pilot.pause(0.05)
        return self.value

    async def type(self, text: str) -> Any:
        """Type a value and take it."""
        names = {".": "full_stop", " ": "space", ",": "comma", "-": "minus", ":": "colon"}
        return await self.press(*(names.get(character, character) for character in text), "enter")


def ends(value: Any) -> tuple[float, float]:
    """Low and high end of a uniform distribution, or of a constant."""
    low, high = value["uniform"] if isinstance(value, dict) else (value, value)
    return float(low), float(high)


@pytest.mark.tries(
    "slider.less", "slider.more", "slider.much_less", "slider.much_more", "slider.bit_less", "slider.bit_more",
    "slider.low", "slider.high", "slider.thumb", "slider.thumb_back",
)  # fmt: skip
def test_keys_move_the_thumbs(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        setting = await Setting(pilot, screen, "camera.exposure").focus()
        step = ends(await setting.press("right"))[0] - -0.4
        assert step > 0
        for action, by in (
            ("less", -1), ("more", 1), ("much_less", -10), ("much_more", 10), ("bit_less", -0.1), ("bit_more", 0.1),
        ):  # fmt: skip
            for key in KEYS[f"slider.{action}"]:
                before = ends(setting.value)
                low, high = ends(await setting.press(key))
                assert low - before[0] == pytest.approx(by * step, rel=0.15), key  # values are kept short
                assert high == before[1]
        low, high = ends(await setting.press("end"))
        assert low == high == 0.5, "the low thumb stops at the high one"
        low, high = ends(await setting.press("home"))
        assert low < -0.4
        before = ends(await setting.press("tab", "right"))
        assert before == (low, pytest.approx(0.5 + step, abs=step / 5))
        low, high = ends(await setting.press("shift+tab", "right"))
        assert (low, high) == (pytest.approx(before[0] + step, abs=step / 5), before[1])

    run_recipe(test, file)


@pytest.mark.tries("slider.range", "slider.shape", "slider.narrower", "slider.wider", "slider.edit")
def test_keys_change_a_distribution(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        setting = await Setting(pilot, screen, "camera.exposure").focus()
        assert isinstance(await setting.press("space"), float | int)
        assert "uniform" in await setting.press("space")
        bell = (await setting.press("d"))["normal"]
        wider = (await setting.press("right_parenthesis"))["normal"]
        assert wider[1] > bell[1]
        assert (await setting.press("left_parenthesis"))["normal"][1] < wider[1]
        await setting.press("enter")
        typed = await setting.type("0.1..0.2")
        assert (typed["min"], typed["max"]) == (0.1, 0.2)

    run_recipe(test, file)


def test_a_number_typed_on_a_slider_is_a_value_and_no_screen(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        setting = await Setting(pilot, screen, "objects[0].yaw").focus()
        assert await setting.type("45") == 45
        assert await setting.type("10..90") == {"uniform": [10, 90]}
        assert await setting.type("-30") == -30
        assert screen.session.objects() == 1
        assert await (await Setting(pilot, screen, "camera.fill").focus()).type(".5") == 0.5
        await setting.focus()
        await setting.press("1", "escape")
        assert (setting.value, setting.control.is_editing, pilot.app.screen) == (-30, False, screen)
        await setting.press("alt+3")
        await until(pilot, lambda: pilot.app.current_mode == "queue")
        await pilot.press("alt+2")
        await until(pilot, lambda: pilot.app.screen is screen)
        switch = next(path for path, control in screen.panel.controls.items() if not control.begins_entry("1"))
        await Setting(pilot, screen, switch).focus()
        await pilot.press("1")
        await until(pilot, lambda: pilot.app.current_mode == "library")

    run_recipe(test, file)


@pytest.mark.tries(
    "choice.up", "choice.down", "choice.less", "choice.more", "choice.much_less", "choice.much_more",
    "choice.bit_less", "choice.bit_more", "choice.first", "choice.last", "choice.switch", "choice.only", "choice.edit",
)  # fmt: skip
def test_keys_weigh_choices(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        setting = await Setting(pilot, screen, "ground.finish").focus()
        names = ["plain", "wood", "stone", "fabric"]

        def weights() -> dict[str, float]:
            return dict(zip(setting.value["choice"], setting.value["weights"], strict=True))

        async def chosen() -> str:
            """The value under the cursor: the one whose weight a key raises."""
            before = weights()
            await setting.press("greater_than_sign")
            raised = [name for name in names if weights()[name] != before[name]]
            await setting.press("less_than_sign")
            return raised[0]

        assert await chosen() == "plain"
        for action, keys, at in (("down", KEYS["choice.down"], 2), ("up", KEYS["choice.up"], 0)):
            await setting.press(*keys)
            assert await chosen() == names[at], action
        await setting.press("end")
        assert isinstance(setting.control, ChoiceEditor)
        assert setting.control.value == list(setting.control.weights)[-1]
        await setting.press("home")
        assert await chosen() == "plain"
        await setting.press("down", "L")
        for action, by in (
            ("less", -1), ("more", 1), ("much_more", 5), ("much_less", -5), ("bit_less", -0.1), ("bit_more", 0.1),
        ):  # fmt: skip
            for key in KEYS[f"choice.{action}"]:
                before = weights()
                await setting.press(key)
                assert weights()["wood"] == pytest.approx(before["wood"] + by), key
        all_of_them = weights()
        await setting.press("space")
        assert "wood" not in weights()
        await setting.press("space")
        assert set(weights()) == set(names)
        assert await setting.press("equals_sign") == "wood"
        await setting.press("equals_sign")
        assert set(weights()) == set(setting.control.weights) > set(all_of_them)
        await setting.press("enter")
        assert await setting.type("stone:2, wood:1") == {"choice": ["wood", "stone"], "weights": [1, 2]}

    run_recipe(test, file)


@pytest.mark.tries("switch.switch", "switch.off", "switch.on")
def test_keys_turn_a_switch(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        setting = await Setting(pilot, screen, "render.denoise").focus()
        await setting.press("space")
        assert setting.value is False
        await setting.press("enter")
        assert setting.value is True
        for off, on in zip(KEYS["switch.off"], KEYS["switch.on"], strict=True):
            assert await setting.press(off) is False
            assert await setting.press(on) is True

    run_recipe(test, file)


@pytest.mark.tries("option.previous", "option.next", "option.first", "option.last", "option.edit")
def test_keys_choose_a_word(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        setting = await Setting(pilot, screen, "objects[0].up").focus()
        assert await setting.press(*KEYS["option.next"]) == "y"
        assert await setting.press(*KEYS["option.previous"]) == "x"
        assert await setting.press("end") == "-z"
        assert await setting.press("home") in (None, "auto")
        await setting.press("enter")
        assert await setting.type("z") == "z"

    run_recipe(test, file)


@pytest.mark.tries("entry.edit", "dialog.cancel")
def test_a_text_is_typed_and_a_dialog_is_closed(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        setting = await Setting(pilot, screen, "objects[0].class").focus()
        for key, text in zip(KEYS["entry.edit"], ("mug", "cup"), strict=True):
            await setting.press(key)
            assert str(await setting.type(text)).endswith(text)
        before = screen.session.document.text
        await pilot.press("o")
        await until(pilot, lambda: isinstance(pilot.app.screen, OpenDialog))
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert screen.session.document.text == before

    run_recipe(test, file)
