"""Whether EEVEE, Blender's rasterizing engine, can run here, and on what. Found out in a child process: where OpenGL is
missing Blender ends the process that asks.

Run as a module it is that child.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

_MARK = "eevee-probe:"
_SIDE = 16


@dataclass(frozen=True, slots=True)
class EeveeProbe:
    """What a trial render with EEVEE showed."""

    runs: bool
    renderer: str = ""
    """As OpenGL or Vulkan names it, such as “NVIDIA H200/PCIe/SSE2” or “llvmpipe (LLVM 15.0.6, 256 bits)”."""

    backend: str = ""
    """OPENGL or VULKAN."""

    software: bool = False
    """True where a CPU pretends to be a graphics card: it works, but Cycles gives a preview sooner there."""

    seconds: float = 0.0
    """Time of the first frame, shaders compiled where they were not cached."""

    reason: str = ""
    """Why it does not run; empty if it does."""

    def to_json(self) -> dict[str, str | bool | float]:
        """The fields as a plain dict."""
        return asdict(self)


def can_eevee_run(timeout_s: float = 120.0) -> EeveeProbe:
    """Render a small picture with EEVEE in a child process and report; never raises for what the child does."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    try:
        child = subprocess.run(
            [sys.executable, "-m", __name__],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            env={**os.environ, "PYTHONPATH": path},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return EeveeProbe(runs=False, reason=f"no picture within {timeout_s:g} s")
    for line in child.stdout.splitlines():
        if line.startswith(_MARK):
            return EeveeProbe(**json.loads(line.removeprefix(_MARK)))
    return EeveeProbe(runs=False, reason=_why(child.returncode, child.stderr))


def _why(returncode: int, stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    last = f": {lines[-1]}" if lines else ""
    if returncode < 0:
        return f"Blender ended with {signal.Signals(-returncode).name}{last}"
    return f"Blender ended with code {returncode}{last}"


def _probe() -> EeveeProbe:
    """Render with EEVEE in this process, which may end it."""
    import bpy
    import gpu

    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(scene.camera)
    scene.render.engine = "BLENDER_EEVEE"
    scene.render.resolution_x = scene.render.resolution_y = _SIDE
    scene.eevee.taa_render_samples = 1
    start = time.perf_counter()
    try:
        bpy.ops.render.render()
    except RuntimeError as error:
        return EeveeProbe(runs=False, reason=str(error).strip())
    return EeveeProbe(
        runs=True,
        renderer=gpu.platform.renderer_get(),
        backend=gpu.platform.backend_type_get(),
        software=gpu.platform.device_type_get() == "SOFTWARE",
        seconds=round(time.perf_counter() - start, 3),
    )


if __name__ == "__main__":
    print(f"\n{_MARK}{json.dumps(_probe().to_json())}", flush=True)
