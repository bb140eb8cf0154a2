"""The files for containers hold what Blender needs and nothing else, as far as can be said without building them."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from engine.system_libraries import LIBRARIES

REPOSITORY = Path(__file__).resolve().parents[2]
DOCKER = (REPOSITORY / "containers" / "worker.Dockerfile").read_text(encoding="utf-8")
APPTAINER = (REPOSITORY / "containers" / "worker.def").read_text(encoding="utf-8")
_INSTRUCTIONS = {"FROM", "RUN", "ENV", "WORKDIR", "COPY", "USER", "CMD"}
both = pytest.mark.parametrize("text", [DOCKER, APPTAINER], ids=["docker", "apptainer"])


def joined(text: str) -> list[str]:
    """The lines without comments, continued ones in one."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return [line for line in lines.replace("\\\n", " ").splitlines() if line.strip()]


@both
def test_the_system_packages_are_those_that_doctor_asks_for(text: str) -> None:
    wanted = [name for library in LIBRARIES for name in library.apt]
    found = re.findall(r"apt-get install -y --no-install-recommends ([a-z0-9 .+-]+)", "\n".join(joined(text)))
    assert len(found) == 1
    assert found[0].split() == list(dict.fromkeys(wanted))


@both
def test_the_base_is_the_python_that_bpy_is_built_for_and_names_no_host(text: str) -> None:
    base = re.findall(r"^From:? *(\S+)$", text, re.MULTILINE | re.IGNORECASE)
    assert len(base) == 1
    assert "/" not in base[0]
    wanted = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    python = re.fullmatch(r"python:(\d+\.\d+)-slim-\w+", base[0])
    assert python is not None
    assert wanted.startswith(f">={python[1]},")


@both
def test_what_is_copied_exists_and_is_what_the_wheel_is_made_of(text: str) -> None:
    copied = set()
    for line in joined(text):
        if line.startswith("COPY "):
            copied |= set(line.split()[1:-1])
        elif (parts := line.split())[-1].startswith("/opt/dataset-studio/"):
            copied.add(parts[0])
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert copied == packages | {"pyproject.toml", "requirements.lock", "README.md", "LICENSE"}
    assert all((REPOSITORY / name).exists() for name in copied)


def test_every_instruction_of_the_dockerfile_is_known() -> None:
    assert {line.split()[0] for line in joined(DOCKER)} == _INSTRUCTIONS


@both
def test_its_shell_can_be_read(text: str) -> None:
    post = text.partition("%post\n")[2].partition("\n%")[0]
    scripts = [post] if post else [line.removeprefix("RUN ") for line in joined(text) if line.startswith("RUN ")]
    assert scripts
    for script in scripts:
        subprocess.run(["sh", "-n"], input=script, text=True, check=True)
        if shutil.which("shellcheck"):
            subprocess.run(["shellcheck", "--shell=sh", "-"], input=script, text=True, check=True)


def test_the_pins_that_are_made_of_the_lock_file_are_all_of_it() -> None:
    lock = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    command = re.search(r"sed -nE '[^']+' requirements.lock", DOCKER)
    assert command is not None
    assert command[0] in APPTAINER
    made = subprocess.run(["sh", "-c", command[0]], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    assert len(made.splitlines()) == len(re.findall(r"^[A-Za-z0-9]", lock, re.MULTILINE))
    assert re.search(r"^bpy==5\.\d+\.\d+$", made, re.MULTILINE)
