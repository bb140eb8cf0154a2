"""What goes into a report: which frames, which outlines, how large, and where it may be written."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from engine.annotate.polygons import mask_rings
from engine.dataset import layout
from engine.dataset.read import Dataset
from engine.report.contents import chosen
from engine.report.outlines import simplified
from studio.cli import run
from tests.factory import make_dataset, multiply_dataset

type Mask = npt.NDArray[np.bool_]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("data") / "many"
    make_dataset(root, 3, instances=2, passes=())
    return multiply_dataset(root, 300)


def report(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, object]:
    assert run(["report", *map(str, arguments), "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def data_of(file: Path) -> dict[str, object]:
    text = re.search(r'<script type="application/json" id="data">(.*?)</script>', file.read_text(), re.DOTALL)
    assert text is not None
    data: dict[str, object] = json.loads(text[1])
    return data


def filled(rings: list[npt.NDArray[np.int64]], shape: tuple[int, int]) -> Mask:
    """The pixels whose centres lie inside, by the even-odd rule; drawn eight times as large, to see centres."""
    inside = np.zeros(shape, np.bool_)
    for ring in rings:
        canvas = Image.new("1", (8 * shape[1], 8 * shape[0]))
        ImageDraw.Draw(canvas).polygon([(8 * x - 0.5, 8 * y - 0.5) for x, y in ring.tolist()], fill=1)
        inside ^= np.asarray(canvas)[4::8, 4::8]
    return inside


def blob() -> Mask:
    """A ring with a hole, a disc, a single pixel, and two that touch at a corner."""
    v, u = np.mgrid[:80, :100]
    mask: Mask = (np.hypot(u - 40, v - 40) < 30) & (np.hypot(u - 45, v - 42) > 12)
    mask |= np.hypot(u - 85, v - 20) < 9
    mask[70, 90] = mask[72, 5] = mask[73, 6] = True
    return mask


def test_rings_are_the_mask_with_its_holes() -> None:
    mask = blob()
    assert (filled(mask_rings(mask), mask.shape) == mask).all()
    shifted = mask_rings(mask[5:, 3:], (3, 5))
    assert (filled(shifted, mask.shape) == np.pad(mask[5:, 3:], ((5, 0), (3, 0)))).all()


def test_fewer_corners_stay_near_the_outline() -> None:
    mask = blob()
    rings = mask_rings(mask)
    few = [simplified(ring, 0.75) for ring in rings]
    assert sum(map(len, few)) < 0.5 * sum(map(len, rings))
    assert all(len(ring) > 2 for ring in few)
    assert (filled(few, mask.shape) != mask).sum() < 0.03 * mask.sum()
    single = next(ring for ring in few if (ring == [90, 70]).all(axis=1).any())
    assert len(single) >= 3, "a pixel keeps an area"
    assert all((simplified(ring, 0) == ring).all() for ring in rings), "corners are corners"


def test_frames_are_spread_or_drawn() -> None:
    numbers = list(range(1000, 2000))
    assert chosen(numbers, 5, None) == [1000, 1250, 1500, 1749, 1999] or chosen(numbers, 5, None)[::4] == [1000, 1999]
    assert chosen(numbers, 1, None) == [1000]
    assert chosen(numbers, 0, None) == []
    assert chosen(numbers[:3], 5, 7) == numbers[:3]
    drawn = chosen(numbers, 200, 0)
    assert len(set(drawn)) == 200
    assert drawn == sorted(drawn) == chosen(numbers, 200, 0)
    assert drawn != chosen(numbers, 200, 1)
    assert 1400 < np.mean(drawn) < 1600


def test_many_frames_make_a_small_page_that_says_so(
    many: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = {}
    for count in (10, 20):
        file = tmp_path / f"{count}.html"
        found = report(capsys, many.root, "--out", file, "--frames", count, "--side", 100)
        assert found["shown"] == chosen(range(300), count, None)
        assert found["frames"] == 300
        assert found["checked"] == (10 if count == 10 else 28), "two frames are in both, and are not read again"
        sizes[count] = found["bytes"]
    data = data_of(tmp_path / "20.html")
    assert data["sample"] == {"frames": 300, "shown": 20, "besides": 0, "seed": None}
    each = (sizes[20] - sizes[10]) / 10  # type: ignore[operator]
    assert each < 8_000, "a picture of 100 pixels and its outlines"
    assert "http" not in (tmp_path / "20.html").read_text().replace("http://www.w3.org/2000/svg", "").replace(
        "http-equiv", ""
    )
    seeded = report(capsys, many.root, "--out", tmp_path / "20.html", "--frames", 20, "--seed", 4)
    assert seeded["shown"] == chosen(range(300), 20, 4)


def test_frames_with_problems_are_shown_besides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dataset = make_dataset(tmp_path / "balls", 6, instances=1, passes=(), width=64, height=48)
    (dataset.root / layout.image_path(1, "png")).unlink()
    (dataset.root / layout.record_path(3)).write_text("{")
    picture = dataset.root / layout.image_path(4, "png")
    picture.write_bytes(picture.read_bytes()[:-20] + bytes(20))
    (dataset.root / "frames" / "notes.txt").write_text("mine")
    found = report(capsys, dataset.root, "--frames", 2)
    assert found["report"] == str(dataset.root / "report.html")
    assert found["shown"] == [0, 1, 3, 5]
    problems = data_of(dataset.root / "report.html")["problems"]
    assert isinstance(problems, dict)
    assert list(problems["frames"]) == ["1", "3"]
    assert problems["others"] == ["frames/notes.txt: it is no part of the dataset"]
    found = report(capsys, dataset.root, "--frames", 2, "--check-all", "--filter", "index>0")
    assert found["frames"] == found["checked"] == 5
    problems = data_of(dataset.root / "report.html")["problems"]
    assert isinstance(problems, dict)
    assert list(problems["frames"]) == ["1", "3", "4"], "its bytes are as many as they were"


def test_nothing_else_is_overwritten(many: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    letter = tmp_path / "letter.html"
    letter.write_text("<p>Dear all")
    for out, words in (
        (letter, "is there already and is no report"),
        (tmp_path / "report.txt", "ends in .html"),
        (tmp_path / "none" / "report.html", "is no folder"),
    ):
        assert run(["report", str(many.root), "--out", str(out), "--frames", "1"]) == 2
        error = capsys.readouterr().err
        assert words in error
        assert error.count("\n") == 1
    assert letter.read_text() == "<p>Dear all"
