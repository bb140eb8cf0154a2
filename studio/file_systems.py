"""On which file systems the system tells of every change, and on which it must be looked for."""

from __future__ import annotations

import os
import re
from pathlib import Path

NETWORK_TYPES = frozenset(
    {
        "nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "afs", "ceph", "lustre",
        "gpfs", "beegfs", "glusterfs", "ncpfs", "vboxsf", "virtiofs", "davfs", "ocfs2", "gfs2", "pvfs2", "orangefs",
    }
)  # fmt: skip
"""File systems on which another machine's writes raise no events here (and everything under FUSE)."""


def file_system_type(path: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """Type of the file system that holds a path, as the kernel names it; empty where that cannot be told."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    absolute = os.path.realpath(path)
    best, kind = "", ""
    for line in lines:
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        mount = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), parts[1])
        inside = absolute == mount or absolute.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, parts[2]
    return kind


def events_are_reliable(path: Path, mounts: Path = Path("/proc/mounts")) -> bool:
    """Whether the system tells of every change below a path, whoever makes it."""
    kind = file_system_type(path, mounts)
    return kind not in NETWORK_TYPES and not kind.startswith("fuse")
