"""What a run is called and found by (运行名称、标签): from its actions and the cases they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Engine, Select, select

from models import schema
from models.actions.action import Action
from models.values.case import Case
from models.vocabulary import AssignmentStatus
from tasks.database import given, is_given, reading
from tasks.loading import CASES, chunked, load_cases, resolve
from tasks.worklist import Due, nearest
from tasks.world import world_on

TAGGED: Final = 10
"""A run of at most so many cases carries a tag for each; a larger one those of its sessions and, if few, its agencies."""
FEW: Final = 3
"""Agencies or sessions of a large batch that are still named."""
TITLE_LENGTH: Final = 16
"""Characters of a case's title in the name of a run."""
PARTS: Final = schema.ASSIGNMENTS
_WRAPPING: Final = re.compile(r"^关于(?:进一步)?|的?(?:提案|建议案|建议|议案)(?:[(（].*[)）])?$")


@dataclass(frozen=True, slots=True)
class Label:
    """A run's name, and the tags under which it is found."""

    name: str
    tags: tuple[str, ...] = ()


def label(engine: Engine, step: str, actions: Sequence[Action], today: date) -> Label:
    """`审签 2023128 加强社区治理 · 市民政局 · 剩12工作日`, or `交办 48件 · 市政协六届二次` for a batch.

    The step gives its word to a batch of several kinds of action; else the action does.

    Raises: UnavailableError when the database cannot be read.
    """
    kinds = {str(action.kind) for action in actions}  # type: ignore[attr-defined]  # every concrete action has a kind
    word = kinds.pop() if len(kinds) == 1 else step
    named = {action.case: action for action in actions if action.case}
    with reading(engine) as connection:
        ids = [found for found in resolve(connection, named).values() if isinstance(found, int)]
        if len(named) == 1 and len(ids) == 1:
            return _of_one(connection, word, next(iter(named.values())), ids[0], today)
        if len(ids) <= TAGGED:
            found = list(load_cases(connection, ids, only=("proposers", "assignments")).values())
            numbers = [case.number for case in found] or sorted(named)[:TAGGED]
            agencies, sessions = {name for case in found for name in agencies_of(case)}, {one.session for one in found}
        else:
            numbers, agencies, sessions = [], _agencies(connection, ids), _sessions(connection, ids)
    sessions |= {str(action.session) for action in actions if hasattr(action, "session")}
    return _of_many(word, actions, numbers if len(named) <= TAGGED else [], agencies=agencies, sessions=sessions)


def _of_one(connection: Connection, word: str, action: Action, case_id: int, today: date) -> Label:
    case = load_cases(connection, [case_id])[case_id]
    agency = getattr(action, "lead", None) or action.by.agency
    return label_case(word, case, nearest(case, world_on(connection, today)), agency=agency)


def label_case(word: str, case: Case, due: Due | None, *, agency: str | None = None) -> Label:
    """One case's label; its lead where no agency is named."""
    named = agency or (case.lead.agency if case.lead else None)
    words = (f"{word} {case.number} {short_title(case.title)}", named, due.words if due else None)
    agencies = sorted({*agencies_of(case), *([named] if named else [])})
    tags = tags_of(件=[case.number], 单位=agencies, 届次=[case.session], 灯=[due.light.value] if due else [])
    return Label(" · ".join(filter(None, words)), tags)


def _of_many(
    word: str, actions: Sequence[Action], numbers: Sequence[str], *, agencies: set[str], sessions: set[str]
) -> Label:
    few_agencies = sorted(agencies) if len(agencies) <= FEW else []
    few_sessions = sorted(sessions) if len(sessions) <= FEW else []
    one = short_title(str(getattr(actions[0], "title", None) or "")) if len(actions) == 1 else ""
    head = f"{word} {numbers[0] if numbers else ''} {one}" if len(actions) == 1 else f"{word} {len(actions)}件"
    where = short_session(few_sessions[0]) if len(few_sessions) == 1 else ""
    return Label(
        " · ".join(filter(None, (" ".join(head.split()), where))),
        tags_of(件=numbers, 单位=few_agencies, 届次=few_sessions),
    )


def tags_of(**words: Iterable[str]) -> tuple[str, ...]:
    """`件:2023128` and the like."""
    return tuple(f"{name}:{value}" for name, values in words.items() for value in values)


def agencies_of(case: Case) -> tuple[str, ...]:
    """The agencies that hold a part."""
    return tuple(part.agency for part in case.open_assignments)


def short_title(title: str) -> str:
    """`关于加强社区治理的提案` as `加强社区治理`."""
    bare = _WRAPPING.sub("", title.strip()) or title
    return bare if len(bare) <= TITLE_LENGTH else f"{bare[: TITLE_LENGTH - 1]}…"


def short_session(session: str) -> str:
    """`市政协六届二次会议` as `市政协六届二次`."""
    return session.removesuffix("会议")


def _sessions(connection: Connection, ids: list[int]) -> set[str]:
    return set(connection.scalars(_sessions_of(connection.dialect.name), given(connection, ids)))


@cache
def _sessions_of(dialect: str) -> Select[Any]:
    return select(CASES.c.session).distinct().where(is_given(CASES.c.id, dialect))


def _agencies(connection: Connection, ids: list[int]) -> set[str]:
    found: set[str] = set()
    for part in chunked(ids):
        found.update(connection.scalars(_agencies_of(connection.dialect.name), given(connection, part)))
        if len(found) > FEW:
            break
    return found


@cache
def _agencies_of(dialect: str) -> Select[Any]:
    held = PARTS.c.status != AssignmentStatus.RETURNED
    return select(PARTS.c.agency).distinct().where(is_given(PARTS.c.case_id, dialect), held)
