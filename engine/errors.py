"""The error tree. Every error a user can cause or meet derives from `StudioError`.

    StudioError                 anything this program reports in one sentence
    ├── BadInput                the user gave something unusable (exit 2)
    │   ├── RecipeError         a field of a recipe: file, key path, found, allowed
    │   ├── AssetError          a model, HDRI or texture that cannot be used
    │   └── DatasetError        an output folder or dataset that cannot be used
    │       └── FolderUnwritable    one whose disk is full, read-only or failing: it may get well by itself
    └── Failure                 the input is fine, the work failed (exit 1)
        ├── RenderError         a frame could not be rendered
        │   └── DeviceMissing       there is no GPU where one is needed: it may come back
        ├── WorkerDied          a render process ended by itself
        ├── StorageError        the disk is full, read-only or gone
        ├── EngineDown          the background engine does not run, does not answer or went away
        └── EngineRefused       the background engine runs, and does not let this program in

The text of an error is one complete sentence for the user: it names the file and the remedy.
"""

from __future__ import annotations


class StudioError(Exception):
    """Base of all errors that are shown to the user as one sentence, without a traceback."""

    exit_code = 1


class BadInput(StudioError):
    """The user's input cannot be used; nothing was written."""

    exit_code = 2


class RecipeError(BadInput):
    """A recipe, a preset name or a `--set` override is wrong.

    The text has the form `FILE: KEY.PATH: what was found; what is allowed. Did you mean …?`
    """


class AssetError(BadInput):
    """A model, HDRI or texture is missing, broken, unsupported or implausible."""


class DatasetError(BadInput):
    """A dataset folder is missing, foreign, locked, or holds another recipe's frames."""


class FolderUnwritable(DatasetError):
    """A dataset folder could be used if its disk took data: it is full, read-only, failing, or not permitted."""


class Failure(StudioError):
    """The input was fine but the work failed."""


class RenderError(Failure):
    """A frame could not be rendered (its number and the reason are in the text)."""


class DeviceMissing(RenderError):
    """There is no GPU where one was asked for."""


class WorkerDied(Failure):
    """A render process ended without being asked to."""


class StorageError(Failure):
    """Writing failed: disk full, read-only, or a file that did not read back as written."""


class EngineDown(Failure):
    """The background engine is not running, does not answer, or ended while it was being talked to."""


class EngineRefused(Failure):
    """The background engine runs but refuses this program, because their versions differ or it is crowded."""
