"""Who may read what of a case's history (办理经过): one table for each kind of reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select

from models import schema
from models.permissions import AGENCY_ROLES
from models.steps.consulting import reads_views
from models.values.case import Case
from models.vocabulary import Retractable, Role

HISTORY: Final = schema.HISTORY

PROPOSER_READS: Final = frozenset(
    {
        "收件", "补正", "撤案", "立案", "并案", "撤销并案", "不予立案", "退回补正", "交办", "签收", "同意退办",
        "沟通", "免于沟通", "请予说明", "撤回", "说明", "申请延期", "同意延期", "不同意延期", "阶段答复", "答复", "随主案答复", "反馈",
        "反馈期满", "重新办理", "维持答复", "更正答复", "公开", "撤回公开", "承诺进展", "定期报告", "办结", "归档",
    }
)  # fmt: skip
"""Proposers follow their proposal; drafts, opinions and signatures are the agencies' own until the reply is sent."""
FEEDBACK: Final = "反馈"
VIEW: Final = "答复稿意见"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Through whose eyes a page is drawn."""

    role: Role
    agency: str | None
    name: str

    @property
    def is_agency(self) -> bool:
        """Whether a handling agency looks."""
        return self.role in AGENCY_ROLES

    @property
    def is_proposer(self) -> bool:
        """Whether a proposer looks."""
        return self.role is Role.PROPOSER


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history, as its reader may know it."""

    seq: int
    on: date
    action: str
    who: str
    summary: str


_AFTER: Final = (
    select(HISTORY)
    .where(HISTORY.c.case_id == bindparam("case_id"), HISTORY.c.seq > bindparam("after"))
    .order_by(HISTORY.c.seq)
)


def entries(connection: Connection, case: Case, viewer: Viewer, *, after: int = 0) -> tuple[Entry, ...]:
    """What happened after an entry, oldest first, as far as the viewer may know."""
    rows = connection.execute(_AFTER, {"case_id": case.id, "after": after})
    return tuple(_entry(row) for row in rows if _visible(row, case, viewer))


def _entry(row: Any) -> Entry:
    who = row.agency or (
        row.role.value if row.role in {Role.COORDINATOR, Role.SYSTEM, Role.ADMINISTRATOR} else row.name
    )
    return Entry(seq=row.seq, on=row.on, action=row.action, who=who, summary=row.summary)


def _visible(row: Any, case: Case, viewer: Viewer) -> bool:
    if row.action == VIEW:
        return row.name == viewer.name if viewer.is_proposer else reads_views(viewer.role, case)
    if viewer.is_agency:
        return row.action != FEEDBACK or not _unreleased(row.on, case)
    if viewer.is_proposer:
        if row.action == "撤回" and row.payload.get("what") == Retractable.RETURN:
            return False
        return row.action in PROPOSER_READS and (row.action != FEEDBACK or row.name == viewer.name)
    return True


def _unreleased(on: date, case: Case) -> bool:
    """Whether feedback entered that day belongs to a round that is still being asked."""
    return any(one.released_on is None and one.given_on <= on for one in case.feedback)
