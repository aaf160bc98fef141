"""What delivery leaves to the coordinator (待督办单位处理): notices no way could deliver, addresses that bounce.

Each is a notice to the office, one for each recipient and day. What it says is read just before it is sent, so it
expires once the thing is settled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from models import schema
from models.notice_vocabulary import MessageKind, NoticeStatus
from models.quiet import BEIJING
from models.rulings import OFFICE
from notifications.audiences import Audience, read_recipient
from notifications.mail import masked
from notifications.rendering import zh_time
from tasks.bounces import standing
from tasks.notices_store import NOTICES, Notice, enqueue

DUTIES: Final = frozenset({MessageKind.UNDELIVERED, MessageKind.BOUNCED})
LISTED: Final = 20
"""Notices or addresses named in one message; the rest is a number."""
_CASES: Final = schema.CASES
_PROPOSERS: Final = schema.PROPOSERS


def ask_office(connection: Connection, kind: MessageKind, notices: Iterable[Notice], at: datetime) -> None:
    """Write what the coordinator has to see to, once for each recipient and day; nothing about the office's own."""
    day = at.astimezone(BEIJING).date()
    first = {one.recipient: one for one in notices if kind is MessageKind.BOUNCED or one.recipient != OFFICE}
    rows = [
        {
            "key": f"{kind.name.lower()}:{day}:{recipient}",
            "case_id": one.case_id,
            "kind": kind,
            "recipient": OFFICE,
            "facts": {"to": recipient},
            "created_at": at,
            "not_before_at": at,
        }
        for recipient, one in first.items()
    ]
    enqueue(connection, rows)


def duties(connection: Connection, notices: Sequence[Notice]) -> dict[str, dict[str, Any] | None]:
    """What each of these notices says now; None where it is settled. Other notices are left out."""
    own = [one for one in notices if one.kind in DUTIES and "to" in one.facts]
    if not own:
        return {}
    recipients = {str(one.facts["to"]) for one in own}
    names = names_of(connection, recipients)
    told = {
        MessageKind.UNDELIVERED: _failed(connection, recipients),
        MessageKind.BOUNCED: _bounced(connection, recipients, dead=True),
    }
    content = _bounced(connection, recipients, dead=False)
    found: dict[str, dict[str, Any] | None] = {}
    for one in own:
        to = str(one.facts["to"])
        lines, live = told[one.kind].get(to, []), content.get(to, [])
        said = {"name": names[to], "count": len(lines), "lines": lines[:LISTED]}
        if one.kind is MessageKind.BOUNCED:
            said |= {"count": len(lines) + len(live), "content": live[:LISTED]}
        found[one.key] = said if said["count"] else None
    return found


def names_of(connection: Connection, recipients: Collection[str]) -> dict[str, str]:
    """How each recipient is called: an agency, with the role it was meant for, or a proposer."""
    people = {one: read_recipient(one) for one in recipients}
    ids = {int(who.name.partition(".")[0]) for who in people.values() if who.audience is Audience.PROPOSER}
    rows = connection.execute(
        select(_PROPOSERS.c.case_id, _PROPOSERS.c.no, _PROPOSERS.c.name).where(_PROPOSERS.c.case_id.in_(ids))
    )
    proposers = {f"{row.case_id}.{row.no}": row.name for row in rows}
    return {
        one: proposers.get(who.name, "提案人")
        if who.audience is Audience.PROPOSER
        else f"{who.name}{who.role}" or "督办单位"
        for one, who in people.items()
    }


def _failed(connection: Connection, recipients: Collection[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    statement = (
        select(NOTICES.c.recipient, NOTICES.c.kind, NOTICES.c.error, _CASES.c.number)
        .join(_CASES, _CASES.c.id == NOTICES.c.case_id)
        .where(NOTICES.c.recipient.in_(list(recipients)), NOTICES.c.status == NoticeStatus.FAILED)
        .order_by(NOTICES.c.created_at, NOTICES.c.key)
    )
    for row in connection.execute(statement):
        found.setdefault(row.recipient, []).append(f"第{row.number}号{row.kind}（{row.error}）")
    return found


def _bounced(connection: Connection, recipients: Collection[str], *, dead: bool) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in standing(connection, recipients):
        if one.dead is not dead:
            continue
        said = f"{masked(one.address)}，{zh_time(one.bounced_at)}，{one.code} {masked(one.said)}"
        found.setdefault(one.recipient, []).append(said)
    return found
