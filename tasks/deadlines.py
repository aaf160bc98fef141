"""The sweep (催办): which running clocks have a reminder due, found through an index and written in sets.

Each clock's row carries the day of its next reminder, so a sweep touches only what is due and a second one on the
same day finds nothing. After any downtime the newest rung stands for those that were missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, bindparam, select, update

from models import actions as a
from models import deadlines
from models import tables as t
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
OF_THE_OFFICE: Final = frozenset(
    {ClockKind.ACCEPTANCE, ClockKind.ASSIGNMENT, ClockKind.REASSIGNMENT, ClockKind.PUBLICATION, ClockKind.REPORT}
)


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
            due = _due(connection, today)
            if not due:
                return Sweep(clocks=clocks, notices=notices)
            holders = _holders(connection, [row for row in due if row.kind not in OF_THE_OFFICE])
            awaited = _awaited(connection, [row.case_id for row in due if row.kind is ClockKind.FEEDBACK])
            rows: list[dict[str, Any]] = []
            for row in due:
                rows += _notices(row, holders, awaited, today=today, at=at)
            notices += enqueue(connection, rows)
            _set_next(connection, due, today)
            clocks += len(due)


def _due(connection: Connection, today: date) -> Sequence[Any]:
    statement = (
        select(
            CLOCKS.c.case_id, CLOCKS.c.no, CLOCKS.c.kind, CLOCKS.c.assignment_no, CLOCKS.c.due_on,
            CASES.c.pack, CASES.c.history_length, CASES.c.round,
        )
        .join(CASES, CASES.c.id == CLOCKS.c.case_id)
        .where(CLOCKS.c.next_rung_on <= today)
        .order_by(CLOCKS.c.next_rung_on, CLOCKS.c.case_id, CLOCKS.c.no)
        .limit(BATCH)
    )  # fmt: skip
    return connection.execute(statement).all()


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


def _notices(
    row: Any,
    holders: dict[tuple[int, int | None], list[str]],
    awaited: dict[int, list[str]],
    *,
    today: date,
    at: datetime,
) -> Iterator[dict[str, Any]]:
    if row.kind.is_window:
        return
    ladder = packs()[row.pack].reminder_ladder
    passed = [rung for rung in deadlines.rungs(ladder, row.due_on, calendar(), until=today) if rung.on <= today]
    if not passed:
        return
    rung = passed[-1]
    late = row.due_on < today
    recipients = (
        [OFFICE] if row.kind in OF_THE_OFFICE
        else awaited.get(row.case_id, []) if row.kind is ClockKind.FEEDBACK
        else holders.get((row.case_id, row.assignment_no), [])
    )  # fmt: skip
    facts = {"rung": rung.key, "text": rung.text, "clock": row.kind.value, "due_on": row.due_on.isoformat()}
    for recipient in recipients:
        kind = MessageKind.OVERDUE if late and row.kind is not ClockKind.PROMISE else MessageKind.REMINDER
        kind = MessageKind.PROMISE_DUE if row.kind is ClockKind.PROMISE else kind
        yield _row(row, kind, recipient, facts, at=at)
    escalates = deadlines.escalate_on(ladder, row.due_on, calendar()) <= today
    if late and escalates and OFFICE not in recipients and row.kind is not ClockKind.FEEDBACK:
        yield _row(row, MessageKind.ESCALATION, OFFICE, facts | {"rung": "escalate", "held_by": recipients}, at=at)


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
        "not_before_at": at,
        "status": NoticeStatus.WAITING,
        "attempts": 0,
    }


def _set_next(connection: Connection, due: Sequence[Any], today: date) -> None:
    statement = (
        update(CLOCKS)
        .where(CLOCKS.c.case_id == bindparam("key_case"), CLOCKS.c.no == bindparam("key_no"))
        .values(next_rung_on=bindparam("next_on"))
    )
    rows = [
        {
            "key_case": row.case_id,
            "key_no": row.no,
            "next_on": deadlines.next_rung_on(
                packs()[row.pack].reminder_ladder, row.due_on, today, calendar=calendar()
            ),
        }
        for row in due
    ]
    connection.execute(statement, rows)


def silent_cases(engine: Engine, today: date) -> list[a.CloseFeedback]:
    """Cases whose feedback window is over: what was not said is recorded as not said."""
    statement = (
        select(CASES.c.id, CASES.c.session, CASES.c.in_recess, CASES.c.number, CLOCKS.c.no)
        .join(CLOCKS, CLOCKS.c.case_id == CASES.c.id)
        .where(
            CASES.c.stage == Stage.REPLIED,
            CLOCKS.c.kind == ClockKind.FEEDBACK,
            CLOCKS.c.stopped_on.is_(None),
            CLOCKS.c.superseded.is_(False),
            CLOCKS.c.due_on < today,
        )
    )
    with reading(engine) as connection:
        return [
            a.CloseFeedback(
                case=case_ref(row.session, row.number, in_recess=row.in_recess),
                by=a.SYSTEM,
                key=f"silent:{row.id}:{row.no}",
            )
            for row in connection.execute(statement)
        ]
