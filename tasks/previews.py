"""The reply as the letter it will be, and what stands in its way, before it is sent for signature (预览)."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date

from sqlalchemy import Connection

from models.actions.reply import Amend, SubmitDraft
from models.answers import written
from models.errors import BanliError
from models.lifecycle import advance
from models.proofreading.coverage import Covered
from models.proofreading.letter import Remark
from models.rulings import Refusal, Refused
from models.signing import text_sha256
from models.values.case import Case
from models.values.reply import Draft, Promise
from models.vocabulary import PromiseStatus
from notifications.letters import Line
from tasks.proofreading import check_draft, coverage_of
from tasks.world import world_on


@dataclass(frozen=True, slots=True)
class Preview:
    """The printed lines, and sentences about what would be refused."""

    lines: tuple[Line, ...]
    problems: tuple[str, ...]
    remarks: tuple[Remark, ...] = ()
    """What the check-up (复文体检) finds in it."""
    coverage: tuple[Covered, ...] = ()


def preview(connection: Connection, case: Case, action: SubmitDraft | Amend, *, today: date) -> Preview:
    """The letter to the case's first addressee; nothing is recorded."""
    world = world_on(connection, today)
    ruling = advance(case, action, world)
    problems = (str(ruling),) if isinstance(ruling, Refused) else ()
    part = case.lead
    if part is None:
        return Preview((), problems)
    before = case.draft if isinstance(action, Amend) else None
    kept = {one.name: getattr(before, one.name) for one in fields(Draft)} if before else {}
    given = kept | {one.name: getattr(action, one.name) for one in fields(Draft) if hasattr(action, one.name)}
    draft = Draft(
        **given
        | {
            "no": len(case.drafts) + 1,
            "assignment_no": part.no,
            "drafted_on": today,
            "sha256": text_sha256(action.text),
            "round": case.round,
            "answers": _answers(action, before),
        }
    )
    vows = tuple(
        Promise(no, one.text, one.due_on, part.agency, PromiseStatus.OPEN, one.condition, draft_no=draft.no)
        for no, one in enumerate(action.promises if isinstance(action, SubmitDraft) else (), 1)
    )
    try:
        checked = next(
            check_draft(
                connection,
                replace(case, promises=vows or tuple(replace(one, draft_no=draft.no) for one in case.promises)),
                draft,
                today=today,
            )
        )
    except BanliError as error:
        return Preview((), (*problems, *(str(fault) for fault in error.faults)))
    return Preview(checked.lines, problems, checked.remarks, coverage_of(connection, case, draft))


def _answers(action: SubmitDraft | Amend, before: Draft | None) -> str | None:
    """The drafter's list; what is wrong with it is among the problems already."""
    if isinstance(action, Amend):
        return before.answers if before else None
    try:
        return written(action.answers, action.text)
    except Refusal:
        return None
