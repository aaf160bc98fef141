"""What a sheet of proposals is held against (收件核对): the agencies, the sessions, and what was received before."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, and_, select

from models import schema
from tasks.intake import Existing, SessionInfo
from tasks.loading import CASES

KEYS: Final = schema.IDEMPOTENCY_KEYS
SESSIONS: Final = schema.SESSIONS


def known_for_intake(connection: Connection) -> tuple[frozenset[str], tuple[SessionInfo, ...], Existing]:
    """Agencies by name, sessions, and the key every proposal was received under."""
    agencies = frozenset(connection.scalars(select(schema.AGENCIES.c.name)))
    sessions = tuple(
        SessionInfo(name=row.name, track=row.track, opened_on=row.opened_on, closed_on=row.closed_on)
        for row in connection.execute(select(SESSIONS).order_by(SESSIONS.c.name))
    )
    first = and_(KEYS.c.case_id == CASES.c.id, KEYS.c.seq == 1)  # a case's first entry is its receipt
    statement = select(CASES.c.session, CASES.c.in_recess, CASES.c.number, KEYS.c.key).outerjoin(KEYS, first)
    existing = {(row.session, row.in_recess, row.number): row.key or "" for row in connection.execute(statement)}
    return agencies, sessions, existing
