"""The app around its screens: changing between them, what it remembers, help, and the line with the tabs."""

from __future__ import annotations

import ast
import asyncio
import json
import threading
import unicodedata
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

import pytest
from rich.text import Text
from textual.pilot import Pilot
from textual.system_commands import SystemCommandsProvider
from textual.widgets import Static
from textual.widgets._toast import Toast, ToastHolder

from engine.files import write_atomically
from engine.queue.door_messages import JobChanged, Snapshot
from studio import state
from studio.app import StudioApp
from studio.ascii_marks import ASCII_FORMS
from studio.engine_link import Gone
from studio.notices import INFORMATION_SECONDS
from studio.screens.common import StatusLine
from studio.screens.help import HelpScreen
from studio.screens.queue_panes import JobLog, JobTable
from studio.settings import Settings
from studio.state import Memory, state_path
from studio.tabs import SCREENS, TabBar
from tests.studio.queue_rig import plain_job

type AppTest = Callable[[Pilot[None], StudioApp], Awaitable[None]]


def run_app(app: StudioApp, test: AppTest, size: tuple[int, int] = (80, 24)) -> None:
    async def run() -> None:
        async with app.run_test(size=size, notifications=True) as plain:
            pilot = cast("Pilot[None]", plain)
            await pilot.pause()
            await test(pilot, app)

    asyncio.run(run())


@pytest.mark.tries("app.library", "app.recipe", "app.queue", "app.inspect")
def test_number_keys_change_screens_and_each_stays_as_it_was() -> None:
    async def test(pilot: Pilot[None], app: StudioApp) -> None:
        seen = {}
        for key, name in zip("4321", reversed(SCREENS), strict=True):
            await pilot.press(key)
            await pilot.pause()
            assert app.current_mode == name
            seen[name] = app.screen
        for key, name in zip("1234", SCREENS, strict=True):
            await pilot.press(key)
            assert app.screen is seen[name]

    run_app(StudioApp(start="queue"), test)


def test_tabs_can_be_clicked_and_mark_the_current_screen_without_colour() -> None:
    async def test(pilot: Pilot[None], app: StudioApp) -> None:
        bar = app.screen.query_one(TabBar)
        assert bar.render().plain.startswith(" 1 Library  2 Recipe [3 Queue] 4 Inspect ")
        await pilot.click(TabBar, offset=(4, 0))
        await pilot.pause()
        assert app.current_mode == "library"

    run_app(StudioApp(start="queue"), test)


def test_the_tabs_tell_how_the_engine_is() -> None:
    async def test(pilot: Pilot[None], app: StudioApp) -> None:
        bar = app.screen.query_one(TabBar)
        assert "engine" not in bar.render().plain
        jobs = [plain_job(1, "rendering"), plain_job(2)]
        app.take_changes([Snapshot(jobs, [], {"state": "working", "message": ""})])
        assert bar.render().plain.endswith("▶ engine working, 2 jobs")
        app.take_changes([Gone("It went away.", False)])
        assert bar.render().plain.endswith("read-only  ○ engine not running")

    run_app(StudioApp(start="queue", readonly=True), test)


def test_the_last_screen_comes_first_the_next_time() -> None:
    async def leave(pilot: Pilot[None], app: StudioApp) -> None:
        await pilot.press("3")
        app.keep("somebody", {"filter": "cup"})

    async def come_back(_pilot: Pilot[None], app: StudioApp) -> None:
        assert app.current_mode == "queue"
        assert app.recall("somebody") == {"filter": "cup"}

    run_app(StudioApp(start="inspect"), leave)
    run_app(StudioApp(), come_back)


def test_the_theme_that_was_chosen_is_there_the_next_time_unless_the_settings_name_one() -> None:
    async def choose(_pilot: Pilot[None], app: StudioApp) -> None:
        app.theme = "studio-light"

    def expects(theme: str) -> AppTest:
        async def test(_pilot: Pilot[None], app: StudioApp) -> None:
            assert app.theme == theme

        return test

    run_app(StudioApp(start="queue"), choose)
    run_app(StudioApp(), expects("studio-light"))
    run_app(StudioApp(settings=Settings(theme="nord")), expects("nord"))
    run_app(StudioApp(), expects("studio-light"))


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[1]", b'{"app": 3, "queue": []}', b"\xff\xfe", b'{"app":{"screen":"x","theme":"neon"}}']
)
def test_a_broken_memory_counts_as_none_and_is_mended(data: bytes) -> None:
    state_path().parent.mkdir(parents=True)
    state_path().write_bytes(data)

    async def test(_pilot: Pilot[None], app: StudioApp) -> None:
        assert app.current_mode == "library"
        assert app.recall("queue") == {}

    run_app(StudioApp(), test)
    assert json.loads(state_path().read_text())["app"] == {"screen": "library"}


def test_newer_values_are_never_overtaken_by_older_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    memory, writing, go_on = Memory(), threading.Event(), threading.Event()

    def slowly(path: Path, data: bytes) -> None:
        if not writing.is_set():
            writing.set()
            go_on.wait(20)
        write_atomically(path, data)

    monkeypatch.setattr(state, "write_atomically", slowly)
    memory.keep("somebody", {"n": 1})
    first, second = threading.Thread(target=memory.save), threading.Thread(target=memory.save)
    first.start()
    assert writing.wait(20)
    memory.keep("somebody", {"n": 2})
    second.start()
    second.join(0.2)
    go_on.set()
    first.join()
    second.join()
    assert Memory().recall("somebody") == {"n": 2}


def test_memory_is_written_only_when_it_changed_and_never_fails(tmp_path: Path) -> None:
    path = tmp_path / "file" / "screens.json"
    path.parent.write_text("in the way")
    memory = Memory(path)
    memory.keep("a", {"b": 1})
    memory.save()
    path.parent.unlink()
    memory.save()
    before = path.stat().st_mtime_ns
    memory.save()
    assert path.stat().st_mtime_ns == before
    assert Memory(path).recall("a") == {"b": 1}


def test_help_begins_with_what_has_the_focus() -> None:
    async def test(pilot: Pilot[None], app: StudioApp) -> None:
        assert app.scopes_in_force()[:2] == ["queue", "table"]
        app.set_focus(app.screen.query_one(JobLog))
        assert app.scopes_in_force() == ["log", "queue", "table", "app"]
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("question_mark")
        assert isinstance(app.screen.query_one(JobTable), JobTable)

    run_app(StudioApp(start="queue"), test)


def test_toasts_tell_of_ends_and_of_the_engine_once() -> None:
    async def test(pilot: Pilot[None], app: StudioApp) -> None:
        async def told() -> list[str]:
            await pilot.pause()
            texts = [str(note.message) for note in app._notifications]
            app.clear_notifications()
            return texts

        first = Snapshot([plain_job(1, "done"), plain_job(2, "rendering")], [], {"state": "working", "message": ""})
        app.take_changes([Gone("The engine does not run.", True)])
        app.take_changes([first])
        assert await told() == []
        app.take_changes([JobChanged(plain_job(2, "done", done=5000))])
        assert await told() == ["Job 2 “cups 2”: done, 5,000 of 5,000 frames done."]
        app.take_changes([JobChanged(plain_job(2, "done", done=5000))])
        assert await told() == []
        app.take_changes([Gone("It went away.", False)])
        assert await told() == ["The engine went away; nothing that was rendered is lost."]
        app.take_changes([first])
        assert await told() == ["The engine is back."]

    run_app(StudioApp(start="queue"), test)


def test_the_palette_offers_what_holds_here() -> None:
    async def test(_pilot: Pilot[None], app: StudioApp) -> None:
        titles = {command.title for command in app.get_system_commands(app.screen)}
        assert "Go on with a paused job (resume)" in titles
        assert "Go to the Library: models, surroundings, textures" in titles

    run_app(StudioApp(start="queue"), test)


def test_a_line_that_says_the_same_again_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(pilot: Pilot[None], app: StudioApp) -> None:
        line = app.screen.query_one(StatusLine)
        line.update(Text.assemble(("jobs", "bold"), " 3"))
        await pilot.pause()
        drawn: list[object] = []
        monkeypatch.setattr(line, "refresh", lambda *_, **__: drawn.append(line))
        line.update(Text.assemble(("jobs", "bold"), " 3"))
        assert drawn == []
        line.update(Text.assemble("jobs", " 3"))
        assert drawn

    run_app(StudioApp(start="queue"), test)


@pytest.mark.parametrize("rows", [24, 40])
def test_notices_are_few_and_none_stands_twice(rows: int) -> None:
    async def test(pilot: Pilot[None], app: StudioApp) -> None:
        for text in ("one", "two", "three", "three"):
            app.notify(text)
            await pilot.pause()
        shown = [str(toast.render()) for toast in app.screen.query(Toast)]
        assert shown == (["three"] if rows == 24 else ["two", "three"])
        assert len(app.screen.query(ToastHolder)) == len(shown)
        assert {notice.timeout for notice in app._notifications} == {INFORMATION_SECONDS}
        app.notify("wrong", severity="error")
        await pilot.pause()
        assert [notice.timeout for notice in app._notifications][-1] == app.NOTIFICATION_TIMEOUT

    run_app(StudioApp(start="queue"), test, (80, rows))


def test_keys_do_nothing_blindly_while_the_screen_does_not_fit() -> None:
    async def test(pilot: Pilot[None], app: StudioApp) -> None:
        for key, name in (("2", "recipe"), ("3", "queue"), ("1", "library")):
            await pilot.press(key)
            await pilot.pause()
            assert app.current_mode == name
            notice = str(app.screen.query_one("#too-small", Static).render())
            assert notice.endswith("The terminal has 50×15.\nq quits.")
            before = app.screen
            await pilot.press("a", "colon", "slash", "question_mark", "ctrl+p", "plus", "o")
            await pilot.pause()
            assert app.screen is before
            assert not any(bar.has_class("-open") for bar in before.query("PromptBar"))
        await pilot.press("q")
        assert app._exit

    run_app(StudioApp(start="queue"), test, (50, 15))


def test_the_palette_finds_an_action_by_what_it_is_called() -> None:
    async def test(_pilot: Pilot[None], app: StudioApp) -> None:
        for query, title in (("theme", "Choose the colours (theme)"), ("undo", "Take the last change back (undo)")):
            found = [hit async for hit in SystemCommandsProvider(app.screen).search(query)]
            assert str(max(found, key=lambda hit: hit.score).match_display) == title  # type: ignore[union-attr]

    run_app(StudioApp(start="recipe"), test)


def test_all_parts_of_the_queue_are_seen_on_the_smallest_screen() -> None:
    async def test(_pilot: Pilot[None], app: StudioApp) -> None:
        assert app.screen.max_scroll_y == 0
        assert app.screen.query_one(TabBar).region.y == 0

    run_app(StudioApp(start="queue"), test, (60, 18))


@pytest.mark.parametrize("name", list(SCREENS))
def test_in_ascii_nothing_else_is_drawn(name: str) -> None:
    async def test(pilot: Pilot[None], app: StudioApp) -> None:
        app.take_changes([Snapshot([plain_job(1, "rendering")], [], {"state": "working", "message": ""})])
        await pilot.pause()
        lines = ["".join(segment.text for segment in line) for line in app.screen._compositor.render_strips()]
        assert not [line for line in lines if not line.isascii()]
        assert "+-" in "".join(lines)

    run_app(StudioApp(start=name, settings=Settings(ascii=True)), test, (100, 30))


def test_every_sign_that_the_program_draws_has_an_ascii_form_of_one_cell() -> None:
    assert all(form.isascii() and len(form) == 1 for form in ASCII_FORMS.values())
    for file in (Path(__file__).parents[2] / "studio").rglob("*.py"):
        tree = ast.parse(file.read_text())
        said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
                drawn = {sign for sign in node.value if not sign.isascii() and not unicodedata.combining(sign)}
                assert not {sign for sign in drawn if ord(sign) not in ASCII_FORMS}, file
