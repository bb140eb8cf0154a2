"""Equal hashes mean equal pixels: a changed texture counts, the place of the files does not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.errors import AssetError
from engine.library.dependencies import dependencies, texture_names
from engine.library.hashing import content_hash
from tests.library.samples import gltf_text, obj_text, png_bytes, write


@pytest.fixture
def textured(tmp_path: Path) -> Path:
    """An .obj with a material library and a texture, all with spaces in their names."""
    folder = tmp_path / "my models"
    folder.mkdir()
    write(folder / "red paint.png", png_bytes())
    write(folder / "my cube.mtl", "newmtl paint\nKd 1 1 1\nmap_Kd -s 1 1 1 red paint.png\n")
    return write(folder / "my cube.obj", obj_text("mtllib my cube.mtl\nusemtl paint"))


def test_hash_is_stable_and_independent_of_the_place(textured: Path, tmp_path: Path) -> None:
    first = content_hash(textured)
    assert len(first) == 32
    assert content_hash(str(textured)) == first
    moved = shutil.copytree(textured.parent, tmp_path / "elsewhere")
    assert content_hash(moved / textured.name) == first


@pytest.mark.parametrize("name", ["my cube.obj", "my cube.mtl", "red paint.png"])
def test_each_file_counts(textured: Path, name: str) -> None:
    before = content_hash(textured)
    with (textured.parent / name).open("ab") as stream:
        stream.write(b"\n")
    after = content_hash(textured)
    assert after != before
    if name != textured.name:
        (textured.parent / name).unlink()
        assert content_hash(textured) not in (before, after)


def test_unrelated_neighbours_do_not_count(textured: Path) -> None:
    before = content_hash(textured)
    write(textured.parent / "other.png", png_bytes())
    assert content_hash(textured) == before


def test_gltf_image_counts(tmp_path: Path) -> None:
    model = write(tmp_path / "a.gltf", gltf_text(image="blue%20paint.png"))
    missing = content_hash(model)
    image = write(tmp_path / "blue paint.png", png_bytes())
    present = content_hash(model)
    image.write_bytes(png_bytes((0, 0, 255)))
    assert len({missing, present, content_hash(model)}) == 3


def test_name_in_a_blend_counts(tmp_path: Path) -> None:
    write(tmp_path / "a.blend", "BLENDER")
    assert content_hash(tmp_path / "a.blend") != content_hash(f"{tmp_path}/a.blend#Cup")


def test_dependencies_are_those_the_importer_reads(textured: Path) -> None:
    assert dependencies(textured) == [
        ("my cube.mtl", textured.parent / "my cube.mtl"),
        ("red paint.png", textured.parent / "red paint.png"),
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("map_Kd a.png", ["a.png"]),
        ("  map_Kd\t with space.png  ", ["with space.png"]),
        ("bump -bm 0.3 b.png", ["b.png"]),
        ("map_Bump -o 0.1 -s 1 2 c d.png", ["c d.png"]),
        ("map_Kd -s 1 1 1 -clamp on 3d.png", ["3d.png"]),
        ("norm n.png\nmap_Kd n.png", ["n.png"]),
        ("# map_Kd a.png", []),
        ("map_Kd", []),
        ("map_Kd -s 1", []),
    ],
)
def test_texture_statements(line: str, expected: list[str]) -> None:
    assert texture_names(line) == expected


def test_errors_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"gone\.obj"):
        content_hash(tmp_path / "gone.obj")
    with pytest.raises(AssetError, match="folder"):
        content_hash(tmp_path)
