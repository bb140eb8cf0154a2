"""Structure checks of HDRI files: Radiance (.hdr, .pic) and OpenEXR."""

from __future__ import annotations

import re
import struct
from pathlib import Path

from engine.errors import AssetError
from engine.library.files import HDRI_LIST, mislabelled, read_bytes

_HEAD = 1 << 16
_RADIANCE_MAGIC = (b"#?RADIANCE", b"#?RGBE")
_RESOLUTION = re.compile(rb"\n\r?\n([-+])([XY]) (\d{1,9}) ([-+])([XY]) (\d{1,9})\r?\n")
_EXR_MAGIC = b"\x76\x2f\x31\x01"
_EXR_LINES = {0: 1, 1: 1, 2: 1, 3: 16, 4: 32, 5: 16, 6: 32, 7: 32, 8: 32, 9: 256}
_EXR_TILED, _EXR_DEEP, _EXR_MULTIPART = 0x200, 0x800, 0x1000


def check_radiance(path: Path) -> None:
    """Raise AssetError unless the file starts as a Radiance picture with a size."""
    head = read_bytes(path, _HEAD)
    if not head.startswith(_RADIANCE_MAGIC):
        raise mislabelled(path, head, HDRI_LIST)
    match = _RESOLUTION.search(head)
    if match is None:
        raise AssetError(f"{path}: the Radiance header has no picture size (it is truncated); download it again.")
    if int(match[3]) == 0 or int(match[6]) == 0 or match[2] == match[5]:
        raise AssetError(f"{path}: the Radiance picture has no pixels; export or download it again.")


def check_exr(path: Path) -> None:
    """Raise AssetError unless the file is an OpenEXR picture with colour channels, whole as its offsets tell."""
    data = read_bytes(path, _HEAD)
    if not data.startswith(_EXR_MAGIC):
        raise mislabelled(path, data, HDRI_LIST)
    try:
        flags = struct.unpack_from("<I", data, 4)[0]
        attributes, end = _exr_attributes(data)
        if flags & _EXR_MULTIPART == 0:
            _check_exr_channels(path, attributes.get("channels", b""))
        if flags & (_EXR_TILED | _EXR_DEEP | _EXR_MULTIPART) == 0:
            _check_exr_offsets(path, attributes, end)
    except (struct.error, ValueError, KeyError):
        raise AssetError(f"{path}: the OpenEXR header is damaged or truncated; download it again.") from None


def _exr_attributes(data: bytes) -> tuple[dict[str, bytes], int]:
    """The header's attributes by name, and the offset behind it."""
    attributes: dict[str, bytes] = {}
    at = 8
    while data[at : at + 1] != b"\x00":
        name_end = data.index(b"\x00", at)
        type_end = data.index(b"\x00", name_end + 1)
        size = struct.unpack_from("<i", data, type_end + 1)[0]
        start = type_end + 5
        if size < 0 or start + size >= len(data):
            raise ValueError("attribute outside the header")
        attributes[data[at:name_end].decode("latin-1")] = data[start : start + size]
        at = start + size
    return attributes, at + 1


def _check_exr_channels(path: Path, channels: bytes) -> None:
    """Each channel is its name, a zero byte and 16 bytes of facts."""
    names: list[str] = []
    at = 0
    while at < len(channels) and channels[at] != 0:
        end = channels.index(b"\x00", at)
        names.append(channels[at:end].decode("latin-1"))
        at = end + 17
    if not {"R", "G", "B"} <= set(names) and "Y" not in names:
        listed = ", ".join(names[:8]) or "none"
        raise AssetError(
            f"{path}: the OpenEXR file has no R, G and B channels (it has {listed}); save it as a single RGB layer."
        )


def _check_exr_offsets(path: Path, attributes: dict[str, bytes], end: int) -> None:
    """The table behind the header says where each block of scan lines lies: all of them must be inside the file."""
    left, top, right, bottom = struct.unpack("<4i", attributes["dataWindow"])
    if right < left or bottom < top:
        raise AssetError(f"{path}: the OpenEXR picture has no pixels; export or download it again.")
    lines = _EXR_LINES.get(attributes["compression"][0])
    if lines is None:
        return
    blocks = -(-(bottom - top + 1) // lines)
    size = path.stat().st_size
    if end + 8 * blocks > size:
        raise _exr_truncated(path)
    with path.open("rb") as stream:
        stream.seek(end)
        offsets = struct.unpack(f"<{blocks}Q", stream.read(8 * blocks))
        if min(offsets) <= end or max(offsets) + 8 > size:
            raise _exr_truncated(path)
        stream.seek(max(offsets) + 4)
        if max(offsets) + 8 + struct.unpack("<i", stream.read(4))[0] > size:
            raise _exr_truncated(path)


def _exr_truncated(path: Path) -> AssetError:
    return AssetError(f"{path}: the OpenEXR file is truncated; copy or download it again.")
