"""Other people's COCO files, against pycocotools as the reference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.annotate.masks import decode_mask
from engine.annotate.plain import Keypoint
from engine.dataset.query import matching, ordered
from engine.errors import DatasetError
from engine.export.check_coco import load_quietly
from engine.export.coco import CocoExporter
from engine.export.coco_view import CocoView
from engine.export.run import export
from tests.coco_factory import HEIGHT, WIDTH, make_coco
from tests.factory import make_dataset


@pytest.fixture
def coco(tmp_path: Path) -> CocoView:
    return CocoView.open(*make_coco(tmp_path))


def test_masks_and_boxes_are_those_that_pycocotools_reads(coco: CocoView) -> None:
    reference = load_quietly(coco.file)
    assert coco.refresh() == sorted(reference.getImgIds()) == [3, 5, 9, 12]
    for index in coco.refresh():
        record = coco.record(index)
        entries = reference.loadAnns(reference.getAnnIds(imgIds=[index]))
        assert len(record.instances) == len(entries)
        for instance, entry in zip(record.instances, entries, strict=True):
            assert instance.annotation_id == entry["id"]
            assert instance.class_name == reference.loadCats(entry["category_id"])[0]["name"]
            assert list(instance.bbox or ()) == entry["bbox"]
            assert instance.area == entry["area"]
            if "segmentation" in entry:
                assert instance.mask is not None
                np.testing.assert_array_equal(decode_mask(instance.mask), reference.annToMask(entry).astype(bool))
            else:
                assert instance.mask is None


def test_pictures_come_in_colour_wherever_they_lie(coco: CocoView) -> None:
    for index in coco.refresh():
        assert coco.image(index).shape == (HEIGHT, WIDTH, 3)
    (coco.root / "sub" / "five.jpg").rename(coco.root / "five.jpg")
    assert coco.image(5).shape == (HEIGHT, WIDTH, 3)
    (coco.root / "five.jpg").unlink()
    with pytest.raises(DatasetError, match=r"five\.jpg cannot be read"):
        coco.image(5)
    (coco.root / "three.png").write_text("no picture")
    with pytest.raises(DatasetError, match="damaged"):
        coco.image(3)


def test_the_smaller_of_two_masks_is_on_top(coco: CocoView) -> None:
    ids, record = coco.instance_map(3), coco.record(3)
    big, small = (decode_mask(item.mask) for item in record.instances if item.mask is not None)
    assert (big & small).any()
    assert (ids[small] == 2).all()
    assert (ids[big & ~small] == 1).all()
    assert (ids[~big & ~small] == 0).all()


def test_keypoints_and_their_lines(coco: CocoView) -> None:
    person = coco.record(9).instances[1]
    assert person.keypoints == (Keypoint(60, 35, seen=True), Keypoint(60, 45, seen=False), None)
    assert person.skeleton == ((0, 1), (1, 2))


def test_it_can_be_filtered_and_sorted(coco: CocoView) -> None:
    columns = coco.columns()

    def found(query: str) -> list[int]:
        return [index for index, wanted in zip(columns.indices, matching(columns, query), strict=True) if wanted]

    assert found("plate") == [3, 5]
    assert found("area<250") == [3, 9]
    assert found("class=fork w>=20") == [9]
    assert found("objects=0") == [12]
    assert found("file~sub") == [5]
    assert found("truncated") == []
    assert columns.indices[ordered(columns, "-area")[0]] == 3


def test_our_own_export_reads_back_as_the_dataset(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "balls", 2, instances=3)
    for masks in ("rle", "polygon"):
        file = tmp_path / f"{masks}.json"
        export(CocoExporter(masks=masks), dataset, file)  # type: ignore[arg-type]
        view = CocoView.open(dataset.root, file)
        for index in dataset.indices():
            np.testing.assert_array_equal(view.image(index), dataset.image(index))
            np.testing.assert_array_equal(view.instance_map(index) > 0, dataset.instance_map(index) > 0)


def spoilt(coco: CocoView, change: Any) -> None:
    content = json.loads(coco.file.read_text())
    change(content)
    coco.file.write_text(json.dumps(content))


def test_sizes_that_are_missing_come_from_the_picture(coco: CocoView) -> None:
    spoilt(coco, lambda content: [image.pop("width") for image in content["images"]])
    record = CocoView.open(coco.root, coco.file).record(5)
    assert (record.width, record.height) == (WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content.pop("images"), "no file of COCO annotations"),
        (lambda content: content["images"][0].pop("id"), "no file of COCO annotations"),
        (lambda content: content["annotations"][0].update(image_id=99), "annotates picture 99"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(coco: CocoView, change: Any, words: str) -> None:
    spoilt(coco, change)
    with pytest.raises(DatasetError, match=words) as caught:
        CocoView.open(coco.root, coco.file)
    assert str(coco.file) in str(caught.value)


def test_damaged_masks_are_a_matter_of_their_picture_alone(coco: CocoView) -> None:
    spoilt(coco, lambda content: content["annotations"][0]["segmentation"].update(size=[3, 3]))
    view = CocoView.open(coco.root, coco.file)
    with pytest.raises(DatasetError, match="picture 3 are damaged"):
        view.record(3)
    assert view.record(5).instances
