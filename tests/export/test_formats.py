"""What every export format keeps: the same tests for all of them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.annotate.oriented import box_points
from engine.annotate.record import InstanceRecord
from engine.dataset import layout
from engine.dataset.read import Dataset
from engine.errors import BadInput, DatasetError, StorageError
from engine.export import output
from engine.export.base import BUILT_IN, Exporter, make_exporter
from engine.export.frame import Frames
from engine.export.journal import FOLDER, Journal
from engine.export.output import Output
from engine.export.run import export
from engine.export.splits import parse_splits
from tests.export.odd_datasets import make_fixed_balls, make_odd, mask_of
from tests.export.readers import READERS, all_files

FORMATS = list(BUILT_IN)
WITHOUT_MASKS = {"yolo", "yolo-obb", "yolo-pose", "kitti", "imagefolder"}
WITHOUT_CLASSES = {"bop", "bop-webdataset"}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_odd(tmp_path_factory.mktemp("odd") / "d")


@pytest.fixture(scope="module")
def balls(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_fixed_balls(tmp_path_factory.mktemp("balls") / "d", range(5))


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups of two frames, so that five frames are three groups; and no waiting for a disk that others write to."""
    monkeypatch.setattr(Exporter, "frames_at_once", 2)
    monkeypatch.setattr(output, "sync_file_system", lambda folder: None)


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in all_files(root)}


def test_every_format_that_ships_is_read_back() -> None:
    assert set(READERS) == set(BUILT_IN)
    for name in FORMATS:
        exporter = make_exporter(name, {})
        assert exporter.name == name
        assert exporter.summary
        assert exporter.holds
        assert exporter.leaves_out
        assert exporter.reader


@pytest.mark.parametrize("name", FORMATS)
def test_what_the_format_holds_comes_back(odd: Dataset, tmp_path: Path, name: str) -> None:
    """Two pieces with a hole, one pixel, an empty frame, 4 K, 300 classes in one frame, names beyond ASCII."""
    result = export(make_exporter(name, {}), odd, tmp_path)
    assert (result.frames, result.instances) == (6, 305)
    found = READERS[name](tmp_path)
    assert sorted(found) == odd.indices()
    for index, instances in found.items():
        record = odd.record(index)
        assert len(instances) == len(record.instances)
        for seen, instance, item in zip(instances, record.instances, record.spec.objects, strict=True):
            if name in WITHOUT_CLASSES:
                assert seen.name == str(item.recipe_object + 1)
            elif name == "kitti":
                assert seen.name == instance.class_name.replace(" ", "_")
            else:
                assert seen.name == instance.class_name
            assert seen.box == pytest.approx(expected_box(name, instance), abs=record.width * 1e-6)
            assert (seen.mask is None) == (name in WITHOUT_MASKS)
            if seen.mask is not None:
                assert np.array_equal(seen.mask, mask_of(instance))


def expected_box(name: str, instance: InstanceRecord) -> tuple[float, ...]:
    """The visible box; of oriented boxes, what is round their corners."""
    assert instance.bbox is not None
    assert instance.obb is not None
    if name != "yolo-obb":
        return instance.bbox
    corners = box_points(instance.obb)
    return *corners.min(axis=0).tolist(), *np.ptp(corners, axis=0).tolist()


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_is_the_same_bytes_whenever_and_in_however_many_runs(
    balls: Dataset, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, and interrupted in the middle with files of the broken group left, then continued."""
    export(make_exporter(name, {}), balls, tmp_path / "once")
    exporter = make_exporter(name, _small_shards(name))
    export(exporter, balls, tmp_path / "whole")

    at_once = min(exporter.frames_at_once or 5, 5)

    class PulledOut(BaseException):
        pass

    write, written = type(exporter).write, []

    def dying(self: Any, frames: Frames, out: Output) -> None:
        write(self, frames, out)
        written.append(frames.number)
        if len(written) == 2:
            raise PulledOut

    with monkeypatch.context() as patch:
        patch.setattr(type(exporter), "write", dying)
        patch.setattr(shutil, "rmtree", lambda *args, **kwargs: None)
        if at_once == 5:
            written.append(-1)
        with pytest.raises(PulledOut):
            export(exporter, balls, tmp_path / "parts")
    result = export(exporter, balls, tmp_path / "parts")
    assert result.continued == (0 if at_once == 5 else at_once)
    assert (result.frames, result.instances) == (5, 20)
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")
    assert not (tmp_path / "parts" / FOLDER / "stage").exists()
    again = export(exporter, balls, tmp_path / "parts")
    assert again.continued == 5
    assert again.bytes == result.bytes


def _small_shards(name: str) -> dict[str, int]:
    return {"shard_frames": 2} if hasattr(make_exporter(name, {}), "shard_frames") else {}


@pytest.mark.parametrize("name", FORMATS)
def test_frames_go_to_their_split_and_to_no_other(balls: Dataset, tmp_path: Path, name: str) -> None:
    rule = parse_splits("train=0.6,val=0.4", ["test=camera.azimuth>180"])
    splits = {split.name: list(split.indices) for split in rule.divide(balls)}
    assert sorted(index for indices in splits.values() for index in indices) == balls.indices()
    result = export(make_exporter(name, {}), balls, tmp_path, rule=rule)
    assert result.splits == {part: len(indices) for part, indices in splits.items()}
    text = "".join(path.relative_to(tmp_path).as_posix() + "\n" for path in all_files(tmp_path))
    for part, indices in splits.items():
        assert part in text or not indices
        for index in indices:
            named = [line for line in text.splitlines() if f"{index:08d}" in line]
            assert not any(other in line for line in named for other in splits if other != part)


@pytest.mark.parametrize("name", FORMATS)
def test_other_peoples_files_stay(balls: Dataset, tmp_path: Path, name: str) -> None:
    exporter = make_exporter(name, {})
    export(exporter, balls, tmp_path / "a")
    for path in list(all_files(tmp_path / "a"))[-1:]:
        mine = tmp_path / "b" / path.relative_to(tmp_path / "a")
        mine.parent.mkdir(parents=True)
        mine.write_text("mine")
        with pytest.raises(BadInput, match="exists and is not an export of this program"):
            export(exporter, balls, tmp_path / "b")
        assert mine.read_text() == "mine"
        export(exporter, balls, tmp_path / "b", force=True)
        assert contents(tmp_path / "b") == contents(tmp_path / "a")


def test_an_earlier_export_is_replaced_with_all_its_files(balls: Dataset, tmp_path: Path) -> None:
    export(make_exporter("yolo", {}), balls, tmp_path, rule=parse_splits("a=0.5,b=0.5", []))
    (tmp_path / "images/mine.txt").write_text("mine")
    export(make_exporter("yolo", {}), balls, tmp_path)
    assert {path.parts[0] for path in map(Path, contents(tmp_path))} == {"images", "labels", "data.yaml"}
    assert sorted(os.listdir(tmp_path / "images")) == ["mine.txt", "train"]
    with pytest.raises(BadInput, match="holds an export of the format 'yolo'; choose another folder, or use --force"):
        export(make_exporter("voc", {}), balls, tmp_path)
    export(make_exporter("voc", {}), balls, tmp_path, force=True)
    assert not (tmp_path / "labels").exists()
    assert (tmp_path / "images/mine.txt").read_text() == "mine"


def test_frames_that_came_since_are_added_and_those_that_went_are_removed(balls: Dataset, tmp_path: Path) -> None:
    shutil.copytree(balls.root, tmp_path / "d", copy_function=shutil.copy2)
    (tmp_path / "d" / layout.record_path(4)).rename(tmp_path / "later")
    exporter = make_exporter("yolo", {})
    assert export(exporter, Dataset.open(tmp_path / "d"), tmp_path / "o").frames == 4
    (tmp_path / "later").rename(tmp_path / "d" / layout.record_path(4))
    result = export(exporter, Dataset.open(tmp_path / "d"), tmp_path / "o")
    assert (result.frames, result.continued) == (5, 4)
    (tmp_path / "d" / layout.record_path(1)).unlink()
    result = export(exporter, Dataset.open(tmp_path / "d"), tmp_path / "o")
    assert (result.frames, result.continued) == (4, 0)
    assert [path.stem[-1] for path in sorted((tmp_path / "o/labels/train").iterdir())] == ["0", "2", "3", "4"]


def test_a_file_that_went_missing_is_written_again(balls: Dataset, tmp_path: Path) -> None:
    exporter = make_exporter("voc", {})
    export(exporter, balls, tmp_path)
    before = contents(tmp_path)
    (tmp_path / "Annotations/00000002.xml").unlink()
    (tmp_path / "SegmentationClass/00000004.png").write_bytes(b"short")
    assert export(exporter, balls, tmp_path).continued == 2
    assert contents(tmp_path) == before


def test_a_disk_that_gives_back_something_else_is_found_out(
    balls: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = output.digest_on_disk

    def rotten(path: Path) -> bytes:
        if path.name == "00000003.txt":
            data = path.read_bytes()
            path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        return read(path)

    with monkeypatch.context() as patch:
        patch.setattr(output, "digest_on_disk", rotten)
        with pytest.raises(StorageError, match=r"labels/train/00000003.txt did not read back from the disk"):
            export(make_exporter("yolo", {}), balls, tmp_path)
    assert sorted(path.stem for path in (tmp_path / "labels/train").iterdir()) == ["00000000", "00000001"]
    assert export(make_exporter("yolo", {}), balls, tmp_path).continued == 2


def test_a_full_disk_is_said_and_the_export_goes_on_later(
    balls: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    write = output.write_new

    def full(path: Path, data: bytes) -> None:
        if "00000002" in path.name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(output, "write_new", full)
        with pytest.raises(StorageError, match="the disk is full; what was checked before stays"):
            export(make_exporter("maps", {}), balls, tmp_path)
    assert export(make_exporter("maps", {}), balls, tmp_path).continued == 2


def test_a_missing_or_changed_picture_stops_the_export_with_its_name(balls: Dataset, tmp_path: Path) -> None:
    shutil.copytree(balls.root, tmp_path / "d")
    picture = tmp_path / "d" / layout.image_path(1, "png")
    for images in ("link", "copy"):
        picture.write_bytes(b"cut")
        with pytest.raises(DatasetError, match=r"00000001.png is damaged"):
            export(make_exporter("yolo", {}), Dataset.open(tmp_path / "d"), tmp_path / images, images=images)  # type: ignore[arg-type]
    picture.unlink()
    with pytest.raises(DatasetError, match=r"00000001.png"):
        export(make_exporter("yolo", {}), Dataset.open(tmp_path / "d"), tmp_path / "gone")


def test_pictures_are_linked_or_copied_as_asked(balls: Dataset, tmp_path: Path) -> None:
    source = balls.root / layout.image_path(0, "png")
    for images in ("link", "symlink", "copy"):
        export(make_exporter("yolo", {}), balls, tmp_path / images, images=images)  # type: ignore[arg-type]
    link, symlink, copy = (
        tmp_path / images / "images/train/00000000.png" for images in ("link", "symlink", "copy")
    )  # fmt: skip
    assert link.samefile(source)
    assert not link.is_symlink()
    assert symlink.is_symlink()
    assert not Path(os.readlink(symlink)).is_absolute()
    assert symlink.samefile(source)
    assert not copy.samefile(source)
    assert copy.read_bytes() == source.read_bytes()


def test_where_there_are_no_hard_links_pictures_are_copied(
    balls: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    export(make_exporter("imagefolder", {}), balls, tmp_path)
    copy = tmp_path / "train/00000000.png"
    assert copy.read_bytes() == (balls.root / layout.image_path(0, "png")).read_bytes()


def test_two_exports_to_one_folder_at_once_are_refused(balls: Dataset, tmp_path: Path) -> None:
    exporter = make_exporter("yolo", {})
    export(exporter, balls, tmp_path)
    header = Journal.header_in(tmp_path)
    assert header is not None
    with Journal(tmp_path, header, False), pytest.raises(DatasetError, match="is being written by process"):
        export(exporter, balls, tmp_path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("train=0.8,val=0.1", "the fractions are 0.9 together; make it 1"),
        ("train=0.8,train=0.2", "a name stands there twice"),
        ("train", "'' is no fraction"),
        ("train=2", "'2' is no fraction"),
        ("../x=1", r"'\.\./x' is no name for a split"),
    ],
)
def test_wrong_splits_are_said(text: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        parse_splits(text, [])


def test_splits_by_fraction_depend_on_number_and_seed_alone() -> None:
    """As the documentation computes it."""
    import hashlib

    from engine.export.splits import fraction_of

    for index in range(2000):
        digest = hashlib.blake2b(f"7/{index}".encode()).digest()
        assert fraction_of(index, 7) == int.from_bytes(digest[:8], "big") / 2**64
    shares = np.array([fraction_of(index, 0) for index in range(20_000)])
    assert np.histogram(shares, 10, (0, 1))[0] == pytest.approx(2000, abs=200)


def test_a_filter_that_means_nothing_is_said(balls: Dataset) -> None:
    with pytest.raises(BadInput, match=r"--split-by far=distence>1: Nothing is named 'distence'. Did you mean"):
        parse_splits(None, ["far=distence>1"]).divide(balls)
