"""Synthetic datasets for the screens, and a way to wait until a screen has nothing left to do."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from engine.dataset.read import Dataset
from tests.factory import make_dataset
from tests.studio.tries import noted


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """What a test says it tries must be run in it. One action can be made to do nothing, to see which tests notice."""
    said = {action for mark in pyfuncitem.iter_markers("tries") for action in mark.args}
    if not said:
        return (yield)
    with noted(without=os.environ.get("WITHOUT_ACTION", "")) as ran:
        result = yield
    assert said <= ran, f"it says that it tries these actions, and does not: {', '.join(sorted(said - ran))}"
    return result


@pytest.fixture(scope="session")
def balls(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Twenty-five frames of 160 x 120 with three objects, depth and normals. For reading only."""
    return make_dataset(tmp_path_factory.mktemp("data") / "balls", 25, instances=3, passes=("depth", "normal"), seed=7)


@pytest.fixture(scope="session")
def parted(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Two frames of 160 x 120 with three objects whose models have parts. For reading only."""
    return make_dataset(tmp_path_factory.mktemp("data") / "parted", 2, instances=3, seed=7, parted=True)


@pytest.fixture
def growing(tmp_path: Path) -> Dataset:
    """Two frames in a folder of the test's own."""
    return make_dataset(tmp_path / "growing", 2)


@pytest.fixture(autouse=True)
def all_colors(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an app shows must not depend on the terminal that the tests run in."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture(autouse=True)
def no_engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app hears of no engine, except in tests that have a real one: it would tell of it at a moment of its own."""
    if "studio" not in request.fixturenames:
        monkeypatch.setattr("studio.engine_feed.EngineFeed.start", lambda _self: None)
