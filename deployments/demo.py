"""The demonstration (演示): a fictional session goes through the life cycle on a moved clock, in the real flows."""

from __future__ import annotations

import resource
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import func, select

from deployments.script import Days, Scene, days_for, scenes, stops_at
from deployments.story import Chapter, read_story
from models import actions as a
from models import schema
from models.errors import Fault, InputError, UnavailableError
from models.forms import action_types
from models.lifecycle import STEPS
from models.notice_vocabulary import NoticeStatus
from models.settings import Settings
from models.values.case import case_ref
from models.vocabulary import Stage
from tasks import clock, database
from tasks.intake import SessionInfo, read_proposals
from tasks.loading import CASES
from tasks.roster import load_agencies, load_sessions
from tasks.world import calendar

EXAMPLES = Path(__file__).parent.parent / "examples" / "yunling"
POLICIES = "policies"
OFFICE_DAYS = frozenset({1, 4})
"""Weekdays on which the fictional people act (Tuesday, Friday): few days with full batches, as after a 交办会."""
SWEPT_EVERY_DAYS = 14
"""The demonstration sweeps and sends every other week; every morning would show the same and take longer."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the demonstration did."""

    cases: int
    by_stage: dict[str, int]
    published: int
    notices_sent: int
    flow_runs: int
    seconds: float
    cpu_seconds: float
    site: str


@dataclass(frozen=True, slots=True)
class Play:
    """The scenes, day by day, and where each case is to be left."""

    receipts: dict[date, list[a.Receive]]
    scenes: list[Scene]
    stops: dict[str, Stage]
    ends_on: date


def prepare(found: Settings, folder: Path = EXAMPLES) -> None:
    """Put the fictional office's own policy pack into the home, before anything reads it."""
    home = found.home / POLICIES
    home.mkdir(parents=True, exist_ok=True)
    for pack in sorted((folder / POLICIES).glob("*.toml")):
        shutil.copyfile(pack, home / pack.name)


def stage_play(found: Settings, folder: Path = EXAMPLES) -> Play:
    """Read the session's files and lay out who does what on which day."""
    made = database.engine(found.database_url)
    with database.transaction(made) as connection:
        load_sessions(connection, folder / "sessions.csv")
        load_agencies(connection, folder / "agencies.csv")
    with database.reading(made) as connection:
        sessions = {
            row.name: SessionInfo(row.name, row.track, row.opened_on, row.closed_on)
            for row in connection.execute(select(schema.SESSIONS))
        }
        agencies = set(connection.scalars(select(schema.AGENCIES.c.name)))
    chapters = {(one.session, one.number): one for one in read_story(folder / "story.toml").case}
    taken = read_proposals(
        [folder / "proposals.csv"], agencies=agencies, sessions=sessions, existing={}, today=Days(calendar()).ends_on
    )
    if taken.faults:
        raise InputError(*taken.faults)
    receipts: dict[date, list[a.Receive]] = {}
    laid: list[Scene] = []
    stops: dict[str, Stage] = {}
    for place, receipt in enumerate(taken.actions):
        chapter = _chapter(chapters, receipt)
        days = days_for(chapter, calendar())
        ref = case_ref(receipt.session, receipt.case, in_recess=receipt.in_recess)
        receipts.setdefault(max(days.received_on, receipt.submitted_on), []).append(receipt)
        laid += gathered(scenes(chapter, receipt, days, place=place))
        if stop := stops_at(chapter):
            stops[ref] = stop
    ends_on = Days(calendar()).ends_on
    laid = sorted((scene for scene in laid if scene.on <= ends_on), key=lambda scene: scene.on)
    return Play(receipts=receipts, scenes=laid, stops=stops, ends_on=ends_on)


def gathered(found: Iterable[Scene]) -> Iterator[Scene]:
    """One chapter's scenes on the office's days, never out of order: a day runs its steps in the table's order."""
    last, before = date.min, None
    for scene in found:
        day, kind = max(_office_day(scene.on), last), type(scene.action)
        if before and day == last and kind is not before and _RANK[kind] <= _RANK[before]:
            day = _office_day(day + timedelta(days=1))
        last, before = day, kind
        yield replace(scene, on=day)


def _office_day(day: date) -> date:
    while day.weekday() not in OFFICE_DAYS or not calendar().is_workday(day):
        day += timedelta(days=1)
    return day


def _ranks() -> dict[type[a.Action], int]:
    order = list(dict.fromkeys(step.flow for step in STEPS))
    return {action_types()[step.kind]: order.index(step.flow) for step in STEPS}


_RANK = _ranks()


def _chapter(chapters: dict[tuple[Any, str], Chapter], receipt: a.Receive) -> Chapter:
    session = "人大" if "人大" in receipt.session else "政协"
    found = chapters.get((session, receipt.case))
    if found is None:
        raise InputError(Fault("story.toml", f"没有{receipt.session}第{receipt.case}号的剧本", "请补上这一件。"))
    return found


def play(found: Settings, staged: Play, *, show: bool) -> None:
    """Act it out through the flows, batch by batch, then let the office's clock go on from the last day."""
    from flows.registry import perform_all

    made = database.engine(found.database_url)
    by_day = {on: [s.action for s in group] for on, group in groupby(staged.scenes, key=lambda scene: scene.on)}
    days = sorted({*by_day, *staged.receipts, staged.ends_on})
    swept_on = days[0]
    stopped: set[str] = set()
    with _progress(len(days), show=show) as advance:
        for day in days:
            with clock.moved_to(clock.morning_of(day)):
                if day in staged.receipts:
                    _must(perform_all(staged.receipts[day]))
                stopped |= _arrived(made, staged.stops)
                for batch in _steps(by_day.get(day, [])):
                    _must(perform_all([action for action in batch if action.case not in stopped]))
                    stopped |= _arrived(made, staged.stops)
                if (day - swept_on).days >= SWEPT_EVERY_DAYS or day == staged.ends_on:
                    swept_on = day
                    _effects()
            advance(f"{day}")
    clock.keep_offset(found.clock, clock.morning_of(staged.ends_on, 10))


def _effects() -> None:
    """What happens by itself: publication, reminders, delivery."""
    from flows.registry import run

    for step in ("publish", "watch_deadlines", "deliver_notices"):
        run(step)


def _steps(actions: list[a.Action]) -> Iterator[list[a.Action]]:
    """The day's actions by step, in the order of the life cycle, so that each step runs once."""
    from flows.registry import FLOWS, steps_of

    found = steps_of(actions)
    yield from (found[step] for step in FLOWS if step in found)


def _arrived(made: Any, stops: dict[str, Stage]) -> set[str]:
    """Cases that have come to where the story leaves them."""
    with database.reading(made) as connection:
        rows = connection.execute(select(CASES.c.session, CASES.c.in_recess, CASES.c.number, CASES.c.stage))
        stages = {case_ref(row.session, row.number, in_recess=row.in_recess): row.stage for row in rows}
    return {ref for ref, stop in stops.items() if stages.get(ref) is stop}


def _must(outcomes: list[a.Outcome]) -> None:
    """The story is ours, so a refusal is a mistake in it."""
    refused = [f"{one.case} {one.action}：{one.message}" for one in outcomes if one.refused]
    if refused:
        raise UnavailableError(Fault("演示", "；".join(refused[:3]), "请检查 story.toml。"))


@contextmanager
def _progress(total: int, *, show: bool) -> Iterator[Callable[[str], None]]:
    bar = Progress(
        TextColumn("[bold]演示"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn(),
        disable=not show,
    )  # fmt: skip
    with bar:
        task = bar.add_task("", total=total)
        yield lambda words: bar.update(task, advance=1, description=words)


def told(found: Settings, *, began: float, flow_runs: int) -> Told:
    """The figures, read from the records."""
    with database.reading(database.engine(found.database_url)) as connection:
        stages = connection.execute(select(CASES.c.stage, func.count()).group_by(CASES.c.stage)).all()
        notices, publications = schema.NOTICES, schema.PUBLICATIONS
        sent = connection.scalar(select(func.count()).select_from(notices).where(notices.c.status == NoticeStatus.SENT))
        published = connection.scalar(
            select(func.count()).select_from(publications).where(publications.c.published_on.is_not(None))
        )
    by_stage = {stage.value: count for stage, count in stages}
    return Told(
        cases=sum(by_stage.values()),
        by_stage={stage.value: by_stage[stage.value] for stage in Stage if stage.value in by_stage},
        published=published or 0,
        notices_sent=sent or 0,
        flow_runs=flow_runs,
        seconds=round(time.monotonic() - began, 1),
        cpu_seconds=round(_cpu(), 1),
        site=str(found.site),
    )


def _cpu() -> float:
    """CPU of this process and of its children that have ended."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
