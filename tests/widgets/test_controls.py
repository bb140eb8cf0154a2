"""Controls by keys, mouse and typing, at the widths they are made for, with and without block characters."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message
from textual.pilot import Pilot

from widgets.choice_editor import ChoiceEditor
from widgets.control import GUTTER, Control
from widgets.densities import Spread
from widgets.line_buffer import LineBuffer
from widgets.range_slider import RangeSlider
from widgets.simple_controls import OptionControl, SwitchControl, TextControl, complete_path


class Bench(App[None]):
    """Controls under each other, and what they said."""

    def __init__(self, *controls: Control, width: int = 50) -> None:
        super().__init__()
        self.controls, self.width, self.said = controls, width, cast("list[Any]", [])

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.can_focus = False
            box.styles.width = self.width
            yield from self.controls

    def note(self, message: Message) -> None:
        self.said.append(message)

    on_range_slider_changed = on_choice_editor_changed = on_switch_control_changed = note
    on_option_control_changed = on_text_control_changed = note


def run(app: Bench, test: Callable[[Pilot[None]], Awaitable[None]]) -> Bench:
    async def go() -> None:
        async with app.run_test(size=(80, 40)) as pilot:
            app.controls[0].focus()
            await pilot.pause()
            await test(pilot)

    asyncio.run(go())
    return app


def press(control: Control, *keys: str, width: int = 50) -> Bench:
    async def test(pilot: Pilot[None]) -> None:
        await pilot.press(*keys)

    return run(Bench(control, width=width), test)


def typed(text: str) -> list[str]:
    names = {".": "full_stop", " ": "space", "-": "minus", ":": "colon", ",": "comma", "±": "±", "/": "slash"}
    return [names.get(character, character) for character in text]


def uniform(low: float = 0.2, high: float = 0.6) -> RangeSlider:
    return RangeSlider("roughness", Spread("uniform", low, high), 0, 1)


def values(slider: RangeSlider) -> tuple[float, float]:
    assert slider.spread is not None
    return slider.spread.low, slider.spread.high


def lines(control: Control) -> list[str]:
    return [control.render_line(y).text for y in range(control.size.height)]


# The slider by keys


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["right"], (0.21, 0.6)),
        (["left"], (0.19, 0.6)),
        (["shift+right"], (0.3, 0.6)),
        (["ctrl+right"], (0.201, 0.6)),
        (["alt+left"], (0.199, 0.6)),
        (["home"], (0.0, 0.6)),
        (["end"], (0.6, 0.6)),
        (["tab", "right"], (0.2, 0.61)),
        (["tab", "end"], (0.2, 1.0)),
        (["tab", "home"], (0.2, 0.2)),
        (["tab", "shift+tab", "right"], (0.21, 0.6)),
    ],
)
def test_keys_move_the_thumb_that_is_active(keys: list[str], expected: tuple[float, float]) -> None:
    slider = uniform()
    app = press(slider, *keys)
    assert values(slider) == expected
    assert (app.said[-1].low, app.said[-1].high) == expected


def test_tab_leaves_the_slider_behind_its_last_thumb() -> None:
    first, second = uniform(), uniform()

    async def test(pilot: Pilot[None]) -> None:
        await pilot.press("tab")
        assert first.has_focus
        await pilot.press("tab")
        assert second.has_focus
        await pilot.press("shift+tab")
        assert first.has_focus

    run(Bench(first, second), test)


def test_thumbs_stop_at_each_other_and_at_what_is_allowed() -> None:
    slider = uniform(0.2, 0.25)
    press(slider, *["shift+right"] * 3)
    assert values(slider) == (0.25, 0.25)
    slider = uniform(0.95, 1.0)
    press(slider, "tab", *["shift+right"] * 3)
    assert values(slider) == (0.95, 1.0)


def test_the_track_grows_when_a_thumb_is_pushed_against_its_end() -> None:
    slider = RangeSlider("gap", Spread("constant", 0.1, 0.1), 0, 100)
    end = slider.scale.high
    press(slider, "end", "shift+right", "right")
    assert values(slider)[0] > end
    assert slider.scale.high > end


def test_space_turns_a_range_into_a_constant_and_back() -> None:
    slider = uniform()
    press(slider, "space")
    assert slider.spread == Spread("constant", 0.4, 0.4)
    slider = uniform()
    press(slider, "space", "space")
    assert values(slider) == (0.2, 0.6)
    fixed = RangeSlider("gap", Spread("constant", 0.4, 0.4), 0, 1, varies=False)
    press(fixed, "space")
    assert fixed.spread == Spread("constant", 0.4, 0.4)


def test_what_was_left_out_begins_with_a_constant() -> None:
    slider = RangeSlider("distance", None, 1e-4, 1e7, log=True, suggestion=1.0)
    app = press(slider, "space")
    assert slider.spread == Spread("constant", 1.0, 1.0)
    assert app.said[-1].spread == slider.spread


def test_distributions_follow_each_other() -> None:
    slider = uniform()
    press(slider, "d")
    assert slider.spread is not None
    assert slider.spread.shape == "log_uniform"
    slider = uniform()
    press(slider, "d", "d", "tab", "right", "right_parenthesis")
    assert slider.spread == Spread("normal", 0.2, 0.6, 0.41, 0.11)
    slider = uniform()
    press(slider, "d", "d", "d")
    assert slider.spread == Spread("uniform", 0.2, 0.6)


def test_below_zero_there_is_no_logarithm() -> None:
    slider = RangeSlider("exposure", Spread("uniform", -1, 1), -20, 20)
    press(slider, "d")
    assert slider.spread is not None
    assert slider.spread.shape == "normal"


def without_app(slider: RangeSlider) -> RangeSlider:
    """A slider whose actions can be called although no app shows it."""
    slider.refresh = lambda *_, **__: slider  # type: ignore[method-assign]
    slider.post_message = lambda *_: True  # type: ignore[method-assign]
    return slider


def test_a_range_about_zero_has_no_logarithm() -> None:
    slider = without_app(RangeSlider("strength", Spread("constant", 0, 0), 0, 1000, log=True))
    slider.action_toggle_range()
    assert slider.spread is not None
    assert (slider.spread.shape, slider.spread.low) == ("uniform", 0)


def test_the_ends_of_a_bell_curve_never_meet() -> None:
    slider = without_app(RangeSlider("strength", Spread("normal", 0.286, 1.6, 0.943, 0.329), 0, 1000, log=True))
    for _ in range(50):
        slider.action_move(40)
        assert slider.spread is not None
        assert slider.spread.low < slider.spread.high


@given(
    st.lists(st.sampled_from(["move", "coarse", "end", "thumb", "range", "shape", "spread"]), max_size=25), st.data()
)
def test_no_sequence_of_actions_leads_out_of_bounds(actions: list[str], data: st.DataObject) -> None:
    slider = without_app(RangeSlider("strength", Spread("log_uniform", 0.6, 1.6), 0, 1000, log=True))
    for name in actions:
        direction = data.draw(st.sampled_from([-1, 1]))
        match name:
            case "move":
                slider.action_move(direction)
            case "coarse":
                slider.action_move(40 * direction)
            case "end":
                slider.action_to_end(direction)
            case "thumb" if slider.thumbs:
                slider.thumb = slider.thumbs[data.draw(st.integers(0, len(slider.thumbs) - 1))]
            case "range":
                slider.action_toggle_range()
            case "shape":
                slider.action_next_shape()
            case "spread":
                slider.action_spread(direction)
        spread = slider.spread
        assert spread is not None
        assert 0 <= spread.low <= spread.high <= 1000
        if spread.shape == "log_uniform":
            assert spread.low > 0
        if spread.shape == "normal":
            assert spread.deviation > 0
            assert spread.low < spread.high
            assert spread.low <= spread.mean <= spread.high


# The slider by typing


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.3", Spread("constant", 0.3, 0.3)),
        ("0.1..0.9", Spread("uniform", 0.1, 0.9)),
        ("0.9 to 0.1", Spread("uniform", 0.1, 0.9)),
        ("0.1, 0.2", Spread("uniform", 0.1, 0.2)),
        (".5 ± .1", Spread("normal", 0.2, 0.8, 0.5, 0.1)),
        ("0.5+-0.1 in 0.3..0.6", Spread("normal", 0.3, 0.6, 0.5, 0.1)),
    ],
)
def test_what_is_typed_is_taken(text: str, expected: Spread) -> None:
    slider = uniform()
    assert slider.enter(text) == ""
    assert slider.spread == expected
    again = uniform()
    assert again.enter(slider.entry_text()) == ""
    assert again.spread == expected


@pytest.mark.parametrize(
    ("text", "part"), [("1.5", "Allowed is 0 to 1"), ("many", "like 1..4"), ("", "like 1..4"), ("0.5±0", "above 0")]
)
def test_what_cannot_be_taken_is_refused_with_a_reason(text: str, part: str) -> None:
    slider = uniform()
    assert part in slider.enter(text)
    assert values(slider) == (0.2, 0.6)


def test_whole_numbers_and_single_values_are_asked_for() -> None:
    count = RangeSlider("count", Spread("constant", 1, 1), 0, 1000, integer=True)
    assert "whole" in count.enter("1.5")
    fixed = RangeSlider("gap", Spread("constant", 0.1, 0.1), 0, 1, varies=False)
    assert "not a range" in fixed.enter("0.1..0.2")
    assert RangeSlider("yaw", Spread("constant", 1, 1), 0, 360, unit="°").enter("90°") == ""


def test_typing_by_keys_replaces_the_old_value_and_enter_takes_it() -> None:
    slider = uniform()
    app = press(slider, "enter", *typed("0.25..0.5"), "enter")
    assert values(slider) == (0.25, 0.5)
    assert len(app.said) == 1
    assert not slider.is_editing


@pytest.mark.parametrize("by", ["typing", "the recipe"])
def test_a_refusal_at_the_bottom_scrolls_into_view(by: str) -> None:
    sliders = [uniform() for _ in range(30)]

    async def test(pilot: Pilot[None]) -> None:
        box = pilot.app.query_one(VerticalScroll)
        sliders[-1].focus()
        sliders[-1].scroll_visible(animate=False)
        await pilot.pause()
        if by == "typing":
            await pilot.press("9", "enter")
        else:
            sliders[-1].problem = "too many of them"
        for _ in range(100):  # the box is laid out, then scrolled: more than one pause on a busy machine
            await pilot.pause()
            if sliders[-1].size.height > sliders[0].size.height and sliders[-1].region.bottom <= box.region.bottom:
                break
        assert sliders[-1].size.height > sliders[0].size.height
        assert sliders[-1].region.bottom <= box.region.bottom

    run(Bench(*sliders), test)


@pytest.mark.parametrize(("text", "expected"), [("0.25", 0.25), (".3", 0.3), ("1", 1.0)])
def test_a_number_is_typed_without_enter_before_it(text: str, expected: float) -> None:
    slider = uniform()
    press(slider, *typed(text), "enter")
    assert slider.spread == Spread("constant", expected, expected)
    assert slider.check_consume_key("2", "2")
    assert not slider.check_consume_key("d", "d")


def test_only_other_numbers_are_typed_into_choices_at_once() -> None:
    counts = ChoiceEditor("count", {"1": 1, "2": 1}, open_ended=True)
    press(counts, *typed("3:2,5"), "enter")
    assert counts.weights == {"3": 2.0, "5": 1.0}
    assert not finish().begins_entry("3")


def test_a_refused_value_can_be_mended_and_escape_gives_it_up() -> None:
    slider = uniform()

    async def test(pilot: Pilot[None]) -> None:
        await pilot.press("enter", *typed("7"), "enter")
        await pilot.pause()
        assert slider.is_editing
        assert any("Allowed is 0 to 1" in line for line in lines(slider))
        await pilot.press("backspace", *typed("0.7"), "enter")
        assert slider.spread == Spread("constant", 0.7, 0.7)
        await pilot.press("enter", *typed("0.1"), "escape")
        assert slider.spread == Spread("constant", 0.7, 0.7)
        await pilot.pause()
        assert slider.size.height == 2

    run(Bench(slider), test)


# The slider by mouse


@pytest.mark.parametrize("width", [30, 50, 70])
def test_a_click_takes_the_nearest_thumb_to_its_place(width: int) -> None:
    slider = uniform()

    async def test(pilot: Pilot[None]) -> None:
        start, columns = GUTTER + slider._track_start(), slider._columns()
        await pilot.mouse_down(slider, offset=(start + columns - 1, 1))
        await pilot.mouse_up(slider, offset=(start + columns - 1, 1))
        assert values(slider) == (0.2, 1.0)
        await pilot.mouse_down(slider, offset=(start, 1))
        await pilot.mouse_up(slider, offset=(start, 1))
        assert values(slider) == (0.0, 1.0)

    run(Bench(slider, width=width), test)


def test_dragging_moves_the_thumb_with_the_mouse() -> None:
    slider = uniform()

    async def test(pilot: Pilot[None]) -> None:
        start, columns = GUTTER + slider._track_start(), slider._columns()
        column = slider.scale.column(0.2, columns)
        await pilot.mouse_down(slider, offset=(start + column, 1))
        for step in (2, 4, 6):
            await pilot.hover(slider, offset=(start + column + step, 1))
            await pilot.pause()
            assert slider.scale.column(values(slider)[0], columns) == column + step
        await pilot.mouse_up(slider, offset=(start + column + 6, 1))
        before = values(slider)
        await pilot.hover(slider, offset=(start, 1))
        assert values(slider) == before

    run(Bench(slider), test)


def test_a_click_on_the_value_begins_to_type() -> None:
    slider = uniform()

    async def test(pilot: Pilot[None]) -> None:
        await pilot.click(slider, offset=(slider.size.width - 2, 0))
        await pilot.pause()
        assert slider.is_editing

    run(Bench(slider), test)


# How it looks


@pytest.mark.parametrize("width", [30, 40, 60, 100])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_values_thumbs_and_focus_are_seen_at_every_width(width: int, ascii_only: bool) -> None:
    slider = RangeSlider("roughness of it", Spread("uniform", 10, 60), -90, 90, unit="°")
    slider.ascii_only = ascii_only

    async def test(pilot: Pilot[None]) -> None:
        first, track = lines(slider)
        assert "10" in first
        assert "60°" in first
        assert len(first) == len(track) == slider.size.width
        assert first[0] == (">" if ascii_only else "▌")
        thumbs = ["X", "o"] if ascii_only else ["█", "●"]
        assert all(thumb in track for thumb in thumbs)
        slider.blur()
        await pilot.pause()
        assert lines(slider)[0][0] == " "
        if ascii_only:
            assert "".join(lines(slider)).replace("°", "").isascii()

    run(Bench(slider, width=width), test)


def test_changes_and_problems_are_marked() -> None:
    slider = uniform()

    async def test(pilot: Pilot[None]) -> None:
        slider.modified, slider.problem = True, "found 3; allowed is 0 to 1."
        await pilot.pause()
        assert lines(slider)[0][1] == "•"
        assert "! found 3; allowed is 0 to 1." in lines(slider)[2]

    run(Bench(slider), test)


# Choices


def finish() -> ChoiceEditor:
    return ChoiceEditor("finish", {"plain": 1, "wood": 3, "stone": 2, "fabric": 0})


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["right"], [2, 3, 2, 0]),
        (["down", "left"], [1, 2, 2, 0]),
        (["down", "shift+right"], [1, 8, 2, 0]),
        (["ctrl+right"], [1.1, 3, 2, 0]),
        (["end", "space"], [1, 3, 2, 1]),
        (["down", "space", "space"], [1, 3, 2, 0]),
        (["down", "equals_sign"], [0, 1, 0, 0]),
        (["down", "equals_sign", "equals_sign"], [1, 3, 2, 1]),
        (["left", "left"], [0, 3, 2, 0]),
    ],
)
def test_keys_weigh_choices(keys: list[str], expected: list[float]) -> None:
    editor = finish()
    app = press(editor, *keys)
    assert list(editor.weights.values()) == expected
    assert app.said[-1].weights == editor.weights


def test_the_last_choice_cannot_be_left_out() -> None:
    editor = ChoiceEditor("look", {"a": 1, "b": 0})
    app = press(editor, "space", "left")
    assert editor.weights == {"a": 1, "b": 0}
    assert app.said == []


def test_a_list_may_be_empty() -> None:
    editor = ChoiceEditor("passes", {"depth": 1, "normal": 0}, plain=True)
    press(editor, "space")
    assert editor.weights == {"depth": 0, "normal": 0}


def test_weights_can_be_typed() -> None:
    editor = finish()
    press(editor, "enter", *typed("wood:2, fabric"), "enter")
    assert editor.weights == {"plain": 0, "wood": 2, "stone": 0, "fabric": 1}
    assert "There is no steel" in editor.enter("steel:1")
    assert "above 0" in editor.enter("wood:0")
    counts = ChoiceEditor("count", {"1": 5, "2": 2}, open_ended=True)
    assert counts.enter("1:5, 4:1") == ""
    assert counts.weights == {"1": 5, "4": 1}


def test_a_click_sets_a_weight_or_switches() -> None:
    editor = finish()

    async def test(pilot: Pilot[None]) -> None:
        name, bar = editor._widths(editor.size.width - GUTTER)
        await pilot.click(editor, offset=(GUTTER + name + bar - 1, 1))
        assert editor.weights["plain"] == 3
        await pilot.click(editor, offset=(GUTTER + 2, 4))
        assert editor.weights["fabric"] == 1

    run(Bench(editor), test)


@pytest.mark.parametrize("width", [30, 60])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_choices_fit_their_width(width: int, ascii_only: bool) -> None:
    editor = finish()
    editor.ascii_only = ascii_only

    async def test(pilot: Pilot[None]) -> None:
        shown = lines(editor)
        assert len(shown) == 5
        assert all(len(line) == editor.size.width for line in shown)
        assert "50 %" in shown[2]
        assert not ascii_only or "".join(shown).isascii()

    run(Bench(editor, width=width), test)


# The others


def test_a_switch_turns() -> None:
    switch = SwitchControl("denoise", True)
    app = press(switch, "space", "right", "right", "left")
    assert [message.on for message in app.said] == [False, True, False]


def test_words_follow_each_other_and_can_be_typed() -> None:
    option = OptionControl("view", "AgX", ["AgX", "Filmic", "Standard"])
    app = press(option, "right", "right", "right", "left", "home", "enter", *typed("fil"), "enter")
    assert [message.value for message in app.said] == ["Filmic", "Standard", "AgX", "Standard", "AgX", "Filmic"]
    assert "Allowed: AgX" in option.enter("X")


def test_a_text_is_typed_and_pasted() -> None:
    entry = TextControl("class", "mug")
    app = press(entry, "enter", "end", *typed("-2"), "enter")
    assert app.said[-1].value == "mug-2"


def test_paths_complete_as_far_as_there_is_no_choice(tmp_path: Path) -> None:
    (tmp_path / "models" / "cups").mkdir(parents=True)
    for name in ("mug-red.glb", "mug-blue.glb"):
        (tmp_path / "models" / name).touch()
    assert complete_path("mo", tmp_path) == "models/"
    assert complete_path("models/m", tmp_path) == "models/mug-"
    assert complete_path("models/mug-r", tmp_path) == "models/mug-red.glb"
    assert complete_path("nothing/here", tmp_path) == "nothing/here"
    entry = TextControl("model", "", paths=tmp_path)
    press(entry, "enter", *typed("models/mug-r"), "right", "enter")
    assert entry.value == "models/mug-red.glb"


# The line being typed


def test_a_line_is_edited_as_every_line() -> None:
    line = LineBuffer("abc")
    for key in ("left", "backspace"):
        assert line.press(key)
    assert (line.text, line.cursor) == ("ac", 1)
    line.insert("x\ny")
    assert line.text == "axyc"
    assert not line.press("f5")
    assert LineBuffer("old").fresh
    fresh = LineBuffer("old")
    fresh.insert("n")
    assert fresh.text == "n"


@given(st.text(max_size=60), st.integers(0, 60), st.integers(4, 40))
def test_the_cursor_is_always_in_view(text: str, cursor: int, columns: int) -> None:
    from rich.cells import cell_len

    line = LineBuffer(text, min(cursor, len(text)))
    before, at, behind = line.window(columns)
    assert cell_len(before + at + behind) <= columns
    assert text[: line.cursor].endswith(before)
