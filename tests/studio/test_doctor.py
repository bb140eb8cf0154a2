"""`studio doctor` on this machine, with the real Blender."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from studio.cli import group


@pytest.mark.slow
def test_doctor_finds_blender_its_devices_and_eevee() -> None:
    result = CliRunner().invoke(group, ["doctor", "--json"], standalone_mode=False)
    document = json.loads(result.stdout)
    assert document["ok"] is True
    found = document["findings"]
    assert found["blender"]["text"].startswith("5.2")
    assert found["cycles"]["data"]["chosen_kind"] in ("CPU", "CUDA", "OPTIX", "HIP", "ONEAPI")
    assert "runs" in found["eevee"]["data"]
    assert found["libraries"]["level"] == "ok"
    assert found["folders"]["data"].keys() == {"config", "data", "state", "cache"}


def test_doctor_says_when_blender_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    result = CliRunner().invoke(group, ["doctor"], standalone_mode=False)
    assert result.return_value == 1
    assert "Blender does not start" in result.stdout
