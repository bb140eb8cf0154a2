"""Folders of this program outside the user's projects, after the XDG base directory specification.

The XDG variables count on every system; where one is unset or not absolute, the system's own custom holds. Nothing is
created here: whoever writes makes the folder.
"""

from __future__ import annotations

import os
from pathlib import Path

APP_NAME = "dataset-studio"


def config_dir() -> Path:
    """Settings that people write (XDG_CONFIG_HOME)."""
    return _folder("XDG_CONFIG_HOME", "user_config_dir")


def data_dir() -> Path:
    """Things worth keeping: downloaded or registered assets (XDG_DATA_HOME)."""
    return _folder("XDG_DATA_HOME", "user_data_dir")


def state_dir() -> Path:
    """What survives a restart but could be lost: logs, history, recently used datasets (XDG_STATE_HOME)."""
    return _folder("XDG_STATE_HOME", "user_state_dir")


def cache_dir() -> Path:
    """What can be made again: thumbnails, converted assets (XDG_CACHE_HOME)."""
    return _folder("XDG_CACHE_HOME", "user_cache_dir")


def _folder(variable: str, custom: str) -> Path:
    value = os.environ.get(variable, "")
    if value and Path(value).is_absolute():
        return Path(value) / APP_NAME
    from platformdirs import PlatformDirs

    return Path(getattr(PlatformDirs(APP_NAME, appauthor=False), custom))
