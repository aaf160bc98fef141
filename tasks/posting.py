"""One delivery run put together (发送): facts, links, letters and channels for what waits."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, select

from models.notice_vocabulary import MessageKind
from models.quiet import send_at
from models.settings import Settings
from notifications.audiences import read_recipient
from notifications.directory import Directory, open_directory
from notifications.messages import NoticeFacts
from notifications.sending import Attachment
from tasks import clock
from tasks.bounces import bounced_in
from tasks.database import reading
from tasks.explaining import explain
from tasks.link_offers import links_for
from tasks.loading import CASES, chunked, load_cases
from tasks.notice_facts import FactsReader
from tasks.notices import Delivery, deliver
from tasks.notices_addresses import addresses_in
from tasks.notices_store import Notice
from tasks.replies import letter_file, write_letters
from tasks.world import calendar, packs

NO_WAY = "无渠道"
"""Said of a recipient whom no way reaches."""
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def post(
    engine: Engine,
    settings: Settings,
    *,
    now: datetime,
    worker: str,
    limit: int = 5000,
    secrets: Mapping[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Delivery:
    """Send what is due, by the office's routes; `secrets` fill what the routes leave to them."""
    directory = directory_of(engine, settings, secrets or {})
    facts = FactsReader(
        today=now.astimezone(clock.BEIJING).date(),
        links_for=links_for,
        explain=explain,
        load=load_cases,
        office=settings.office,
    )
    with directory.staying():
        return deliver(
            engine,
            now=now,
            channels_for=directory,
            compose_facts=facts,
            attachments_for=lambda one: _letters(engine, settings, one),
            hours=quiet_until,
            worker=worker,
            limit=limit,
            progress=progress,
        )


def quiet_until(connection: Connection, notices: Sequence[Notice], at: datetime) -> dict[str, datetime]:
    """Until when those wait that came due in their place's quiet hours or on a rest day, be it for another try."""
    rows: list[Any] = []
    for chunk in chunked({one.case_id for one in notices}):
        rows += connection.execute(select(CASES.c.id, CASES.c.pack).where(CASES.c.id.in_(chunk)))
    mornings = {pack: send_at(at, packs()[pack], calendar()) for pack in {row.pack for row in rows} if pack in packs()}
    until = {row.id: mornings.get(row.pack, at) for row in rows}
    return {one.key: until[one.case_id] for one in notices if until[one.case_id] > at}


def directory_of(engine: Engine, settings: Settings, secrets: Mapping[str, str] | None = None) -> Directory:
    """The office's routes, with the addresses on record."""
    return open_directory(
        os.environ,
        secrets=secrets or {},
        folder=settings.mailbox,
        now=clock.now,
        addresses=addresses_in(engine),
        bounced=bounced_in(engine),
    )


def first_channels(engine: Engine, settings: Settings) -> Callable[[str], str]:
    """Answers the name of the first way to a recipient, each looked up once."""
    directory = directory_of(engine, settings)

    @cache
    def first(recipient: str) -> str:
        route = directory(recipient)
        return route[0][0].name if route else NO_WAY

    return first


def _letters(engine: Engine, settings: Settings, notice: NoticeFacts) -> Sequence[Attachment]:
    """The addressee's own letter goes with the notice that announces it."""
    if notice.kind is not MessageKind.REPLY:
        return ()
    if notice.letter is None:
        raise LookupError(f"{notice.ref} has no letter")
    case_id, draft_no = notice.letter
    own = read_recipient(notice.recipient).name
    path = letter_file(settings.letters, own, notice.recipient_name, draft_no=draft_no)
    if not path.exists():
        with reading(engine) as connection:
            write_letters(connection, [case_id], settings.letters, template=settings.letter_docx)
    return (Attachment(name=f"第{notice.number}号答复函.docx", content=path.read_bytes(), media_type=DOCX),)
