"""Which decisions wait for the office (待决定), which no longer do, and who settled those."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, func, or_, select

from models import schema
from models.deadlines import corresponding_day
from models.decisions import DECISIONS, DecisionKind, Pending, pending_decisions
from models.lifecycle import ENDS
from models.rulings import World
from models.values.case import Case
from models.vocabulary import AssignmentStatus, Publicity, Role
from notifications.rendering import zh_time
from tasks.loading import CASES, chunked, load_cases, resolve
from tasks.worklist import Due, cases_by_date, nearest
from tasks.world import world_on

PARTS: Final = schema.ASSIGNMENTS
EXTENSIONS: Final = schema.EXTENSIONS
PUBLICATIONS: Final = schema.PUBLICATIONS
HISTORY: Final = schema.HISTORY
_BY_NUMBER: Final = (CASES.c.session, CASES.c.number_key, CASES.c.id)
_SHORT: Final = 12
"""Characters of a hash that tell one entry from all others of an office."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One decision that waits, with its case. `version` is unlike that of any other of its kind, ever."""

    case: Case
    pending: Pending
    version: str
    due: Due | None

    @property
    def kind(self) -> DecisionKind:
        """Which decision."""
        return self.pending.kind

    @property
    def key(self) -> str:
        """Names this decision in any database and on any day."""
        return f"{self.kind}/{self.case.ref}/{self.version}"


def waiting(connection: Connection, today: date, kind: DecisionKind, *, limit: int) -> tuple[list[Waiting], int]:
    """The first decisions of a kind, the nearest deadline first, and how many cases wait for one altogether."""
    world = world_on(connection, today)
    ids = _candidates(connection, kind, world)
    found: list[Waiting] = []
    for chunk in chunked(ids, limit):
        cases = load_cases(connection, chunk)
        found += _waiting(connection, [cases[n] for n in chunk], world, kinds={kind})
        if len(found) >= limit:
            break
    return found[:limit], len(ids)


def waiting_on(connection: Connection, today: date, refs: Iterable[str], *, long: bool = False) -> dict[str, Waiting]:
    """Every decision that waits on these cases, by its key."""
    ids = {found for found in resolve(connection, refs).values() if isinstance(found, int)}
    cases = load_cases(connection, ids, long=long)
    world = world_on(connection, today)
    return {one.key: one for one in _waiting(connection, list(cases.values()), world, kinds=set(DecisionKind))}


def _waiting(
    connection: Connection, cases: Sequence[Case], world: World, *, kinds: Collection[DecisionKind]
) -> Iterator[Waiting]:
    found = [(case, one) for case in cases for one in pending_decisions(case, world) if one.kind in kinds]
    marks = _marks(connection, {case.id for case, _ in found})
    for case, one in found:
        first, since = marks[case.id]
        version = since if DECISIONS[one.kind].since_stage else f"{one.nth}-{first}"
        yield Waiting(case, one, version, nearest(case, world))


def _marks(connection: Connection, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """By case: the mark of its first entry and that of the entry that brought it to its stage."""
    found: dict[int, tuple[str, str]] = {}
    moved = or_(HISTORY.c.from_stage.is_(None), HISTORY.c.from_stage != HISTORY.c.to_stage)
    for chunk in chunked(ids):
        of_these = HISTORY.c.case_id.in_(chunk)
        last = select(HISTORY.c.case_id, func.max(HISTORY.c.seq).label("seq")).where(of_these, moved)
        newest = last.group_by(HISTORY.c.case_id).subquery()
        columns = select(HISTORY.c.case_id, HISTORY.c.hash)
        firsts = {row.case_id: row.hash for row in connection.execute(columns.where(of_these, HISTORY.c.seq == 1))}
        at = (HISTORY.c.case_id == newest.c.case_id) & (HISTORY.c.seq == newest.c.seq)
        since = {row.case_id: row.hash for row in connection.execute(columns.join(newest, at))}
        found |= {n: (firsts[n][:_SHORT], since[n][:_SHORT]) for n in chunk}
    return found


def _candidates(connection: Connection, kind: DecisionKind, world: World) -> list[int]:
    """Ids of the cases on which a decision of this kind may wait, the nearest deadline first."""
    stages = sorted(DECISIONS[kind].stages)
    narrower: Mapping[DecisionKind, Any] = {
        DecisionKind.RETURN: select(PARTS.c.case_id).where(PARTS.c.status == AssignmentStatus.RETURN_REQUESTED),
        DecisionKind.EXTENSION: select(EXTENSIONS.c.case_id).where(
            EXTENSIONS.c.granted_on.is_(None), EXTENSIONS.c.refused_on.is_(None)
        ),
        DecisionKind.PUBLICATION: select(CASES.c.id).where(
            or_(CASES.c.publicity == Publicity.UNDECIDED, CASES.c.id.in_(_refused_before(world))),
            CASES.c.stage.in_(stages),
        ),
    }
    only = set(connection.scalars(narrower[kind])) if kind in narrower else None
    if only is not None and not only:
        return []
    if not ENDS.isdisjoint(stages):  # nothing runs any more
        return list(connection.scalars(select(CASES.c.id).where(CASES.c.stage.in_(stages)).order_by(*_BY_NUMBER)))
    ordered = cases_by_date(connection, None, before=None, stages=stages)
    return [n for n in ordered if only is None or n in only]


def _refused_before(world: World) -> Any:
    """Ids of cases refused long enough ago under at least one pack; each case's own pack decides in the rules."""
    months = [pack.publication.review_again_months for pack in world.packs.values()]
    least = min((one for one in months if one), default=None)
    latest = corresponding_day(world.today, -least) if least else date.min
    newest = select(PUBLICATIONS.c.case_id).group_by(PUBLICATIONS.c.case_id)
    refused = select(CASES.c.id).where(CASES.c.publicity == Publicity.NOT_PUBLIC)
    return refused.where(CASES.c.id.in_(newest.having(func.max(PUBLICATIONS.c.decided_on) <= latest)))


def settled_by(connection: Connection, ref: str, kind: DecisionKind) -> str:
    """Who settled a decision that no longer waits, when and how: the sentence its run ends with."""
    found = resolve(connection, [ref]).get(ref)
    if not isinstance(found, int):
        return f"没有找到案号“{ref}”，这项决定不再需要。"
    answers = DECISIONS[kind].answers
    own = HISTORY.c.case_id == found
    newest = select(HISTORY).where(own).order_by(HISTORY.c.seq.desc()).limit(1)
    row = connection.execute(newest.where(HISTORY.c.action.in_(answers))).first()
    if row is None:
        moved = HISTORY.c.from_stage != HISTORY.c.to_stage
        row = connection.execute(newest.where(moved)).first()
    if row is None:
        return "这项决定不再需要。"
    who = row.name if row.role is not Role.SYSTEM else "系统"
    said = f"{who}已于{zh_time(row.at)}通过{row.channel}办理“{row.action}”"
    return f"{said}：{row.summary}。"
