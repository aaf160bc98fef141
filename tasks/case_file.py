"""One case as the office reads it on paper (案卷): behind `banli show` and `banli explain`. No proposer's contacts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, select

from models import schema
from models.errors import Fault, InputError
from models.notice_vocabulary import NoticeStatus
from models.rulings import OFFICE, proposer_recipient
from models.values.case import Case
from models.values.handling import Clock
from models.vocabulary import Role
from models.waiting import waits_for
from tasks.case_entries import Entry, Viewer, entries
from tasks.explaining import steps_of
from tasks.loading import load_cases, resolve
from tasks.notices_store import remark
from tasks.worklist import Due, due_of, holder_actions
from tasks.world import world_on

NOTICES: Final = schema.NOTICES


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice: what was said to whom, and what became of it."""

    kind: str
    recipient: str
    status: NoticeStatus
    created_at: datetime
    sent_at: datetime | None
    channel: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything to know about a case, short of its texts."""

    case: Case
    holders: tuple[str, ...]
    actions: tuple[str, ...]
    dues: Mapping[int, Due]
    """How near each running clock is, by its number."""
    entries: tuple[Entry, ...]
    notices: tuple[NoticeLine, ...]

    def agency_of(self, clock: Clock) -> str:
        """Whose clock it is; empty for the whole case's."""
        return next((part.agency for part in self.case.assignments if part.no == clock.assignment_no), "")


@dataclass(frozen=True, slots=True)
class Reasons:
    """One clock and how its date came about."""

    clock: Clock
    agency: str
    due: Due | None
    """How near it is; None for one that has stopped."""
    steps: tuple[str, ...]


def find_case(connection: Connection, ref: str) -> int:
    """The id of the case people mean. Raises: InputError when there is none, or more than one."""
    found = resolve(connection, [ref]).get(ref)
    if found is None:
        raise InputError(
            Fault("", f"没有找到案号“{ref}”", "请核对号码，必要时写全届次，例如 市政协六届二次会议/2023128。")
        )
    if isinstance(found, tuple):
        raise InputError(Fault("", f"号码“{ref}”不止一件", f"请写全：{'、'.join(found)}。"))
    return found


def case_file(connection: Connection, ref: str, today: date) -> CaseFile:
    """Read one case. Raises: InputError when it is not found."""
    case = load_cases(connection, [find_case(connection, ref)], long=True).popitem()[1]
    world = world_on(connection, today)
    return CaseFile(
        case=case,
        holders=waits_for(case),
        actions=holder_actions(case),
        dues={one.no: due_of(case, one, world) for one in case.clocks if one.runs},
        entries=entries(connection, case, Viewer(Role.COORDINATOR, None, OFFICE)),
        notices=tuple(_notices(connection, case)),
    )


def reasons_of(connection: Connection, ref: str, today: date) -> tuple[Case, tuple[Reasons, ...]]:
    """Every clock of a case with the sentences behind it, the running ones first, by date."""
    case = load_cases(connection, [find_case(connection, ref)]).popitem()[1]
    world = world_on(connection, today)
    agencies = {part.no: part.agency for part in case.assignments}
    ordered = sorted(case.clocks, key=lambda one: (not one.runs, one.due_on, one.no))
    return case, tuple(
        Reasons(
            clock=one,
            agency=agencies.get(one.assignment_no or 0, ""),
            due=due_of(case, one, world) if one.runs else None,
            steps=steps_of(case, one, world),
        )
        for one in ordered
    )


def _notices(connection: Connection, case: Case) -> Iterable[NoticeLine]:
    names = {proposer_recipient(one.key): one.proposer.name for one in case.addressees}
    statement = select(NOTICES).where(NOTICES.c.case_id == case.id).order_by(NOTICES.c.created_at, NOTICES.c.key)
    for row in connection.execute(statement):
        recipient = names.get(row.recipient, row.recipient.partition(":")[2] or row.recipient)
        yield NoticeLine(
            row.kind, recipient, row.status, row.created_at, row.sent_at, row.channel, remark(row.error, row.doubts)
        )
