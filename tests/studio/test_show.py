"""`studio show` prints pictures where it can, tables where it cannot, files when asked."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image
from rich.console import Console
from rich.text import Text

from engine.annotate.overlay import draw
from engine.dataset import layout
from engine.dataset.read import Dataset
from studio.cli import run
from studio.commands.show import command
from studio.frames import read_frame
from studio.looks import Look
from studio.naming import frame_place, ordinal
from studio.pictures import cell_texts, draw_for_cells, spread_evenly
from studio.printing import grid_for, one_frame
from studio.sheet import contact_sheet
from tests.factory import make_dataset


def show(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)


def complaint(capfd: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    code = run(["show", *map(str, arguments)])
    captured = capfd.readouterr()
    assert captured.out == ""
    return code, captured.err


def lines_of(output: str) -> list[Text]:
    return [Text.from_ansi(line) for line in output.splitlines()]


def test_a_frame_fills_the_width_it_is_given(balls: Dataset) -> None:
    result = show(balls.root, "--index", "3", "--width", "60")
    lines = lines_of(result.output)
    assert "frame 3 (4th of 25)" in lines[0].plain
    picture = [line for line in lines if "▄" in line.plain]
    assert len(picture) == round(60 * 120 / 160 / 2)
    assert all(line.cell_len == 60 for line in picture)
    assert "cup 1" in "".join(line.plain for line in lines[1 + len(picture) :])
    assert any(" bowl 2 " in line.plain for line in picture)


def test_the_cells_are_those_of_the_drawing(balls: Dataset) -> None:
    frame = read_frame(balls, 3)
    assert frame.record is not None
    assert frame.picture is not None
    assert frame.ids is not None
    drawn, _ = draw_for_cells(frame.picture, frame.record, frame.ids, {"boxes"}, (40, 30))
    console = Console(file=io.StringIO(), width=40, force_terminal=True, color_system="truecolor")
    rows = console.render_lines(one_frame(frame, {"boxes"}, 40, 100, Look()), pad=False)
    colors = [
        [(segment.style.bgcolor, segment.style.color) for segment in row for _ in segment.text if segment.style]
        for row in rows[:15]
    ]
    found = np.array([[[*top.triplet, *bottom.triplet] for top, bottom in row] for row in colors])
    np.testing.assert_array_equal(found[..., :3], drawn[0::2])
    np.testing.assert_array_equal(found[..., 3:], drawn[1::2])


def test_a_picture_fits_the_height_of_the_terminal(balls: Dataset) -> None:
    frame = read_frame(balls, 0)
    console = Console(file=io.StringIO(), width=200, force_terminal=True, color_system="truecolor")
    assert len(console.render_lines(one_frame(frame, {"masks"}, 200, 20, Look()), pad=False)) <= 20


def test_a_contact_sheet_has_captions(balls: Dataset) -> None:
    result = show(balls.root, "--width", "100", "--count", "5")
    plain = "\n".join(line.plain for line in lines_of(result.output))
    for index in (0, 6, 12, 18, 24):
        assert f"#{index}  " in plain
    assert "25 frames" in plain


@pytest.mark.parametrize(("columns", "rows"), [(80, 21), (120, 37), (200, 57), (20, 5), (300, 8)])
def test_a_contact_sheet_fits(balls: Dataset, columns: int, rows: int) -> None:
    across, down, size = grid_for(balls.record(0), 25, columns, rows)
    assert across * (size[0] + 2) - 2 <= columns
    assert down * (size[1] // 2 + 2) - 1 <= rows


def test_few_frames_get_large_tiles(balls: Dataset) -> None:
    _, _, one = grid_for(balls.record(0), 1, 120, 37)
    _, _, many = grid_for(balls.record(0), 100, 120, 37)
    assert one[0] == 48
    assert many[0] < one[0]


def test_without_a_terminal_it_prints_tables(balls: Dataset) -> None:
    result = show(balls.root)
    assert "0 to 24" in result.stdout
    assert "--png" in result.stderr
    assert "▄" not in result.output
    assert "\x1b" not in result.output
    result = show(balls.root, "--index", "2")
    assert "area px" in result.stdout
    assert "bowl" in result.stdout
    assert "--png" in result.stderr


def test_without_color_it_prints_characters(balls: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    result = show(balls.root, "--index", "2", "--width", "60")
    assert "▄" not in result.output
    assert "38;2" not in result.output
    assert len({character for line in lines_of(result.output)[1:-1] for character in line.plain}) > 5


def test_png_of_a_frame_is_full_size_with_overlays(balls: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "frame.png"
    result = show(balls.root, "--index", "4", "--overlay", "masks,box3d", "--png", file)
    assert result.exit_code == 0
    record = balls.record(4)
    expected = draw(balls.image(4), record, balls.instance_map(4), {"masks", "box3d"})
    np.testing.assert_array_equal(np.asarray(Image.open(file)), expected)
    assert list(tmp_path.iterdir()) == [file]


def test_png_shows_named_parts_and_the_lines_between_keypoints(parted: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "frame.png"
    show(parted.root, "--index", "1", "--overlay", "parts,keypoints,names", "--png", file)
    frame = parted.image(1), parted.record(1), parted.instance_map(1), {"parts", "keypoints", "names"}
    expected = draw(*frame, skeletons=parted.skeletons)
    np.testing.assert_array_equal(np.asarray(Image.open(file)), expected)
    assert (draw(*frame) != expected).any()


def test_png_without_overlays_is_the_frame(balls: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "frame.png"
    show(balls.root, "--index", "4", "--overlay", "none", "--png", file)
    np.testing.assert_array_equal(np.asarray(Image.open(file)), balls.image(4))


def test_png_of_a_sheet(balls: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "sheet.png"
    result = show(balls.root, "--png", file)
    assert "12 frames" in result.output
    width, height = Image.open(file).size
    assert 480 < width <= 2400
    assert height > 300


def test_a_damaged_frame_leaves_a_gap_in_the_sheet(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "data", 3)
    (dataset.root / layout.image_path(1, "png")).write_bytes(b"nothing")
    result = show(dataset.root, "--width", "100")
    assert "#1  cannot be read" in result.output
    assert contact_sheet([read_frame(dataset, index) for index in range(3)], {"masks"}).ndim == 3


def test_stored_passes_can_be_shown(balls: Dataset, tmp_path: Path) -> None:
    pictures = []
    for source in ("color", "depth", "normal"):
        file = tmp_path / f"{source}.png"
        assert show(balls.root, "--index", "0", "--as", source, "--overlay", "none", "--png", file).exit_code == 0
        pictures.append(np.asarray(Image.open(file)))
    assert (pictures[0] != pictures[1]).any()
    assert (pictures[1] != pictures[2]).any()
    assert "(light)" in show(balls.root, "--index", "0", "--as", "depth", "--width", "60").output


def test_json(balls: Dataset, tmp_path: Path) -> None:
    document = json.loads(show(balls.root, "--json").output)
    assert document["frames"] == 25
    assert document["classes"] == ["cup", "bowl"]
    document = json.loads(show(balls.root, "--index", "5", "--json", "--png", tmp_path / "a.png").output)
    assert document["record"]["index"] == 5
    assert document["png"] == str(tmp_path / "a.png")
    assert (tmp_path / "a.png").is_file()


def test_wrong_use_is_told_in_one_sentence(balls: Dataset, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, text = complaint(capfd, balls.root, "--index", "99")
    assert code == 2
    assert "no frame 99" in text
    assert "0 to 24" in text
    code, text = complaint(capfd, tmp_path / "nowhere")
    assert code == 2
    assert "nowhere" in text
    code, text = complaint(capfd, balls.root, "--overlay", "bxes")
    assert code == 2
    assert "Did you mean 'boxes'?" in text
    code, text = complaint(capfd, balls.root, "--png", tmp_path / "missing" / "a.png")
    assert code == 2
    assert "a.png cannot be written" in text
    dataset = make_dataset(tmp_path / "data", 1)
    (dataset.root / layout.image_path(0, "png")).write_bytes(b"nothing")
    code, text = complaint(capfd, dataset.root, "--index", "0")
    assert code == 2
    assert "00000000.png" in text
    dataset = make_dataset(tmp_path / "empty", 0)
    code, text = complaint(capfd, dataset.root, "--png", tmp_path / "a.png")
    assert code == 2
    assert "no frames yet" in text


def test_an_empty_dataset_is_summarised(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "empty", 0)
    result = show(dataset.root, "--width", "80")
    assert result.exit_code == 0
    assert "frames" in result.output


def test_frames_of_a_sheet_are_spread_evenly() -> None:
    assert spread_evenly(list(range(100)), 4) == [0, 33, 66, 99]
    assert spread_evenly([3, 5], 4) == [3, 5]
    assert spread_evenly([3, 5, 9], 1) == [3]
    assert spread_evenly([], 4) == []


def test_names_in_cells_stay_inside(balls: Dataset) -> None:
    for index in balls.indices():
        for text in cell_texts(balls.record(index), {"names", "pose"}, (30, 22)):
            assert 0 <= text.row < 11
            assert text.column >= 0
            assert text.column + len(text.text) <= 30


def test_a_picture_never_replaces_anything_but_a_picture(
    balls: Dataset, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    frame = balls.root / layout.image_path(3, "png")
    notes = tmp_path / "notes.png"
    notes.write_text("not a picture")
    kept = frame.read_bytes()
    for target, part in ((frame, "within a dataset"), (notes, "is no PNG"), (tmp_path / "x.jpg", ".png")):
        code, sentence = complaint(capfd, balls.root, "--index", "3", "--png", target)
        assert code == 2
        assert part in sentence
    assert frame.read_bytes() == kept
    assert notes.read_text() == "not a picture"
    picture = tmp_path / "x.png"
    for _ in range(2):
        assert show(balls.root, "--index", "3", "--png", picture).exit_code == 0


def test_places_are_told_in_words_that_exist() -> None:
    places = [ordinal(number) for number in (1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111, 1003)]
    assert places == [
        "1st",
        "2nd",
        "3rd",
        "4th",
        "11th",
        "12th",
        "13th",
        "21st",
        "22nd",
        "101st",
        "111th",
        "1\xa0003rd",
    ]
    assert frame_place(6, 6, 8) == "frame 6 (7th of 8)"


@pytest.mark.parametrize("arguments", [("--index", "3"), ()])
def test_256_colors(balls: Dataset, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]) -> None:
    full = show(balls.root, *arguments, "--width", "60").output
    monkeypatch.delenv("COLORTERM")
    few = show(balls.root, *arguments, "--width", "60")
    assert "38;2;" not in few.output
    assert "38;5;" in few.output
    # Half blocks and captions are in the same places, and nobody reads a hint here.
    assert [line.plain.rstrip() for line in lines_of(few.output)] == [line.plain.rstrip() for line in lines_of(full)]


def test_a_sheet_of_256_colors_has_a_gap_for_a_damaged_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLORTERM")
    dataset = make_dataset(tmp_path / "data", 3)
    (dataset.root / layout.image_path(1, "png")).write_bytes(b"nothing")
    result = show(dataset.root, "--width", "100")
    assert "#1  cannot be read" in result.output
    assert len({line.cell_len for line in lines_of(result.output) if "▄" in line.plain}) == 1


def test_characters_into_a_pipe_carry_no_codes(balls: Dataset) -> None:
    result = show(balls.root, "--index", "3", "--ascii", "--width", "60")
    assert "\x1b" not in result.output
    assert "▄" not in result.output
    assert max(len(line) for line in result.output.splitlines()) <= 60
    assert len(result.output.splitlines()) > 20
