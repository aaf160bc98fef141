"""Action links (办理链接): a random token lets its holder do one thing on one case, as it stood when the link was made.

Only the token's hash is stored. A link is stale when it has expired, was used (where the action is done once), or the
case has moved on; then it says what happened since.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, insert, or_, select, update

from models import schema
from models.lifecycle import ENDS, STEP_OF
from models.rulings import OFFICE, agency_recipient, proposer_recipient
from models.values.case import Case
from models.vocabulary import AssignmentStatus, Role, Stage
from notifications.rendering import zh_date
from tasks.case_entries import Entry, Viewer, entries
from tasks.loading import chunked, load_cases
from tasks.world import calendar

VALID_WORKDAYS: Final = 15
"""How long a link works, in working days after the day it was made."""
DESK: Final = ""
"""The action of a link that opens a list of everything that waits for its holder (待办清单)."""
REUSABLE: Final = frozenset({DESK, "沟通", "承诺进展"})
"""What may be done more than once with one link."""
OVERTAKEN_BY: Final = {
    "会签": frozenset({"起草", "改后审签"}),
    "审签": frozenset({"起草", "审签", "改后审签"}),
    "改后审签": frozenset({"起草", "审签", "改后审签"}),
    "退回修改": frozenset({"起草", "审签", "改后审签"}),
    "预审通过": frozenset({"起草", "改后审签"}),
    "答复": frozenset({"起草", "改后审签"}),
    "撤回": frozenset({"说明", "同意退办", "不同意退办", "起草", "撤回"}),
    "答复稿意见": frozenset({"起草", "改后审签"}),
}
"""A signature covers one text, asked of one level: these actions of others end the link although the stage is right."""

LINKS: Final = schema.ACTION_LINKS
PARTS: Final = schema.ASSIGNMENTS
HISTORY: Final = schema.HISTORY
CASES: Final = schema.CASES


@dataclass(frozen=True, slots=True)
class Wanted:
    """A link to be made: for whom, on which case, to do what. An empty action opens the desk."""

    case_id: int
    action: str
    role: Role
    name: str
    agency: str | None
    notice_key: str | None
    stage: Stage


@dataclass(frozen=True, slots=True)
class Link:
    """A link that works."""

    token_sha256: str
    case_id: int
    action: str
    role: Role
    name: str
    agency: str | None
    stage: Stage
    expires_on: date
    used_at: datetime | None
    made_at_entry: int
    """How long the case's history was when the link was made: the version it is for."""
    recipient: str
    """The recipient of the notice that carried it; empty where there was none."""
    revoked_at: datetime | None = None

    @property
    def is_desk(self) -> bool:
        """Whether it opens the list instead of one action."""
        return self.action == DESK

    @property
    def viewer(self) -> Viewer:
        """Through whose eyes its pages are drawn."""
        return Viewer(role=self.role, agency=self.agency, name=self.name)


@dataclass(frozen=True, slots=True)
class Gone:
    """A link that no longer works: why, how to go on, and what happened since, as its holder may know it."""

    reason: str
    remedy: str
    link: Link | None = None
    since: tuple[Entry, ...] = ()
    about: str = ""
    """The case it was for, in words."""
    renewable: bool = False
    """Whether its holder may have a new one sent to the address on file."""

    @property
    def unknown(self) -> bool:
        """Whether no such link was ever made."""
        return self.link is None


def hash_of(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def expiry(today: date) -> date:
    """The last day of a link made today, inclusive."""
    return calendar().add(today, VALID_WORKDAYS)


def issue_links(
    connection: Connection, wanted: Sequence[Wanted], *, expires_on: date, tokens: Sequence[str] = ()
) -> list[str]:
    """Make links and return their tokens, in the order wanted; nobody can read a token again later.

    `tokens` are used instead of new ones where the caller can work them out again by a secret.
    """
    lengths: dict[int, int] = {}
    for chunk in chunked({one.case_id for one in wanted}):
        found = connection.execute(select(CASES.c.id, CASES.c.history_length).where(CASES.c.id.in_(chunk)))
        lengths |= {row.id: row.history_length for row in found}
    tokens = list(tokens) or [secrets.token_urlsafe(24) for _ in wanted]
    if wanted:
        rows = [
            {
                "token_sha256": hash_of(token),
                "case_id": one.case_id,
                "action": one.action,
                "role": one.role,
                "name": one.name,
                "agency": one.agency,
                "notice_key": one.notice_key,
                "made_at_entry": lengths[one.case_id],
                "stage": one.stage,
                "expires_on": expires_on,
            }
            for token, one in zip(tokens, wanted, strict=True)
        ]
        connection.execute(insert(LINKS), rows)
    return tokens


def hold_links(connection: Connection, case_id: object, holder: str) -> None:
    """Lock what may be revoked of a case before the case itself, as whoever answers a post does."""
    if isinstance(case_id, int):
        desk = and_(LINKS.c.action == DESK, LINKS.c.agency == holder)
        mine = select(LINKS.c.token_sha256).where(or_(LINKS.c.case_id == case_id, desk))
        connection.execute(mine.order_by(LINKS.c.token_sha256).with_for_update())


def revoke_links(connection: Connection, case: Case, holder: str, *, on: date, at: datetime) -> int:
    """End what an agency or a proposer holds on a case, an agency's desk with it; returns how many links still worked."""
    if any(part.agency == holder for part in case.open_assignments):
        own = and_(LINKS.c.agency == holder, or_(LINKS.c.case_id == case.id, LINKS.c.action == DESK))
    else:
        own = and_(LINKS.c.role == Role.PROPOSER, LINKS.c.name == holder, LINKS.c.case_id == case.id)
    working = and_(LINKS.c.revoked_at.is_(None), LINKS.c.expires_on >= on)
    return connection.execute(update(LINKS).where(own, working).values(revoked_at=at)).rowcount


# Statements are made once: putting one together costs as much as running it.
_BY_TOKEN: Final = select(LINKS).where(LINKS.c.token_sha256 == bindparam("token"))
_HELD: Final = (
    select(PARTS.c.no)
    .where(
        PARTS.c.case_id == bindparam("case_id"),
        PARTS.c.agency == bindparam("agency"),
        PARTS.c.status != AssignmentStatus.RETURNED,
    )
    .limit(1)
)
_MOVES: Final = select(HISTORY.c.action, HISTORY.c.to_stage).where(
    HISTORY.c.case_id == bindparam("case_id"), HISTORY.c.seq > bindparam("after")
)
_STAGE: Final = select(CASES.c.kind, CASES.c.stage).where(CASES.c.id == bindparam("case_id"))


def find_link(connection: Connection, token_sha256: str) -> Link | None:
    """The link behind a token's hash, working or not."""
    row = connection.execute(_BY_TOKEN, {"token": token_sha256}).first()
    return None if row is None else _link(row)


def _link(row: Any) -> Link:
    key = row.notice_key or ""
    return Link(
        token_sha256=row.token_sha256,
        case_id=row.case_id,
        action=row.action,
        role=row.role,
        name=row.name,
        agency=row.agency,
        stage=row.stage,
        expires_on=row.expires_on,
        used_at=row.used_at,
        made_at_entry=row.made_at_entry,
        recipient=key[key.find("提案人:") :] if "提案人:" in key else "",
        revoked_at=row.revoked_at,
    )


_REPLACED: Final = "请从登记的邮箱或手机里最近一次通知进入；没有收到的，请联系督办单位核对联系方式。"
_ASK_OFFICE: Final = (
    "请从最近一次通知进入；或者点“重新发一个链接”，发到登记的联系方式；联系方式变了的，请联系督办单位。"
)
_NEWER: Final = "还有其他事项要办的，请从最近一次通知或待办清单进入。"


def open_link(connection: Connection, token: str, today: date) -> Link | Gone:
    """The link of a token, if it still lets its holder act; else why not."""
    link = find_link(connection, hash_of(token)) if len(token) <= 100 else None
    if link is None:
        return Gone("这个链接无效", "请核对是否复制完整；需要新的链接，请联系督办单位，或从最近一次通知进入。")
    if link.revoked_at is not None:  # it may be in wrong hands: not a word about the case
        return Gone("这个链接已经作废，督办单位另发了新的", _REPLACED, link)
    if today > link.expires_on:
        return _gone(connection, link, f"这个链接已于{zh_date(link.expires_on)}过期", _ASK_OFFICE)
    if link.used_at is not None and link.action not in REUSABLE:
        return _gone(connection, link, f"已经用这个链接办理过“{link.action}”", f"同一链接只能办理一次。{_NEWER}")
    return link if link.is_desk else _still_fits(connection, link)


def _still_fits(connection: Connection, link: Link) -> Link | Gone:
    held = {"case_id": link.case_id, "agency": link.agency}
    if link.agency is not None and connection.scalar(_HELD, held) is None:
        return _gone(connection, link, f"{link.agency}已不再承办本件", "不需要再办理。")
    allowed = STEP_OF[link.action].stages
    overtaking = OVERTAKEN_BY.get(link.action, frozenset())
    moves = connection.execute(_MOVES, {"case_id": link.case_id, "after": link.made_at_entry}).all()
    case = connection.execute(_STAGE, {"case_id": link.case_id}).one()
    left = any(row.to_stage not in allowed or row.action in overtaking for row in moves)
    if left or case.stage not in allowed:
        said = f"这件{case.kind}现在是“{case.stage}”，这个链接（{link.action}）已经失效"
        return _gone(connection, link, said, _NEWER)
    return link


def _gone(connection: Connection, link: Link, reason: str, remedy: str) -> Gone:
    case = load_cases(connection, [link.case_id])[link.case_id]
    since = entries(connection, case, link.viewer, after=link.made_at_entry)
    renewable = case.stage not in ENDS and recipient_of_link(case, link) is not None
    about = f"{case.kind}第{case.number}号《{case.title}》"
    return Gone(reason, remedy, link, since, about, renewable)


def recipient_of_link(case: Case, link: Link) -> str | None:
    """Whom a new link goes to: the link's own recipient, where he still has to do with the case."""
    if link.agency is not None:
        holds = any(part.agency == link.agency for part in case.open_assignments)
        return agency_recipient(link.agency) if holds else None
    if link.role is not Role.PROPOSER:
        return OFFICE
    own = [one.key for one in case.addressees if one.proposer.name == link.name]
    named = link.recipient.partition(":")[2].partition("#")[0]
    return proposer_recipient(named if named in own else own[0]) if own else None
