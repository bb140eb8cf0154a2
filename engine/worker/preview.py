"""A worker's preview orders: the newest one wins, small pictures come first, finer ones when nothing newer comes."""

from __future__ import annotations

import threading
import traceback

from engine.errors import StudioError
from engine.queue.message import Message
from engine.queue.preview_messages import PreviewChosen, PreviewDone, PreviewFailed, PreviewOrder
from engine.queue.protocol import Channel, ChannelClosed, Importing
from engine.recipe.load import recipe_from_plain
from engine.worker.preview_engine import EngineChoice
from engine.worker.preview_pictures import PictureMaker, Renderer

STILL_SECONDS = 0.1
"""How long no newer order may have come before pictures are refined: while a slider is held, only first ones matter."""


class Stale(Exception):
    """A newer order has come."""


class Turn:
    """An order's time at work, which ends early when a newer order comes."""

    def __init__(self, previewer: Previewer, order: PreviewOrder) -> None:
        self._previewer = previewer
        self.order = order

    def is_stale(self) -> bool:
        """Whether a newer order has come."""
        return self._previewer.newest > self.order.token

    def check(self) -> None:
        """Raise Stale when a newer order has come."""
        if self.is_stale():
            raise Stale

    def wait_until_still(self) -> None:
        """Give a newer order a moment to come; raises Stale when it does."""
        with self._previewer.newer:
            if self._previewer.newer.wait_for(self.is_stale, STILL_SECONDS):
                raise Stale

    def send(self, message: Message) -> None:
        """Tell the screen. Raises ChannelClosed."""
        self._previewer.channel.send(message)


class Previewer:
    """Carries out preview orders, one at a time; `announce` may be called from another thread meanwhile."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.newer = threading.Condition()
        """Notified when `newest` changes."""
        self.newest = -1
        """Token of the newest order."""
        self._renderer: Renderer | None = None
        self._choice: EngineChoice | None = None
        self._chosen: PreviewChosen | None = None

    def announce(self, token: int) -> None:
        """An order has come; every older one is stale from now on."""
        with self.newer:
            self.newest = max(self.newest, token)
            self.newer.notify_all()

    def obey(self, order: PreviewOrder) -> None:
        """Carry out an order as far as it stays the newest. Raises ChannelClosed when nobody listens any more."""
        self.announce(order.token)
        try:
            self._carry_out(Turn(self, order))
        except Stale:
            return
        except ChannelClosed:
            raise
        except Exception as error:
            traceback.print_exc()
            known = isinstance(error, StudioError)
            sentence = str(error) if known else f"The preview failed: {type(error).__name__}: {error}."
            self.channel.send(PreviewFailed(order.token, sentence))
        else:
            self.channel.send(PreviewDone(order.token))

    def _carry_out(self, turn: Turn) -> None:
        turn.check()
        order = turn.order
        recipe = recipe_from_plain(order.recipe, order.where)
        renderer = self._opened()

        def importing(path: str) -> None:
            turn.check()
            turn.send(Importing(path))

        renderer.load(recipe, importing)
        # Whatever ends the process from now on, it is not a file that is being read.
        turn.send(Importing(""))
        choice = self._choice = self._choice or EngineChoice(renderer.device, renderer.device_type)
        maker = PictureMaker(turn, renderer, choice)
        if order.full:
            self._say(PreviewChosen("cycles", renderer.device, "at full quality"))
            maker.full()
            return
        engine, device, reason = choice.of(order.engine)
        self._say(PreviewChosen(engine, device, reason))
        if engine == "eevee":
            maker.eevee(device)
        else:
            maker.cycles()

    def _opened(self) -> Renderer:
        """The renderer; bpy is loaded here, the first time."""
        if self._renderer is None:
            from engine.blender.preview import PreviewRenderer

            self._renderer = PreviewRenderer()
        return self._renderer

    def _say(self, chosen: PreviewChosen) -> None:
        if chosen != self._chosen:
            self._chosen = chosen
            self.channel.send(chosen)
