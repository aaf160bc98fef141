"""The reply as the letter it will be, and what stands in its way, before it is sent for signature (预览)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import Connection

from models.actions import Amend, SubmitDraft
from models.errors import BanliError
from models.lifecycle import advance
from models.rulings import Refused
from models.signing import text_sha256
from models.values import Case, Draft
from notifications.letters import Line, lines
from tasks.replies import agencies, letter_for
from tasks.world import world_on


@dataclass(frozen=True, slots=True)
class Preview:
    """The printed lines, and sentences about what would be refused."""

    lines: tuple[Line, ...]
    problems: tuple[str, ...]


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
        }
    )
    full_names = {name: row.full_name for name, row in agencies(connection).items()}
    own = [one for one in case.addressees if one.case_id == case.id]
    try:
        letter = letter_for(case, draft, own, full_names=full_names)
    except BanliError as error:
        return Preview((), (*problems, *(str(fault) for fault in error.faults)))
    return Preview(lines(letter), problems)
