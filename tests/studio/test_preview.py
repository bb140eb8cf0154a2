"""A preview session with its real worker: Blender renders at 64x48."""

from __future__ import annotations

import copy
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import presets
from engine.annotate.geometry import skeleton_lines
from engine.library.notes import SIDECAR_NAME
from engine.recipe.load import load_recipe, recipe_to_plain
from studio import preview
from studio.preview import PreviewSession
from studio.preview_types import PreviewPicture, PreviewRequest, PreviewState
from studio.recipe_draws import frame_of

PATIENCE = 120.0


class Watcher:
    """A session and all that it has said, for tests to wait on."""

    def __init__(self) -> None:
        self.came = threading.Condition()
        self.pictures: list[PreviewPicture] = []
        self.states: list[PreviewState] = []
        self.on_state: Callable[[PreviewState], None] = lambda state: None
        self.session = PreviewSession(self._picture, self._state)

    def _picture(self, picture: PreviewPicture) -> None:
        with self.came:
            self.pictures.append(picture)
            self.came.notify_all()

    def _state(self, state: PreviewState) -> None:
        self.on_state(state)
        with self.came:
            self.states.append(state)
            self.came.notify_all()

    def until(self, condition: Callable[[], bool], what: str) -> None:
        with self.came:
            assert self.came.wait_for(condition, PATIENCE), f"{what}: {self.states[-3:]}"

    def end_of(self, number: int) -> PreviewState:
        """The state in which a request ends."""

        def ends() -> list[PreviewState]:
            return [s for s in self.states if s.request_id == number and s.kind in ("ready", "failed")]

        self.until(lambda: bool(ends()), f"request {number} ends")
        return ends()[0]

    def pictures_of(self, number: int) -> list[PreviewPicture]:
        return [picture for picture in self.pictures if picture.request_id == number]

    def show(self, plain: dict[str, Any], **wanted: Any) -> list[PreviewPicture]:
        """All pictures of a request that nothing interrupts."""
        number = self.session.ask(request(plain, **wanted))
        state = self.end_of(number)
        assert state.kind == "ready", state.text
        return self.pictures_of(number)


def request(plain: dict[str, Any], **wanted: Any) -> PreviewRequest:
    usual: dict[str, Any] = {"width": 64, "height": 48, "samples": 2}
    return PreviewRequest(copy.deepcopy(plain), "test.toml", **(usual | wanted))


@pytest.fixture(scope="module")
def shared_watcher() -> Iterator[Watcher]:
    watcher = Watcher()
    yield watcher
    watcher.session.close()


@pytest.fixture
def watcher(shared_watcher: Watcher) -> Watcher:
    """One worker for the tests that do not harm it: Blender takes seconds to start."""
    shared_watcher.on_state = lambda state: None
    return shared_watcher


@pytest.fixture
def plain() -> dict[str, Any]:
    settings = ("render.resolution=[64, 48]", "render.samples=4", "surroundings.hdris=['builtin:studio']")
    return recipe_to_plain(load_recipe(presets.find("basic"), settings))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_pictures_become_finer_and_carry_their_annotations(watcher: Watcher, plain: dict[str, Any]) -> None:
    pictures = watcher.show(plain, width=320, height=240, samples=4)
    assert [(p.rgb.shape, p.samples, p.last) for p in pictures] == [
        ((120, 160, 3), 1, False),
        ((240, 320, 3), 1, False),
        ((240, 320, 3), 2, False),
        ((240, 320, 3), 4, True),
    ]
    last = pictures[-1]
    assert last.engine == "cycles"
    assert last.device
    assert last.record.spec.drawn["camera.elevation"] > 0
    assert [box.class_name for box in last.boxes] == ["cup"] * len(last.boxes)
    for box in last.boxes:
        rows, columns = np.nonzero(last.instance_id == box.instance_id)
        left, top = int(columns.min()), int(rows.min())
        assert box.box == (left, top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top)
    assert watcher.states[-1].reason, "the screen cannot say why it is this engine"


def test_keypoints_come_with_the_lines_that_join_them(watcher: Watcher, plain: dict[str, Any], tmp_path: Path) -> None:
    """Those of both models of a class."""
    corners = "v 0 0 0\nv 0.1 0 0\nv 0 0.1 0\nv 0 0 0.1\n"
    for name, joined in (("a", '["root", "top"]'), ("b", '["root", "side"]')):
        (tmp_path / f"{name}.obj").write_text(corners + "f 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n")
        points = f'["{name}.obj".keypoints]\nroot = [0, 0, 0]\ntop = [0, 0, 0.1]\nside = [0.1, 0, 0]\n'
        with (tmp_path / SIDECAR_NAME).open("a") as notes:
            notes.write(f'["{name}.obj"]\nskeleton = [{joined}]\n{points}')
    (item,) = plain["objects"]
    plain["objects"] = [{**item, "model": str(tmp_path / f"{name}.obj"), "class": "wedge", "count": 1} for name in "ab"]
    (*_, picture) = watcher.show(plain)
    frame = frame_of(picture)
    assert frame.skeletons == {"wedge": (("root", "top"), ("root", "side"))}
    assert sum(len(skeleton_lines(item, frame.skeletons)) for item in picture.record.instances) > 0


def test_equal_requests_show_the_same_and_a_moved_slider_shows(watcher: Watcher, plain: dict[str, Any]) -> None:
    first = watcher.show(plain)[-1]
    plain["camera"]["azimuth"] = 123.0
    moved = watcher.show(plain)[-1]
    del plain["camera"]["azimuth"]
    again = watcher.show(plain)[-1]
    assert np.array_equal(first.rgb, again.rgb)
    assert not np.array_equal(first.rgb, moved.rgb)


def test_a_contact_sheet_comes_rough_as_a_whole_before_any_is_refined(watcher: Watcher, plain: dict[str, Any]) -> None:
    pictures = watcher.show(plain, indices=(0, 1, 2, 3), samples=4)
    assert [p.index for p in pictures[:4]] == [0, 1, 2, 3]
    assert [p.samples for p in pictures[:4]] == [1, 1, 1, 1]
    assert [p.index for p in pictures if p.last] == [0, 1, 2, 3]
    assert len({p.rgb.tobytes() for p in pictures if p.last}) == 4


def test_the_newest_request_wins(watcher: Watcher, plain: dict[str, Any]) -> None:
    numbers = []
    for azimuth in range(0, 200, 20):
        plain["camera"]["azimuth"] = float(azimuth)
        numbers.append(watcher.session.ask(request(plain, indices=tuple(range(16)), samples=256)))
        time.sleep(0.03)
    final = watcher.session.ask(request(plain))
    assert watcher.end_of(final).kind == "ready"
    order = [picture.request_id for picture in watcher.pictures if picture.request_id >= numbers[0]]
    assert order == sorted(order), "a picture of an older request came after one of a newer"
    assert len(order) < 16, "stale requests were carried out"
    assert not any(state.request_id in numbers and state.kind == "ready" for state in watcher.states)


def test_a_stale_refinement_is_given_up_within_a_chunk(watcher: Watcher, plain: dict[str, Any]) -> None:
    long = watcher.session.ask(request(plain, width=320, height=240, samples=4096))
    watcher.until(lambda: any(p.rgb.shape[0] == 240 for p in watcher.pictures_of(long)), "it is being refined")
    began = time.monotonic()
    pictures = watcher.show(plain)
    waited = time.monotonic() - began
    print(f"all pictures of the next request after {waited * 1e3:.0f} ms")
    assert pictures[-1].last
    assert not any(p.last for p in watcher.pictures_of(long))
    # 4096 samples would take minutes. How long one chunk takes depends on what else runs on this machine.
    assert waited < 20


def test_full_renders_the_frame_as_the_dataset_would_and_says_how_far_it_is(
    watcher: Watcher, plain: dict[str, Any]
) -> None:
    plain["render"]["resolution"] = [96, 64]
    rough = watcher.show(plain, width=96, height=64)[-1]
    before = len(watcher.states)
    (picture,) = watcher.show(plain, full=True)
    assert picture.full
    assert picture.last
    assert picture.rgb.shape == (64, 96, 3)
    assert picture.samples == 4
    assert np.array_equal(picture.instance_id, rough.instance_id)
    assert not np.array_equal(picture.rgb, rough.rgb)
    assert any(state.samples_done == 4 == state.samples for state in watcher.states[before:])


def test_what_is_wrong_is_said_in_a_sentence_and_the_next_request_is_shown(
    watcher: Watcher, plain: dict[str, Any], tmp_path: Path
) -> None:
    broken = copy.deepcopy(plain)
    broken["camera"]["fill"] = {"uniform": [0.9, "much"]}
    state = watcher.end_of(watcher.session.ask(request(broken)))
    assert state.kind == "failed"
    assert state.text.startswith("test.toml: camera.fill")

    (tmp_path / "bad.obj").write_text("this is no model\n")
    broken = copy.deepcopy(plain)
    broken["objects"][0]["model"] = str(tmp_path / "bad.obj")
    state = watcher.end_of(watcher.session.ask(request(broken)))
    assert state.kind == "failed"
    assert "bad.obj" in state.text

    hidden = copy.deepcopy(plain)
    hidden["camera"]["elevation"] = -45
    hidden["visibility"]["tries"] = 2
    state = watcher.end_of(watcher.session.ask(request(hidden)))
    assert "none of 2 draws shows" in state.text
    pid = watcher.session.pid
    assert watcher.show(plain)
    assert watcher.session.pid == pid, "a worker that answered was thrown away"


@pytest.mark.slow
def test_a_worker_that_dies_idle_or_at_work_is_replaced_by_the_next_request(plain: dict[str, Any]) -> None:
    it = Watcher()
    try:
        before = it.show(plain)[-1]
        first = it.session.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        it.until(lambda: it.states[-1].kind == "gone", "its end is noticed")
        assert it.states[-1].text.endswith("the next change starts it anew.")

        again = it.show(plain)[-1]
        assert np.array_equal(again.rgb, before.rgb)
        second = it.session.pid
        assert second not in (None, first)

        number = it.session.ask(request(plain, width=320, height=240, samples=4096))
        it.until(lambda: len(it.pictures_of(number)) >= 2, "it renders")
        os.kill(second or 0, signal.SIGKILL)
        state = it.end_of(number)
        assert state.kind == "failed"
        assert "SIGKILL" in state.text
        assert np.array_equal(it.show(plain)[-1].rgb, before.rgb)
    finally:
        it.session.close()
    assert it.session.pid is None


@pytest.mark.slow
def test_a_file_that_ends_the_worker_is_named_and_after_two_deaths_left_alone(
    plain: dict[str, Any], tmp_path: Path
) -> None:
    model = tmp_path / "huge.obj"
    sides = 300
    lines = [f"v {x / sides} {y / sides} {(x * y) % 7 / 70}" for x in range(sides) for y in range(sides)]
    corners = (x * sides + y + 1 for x in range(sides - 1) for y in range(sides - 1))
    lines += [f"f {corner} {corner + 1} {corner + sides + 1} {corner + sides}" for corner in corners]
    model.write_text("\n".join(lines) + "\n")
    plain["objects"][0]["model"] = str(model)
    it = Watcher()

    def kill_reader(state: PreviewState) -> None:
        if state.text == "reading huge.obj" and it.session.pid:
            os.kill(it.session.pid, signal.SIGKILL)

    it.on_state = kill_reader
    try:
        for _ in range(2):
            state = it.end_of(it.session.ask(request(plain)))
            assert state.kind == "failed"
            assert state.text.startswith(f"{model}: reading this file ended the preview")
        assert it.session.pid is None
        state = it.end_of(it.session.ask(request(plain)))
        assert state.kind == "failed"
        assert it.session.pid is None, "a third worker was sacrificed"
        it.on_state = lambda state: None
        os.utime(model, ns=(1, 1))
        plain["visibility"]["least"] = 0.0
        assert it.show(plain), "the file has changed and is not read"
    finally:
        it.session.close()


@pytest.mark.slow
def test_a_worker_that_has_grown_is_replaced_between_two_requests(
    plain: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    it = Watcher()
    try:
        it.show(plain, indices=(0, 1, 2, 3))
        first = it.session.pid
        time.sleep(2.5)  # A worker reports its memory every two seconds.
        it.show(plain)
        assert it.session.pid == first
        monkeypatch.setattr(preview, "MEMORY_GROWTH_BYTES", -(1 << 40))
        it.show(plain)
        assert it.session.pid != first
    finally:
        it.session.close()


def test_closing_ends_the_worker_at_once_even_at_work(plain: dict[str, Any]) -> None:
    it = Watcher()
    number = it.session.ask(request(plain, width=320, height=240, samples=4096))
    it.until(lambda: bool(it.pictures_of(number)), "it renders")
    pid = it.session.pid
    assert pid is not None
    began = time.monotonic()
    it.session.close()
    assert time.monotonic() - began < 3
    assert not is_alive(pid)
    heard = len(it.pictures), len(it.states)
    it.session.close()
    with pytest.raises(RuntimeError):
        it.session.ask(request(plain))
    time.sleep(0.2)
    assert (len(it.pictures), len(it.states)) == heard


ORPHAN = """
import time
import presets
from engine.recipe.load import load_recipe, recipe_to_plain
from studio.preview import PreviewSession
from studio.preview_types import PreviewRequest

plain = recipe_to_plain(load_recipe(presets.find("basic"), ["surroundings.hdris=['builtin:studio']"]))
session = PreviewSession(lambda picture: print(session.pid, flush=True), lambda state: None)
session.ask(PreviewRequest(plain, "orphan", samples=100_000))
time.sleep(600)
"""


@pytest.mark.slow
def test_the_worker_dies_with_its_screen_however_that_ends() -> None:
    with subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True) as screen:
        assert screen.stdout is not None
        worker = int(screen.stdout.readline())
        assert is_alive(worker)
        screen.kill()
    until = time.monotonic() + 10
    while is_running(worker) and time.monotonic() < until:
        time.sleep(0.02)
    assert not is_running(worker)


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie that nobody has waited for yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_session_that_was_never_asked_starts_nothing() -> None:
    it = Watcher()
    threads = threading.active_count()
    assert it.session.pid is None
    it.session.close()
    assert threading.active_count() == threads
