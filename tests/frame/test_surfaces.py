"""Surfaces to stand on are found where they are, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from engine.frame.soup import Soup
from engine.frame.surfaces import Surfaces, find_surfaces
from engine.shapes.interior import block
from engine.shapes.mesh import rotation_x
from tests.frame.soups import TABLE, soup_of, table_in_a_room


def heights(surfaces: Surfaces) -> list[float]:
    """Of the places that something as wide as a cup could stand in, each once."""
    wide = surfaces.radius >= 0.05
    return sorted({round(float(z), 3) + 0.0 for z in surfaces.places[wide, 2]})


@pytest.mark.parametrize("flipped", [False, True])
def test_floor_and_table_are_found_and_nothing_inside_of_solids(flipped: bool) -> None:
    """The roof is found, too, but is far above the floor below it."""
    surfaces = find_surfaces(soup_of(table_in_a_room(), flipped=flipped))
    assert heights(surfaces) == [0.0, TABLE, 2.7]
    assert set(surfaces.floor.round(3)) == {0.0}
    on_table = surfaces.places[:, 2] > 0.5
    on_table &= surfaces.places[:, 2] < 1.0
    names = np.unique(surfaces.surface[on_table])
    assert len(names) == 1
    assert surfaces.area[on_table][0] == pytest.approx(0.96, rel=0.15)
    assert surfaces.headroom[on_table] == pytest.approx(2.5 - TABLE, abs=1e-4)


def test_places_are_as_wide_as_they_say() -> None:
    surfaces = find_surfaces(soup_of(table_in_a_room()))
    table = np.abs(surfaces.places[:, 2] - TABLE) < 1e-4
    to_edge = np.minimum(0.6 - np.abs(surfaces.places[table, 0]), 0.4 - np.abs(surfaces.places[table, 1]))
    # Sixteen rays may just pass the edge on both sides of where it is nearest.
    assert (surfaces.radius[table] <= to_edge / np.cos(np.pi / 16) + 1e-6).all()
    assert (surfaces.radius[table] > 0.6 * to_edge - 0.03).all()
    under = (surfaces.places[:, 2] < 0.1) & (np.abs(surfaces.places[:, :2]) < [0.5, 0.3]).all(axis=1)
    assert surfaces.headroom[under] == pytest.approx(TABLE - 0.03, abs=1e-4)


def test_shelves_are_found_where_they_are_open_and_not_behind_doors() -> None:
    sides = [block((1.0, -0.4, 0.0), (1.02, 0.4, 1.6)), block((1.7, -0.4, 0.0), (1.72, 0.4, 1.6))]
    boards = [block((1.0, -0.4, z), (1.72, 0.4, z + 0.02)) for z in (0.4, 0.8, 1.2, 1.6)]
    back = block((1.0, -0.42, 0.0), (1.72, -0.4, 1.62))
    open_ = find_surfaces(soup_of([*table_in_a_room(), *sides, *boards, back]))
    assert {0.42, 0.82, 1.22, 1.62} < set(heights(open_))
    door = block((1.0, 0.4, 0.0), (1.72, 0.42, 1.62))
    closed = find_surfaces(soup_of([*table_in_a_room(), *sides, *boards, back, door]))
    assert not {0.42, 0.82, 1.22} & set(heights(closed))


def test_slopes_and_bumps_are_no_surfaces() -> None:
    ramp = block((-0.4, -0.4, -0.02), (0.4, 0.4, 0.0)).moved((1.3, 1.3, 0.6), rotation_x(12.0))
    gravel = [
        block((x, y, 0.0), (x + 0.03, y + 0.03, 0.02))
        for x in np.arange(-1.9, -1, 0.1)
        for y in np.arange(-1.9, -1, 0.1)
    ]
    surfaces = find_surfaces(soup_of([*table_in_a_room(), ramp, *gravel]))
    assert heights(surfaces) == [0.0, TABLE, 2.7]
    among = (surfaces.places[:, 2] < 0.1) & (surfaces.places[:, :2] < -1.1).all(axis=1)
    assert among.any()
    assert surfaces.radius[among].max() < 0.09


def test_nothing_to_stand_on_is_no_error() -> None:
    empty = Soup(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    wall = soup_of([block((0.0, 0.0, 0.0), (0.005, 4.0, 3.0))])
    assert len(find_surfaces(empty).places) == 0
    assert heights(find_surfaces(wall)) == []
