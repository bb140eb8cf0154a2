"""Thumbnails come in the order in which they are wanted, from the cache where it has them, and not while paused.

A process of the test's own stands in for Blender's here; tests/thumbnails/test_worker.py has the real one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.library.assets import Asset
from engine.library.scan import scan
from engine.library.stamps import HashBook
from engine.thumbnails.facts import BrokenFacts, PictureFacts, Thumbnail
from engine.thumbnails.maker import ThumbnailMaker, Wish
from engine.thumbnails.messages import Order
from engine.thumbnails.process import ThumbnailProcess
from engine.thumbnails.store import ThumbnailStore
from tests.library.samples import png_bytes, write


class OwnProcess(ThumbnailProcess):
    """Answers at once, or when it is let; remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.paused = False
        self.answer: Callable[[Order], Thumbnail] = lambda _: Thumbnail(PictureFacts(1, 1, "RGB"), (png_bytes(),))

    def make(self, order: Order) -> Thumbnail:
        self.orders.append(Path(order.path).name)
        assert self.gate.wait(10)
        return self.answer(order)

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    def end(self) -> None:
        self.gate.set()


class Rig:
    """A maker, what it was asked to make, and what it reported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = OwnProcess()
        self.reports: list[tuple[Wish, Thumbnail]] = []
        self._came = threading.Condition()
        self.maker = self._maker()

    def _maker(self) -> ThumbnailMaker:
        maker = ThumbnailMaker(
            self._take,
            store=ThumbnailStore(self.folder / "cache"),
            book=HashBook(self.folder / "book"),
            process=self.process,
        )
        maker.start()
        return maker

    def _take(self, wish: Wish, thumbnail: Thumbnail) -> None:
        with self._came:
            self.reports.append((wish, thumbnail))
            self._came.notify_all()

    def again(self) -> None:
        """As after a restart of the program."""
        self.maker.close()
        self.reports.clear()
        self.process = OwnProcess()
        self.maker = self._maker()

    def wait(self, count: int) -> list[str]:
        with self._came:
            assert self._came.wait_for(lambda: len(self.reports) >= count, timeout=10), self.reports
            return [wish.asset.name for wish, _ in self.reports]

    def assets(self, *names: str) -> list[Asset]:
        for number, name in enumerate(names):
            if not (self.folder / "assets" / name).exists():
                write(self.folder / "assets" / name, png_bytes((number, 0, len(name))))
        found = {asset.name: asset for asset in scan([self.folder / "assets"]).assets}
        return [found[name] for name in names]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    (tmp_path / "assets").mkdir()
    made = Rig(tmp_path)
    yield made
    made.maker.close()


def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it did not happen in time")


def test_they_are_made_once_and_then_come_from_the_cache(rig: Rig) -> None:
    assets = rig.assets("a.png", "b.png", "c.png")
    rig.maker.want(map(Wish, assets))
    assert rig.wait(3) == ["a.png", "b.png", "c.png"]
    assert rig.process.orders == ["a.png", "b.png", "c.png"]
    rig.again()
    rig.maker.want(map(Wish, assets))
    assert sorted(rig.wait(3)) == ["a.png", "b.png", "c.png"]
    assert rig.process.orders == []


def test_the_same_content_elsewhere_is_known(rig: Rig) -> None:
    (first,) = rig.assets("a.png")
    rig.maker.want([Wish(first)])
    rig.wait(1)
    write(rig.folder / "assets" / "copy.png", Path(first.path).read_bytes())
    rig.maker.want([Wish(rig.assets("copy.png")[0])])
    rig.wait(2)
    assert rig.process.orders == ["a.png"]


def test_a_changed_file_is_made_anew(rig: Rig) -> None:
    rig.maker.want(map(Wish, rig.assets("a.png")))
    rig.wait(1)
    write(rig.folder / "assets" / "a.png", png_bytes((200, 200, 200)) + b" ")
    rig.maker.want(map(Wish, rig.assets("a.png")))
    rig.wait(2)
    assert rig.process.orders == ["a.png", "a.png"]


def test_a_damaged_entry_of_the_cache_is_made_anew(rig: Rig) -> None:
    rig.maker.want(map(Wish, rig.assets("a.png")))
    rig.wait(1)
    (entry,) = (rig.folder / "cache").rglob("*.png")
    entry.write_bytes(entry.read_bytes()[:40])
    rig.again()
    rig.maker.want(map(Wish, rig.assets("a.png")))
    rig.wait(1)
    assert rig.process.orders == ["a.png"]


def test_what_is_wanted_no_more_is_not_made(rig: Rig) -> None:
    rig.process.gate.clear()
    rig.maker.want(map(Wish, rig.assets("a.png", "b.png", "c.png")))
    until(lambda: rig.maker.waiting == 3 and rig.process.orders == ["a.png"])
    rig.maker.want(map(Wish, rig.assets("d.png", "c.png")))
    until(lambda: rig.maker.waiting == 3)
    rig.process.gate.set()
    assert rig.wait(3) == ["a.png", "d.png", "c.png"]
    assert rig.process.orders == ["a.png", "d.png", "c.png"]


def test_nothing_is_made_while_it_is_paused_but_the_cache_answers(rig: Rig) -> None:
    rig.maker.want(map(Wish, rig.assets("known.png")))
    rig.wait(1)
    rig.maker.pause()
    assert rig.process.paused
    rig.maker.want(map(Wish, rig.assets("new.png", "known.png")))
    assert rig.wait(2) == ["known.png", "known.png"]
    until(lambda: rig.maker.waiting == 1)
    assert rig.process.orders == ["known.png"]
    rig.maker.resume()
    assert rig.wait(3)[-1] == "new.png"
    assert not rig.process.paused


def test_a_broken_model_is_never_given_to_blender(rig: Rig) -> None:
    write(rig.folder / "assets" / "cut.glb", b"glTF\x02\x00\x00\x00\xff\x00\x00\x00")
    rig.maker.want(map(Wish, rig.assets("cut.glb")))
    rig.wait(1)
    facts = rig.reports[0][1].facts
    assert isinstance(facts, BrokenFacts)
    assert "truncated" in facts.reason
    assert str(rig.folder) not in facts.reason
    assert rig.process.orders == []


def test_bad_luck_is_not_remembered_but_bad_content_is(rig: Rig) -> None:
    def refuse(order: Order) -> Thumbnail:
        return Thumbnail(BrokenFacts("no.", lasting=order.path.endswith("bad.png")))

    rig.process.answer = refuse
    rig.maker.want(map(Wish, rig.assets("bad.png", "unlucky.png")))
    rig.wait(2)
    rig.again()
    rig.maker.want(map(Wish, rig.assets("bad.png", "unlucky.png")))
    rig.wait(2)
    assert rig.process.orders == ["unlucky.png"]
