"""What is to be seen of a recipe, and the messages by which its pictures come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from textual.message import Message

from studio.preview_types import PreviewPicture, PreviewState

type Part = Literal["edited", "saved", "full"]


@dataclass(frozen=True, slots=True)
class View:
    """What is to be seen."""

    recipe: dict[str, Any]
    """Plain data of the edited recipe."""
    name: str
    seed: int
    index: int
    tiles: int = 1
    saved: dict[str, Any] | None = None
    """The file's recipe, where both are to be seen."""
    full: bool = False
    """Whether the full render is to be seen too."""
    engine: Literal["auto", "eevee", "cycles"] = "auto"

    @property
    def parts(self) -> tuple[Part, ...]:
        """Side by side, from the left."""
        if self.full:
            return ("edited", "full")
        return ("edited", "saved") if self.saved is not None else ("edited",)

    @property
    def indices(self) -> tuple[int, ...]:
        """The frames of the sheet."""
        return (self.index,) if len(self.parts) > 1 else tuple(range(self.index, self.index + self.tiles))

    @property
    def drawn(self) -> dict[str, Any]:
        """The recipe less its name and description: what decides pixels."""
        return {key: value for key, value in self.recipe.items() if key not in ("name", "description")}

    def aspect(self) -> float:
        """Width by height of the pictures."""
        width, height = self.recipe["render"]["resolution"]
        return float(width) / float(height)


class PictureCame(Message):
    """The preview session has a picture. Posted from its thread."""

    def __init__(self, picture: PreviewPicture) -> None:
        super().__init__()
        self.picture = picture


class StateCame(Message):
    """The preview session is doing something else. Posted from its thread."""

    def __init__(self, state: PreviewState) -> None:
        super().__init__()
        self.state = state
