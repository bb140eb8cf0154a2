"""What can be done on the Library screen: every action of its list, by keys and by the mouse."""

from __future__ import annotations

import asyncio
import threading
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from engine.library import scan as scan_module
from engine.library.folders import library_folders
from engine.library.notes import SIDECAR_NAME, personal_file, read_notes
from engine.library.scan import Scan, scan
from studio.app import StudioApp
from studio.footer import KeyFooter
from studio.library_recipe import Uses
from studio.screens.library import LibraryScreen
from studio.screens.library_parts import DetailPane, KindBar
from studio.screens.recipe import RecipeScreen
from studio.screens.recipe_preview import PreviewView
from tests.library.samples import obj_text, png_bytes
from tests.studio.library_rig import PaintedProcess, make_assets, paint, place, run_library
from tests.studio.recipe_rig import FakeSession, preview
from tests.studio.screens import settle, until
from widgets.image_view import ImageView
from widgets.prompt_bar import PromptBar
from widgets.thumbnail_cells import GridItem

__all__ = ["preview"]

BUILTIN = 12


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    paint(monkeypatch)
    return make_assets(tmp_path / "assets")


def items(screen: LibraryScreen) -> list[GridItem]:
    return [screen.grid.item(key) for key in screen.grid.keys]


def names(screen: LibraryScreen) -> list[str]:
    return [item.title for item in items(screen)]


def text(screen: LibraryScreen, selector: str) -> str:
    widget = screen.query_one(selector, Static)
    return "\n".join(strip.text for strip in widget.render_lines(widget.size.region))


async def choose(pilot: Pilot[None], screen: LibraryScreen, name: str) -> None:
    screen.grid.cursor = next(key for key in screen.grid.keys if screen.grid.item(key).title == name)
    await until(pilot, lambda: screen.grid.maker.waiting == 0)
    await settle(pilot)


async def answer(pilot: Pilot[None], key: str, typed: str) -> None:
    await pilot.press(key)
    await settle(pilot)
    await pilot.press("end", *["backspace"] * 30, *typed, "enter")
    await settle(pilot)


def test_the_built_in_assets_and_those_of_the_folder_are_shown() -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        assert len(names(screen)) == BUILTIN + 6
        assert {"bottle.obj", "street.hdr", "wood.png", "wall.png", "cup, bare", "forest"} <= set(names(screen))
        bad = next(item for item in items(screen) if item.title == "bad.obj")
        assert (bad.subtitle, bad.placeholder, bad.wrong) == ("broken", "✗ broken", True)
        large = next(item for item in items(screen) if item.title == "large.obj")
        assert large.subtitle.startswith("! ")

    run_library(test)


def test_what_is_selected_is_told_beside_the_grid() -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        pane = screen.query_one(DetailPane)
        await choose(pilot, screen, "bottle.obj")
        assert pane.border_title == "bottle.obj"
        told = text(screen, "#facts")
        for part in ("triangles", "glaze", "wood.png 64×64", "class", "bottle", "cm"):
            assert part in told
        assert screen.query_one("#large", ImageView).picture is not None
        await choose(pilot, screen, "bad.obj")
        assert "Blender cannot read the file" in " ".join(text(screen, "#facts").split())
        assert "cannot be used" in screen.query_one("#large", ImageView).message
        await choose(pilot, screen, "large.obj")
        assert "90 m long" in " ".join(text(screen, "#facts").split())
        await choose(pilot, screen, "street.hdr")
        told = " ".join(text(screen, "#facts").split())
        assert "1024 × 512 px" in told
        assert "EV" in told
        assert "31° high, azimuth -36°, 21 % of the light" in told

    run_library(test)


@pytest.mark.tries("library.filter")
def test_library_filter_narrows_with_every_key() -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        await pilot.press("slash", *"cup ba")
        await settle(pilot)
        assert names(screen) == ["cup, bare"]
        assert "/cup ba" in text(screen, "#kinds")
        await pilot.press("enter")
        await settle(pilot)
        assert screen.focused is screen.grid
        assert names(screen) == ["cup, bare"]
        await pilot.press("escape")
        await settle(pilot)
        assert len(names(screen)) == BUILTIN + 6
        await pilot.press("slash", *"zzz")
        await settle(pilot)
        assert names(screen) == []
        await pilot.press("escape")
        await settle(pilot)
        assert len(names(screen)) == BUILTIN + 6

    run_library(test)


def test_what_is_broken_can_be_filtered_for() -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        await pilot.press("slash", *"broken", "enter")
        await settle(pilot)
        assert names(screen) == ["bad.obj"]

    run_library(test)


@pytest.mark.tries("library.kind", "library.kind_back")
def test_library_kind_goes_through_the_kinds_and_a_click_chooses_one() -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        for kind, count in (("model", 7), ("hdri", 9), ("texture", 1), ("backdrop", 1), (None, BUILTIN + 6)):
            await pilot.press("right_square_bracket")
            assert (screen.view.kind, len(names(screen))) == (kind, count)
        await pilot.press("left_square_bracket")
        assert screen.view.kind == "backdrop"
        await settle(pilot)
        column = text(screen, "#kinds").index("HDRIs")
        await pilot.click(KindBar, offset=(column + 2, 0))
        await settle(pilot)
        assert screen.view.kind == "hdri"

    run_library(test)


@pytest.mark.tries("library.sort", "library.reverse")
def test_library_sort_and_reverse() -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        by_name = names(screen)
        assert by_name == sorted(by_name, key=str.lower)
        await pilot.press("S")
        assert names(screen) == by_name[::-1]
        await pilot.press("S")
        seen = [screen.view.sort]
        for _ in range(5):
            await pilot.press("s")
            seen.append(screen.view.sort)
        assert seen == ["name", "kind", "newest", "size", "extent", "wrong"]
        assert names(screen)[:2] == ["bad.obj", "large.obj"]
        await pilot.press("s", "s")
        assert [screen.grid.shelf.facts is not None, screen.view.sort] == [True, "kind"]
        await pilot.press("s", "s")
        sizes = [screen.view.catalog.by_key[key].size for key in screen.grid.keys]
        assert sizes == sorted(sizes, reverse=True)

    run_library(test)


@pytest.mark.tries("library.mark", "library.mark_all", "library.leave")
def test_library_mark_mark_all_and_leave() -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        await pilot.press("space", "space")
        await settle(pilot)
        assert len(screen.grid.marked) == 2
        assert "2 marked" in text(screen, "#kinds")
        await pilot.press("A")
        assert len(screen.grid.marked) == BUILTIN + 6
        await pilot.press("A")
        assert screen.grid.marked == ()
        await pilot.press("space", "escape")
        await settle(pilot)
        assert screen.grid.marked == ()

    run_library(test)


def test_marks_that_the_filter_hides_stay() -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        await choose(pilot, screen, "bottle.obj")
        await pilot.press("space", "slash", *"wood", "enter", "space", "escape")
        await settle(pilot)
        assert {asset.name for asset in screen.chosen} == {"bottle.obj", "wood.png"}

    run_library(test)


@pytest.mark.tries("library.tags")
def test_library_tags_of_several(folder: Path) -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        screen.grid.set_marked(str(folder / "models" / name) for name in ("bottle.obj", "large.obj"))
        await answer(pilot, "t", "Glass, kitchen")
        await until(pilot, lambda: all(asset.notes.tags == ("glass", "kitchen") for asset in screen.chosen))
        stored = read_notes(folder / "models" / SIDECAR_NAME)
        assert stored["bottle.obj"].tags == stored["large.obj"].tags == ("glass", "kitchen")
        await answer(pilot, "t", "kitchen, new")
        await until(pilot, lambda: all(asset.notes.tags == ("kitchen", "new") for asset in screen.chosen))
        await answer(pilot, "t", "kitchen, new, -new")
        await until(pilot, lambda: all(asset.notes.tags == ("kitchen",) for asset in screen.chosen))
        await pilot.press("slash", *"kitchen", "enter")
        await settle(pilot)
        assert names(screen) == ["bottle.obj", "large.obj"]
        assert "#kitchen" in items(screen)[0].subtitle

    run_library(test)


@pytest.mark.tries("library.class", "library.scale")
def test_library_class_and_scale(folder: Path) -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        await choose(pilot, screen, "bottle.obj")
        size = items(screen)[names(screen).index("bottle.obj")].subtitle
        await answer(pilot, "c", "flask")
        await until(pilot, lambda: screen.selected is not None and screen.selected.class_name == "flask")
        await answer(pilot, "x", "0.1")
        await until(pilot, lambda: screen.selected is not None and screen.selected.notes.scale == 0.1)
        await settle(pilot)
        assert "× 0.1" in text(screen, "#facts")
        assert items(screen)[names(screen).index("bottle.obj")].subtitle != size
        document = tomllib.loads((folder / "models" / SIDECAR_NAME).read_text())
        assert document == {"bottle.obj": {"class": "flask", "scale": 0.1}}
        await answer(pilot, "x", "minus one")
        assert screen.query_one(PromptBar).is_open
        assert "no scale" in text(screen, "#prompt-note")
        await pilot.press("escape")
        await settle(pilot)
        assert screen.focused is screen.grid
        await choose(pilot, screen, "wood.png")
        await pilot.press("c")
        await settle(pilot)
        assert not screen.query_one(PromptBar).is_open

    run_library(test)


def test_notes_on_built_in_assets_are_the_users_own() -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        await choose(pilot, screen, "forest")
        await answer(pilot, "t", "green")
        await until(pilot, lambda: screen.selected is not None and screen.selected.notes.tags == ("green",))
        assert read_notes(personal_file())["builtin:forest"].tags == ("green",)

    run_library(test)


@pytest.mark.tries("library.backdrop")
def test_library_backdrop_changes_what_a_picture_is(folder: Path) -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        await choose(pilot, screen, "wood.png")
        await pilot.press("b")
        await until(pilot, lambda: screen.selected is not None and screen.selected.kind == "backdrop")
        assert read_notes(folder / "textures" / SIDECAR_NAME)["wood.png"].kind == "backdrop"
        await pilot.press("b")
        await until(pilot, lambda: screen.selected is not None and screen.selected.kind == "texture")

    run_library(test)


@pytest.mark.tries("library.view", "library.view_back")
def test_library_view_turns_a_model_and_shows_the_chrome_ball() -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        pane, large = screen.query_one(DetailPane), screen.query_one("#large", ImageView)
        await choose(pilot, screen, "bottle.obj")
        assert pane.border_subtitle == "v turns it"
        await pilot.press("v")
        await until(pilot, lambda: pane.border_subtitle == "v turns it · 2 of 8")
        await settle(pilot)
        assert large.picture is not None
        before = int(large.picture.max())
        await pilot.press("v")
        await settle(pilot)
        assert pane.border_subtitle == "v turns it · 3 of 8"
        assert int(large.picture.max()) < before, "each view of the test's pictures is darker"
        await pilot.press("V", "V")
        await settle(pilot)
        assert pane.border_subtitle == "v turns it · 1 of 8"
        await choose(pilot, screen, "street.hdr")
        assert large.picture.shape[1] == 2 * large.picture.shape[0]
        assert screen.query_one("#ball", ImageView).display == (screen.app.size.height > 38)
        await pilot.press("v")
        await settle(pilot)
        assert large.picture.shape[1] == large.picture.shape[0]

    run_library(test)


@pytest.mark.tries("library.wide", "library.bigger", "library.smaller", "library.leave")
def test_library_wide_zoom_and_leave() -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        before = screen.query_one(DetailPane).size.width
        await pilot.press("z")
        await settle(pilot)
        assert screen.query_one(DetailPane).size.width > 2 * before
        cursor = screen.grid.cursor
        await pilot.press("down")
        assert screen.grid.cursor != cursor, "one can go on in the wide view"
        await pilot.press("escape")
        await settle(pilot)
        assert screen.query_one(DetailPane).size.width == before
        columns = screen.grid.columns
        await pilot.press("minus")
        assert screen.grid.columns > columns
        await pilot.press("plus", "plus")
        assert screen.grid.columns < columns

    run_library(test)


@pytest.mark.tries("library.add", "library.remove")
def test_library_add_and_remove_a_folder(folder: Path, tmp_path: Path) -> None:
    place(tmp_path / "more" / "jug.obj", obj_text(size=4.0))

    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        await answer(pilot, "o", str(tmp_path / "nothing"))
        assert "no such folder" in text(screen, "#prompt-note")
        await pilot.press("escape")
        await pilot.press("o", *f"{tmp_path}/mo", "tab")
        await settle(pilot)
        field = screen.query_one(PromptBar).query_one(Input)
        assert screen.focused is field
        assert field.value == f"{tmp_path}/more/"
        await pilot.press("enter")
        await until(pilot, lambda: "jug.obj" in names(screen))
        assert library_folders() == [folder, tmp_path / "more"]
        await choose(pilot, screen, "jug.obj")
        await answer(pilot, "O", "n")
        assert library_folders() == [folder, tmp_path / "more"]
        await answer(pilot, "O", "y")
        await until(pilot, lambda: "jug.obj" not in names(screen))
        assert library_folders() == [folder]
        await choose(pilot, screen, "forest")
        await pilot.press("O")
        await settle(pilot)
        assert not screen.query_one(PromptBar).is_open

    run_library(test)


@pytest.mark.tries("library.send")
def test_library_send_takes_assets_to_the_recipe(folder: Path) -> None:
    oak = [place(folder / "textures" / f"oak_{name}_1k.png", png_bytes()) for name in ("rough", "diff")]

    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        sent: list[Uses] = []

        async def take(self: RecipeScreen, uses: Uses) -> None:
            sent.append(uses)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(RecipeScreen, "use_assets", take)
            screen.grid.set_marked(
                [str(folder / "models" / "bottle.obj"), "builtin:cup/textured", "builtin:forest",
                 str(folder / "textures" / "wood.png"), str(folder / "backdrops" / "wall.png"), *map(str, oak)]
            )  # fmt: skip
            await pilot.press("enter")
            await until(pilot, lambda: bool(sent))
        assert [item["model"] for item in sent[0].objects] == [str(folder / "models" / "bottle.obj"), "cup"]
        assert sent[0].objects[1]["look"] == "textured"
        assert sent[0].settings == {
            "surroundings.hdris": ["builtin:forest"],
            "backdrop.kind": "photo",
            "backdrop.photos": [str(folder / "backdrops" / "wall.png")],
            "ground.finish": "pbr",
            "ground.textures": [str(oak[1])],
        }
        assert isinstance(pilot.app.screen, RecipeScreen)
        assert any("wood.png" in notice.message for notice in pilot.app._notifications)  # its name says no map

    run_library(test)


def test_several_that_were_sent_are_in_the_recipe(folder: Path, preview: type[FakeSession]) -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        await choose(pilot, screen, "bottle.obj")
        await answer(pilot, "c", "flask")
        await until(pilot, lambda: screen.selected is not None and screen.selected.class_name == "flask")
        keys = [str(folder / "models" / "bottle.obj"), str(folder / "models" / "large.obj"), "builtin:forest"]
        screen.grid.set_marked([*keys, str(folder / "hdris" / "street.hdr"), str(folder / "backdrops" / "wall.png")])
        await pilot.press("enter")
        await until(pilot, lambda: bool(preview.made) and bool(preview.made[0].asked))
        recipe = cast(RecipeScreen, pilot.app.screen)
        document = recipe.session.document
        await until(pilot, lambda: recipe.session.objects() == 2)
        assert [document.get(f"objects[{n}].model") for n in range(2)] == keys[:2]
        assert document.get("objects[0].class") == "flask"
        assert document.get("surroundings.hdris") == ["builtin:forest", str(folder / "hdris" / "street.hdr")]
        assert document.get("backdrop.photos") == [str(folder / "backdrops" / "wall.png")]
        await until(pilot, lambda: preview.made[0].asked[-1].recipe["objects"][0]["model"] == keys[0])

    run_library(test)


def test_what_cannot_be_rendered_is_not_sent() -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        for name in ("bad.obj", "wood.png"):
            await choose(pilot, screen, name)
            await pilot.press("enter")
            await settle(pilot)
            assert pilot.app.screen is screen
        assert len(pilot.app._notifications) == 2

    run_library(test)


@pytest.mark.tries("library.copy")
def test_library_copy_gives_lines_for_a_recipe(folder: Path) -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        screen.grid.set_marked([str(folder / "models" / "bottle.obj"), str(folder / "hdris" / "street.hdr")])
        await pilot.press("y")
        await settle(pilot)
        lines = tomllib.loads(pilot.app.clipboard)
        assert lines == {
            "objects": [{"model": str(folder / "models" / "bottle.obj")}],
            "surroundings": {"hdris": [str(folder / "hdris" / "street.hdr")]},
        }

    run_library(test)


@pytest.mark.tries("library.reload")
def test_library_reload_tries_broken_assets_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        place(folder / "models" / "broken.obj", "f 1 2 3\n")
        await pilot.press("r")
        await until(pilot, lambda: "broken.obj" in names(screen))
        await choose(pilot, screen, "broken.obj")
        await until(pilot, lambda: items(screen)[names(screen).index("broken.obj")].wrong)
        place(folder / "models" / "broken.obj", obj_text(size=7.0))
        await pilot.press("r")
        await until(pilot, lambda: not items(screen)[names(screen).index("broken.obj")].wrong)

    run_library(test)


def test_a_file_that_comes_changes_or_goes_is_noticed(folder: Path) -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        await until(pilot, lambda: screen._watch is not None and screen._watch.polled == ())
        await pilot.pause(0.5)
        place(folder / "new" / "vase.obj", obj_text(size=5.0))
        await until(pilot, lambda: "vase.obj" in names(screen))
        (folder / "new" / "vase.obj").unlink()
        await until(pilot, lambda: "vase.obj" not in names(screen))

    run_library(test)


def test_another_screen_stops_the_making_of_thumbnails() -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        process = cast(PaintedProcess, screen.grid.maker._process)
        await pilot.press("3")
        await until(pilot, lambda: process.paused)
        await pilot.press("1")
        await until(pilot, lambda: not process.paused)

    run_library(test)


def test_a_preview_that_goes_on_unseen_comes_before_thumbnails(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        maker = screen.grid.maker
        process = cast(PaintedProcess, maker._process)
        await pilot.press("2")
        await until(pilot, lambda: isinstance(pilot.app.screen, RecipeScreen) and process.paused)
        monkeypatch.setattr(PreviewView, "is_busy", True)
        await pilot.press("1")
        await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.pause(0.5)
        assert process.paused
        screen.grid.shelf.forget("builtin:forest")
        screen.grid.ask()
        await pilot.pause(0.3)
        monkeypatch.setattr(PreviewView, "is_busy", False)
        await until(pilot, lambda: not process.paused)

    run_library(test)


def test_the_first_assets_can_be_used_before_all_are_found(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    async def run() -> None:
        go_on = threading.Event()

        def slow(folders: Sequence[Path], report: Callable[[Scan], object] | None = None) -> Scan:
            found = scan(folders, report)
            assert go_on.wait(20)
            return found

        monkeypatch.setattr(scan_module, "scan", slow)
        app = StudioApp(start="library")
        async with app.run_test(size=(120, 40)) as plain:
            pilot = cast("Pilot[None]", plain)
            screen = cast(LibraryScreen, app.screen)
            await until(pilot, lambda: len(screen.grid.keys) == BUILTIN)
            await pilot.pause(1.2)
            assert "Looking into the folders: 12 assets so far" in text(screen, "#status")
            await pilot.press("right", "right")
            assert screen.grid.cursor == screen.grid.keys[2]
            before = screen.grid.cursor
            go_on.set()
            await until(pilot, lambda: screen.grid.scanned)
            await settle(pilot)
            assert len(screen.grid.keys) == BUILTIN + 6
            assert screen.grid.cursor == before

    asyncio.run(run())


def test_everything_is_as_it_was_after_a_restart() -> None:
    async def leave(pilot: Pilot[None], screen: LibraryScreen) -> None:
        await pilot.press("right_square_bracket", "s", "S", "plus", "slash", *"cup", "enter")
        await choose(pilot, screen, "cup, colored")
        await pilot.pause(1.2)

    async def come_back(pilot: Pilot[None], screen: LibraryScreen) -> None:
        assert (screen.view.kind, screen.view.sort, screen.view.reversed) == ("model", "kind", True)
        assert screen.view.text == "cup"
        assert screen.grid.cursor == "builtin:cup/colored"
        assert screen.grid.zoom == 3

    run_library(leave)
    run_library(come_back)


@pytest.mark.parametrize("key", ["t", "c", "x", "b", "o", "O", "enter"])
def test_nothing_is_changed_where_nothing_may_be(key: str, folder: Path) -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        await choose(pilot, screen, "wood.png" if key == "b" else "bottle.obj")
        await pilot.press(key)
        await settle(pilot)
        assert "--readonly" in notices(pilot)
        assert not screen.query_one(PromptBar).is_open
        assert pilot.app.screen is screen
        assert not list(folder.rglob(SIDECAR_NAME))

    run_library(test, readonly=True)


def test_nor_by_the_mouse() -> None:
    async def test(pilot: Pilot[None], screen: LibraryScreen) -> None:
        line = str(screen.query_one(KeyFooter).render())
        for label in ("to recipe", "tags", "add"):
            pilot.app.clear_notifications()
            await pilot.click(KeyFooter, offset=(line.index(label), 0))
            await settle(pilot)
            assert "--readonly" in notices(pilot), label
        pilot.app.clear_notifications()
        screen.grid.action_activate()
        await settle(pilot)
        assert "--readonly" in notices(pilot), "a double click"
        assert pilot.app.screen is screen

    run_library(test, readonly=True)


def notices(pilot: Pilot[None]) -> str:
    return " ".join(str(notice.message) for notice in pilot.app._notifications)
