"""Reminders one by one (催办): the running clocks a day reaches, whom each concerns, and the notices it brings.

The preview goes through days to come with these; the sweep writes the same rows in sets (`tasks/deadlines.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from models import reminding as rules
from models import schema
from models.clocks import OF_THE_OFFICE
from models.notice_vocabulary import MessageKind, NoticeStatus
from models.quiet import send_at
from models.rulings import OFFICE, agency_recipient, escalation_recipients, proposer_recipient
from models.vocabulary import AssignmentStatus, ClockKind, HandlingRole
from tasks.loading import CASES, chunked
from tasks.world import calendar, packs

CLOCKS: Final = schema.CLOCKS
PARTS: Final = schema.ASSIGNMENTS
ESCALATED: Final = "escalate"
"""The rung of a notice by which a case goes up."""


def reminding(connection: Connection, until: date) -> Sequence[Any]:
    """Clocks with a reminder due on `until` or before, the longest due first."""
    statement = (
        select(
            CLOCKS.c.case_id, CLOCKS.c.no, CLOCKS.c.kind, CLOCKS.c.assignment_no, CLOCKS.c.due_on,
            CLOCKS.c.next_rung_on, CASES.c.pack,
        )
        .join(CASES, CASES.c.id == CLOCKS.c.case_id)
        .where(CLOCKS.c.next_rung_on <= until)
        .order_by(CLOCKS.c.next_rung_on, CLOCKS.c.case_id, CLOCKS.c.no)
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
    return rules.next_on(packs()[row.pack].reminder_ladder, row.due_on, today=today, calendar=calendar())


def facts_of(spoken: rules.Said, kind: ClockKind, due_on: date) -> dict[str, Any]:
    """What a reminder's row says beside its columns."""
    return {"rung": spoken.rung.key, "text": spoken.rung.text, "clock": kind.value, "due_on": due_on.isoformat()}


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
    proposers, feedback = schema.PROPOSERS, schema.FEEDBACK
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
    ladder = packs()[row.pack].reminder_ladder
    spoken = rules.said(ladder, row.kind, row.due_on, today=today, calendar=calendar())
    if spoken is None:
        return
    facts = facts_of(spoken, row.kind, row.due_on)
    for recipient in recipients:
        yield _row(row, spoken.kind, recipient, facts, at=at)
    for recipient in escalation_recipients(spoken.higher, recipients):
        yield _row(row, MessageKind.ESCALATION, recipient, facts | {"rung": ESCALATED}, at=at)


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
