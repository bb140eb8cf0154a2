"""A project folder with the real `run`, whose tools are small scripts that log how they are called.

Setting up for real takes a network and a gigabyte; the gate does that once, from a clean clone. What can go wrong on
other people's machines is arranged here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent

TOOLS = ("sh", "cat", "cksum", "cp", "dirname", "id", "ls", "mkdir", "mv", "readlink", "rm", "rmdir", "sleep")
"""What `run` may expect of any system."""

UV = """#!/bin/sh
echo "$*" >>"$STUB_LOG"
[ "$1" != --quiet ] || shift
case "$1 ${2-}" in
"--version ") echo "uv ${STUB_UV_VERSION:-0.9.0}" ;;
"python find") echo "$STUB_PYTHON" ;;
"python install") [ -z "${STUB_UV_SAYS-}" ] || echo "$STUB_UV_SAYS" >&2; exit 1 ;;
"pip sync")
    sleep "${STUB_SYNC_SECONDS:-0}"
    case " $* " in *" --offline "*) exit 1 ;; esac
    exit "${STUB_SYNC_CODE:-0}" ;;
"pip install")
    case " $* " in
    *" --help "*) echo "[env: ${STUB_UV_CERTS:-UV_SYSTEM_CERTS}=]"; exit ;;
    *" --dry-run "*) echo "${STUB_UV_SAYS-}" >&2; exit 2 ;;
    esac
    cp "$STUB_FOLDER/studio" .venv/bin/studio ;;
"venv "*)
    for folder; do :; done
    mkdir -p "$folder/bin" && cp "$STUB_FOLDER/python" "$folder/bin/python" ;;
esac
"""

PYTHON = f"""#!/bin/sh
case "$1 ${{2-}}" in
"-m engine.system_libraries") exit "${{STUB_LIBRARIES:-0}}" ;;
"-m tests") shift 2; echo "tests in $PWD:" "$@" ;;
*) exec "{sys.executable}" "$@" ;;
esac
"""

STUDIO = """#!/bin/sh
[ "${1-}" != exit ] || exit "$2"
[ "${1-}" != path ] || { echo "PYTHONPATH=${PYTHONPATH-unset}"; exit; }
[ "${1-}" != read ] || { cat; exit; }
printf '<%s>' "$@"
"""


def script(file: Path, text: str) -> Path:
    """Write an executable script."""
    file.write_text(text)
    file.chmod(0o755)
    return file


@dataclass
class RunTree:
    """A copy of `run` with a PATH of its own; `environment` goes to every call."""

    folder: Path
    root: Path = field(init=False)
    bin: Path = field(init=False)
    log: Path = field(init=False)
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.root = self.folder / "it's a project"
        self.bin = self.folder / "bin"
        self.log = self.folder / "uv.log"
        for folder in (self.root, self.bin, self.folder / "home"):
            folder.mkdir(parents=True)
        for name in ("run", "requirements.lock", "pyproject.toml"):
            shutil.copy(REPOSITORY / name, self.root / name)
        for tool in TOOLS:
            self.offer(tool)
        script(self.bin / "uv", UV)
        script(self.folder / "python", PYTHON)
        script(self.folder / "studio", STUDIO)
        self.environment = {
            "PATH": str(self.bin),
            "HOME": str(self.folder / "home"),
            "STUB_LOG": str(self.log),
            "STUB_FOLDER": str(self.folder),
            "STUB_PYTHON": sys.executable,
        }

    def offer(self, tool: str) -> None:
        """Put a tool of this machine on the tree's PATH."""
        found = shutil.which(tool)
        assert found, f"this machine has no {tool}"
        (self.bin / tool).symlink_to(os.path.realpath(found) if tool != "sh" else found)

    def run(
        self, *arguments: str, command: Path | str | None = None, cwd: Path | None = None, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Call `run` (or a link to it) and wait for it."""
        return subprocess.run(
            [command or self.root / "run", *arguments],
            cwd=cwd or self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def calls(self, start: str = "") -> list[str]:
        """How uv was called so far, as far as the calls begin with `start`."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if line.startswith(start)]
