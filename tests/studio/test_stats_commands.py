"""`studio stats` and `studio evaluate`, on ours and on other people's datasets."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from engine.dataset.read import Dataset
from studio.charts import sphere
from studio.cli import run
from tests.coco_factory import make_coco
from tests.export.odd_datasets import with_records


def output(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert run([str(argument) for argument in arguments]) == 0
    return capsys.readouterr().out


def test_stats_count_what_the_records_hold(balls: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(output(capsys, "stats", balls.root, "--json"))
    records = list(balls.iter_records())
    seen = [item for record in records for item in record.instances if item.area]
    assert found["frames"] == 25
    assert found["instances"] == len(seen)
    for name in ("cup", "bowl"):
        assert found["classes"][name]["instances"] == sum(item.class_name == name for item in seen)
    assert sum(found["sizes"].values()) == len(seen)
    assert sum(found["box_sides"]["counts"]) == len(seen)
    assert sum(found["brightness"]["counts"]) == found["brightness_sample"] == 25
    assert sum(map(sum, found["views"])) == len(seen)
    assert 0 < max(map(max, found["box_map"])) <= 1


def test_stats_can_be_narrowed(balls: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(output(capsys, "stats", balls.root, "--json", "--filter", "index<4"))
    assert found["frames"] == 4
    assert run(["stats", str(balls.root), "--filter", "nonsense>4"]) == 2
    assert "Nothing is named 'nonsense'" in capsys.readouterr().err


def test_stats_are_drawn(balls: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    text = output(capsys, "stats", balls.root)
    assert "25 frames" in text
    assert "Instances by class" in text
    drawn = text.partition("Drawn values")[2]
    assert "camera.azimuth" in drawn
    assert "plain 25" in drawn
    assert max(map(len, text.splitlines())) <= 80 or str(balls.root) in text


def test_stats_of_a_coco_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images, file = make_coco(tmp_path)
    found = json.loads(output(capsys, "stats", images, "--coco", file, "--json"))
    assert found["frames"] == 4
    assert {name: entry["instances"] for name, entry in found["classes"].items()} == {
        "plate": 2,
        "fork": 2,
        "person": 1,
    }
    assert found["views"] == []
    assert "not known" in output(capsys, "stats", images, "--coco", file)


def test_evaluate_prints_figures_and_the_worst_frames(
    balls: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.studio.test_inspect_foreign import results_of

    file = tmp_path / "results.json"
    file.write_text(json.dumps(results_of(balls)))
    found = json.loads(output(capsys, "evaluate", balls.root, "--predictions", file, "--json"))
    assert 0.8 < found["figures"]["bbox"]["AP"] < 1
    assert [entry["index"] for entry in found["worst"]][:2] == [6, 8]
    assert set(found["classes"]) == {"cup", "bowl"}
    text = output(capsys, "evaluate", balls.root, "--predictions", file, "--worst", 2)
    head, boxes, *classes = text.splitlines()[:4]
    assert head.split() == ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"]
    assert boxes.split()[:2] == ["boxes", f"{found['figures']['bbox']['AP']:.3f}"]
    assert {line.split()[0]: line.split()[1] for line in classes} == {
        name: f"{found['tables']['bbox'][name]['AP']:.3f}" for name in ("cup", "bowl")
    }
    assert "frame 6: 0 hits, 0 wrong, 3 missed" in text


def test_evaluate_refuses_what_does_not_fit(balls: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "results.json"
    file.write_text("{}")
    assert run(["evaluate", str(balls.root), "--predictions", str(file)]) == 2
    error = capsys.readouterr().err
    assert str(file) in error
    assert error.count("\n") == 1


def test_directions_lie_on_the_half_of_the_sphere_that_they_are_on() -> None:
    rows = [[0] * 24 for _ in range(12)]
    rows[0][0] = 5  # from above, all but straight
    rows[10][6] = 3  # from below, at azimuth 90 to 105
    lines = sphere(rows, 60, "cyan").plain.splitlines()
    upper, lower = [line[:28] for line in lines[:14]], [line[31:] for line in lines[:14]]
    marked = [(row, column) for row, line in enumerate(upper) for column, sign in enumerate(line) if sign in "░▒▓█"]
    assert marked
    assert all(5 <= row <= 8 and 14 <= column <= 17 for row, column in marked), "near the middle, to the right"
    below = [(row, column) for row, line in enumerate(lower) for column, sign in enumerate(line) if sign in "░▒▓█"]
    assert below
    assert all(row < 7 and 9 <= column <= 14 for row, column in below), "above the middle: azimuth 90 is at the top"
    assert "not known" in sphere([], 60, "cyan").plain
    assert sphere(rows, 60, "cyan", plain=True).plain.isascii()


def test_stats_tell_the_draws_thrown_away_by_their_reason(
    balls: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    thrown: list[dict[str, int]] = [{"hidden": 2, "dark": 1}, {}, {"hidden": 5}]
    records = []
    for index, redrawn in zip(balls.indices(), thrown, strict=False):
        record = balls.record(index)
        spec = msgspec.structs.replace(record.spec, redrawn=redrawn, attempt=sum(redrawn.values()))
        records.append(msgspec.structs.replace(record, spec=spec))
    root = with_records(tmp_path / "d", balls, records).root
    assert json.loads(output(capsys, "stats", root, "--json"))["redrawn"] == {"hidden": 7, "dark": 1}
    drawn = output(capsys, "stats", root)
    assert "8 draws thrown away and drawn again\n7  showed too little of the object\n1  came out too dark" in drawn
    few = json.loads(output(capsys, "stats", root, "--json", "--filter", "redrawn.hidden>3"))
    assert (few["frames"], few["redrawn"]) == (1, {"hidden": 5})
    assert json.loads(output(capsys, "stats", balls.root, "--json"))["redrawn"] == {}
    assert "thrown away" not in output(capsys, "stats", balls.root)
