"""Unusable files are refused before Blender sees them, each with a sentence that names it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import AssetError
from engine.library.builtin import builtin_hdris
from engine.library.files import HDRI_EXTENSIONS, MODEL_EXTENSIONS
from engine.library.obj_faces import BadFace, bad_face
from engine.library.precheck import check_hdri, check_model
from tests.library.samples import (
    TRIANGLE,
    glb_bytes,
    gltf_document,
    gltf_text,
    obj_text,
    ply_bytes,
    png_bytes,
    radiance_bytes,
    stl_bytes,
    write,
)

NAN = float("nan")
ASCII_PLY = (
    "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
    "property float quality\nelement face 1\nproperty list uchar int vertex_indices\nend_header\n"
)

VALID = {
    "a.glb": glb_bytes(),
    "a.gltf": gltf_text(),
    "a.obj": obj_text(),
    "a.ply": ply_bytes(),
    "mixed.ply": ply_bytes((*TRIANGLE, 1, 1, 0), ((0, 1, 2), (0, 1, 3, 2))),
    "text.ply": ASCII_PLY + "0 0 0 nan\n1 0 0 nan\n0 1 0 0\n3 0 1 2\n",
    "a.stl": stl_bytes(),
    "text.STL": "solid x\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nendloop\nendfacet\nendsolid x\n",
    "a.usda": "#usda 1.0\n",
    "forms of faces.obj": obj_text("f -1 -2/1 -3//\nf +1 2 3 # 99\n\t f\t1  2 \\\n 3 \r\nfo 99 99 99\nf a b c"),
    "info names.obj": obj_text("g nan inf 1e99\nusemtl info nan"),
}

REFUSED = {
    "picture.glb": (png_bytes(), "named .glb but contains PNG data"),
    "photo.obj": (b"\xff\xd8\xff\xe0" + b"\x00" * 50, "contains JPEG data"),
    "page.fbx": ("<!DOCTYPE html><html></html>", "contains HTML data"),
    "pointer.glb": ("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    "cut.glb": (glb_bytes()[:-10], "truncated"),
    "header.glb": (b"glTF\x02\x00", "truncated"),
    "old.glb": (b"glTF\x01\x00\x00\x00\x14\x00\x00\x00" + b"\x00" * 8, "version 1"),
    "nan.glb": (glb_bytes((0, 0, 0, 1, NAN, 0, 0, 1, 0)), "not finite"),
    "draco.glb": (glb_bytes(extensionsRequired=["KHR_draco_mesh_compression"]), "KHR_draco_mesh_compression"),
    "meshopt.gltf": (gltf_text(extensionsRequired=["EXT_meshopt_compression"]), "EXT_meshopt_compression"),
    "nomesh.gltf": (gltf_text(meshes=[]), "no mesh"),
    "outside.glb": (glb_bytes(bufferViews=[{"buffer": 0, "byteOffset": 30, "byteLength": 36}]), "outside its buffers"),
    "one.gltf": (gltf_text(asset={"version": "1.0"}), "version 1.0"),
    "cut.gltf": (gltf_text()[:200], "damaged or truncated"),
    "nobuffer.gltf": (gltf_text(buffers=[{"byteLength": 36, "uri": "gone%20away.bin"}]), "'gone away.bin' is missing"),
    "points.ply": (ply_bytes(faces=()), "no faces"),
    "cut.ply": (ply_bytes()[:-5], "truncated"),
    "nan.ply": (ply_bytes((0, 0, 0, 1, NAN, 0, 0, 1, 0)), "not finite"),
    "text nan.ply": (ASCII_PLY + "0 0 0 0\n1 NaN 0 0\n0 1 0 0\n3 0 1 2\n", "not finite"),
    "text cut.ply": (ASCII_PLY + "0 0 0 0\n1 0 0 0\n", "truncated"),
    "header.ply": ("ply\nformat ascii 1.0\n", "truncated"),
    "words.ply": ("ply\nformat ascii 1.0\nelement vertex many\nend_header\n", "header is damaged"),
    "none.stl": (stl_bytes(())[:84], "no faces"),
    "cut.stl": (stl_bytes(TRIANGLE * 2)[:-20], "truncated"),
    "textcut.stl": ("solid x\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\n", "truncated"),
    "words.stl": ("some words", "contains other text data"),
    "nofaces.obj": ("v 0 0 0\nv 1 0 0\nv 0 1 0\n", "no faces"),
    "words.obj": ("dear diary\n", "contains other text data"),
    "nan.obj": (obj_text("v nan 0 0"), "not finite"),
    "inf.obj": (obj_text("v 0 0 -INF"), "not finite"),
    "huge.obj": (obj_text("v 0 1.5e+40 0"), "not finite"),
    "late.obj": ("v 0 0 0\nv 1 0 0\n\nf 1 2 3\nv 0 1 0\n", "line 4 names vertex 3, but only 2 vertices come before"),
    "none.obj": ("#\nf 1/1 2/1 3/1\nv 0 0 0\n", "line 2 names vertex 1, but no vertex comes before"),
    "zero.obj": (obj_text("f 1 2 0"), "names vertex 0, but vertices are counted from 1"),
    "back.obj": (obj_text("\tf -1\t-2 -9"), "names vertex -9, but only 8 vertices come before"),
    "long.obj": (obj_text(f"f 1 2 {10**30}"), "only 8 vertices come before"),
    "text.usdc": ("#usda 1.0\n", "contains text USD data"),
    "cut.usdc": (b"PXR-USDC" + b"\x00" * 8 + (999).to_bytes(8, "little") + b"\x00" * 60, "truncated"),
    "cut.usdz": (b"PK\x03\x04" + b"\x00" * 60, "damaged or truncated"),
    "cut.blend": (b"BLENDER17-01v0502" + b"\x00" * 100, "truncated"),
    "words.blend": ("words", "contains other text data"),
    "model.dae": ("<COLLADA/>", "COLLADA"),
    "model.x3d": ("<X3D/>", ".obj, .glb"),
    "model.xyz": ("1 2 3", "'.xyz' is no supported model type"),
    "model": ("1 2 3", "no extension"),
    "empty.glb": ("", "empty"),
}


@pytest.mark.parametrize("name", VALID)
def test_sound_models_pass(tmp_path: Path, name: str) -> None:
    check_model(write(tmp_path / name, VALID[name]))


@pytest.mark.parametrize("chunk_bytes", [1, 50, 1 << 20])
def test_a_face_without_its_vertex_is_found_wherever_it_is(tmp_path: Path, chunk_bytes: int) -> None:
    """However the file is cut into pieces; with the line counted as an editor counts it."""
    lines = ["# two parts", *(f"  v {i} {i * i} 0" for i in range(40)), "f 1 2 40", "g second", *["v 0 0 1"] * 9]
    path = write(tmp_path / "parts.obj", "\n".join([*lines, "f 1/7/7 -49/60 49//60"]))
    assert bad_face(path, chunk_bytes) is None
    path = write(tmp_path / "bad.obj", "\n".join([*lines, "f 1 2 3", "f 1/7/7 2 50//1", "f 1 2 51"]))
    assert bad_face(path, chunk_bytes) == BadFace(line=len(lines) + 2, index=50, vertices=49)


@pytest.mark.parametrize("name", REFUSED)
def test_unusable_models_are_refused(tmp_path: Path, name: str) -> None:
    content, expected = REFUSED[name]
    path = write(tmp_path / name, content)
    with pytest.raises(AssetError) as caught:
        check_model(path)
    message = str(caught.value)
    assert str(path) in message
    assert expected in message
    assert message.endswith(".")
    assert "\n" not in message


def test_missing_file_folder_and_blend_name(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="no such model file"):
        check_model(tmp_path / "gone.glb")
    with pytest.raises(AssetError, match="folder"):
        check_model(tmp_path)
    with pytest.raises(AssetError, match=r"gone\.blend: there is no such"):
        check_model(f"{tmp_path}/gone.blend#Cup")
    with pytest.raises(AssetError, match="cannot be reached"):
        check_model("nul\x00byte.glb")


def test_data_uri_that_is_not_base64_is_refused(tmp_path: Path) -> None:
    document = gltf_text(buffers=[{"byteLength": 36, "uri": "data:;base64,*"}])
    with pytest.raises(AssetError, match="outside its buffers"):
        check_model(write(tmp_path / "a.gltf", document))


@contextlib.contextmanager
def _as_nobody() -> Iterator[None]:
    """Permissions do not bind root: act as another user for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_unreadable_file_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "secret.glb", glb_bytes())
    path.chmod(0)
    with _as_nobody(), pytest.raises(AssetError, match=r"secret\.glb: no permission"):
        check_model(path)


HDRI_REFUSED = {
    "words.hdr": ("words", "named .hdr but contains other text data"),
    "exr.hdr": (b"\x76\x2f\x31\x01" + b"\x00" * 50, "contains OpenEXR data"),
    "nosize.hdr": ("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n", "no picture size"),
    "zero.hdr": ("#?RADIANCE\n\n-Y 0 +X 16\n", "no pixels"),
    "words.exr": ("words", "named .exr but contains other text data"),
    "cut.exr": (b"\x76\x2f\x31\x01\x02\x00\x00\x00channels\x00", "damaged or truncated"),
    "sky.jpg": (b"\xff\xd8\xff", "high dynamic range"),
    "sky.png": (png_bytes(), "high dynamic range"),
    "sky.xyz": ("words", "no supported HDRI type"),
    "empty.exr": ("", "empty"),
}


@pytest.mark.parametrize("name", HDRI_REFUSED)
def test_unusable_hdris_are_refused(tmp_path: Path, name: str) -> None:
    content, expected = HDRI_REFUSED[name]
    path = write(tmp_path / name, content)
    with pytest.raises(AssetError) as caught:
        check_hdri(path)
    assert str(path) in str(caught.value)
    assert expected in str(caught.value)


def test_sound_hdris_pass(tmp_path: Path) -> None:
    check_hdri(write(tmp_path / "a.hdr", radiance_bytes()))
    for path in builtin_hdris():
        check_hdri(path)


@pytest.mark.parametrize("part", [0.05, 0.5, 0.98])
def test_truncated_exr_is_refused(tmp_path: Path, part: float) -> None:
    whole = builtin_hdris()[0].read_bytes()
    with pytest.raises(AssetError, match="truncated"):
        check_hdri(write(tmp_path / "a.exr", whole[: int(len(whole) * part)]))


def test_exr_without_colours_is_refused(tmp_path: Path) -> None:
    """A depth map is an OpenEXR too."""
    channel = b"Z\x00" + (2).to_bytes(4, "little") + b"\x00" * 4 + (1).to_bytes(4, "little") * 2
    channels = channel + b"\x00"
    header = b"channels\x00chlist\x00" + len(channels).to_bytes(4, "little") + channels + b"\x00"
    with pytest.raises(AssetError, match=r"no R, G and B channels \(it has Z\)"):
        check_hdri(write(tmp_path / "depth.exr", b"\x76\x2f\x31\x01\x02\x00\x00\x00" + header))


FUZZ = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _refused_or_fine(path: Path) -> None:
    with contextlib.suppress(AssetError):
        (check_hdri if path.suffix in HDRI_EXTENSIONS else check_model)(path)


@FUZZ
@given(
    suffix=st.sampled_from(MODEL_EXTENSIONS + HDRI_EXTENSIONS),
    magic=st.sampled_from(
        [b"", b"glTF\x02\x00\x00\x00", b"ply\n", b"PXR-USDC", b"PK\x03\x04", b"BLENDER", b"\x76\x2f\x31\x01\x02\0\0\0",
         b"#?RADIANCE\n", b"{", b"v 1 1 1\nf ", b"solid ", b"Kaydara FBX Binary", ASCII_PLY.encode(),
         ASCII_PLY.replace("ascii", "binary_big_endian").encode()]
    ),
    data=st.binary(max_size=300),
)  # fmt: skip
def test_random_bytes_raise_nothing_else(tmp_path: Path, suffix: str, magic: bytes, data: bytes) -> None:
    _refused_or_fine(write(tmp_path / f"fuzz{suffix}", magic + data))


@FUZZ
@given(data=st.data())
def test_damaged_files_raise_nothing_else(tmp_path: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["a.glb", "a.gltf", "a.ply", "mixed.ply", "text.ply", "a.stl", "a.obj"]))
    content = VALID[name]
    content = bytearray(content.encode() if isinstance(content, str) else content)
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    _refused_or_fine(write(tmp_path / name, bytes(content[:cut])))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@FUZZ
@given(key=st.sampled_from([*sorted(gltf_document()), "images", "extensionsRequired"]), value=_JSON)
def test_wrong_gltf_entries_raise_nothing_else(tmp_path: Path, key: str, value: object) -> None:
    _refused_or_fine(write(tmp_path / "a.glb", glb_bytes(**{key: value})))
    _refused_or_fine(write(tmp_path / "a.gltf", gltf_text(**{key: value})))


@pytest.mark.parametrize("cut", range(0, len(glb_bytes()), 7))
def test_every_truncation_of_a_glb_is_refused(tmp_path: Path, cut: int) -> None:
    with pytest.raises(AssetError):
        check_model(write(tmp_path / "a.glb", glb_bytes()[:cut]))
