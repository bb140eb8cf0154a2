"""Which engine a preview is made with, and what is said of it."""

from __future__ import annotations

import threading
import time

import pytest

from engine.blender.eevee import EeveeProbe
from engine.errors import RenderError
from engine.worker.preview_engine import EngineChoice

CARD = EeveeProbe(runs=True, renderer="a card", backend="OPENGL")
SOFTWARE = EeveeProbe(runs=True, renderer="llvmpipe", backend="OPENGL", software=True)
BROKEN = EeveeProbe(runs=False, reason="Blender ended with SIGABRT")


def choice(probe: EeveeProbe, *, graphics: bool = True, device_type: str = "CPU") -> EngineChoice:
    return EngineChoice("a device", device_type, probe=lambda: probe, graphics=lambda: graphics)


def settled(it: EngineChoice) -> tuple[str, str, str]:
    """The choice once EEVEE was tried."""
    it.of("auto")
    until = time.monotonic() + 5
    while it.of("auto")[2] == "EEVEE is being tried" and time.monotonic() < until:
        time.sleep(0.01)
    return it.of("auto")


def test_without_a_card_eevee_is_not_even_tried() -> None:
    def probe() -> EeveeProbe:
        raise AssertionError("it was tried")

    it = EngineChoice("a device", "CPU", probe=probe, graphics=lambda: False)
    assert it.of("auto") == ("cycles", "a device", "there is no graphics card for EEVEE")


def test_pictures_do_not_wait_while_eevee_is_tried() -> None:
    tried = threading.Event()

    def probe() -> EeveeProbe:
        tried.wait(5)
        return CARD

    it = EngineChoice("a device", "OPTIX", probe=probe, graphics=lambda: False)
    assert it.of("auto") == ("cycles", "a device", "EEVEE is being tried")
    tried.set()
    assert settled(it)[:2] == ("eevee", "a card")


@pytest.mark.parametrize(("probe", "reason"), [(SOFTWARE, "by the processor"), (BROKEN, "SIGABRT")])
def test_eevee_on_the_processor_or_broken_leaves_cycles(probe: EeveeProbe, reason: str) -> None:
    engine, device, why = settled(choice(probe))
    assert (engine, device) == ("cycles", "a device")
    assert reason in why


def test_the_quicker_engine_wins_once_both_were_timed() -> None:
    it = choice(CARD)
    assert settled(it)[0] == "eevee"
    for _ in range(7):
        it.note("eevee", 0.3)
    assert it.of("auto") == ("cycles", "a device", "being timed against EEVEE")
    for seconds in (9.0, 9.0, 0.04, 0.04, 0.04, 0.04, 0.04):
        it.note("cycles", seconds)
    assert it.of("auto") == ("cycles", "a device", "quicker than EEVEE, 40 ms a picture against 300")
    for _ in range(15):
        it.note("cycles", 0.8)
    assert it.of("auto")[0] == "eevee"


def test_who_forces_an_engine_gets_it_or_hears_why_not() -> None:
    assert choice(CARD).of("cycles") == ("cycles", "a device", "as chosen")
    assert choice(SOFTWARE, graphics=False).of("eevee") == ("eevee", "llvmpipe", "as chosen")
    with pytest.raises(RenderError, match=r"EEVEE does not run on this machine \(Blender ended with SIGABRT\); choose"):
        choice(BROKEN).of("eevee")
