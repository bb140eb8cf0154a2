"""Small asset files, made in code."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from pathlib import Path
from typing import Any

TRIANGLE = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CUBE_CORNERS = [(x, y, z) for z in (0, 1) for y in (0, 1) for x in (0, 1)]
CUBE_QUADS = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]


def gltf_document(**extra: Any) -> dict[str, Any]:
    """A glTF with one triangle in its first buffer, which has no data yet."""
    return {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]}
        ],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [{"byteLength": 36}],
    } | extra


def glb_bytes(points: tuple[float, ...] = TRIANGLE, **extra: Any) -> bytes:
    """A valid .glb with one triangle."""
    text = json.dumps(gltf_document(**extra)).encode()
    text += b" " * (-len(text) % 4)
    data = struct.pack("<9f", *points)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(data), b"BIN\x00") + data
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def gltf_text(image: str | None = None, **extra: Any) -> str:
    """A .gltf with one triangle inside; with `image` also a red material that refers to that picture."""
    uri = "data:application/octet-stream;base64," + base64.b64encode(struct.pack("<9f", *TRIANGLE)).decode()
    document = gltf_document(**{"buffers": [{"byteLength": 36, "uri": uri}]} | extra)
    if image is not None:
        document["meshes"][0]["primitives"][0]["material"] = 0
        document["materials"] = [
            {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}, "baseColorFactor": [1, 0, 0, 1]}}
        ]
        document["textures"] = [{"source": 0}]
        document["images"] = [{"uri": image}]
    return json.dumps(document)


def png_bytes(rgb: tuple[int, int, int] = (255, 0, 0)) -> bytes:
    """A PNG of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\x00" + bytes(rgb))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def ply_bytes(points: tuple[float, ...] = TRIANGLE, faces: tuple[tuple[int, ...], ...] = ((0, 1, 2),)) -> bytes:
    """A binary .ply."""
    header = (
        f"ply\nformat binary_little_endian 1.0\nelement vertex {len(points) // 3}\n"
        "property float x\nproperty float y\nproperty float z\n"
        f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    rows = b"".join(struct.pack(f"<B{len(face)}i", len(face), *face) for face in faces)
    return header.encode() + struct.pack(f"<{len(points)}f", *points) + rows


def stl_bytes(points: tuple[float, ...] = TRIANGLE) -> bytes:
    """A binary .stl."""
    triangles = [points[i : i + 9] for i in range(0, len(points), 9)]
    body = b"".join(struct.pack("<12fH", 0, 0, 1, *corners, 0) for corners in triangles)
    return b"\x00" * 80 + struct.pack("<I", len(triangles)) + body


def obj_text(extra: str = "", origin: tuple[float, float, float] = (0, 0, 0), size: float = 1.0) -> str:
    """A cube from `origin` to `origin` + `size` with UVs; `extra` comes before the faces."""
    corners = [tuple(o + size * c for o, c in zip(origin, corner, strict=True)) for corner in CUBE_CORNERS]
    lines = ["# a cube"] + ["v {} {} {}".format(*corner) for corner in corners]
    lines += ["vt 0 0", "vt 1 0", "vt 1 1", "vt 0 1", extra]
    lines += ["f " + " ".join(f"{v + 1}/{i + 1}" for i, v in enumerate(quad)) for quad in CUBE_QUADS]
    return "\n".join(lines) + "\n"


def radiance_bytes(width: int = 16, height: int = 8, rgbe: tuple[int, int, int, int] = (128, 128, 128, 129)) -> bytes:
    """A flat .hdr of one colour: (128, 128, 128, 129) is 1.0 in each channel."""
    header = f"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {height} +X {width}\n".encode()
    return header + bytes(rgbe) * (width * height)


def write(path: Path, content: bytes | str) -> Path:
    """Write a file and return its path."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
