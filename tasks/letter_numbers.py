"""The next document numbers (文号) of an agency: replies and co-opinions have a series each, by the place's pattern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from models import schema
from models.numbering import next_number
from models.policy import Pack

DRAFTS, OPINIONS, PARTS = schema.DRAFTS, schema.OPINIONS, schema.ASSIGNMENTS


@dataclass(frozen=True, slots=True)
class NextNumbers:
    """What an agency's next reply and next co-opinion would be numbered."""

    reply: str
    opinion: str


def next_numbers(connection: Connection, agency: str, pack: Pack, *, year: int) -> NextNumbers | None:
    """The numbers after the highest recorded of the year; None for an agency without a prefix (发文代字)."""
    agencies = schema.AGENCIES
    prefix = connection.scalar(select(agencies.c.document_prefix).where(agencies.c.name == agency))
    if not prefix:
        return None
    series = (
        next_number(_recorded(connection, rows, agency), pattern, prefix=prefix, year=year)
        for rows, pattern in ((DRAFTS, pack.numbering.document), (OPINIONS, pack.numbering.opinion))
    )
    return NextNumbers(*series)


def _recorded(connection: Connection, rows: Any, agency: str) -> list[str]:
    same = (PARTS.c.case_id == rows.c.case_id) & (PARTS.c.no == rows.c.assignment_no)
    statement = (
        select(rows.c.document_number)
        .join(PARTS, same)
        .where(PARTS.c.agency == agency, rows.c.document_number.is_not(None))
    )
    return list(connection.scalars(statement))
