"""The settings file: what it can say, what is wrong with it in one sentence, and that the guide knows all of it."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from pathlib import Path
from typing import cast

import pytest
from textual.pilot import Pilot

from engine.errors import BadInput
from studio.app import StudioApp
from studio.cli import run
from studio.screens.help import HelpScreen
from studio.settings import Settings, load_settings, settings_path

GUIDE = Path(__file__).parents[2] / "docs" / "settings.md"


def write(text: str) -> Path:
    path = settings_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_without_a_file_everything_is_as_usual() -> None:
    assert load_settings() == Settings()


def test_keys_may_be_written_as_people_or_as_textual_write_them() -> None:
    write(
        'theme = "studio-light"\nascii = true\n[keys]\n"app.quit" = "Ctrl+Q"\napp.help = ["?", "F2"]\n'
        '"queue.top" = "PgUp"\n"queue.bottom" = []\n"queue.raise" = "+"\n"queue.lower" = "P"\n'
    )
    settings = load_settings()
    assert (settings.theme, settings.ascii) == ("studio-light", True)
    assert settings.keys == {
        "app.quit": ("ctrl+q",), "app.help": ("question_mark", "f2"), "queue.top": ("pageup",), "queue.bottom": (),
        "queue.raise": ("plus",), "queue.lower": ("P",),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "field", "remedy"),
    [
        ("theme = 3", "theme:", 'write for example theme = "studio-dark"'),
        ("ascii = 1", "ascii:", "ascii = true or ascii = false"),
        ("them = 'x'", "them:", "Did you mean 'theme'?"),
        ("keys = 'x'", "keys:", "[keys]"),
        ('[keys]\n"app.quitt" = "q"', "keys.app.quitt", "Did you mean 'app.quit'?"),
        ('[keys]\n"app.quit" = 3', "keys.app.quit", "a list of keys"),
        ('[keys]\n"app.quit" = "hyper+q"', "keys.app.quit", '"ctrl+q"'),
        ('[keys]\n"app.quit" = "1"', "keys.app.quit", "already the key of app.library"),
        ('[keys]\n"library.filter" = "1"', "keys.library.filter", "already the key of app.library"),
        ('[keys]\n"app.quit" = "t"', "keys.app.quit", "already the key of library.tags"),
        ('[keys]\n"app.quit" = "Ctrl+M"', "keys.app.quit", "is Enter to a terminal"),
        ('[keys\n"app.quit" = "1"', "TOML", "remove the file"),
    ],
)
def test_what_is_wrong_is_said_with_file_field_and_remedy(
    text: str, field: str, remedy: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write(text)
    with pytest.raises(BadInput) as caught:
        load_settings()
    sentence = str(caught.value)
    assert str(path) in sentence
    assert field in sentence
    assert remedy in sentence
    assert "\n" not in sentence


def test_an_unknown_theme_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadInput, match=r"theme: there is no theme 'neon'; there are .*studio-dark"):
        StudioApp(settings=Settings(theme="neon"))


def test_a_broken_file_ends_the_program_before_it_takes_the_screen(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("theme = 3")
    monkeypatch.setattr("studio.commands.inspect._need_terminal", lambda _otherwise: None)
    assert run([]) == 2
    assert capfd.readouterr().err.startswith(f"Error: {settings_path()}: theme:")


def test_other_keys_work_are_shown_and_the_usual_ones_do_nothing() -> None:
    settings = Settings(keys={"app.queue": ("Q",), "app.help": ("f9",)})

    async def go() -> None:
        app = StudioApp(start="inspect", settings=settings)
        async with app.run_test(size=(100, 30)) as plain:
            pilot = cast("Pilot[None]", plain)
            await pilot.pause()
            await pilot.press("3")
            assert app.current_mode == "inspect"
            await pilot.press("question_mark")
            assert not isinstance(app.screen, HelpScreen)
            await pilot.press("f9")
            assert isinstance(app.screen, HelpScreen)
            await pilot.press("escape", "Q")
            assert app.current_mode == "queue"

    asyncio.run(go())


def test_the_guide_names_every_setting() -> None:
    text = GUIDE.read_text()
    assert all(f"`{entry.name}`" in text for entry in fields(Settings))
