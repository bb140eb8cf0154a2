"""Where workers stand: at each GPU that the driver lists and that one may use."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from engine.queue.places import local_places
from engine.queue.workplace import Place

FIRST, SECOND = "GPU-1c4e2f60-0000-4b7e-9d11-3f0a5be7c001", "GPU-77ab01ff-1111-4c2a-8f00-aa00bb11cc22"


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    """What the driver of two cards shows in /proc."""
    for bus, uuid in (("0000:3b:00.0", FIRST), ("0000:af:00.0", SECOND)):
        (tmp_path / bus).mkdir()
        text = f"Model: \t\t NVIDIA RTX A6000\nIRQ:   \t\t 183\nGPU UUID: \t {uuid}\nVideo BIOS: \t 94.02.5c.00.02\n"
        (tmp_path / bus / "information").write_text(text)
    return tmp_path


def gpus(places: tuple[Place, ...]) -> list[str]:
    assert all(place.needs_gpu and place.environment.keys() == {"CUDA_VISIBLE_DEVICES"} for place in places)
    assert [place.name for place in places] == [f"gpu{number}" for number in range(len(places))]
    return [place.environment["CUDA_VISIBLE_DEVICES"] for place in places]


def test_each_gpu_has_a_place_of_its_own_by_uuid(driver: Path) -> None:
    assert gpus(local_places(driver, {})) == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("1", ["1"]),
        ("1,0", ["1", "0"]),
        (SECOND, [SECOND]),
        ("GPU-77, GPU-1c", ["GPU-77", "GPU-1c"]),
        ("1,-1,0", ["1"]),
    ],
)
def test_only_the_gpus_that_one_may_use_have_places(driver: Path, named: str, expected: list[str]) -> None:
    assert gpus(local_places(driver, {"CUDA_VISIBLE_DEVICES": named})) == expected


@pytest.mark.parametrize(
    ("named", "order", "expected"),
    [
        (None, None, [FIRST, SECOND]),
        (SECOND, None, [SECOND]),
        ("GPU-77,GPU-1c4e", None, [SECOND, FIRST]),
        ("GPU-,GPU-ff", None, ["", ""]),
        ("1,0", None, ["", ""]),
        ("1,0", "FASTEST_FIRST", ["", ""]),
        ("1,0,7", "PCI_BUS_ID", [SECOND, FIRST, ""]),
        ("MIG-0a1b", None, ["MIG-0a1b"]),
    ],
)
def test_a_place_knows_its_gpu_where_that_is_certain(
    driver: Path, named: str | None, order: str | None, expected: list[str]
) -> None:
    """CUDA numbers GPUs by speed, which the driver's list does not tell."""
    given = {"CUDA_VISIBLE_DEVICES": named, "CUDA_DEVICE_ORDER": order}
    environment = {name: value for name, value in given.items() if value is not None}
    assert [place.gpu_uuid for place in local_places(driver, environment)] == expected


def test_a_number_is_certain_where_there_is_one_gpu(driver: Path) -> None:
    shutil.rmtree(driver / "0000:af:00.0")
    assert [place.gpu_uuid for place in local_places(driver, {"CUDA_VISIBLE_DEVICES": "0"})] == [FIRST]


@pytest.mark.parametrize("named", ["", "-1"])
def test_without_leave_to_use_a_gpu_there_is_one_place_for_the_cpu(driver: Path, named: str) -> None:
    assert local_places(driver, {"CUDA_VISIBLE_DEVICES": named}) == (Place("cpu"),)


def test_without_a_gpu_there_is_one_place_for_the_cpu(tmp_path: Path) -> None:
    assert local_places(tmp_path / "no driver", {}) == (Place("cpu"),)
    assert local_places(tmp_path / "no driver", {"CUDA_VISIBLE_DEVICES": "0"}) == (Place("cpu"),)


def test_several_places_at_each_gpu_differ_in_their_names_alone(driver: Path) -> None:
    places = local_places(driver, {}, workers=3)
    assert [place.name for place in places] == ["gpu0", "gpu0-2", "gpu0-3", "gpu1", "gpu1-2", "gpu1-3"]
    assert [place.shares for place in places] == ["gpu0"] * 3 + ["gpu1"] * 3
    for number, alone in enumerate(local_places(driver, {})):
        assert not alone.shares
        for place in places[3 * number : 3 * number + 3]:
            assert replace(place, name=alone.name, shares="") == alone


def test_several_places_at_the_cpu(tmp_path: Path) -> None:
    assert local_places(tmp_path, {}, workers=2) == (Place("cpu", shares="cpu"), Place("cpu-2", shares="cpu"))
