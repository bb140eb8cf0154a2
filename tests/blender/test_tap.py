"""Passes read from inside Cycles: chunks, cancelling, repeatability, and what happens when Blender changes."""

from __future__ import annotations

import hashlib
import inspect
import subprocess
import sys
import threading
import weakref
from importlib import import_module
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from engine.annotate.passes import Passes
from engine.blender import chunks, render, tap
from engine.blender.render import RenderCancelled, RenderRequest, configure, render_passes
from engine.blender.stale import set_cycles
from engine.errors import BadInput, RenderError
from engine.stages import STAGES, FrameClock
from tests.blender import small_scene

ROOT = Path(__file__).resolve().parents[2]
W, H = 64, 48


def request(**changes: Any) -> RenderRequest:
    return RenderRequest(**{"width": W, "height": H, "samples": 4, "seed": 1, "denoise": False, **changes})


def digest(passes: Passes) -> str:
    parts = (passes.rgb, passes.instance_id, passes.depth, passes.position, passes.normal)
    return hashlib.sha256(b"".join(part.tobytes() for part in parts if part is not None)).hexdigest()


@pytest.fixture
def scene() -> Any:
    built = small_scene.objects_on_a_floor(6)
    configure(built)
    return built


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of one sample each, at the size of these pictures."""
    size = W * H
    monkeypatch.setattr(render.chunks, "plan", lambda width, height, samples: chunks_of(width, height, samples, size))


chunks_of = chunks.plan


def linear(scene: Any, sizes: list[int], **options: Any) -> chunks.Picture:
    """The picture of a configured scene rendered in chunks of these sizes."""
    scene.render.resolution_x, scene.render.resolution_y = W, H
    set_cycles(scene, samples=sum(sizes), seed=1)
    layer = scene.view_layers[0]
    layer.use_pass_object_index = layer.use_pass_z = layer.cycles.denoising_store_passes = True
    found = []
    names = ("Object Index", "Depth")
    tap.inside_render(scene, lambda call: found.append(chunks.picture(call, sizes, first=names, **options)))
    return found[0]


def test_this_blender_is_as_the_tap_knows_it() -> None:
    """If this fails, Blender has changed: see what `tap` relies on before adding the version to KNOWN_GOOD."""
    tap.check()
    engine = import_module("cycles").CyclesRender
    assert list(inspect.signature(engine.render).parameters) == ["self", "depsgraph"]
    assert "engine.render(self, depsgraph)" in inspect.getsource(engine.render)
    assert "_cycles.render(engine.session, depsgraph.as_pointer())" in inspect.getsource(
        import_module("cycles").engine.render
    )


def test_another_blender_is_refused_by_its_version() -> None:
    with pytest.raises(RenderError, match=r"Blender 5\.2 only, but this is 6\.0\.1; install bpy 5\.2"):
        tap.check((6, 0, 1))


def test_a_changed_engine_is_refused_by_what_changed(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cycles = import_module("cycles")
    monkeypatch.setattr(cycles.engine, "render", lambda engine, depsgraph, region: None)
    with pytest.raises(RenderError, match=r"cycles\.engine\.render takes .*region"):
        render_passes(scene, request())
    monkeypatch.delattr(cycles.engine, "render")
    with pytest.raises(RenderError, match=r"cycles\.engine\.render takes None"):
        render_passes(scene, request())


def test_blenders_engine_is_left_as_it_was(scene: Any) -> None:
    engine = import_module("cycles").CyclesRender
    before = engine.render
    render_passes(scene, request())
    with pytest.raises(ZeroDivisionError):
        render_passes(scene, request(), on_progress=lambda done, total: 1 / 0)
    assert engine.render is before


def test_what_is_before_the_first_sample_counts_as_handing_the_scene_over(scene: Any, small_chunks: None) -> None:
    """Cycles says what it is at, from a thread of its own; the pixels are the same."""
    handlers = bpy.app.handlers.render_stats
    before, plain, clock, heard = list(handlers), digest(render_passes(scene, request())), FrameClock(), []
    handlers.append(note := lambda status, *_: heard.append((clock._open[-1], status)))
    scene.objects["thing 0"].location.x += 0.5
    scene.objects["thing 0"].location.x -= 0.5
    try:
        with clock.running():
            assert digest(render_passes(scene, request())) == plain
    finally:
        handlers.remove(note)
    assert list(handlers) == before
    assert {at for at, status in heard if "Updating" in status} == {"sync"}
    assert {at for at, status in heard if "Finished" in status} == {"sample"}
    assert sum("Sample 0/1" in status for _, status in heard) == 4, "one for each chunk"
    assert {"sync", "sample", "read", "develop"} <= set(clock.seconds) <= set(STAGES)


def test_blenders_refusals_become_sentences(scene: Any) -> None:
    scene.camera = None
    with pytest.raises(RenderError, match=r"^Blender could not render: Cannot render, no camera\.$"):
        render_passes(scene, request())
    scene.render.engine = "BLENDER_WORKBENCH"
    with pytest.raises(RenderError, match="set to BLENDER_WORKBENCH, but passes need Cycles"):
        render_passes(scene, request())


def test_a_pass_that_is_not_there_is_named(scene: Any) -> None:
    render_passes(scene, request())

    def body(call: tap.EngineCall) -> None:
        call.trace()
        call.read(["Combined", "Vector"])

    with pytest.raises(RenderError, match=r"did not produce the pass “Vector”; it has .*Combined"):
        tap.inside_render(scene, body)


def test_rows_run_from_the_top(scene: Any) -> None:
    passes = render_passes(scene, request())
    assert np.isinf(passes.depth[0]).mean() > np.isinf(passes.depth[-1]).mean(), "the sky is above"
    floor = np.where(passes.instance_id == 0, passes.depth, np.nan)
    assert np.nanmean(floor[H // 2]) > np.nanmean(floor[-1]), "the floor comes nearer downwards"


def test_shapes_and_types(scene: Any) -> None:
    passes = render_passes(scene, request(want_position=True, want_normal=True))
    assert (passes.rgb.shape, passes.rgb.dtype) == ((H, W, 3), np.uint8)
    assert (passes.instance_id.shape, passes.instance_id.dtype) == ((H, W), np.uint16)
    assert (passes.depth.shape, passes.depth.dtype) == ((H, W), np.float32)
    assert passes.position is not None
    assert passes.normal is not None
    assert (passes.position.shape, passes.position.dtype) == ((H, W, 3), np.float32)
    assert (passes.normal.shape, passes.normal.dtype) == ((H, W, 3), np.float32)
    assert passes.samples == 4
    plain = render_passes(scene, request())
    assert plain.position is None
    assert plain.normal is None


def test_no_file_is_written(scene: Any, tmp_path: Path) -> None:
    scene.render.filepath = str(tmp_path / "frame")
    render_passes(scene, request())
    assert list(tmp_path.iterdir()) == []


def test_a_picture_larger_than_cycles_usual_tile_comes_whole(scene: Any) -> None:
    """Above 2048 x 2048 pixels Cycles would render tiles, and what is read while it renders would be empty."""
    passes = render_passes(scene, request(width=2100, height=2050, samples=1))
    assert passes.rgb.shape == (2050, 2100, 3)
    assert passes.depth.min() > 0
    assert passes.rgb.any(axis=-1).mean() > 0.9


def test_the_plan_of_chunks() -> None:
    assert chunks.plan(640, 480, 8) == [4, 4]
    assert chunks.plan(640, 480, 17) == [4, 4, 3, 3, 3]
    assert chunks.plan(1920, 1080, 5) == [1, 1, 1, 1, 1]
    assert chunks.plan(8192, 8192, 3) == [1, 1, 1]
    assert chunks.plan(1, 1, 1) == [1]
    for width, height, samples in ((640, 480, 1000), (333, 77, 4097), (1280, 720, 64)):
        sizes = chunks.plan(width, height, samples)
        assert sum(sizes) == samples
        assert max(sizes) - min(sizes) <= 1
        assert len(sizes) <= chunks.MOST_CHUNKS
        affordable = max(sizes) * width * height <= chunks.CAMERA_SAMPLES_PER_CHUNK
        assert affordable or max(sizes) == 1 or len(sizes) == chunks.MOST_CHUNKS


@pytest.mark.parametrize("sizes", [[4, 4], [1] * 8, [3, 3, 2]])
def test_chunks_add_up_to_the_whole(scene: Any, sizes: list[int]) -> None:
    whole, parts = linear(scene, [8]), linear(scene, sizes)
    for ours, theirs in ((parts.rgb, whole.rgb), (parts.albedo, whole.albedo), (parts.normal, whole.normal)):
        assert ours is not None
        assert theirs is not None
        assert np.abs(ours - theirs).max() <= 1e-5 * max(1.0, float(np.abs(theirs).max()))
    for name in ("Object Index", "Depth"):
        assert np.array_equal(parts.first[name], whole.first[name])
    assert parts.samples == whole.samples == 8


def test_one_chunk_is_what_blender_renders_alone(scene: Any) -> None:
    ours = linear(scene, [4], hints=False).rgb
    found = {}

    def body(call: tap.EngineCall) -> None:
        call.trace()
        found.update(call.read(["Combined"]))

    tap.inside_render(scene, body)
    assert np.array_equal(ours, found["Combined"][..., :3])


def test_progress_counts_samples(scene: Any, small_chunks: None) -> None:
    steps: list[tuple[int, int]] = []
    render_passes(scene, request(), on_progress=lambda done, total: steps.append((done, total)))
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize("blurred", [False, True])
def test_after_a_cancelled_frame_the_next_has_the_same_bits(scene: Any, small_chunks: None, blurred: bool) -> None:
    scene.camera.data.dof.use_dof = blurred
    scene.camera.data.dof.aperture_fstop = 0.5
    undisturbed = [digest(render_passes(scene, request(seed=seed))) for seed in (5, 6)]
    stop = threading.Event()
    done = 0

    def count(so_far: int, total: int) -> None:
        nonlocal done
        done = so_far
        if so_far == 2:
            stop.set()

    with pytest.raises(RenderCancelled, match="2 of 4 samples"):
        render_passes(scene, request(seed=5), count, stop)
    assert done == 2
    assert [digest(render_passes(scene, request(seed=seed))) for seed in (5, 6)] == undisturbed

    class Stop(Exception):
        pass

    def give_up(so_far: int, total: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        render_passes(scene, request(seed=6), give_up)
    with pytest.raises(RenderCancelled):
        render_passes(scene, request(seed=6), cancelled=lambda: True)
    assert [digest(render_passes(scene, request(seed=seed))) for seed in (5, 6)] == undisturbed
    assert not scene.cycles.use_sample_subset


def test_a_kept_error_does_not_keep_blenders_engine(scene: Any) -> None:
    """Blender frees the engine with the file; an error that still holds it would leak Cycles' memory."""
    engines: list[weakref.ref[Any]] = []

    def body(call: tap.EngineCall) -> None:
        engines.append(weakref.ref(call._engine))
        raise RenderCancelled("kept")

    with pytest.raises(RenderCancelled) as kept:
        tap.inside_render(scene, body)
    small_scene.empty()
    assert engines[0]() is None
    assert kept.value.__traceback__ is not None


def test_an_interrupt_from_the_keyboard_comes_through(scene: Any) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render_passes(scene, request(), interrupt)
    assert render_passes(scene, request()).samples == 4


def test_the_same_request_gives_the_same_bits_whatever_came_between(scene: Any) -> None:
    wanted = request(denoise=True, want_normal=True)
    first = digest(render_passes(scene, wanted))
    between = [
        request(samples=2),
        request(width=40, height=30),
        request(seed=9, denoise=True),
        request(want_position=True, view="Standard", exposure_ev=1.0),
    ]
    for other in between:
        assert digest(render_passes(scene, other)) != first
        assert digest(render_passes(scene, wanted)) == first
    scene.render.use_motion_blur = True
    render_passes(scene, request())
    scene.render.use_motion_blur = False
    assert digest(render_passes(scene, wanted)) == first


CHILD = """
import sys
from tests.blender import small_scene
from tests.blender.test_tap import digest, request
from engine.blender.render import configure, render_passes
scene = small_scene.objects_on_a_floor(6)
configure(scene)
scene.render.threads_mode, scene.render.threads = "FIXED", int(sys.argv[1])
print(digest(render_passes(scene, request(denoise=True, want_normal=True))))
"""


def test_another_process_with_other_threads_gives_the_same_bits(scene: Any) -> None:
    here = digest(render_passes(scene, request(denoise=True, want_normal=True)))
    for threads in ("1", "3"):
        child = subprocess.run(
            [sys.executable, "-c", CHILD, threads], capture_output=True, text=True, check=True, cwd=ROOT
        )
        assert child.stdout.split()[-1] == here


def test_seed_zero_is_a_seed(scene: Any) -> None:
    pictures = [render_passes(scene, request(seed=seed)).rgb for seed in (0, 1, 2**31 - 1, 0)]
    assert np.array_equal(pictures[0], pictures[3])
    assert not np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[1], pictures[2])


def test_one_of_several_scenes_is_rendered(scene: Any) -> None:
    here = digest(render_passes(scene, request()))
    other = bpy.data.scenes.new("other")
    small_scene.sky(other)
    small_scene.camera(other, (0, -5, 0))
    configure(other)
    assert np.isinf(render_passes(other, request()).depth).all()
    assert digest(render_passes(scene, request())) == here


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"width": 0}, "0x48"), ({"height": 9000}, "64x9000"), ({"samples": 0}, "0 samples"), ({"seed": -1}, "-1")],
)
def test_requests_that_cycles_cannot_serve_are_refused(changes: dict[str, int], named: str) -> None:
    with pytest.raises(BadInput, match=named):
        request(**changes)
