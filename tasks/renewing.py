"""A new link to the address on file (重发链接), for whoever holds one that no longer works or has lost his."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, select

from models import schema
from models.actions.action import Outcome
from models.actions.upkeep import RenewLinks
from models.notice_vocabulary import MessageKind, NoticeStatus
from models.steps.renewing import holders
from models.values.case import Case
from tasks import clock
from tasks.database import reading, transaction
from tasks.links import hold_links, revoke_links
from tasks.loading import resolve
from tasks.notices_store import enqueue
from tasks.recording import record_with_cases


def send_new_link(connection: Connection, case: Case, recipient: str) -> bool:
    """Owe the recipient a notice with new links, at most one a day; False where today's is on its way already."""
    return enqueue(connection, [_row(case, recipient, clock.today().isoformat())]) == 1


class _NotReallyError(Exception):
    """Ends a transaction that was only tried."""


@dataclass(frozen=True, slots=True)
class Resent:
    """What became of the office's wish to send somebody new links."""

    outcome: Outcome
    revoked: int = 0
    """How many links stopped working."""


def resend(engine: Engine, action: RenewLinks, *, dry_run: bool = False) -> Resent:
    """Revoke what somebody holds on a case, owe him new links, and say so in the history; all of it or nothing."""
    found: list[Resent] = []
    with suppress(_NotReallyError), transaction(engine) as connection:
        found.append(_resent(connection, action))
        if dry_run:
            raise _NotReallyError
    return found[0]


def _resent(connection: Connection, action: RenewLinks) -> Resent:
    hold_links(connection, resolve(connection, [action.case]).get(action.case), action.to)
    (outcome,), cases = record_with_cases(connection, [action])
    if outcome.result != "已办理":
        return Resent(outcome)
    case, now = cases[action.case], clock.now()
    revoked = revoke_links(connection, case, action.to, on=clock.today(), at=now)
    enqueue(connection, [_row(case, one, str(case.history_length)) for one in holders(case)[action.to]])
    return Resent(outcome, revoked)


def _row(case: Case, recipient: str, once: str) -> Mapping[str, Any]:
    now = clock.now()
    kind = MessageKind.NEW_LINK
    return {
        "key": f"{case.id}:{once}:{kind}:{recipient}",
        "case_id": case.id,
        "kind": kind,
        "recipient": recipient,
        "facts": {},
        "created_at": now,
        "not_before_at": now,
        "status": NoticeStatus.WAITING,
    }


def new_links_due(engine: Engine) -> frozenset[str]:
    """The notices with new links that may leave now and have not, by key."""
    notices = schema.NOTICES
    due = (
        notices.c.status == NoticeStatus.WAITING,
        notices.c.not_before_at <= clock.now(),
        notices.c.kind == MessageKind.NEW_LINK,
    )
    with reading(engine) as connection:
        return frozenset(connection.scalars(select(notices.c.key).where(*due)))
