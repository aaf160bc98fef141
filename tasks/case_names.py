"""Cases as people name them (案号), by id."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Engine, select

from models.values.case import case_ref
from tasks.database import reading
from tasks.loading import CASES, chunked


def case_names(made: Engine, ids: Iterable[int]) -> dict[int, str]:
    """Cases as people name them, by id."""
    with reading(made) as connection:
        return names_of(connection, ids)


def names_of(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """`case_names`, within a look."""
    columns = (CASES.c.id, CASES.c.session, CASES.c.number, CASES.c.in_recess)
    return {
        row.id: case_ref(row.session, row.number, in_recess=row.in_recess)
        for chunk in chunked(sorted(set(ids)))
        for row in connection.execute(select(*columns).where(CASES.c.id.in_(chunk)))
    }
