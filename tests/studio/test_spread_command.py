"""`studio presets spread` by a real worker, and its picture."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import click.testing
import numpy as np
import pytest
from PIL import Image

from engine.errors import BadInput, RenderError
from engine.frame.spec import FrameSpec
from engine.queue.protocol import Channel
from engine.queue.survey import survey
from engine.queue.survey_messages import FrameSurveyed, Survey
from engine.recipe.load import recipe_from_plain
from engine.worker.fake_renderer import FakeRenderer
from engine.worker.loop import Worker
from studio.cli import group


def run(*arguments: object) -> click.testing.Result:
    return click.testing.CliRunner().invoke(group, ["presets", "spread", *map(str, arguments)])


def test_basic_spreads_as_it_should(tmp_path: Path) -> None:
    plot = tmp_path / "basic.png"
    result = run("basic", "--count", 80, "--json", "--plot", plot)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["recipe"], found["frames"], found["failed"]) == ("basic", 80, {})
    assert [path for path, told in found["parameters"].items() if told["problem"]] == []
    elevation = found["quantities"]["viewpoint elevation"]
    assert 9.9 < elevation["min"] < elevation["p10"] < elevation["median"] < elevation["p90"] < elevation["max"] < 60.1
    assert sum(elevation["histogram"]) == 80
    assert found["quantities"]["light elevation"]["min"] > 0, "the light of all eight HDRIs comes from above"
    assert len(found["backgrounds"]) == 8
    picture = np.asarray(Image.open(plot).convert("RGB"))
    assert picture.shape[1] > 600
    assert (picture[..., 2].astype(int) - picture[..., 0] > 60).sum() > 2000, "there are blue dots and bars"
    assert plot.stat().st_size < 40_000


def test_frames_that_cannot_be_drawn_are_told_and_the_others_go_on() -> None:
    class Choosy(FakeRenderer):
        def draw(self, seed: int, index: int) -> FrameSpec:
            if index == 1:
                raise RenderError("Frame 1: none of 40 draws shows 40% of its object.")
            return super().draw(seed, index)

    ours, theirs = socket.socketpair()
    with ours, theirs:
        worker = Worker(Channel(theirs))
        worker._renderer = Choosy(recipe_from_plain({}, "test"), "cpu", lambda path: None)
        worker.obey(Survey(0, (0, 1, 2)))
        channel = Channel(ours)
        reports = [channel.receive_report() for _ in range(3)]
    told = [
        (report.index, report.facts is None, report.reason) for report in reports if isinstance(report, FrameSurveyed)
    ]
    assert told == [(0, False, ""), (1, True, "Frame 1: none of 40 draws shows 40% of its object."), (2, False, "")]


def test_a_recipe_that_cannot_be_loaded_is_refused() -> None:
    with pytest.raises(BadInput, match=r"missing\.glb"):
        survey(recipe_from_plain({"objects": [{"model": "missing.glb"}]}, "none"), 0, 1, lambda done: None)
