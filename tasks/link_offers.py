"""Which links a notice carries: for each kind of message, what its recipient is asked or may do."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final, Protocol

from sqlalchemy import Connection

from models.lifecycle import STEP_OF
from models.notice_vocabulary import MessageKind
from models.settings import Settings, settings_from
from models.values.case import Case
from models.vocabulary import ClockKind, Role
from notifications.messages import DESK_LABEL, OWN_DESK_LABEL
from tasks import clock
from tasks.case_actions import open_actions, role_in
from tasks.case_entries import Viewer
from tasks.links import DESK, Wanted, expiry, issue_links
from tasks.loading import load_cases

M, C = MessageKind, ClockKind
AT_ONCE: Final = 4
"""Actions a new link offers by themselves; the rest is reached through the list."""

OFFERS: Final[Mapping[MessageKind, tuple[str, ...]]] = {
    M.RECEIVED: ("撤案",),
    M.RETURNED: ("补正", "撤案"),
    M.ASSIGNED: ("签收", "申请退办", "沟通", "会办意见", "起草", "申请延期"),
    M.RETURN_ASKED: ("同意退办", "不同意退办"),
    M.RETURN_REFUSED: ("签收", "沟通", "会办意见"),
    M.CLARIFICATION: ("说明", "免于沟通"),
    M.CLARIFIED: ("沟通", "起草"),
    M.EXTENSION_ASKED: ("同意延期", "不同意延期"),
    M.EXTENSION_GRANTED: ("沟通", "阶段答复", "起草"),
    M.EXTENSION_REFUSED: ("沟通", "起草"),
    M.OPINION_GIVEN: ("退回会办意见", "起草"),
    M.OPINION_BACK: ("会办意见",),
    M.SIGN_WANTED: ("会签", "审签", "改后审签", "预审通过", "答复", "退回修改"),
    M.SENT_BACK: ("起草",),
    M.FEEDBACK_WANTED: ("反馈",),
    M.REDO: ("沟通", "起草"),
    M.PROMISE_DUE: ("承诺进展",),
    M.TAKEN_BACK: (),
    M.VIEW_WANTED: ("答复稿意见",),
    M.VIEW_GIVEN: ("改后审签", "退回修改"),
}
"""Less what the case's stage and the recipient's part do not allow at the moment of sending."""

FOR_CLOCK: Final[Mapping[ClockKind, tuple[str, ...]]] = {
    C.ASSIGNMENT: ("交办",),
    C.ACCEPTANCE: ("立案", "不予立案", "退回补正"),
    C.OBJECTION: ("签收", "申请退办"),
    C.REASSIGNMENT: ("同意退办", "不同意退办"),
    C.FIRST_CONTACT: ("沟通",),
    C.CO_OPINION: ("签收", "会办意见"),
    C.CO_OPINION_REDO: ("会办意见",),
    C.REPLY: ("签收", "沟通", "起草", "会签", "审签", "改后审签", "答复", "申请延期"),
    C.REDO: ("沟通", "起草", "会签", "审签", "改后审签", "答复"),
    C.INTERIM_REPLY: ("阶段答复", "起草"),
    C.REPORT: ("定期报告", "承诺进展"),
    C.FEEDBACK: ("反馈",),
    C.PROMISE: ("承诺进展",),
    C.PUBLICATION: ("公开审查",),
}
"""What a reminder of a deadline offers."""

LABELS: Final = {DESK: DESK_LABEL, "起草": "起草答复", "反馈": "反馈意见", "沟通": "登记沟通", "说明": "作出说明"}
"""How a link is called where the action's own word is too short for a stranger."""


class NoticeLike(Protocol):
    """What a link needs of a notice row."""

    @property
    def key(self) -> str:
        """Its unique key."""

    @property
    def case_id(self) -> int:
        """Its case."""

    @property
    def kind(self) -> MessageKind:
        """What it says."""

    @property
    def recipient(self) -> str:
        """To whom."""

    @property
    def clock_no(self) -> int | None:
        """Of which deadline, for a reminder."""


def base_url(settings: Settings) -> str:
    """Where pages are reached: as set, else where this office's own server said it listens."""
    if settings.base_url:
        return settings.base_url.rstrip("/")
    told = settings.home / "web.json"
    try:
        return str(json.loads(told.read_text("utf-8"))["base_url"])
    except (OSError, ValueError, KeyError):
        return "http://127.0.0.1:8080"


def links_for(
    connection: Connection,
    rows: Sequence[NoticeLike],
    *,
    base: str | None = None,
    today: date | None = None,
    cases: Mapping[int, Case] | None = None,
) -> dict[str, tuple[tuple[str, str], ...]]:
    """Make the links of notices about to be sent: for each notice's key, labels and addresses; `cases` where read.

    Writes the links' hashes, so `connection` must be inside a transaction that is committed before anything is sent.
    """
    root = base or base_url(settings_from(os.environ))
    cases = cases or load_cases(connection, {row.case_id for row in rows})
    asked = {row.key: [*_wanted(row, cases[row.case_id])] for row in rows}
    # One list for each recipient, however many notices lead to it; a proposer's is that of his case.
    desks = {row.recipient: one for row in rows for one in asked[row.key] if one.action == DESK}
    wanted = [*desks.values(), *(one for many in asked.values() for one in many if one.action != DESK)]
    tokens = issue_links(connection, wanted, expires_on=expiry(today or clock.today()))
    urls = {one: f"{root}/{'a' if one.action else 'd'}/{token}" for one, token in zip(wanted, tokens, strict=True)}
    return {
        row.key: tuple(
            (_label(one), urls[desks[row.recipient] if one.action == DESK else one]) for one in asked[row.key]
        )
        for row in rows
    }


def _label(one: Wanted) -> str:
    return OWN_DESK_LABEL if (one.action, one.role) == (DESK, Role.PROPOSER) else LABELS.get(one.action, one.action)


def _wanted(row: NoticeLike, case: Case) -> Iterator[Wanted]:
    viewer = viewer_of(row.recipient, case)
    if viewer is None:
        return
    able = open_actions(case, viewer)
    offered = able[:AT_ONCE] if row.kind is M.NEW_LINK else _offered(row, case)
    for action in (*(kind for kind in offered if kind in able), DESK):
        yield Wanted(
            case_id=case.id,
            action=action,
            role=viewer.role,
            name=viewer.name,
            agency=viewer.agency,
            notice_key=row.key,
            stage=case.stage,
        )


def _offered(row: NoticeLike, case: Case) -> tuple[str, ...]:
    if row.clock_no is not None and 0 < row.clock_no <= len(case.clocks):
        kinds = FOR_CLOCK.get(case.clocks[row.clock_no - 1].kind, ())
    else:
        kinds = OFFERS.get(row.kind, ())
    return tuple(kind for kind in kinds if kind in STEP_OF)


def viewer_of(recipient: str, case: Case) -> Viewer | None:
    """Who a recipient is on a case; None where he has no part in it any more."""
    head, _, rest = recipient.partition(":")
    name = rest.partition("#")[0]
    if head == "单位":
        role = role_in(case, name)
        return Viewer(role=role, agency=name, name=name) if role else None
    if head == "提案人":
        one = next((one for one in case.addressees if one.key == rest), None)
        return Viewer(role=Role.PROPOSER, agency=None, name=one.proposer.name) if one else None
    return Viewer(role=Role.COORDINATOR, agency=None, name="督办单位经办人")
