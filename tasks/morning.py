"""What the office must see today (晨报): cases that are due, late, unsigned or waiting; failed notices, bounces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, Engine, select

from models import schema
from models.decisions import DecisionKind
from models.lifecycle import ENDS, STEP_OF
from models.vocabulary import AssignmentStatus, Light
from tasks.bounces import standing
from tasks.database import reading
from tasks.decisions import waiting
from tasks.labelling import short_title
from tasks.loading import CASES
from tasks.notice_duties import names_of
from tasks.notices import failed
from tasks.notices_listing import lines_of
from tasks.worklist import Holder, WorkItem, worklist
from tasks.world import calendar

PARTS: Final = schema.ASSIGNMENTS
UNSIGNED_WORKDAYS: Final = 3
"""Working days after an assignment, today included, from which an agency that has not signed for it is named."""

REVIEWS: Final = 200
"""Publication reviews listed; from three on one form answers as many."""
_SELDOM: Final = frozenset({"并案", "撤销并案", "撤回公开", "退回补正"})
"""What may be done with a case but is hardly what it waits for."""


class Section(StrEnum):
    """The parts of the morning's table, in the order of what presses most; a case stands in the first that fits."""

    TODAY = "今日必办"
    LATE = "逾期"
    UNSIGNED = "无人签收"
    SOON = "将逾期"
    OFFICE = "等待本办决定"
    FAILED = "失败的通知"
    BOUNCED = "退信的邮箱"


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a case, or a notice that reached nobody. `flow` and `action` name the form that moves it on."""

    section: Section
    case: str
    number: str
    title: str
    holders: tuple[str, ...]
    stage: str = ""
    due_on: date | None = None
    left: str = ""
    light: Light | None = None
    flow: str = ""
    action: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """What one agency holds now."""

    agency: str
    open: int
    late: int


@dataclass(frozen=True, slots=True)
class Morning:
    """One working morning: the lines by section, and the counts of everything open."""

    today: date
    rows: tuple[Row, ...]
    open_cases: int
    lights: Mapping[str, int]
    loads: tuple[Load, ...] = ()
    unsigned: tuple[tuple[str, int], ...] = ()
    """How many cases each agency has not signed for."""

    @property
    def counts(self) -> dict[Section, int]:
        """How many lines each section has."""
        found = Counter(row.section for row in self.rows)
        return {section: found[section] for section in Section}

    @property
    def headline(self) -> str:
        """`今日必办3，逾期2，…`; what is empty is left out."""
        said = "，".join(f"{section}{count}" for section, count in self.counts.items() if count)
        return said or "今天没有要办的事项"


def morning(engine: Engine, today: date) -> Morning:
    """Look at everything open once. Raises: UnavailableError when the database cannot be read."""
    with reading(engine) as connection:
        items, _ = worklist(connection, today)
        unsigned = _unsigned(connection, today)
        rows = [row for item in items if (row := _row(item, today, unsigned.get(item.case_id, ())))]
        rows += _beside(connection, today, listed={row.case for row in rows})
    order = list(Section)
    rows.sort(key=lambda row: (order.index(row.section), row.due_on or date.max))
    lights = Counter(item.due.light.value if item.due else "无期限" for item in items)
    return Morning(
        today=today,
        rows=(*rows, *_failed(engine), *_bounced(engine)),
        open_cases=len(items),
        lights={word: lights[word] for word in (*(one.value for one in reversed(Light)), "无期限") if lights[word]},
        loads=_loads(items),
        unsigned=tuple(Counter(agency for parts in unsigned.values() for agency, _ in parts).most_common()),
    )


def _row(item: WorkItem, today: date, unsigned: Sequence[tuple[str, int]]) -> Row | None:
    section = _section(item, today, unsigned=bool(unsigned))
    if section is None:
        return None
    action = next((one for one in item.actions if one not in _SELDOM), next(iter(item.actions), ""))
    return Row(
        section=section,
        case=item.case,
        number=item.number,
        title=short_title(item.title),
        holders=item.holders,
        stage=item.stage.value,
        due_on=item.due.due_on if item.due else None,
        left=item.due.words if item.due else "",
        light=item.due.light if item.due else None,
        flow=STEP_OF[action].flow if action in STEP_OF else "",
        action=action,
        note="；".join(f"{agency}交办{days}个工作日未签收" for agency, days in unsigned),
    )


def _beside(connection: Connection, today: date, *, listed: Collection[str]) -> list[Row]:
    """Publication reviews (公开审查): they wait for the office while the case is in another's hands, or in nobody's."""
    found, _ = waiting(connection, today, DecisionKind.PUBLICATION, limit=REVIEWS)
    return [
        Row(
            section=Section.OFFICE,
            case=one.case.ref,
            number=one.case.number,
            title=short_title(one.case.title),
            holders=(Holder.OFFICE.value,),
            stage=one.case.stage.value,
            due_on=one.due.due_on if one.due else None,
            left=one.due.words if one.due else "",
            light=one.due.light if one.due else None,
            flow=STEP_OF[one.kind].flow,
            action=one.kind.value,
        )
        for one in found
        if one.case.ref not in listed
    ]


def _section(item: WorkItem, today: date, *, unsigned: bool) -> Section | None:
    """The first part of the table that fits."""
    due, ours = item.due, item.held_by is Holder.OFFICE
    fits = (
        (Section.TODAY, due is not None and (due.due_on == today or (ours and due.due_on < today))),
        (Section.LATE, due is not None and due.is_late),
        (Section.UNSIGNED, unsigned),
        (Section.SOON, due is not None and due.light is not Light.GREEN),
        (Section.OFFICE, ours),
    )
    return next((section for section, true in fits if true), None)


def _unsigned(connection: Connection, today: date) -> dict[int, list[tuple[str, int]]]:
    """Agencies that were given a case so many working days ago and have not signed for it, by case."""
    statement = (
        select(PARTS.c.case_id, PARTS.c.agency, PARTS.c.assigned_on)
        .join(CASES, CASES.c.id == PARTS.c.case_id)
        .where(PARTS.c.status == AssignmentStatus.ASSIGNED, CASES.c.stage.not_in(sorted(ENDS)))
        .order_by(PARTS.c.case_id, PARTS.c.no)
    )
    known = calendar()
    found: dict[int, list[tuple[str, int]]] = {}
    for row in connection.execute(statement):
        days = known.count(row.assigned_on, today)
        if days >= UNSIGNED_WORKDAYS:
            found.setdefault(row.case_id, []).append((row.agency, days))
    return found


def _failed(engine: Engine) -> list[Row]:
    """Notices that no way could deliver. Why is told by `banli notices --failed`: a refusal may quote an address."""
    return [
        Row(
            Section.FAILED,
            line["case"],
            line["case"].rpartition("/")[2],
            line["kind"],
            (line["recipient"],),
            note=f"试过{line['attempts']}次",
        )
        for line in lines_of(engine, failed(engine))
    ]


def _bounced(engine: Engine) -> list[Row]:
    """Recipients with addresses that bounce, which `banli contacts bounced` names."""
    with reading(engine) as connection:
        found = standing(connection)
        names = names_of(connection, {one.recipient for one in found})
    return [
        Row(Section.BOUNCED, "", "", "邮箱退信", (names[recipient],), note=f"{count}个，见 banli contacts bounced")
        for recipient, count in Counter(one.recipient for one in found).items()
    ]


def _loads(items: Sequence[WorkItem]) -> tuple[Load, ...]:
    """Agencies by what they hold, the fullest first."""
    held: Counter[str] = Counter()
    late: Counter[str] = Counter()
    for item in items:
        if item.held_by is Holder.AGENCY:
            held.update(item.holders)
            late.update(item.holders if item.due and item.due.is_late else ())
    return tuple(Load(agency, count, late[agency]) for agency, count in held.most_common())
