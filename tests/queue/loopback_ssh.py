"""An SSH server of our own on the loopback interface, run as the present user, for tests of lost connections."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

_SEPARATION_FOLDER = Path("/run/sshd")
"""Where Debian's sshd locks up its child that talks to strangers; compiled in, needed only when run by root."""


def _program(name: str) -> str:
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: openssh-server, openssh-client)")
    return found


class LoopbackSsh:
    """An sshd with its own host key, configuration and port. As a context manager it leaves no process behind."""

    def __init__(self, folder: Path) -> None:
        """`folder` is for its files. Skips the test where sshd cannot be run."""
        self._sshd, self._ssh, keygen = _program("sshd"), _program("ssh"), _program("ssh-keygen")
        self._folder = folder
        self.user = pwd.getpwuid(os.getuid()).pw_name
        for name in ("host_key", "user_key"):
            subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        shutil.copy(folder / "user_key.pub", folder / "authorized_keys")
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port = probe.getsockname()[1]
        settings = {
            "ListenAddress": "127.0.0.1",
            "Port": self._port,
            "HostKey": folder / "host_key",
            "AuthorizedKeysFile": folder / "authorized_keys",
            "PidFile": "none",
            "UsePAM": "no",
            "StrictModes": "no",
            "PasswordAuthentication": "no",
            "PermitRootLogin": "yes",
            "PrintMotd": "no",
        }
        (folder / "sshd_config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        self._log = folder / "sshd.log"
        self._process: subprocess.Popen[bytes] | None = None

    def login(self, *command: str, terminal: bool = False) -> list[str]:
        """The command line of a client that logs in, to run `command` or a shell."""
        options = {
            "BatchMode": "yes",
            "IdentitiesOnly": "yes",
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": str(self._folder / "known_hosts"),
            "LogLevel": "ERROR",
        }
        flags = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
        where = ["-F", "none", "-i", str(self._folder / "user_key"), "-p", str(self._port), f"{self.user}@127.0.0.1"]
        return [self._ssh, *(["-tt"] if terminal else []), *flags, *where, *command]

    def sessions(self) -> list[int]:
        """Process ids of what the server runs for logged-in clients, sshd's own only."""
        assert self._process is not None
        found, parents = [], [self._process.pid]
        while parents:
            parent = parents.pop()
            with contextlib.suppress(OSError):
                for child in map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split()):
                    if Path(f"/proc/{child}/comm").read_text().startswith("sshd"):
                        found.append(child)
                        parents.append(child)
        return found

    def kill_sessions(self) -> None:
        """End the server's side of all connections, as if their machine had lost them."""
        for pid in self.sessions():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        if os.geteuid() == 0:
            _SEPARATION_FOLDER.mkdir(mode=0o755, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [self._sshd, "-D", "-e", "-f", str(self._folder / "sshd_config")], stdout=log, stderr=log
            )
        deadline = time.monotonic() + 20
        while subprocess.run(self.login("true"), capture_output=True, check=False).returncode != 0:
            log_text = self._log.read_text(errors="replace")
            if "account is locked" in log_text or "not allowed" in log_text:
                self._stop()
                pytest.skip(f"sshd does not let {self.user} in: {log_text.strip().splitlines()[-1]}")
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._stop()
                raise AssertionError(f"sshd lets nobody in: {log_text}")
            time.sleep(0.1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._process is not None:
            self.kill_sessions()
            self._process.kill()
            self._process.wait()
