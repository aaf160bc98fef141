"""The sweep (催办): which running clocks have a reminder due, found through an index and written in sets.

Each clock's row carries the day of its next reminder, so a sweep touches only what is due and a second one on the
same day finds nothing. After any downtime the newest rung stands for those that were missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, bindparam, select, update

from models import actions as a
from models import deadlines
from models import tables as t
from models.clocks import OF_THE_OFFICE
from models.quiet import send_at
from models.rulings import OFFICE, agency_recipient, proposer_recipient
from models.values import case_ref
from models.vocabulary import (
    AssignmentStatus,
    ClockKind,
    HandlingRole,
    MessageKind,
    NoticeStatus,
    Stage,
)
from tasks.database import reading, transaction
from tasks.loading import CASES, chunked
from tasks.notices import enqueue
from tasks.world import calendar, packs

CLOCKS: Final = t.core(t.ClockRow)
PARTS: Final = t.core(t.AssignmentRow)
BATCH: Final = 2_000
"""Clocks in one transaction."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one sweep found."""

    clocks: int
    notices: int


def sweep(engine: Engine, *, today: date, at: datetime) -> Sweep:
    """Write the notices of every rung that is due and unsaid; safe to run at any time, as often as wanted."""
    clocks = notices = 0
    while True:
        with transaction(engine) as connection:
            due = reminding(connection, today, limit=BATCH)
            if not due:
                return Sweep(clocks=clocks, notices=notices)
            notices += enqueue(connection, due_rows(due, recipients_of(connection, due), today=today, at=at))
            _set_next(connection, due, today)
            clocks += len(due)


def reminding(connection: Connection, until: date, *, limit: int | None = None) -> Sequence[Any]:
    """Clocks with a reminder due on `until` or before, the longest due first."""
    statement = (
        select(
            CLOCKS.c.case_id, CLOCKS.c.no, CLOCKS.c.kind, CLOCKS.c.assignment_no, CLOCKS.c.due_on,
            CLOCKS.c.next_rung_on, CASES.c.pack,
        )
        .join(CASES, CASES.c.id == CLOCKS.c.case_id)
        .where(CLOCKS.c.next_rung_on <= until)
        .order_by(CLOCKS.c.next_rung_on, CLOCKS.c.case_id, CLOCKS.c.no)
        .limit(limit)
    )  # fmt: skip
    return connection.execute(statement).all()


@dataclass(frozen=True, slots=True)
class Recipients:
    """Whom the clocks of a batch concern: who holds each part, and whose feedback is still out."""

    holders: Mapping[tuple[int, int | None], Sequence[str]]
    awaited: Mapping[int, Sequence[str]]

    def of(self, row: Any) -> Sequence[str]:
        """The recipients of a clock's reminder."""
        if row.kind in OF_THE_OFFICE:
            return (OFFICE,)
        if row.kind is ClockKind.FEEDBACK:
            return self.awaited.get(row.case_id, ())
        return self.holders.get((row.case_id, row.assignment_no), ())


def recipients_of(connection: Connection, due: Sequence[Any]) -> Recipients:
    """Read for a whole batch whom its clocks concern."""
    return Recipients(
        holders=_holders(connection, [row for row in due if row.kind not in OF_THE_OFFICE]),
        awaited=_awaited(connection, [row.case_id for row in due if row.kind is ClockKind.FEEDBACK]),
    )


def due_rows(due: Sequence[Any], recipients: Recipients, *, today: date, at: datetime) -> list[dict[str, Any]]:
    """The notices of clocks whose reminder is due on `today`; asks nothing and writes nothing."""
    return [notice for row in due for notice in _notices(row, recipients.of(row), today=today, at=at)]


def next_on(row: Any, today: date) -> date | None:
    """The day of a clock's next reminder after `today`."""
    return deadlines.next_rung_on(packs()[row.pack].reminder_ladder, row.due_on, today, calendar=calendar())


def _holders(connection: Connection, due: Sequence[Any]) -> dict[tuple[int, int | None], list[str]]:
    """Who holds each clock: the part's agency, or the leads for a clock of the whole case (number None)."""
    found: dict[tuple[int, int | None], list[str]] = {}
    for chunk in chunked({row.case_id for row in due}):
        statement = select(PARTS.c.case_id, PARTS.c.no, PARTS.c.agency, PARTS.c.role).where(
            PARTS.c.case_id.in_(chunk), PARTS.c.status != AssignmentStatus.RETURNED
        )
        for row in connection.execute(statement):
            found.setdefault((row.case_id, row.no), []).append(agency_recipient(row.agency))
            if row.role is not HandlingRole.CO_HANDLER:
                found.setdefault((row.case_id, None), []).append(agency_recipient(row.agency))
    return found


def _awaited(connection: Connection, case_ids: Sequence[int]) -> dict[int, list[str]]:
    """Addressees who have yet to say something, by case: own proposers and those of merged cases."""
    proposers, feedback = t.core(t.ProposerRow), t.core(t.FeedbackRow)
    found: dict[int, list[str]] = {}
    for chunk in chunked(set(case_ids)):
        said = {
            (row.case_id, row.addressee)
            for row in connection.execute(
                select(feedback.c.case_id, feedback.c.addressee)
                .join(CASES, CASES.c.id == feedback.c.case_id)
                .where(feedback.c.case_id.in_(chunk), feedback.c.round == CASES.c.round)
            )
        }
        statement = (
            select(CASES.c.id, CASES.c.merged_into, proposers.c.no)
            .join(proposers, proposers.c.case_id == CASES.c.id)
            .where(CASES.c.id.in_(chunk) | CASES.c.merged_into.in_(chunk))
        )
        for row in connection.execute(statement):
            main, key = row.merged_into or row.id, f"{row.id}.{row.no}"
            if (main, key) not in said:
                found.setdefault(main, []).append(proposer_recipient(key))
    return found


def _notices(row: Any, recipients: Sequence[str], *, today: date, at: datetime) -> Iterator[dict[str, Any]]:
    if row.kind.is_window:
        return
    ladder = packs()[row.pack].reminder_ladder
    passed = [rung for rung in deadlines.rungs(ladder, row.due_on, calendar(), until=today) if rung.on <= today]
    if not passed:
        return
    rung = passed[-1]
    late = row.due_on < today
    facts = {"rung": rung.key, "text": rung.text, "clock": row.kind.value, "due_on": row.due_on.isoformat()}
    for recipient in recipients:
        kind = MessageKind.OVERDUE if late and row.kind is not ClockKind.PROMISE else MessageKind.REMINDER
        kind = MessageKind.PROMISE_DUE if row.kind is ClockKind.PROMISE else kind
        yield _row(row, kind, recipient, facts, at=at)
    escalates = deadlines.escalate_on(ladder, row.due_on, calendar()) <= today
    if late and escalates and OFFICE not in recipients and row.kind is not ClockKind.FEEDBACK:
        more = {"rung": "escalate", "held_by": list(recipients)}
        yield _row(row, MessageKind.ESCALATION, OFFICE, facts | more, at=at)


def _row(row: Any, kind: MessageKind, recipient: str, facts: dict[str, Any], *, at: datetime) -> dict[str, Any]:
    return {
        "key": f"{row.case_id}/{row.no}/{row.due_on}/{facts['rung']}/{recipient}",
        "case_id": row.case_id,
        "kind": kind,
        "recipient": recipient,
        "facts": facts,
        "clock_no": row.no,
        "valid_until_seq": None,
        "created_at": at,
        "not_before_at": send_at(at, packs()[row.pack], calendar()),
        "status": NoticeStatus.WAITING,
        "attempts": 0,
    }


def _set_next(connection: Connection, due: Sequence[Any], today: date) -> None:
    statement = (
        update(CLOCKS)
        .where(CLOCKS.c.case_id == bindparam("key_case"), CLOCKS.c.no == bindparam("key_no"))
        .values(next_rung_on=bindparam("next_on"))
    )
    rows = [{"key_case": row.case_id, "key_no": row.no, "next_on": next_on(row, today)} for row in due]
    connection.execute(statement, rows)


def closing_windows(connection: Connection, before: date) -> Sequence[Any]:
    """Feedback windows that still run although their last day lies before `before`."""
    statement = (
        select(CASES.c.id, CASES.c.session, CASES.c.in_recess, CASES.c.number, CLOCKS.c.no, CLOCKS.c.due_on)
        .join(CLOCKS, CLOCKS.c.case_id == CASES.c.id)
        .where(
            CASES.c.stage == Stage.REPLIED,
            CLOCKS.c.kind == ClockKind.FEEDBACK,
            CLOCKS.c.stopped_on.is_(None),
            CLOCKS.c.superseded.is_(False),
            CLOCKS.c.due_on < before,
        )
        .order_by(CLOCKS.c.due_on, CASES.c.id)
    )
    return connection.execute(statement).all()


def silent_cases(engine: Engine, today: date) -> list[a.CloseFeedback]:
    """Cases whose feedback window is over: what was not said is recorded as not said."""
    with reading(engine) as connection:
        return [
            a.CloseFeedback(
                case=case_ref(row.session, row.number, in_recess=row.in_recess),
                by=a.SYSTEM,
                key=f"silent:{row.id}:{row.no}",
            )
            for row in closing_windows(connection, today)
        ]
