"""How the office stands, in numbers a monitor reads (运行指标): a handful of grouped statements, whatever the size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, and_, false, func, select

from models import schema
from models.ladders import light
from models.notice_vocabulary import NoticeStatus
from models.rulings import World
from models.vocabulary import ClockKind, Light, Stage
from tasks import clock
from tasks.attempts import WINDOW
from tasks.database import reading
from tasks.world import world_on

CASES, CLOCKS, NOTICES = schema.CASES, schema.CLOCKS, schema.NOTICES
POSTS, ATTEMPTS = schema.POSTS, schema.ATTEMPTS
_RUNS = and_(CLOCKS.c.stopped_on.is_(None), CLOCKS.c.superseded == false())


@dataclass(frozen=True, slots=True)
class Gauges:
    """One look. Ages are in seconds, zero where nothing waits."""

    cases: Mapping[str, int]
    """By stage, every stage named."""
    clocks: Mapping[str, int]
    """Running duties by light."""
    overdue: int
    """Running duties whose last day is over."""
    notices: Mapping[str, int]
    """By what became of them."""
    notices_age: float
    """Since when the oldest notice that may go has waited."""
    sweep_behind_workdays: int
    """For how many working days a reminder that was due has not been swept up; 0 when the sweep is up to date."""
    posts_waiting: int
    posts_age: float
    attempts: int
    """Turned away within the last ten minutes."""


def gauges(engine: Engine) -> Gauges:
    """Read them all in one look. Raises: UnavailableError when the database cannot be read."""
    at = clock.now()
    with reading(engine) as connection:
        stages = _counts(connection, CASES.c.stage)
        notices = _counts(connection, NOTICES.c.status)
        world = world_on(connection, clock.today())
        lights, overdue = _lights(connection, world)
        due = and_(NOTICES.c.status == NoticeStatus.WAITING, NOTICES.c.not_before_at <= at)
        ready_at = connection.scalar(select(func.min(NOTICES.c.not_before_at)).where(due))
        unswept = connection.scalar(select(func.min(CLOCKS.c.next_rung_on)).where(_RUNS)) or world.today
        waiting = select(func.count(), func.min(POSTS.c.received_at)).where(POSTS.c.run_at.is_(None))
        posts, first = connection.execute(waiting).one()
        recent = select(func.count()).where(ATTEMPTS.c.at > at - WINDOW)
        return Gauges(
            cases={stage.value: stages.get(stage, 0) for stage in Stage},
            clocks={one.value: lights[one] for one in Light},
            overdue=overdue,
            notices={status.value: notices.get(status, 0) for status in NoticeStatus},
            notices_age=_age(ready_at, at),
            sweep_behind_workdays=world.calendar.count(unswept, world.today) if unswept < world.today else 0,
            posts_waiting=posts,
            posts_age=_age(first, at),
            attempts=connection.scalar(recent) or 0,
        )


def _counts(connection: Connection, column: object) -> dict[object, int]:
    statement = select(column, func.count()).group_by(column)  # type: ignore[call-overload]  # a column of either table
    return {row[0]: row[1] for row in connection.execute(statement)}


def _lights(connection: Connection, world: World) -> tuple[Counter[Light], int]:
    """Cases share packs and days: one light for each pair of these stands for all their clocks."""
    duties = [kind for kind in ClockKind if not kind.is_window]
    statement = (
        select(CASES.c.pack, CLOCKS.c.due_on, func.count())
        .join(CASES, CASES.c.id == CLOCKS.c.case_id)
        .where(_RUNS, CLOCKS.c.kind.in_(duties))
        .group_by(CASES.c.pack, CLOCKS.c.due_on)
    )
    found: Counter[Light] = Counter()
    overdue = 0
    for pack, due_on, count in connection.execute(statement):
        if pack in world.packs:
            ladder = world.packs[pack].reminder_ladder
            found[light(due_on, world.today, calendar=world.calendar, ladder=ladder)] += count
        overdue += count if due_on < world.today else 0
    return found, overdue


def _age(since: datetime | None, at: datetime) -> float:
    return max(0.0, (at - since).total_seconds()) if since else 0.0
