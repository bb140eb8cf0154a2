"""Stored passes as pictures: what colours mean, and that each can be looked at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.annotate.falsecolor import NOTHING, axes_picture, light_picture, light_range
from engine.dataset.read import Dataset
from engine.dataset.writer import open_for_writing
from studio.browser import SOURCES
from studio.frames import read_frame
from tests.factory import make_passes, make_record, make_spec, make_test_manifest

STORED = tuple(source for source in SOURCES if source != "color")


def test_light_is_shown_in_srgb_with_its_brightest_white() -> None:
    light = np.array([[[0, 0.5, 2], [4, 2, 1]]], np.float32)
    assert light_picture(light, 2.0).tolist() == [[[0, 137, 255], [255, 255, 188]]]
    assert light_range(light / 10) == 1
    assert light_range(np.repeat(light, 500, axis=0)) == 4


def test_what_has_no_coordinates_is_grey() -> None:
    places = np.array([[[0, 0.5, 1], [0, 0, 0], [0, 0, 1.2]]], np.float32)
    assert axes_picture(places, places != 0).tolist() == [[[0, 128, 255], [*NOTHING], [0, 0, 255]]]


def test_every_stored_pass_can_be_looked_at(tmp_path: Path) -> None:
    spec = make_spec()
    passes = make_passes(spec)
    colours, flow = passes.rgb.astype(np.float32) / 255, np.zeros((*passes.depth.shape, 2), np.float32)
    passes = replace(
        passes,
        albedo=colours,
        diffuse=colours * 4,
        specular=colours[::-1],
        right=passes.rgb[:, ::-1],
        flow_forward=flow,
        flow_backward=flow + 1,
    )
    with open_for_writing(tmp_path / "d", make_test_manifest(passes=STORED)) as writer:
        writer.publish(passes, make_record(spec, passes))
    dataset = Dataset.open(tmp_path / "d")
    frames = {source: read_frame(dataset, 0, source) for source in SOURCES}
    assert [frame.problem for frame in frames.values() if frame.problem] == []
    assert len({frame.note for frame in frames.values()}) == len(SOURCES)
    pictures = [frame.picture.tobytes() for frame in frames.values() if frame.picture is not None]
    assert len(set(pictures)) == len(SOURCES)
    assert np.array_equal(frames["right"].picture, passes.rgb[:, ::-1])
    ground = (passes.instance_id == 0) & np.isfinite(passes.depth)
    assert (frames["normal_world"].picture[ground] == [128, 128, 255]).all()  # type: ignore[index]
    assert (frames["nocs"].picture[ground] == NOTHING).all()  # type: ignore[index]
