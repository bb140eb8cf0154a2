"""Actions of the Queue screen."""

from __future__ import annotations

from studio.keymap.action import Action, Scope

SCOPES: tuple[Scope, ...] = ()

ACTIONS: tuple[Action, ...] = ()
