"""Suggestions from misses: what is blind by design is found, and chance is not."""

from __future__ import annotations

import json
import math
from pathlib import Path

import msgspec
import pytest

from engine.annotate.record import FrameRecord
from engine.export.suggest import DOUBT, at_least, suggest
from engine.frame.rng import Stream
from studio.cli import run
from tests.export.test_evaluate import perfect, written
from tests.factory import make_dataset, make_passes, make_record, make_spec

FRAMES = 120


@pytest.fixture(scope="module")
def records() -> list[FrameRecord]:
    """Frames of two instances each, with values drawn for frames and instances."""
    spec = make_spec(0, width=48, height=36)
    record = make_record(spec, make_passes(spec))
    assert all(instance.mask is not None for instance in record.instances)
    made = []
    for index in range(FRAMES):
        random = Stream(1, index, 0, "values")
        drawn: dict[str, float | str] = {
            "camera.elevation": 80 * random.uniform(),
            "ground.finish": ("plain", "wood", "stone")[int(3 * random.uniform())],
            "objects[0].count": 1.0,
            "objects[1].count": 1.0,
            "objects[0][0].imperfection": random.uniform(),
            "objects[1][0].imperfection": random.uniform(),
        }
        made.append(msgspec.structs.replace(record, index=index, spec=msgspec.structs.replace(spec, drawn=drawn)))
    return made


def test_what_is_not_seen_from_below_is_found(records: list[FrameRecord]) -> None:
    missed = {r.index: (1,) if float(r.spec.drawn["camera.elevation"]) < 16 else () for r in records}
    first = suggest(records, missed)[0]
    assert (first.parameter, first.unit) == ("camera.elevation", "frames")
    assert first.low is not None
    assert first.high is not None
    assert first.low < 2
    assert first.high < 25
    assert (first.missed, first.missed_elsewhere) == (sum(map(len, missed.values())), 0)
    assert first.setting == f"camera.elevation={{uniform=[{first.low:g}, {first.high:g}]}}"


def test_a_text_that_is_not_seen_is_found(records: list[FrameRecord]) -> None:
    missed = {r.index: (1, 2) if r.spec.drawn["ground.finish"] == "wood" else () for r in records}
    (found,) = suggest(records, missed)
    assert (found.parameter, found.value, found.setting) == ("ground.finish", "wood", 'ground.finish="wood"')
    assert found.missed == found.count


def test_instances_are_told_apart_by_kind(records: list[FrameRecord]) -> None:
    missed = {r.index: (2,) if float(r.spec.drawn["objects[1][0].imperfection"]) > 0.7 else () for r in records}
    first = suggest(records, missed)[0]
    assert (first.parameter, first.unit, first.count + first.count_elsewhere) == (
        "objects[1].imperfection",
        "instances",
        FRAMES,
    )
    assert first.low is not None
    assert first.low > 0.6


def test_misses_by_chance_suggest_nothing(records: list[FrameRecord]) -> None:
    named = 0
    for seed in range(20):
        missed = {}
        for record in records:
            random = Stream(seed, record.index, 0, "misses")
            missed[record.index] = tuple(number for number in (1, 2) if random.uniform() < 0.3)
        named += bool(suggest(records, missed))
    assert named <= 1, f"at most {DOUBT:.0%} of such sets should have a finding"


def test_the_chance_is_that_of_counting_all_cases() -> None:
    ways = sum(math.comb(12, k) * math.comb(30 - 12, 9 - k) for k in range(6, 10))
    assert at_least(6, 12, 9, 30) == pytest.approx(ways / math.comb(30, 9), rel=1e-9)
    assert at_least(0, 12, 9, 30) == pytest.approx(1.0)


def test_the_command_tells_of_a_real_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dataset = make_dataset(tmp_path / "balls", 40, width=48, height=36, instances=1)
    high = [r.index for r in dataset.iter_records() if float(r.spec.drawn["camera.elevation"]) > 45]
    found = [entry for entry in perfect(dataset) if entry["image_id"] not in high]
    results = written(tmp_path, found)
    command = ["suggest", str(dataset.root), "--predictions", str(results)]
    assert run([*command, "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["suggestions"][0]
    assert first["parameter"] == "camera.elevation"
    assert first["missed"] == len(high)
    assert run(command) == 0
    assert f"--set '{first['setting']}'" in capsys.readouterr().out
