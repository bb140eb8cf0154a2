from __future__ import annotations

import numpy as np
import pytest

from engine.dataset.layout import array_hash, image_path, index_of, is_frame_folder, passes_path, record_path


def test_names_sort_as_the_frames_do() -> None:
    indices = [0, 7, 999, 1000, 12_345, 999_999, 1_000_000, 98_765_432]
    names = [record_path(index) for index in indices]
    assert names == sorted(names)
    assert names[4] == "frames/00012/00012345.json"
    assert image_path(12_345, "jpeg") == "frames/00012/00012345.jpg"
    assert passes_path(12_345) == "frames/00012/00012345.npz"
    assert [index_of(name.rpartition("/")[2]) for name in names] == indices


@pytest.mark.parametrize(
    "name",
    ["", "12.json", "000000012.json", "00000012.json.bak", "00000012", ".00000012.json", "٠٠٠٠٠٠٠١.json", "a.png"],
)
def test_other_names_belong_to_no_frame(name: str) -> None:
    assert index_of(name) is None


def test_other_folders_hold_no_frames() -> None:
    assert is_frame_folder("00000")
    assert is_frame_folder("123456")
    assert not any(map(is_frame_folder, ["0", "000000", "x", ".00001", ""]))


def test_the_hash_is_that_of_the_documentation() -> None:
    import hashlib

    array = np.arange(6, dtype=np.uint8).reshape(1, 2, 3)
    assert array_hash(array) == hashlib.blake2b(b"u1 1 2 3\0" + bytes(range(6)), digest_size=16).hexdigest()


def test_the_hash_tells_values_shape_and_type_apart_but_not_layout() -> None:
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    others = [array + 1, array.reshape(4, 3), array.astype(np.float64), array.view(np.uint32)]
    assert len({array_hash(other) for other in [array, *others]}) == 5
    assert array_hash(np.asfortranarray(array)) == array_hash(array)
    assert array_hash(array.astype(">f4")) == array_hash(array)
    assert array_hash(array[:0]) != array_hash(array)
