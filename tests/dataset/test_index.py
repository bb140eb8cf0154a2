"""The index says what the records say, follows the folder, survives restarts, and never touches the dataset."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest

from engine.annotate.geometry import distance_of
from engine.annotate.record import encode_record
from engine.dataset import index as index_module
from engine.dataset import layout
from engine.dataset.columns import FRAME_COLUMNS, INSTANCE_COLUMNS, Columns
from engine.dataset.index import DatasetIndex
from engine.dataset.read import Dataset
from tests.factory import make_dataset

AGES_AGO = 1_600_000_000


@pytest.fixture
def balls(tmp_path: Path) -> Dataset:
    return make_dataset(tmp_path / "balls", 4, start=998, instances=3)


def settle_folders(dataset: Dataset) -> None:
    """Make the folders look as though nothing had been written for long."""
    for name in dataset.frame_folders():
        os.utime(dataset.root / layout.FRAMES_NAME / name, (AGES_AGO, AGES_AGO))


def updated(dataset: Dataset) -> DatasetIndex:
    index = DatasetIndex.of(Dataset.open(dataset.root))
    index.update()
    return index


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    read: list[int] = []
    real = index_module._read

    def counting(root: Path, index: int, size: int | None) -> object:
        read.append(index)
        return real(root, index, size)

    monkeypatch.setattr(index_module, "_read", counting)
    return read


def same(a: Columns, b: Columns) -> bool:
    numbers = all(
        np.array_equal(x[name], y[name], equal_nan=True)
        for x, y in ((a.frames, b.frames), (a.instances, b.instances), (a.drawn, b.drawn))
        for name in {*x, *y}
    )
    texts = [(a.problems, b.problems), (a.classes, b.classes), *((a.words[name], b.words[name]) for name in a.words)]
    equal = all([x.at(i) for i in range(len(x.codes))] == [y.at(i) for i in range(len(y.codes))] for x, y in texts)
    return numbers and equal and np.array_equal(a.owner, b.owner)


def test_columns_agree_with_the_records(balls: Dataset) -> None:
    columns = updated(balls).columns
    assert columns.indices == balls.indices() == [998, 999, 1000, 1001]
    assert set(columns.frames) == set(FRAME_COLUMNS)
    assert set(columns.instances) == set(INSTANCE_COLUMNS)
    row = 0
    for place, index in enumerate(balls.indices()):
        record = balls.record(index)
        eye = np.array(record.spec.camera.T_world_camera)[:3, 3]
        assert [columns.frames[f"camera_{axis}"][place] for axis in "xyz"] == pytest.approx(list(eye))
        assert columns.drawn["camera.azimuth"][place] == record.spec.drawn["camera.azimuth"]
        assert columns.words["ground.finish"].at(place) == "plain"
        assert columns.frames["seen"][place] == sum(item.area > 0 for item in record.instances)
        for item in record.instances:
            assert columns.owner[row] == place
            assert columns.classes.at(row) == item.class_name
            values = {name: column[row] for name, column in columns.instances.items()}
            assert (values["id"], values["area"]) == (item.instance_id, item.area)
            if item.bbox is not None:
                assert tuple(values[name] for name in "xywh") == item.bbox
            assert values["distance"] == pytest.approx(distance_of(item))
            row += 1
    assert row == len(columns.owner)


def test_the_direction_of_view_leads_back_to_the_camera(balls: Dataset) -> None:
    columns, row = updated(balls).columns, 0
    for index in balls.indices():
        record = balls.record(index)
        for item, spec in zip(record.instances, record.spec.objects, strict=True):
            azimuth, elevation = (
                np.radians(columns.instances[name][row]) for name in ("azimuth_seen", "elevation_seen")
            )
            away = np.array(
                [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
            )
            world = np.array(spec.T_world_model)
            eye = world[:3, 3] + world[:3, :3] @ away * distance_of(item)
            assert eye == pytest.approx(np.array(record.spec.camera.T_world_camera)[:3, 3])
            row += 1


def test_visibility_and_truncation_are_the_records(balls: Dataset) -> None:
    """Visibility is not known where there is nothing to be seen, and neither is in records of version 1."""
    record = balls.record(998)
    cases = [(50, 0.5, 0.25), (0, 0.0, 1.0), (None, None, None)]
    items = tuple(
        msgspec.structs.replace(record.instances[0], amodal_area=area, visibility=visibility, truncation=truncation)
        for area, visibility, truncation in cases
    )
    changed = msgspec.structs.replace(record, instances=items)
    (balls.root / layout.record_path(998)).write_bytes(encode_record(changed))
    found = updated(balls).columns.instances
    assert found["visibility"][:3].tolist() == pytest.approx([0.5, np.nan, np.nan], nan_ok=True)
    assert found["truncation"][:3].tolist() == pytest.approx([0.25, 1.0, np.nan], nan_ok=True)


def test_what_is_cached_is_not_read_again(balls: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    settle_folders(balls)
    first = updated(balls)
    read = count_reads(monkeypatch)
    second = updated(balls)
    assert read == []
    assert same(first.columns, second.columns)
    assert not second.update()


def test_only_new_and_changed_frames_are_read(balls: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    index = updated(balls)
    make_dataset(balls.root, 1, start=5)
    make_dataset(balls.root, 1, start=1003, instances=3)
    record = msgspec.structs.replace(balls.record(999), instances=())
    (balls.root / layout.record_path(999)).write_bytes(encode_record(record))
    (balls.root / layout.record_path(1000)).unlink()
    read = count_reads(monkeypatch)
    assert index.update()
    assert sorted(read) == [5, 999, 1003]
    assert index.columns.indices == [5, 998, 999, 1001, 1003]
    assert index.columns.frames["objects"].tolist() == [2, 3, 0, 3, 3]
    fresh = DatasetIndex.of(balls, balls.root.parent / "elsewhere")
    fresh.update()
    assert same(index.columns, fresh.columns)


def test_an_index_may_be_built_in_pieces(balls: Dataset) -> None:
    index = DatasetIndex.of(balls)
    calls = iter([False, True])
    assert index.update(stop=lambda: next(calls))
    assert not index.complete
    assert index.columns.indices == [998, 999]
    index.update()
    assert index.complete
    assert index.columns.indices == [998, 999, 1000, 1001]


def test_damage_is_a_problem_of_the_frame_and_does_not_end_the_index(balls: Dataset) -> None:
    (balls.root / layout.record_path(998)).write_text("{")
    (balls.root / layout.image_path(999, "png")).unlink()
    with (balls.root / layout.image_path(1000, "png")).open("ab") as file:
        file.write(b"more")
    columns = updated(balls).columns
    problems = [columns.problems.at(row) for row in range(4)]
    assert [text.split(":")[0].split(" bytes")[0] for text in problems][:2] == [
        "its record is damaged",
        "its picture is missing",
    ]
    assert "bytes, not" in problems[2]
    assert problems[3] == ""


def test_a_broken_cache_costs_only_time(balls: Dataset) -> None:
    settle_folders(balls)
    index = updated(balls)
    good = index.columns
    for number, path in enumerate(sorted(index.folder.iterdir())):
        path.write_bytes(path.read_bytes()[:40] if number else b"nonsense")
    assert same(updated(balls).columns, good)


def test_the_dataset_is_left_as_it_is(balls: Dataset) -> None:
    def listing() -> dict[str, tuple[int, int]]:
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(balls.root.rglob("*"))}

    before = listing()
    updated(balls)
    assert listing() == before


def test_another_dataset_in_the_same_place_has_an_index_of_its_own(tmp_path: Path) -> None:
    first = make_dataset(tmp_path / "balls", 1, seed=1)
    first_folder = DatasetIndex.of(first).folder
    (tmp_path / "balls").rename(tmp_path / "old")
    second = make_dataset(tmp_path / "balls", 1, seed=2)
    assert DatasetIndex.of(second).folder != first_folder


def test_the_dataset_need_not_list_folders_that_the_index_knows(
    balls: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_folders(balls)
    updated(balls)
    dataset = Dataset.open(balls.root)
    DatasetIndex.of(dataset).tell_dataset()
    scanned: list[str] = []
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: (scanned.append(str(path)), real(path))[1])
    assert dataset.refresh() == [998, 999, 1000, 1001]
    assert [path for path in scanned if not path.endswith(layout.FRAMES_NAME)] == []
    make_dataset(balls.root, 1, start=1002, instances=3)
    time.sleep(0.01)
    assert dataset.refresh() == [998, 999, 1000, 1001, 1002]


def test_old_indexes_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "KEPT", 2)
    folders = []
    for number in range(3):
        dataset = make_dataset(tmp_path / str(number), 1, seed=number)
        settle_folders(dataset)
        index = DatasetIndex.of(dataset, tmp_path / "cache")
        index.update()
        os.utime(index.folder, (AGES_AGO + number, AGES_AGO + number))
        folders.append(index.folder)
    assert [folder.exists() for folder in folders] == [False, True, True]


def test_a_folder_that_is_being_filled_is_cached_only_when_it_is_worth_it(
    balls: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not updated(balls).folder.exists()
    monkeypatch.setattr(index_module, "WORTH_SAVING", 2)
    assert len(list(updated(balls).folder.iterdir())) == 2
