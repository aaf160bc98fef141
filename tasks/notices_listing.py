"""Notices as the command line lists them (通知): how many in each state, and each failed one in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, func, select

from models import schema
from models.notice_vocabulary import NoticeStatus
from models.rulings import proposer_recipient
from tasks.bounces import count_standing
from tasks.case_names import names_of
from tasks.database import reading
from tasks.loading import chunked
from tasks.notices_store import NOTICES, Notice, remark

PROPOSERS: Final = schema.PROPOSERS


def count_notices(made: Engine) -> dict[str, int]:
    """How many notices are in each state, in the order of a notice's life."""
    with reading(made) as connection:
        statement = select(NOTICES.c.status, func.count()).group_by(NOTICES.c.status)
        counts = {row[0]: row[1] for row in connection.execute(statement)}
    return {status.value: counts.get(status, 0) for status in NoticeStatus}


@dataclass(frozen=True, slots=True)
class Troubles:
    """What of the notices waits for a person."""

    undelivered: int
    bounced: int

    def __str__(self) -> str:
        said = []
        if self.undelivered:
            said.append(f"{self.undelivered:,} 条通知没有发出去（banli notices --failed）")
        if self.bounced:
            said.append(f"{self.bounced:,} 个邮箱有退信（banli contacts bounced）")
        return f"另有 {'、'.join(said)}。" if said else ""


def troubles(connection: Connection) -> Troubles:
    """How many notices no way could deliver, and how many addresses bounced."""
    failed = select(func.count()).where(NOTICES.c.status == NoticeStatus.FAILED)
    return Troubles(connection.scalar(failed) or 0, count_standing(connection))


def lines_of(made: Engine, notices: Sequence[Notice]) -> list[dict[str, Any]]:
    """Each notice with its case's and its recipient's names; no contact data."""
    ids = {one.case_id for one in notices}
    with reading(made) as connection:
        cases = names_of(connection, ids)
        people = _people(connection, sorted(ids))
    return [
        {
            "key": one.key,
            "case": cases[one.case_id],
            "kind": one.kind.value,
            "recipient": people.get(one.recipient, one.recipient.partition(":")[2] or one.recipient),
            "attempts": one.attempts,
            "channel": one.channel,
            "error": remark(one.error, one.doubts),
        }
        for one in notices
    ]


def _people(connection: Connection, ids: Sequence[int]) -> dict[str, str]:
    names: dict[str, str] = {}
    for chunk in chunked(ids):
        statement = select(PROPOSERS.c.case_id, PROPOSERS.c.no, PROPOSERS.c.name)
        for row in connection.execute(statement.where(PROPOSERS.c.case_id.in_(chunk))):
            names[proposer_recipient(f"{row.case_id}.{row.no}")] = row.name
    return names
