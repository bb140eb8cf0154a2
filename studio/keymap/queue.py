"""Actions of the Queue screen."""

from __future__ import annotations

from studio.keymap.action import Action, Scope

SCOPES: tuple[Scope, ...] = (
    Scope("queue", "In the queue", "studio.screens.queue:QueueScreen"),
    Scope("log", "In a log that has the focus", "studio.screens.queue_panes:JobLog"),
)

ACTIONS: tuple[Action, ...] = (
    Action("queue.mark", ("space",), "mark", "mark", "Mark the job, so that several can be changed at once."),
    Action("queue.mark_all", ("asterisk",), "mark_all", "mark all", "Mark every job of the list, or none."),
    Action("queue.pause", ("p",), "pause", "pause", "Render no more frames of the job for now.", True, changes=True),
    Action("queue.resume", ("r",), "resume", "resume", "Go on with a paused job.", True, changes=True),
    Action(
        "queue.cancel", ("c",), "cancel", "cancel", "End the job for good; its frames stay. Asks.", True, changes=True
    ),
    Action("queue.retry", ("t",), "retry", "retry", "Render quarantined frames again.", True, changes=True),
    Action("queue.up", ("K", "shift+up"), "move(-1)", "up", "Move the job up in the queue.", changes=True),
    Action("queue.down", ("J", "shift+down"), "move(1)", "down", "Move the job down in the queue.", changes=True),
    Action("queue.top", ("T",), "move_to('top')", "first", "Make the job the first of its priority.", changes=True),
    Action("queue.bottom", ("B",), "move_to('bottom')", "last", "Make it the last of its priority.", changes=True),
    Action("queue.raise", ("plus",), "priority(1)", "sooner", "Raise the job's priority by 1.", changes=True),
    Action("queue.lower", ("minus",), "priority(-1)", "later", "Lower the job's priority by 1.", changes=True),
    Action("queue.extend", ("e",), "extend", "extend", "Let the job have more frames: asks how many.", changes=True),
    Action("queue.remove", ("x", "delete"), "remove", "remove", "Forget the job; its frames stay. Asks.", changes=True),
    Action("queue.delete", ("X",), "delete", "delete", "Forget the job and delete its frames. Asks.", changes=True),
    Action("queue.inspect", ("i", "enter"), "inspect", "inspect", "Look at the job's frames in Inspect.", True),
    Action("queue.all", ("a",), "everything", "all", "Show jobs that ended over a day ago too, or hide them."),
    Action("queue.overlays", ("o",), "overlays", "overlays", "Show or hide boxes, masks and names in the picture."),
    Action("queue.pane", ("v",), "pane", "log/workers", "Change between log and workers, where both have no room."),
    Action("queue.filter", ("slash",), "filter", "filter log", "Show only lines of the log with what you type.", True),
    Action("queue.follow", ("f",), "follow", "follow log", "Go to the end of the log and stay there."),
    Action(
        "queue.start", ("s",), "start", "start engine", "Start the engine where it does not run.", True, changes=True
    ),
    Action("queue.leave", ("escape",), "leave", "clear", "Clear the log's filter, then the marks.", palette=False),
    Action("log.up", ("up", "k"), "scroll_up", "up", "Scroll the log up.", palette=False),
    Action("log.down", ("down", "j"), "scroll_down", "down", "Scroll the log down.", palette=False),
    Action("log.page_up", ("pageup",), "page_up", "page up", "Scroll up by a page.", palette=False),
    Action("log.page_down", ("pagedown",), "page_down", "page down", "Scroll down by a page.", palette=False),
    Action("log.first", ("home", "g"), "scroll_home", "first", "Go to the first line.", palette=False),
    Action("log.last", ("end", "G"), "scroll_end", "last", "Go to the last line, and follow.", palette=False),
)
