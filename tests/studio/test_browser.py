"""Where somebody is in a dataset, as frames come and go."""

from __future__ import annotations

from studio.browser import Browser


def browser(*indices: int, at: int | None = None) -> Browser:
    made = Browser(index=at)
    made.take(list(indices))
    return made


def test_it_begins_at_the_first_frame_or_the_one_asked_for() -> None:
    assert browser(4, 7, 9).index == 4
    assert browser(4, 7, 9, at=7).index == 7
    assert browser(4, 7, 9, at=100).index == 9
    assert browser().index is None


def test_steps_go_over_gaps_and_stop_at_the_ends() -> None:
    made = browser(4, 7, 9)
    made.step(1)
    assert (made.index, made.position) == (7, 1)
    made.step(10)
    assert made.index == 9
    made.step(-1)
    made.step(-10)
    assert made.index == 4
    browser().step(1)


def test_following_goes_to_the_newest_whatever_its_number() -> None:
    made = browser(4, 7, 9)
    made.follow()
    assert made.index == 9
    made.take([4, 5, 7, 9])
    assert made.index == 5
    made.take([4, 5, 7, 9])
    assert made.index == 5
    made.step(1)
    assert not made.following
    made.take([4, 5, 7, 9, 12])
    assert made.index == 7


def test_following_an_empty_dataset_shows_its_first_frames() -> None:
    made = browser()
    made.follow()
    made.take([0, 1])
    assert made.index == 1


def test_a_frame_that_vanished_gives_way_to_its_nearest() -> None:
    made = browser(4, 7, 9, at=7)
    made.take([4, 9])
    assert made.index == 9
    made.take([])
    assert made.index is None


def test_what_is_asked_for_next_lies_ahead() -> None:
    made = browser(*range(10), at=5)
    assert made.ahead() == [6, 4, 7]
    made.step(-1)
    assert made.ahead() == [3, 5, 2]
    assert browser(3).ahead() == []


def test_sources_are_those_stored() -> None:
    made = browser(0)
    assert not made.next_source([])
    assert made.source == "color"
    assert made.next_source(["normal"])
    assert made.source == "normal"
    made.next_source(["normal"])
    assert made.source == "color"


def test_wishes_need_a_frame_and_room() -> None:
    assert browser().wish(80, 20) is None
    assert browser(1).wish(0, 20) is None
    wish = browser(1).wish(80, 20)
    assert wish is not None
    assert wish.index == 1
