"""A new link to the address on file (重发链接), for whoever holds one that no longer works or has lost his."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, select

from models.tables import NoticeRow, core
from models.values import Case
from models.vocabulary import MessageKind, NoticeStatus
from tasks import clock
from tasks.database import reading
from tasks.notices_store import enqueue


def send_new_link(connection: Connection, case: Case, recipient: str) -> bool:
    """Owe the recipient a notice with new links, at most one a day; False where today's is on its way already."""
    return enqueue(connection, [_row(case, recipient)]) == 1


def _row(case: Case, recipient: str) -> Mapping[str, Any]:
    now = clock.now()
    kind = MessageKind.NEW_LINK
    return {
        "key": f"{case.id}:{clock.today().isoformat()}:{kind}:{recipient}",
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
    notices = core(NoticeRow)
    due = (
        notices.c.status == NoticeStatus.WAITING,
        notices.c.not_before_at <= clock.now(),
        notices.c.kind == MessageKind.NEW_LINK,
    )
    with reading(engine) as connection:
        return frozenset(connection.scalars(select(notices.c.key).where(*due)))
