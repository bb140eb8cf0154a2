"""Sets of PBR pictures are found by the names that Poly Haven, ambientCG and others give them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.errors import AssetError
from engine.library.pbr import find_sets, resolve_sets
from tests.library.texture_sets import poly_haven, write

NAMES = {
    "wood_table_001_diff_1k.jpg": "color",
    "wood_table_001_nor_gl_1k.png": "normal_gl",
    "wood_table_001_arm_1k.png": "arm",
    "wood_table_001_rough_1k.jpg": "roughness",
    "wood_table_001_metal_1k.png": "metallic",
    "wood_table_001_ao_1k.jpg": "ao",
    "wood_table_001_disp_1k.png": "height",
}
AMBIENT_CG = {
    "Metal032_2K-JPG_Color.jpg": "color",
    "Metal032_2K-JPG_NormalDX.jpg": "normal_dx",
    "Metal032_2K-JPG_Roughness.jpg": "roughness",
    "Metal032_2K-JPG_Metalness.jpg": "metallic",
    "Metal032_2K-JPG_AmbientOcclusion.jpg": "ao",
    "Metal032_2K-JPG_Displacement.jpg": "height",
}
OTHERS = {
    "rust basecolor.png": "color",
    "rust_Base_Color.png": "color",
    "rust-albedo.png": "color",
    "rust_normal.png": "normal_gl",
    "rust_Normal_DirectX.png": "normal_dx",
    "rust_ambient_occlusion.tif": "ao",
    "rust_height.png": "height",
}


@pytest.mark.parametrize(("names", "stem"), [(NAMES, "wood_table_001"), (AMBIENT_CG, "Metal032")])
def test_sets_are_found_by_their_usual_names(tmp_path: Path, names: dict[str, str], stem: str) -> None:
    for name in names:
        write(tmp_path / name, (0.5, 0.5, 0.5))
    write(tmp_path / f"{stem}.png", (0.5, 0.5, 0.5))  # ambientCG's picture of the material on a sphere
    (found,) = find_sets(tmp_path)
    assert found.name == stem
    assert {path.name: kind for kind, path in found.maps.items()} == names


@pytest.mark.parametrize(("name", "kind"), OTHERS.items())
def test_other_usual_names(tmp_path: Path, name: str, kind: str) -> None:
    write(tmp_path / name, (0.5, 0.5, 0.5))
    (found,) = find_sets(tmp_path)
    assert (found.name, set(found.maps)) == ("rust", {kind})


def test_the_last_word_says_which_map_it_is(tmp_path: Path) -> None:
    write(tmp_path / "metal_plate_diff_1k.png", (0.5, 0.5, 0.5))
    write(tmp_path / "metal_plate_metal_1k.png", (0.5, 0.5, 0.5))
    (found,) = find_sets(tmp_path)
    assert (found.name, set(found.maps)) == ("metal_plate", {"color", "metallic"})


def test_of_several_resolutions_the_largest_that_fits_is_taken(tmp_path: Path) -> None:
    for size in ("1k", "4k", "8k"):
        write(tmp_path / f"a_diff_{size}.png", (0.5, 0.5, 0.5))
    write(tmp_path / "a_rough_8k.png", (0.5, 0.5, 0.5))
    for name in ("a_ao_2k.jpg", "a_ao_2k.png"):
        write(tmp_path / name, (0.5, 0.5, 0.5))
    (found,) = find_sets(tmp_path)
    assert {kind: path.name for kind, path in found.maps.items()} == {
        "color": "a_diff_4k.png",
        "roughness": "a_rough_8k.png",
        "ao": "a_ao_2k.png",
    }


def test_of_both_conventions_of_normals_one_is_enough(tmp_path: Path) -> None:
    poly_haven(poly_haven(tmp_path), normals="dx")
    (found,) = find_sets(tmp_path)
    assert set(found.maps) == {"color", "normal_gl", "arm"}


def test_folders_and_pictures_name_sets_and_none_comes_twice(tmp_path: Path) -> None:
    for name in ("b", "a"):
        poly_haven(tmp_path / "sets" / name, name)
    both = resolve_sets([str(tmp_path)], "ground.textures")
    assert [item.name for item in both] == ["sets/a/a", "sets/b/b"]
    picture = str(tmp_path / "sets/b/b_arm_1k.png")
    assert [item.maps for item in resolve_sets([picture, picture], "x")] == [both[1].maps]
    assert len(resolve_sets([picture, str(tmp_path)], "x")) == 2


def test_the_hash_follows_the_content_not_the_place(tmp_path: Path) -> None:
    poly_haven(tmp_path / "here")
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    here, there = (find_sets(tmp_path / name)[0].digest() for name in ("here", "there"))
    assert here == there
    write(tmp_path / "there/hills_arm_1k.png", (1.0, 0.41, 0.0))
    assert find_sets(tmp_path / "there")[0].digest() != here


def test_a_folder_without_sets_is_an_error_that_says_what_is_looked_for(tmp_path: Path) -> None:
    write(tmp_path / "holiday.png", (0.5, 0.5, 0.5))
    with pytest.raises(AssetError, match=r"holds no set of PBR pictures; ground\.textures takes .*_diff_1k"):
        resolve_sets([str(tmp_path)], "ground.textures")
    with pytest.raises(AssetError, match=r"holiday\.png: the name does not say"):
        resolve_sets([str(tmp_path / "holiday.png")], "ground.textures")


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "is empty"), (b"<!doctype html><p>404", "HTML"), (None, "damaged or truncated")],
)
def test_a_broken_map_is_an_error_that_names_the_file(tmp_path: Path, content: bytes | None, problem: str) -> None:
    poly_haven(tmp_path)
    broken = tmp_path / "hills_arm_1k.png"
    broken.write_bytes(broken.read_bytes()[:60] if content is None else content)
    with pytest.raises(AssetError, match=rf"hills_arm_1k\.png: .*{problem}"):
        resolve_sets([str(tmp_path)], "ground.textures")
