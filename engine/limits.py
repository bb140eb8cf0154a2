"""Limits that several rooms must agree on."""

from __future__ import annotations

MAX_INSTANCES = 65_535
"""Most instances in one frame: ids are 16 bit, and 0 is the background."""
