"""The lock file: complete, hashed, and free of addresses."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parent.parent.parent
LOCK = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def locked() -> dict[str, str]:
    """Version of each locked package."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", LOCK, flags=re.MULTILINE))


def test_every_package_has_hashes() -> None:
    packages = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert len(packages) == len(locked()) > 20
    assert [text.split()[0] for text in packages if "--hash=sha256:" not in text] == []


def test_it_names_no_address() -> None:
    assert re.findall(r"\w+://|--(?:extra-)?index-url|--find-links", LOCK) == []


def test_it_fits_the_project_file() -> None:
    """Whoever changes a range without making the lock file anew is told here."""
    wanted = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]
    versions = locked()
    for requirement in map(Requirement, wanted):
        version = versions.get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name} is not in requirements.lock"
        assert requirement.specifier.contains(version), f"{requirement} does not allow {version} of requirements.lock"
