"""`studio recipe`: what the Recipe screen does, from the command line; and ways into the app with a recipe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import presets
from studio.cli import run
from studio.state import Memory
from tests.studio.recipe_rig import FakeSession, file, preview

__all__ = ["file", "preview"]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the app was opened with."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr("studio.commands.inspect.open_app", lambda **options: calls.append(options))
    return calls


def test_a_recipe_is_opened_by_its_name_or_file(file: Path, opened: list[dict[str, Any]]) -> None:
    for words in (["cups.toml"], ["recipe", "cups.toml"], ["recipe", "open", "cups.toml"], ["recipe", "basic"]):
        assert run(words) == 0
    assert [call["recipe"] for call in opened] == [file, file, file, presets.find("basic")]
    assert {call["start"] for call in opened} == {"recipe"}


def test_what_cannot_be_opened_is_said_before_the_app(
    file: Path, opened: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["nope.toml"]) == 2
    assert "studio presets new nope.toml" in capsys.readouterr().err
    file.write_text("[camera\n")
    assert run(["cups.toml"]) == 2
    assert "not valid TOML" in capsys.readouterr().err
    assert run(["recipe", "chekc"]) == 2
    assert "Did you mean 'check'?" in capsys.readouterr().err
    assert not opened


def test_checking_names_what_is_wrong_and_what_has_no_effect(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text('[ground]\nkind = "none"\nhue = 20\n')
    assert run(["recipe", "check", "cups.toml"]) == 0
    assert "ground.hue has no effect: ground.kind is none." in capsys.readouterr().out
    assert run(["recipe", "check", "cups.toml", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["without_effect"] == [{"path": "ground.hue", "reason": "ground.kind is none"}]
    file.write_text("[camera]\nfill = 99\n")
    assert run(["recipe", "check", "cups.toml"]) == 2
    assert "cups.toml: camera.fill" in capsys.readouterr().err


def test_differences_are_listed_setting_by_setting(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = file.with_name("other.toml")
    other.write_text(file.read_text().replace("samples = 32", "samples = 8") + '\n[[lights]]\nkind = "sun"\n')
    assert run(["recipe", "diff", "cups.toml", "other.toml"]) == 0
    out = capsys.readouterr().out
    assert "render.samples: 32 → 8" in out
    assert 'lights[0].kind: (left out) → "sun"' in out
    assert run(["recipe", "diff", "cups.toml", "basic", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["differences"] == []


def test_unsaved_changes_of_the_screen_are_listed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["recipe", "diff", "cups.toml"]) == 0
    assert "no unsaved changes" in capsys.readouterr().out
    text = file.read_text()
    memory = Memory()
    draft = {"base": text, "text": text.replace("samples = 32", "samples = 8")}
    memory.keep("recipe", {"drafts": {str(file): draft}})
    memory.save()
    assert run(["recipe", "diff", "cups.toml"]) == 0
    assert capsys.readouterr().out == "render.samples: 32 → 8\n"


@pytest.mark.usefixtures("preview")
def test_a_sheet_of_draws_is_written(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["recipe", "sheet", "cups.toml", "-o", "sheet.png", "-n", "4", "--start", "7", "--seed", "5", "--json"]
    assert run([*words, "--overlay", "boxes"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert Image.open("sheet.png").size == (found["width"], found["height"])
    (request,) = FakeSession.made[-1].asked
    assert (request.seed, request.indices, request.width, request.height) == (5, (7, 8, 9, 10), 320, 240)
    assert run(["recipe", "sheet", "cups.toml", "-o", "cups.toml"]) == 2
    assert run(["recipe", "sheet", "cups.toml", "-o", "s.png", "--set", "camera.fill=99"]) == 2
    assert not Path("s.png").exists()
    assert len(FakeSession.made) == 1, "nothing is rendered before the mistake is found"


def test_a_sheet_says_why_it_cannot_be_rendered(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(FakeSession):
        def answer(self, number: int, request: Any) -> None:
            self.say("failed", "There is no such thing.", number)

    monkeypatch.setattr(FakeSession, "made", [], raising=False)
    monkeypatch.setattr("studio.preview.PreviewSession", Failing)
    assert run(["recipe", "sheet", "cups.toml", "-o", "sheet.png"]) == 1
    assert "There is no such thing." in capsys.readouterr().err


def test_an_estimate_renders_a_frame_where_none_was_made_yet(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["recipe", "estimate", "cups.toml", "-n", "100", "--set", "render.resolution=[64, 48]"]
    assert run([*words, "--set", "render.samples=2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["source"] == "by the preview"
    assert found["seconds"] == pytest.approx(100 * found["seconds_of_a_frame"], rel=0.01)
    assert found["bytes"] > 100 * 64 * 48
