from __future__ import annotations

import io
from dataclasses import fields

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.dataset.codec import Undecodable, decode_image, decode_passes, encode_jpeg, encode_passes, encode_png
from engine.recipe.fields import info_of
from engine.recipe.output import Render

SIZES = st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))


@settings(deadline=None)
@given(rgb=arrays.arrays(np.uint8, SIZES))
def test_png_keeps_every_pixel(rgb: np.ndarray) -> None:
    assert np.array_equal(decode_image(encode_png(rgb)), rgb)


def test_large_and_noisy_pictures_are_plain_png(rng: np.random.Generator) -> None:
    rgb = rng.integers(0, 256, (700, 1300, 3), dtype=np.uint8)
    with Image.open(io.BytesIO(encode_png(rgb))) as image:
        assert (image.format, image.mode, image.info) == ("PNG", "RGB", {})
        assert np.array_equal(np.asarray(image), rgb)


def test_pictures_that_are_views_of_others_are_stored_right(rng: np.random.Generator) -> None:
    rgb = rng.integers(0, 256, (40, 60, 3), dtype=np.uint8)
    for view in (rgb[::-1], rgb[::2, ::3], rgb.transpose(1, 0, 2), rgb[..., ::-1]):
        assert np.array_equal(decode_image(encode_png(view)), view)


def test_jpeg_comes_close_and_keeps_colour_edges() -> None:
    rgb = np.zeros((32, 32, 3), np.uint8)
    rgb[:, 15:] = (255, 0, 0)
    decoded = decode_image(encode_jpeg(rgb, 95)).astype(int)
    assert np.abs(decoded - rgb).max() < 25


def test_passes_come_back_with_infinity(rng: np.random.Generator) -> None:
    depth = rng.random((20, 30), dtype=np.float32)
    depth[:5] = np.inf
    normal = rng.random((20, 30, 3), dtype=np.float32)
    data = encode_passes({"depth": depth, "normal": normal})
    found = decode_passes(data)
    assert list(found) == ["depth", "normal"]
    assert np.array_equal(found["depth"], depth)
    assert found["normal"].dtype == np.float32
    assert list(decode_passes(data, only="normal")) == ["normal"]
    with pytest.raises(Undecodable, match="it holds no pass 'flow'"):
        decode_passes(data, only="flow")


def test_pickled_arrays_are_refused() -> None:
    buffer = io.BytesIO()
    np.savez(buffer, depth=np.array([{"a": 1}], dtype=object))
    with pytest.raises(Undecodable):
        decode_passes(buffer.getvalue())


def test_the_largest_picture_of_a_recipe_can_be_read() -> None:
    (member,) = (member for member in fields(Render) if member.name == "resolution")
    largest = info_of(member).high
    assert largest is not None
    assert Image.MAX_IMAGE_PIXELS is not None
    assert largest**2 <= Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"])
def test_other_files_are_no_pictures(data: bytes) -> None:
    with pytest.raises(Undecodable):
        decode_image(data)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=7))
