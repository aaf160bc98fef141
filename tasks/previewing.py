"""What will be sent in the next days (预告), to whom, why and on which way; nothing is sent, nothing is written.

Day by day the sweep's own functions say which reminders fall due, and the delivery's own say what still applies and
what goes out together, as things stand now: whatever somebody does meanwhile changes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, and_, or_, select

from models.notice_vocabulary import MessageKind, NoticeStatus
from models.quiet import send_at
from models.rulings import agency_recipient
from models.steps.feedback import awaited
from models.vocabulary import ClockKind
from notifications.messages import NoticeFacts
from tasks import clock, deadlines, reminders
from tasks.loading import CASES, chunked, load_cases
from tasks.notice_facts import FactsReader
from tasks.notice_validity import REMINDERS
from tasks.notices import in_messages
from tasks.notices_store import NOTICES, Notice
from tasks.world import calendar, packs

_C = NOTICES.c
_OF_NOTICE: Final = tuple(Notice.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Planned:
    """One notice that will be sent on a day, and why."""

    on: date
    kind: MessageKind
    recipient: str
    name: str
    channel: str
    case: str
    title: str
    clock: ClockKind | None
    due_on: date | None
    provisional: bool
    why: str
    waits: bool
    """Whether it is written already and only waits for its time; else the sweep of that morning will write it."""
    key: str


@dataclass(frozen=True, slots=True)
class Closing:
    """A feedback window that ends (反馈期满): who has kept silent is recorded as silent."""

    on: date
    case: str
    title: str
    due_on: date
    silent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """The days to come."""

    from_on: date
    until_on: date
    notices: tuple[Planned, ...]
    closings: tuple[Closing, ...]
    messages: int
    """Several notices to one recipient may go out as one message."""
    by_channel: dict[str, int]
    """Notices for each channel."""


@dataclass
class _Pending:
    """One notice on its way: `at` is when it may go."""

    notice: Notice
    at: datetime
    waits: bool


@dataclass
class _Course:
    """The days gone through so far."""

    connection: Connection
    now: datetime
    channel_of: Callable[[str], str]
    office: str
    pending: list[_Pending]
    seen: set[str]
    over: set[tuple[int, int]] = field(default_factory=set)
    """Feedback clocks that will have been closed."""
    planned: list[Planned] = field(default_factory=list)
    messages: int = 0


def preview(
    connection: Connection,
    *,
    now: datetime,
    days: int,
    channel_of: Callable[[str], str],
    agency: str | None = None,
    office: str = "督办单位",
) -> Forecast:
    """Go through the days from today on, `days` days ahead; `channel_of` names a recipient's first way.

    With `agency`: only what concerns that agency.
    """
    today = now.astimezone(clock.BEIJING).date()
    until = today + timedelta(days=days)
    due = list(reminders.reminding(connection, until))
    recipients = reminders.recipients_of(connection, due)
    next_on = {(row.case_id, row.no): row.next_rung_on for row in due}
    windows = list(deadlines.closing_windows(connection, until))
    pending = list(_waiting(connection, now))
    course = _Course(connection, now, channel_of, office, pending, _written(connection, {row.case_id for row in due}))
    closings: list[tuple[date, Any]] = []
    for day in (today + timedelta(days=number) for number in range(days + 1)):
        if calendar().is_workday(day):
            ended = [row for row in windows if row.due_on < day and (row.id, row.no) not in course.over]
            closings += [(day, row) for row in ended]
            course.over |= {(row.id, row.no) for row in ended}
            reached = [row for row in due if _is_due(row, next_on[row.case_id, row.no], day, course.over)]
            rows = reminders.due_rows(reached, recipients, today=day, at=max(now, clock.morning_of(day)))
            course.pending += _to_write(rows, course.seen)
            next_on |= {(row.case_id, row.no): reminders.next_on(row, day) for row in reached}
        _deliver(course, day, agency)
    return Forecast(
        from_on=today,
        until_on=until,
        notices=tuple(course.planned),
        closings=tuple(_closings(connection, closings, agency)),
        messages=course.messages,
        by_channel=dict(Counter(one.channel for one in course.planned).most_common()),
    )


def _is_due(row: Any, next_on: date | None, day: date, over: set[tuple[int, int]]) -> bool:
    return next_on is not None and next_on <= day and (row.case_id, row.no) not in over


def _waiting(connection: Connection, now: datetime) -> Iterator[_Pending]:
    """What is written and not sent; also what a deliverer that died had in hand."""
    left = and_(_C.status == NoticeStatus.SENDING, _C.claimed_until < now)
    columns = [_C[name] for name in _OF_NOTICE]
    statement = (
        select(*columns, _C.not_before_at, CASES.c.pack)
        .join(CASES, CASES.c.id == _C.case_id)
        .where(or_(_C.status == NoticeStatus.WAITING, left))
        .order_by(_C.not_before_at, _C.created_at, _C.key)
    )
    for row in connection.execute(statement):
        notice = Notice(**{name: getattr(row, name) for name in _OF_NOTICE})
        at = send_at(max(now, row.not_before_at), packs()[row.pack], calendar())
        yield _Pending(notice, at, waits=True)


def _written(connection: Connection, case_ids: Iterable[int]) -> set[str]:
    """Keys of reminders there are already, sent or not: none is written twice."""
    found: set[str] = set()
    for chunk in chunked(case_ids):
        statement = select(_C.key).where(_C.case_id.in_(chunk), _C.clock_no.is_not(None))
        found.update(connection.scalars(statement))
    return found


def _to_write(rows: Sequence[dict[str, Any]], seen: set[str]) -> Iterator[_Pending]:
    unsent: dict[str, Any] = {"channel": None, "error": None, "claimed_by": None}
    for row in rows:
        if row["key"] not in seen:
            seen.add(row["key"])
            notice = Notice(**unsent | {name: row[name] for name in _OF_NOTICE if name in row})
            yield _Pending(notice, row["not_before_at"], waits=False)


def _deliver(course: _Course, day: date, agency: str | None) -> None:
    """What goes out on a day, as the delivery would decide it."""
    ready = [one for one in course.pending if one.at.astimezone(clock.BEIJING).date() <= day]
    if not ready:
        return
    course.pending = [one for one in course.pending if one.at.astimezone(clock.BEIJING).date() > day]
    notices = [one.notice for one in ready if not _is_over(one.notice, course.over)]
    facts = FactsReader(today=day, office=course.office)(course.connection, notices)
    found = [(notice, said) for notice, said in zip(notices, facts, strict=True) if said and _concerns(notice, agency)]
    waits = {one.notice.key for one in ready if one.waits}
    course.messages += len(in_messages(found))
    planned = [_planned(course, day, notice, said=said, waits=notice.key in waits) for notice, said in found]
    course.planned += sorted(planned, key=lambda one: (one.recipient, one.due_on or date.max, one.case, one.kind))


def _is_over(notice: Notice, over: set[tuple[int, int]]) -> bool:
    return notice.kind in REMINDERS and (notice.case_id, notice.clock_no) in over


def _concerns(notice: Notice, agency: str | None) -> bool:
    return agency is None or notice.recipient.partition("#")[0] == agency_recipient(agency)


def _planned(course: _Course, day: date, notice: Notice, *, said: NoticeFacts, waits: bool) -> Planned:
    return Planned(
        on=day,
        kind=said.kind,
        recipient=said.recipient,
        name=said.recipient_name,
        channel=notice.channel or course.channel_of(notice.recipient),
        case=said.ref,
        title=said.title,
        clock=said.clock,
        due_on=said.due_on,
        provisional=said.provisional,
        why=_why(notice, said),
        waits=waits,
        key=notice.key,
    )


def _why(notice: Notice, said: NoticeFacts) -> str:
    if notice.kind in REMINDERS and said.due_on:
        return f"{said.clock}期限{said.due_on}{'（暂定）' if said.provisional else ''}，{said.left}"
    written_on = notice.created_at.astimezone(clock.BEIJING).date()
    return f"{written_on}登记，尚未发出"


def _closings(connection: Connection, found: Sequence[tuple[date, Any]], agency: str | None) -> Iterator[Closing]:
    cases = load_cases(connection, {row.id for _, row in found})
    for day, row in found:
        case = cases[row.id]
        if agency is None or any(part.agency == agency for part in case.open_assignments):
            silent = tuple(one.proposer.name for one in awaited(case))
            yield Closing(on=day, case=case.ref, title=case.title, due_on=row.due_on, silent=silent)
