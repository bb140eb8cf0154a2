"""`studio bench`: what it makes of times, what it prints, and a real run."""

from __future__ import annotations

import json
import math
from pathlib import Path

import click.testing
import numpy as np
import pytest
from PIL import Image

import presets
from engine.dataset.layout import image_path
from engine.queue.bench import Found, Trial, measure
from engine.queue.protocol import FrameFinished, Sampling
from engine.recipe.cheaper import Change, cheaper
from engine.recipe.load import load_recipe
from engine.stages import BESIDE, STAGES
from studio.bench import Bench, Saving, Stages, bench_of, stages_of
from studio.bench_text import bench_data, bench_text
from studio.cli import group
from studio.cli import run as program

EVERY = ["samples", "denoiser", "denoise", "max_bounces", "caustics", "image"]
"""The settings that are changed in the preset `basic`."""

TINY = ("--set", "render.resolution=[64, 48]", "--set", "render.samples=2", "--set", "objects[0].count=1")


def run(*arguments: object) -> click.testing.Result:
    return click.testing.CliRunner().invoke(group, ["bench", *map(str, arguments)])


def report(at: float = 0.0, follows: float | None = None, **stages: float) -> FrameFinished:
    """A frame that was sampled from `at` on."""
    sampling = Sampling(((at, at + stages["sample"]),), follows)
    return FrameFinished(1, 0, sum(stages.values()), "", stages=stages, sampling=sampling)


def test_every_change_is_of_one_setting_and_only_where_it_changes_something() -> None:
    basic = load_recipe(presets.find("basic"))
    changes = {change.path: change for change in cheaper(basic)}
    assert [path.removeprefix("render.") for path in changes] == EVERY
    assert changes["render.samples"].recipe.render.samples == basic.render.samples // 2
    lean = load_recipe(
        presets.find("basic"),
        [
            "render.samples=1",
            "render.denoise=false",
            "render.max_bounces=4",
            "render.caustics=false",
            "render.image=jpeg",
        ],
    )
    assert list(cheaper(lean)) == []
    passes = load_recipe(presets.find("basic"), ['render.passes=["depth", "normal", "right", "normal_world"]'])
    left = [change.value for change in cheaper(passes) if change.path == "render.passes"]
    assert left == [["depth", "normal", "normal_world"], ["depth", "right"]]


def test_times_are_means_without_the_first_frame_and_what_is_beside_counts_where_it_is_longer() -> None:
    second, third = report(92, follows=90, sample=4, draw=1, encode=1), report(100, follows=96, sample=8)
    found = Found(Path(), {0: report(sample=90), 1: second, 2: third})
    stages = stages_of(found)
    assert stages.seconds == {"draw": 0.5, "sample": 6, "encode": 0.5}
    assert (stages.a_frame, stages.first) == (6.5, 90)
    assert stages.between == 3
    assert stages.between_share == pytest.approx(6 / 18)
    storing = Found(Path(), {0: report(sample=1), 1: report(sample=1, encode=3, publish=4)})
    assert stages_of(storing).a_frame == 7
    assert stages_of(storing).between_share is None


def test_savings_are_by_the_same_frames_before_and_after_and_the_drift_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("studio.bench._psnr", lambda one, other: 40.0)
    basic = load_recipe(presets.find("basic"))
    base = Found(Path(), {0: report(sample=9), 1: report(sample=4), 2: report(sample=100)})
    again = Found(Path(), {0: report(sample=9), 1: report(sample=6)})
    changes = [Change(f"render.{name}", 1, basic) for name in ("a", "b", "c", "d")]
    tried = [Found(Path(), {0: report(sample=9), 1: report(sample=value)}) for value in (4.9, 1, 2)]
    bench = bench_of(base, changes, [*tried, Found(Path(), failed={1: "Frame 1: dark."})], again)
    assert bench.drift == pytest.approx(0.5)
    assert [(one.path, one.saved) for one in bench.savings[:3]] == [
        ("render.b", pytest.approx(0.8)),
        ("render.c", pytest.approx(0.6)),
        ("render.a", pytest.approx(0.02)),
    ]
    assert (bench.savings[3].trouble, bench.savings[3].psnr) == ("Frame 1: dark.", None)
    assert [one.path for one in bench.best] == ["render.b", "render.c"]
    assert [one.path for one in bench_of(base, changes[:1], tried[:1], again).best] == [], "chance, with such a drift"


def test_the_text_and_the_json_say_all_of_it() -> None:
    stages = Stages({"draw": 0.1, "sample": 3.0, "encode": 0.9}, 3.1, 12.0, 0.5, 0.143)
    savings = [
        Saving("render.samples", 16, 1.55, 0.5, 38.21),
        Saving("render.image", "jpeg", 3.1, 0.0, math.inf),
        Saving("render.passes", [], math.nan, -math.inf, None, "Frame 1: dark."),
    ]
    text = bench_text(Bench(stages, savings, 0.1), plain=True)
    for part in (
        "sample       3.000   75.0%  ########################\n",
        "A frame takes 3.1 s (19.4 frames a minute); the first one took 12 s",
        "annotate, encode and publish (0.9 s) go on while",
        "Between samplings: 0.5 s a frame, 14.3% of the time",
        "render.samples = 16        1.550   50.0%  38.2 dB\n",
        'render.image = "jpeg"      3.100    0.0%  the same\n',
        "Frame 1: dark.\n",
        "The machine became 10% slower meanwhile",
        "Most is saved by render.samples = 16 (50%; picture: 38.2 dB).",
    ):
        assert part in text, text
    assert "None of these settings saves more" in bench_text(Bench(stages, savings[1:], 0.0))
    data = json.loads(json.dumps(bench_data(Bench(stages, savings, 0.1)), allow_nan=False))
    assert data["stages"] == {"draw": 0.1, "sample": 3.0, "encode": 0.9}
    assert data["most_saved_by"] == ["render.samples"]
    assert [(one["psnr_db"], one["same_pixels"], one["trouble"]) for one in data["settings"]] == [
        (38.21, False, None),
        (None, True, None),
        (None, False, "Frame 1: dark."),
    ]


def test_pictures_are_compared_as_they_are_stored(tmp_path: Path) -> None:
    """With the painting worker: the view transform shows in its colours."""
    settings = ["render.resolution=[64, 48]", "render.samples=1", "objects[0].count=1"]
    own = load_recipe(presets.find("basic"), settings)
    other = load_recipe(presets.find("basic"), [*settings, "render.view=Standard"])
    trials = [Trial(own, 1), Trial(own, 1), Trial(other, 1)]
    base, same, changed = measure(trials, tmp_path, 0, "cpu", lambda event: None, renderer="fake")
    bench = bench_of(base, [Change("a", 1, own), Change("b", 1, other)], [same, changed], None)
    psnr = {one.path: one.psnr for one in bench.savings}
    assert psnr["a"] == math.inf
    errors = []
    for index in (0, 1):
        one, two = (np.asarray(Image.open(found.root / image_path(index, "png"))) for found in (base, changed))
        errors.append(((one.astype(float) - two) ** 2).mean())
    assert psnr["b"] == pytest.approx(10 * math.log10(255**2 / np.mean(errors)))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("basicc", "Did you mean 'basic'?"),
        ("basic --set render.samples=0", "--set render.samples: found 0; allowed is 1 to 65536."),
        (
            "basic --folder /nowhere/at/all",
            "--folder /nowhere/at/all: there is no such folder; name one that is there.",
        ),
        ("basic --frames 0", "--frames: found 0; a whole number of 1 or more belongs here."),
    ],
)
def test_mistakes_are_told_before_blender_starts(line: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert program(["bench", *line.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err


@pytest.mark.slow
def test_a_real_run_tells_of_every_stage_and_leaves_nothing(tmp_path: Path) -> None:
    result = run("basic", "--frames", 1, "--json", "--folder", tmp_path, *TINY)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert set(STAGES) - {"wait"} <= set(found["stages"])
    assert all(found["stages"][name] > 0 for name in ("sync", "sample", "denoise", *BESIDE))
    assert found["between_samplings_seconds"] >= found["stages"]["draw"] + found["stages"]["build"]
    settings = {one["path"]: one for one in found["settings"]}
    assert {path.removeprefix("render.") for path in settings} == set(EVERY)
    assert 10 < settings["render.denoise"]["psnr_db"] < 60, "without the denoiser the picture is another"
    assert list(tmp_path.iterdir()) == []
