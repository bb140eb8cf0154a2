"""Open Image Denoise called directly, against Cycles' own use of it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.blender import chunks, denoise
from engine.blender.render import configure
from engine.blender.stale import set_cycles
from engine.blender.tap import inside_render
from engine.errors import RenderError
from tests.blender import small_scene

ROOT = Path(__file__).resolve().parents[2]


def rendered(scene: Any, names: list[str]) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}

    def body(call: Any) -> None:
        call.trace()
        found.update(call.read(names))

    inside_render(scene, body)
    return found


def hints_and_noise(height: int = 48, width: int = 64) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    picture = small_scene.linear_gradient(height, width)
    return picture, np.ascontiguousarray(picture[::-1] / 8), np.ascontiguousarray(picture[:, ::-1] / 8 - 0.5)


def digest(array: np.ndarray) -> str:
    return hashlib.sha256(array.tobytes()).hexdigest()


@pytest.mark.parametrize(("quality", "theirs_is"), [(denoise.HIGH, "HIGH"), (denoise.BALANCED, "BALANCED")])
def test_it_gives_what_cycles_own_denoiser_gives(quality: int, theirs_is: str) -> None:
    scene = small_scene.objects_on_a_floor(6)
    configure(scene)
    scene.render.resolution_x, scene.render.resolution_y = 160, 120
    layer = scene.view_layers[0].cycles
    layer.denoising_store_passes = True
    set_cycles(
        scene,
        samples=4,
        use_denoising=True,
        denoiser="OPENIMAGEDENOISE",
        denoising_input_passes="RGB_ALBEDO_NORMAL",
        denoising_prefilter="ACCURATE",
        denoising_quality=theirs_is,
    )
    theirs = rendered(scene, ["Combined", "Noisy Image", chunks.ALBEDO, chunks.NORMAL_HINT])
    noisy = np.ascontiguousarray(theirs["Noisy Image"][..., :3])
    inputs = noisy, theirs[chunks.ALBEDO], theirs[chunks.NORMAL_HINT]
    ours = denoise.Denoiser(hints_quality=quality)(*inputs, quality)
    difference = np.abs(ours - theirs["Combined"][..., :3])
    assert difference.max() < 1e-5 * max(1.0, float(theirs["Combined"].max()))
    changed = np.abs(noisy - ours)
    assert changed.max() > 0.01, "there was noise to take away"
    quicker = denoise.shared()(*inputs, quality)
    assert np.abs(quicker - ours).mean() < 0.1 * changed.mean()


def test_the_number_of_threads_and_the_process_do_not_change_a_bit() -> None:
    inputs = hints_and_noise()
    results = {digest(denoise.Denoiser(prefer_gpu=False, threads=count)(*inputs)) for count in (0, 1, 2)}
    child = (
        "from engine.blender import denoise\n"
        "from tests.blender.test_denoise import digest, hints_and_noise\n"
        "print(digest(denoise.Denoiser(prefer_gpu=False, threads=1)(*hints_and_noise())))\n"
    )
    answer = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True, check=True, cwd=ROOT)
    assert results == {answer.stdout.split()[-1]}


def test_sizes_may_change_and_come_back() -> None:
    tool = denoise.Denoiser(prefer_gpu=False)
    sizes = [(48, 64), (30, 40), (64, 48), (17, 33), (50, 50), (48, 64)]
    results = [tool(*hints_and_noise(*size)) for size in sizes]
    assert [result.shape[:2] for result in results] == sizes
    assert np.array_equal(results[0], results[-1])
    tool.close()
    tool.close()


def test_the_device_is_named() -> None:
    assert denoise.Denoiser(prefer_gpu=False).device == "CPU"
    assert denoise.shared().device in {"CPU", "CUDA", "HIP", "SYCL", "METAL"}


def test_a_wheel_laid_out_differently_is_named(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"libOpenImageDenoise\.so\.2 is not in a lib folder"):
        denoise.find_library([tmp_path / "bpy" / "scripts"])
    assert denoise.find_library().is_file()
