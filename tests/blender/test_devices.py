"""Which devices Cycles has, which it takes, and whether EEVEE runs."""

from __future__ import annotations

import json
from typing import Any

import bpy
import pytest

from engine.blender import devices, eevee
from engine.blender.devices import Device
from engine.blender.eevee import EeveeProbe, can_eevee_run
from engine.blender.render import SceneSettings, configure
from engine.errors import BadInput, RenderError
from tests.blender import small_scene

CPU = Device("CPU", "AMD EPYC", "CPU")
CUDA = [Device("CUDA", f"NVIDIA H200 {n}", f"CUDA_H200_{n}") for n in range(2)]
OPTIX = [Device("OPTIX", f"NVIDIA H200 {n}", f"CUDA_H200_{n}_OptiX") for n in range(2)]


@pytest.fixture
def scene() -> Any:
    return small_scene.objects_on_a_floor(2)


def test_there_is_a_cpu_and_it_has_a_name() -> None:
    found = devices.available()
    assert found[-1].kind == "CPU"
    assert found[-1].name.strip()
    assert [device.kind for device in found] == sorted((device.kind for device in found), key=devices.KINDS.index)
    assert json.loads(json.dumps(found[-1].to_json()))["kind"] == "CPU"


def test_the_fastest_kind_is_picked_with_all_its_devices() -> None:
    assert devices.pick([*CUDA, *OPTIX, CPU]) == tuple(OPTIX)
    assert devices.pick([*CUDA, CPU]) == tuple(CUDA)
    assert devices.pick([CPU]) == (CPU,)
    assert devices.pick([*CUDA, *OPTIX, CPU], "cuda") == tuple(CUDA)
    assert devices.pick([*OPTIX, CPU], "CPU") == (CPU,)


def test_a_kind_that_is_not_here_or_not_known_is_refused() -> None:
    with pytest.raises(RenderError, match="no OPTIX device that Cycles can use; it has CPU"):
        devices.pick([CPU], "optix")
    with pytest.raises(BadInput, match="no render device “gpu”; use auto, OPTIX"):
        devices.pick([CPU], "gpu")


def test_what_is_configured_is_what_renders(scene: Any) -> None:
    chosen = configure(scene)
    assert chosen == devices.pick(devices.available()) == devices.active(scene)
    assert configure(scene, SceneSettings(device="cpu")) == devices.active(scene)
    assert devices.active(scene)[0].kind == "CPU"
    assert devices.describe(devices.active(scene)).startswith("CPU ")


def test_a_silent_fall_back_to_the_cpu_is_an_error(scene: Any) -> None:
    configure(scene, SceneSettings(device="cpu"))
    with pytest.raises(RenderError, match=r"render on CPU .* instead of OPTIX NVIDIA H200 0"):
        devices.verify(scene, (OPTIX[0],))


def test_a_card_that_the_driver_lists_but_cycles_does_not_take_is_an_error(
    scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for OPTIX where only the listing knows it: Cycles would fall back to the CPU."""
    monkeypatch.setattr(devices, "available", lambda: (OPTIX[0], CPU))
    with pytest.raises(RenderError, match="instead of OPTIX NVIDIA H200 0"):
        devices.use(scene, "optix")


def test_factory_settings_forget_the_choice_and_configure_makes_it_again() -> None:
    configure(small_scene.objects_on_a_floor(2))
    scene = small_scene.objects_on_a_floor(2)
    assert bpy.context.preferences.addons["cycles"].preferences.compute_device_type in {"", "NONE"}
    assert configure(scene) == devices.active(scene)


@pytest.mark.slow
def test_eevee_is_probed_in_a_child() -> None:
    probe = can_eevee_run()
    assert json.loads(json.dumps(probe.to_json()))["runs"] is probe.runs
    if probe.runs:
        assert probe.renderer
        assert probe.seconds > 0
        assert probe.reason == ""
    else:
        assert probe.reason


def test_a_child_that_dies_is_a_reason_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("__EGL_VENDOR_LIBRARY_DIRS", "__EGL_VENDOR_LIBRARY_FILENAMES"):
        monkeypatch.setenv(name, "/nonexistent")
    probe = can_eevee_run()
    assert not probe.runs
    assert "Blender ended with" in probe.reason


def test_a_child_that_hangs_is_given_up() -> None:
    assert can_eevee_run(timeout_s=0.05) == EeveeProbe(runs=False, reason="no picture within 0.05 s")
    assert "SIGABRT: lost" in eevee._why(-6, "one\n\nlost\n")
