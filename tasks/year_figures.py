"""What a rehearsed year came to (演练结果): lateness, load and notices, read from its records."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any, Final

from sqlalchemy import Engine, select

from models import schema
from models.notice_vocabulary import NoticeStatus
from models.rulings import agency_recipient
from models.vocabulary import AssignmentStatus, ClockKind, HandlingRole, Stage
from notifications.audiences import Audience, read_recipient
from tasks import clock
from tasks.database import reading
from tasks.loading import CASES
from tasks.notices_store import NOTICES
from tasks.world import calendar
from tasks.year import Diary, Plan

RIGHTS: Final = frozenset({ClockKind.OBJECTION, ClockKind.FEEDBACK})
"""Terms that bound a right: nobody is late by keeping silent."""
SHOWN_PEAKS: Final = 10


@dataclass(frozen=True, slots=True)
class Lateness:
    """One kind of deadline; lengths in working days after the last permitted day."""

    kind: ClockKind
    in_time: int
    late: int
    open_late: int
    """Still not done on the last day, and over."""
    open: int
    """Still running, not over."""
    median_late_workdays: float | None
    most_late_workdays: int | None


@dataclass(frozen=True, slots=True)
class Week:
    """One week, named by its Monday."""

    from_on: date
    received: int
    replied: int
    open_cases: int
    """At the week's end."""
    actions: int
    notices: dict[str, int]
    """By audience."""
    messages: int


@dataclass(frozen=True, slots=True)
class Load:
    """One agency's year."""

    agency: str
    led: int
    co_handled: int
    late: int
    """Deadlines of its cases that it missed as the lead or as a co-handler."""
    most_open: int
    """Open cases led at the end of its fullest week."""
    notices: int
    messages: int


@dataclass(frozen=True, slots=True)
class Peak:
    """A recipient's fullest week."""

    name: str
    week_on: date
    notices: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The whole year."""

    from_on: date
    until_on: date
    cases: int
    seed: int
    pack: str
    by_stage: dict[str, int]
    lateness: tuple[Lateness, ...]
    weeks: tuple[Week, ...]
    agencies: tuple[Load, ...]
    by_channel: dict[str, int]
    """Notices sent."""
    by_kind: dict[str, int]
    messages: int
    """After grouping."""
    peaks: tuple[Peak, ...]
    refused: dict[str, int]
    """Actions the rules refused, with the reason; a good rehearsal has none."""


def monday(day: date) -> date:
    """The week of a day."""
    return day - timedelta(days=day.weekday())


def figures(engine: Engine, diary: Diary, plan: Plan) -> Figures:
    """Read the year."""
    with reading(engine) as connection:
        cases = connection.execute(select(CASES.c.id, CASES.c.stage, CASES.c.received_on, CASES.c.replied_on)).all()
        clocks = connection.execute(select(schema.CLOCKS)).all()
        parts = connection.execute(select(schema.ASSIGNMENTS)).all()
        sent = connection.execute(
            select(NOTICES.c.recipient, NOTICES.c.kind, NOTICES.c.channel, NOTICES.c.sent_at).where(
                NOTICES.c.status == NoticeStatus.SENT
            )
        ).all()
        proposers = {f"{row.case_id}.{row.no}": row.name for row in connection.execute(select(schema.PROPOSERS))}
    weekly = Counter((row.recipient, monday(row.sent_at.astimezone(clock.BEIJING).date())) for row in sent)
    stages = Counter(row.stage for row in cases)
    return Figures(
        from_on=plan.from_on,
        until_on=plan.until_on,
        cases=plan.cases,
        seed=plan.seed,
        pack=plan.pack,
        by_stage={stage.value: stages[stage] for stage in Stage if stage in stages},
        lateness=tuple(_lateness(clocks, plan.until_on)),
        weeks=tuple(_weeks(cases, diary, weekly, plan)),
        agencies=tuple(_loads(parts, clocks, diary, weekly, until_on=plan.until_on)),
        by_channel=dict(Counter(row.channel for row in sent).most_common()),
        by_kind={kind.value: count for kind, count in Counter(row.kind for row in sent).most_common()},
        messages=sum(diary.messages.values()),
        peaks=tuple(_peaks(weekly, proposers)),
        refused=dict(diary.refused.most_common()),
    )


def _late_on(row: Any, until_on: date) -> bool:
    return bool((row.stopped_on or until_on) > row.due_on)


def _lateness(clocks: Iterable[Any], until_on: date) -> Iterable[Lateness]:
    found: dict[ClockKind, list[Any]] = defaultdict(list)
    for row in clocks:
        if not row.superseded and row.kind not in RIGHTS:
            found[row.kind].append(row)
    for kind in (kind for kind in ClockKind if kind in found):
        rows = found[kind]
        over = [row for row in rows if _late_on(row, until_on)]
        lengths = [calendar().count(row.due_on, row.stopped_on or until_on) for row in over]
        yield Lateness(
            kind=kind,
            in_time=sum(1 for row in rows if row.stopped_on and row not in over),
            late=sum(1 for row in over if row.stopped_on),
            open_late=sum(1 for row in over if not row.stopped_on),
            open=sum(1 for row in rows if not row.stopped_on and row not in over),
            median_late_workdays=median(lengths) if lengths else None,
            most_late_workdays=max(lengths, default=None),
        )


def _weeks(cases: Iterable[Any], diary: Diary, weekly: Mapping[tuple[str, date], int], plan: Plan) -> Iterable[Week]:
    cases = list(cases)
    received = Counter(monday(row.received_on) for row in cases)
    replied = Counter(monday(row.replied_on) for row in cases if row.replied_on)
    actions: Counter[date] = Counter()
    for day, count in diary.actions.items():
        actions[monday(day)] += count
    messages: Counter[date] = Counter()
    for (day, _), count in diary.messages.items():
        messages[monday(day)] += count
    notices: dict[date, Counter[str]] = defaultdict(Counter)
    for (recipient, week), count in weekly.items():
        notices[week][read_recipient(recipient).audience.value] += count
    first = monday(plan.from_on)
    for number in range((monday(plan.until_on) - first).days // 7 + 1):
        week = first + timedelta(weeks=number)
        yield Week(
            from_on=week,
            received=received[week],
            replied=replied[week],
            open_cases=sum(diary.open_on.get(week, Counter()).values()),
            actions=actions[week],
            notices={one.value: notices[week][one.value] for one in Audience},
            messages=messages[week],
        )


def _loads(
    parts: Iterable[Any],
    clocks: Iterable[Any],
    diary: Diary,
    weekly: Mapping[tuple[str, date], int],
    *,
    until_on: date,
) -> Iterable[Load]:
    held = [row for row in parts if row.status is not AssignmentStatus.RETURNED]
    leads = {row.case_id: row.agency for row in held if row.role is not HandlingRole.CO_HANDLER}
    by_part = {(row.case_id, row.no): row.agency for row in held}
    late: Counter[str] = Counter()
    for row in clocks:
        if not row.superseded and row.kind in OF_AGENCIES and _late_on(row, until_on):
            late[by_part.get((row.case_id, row.assignment_no)) or leads.get(row.case_id, "")] += 1
    led, helped = Counter(leads.values()), Counter(r.agency for r in held if r.role is HandlingRole.CO_HANDLER)
    messages: Counter[str] = Counter()
    for (_, recipient), count in diary.messages.items():
        messages[recipient.partition("#")[0]] += count
    for agency in sorted({*led, *helped}, key=lambda name: (-led[name], name)):
        own = agency_recipient(agency)
        yield Load(
            agency=agency,
            led=led[agency],
            co_handled=helped[agency],
            late=late[agency],
            most_open=max((counts[agency] for counts in diary.open_on.values()), default=0),
            notices=sum(count for (recipient, _), count in weekly.items() if recipient.partition("#")[0] == own),
            messages=messages[own],
        )


OF_AGENCIES: Final = frozenset(
    {
        ClockKind.FIRST_CONTACT, ClockKind.CO_OPINION, ClockKind.CO_OPINION_REDO, ClockKind.REPLY,
        ClockKind.INTERIM_REPLY, ClockKind.REDO, ClockKind.PROMISE, ClockKind.REPORT,
    }
)  # fmt: skip
"""Deadlines an agency answers for; the rest are the office's."""


def _peaks(weekly: Mapping[tuple[str, date], int], proposers: Mapping[str, str]) -> Iterable[Peak]:
    fullest: dict[str, Peak] = {}
    for (recipient, week), count in sorted(weekly.items(), key=lambda item: (item[0][1], item[0][0])):
        who = read_recipient(recipient)
        name = proposers.get(who.name, "") if who.audience is Audience.PROPOSER else who.name or "督办单位"
        if recipient not in fullest or count > fullest[recipient].notices:
            fullest[recipient] = Peak(name, week, count)
    return sorted(fullest.values(), key=lambda one: -one.notices)[:SHOWN_PEAKS]
