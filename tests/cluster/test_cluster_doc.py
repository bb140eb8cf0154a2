"""docs/cluster.md names tests and settings that exist, and a test for each guarantee."""

from __future__ import annotations

import re
from pathlib import Path

from engine.cluster.ray_backend import LINGER_SECONDS
from engine.cluster.settings import SlurmSettings
from engine.cluster.station import FENCE_SECONDS
from engine.queue.choice import choice_path

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "docs" / "cluster.md").read_text(encoding="utf-8")


def test_every_guarantee_has_tests_that_exist() -> None:
    sources = (path.read_text(encoding="utf-8") for path in REPOSITORY.glob("tests/**/test_*.py"))
    there = {name for source in sources for name in re.findall(r"^def (test_\w+)", source, re.MULTILINE)}
    rows = [row for row in PAGE.splitlines() if row.startswith("| ") and "`test_" in row]
    assert len(rows) >= 8
    for row in rows:
        sentence, tests = row.strip("| ").split(" | ")
        assert sentence.endswith("."), row
        assert re.fullmatch(r"`test_\w+`(, `test_\w+`)*", tests), row
        assert set(re.findall(r"test_\w+", tests)) <= there, row


def test_settings_and_numbers_are_those_of_the_program() -> None:
    rows = [row for row in PAGE.partition("| `[slurm]`")[2].partition("\n\n")[0].splitlines() if row.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split(" | ")[0])}
    assert named == set(SlurmSettings.__struct_fields__)
    usual = SlurmSettings()
    for name in ("workers", "range", "time"):
        assert any(f"`{name}`" in row and row.endswith(f"`{getattr(usual, name)}` |") for row in rows), name
    assert f"for {FENCE_SECONDS:.0f} s, counted" in PAGE
    assert LINGER_SECONDS == 60
    assert f"`{choice_path(Path('/engine')).name}`" in PAGE
