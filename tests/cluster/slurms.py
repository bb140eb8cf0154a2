"""A real Slurm on this machine, with one node: munge, slurmctld and slurmd, each in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

_PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch")
_CONFIG = """\
ClusterName=studio
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CryptoType=crypto/munge
SlurmUser=root
SlurmctldPort={controller_port}
SlurmdPort={node_port}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
ReturnToService=2
KillWait=2
MinJobAge=300
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=2000 State=UNKNOWN
PartitionName=studio Nodes={host} Default=YES MaxTime=60 PriorityTier=1 State=UP
PartitionName=urgent Nodes={host} MaxTime=60 PriorityTier=10 State=UP
"""


def why_not() -> str:
    """Why Slurm cannot be run here; empty where it can."""
    missing = [name for name in _PROGRAMS if _program(name) is None]
    if missing:
        return f"Slurm is not installed here (no {', '.join(missing)}): apt-get install slurm-wlm munge"
    return "" if os.geteuid() == 0 else "Slurm's daemons need root here"


class Slurms:
    """One cluster. As a context manager it leaves no process behind."""

    def __init__(self) -> None:
        # The path of a Unix socket is short; the daemons refuse folders that others may write.
        self.folder = Path(tempfile.mkdtemp(prefix="ds-slurm-"))
        self._processes: list[subprocess.Popen[bytes]] = []
        self._node: subprocess.Popen[bytes] | None = None
        self.config = self.folder / "slurm.conf"

    def __enter__(self) -> Self:
        folder = self.folder
        for name in ("state", "spool"):
            (folder / name).mkdir()
        host = socket.gethostname().partition(".")[0]
        ports = _free_ports(2)
        self.config.write_text(
            _CONFIG.format(host=host, folder=folder, controller_port=ports[0], node_port=ports[1]), encoding="utf-8"
        )
        (folder / "munge.key").write_bytes(os.urandom(128))
        (folder / "munge.key").chmod(0o400)
        os.environ["SLURM_CONF"] = str(self.config)
        self._start(
            "munged", "--foreground", "--force", f"--key-file={folder}/munge.key", f"--socket={folder}/munge.sock",
            f"--pid-file={folder}/munge.pid", f"--log-file={folder}/munge.log", f"--seed-file={folder}/munge.seed",
        )  # fmt: skip
        self._until(lambda: (folder / "munge.sock").exists(), "munge listens")
        self._start("slurmctld", "-D", "-i", "-f", str(self.config))
        self.start_node()
        self._until(lambda: "idle" in _output("sinfo", "--noheader", "--format=%T"), "the node is idle")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _output("scancel", "--me")
        deadline = time.monotonic() + 30
        while _output("squeue", "--noheader", "--me") and time.monotonic() < deadline:
            time.sleep(0.3)
        for process in reversed(self._processes):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(timeout=20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        os.environ.pop("SLURM_CONF", None)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start_node(self) -> None:
        """Start the node's daemon."""
        host = socket.gethostname().partition(".")[0]
        self._node = self._start("slurmd", "-D", "-f", str(self.config), "-N", host)

    def kill_node(self) -> None:
        """SIGKILL the node's daemon and all that it runs, as a power cut would; then switch it on again."""
        assert self._node is not None
        for pid in [self._node.pid, *_steps(self.config)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._node.wait()
        self.start_node()

    def drain(self) -> None:
        """Let nothing start on the node."""
        self._update("State=DRAIN", "Reason=test")

    def resume(self) -> None:
        """Let it be used again."""
        self._update("State=RESUME")

    def _update(self, *changes: str) -> None:
        host = socket.gethostname().partition(".")[0]
        subprocess.run(["scontrol", "update", f"NodeName={host}", *changes], check=True, capture_output=True)

    def preempt(self) -> None:
        """Have somebody more important take the whole node for a moment: what runs on it is cancelled."""
        command = ["sbatch", "--partition=urgent", "--exclusive", "--output=/dev/null", "--wrap=sleep 2"]
        subprocess.run(command, check=True, capture_output=True)

    def _start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        program = _program(name)
        assert program is not None
        with (self.folder / f"{name}.out").open("ab") as output:
            process = subprocess.Popen([program, *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        self._processes.append(process)
        return process

    def _until(self, condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + 90
        while not condition():
            if time.monotonic() > deadline:
                logs = "\n".join(path.read_text(errors="replace")[-1500:] for path in self.folder.glob("*.log"))
                logs += "\n".join(path.read_text(errors="replace")[-1500:] for path in self.folder.glob("*.out"))
                raise AssertionError(f"in vain: {what}\n{logs}")
            time.sleep(0.2)


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _output(*command: str) -> str:
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def _steps(config: Path) -> list[int]:
    """The processes of this Slurm's jobs on this machine: those of its step daemons, and what they started."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            environment = (entry / "environ").read_bytes() if entry.name.isdecimal() else b""
            is_ours = f"SLURM_CONF={config}".encode() in environment
            if is_ours and (b"SLURM_JOB_ID=" in environment or b"slurmstepd" in (entry / "cmdline").read_bytes()):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
