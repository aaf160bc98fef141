"""A desk (待办清单), an agency's or the office's: what waits for it, what else it holds, the nearest deadline of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, or_, select

from models import schema
from models.lifecycle import ENDS
from models.rulings import World
from models.values.case import Case
from models.vocabulary import AssignmentStatus, Role, Stage
from tasks.case_actions import ASIDE, addressees_of, open_actions, role_in
from tasks.case_entries import Viewer
from tasks.case_view import Deadline, concerns, deadline
from tasks.links import Link
from tasks.loading import load_cases
from tasks.world import world_on

CASES: Final = schema.CASES
LONGER: Final = schema.EXTENSIONS
OFFICE_STAGES: Final = frozenset({Stage.SUBMITTED, Stage.FILED, Stage.PRE_REVIEW, Stage.DISSATISFIED, Stage.ANSWERED})
"""Where a case waits for the office itself."""
DECISIONS: Final = frozenset(
    {"立案", "不予立案", "退回补正", "交办", "同意退办", "不同意退办", "同意延期", "不同意延期", "预审通过", "退回修改",
     "重新办理", "维持答复", "公开审查", "办结"}
)  # fmt: skip
"""What only the office decides; the rest it may enter for others who came to it on paper."""
PARTS: Final = schema.ASSIGNMENTS
ON_A_PAGE: Final = 50
"""Cases on one page of a desk."""


@dataclass(frozen=True, slots=True)
class DeskItem:
    """One case on the desk."""

    case_id: int
    number: str
    kind: str
    session: str
    title: str
    stage: str
    part: str
    """The holder's part in it: 主办, 会办, …"""
    due: Deadline | None
    actions: tuple[str, ...]
    waiting: bool
    """Whether something is asked of the holder now."""
    to_sign_for: bool


@dataclass(frozen=True, slots=True)
class DeskPage:
    """A part of a desk: an agency may hold hundreds of cases."""

    items: tuple[DeskItem, ...]
    waiting: int
    """On the whole desk."""
    others: int
    found: int
    """Of these, how many hold what was sought."""
    sought: str
    at: int
    """The page, counted from 1."""
    last: int


def part_of(items: Sequence[DeskItem], *, sought: str = "", at: int = 1) -> DeskPage:
    """The page `at` of those whose number, title or state holds every word sought; the nearest there is."""
    words = sought.casefold().split()
    found = [one for one in items if all(word in _said_of(one) for word in words)]
    last = max(1, -(-len(found) // ON_A_PAGE))
    at = min(max(at, 1), last)
    waiting = sum(one.waiting for one in items)
    shown = tuple(found[(at - 1) * ON_A_PAGE : at * ON_A_PAGE])
    return DeskPage(shown, waiting, len(items) - waiting, len(found), sought, at, last)


def _said_of(item: DeskItem) -> str:
    return " ".join((item.number, item.title, item.session, item.stage, item.part, *item.actions)).casefold()


def viewer_on(case: Case, link: Link) -> Viewer | None:
    """Who the holder of a desk link is on one case; None where it is none of his business."""
    if link.role is Role.PROPOSER:
        return link.viewer if case.id == link.case_id and addressees_of(case, link.viewer) else None
    if link.agency is None:
        return link.viewer
    role = role_in(case, link.agency)
    return Viewer(role=role, agency=link.agency, name=link.name) if role else None


def desk_of(connection: Connection, link: Link, *, today: date) -> tuple[DeskItem, ...]:
    """Everything on the desk: what waits first, by date; then what goes on elsewhere."""
    world = world_on(connection, today)
    cases = load_cases(connection, _case_ids(connection, link))
    items = [item for case in cases.values() for item in _item(case, link, world)]
    return tuple(sorted(items, key=lambda item: (not item.waiting, _by_date(item), item.number)))


def _by_date(item: DeskItem) -> date:
    return item.due.due_on if item.due else date.max


def _case_ids(connection: Connection, link: Link) -> list[int]:
    if link.role is Role.PROPOSER:
        return [link.case_id]
    if link.agency is None:
        return list(connection.scalars(_for_the_office()))
    statement = (
        select(PARTS.c.case_id)
        .join(CASES, CASES.c.id == PARTS.c.case_id)
        .where(
            PARTS.c.agency == link.agency,
            PARTS.c.status != AssignmentStatus.RETURNED,
            CASES.c.stage.not_in(list(ENDS)),
        )
    )
    return list(connection.scalars(statement))


def _waits(actions: tuple[str, ...], viewer: Viewer) -> bool:
    if viewer.role is Role.COORDINATOR:
        return any(kind in DECISIONS for kind in actions)
    return any(kind not in ASIDE for kind in actions)


def _for_the_office() -> Any:
    """Cases in which the office is asked for something: by their stage, or by what an agency has asked of it."""
    asked = select(PARTS.c.case_id).where(PARTS.c.status == AssignmentStatus.RETURN_REQUESTED)
    longer = select(LONGER.c.case_id).where(LONGER.c.granted_on.is_(None), LONGER.c.refused_on.is_(None))
    held = CASES.c.stage.in_(sorted(OFFICE_STAGES))
    return select(CASES.c.id).where(or_(held, CASES.c.id.in_(asked), CASES.c.id.in_(longer)))


def _item(case: Case, link: Link, world: World) -> Iterator[DeskItem]:
    viewer = viewer_on(case, link)
    if viewer is None:
        return
    part = next((one for one in case.open_assignments if one.agency == link.agency), None)
    actions = open_actions(case, viewer)
    if viewer.role is Role.COORDINATOR:
        actions = tuple(sorted(actions, key=lambda kind: kind not in DECISIONS))
    clocks = sorted(
        (one for one in case.clocks if concerns(case, one, viewer, today=world.today)), key=lambda one: one.due_on
    )
    yield DeskItem(
        case_id=case.id,
        number=case.number,
        kind=case.kind.value,
        session=case.session + ("闭会" if case.in_recess else ""),
        title=case.title,
        stage=case.stage.value,
        part=part.role.value if part else viewer.role.value,
        due=deadline(case, clocks[0], world) if clocks else None,
        actions=actions,
        waiting=_waits(actions, viewer),
        to_sign_for="签收" in actions and viewer.is_agency,
    )
