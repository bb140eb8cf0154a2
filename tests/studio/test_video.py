"""`studio video` makes films that show the frames, with and without overlays, and says why where it cannot."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from engine.annotate.overlay import draw
from engine.dataset import layout
from engine.dataset.read import Dataset
from engine.dataset.writer import open_for_writing
from studio.cli import run
from tests.factory import add_frames, make_dataset, make_test_manifest


@pytest.fixture(scope="module")
def sequences(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Two sequences of three frames, of 81 x 61 pixels; the last frame is missing. For reading only."""
    root = tmp_path_factory.mktemp("video") / "sequences"
    manifest = make_test_manifest(width=81, height=61, recipe={"name": "balls", "motion": {"frames": 3, "rate": 12.5}})
    with open_for_writing(root, manifest) as writer:
        add_frames(writer, range(5))
    return Dataset.open(root)


def frames_of(path: Path) -> tuple[list[npt.NDArray[np.uint8]], float]:
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        assert stream.average_rate is not None
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(stream)], float(stream.average_rate)


def apart(left: npt.NDArray[np.uint8], right: npt.NDArray[np.uint8]) -> float:
    return float(np.abs(left.astype(float) - right).mean())


def test_a_film_shows_the_frames_in_their_order(
    sequences: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "film.mp4"
    assert run(["video", str(sequences.root), "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"Wrote {out} (5 frames, 12.5 a second).\n"
    shown, rate = frames_of(out)
    assert (len(shown), rate, shown[0].shape) == (5, 12.5, (62, 82, 3))
    pictures = [sequences.image(index) for index in range(5)]
    for number, picture in enumerate(shown):
        distances = [apart(picture[:61, :81], other) for other in pictures]
        assert np.argmin(distances) == number
        assert distances[number] < 3


def test_a_film_of_one_sequence_with_overlays(
    sequences: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "film.mp4"
    options = ["--sequence", "1", "--overlay", "masks,boxes,keypoints", "--fps", "5", "--json"]
    assert run(["video", str(sequences.root), "--out", str(out), *options]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["frames"], told["missing"], told["fps"], told["seconds"]) == (2, 1, 5.0, 0.4)
    shown, rate = frames_of(out)
    assert (len(shown), rate) == (2, 5.0)
    record = sequences.record(4)
    frame = sequences.image(4), record, sequences.instance_map(4), {"masks", "boxes", "keypoints"}
    drawn = draw(*frame, skeletons=sequences.skeletons)
    assert apart(shown[1][:61, :81], drawn) < apart(shown[1][:61, :81], sequences.image(4))
    assert apart(shown[1][:61, :81], drawn) < apart(shown[1][:61, :81], draw(*frame)), "keypoints are joined by lines"
    depth = ["--as", "depth", "--sequence", "0"]
    assert run(["video", str(sequences.root), "--out", str(out), *depth]) == 0
    assert apart(frames_of(out)[0][0][:61, :81], sequences.image(0)) > 10


def test_what_cannot_be_is_told_in_a_sentence(
    sequences: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def complaint(*arguments: object) -> str:
        assert run(["video", *map(str, arguments)]) in (1, 2)
        return capsys.readouterr().err

    alone = make_dataset(tmp_path / "alone", 1)
    (tmp_path / "notes.mp4").write_text("not a film at all")
    out = tmp_path / "film.mp4"
    assert "give it a name that ends in .mp4" in complaint(sequences.root, "--out", tmp_path / "film.avi")
    assert "is there already and is no MP4" in complaint(sequences.root, "--out", tmp_path / "notes.mp4")
    assert "its frames stand alone" in complaint(alone.root, "--out", out, "--sequence", 0)
    assert "its frames are of the sequences 0 to 1" in complaint(sequences.root, "--out", out, "--sequence", 7)
    assert "cannot be written" in complaint(sequences.root, "--out", tmp_path / "nowhere" / "film.mp4")
    (alone.root / layout.image_path(0, "png")).write_bytes(b"broken")
    assert "00000000.png" in complaint(alone.root, "--out", out)
    assert sorted(path.name for path in tmp_path.glob("*.mp4")) == ["notes.mp4"], "nothing half done is left"
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.delitem(sys.modules, "studio.film", raising=False)
    assert "Videos need PyAV, which is not installed" in complaint(sequences.root, "--out", out)
