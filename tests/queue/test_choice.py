"""What runs an engine's workers: how it is chosen, kept and refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import BadInput
from engine.queue.choice import Choice, choice_of, choice_path, keep_choice, read_choice
from engine.queue.lifecycle import engine_paths
from studio.cli import run

LOCAL, RAY, SLURM = Choice(), Choice("ray", "head:6379"), Choice("slurm")


@pytest.mark.parametrize(
    ("backend", "address", "before", "chosen"),
    [
        (None, None, RAY, RAY),
        ("local", None, RAY, LOCAL),
        ("slurm", None, LOCAL, SLURM),
        ("ray", None, LOCAL, Choice("ray", "local")),
        ("ray", None, RAY, RAY),
        ("ray", "other:1", RAY, Choice("ray", "other:1")),
        (None, "other:1", RAY, Choice("ray", "other:1")),
    ],
)
def test_what_is_left_out_stays_as_it_was(
    backend: str | None, address: str | None, before: Choice, chosen: Choice
) -> None:
    assert choice_of(backend, address, before) == chosen


@pytest.mark.parametrize(("backend", "before"), [("local", LOCAL), ("slurm", RAY), (None, LOCAL), (None, SLURM)])
def test_an_address_without_ray_is_refused(backend: str | None, before: Choice) -> None:
    with pytest.raises(BadInput, match="--address"):
        choice_of(backend, "head:6379", before)


def test_a_choice_is_kept_and_a_broken_one_says_what_to_do(tmp_path: Path) -> None:
    assert read_choice(tmp_path) == LOCAL
    keep_choice(tmp_path, RAY)
    assert read_choice(tmp_path) == RAY
    choice_path(tmp_path).write_text('{"backend": "moon"}', encoding="utf-8")
    with pytest.raises(BadInput, match="--backend local"):
        read_choice(tmp_path)


def test_an_engine_whose_backend_cannot_be_had_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("submitit", reason="submitit is not installed: dataset-studio[slurm]")
    monkeypatch.setenv("PATH", "/nowhere")
    assert run(["engine", "start", "--backend", "slurm"]) == 1
    assert "This machine has no Slurm (there is no sbatch)" in capsys.readouterr().err
    assert read_choice(engine_paths().folder) == SLURM


def test_an_address_for_a_backend_without_one_is_refused_before_anything_starts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["engine", "start", "--backend", "local", "--address", "head:6379"]) == 2
    assert "--address is the address of a Ray cluster" in capsys.readouterr().err
    assert not choice_path(engine_paths().folder).exists()
