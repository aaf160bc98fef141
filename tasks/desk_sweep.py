"""The desk kept in order (整理待决定): every decision that waits has its run, none has two, and what is settled is closed.

The database says what waits. A run is found by what it decides (case, decision, version), so a sweep after a crash, a
restart, an emptied server or beside another sweep opens what is missing and nothing twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from prefect.client.schemas.objects import FlowRun, StateType
from sqlalchemy import Connection, Engine

from models.decisions import DECISIONS, DecisionKind
from tasks import clock
from tasks.database import reading
from tasks.decision_pages import page_of, page_of_many
from tasks.decisions import Waiting, settled_by, waiting, waiting_on
from tasks.desk_runs import MANY, ONE, OPENING, WAITS, DeskRuns, Opening
from tasks.labelling import FEW, TAGGED, Label, label_case, short_session, tags_of

AT_ONCE: Final = 50
"""Runs of one kind open at a time, the nearest deadlines first: the list of runs stays readable and the server quick."""
ON_A_LIST: Final = 200
"""Cases on one form that answers many."""
SEVERAL: Final = 3
"""From so many on, a kind gets a form that answers many."""


@dataclass(frozen=True, slots=True)
class Queue:
    """How one kind of decision stands: waiting in all, and with a run of its own."""

    kind: DecisionKind
    waiting: int
    open: int


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did."""

    queues: tuple[Queue, ...]
    opened: int
    closed: int
    retried: int

    @property
    def words(self) -> str:
        """`待决定48项（交办40、预审8），新开3项，结束2项`."""
        kinds = "、".join(f"{one.kind}{one.waiting}" for one in self.queues if one.waiting)
        total = sum(one.waiting for one in self.queues)
        again = f"，重办{self.retried}项" if self.retried else ""
        return f"待决定{total}项{f'（{kinds}）' if kinds else ''}，新开{self.opened}项，结束{self.closed}项{again}"


def sweep(engine: Engine, runs: DeskRuns) -> Swept:
    """Close what is settled, open what is missing."""
    today = clock.today()
    ones, lists = runs.living(ONE), runs.living(MANY)
    retried = sum(runs.take_up_lost(run) for run in (*ones, *lists))
    with reading(engine) as connection:
        closed, held = _close_ones(connection, runs, ones, today)
        ended, listed = _close_lists(connection, runs, lists, today)
        opened, queues = 0, []
        for kind in DecisionKind:
            found, total = waiting(connection, today, kind, limit=ON_A_LIST)
            new = _open_ones(connection, runs, found, held[kind], today)
            queues.append(Queue(kind, total, len(held[kind]) + len(new)))
            opened += sum(new.values())
            if DECISIONS[kind].several and len(found) >= _least(kind) and kind not in listed:
                opened += _open_list(connection, runs, kind, found, today=today)
    return Swept(tuple(queues), opened, closed + ended, retried)


def _least(kind: DecisionKind) -> int:
    """From how many on there is a form for many: from one on where it is the only form."""
    return SEVERAL if DECISIONS[kind].singly else 1


def _close_ones(
    connection: Connection, runs: DeskRuns, living: Sequence[FlowRun], today: date
) -> tuple[int, Mapping[DecisionKind, set[str]]]:
    """End the runs whose decision no longer waits; how many, and the keys of the others by kind.

    Those that go on waiting are called and tagged by what is true today: the days left, the light, the agency.
    """
    still = waiting_on(connection, today, {str(run.parameters.get("case", "")) for run in living})
    held: dict[DecisionKind, set[str]] = defaultdict(set)
    closed = 0
    for run in living:
        key = key_of(run.parameters)
        if key in still:
            if run.state_name != OPENING:
                held[still[key].kind].add(key)
                runs.relabel(run, _label(still[key]))
        elif run.state_type is StateType.PAUSED or run.state_name == OPENING:
            runs.close(run, settled_by(connection, str(run.parameters["case"]), _kind(run)))
            closed += 1
    return closed, held


def _close_lists(
    connection: Connection, runs: DeskRuns, living: Sequence[FlowRun], today: date
) -> tuple[int, set[DecisionKind]]:
    """End the lists of an earlier day and those with nothing left; how many, and the kinds that still have one."""
    keys = {str(key) for run in living for key in run.parameters.get("listed", ())}
    still = waiting_on(connection, today, {key.split("/", 1)[1].rpartition("/")[0] for key in keys})
    closed = 0
    kinds: set[DecisionKind] = set()
    for run in living:
        left = [key for key in run.parameters.get("listed", ()) if key in still]
        is_new = run.parameters.get("on") == today.isoformat() and left
        if run.state_type is not StateType.PAUSED or is_new:
            kinds |= {_kind(run)} if run.state_name != OPENING else set()
            continue
        runs.close(run, "名单已按今天的情况重新列出。" if left else "名单上的各件都已决定。")
        closed += 1
    return closed, kinds


def key_of(parameters: Mapping[str, Any]) -> str:
    """What a run decides, as `Waiting.key` says it."""
    return f"{parameters.get('decision')}/{parameters.get('case')}/{parameters.get('version')}"


def _kind(run: FlowRun) -> DecisionKind:
    return DecisionKind(str(run.parameters["decision"]))


def _open_ones(
    connection: Connection, runs: DeskRuns, found: Sequence[Waiting], held: set[str], today: date
) -> dict[str, bool]:
    """Open what is missing among the first, as far as there is room; whether each is new, by key."""
    if not (found and DECISIONS[found[0].kind].singly):
        return {}
    missing = [one for one in found[:AT_ONCE] if one.key not in held][: max(0, AT_ONCE - len(held))]
    return {one.key: runs.open(ONE, _one(connection, one, today)) for one in missing}


def _one(connection: Connection, one: Waiting, today: date) -> Opening:
    page = page_of(connection, one, today)
    label = _label(one)
    return Opening(
        key=one.key,
        name=label.name,
        parameters={"case": one.case.ref, "decision": one.kind.value, "version": one.version},
        tags=label.tags,
        form=page.form,
        description=page.description,
    )


def _label(one: Waiting) -> Label:
    """`预审 2023128 加强社区治理 · 市民政局 · 剩12工作日`, found beside the other runs of its case."""
    found = label_case(one.kind, one.case, one.due)
    return Label(found.name, (WAITS, *tags_of(决定=[one.kind], 步骤=[one.kind]), *found.tags))


def _open_list(
    connection: Connection, runs: DeskRuns, kind: DecisionKind, found: Sequence[Waiting], *, today: date
) -> bool:
    page = page_of_many(connection, kind, found)
    sessions = sorted({one.case.session for one in found})
    numbers = sorted({one.case.number for one in found}) if len(found) <= TAGGED else []
    return runs.open(
        MANY,
        Opening(
            key=f"{kind}/{today}/{_origin(found)}",
            name=f"{kind} 一并决定 {len(found)}件{f' · {short_session(sessions[0])}' if len(sessions) == 1 else ''}",
            parameters={"decision": kind.value, "listed": [one.key for one in found], "on": today.isoformat()},
            tags=(WAITS, *tags_of(决定=[kind], 步骤=[kind], 件=numbers, 届次=sessions[:FEW])),
            form=page.form,
            description=page.description,
        ),
    )


def _origin(found: Sequence[Waiting]) -> str:
    """The session of the first: two offices on one server do not mistake each other's lists."""
    return found[0].case.session
