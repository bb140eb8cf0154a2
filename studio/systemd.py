"""The background engine as a service of the user's own systemd, so that it comes back after a reboot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

SERVICE = "dataset-studio"
_XDG = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")


def is_available() -> bool:
    """Whether this machine runs systemd."""
    return Path("/run/systemd/system").is_dir() and shutil.which("systemctl") is not None


def unit_path() -> Path:
    """Where the unit of a user's service belongs."""
    value = os.environ.get("XDG_CONFIG_HOME", "")
    config = Path(value) if value and Path(value).is_absolute() else Path.home() / ".config"
    return config / "systemd" / "user" / f"{SERVICE}.service"


def unit_text() -> str:
    """The unit: this Python, this program, and the folders that the environment names now."""
    environment = {name: value for name in _XDG if Path(value := os.environ.get(name, "")).is_absolute()}
    here = Path(__file__).resolve().parents[1]
    if here != Path(sysconfig.get_path("purelib")).resolve():
        environment["PYTHONPATH"] = str(here)
    lines = "".join(f'Environment="{_quoted(f"{name}={value}")}"\n' for name, value in environment.items())
    return f"""\
# Written by `studio engine install-service`. Own changes belong in `systemctl --user edit {SERVICE}`.
[Unit]
Description=Dataset Studio: renders queued frames in the background

[Service]
Type=exec
ExecStart="{_quoted(sys.executable)}" -m engine.queue.daemon
WorkingDirectory=/
{lines}Restart=on-failure
RestartSec=5
# The engine is told first; it ends its render processes itself.
KillMode=mixed
TimeoutStopSec=60
# A render process that runs out of memory is the engine's to deal with, and no reason to stop it.
OOMPolicy=continue

[Install]
WantedBy=default.target
"""


def lingers() -> bool | None:
    """Whether the user's services go on after logout; None where that cannot be learned."""
    if shutil.which("loginctl") is None:
        return None
    asked = ["loginctl", "show-user", str(os.getuid()), "--property=Linger", "--value"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"yes": True, "no": False}.get(answer.stdout.strip())


def _quoted(text: str) -> str:
    """The text for the inside of double quotes in a unit file."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
