"""Changing a field of a frozen value."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evolving import made, replace


@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Slotted:
    x: int


@given(st.integers(), st.integers(), st.integers())
def test_it_gives_what_the_constructor_would_give(x, y, other):
    point = Point(x, y)
    assert replace(point, y=other) == dataclasses.replace(point, y=other)
    assert point == Point(x, y)


def test_a_class_with_slots_goes_the_ordinary_way():
    assert replace(Slotted(1), x=2) == Slotted(2)


def test_a_field_nobody_knows_is_refused():
    with pytest.raises(TypeError, match="Point has no field z"):
        replace(Point(1), z=2)


def test_a_value_made_from_its_fields_is_like_any_other():
    point = made(Point, {"x": 1, "y": 2})
    assert point == Point(1, 2)
    assert hash(point) == hash(Point(1, 2))
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.x = 3
