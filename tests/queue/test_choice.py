"""What runs an engine's workers: how it is chosen, kept and refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import BadInput
from engine.queue.choice import MOST_WORKERS, Choice, choice_of, choice_path, keep_choice, read_choice
from engine.queue.lifecycle import engine_paths
from studio.cli import run

LOCAL, RAY, SLURM = Choice(), Choice("ray", "head:6379"), Choice("slurm")
TWO = Choice(workers=2)


@pytest.mark.parametrize(
    ("backend", "address", "workers", "before", "chosen"),
    [
        (None, None, None, RAY, RAY),
        ("local", None, None, RAY, LOCAL),
        ("slurm", None, None, LOCAL, SLURM),
        ("ray", None, None, LOCAL, Choice("ray", "local")),
        ("ray", None, None, RAY, RAY),
        ("ray", "other:1", None, RAY, Choice("ray", "other:1")),
        (None, "other:1", None, RAY, Choice("ray", "other:1")),
        (None, None, 2, LOCAL, TWO),
        (None, None, 1, TWO, LOCAL),
        ("local", None, None, TWO, TWO),
        ("local", None, 2, RAY, TWO),
        ("slurm", None, None, TWO, SLURM),
    ],
)
def test_what_is_left_out_stays_as_it_was(
    backend: str | None, address: str | None, workers: int | None, before: Choice, chosen: Choice
) -> None:
    assert choice_of(backend, address, workers, before) == chosen


@pytest.mark.parametrize(("backend", "before"), [("local", LOCAL), ("slurm", RAY), (None, LOCAL), (None, SLURM)])
def test_an_address_without_ray_is_refused(backend: str | None, before: Choice) -> None:
    with pytest.raises(BadInput, match="--address"):
        choice_of(backend, "head:6379", None, before)


@pytest.mark.parametrize(("backend", "before"), [(None, RAY), ("slurm", LOCAL), ("ray", TWO)])
def test_a_number_of_workers_for_a_cluster_is_refused(backend: str | None, before: Choice) -> None:
    with pytest.raises(BadInput, match="has its own places for them"):
        choice_of(backend, None, 2, before)


def test_a_choice_is_kept_and_a_broken_one_says_what_to_do(tmp_path: Path) -> None:
    assert read_choice(tmp_path) == LOCAL
    for choice in (RAY, TWO):
        keep_choice(tmp_path, choice)
        assert read_choice(tmp_path) == choice
    for broken in ('{"backend": "moon"}', '{"workers": 0}', f'{{"workers": {MOST_WORKERS + 1}}}'):
        choice_path(tmp_path).write_text(broken, encoding="utf-8")
        with pytest.raises(BadInput, match="--backend local"):
            read_choice(tmp_path)


def test_a_choice_of_before_there_were_several_workers_is_read(tmp_path: Path) -> None:
    choice_path(tmp_path).write_text('{"backend":"ray","address":"head:6379"}', encoding="utf-8")
    assert read_choice(tmp_path) == RAY
    choice_path(tmp_path).write_text('{"backend":"local","address":""}', encoding="utf-8")
    assert read_choice(tmp_path) == LOCAL


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


@pytest.mark.parametrize("command", ["start", "restart"])
def test_a_wrong_number_of_workers_is_refused_before_anything_happens(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (0, MOST_WORKERS + 1):
        assert run(["engine", command, "--workers", str(number)]) == 2
        assert "--workers" in capsys.readouterr().err
    assert not choice_path(engine_paths().folder).exists()
    keep_choice(engine_paths().folder, RAY)
    assert run(["engine", command, "--workers", "2"]) == 2
    assert "Ray has its own places for them" in capsys.readouterr().err
    assert read_choice(engine_paths().folder) == RAY
