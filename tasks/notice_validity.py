"""Which notices still apply when their turn comes (通知的时效): the case has moved on, the clock stands, a later one says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from models.notice_vocabulary import MessageKind, NoticeStatus
from tasks.loading import chunked
from tasks.notice_records import Records
from tasks.notices_store import NOTICES, Notice

_M, _N = MessageKind, NOTICES
REMINDERS: Final = frozenset({_M.REMINDER, _M.OVERDUE, _M.ESCALATION, _M.PROMISE_DUE})
"""What only makes sense while its clock runs."""


def applying(connection: Connection, notices: Sequence[Notice], records: Records) -> list[Notice]:
    """Those that still say something true and new, in order."""
    latest, newest = _latest_reminders(notices), _newest_reminders(connection, notices)
    return [
        n for n in notices
        if _applies(n, records) and latest.get(_rung(n), n.key) == n.key
        and newest.get(_rung(n), n.created_at) <= n.created_at
    ]  # fmt: skip


def _applies(notice: Notice, records: Records) -> bool:
    if notice.valid_until_seq is not None and records.cases[notice.case_id].history_length > notice.valid_until_seq:
        return False
    if notice.kind not in REMINDERS or notice.clock_no is None:
        return True
    return any(c.no == notice.clock_no and runs(c) for c in records.clocks[notice.case_id])


def runs(clock: Row[Any]) -> bool:
    """Whether a clock still runs."""
    return clock.stopped_on is None and not clock.superseded


def _rung(notice: Any) -> tuple[int, int | None, str, str]:
    """Rungs of one clock for one recipient: after a standstill only the last of them is said."""
    if notice.kind not in REMINDERS or notice.clock_no is None:
        return notice.case_id, None, notice.recipient, notice.key
    group = "升级" if notice.kind is _M.ESCALATION else "催办"
    return notice.case_id, notice.clock_no, notice.recipient, group


def _latest_reminders(notices: Sequence[Notice]) -> Mapping[tuple[int, int | None, str, str], str]:
    """The newest notice of each clock and recipient."""
    return {_rung(n): n.key for n in sorted(notices, key=lambda n: (n.created_at, n.key))}


def _newest_reminders(
    connection: Connection, notices: Sequence[Notice]
) -> Mapping[tuple[int, int | None, str, str], datetime]:
    """When the newest reminder of each clock and recipient was written, be it in this claim, in another or sent."""
    newest: dict[tuple[int, int | None, str, str], datetime] = {}
    cases = {n.case_id for n in notices if n.kind in REMINDERS and n.clock_no is not None}
    columns = (_N.c.case_id, _N.c.clock_no, _N.c.recipient, _N.c.kind)
    for chunk in chunked(cases):
        statement = (
            select(*columns, func.max(_N.c.created_at).label("created_at"))
            .where(_N.c.case_id.in_(chunk), _N.c.clock_no.is_not(None), _N.c.kind.in_(REMINDERS))
            .where(_N.c.status.not_in({NoticeStatus.FAILED, NoticeStatus.EXPIRED}))
            .group_by(*columns)
        )
        for row in connection.execute(statement):
            newest[_rung(row)] = max(row.created_at, newest.get(_rung(row), row.created_at))
    return newest
