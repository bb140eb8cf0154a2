"""docs/commands.md tells what the commands say."""

from __future__ import annotations

from pathlib import Path

from studio.cli import COMMANDS
from studio.command_docs import markdown

DOCUMENT = Path(__file__).parents[2] / "docs" / "commands.md"


def test_the_page_of_commands_is_up_to_date() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == markdown(), "run `python -m studio.command_docs > docs/commands.md`"


def test_every_command_and_the_program_itself_have_a_section() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert "| `--readonly` |" in text.partition("\n## studio demo\n")[0]
    assert all(f"\n## studio {name}\n" in text for name in COMMANDS)
