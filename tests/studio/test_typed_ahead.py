"""Keys typed ahead of a slow program or line, in a real terminal: each is for what those before it have brought up."""

from __future__ import annotations

from tests.studio.terminal import Terminal


def test_keys_of_one_read_are_dealt_with_in_their_order() -> None:
    with Terminal.studio(size=(100, 24)) as terminal:
        terminal.wait_for("[1 Library]", "quit")
        terminal.send("/cup\r2/sam")
        terminal.wait_for("[2 Recipe]", "find a setting sam")
        terminal.send("\r1")
        terminal.wait_for("[1 Library]", "/cup")
        terminal.send("4:/nowhere\r")
        terminal.wait_for("[4 Inspect]", "folder /nowhere", "/nowhere does not exist")


def test_keys_typed_while_the_program_starts_are_for_its_first_screen() -> None:
    """Before the terminal is quiet, while it is asked how it shows pictures, and until the first screen is painted."""
    with Terminal.studio(size=(100, 24)) as terminal:
        terminal.send("/cup\r2/sam")
        terminal.wait_for("[2 Recipe]", "find a setting sam")
        terminal.send("\r1")
        terminal.wait_for("[1 Library]", "/cup")


def test_alt_and_a_digit_change_screens_as_terminals_send_them() -> None:
    with Terminal.studio(size=(80, 24)) as terminal:
        terminal.wait_for("[1 Library]")
        for digit, name in (("3", "[3 Queue]"), ("4", "[4 Inspect]"), ("2", "[2 Recipe]"), ("1", "[1 Library]")):
            terminal.send(f"\x1b{digit}")
            terminal.wait_for(name)
