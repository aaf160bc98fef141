"""What must never be (不变量), each as one statement over the whole database that finds where it is.

Words are read as plain text here: a row with a word nobody knows is to be found, not to stop the search.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Select, String, and_, cast, func, or_, select, type_coerce
from sqlalchemy import literal as lit

from models import schema
from models.columns import Word
from models.lifecycle import STEPS
from models.notice_vocabulary import NoticeStatus
from models.signing import text_sha256
from models.told import Audience
from models.vocabulary import Stage
from models.workdays import Calendar
from tasks.clock import BEIJING

CASES, HISTORY, KEYS = schema.CASES.c, schema.HISTORY.c, schema.IDEMPOTENCY_KEYS.c
NOTICES, DRAFTS, SIGNATURES = schema.NOTICES.c, schema.DRAFTS.c, schema.SIGNATURES.c
LETTERS, FEEDBACK = schema.LETTERS.c, schema.FEEDBACK.c

Found = tuple[int | None, str]
"""The case and what is wrong with it, in a sentence without its full stop."""
MOST_DOUBTS: Final = 1
"""A notice that went out may have arrived once before; a second doubt goes to a person (docs/operations.md)."""
ALWAYS_TOLD: Final = frozenset({Audience.OWN_PROPOSERS, Audience.PROPOSERS, Audience.AGENCIES, Audience.OFFICE})
"""Audiences that are never empty."""
RECEIPT: Final = "收件"


def words(connection: Connection) -> Iterator[Found]:
    """Stages and all other words are in the vocabulary."""
    for table in schema.METADATA.sorted_tables:
        for column in table.c:
            if isinstance(column.type, Word):
                yield from _unknown(connection, column)


def _unknown(connection: Connection, column: Column[Any]) -> Iterator[Found]:
    said = _plain(column)
    own = {"cases": "id"}.get(column.table.name, "case_id")
    case_id = column.table.c[own] if own in column.table.c else lit(None)
    for row in connection.execute(select(case_id, said).where(said.not_in(list(column.type.members)))):  # type: ignore[attr-defined]  # a Word
        yield row[0], f"{column.table.name}.{column.name} 写着“{row[1]}”，没有这个词"


def steps(connection: Connection) -> Iterator[Found]:
    """Every entry is a step the table of the life cycle knows."""
    table = {step.kind: step for step in STEPS}
    given = (_plain(HISTORY.from_stage), HISTORY.action, _plain(HISTORY.to_stage))
    for row in connection.execute(select(*given, func.min(HISTORY.case_id), func.count()).group_by(*given)):
        before, action, after, case_id, count = row
        step = table.get(action)
        if action == RECEIPT:
            known = before is None
        else:
            known = step is not None and before in step.stages and step.to in {None, after}
        if not known:
            yield case_id, f"有 {count} 条记录由“{before or '无'}”经“{action}”到“{after}”，流程里没有这一步"


def stages(connection: Connection) -> Iterator[Found]:
    """A case is where its last entry took it, and each entry begins where the one before ended."""
    last = and_(HISTORY.case_id == CASES.id, HISTORY.seq == CASES.history_length)
    now, then = _plain(CASES.stage), _plain(HISTORY.to_stage)
    joined = schema.CASES.outerjoin(schema.HISTORY, last)
    wrong = or_(HISTORY.seq.is_(None), now != then)
    for row in connection.execute(select(CASES.id, now, then).select_from(joined).where(wrong)):
        ended = f"最后一条记录却到“{row[2]}”" if row[2] else "却没有到这里的记录"
        yield row[0], f"现在是“{row[1]}”，{ended}"
    before = schema.HISTORY.alias("before")
    gap = and_(before.c.case_id == HISTORY.case_id, before.c.seq == HISTORY.seq - 1)
    torn = _plain(before.c.to_stage) != func.coalesce(_plain(HISTORY.from_stage), "")
    statement = select(HISTORY.case_id, HISTORY.seq).join(before, gap).where(torn)
    for row in connection.execute(statement):
        yield row[0], f"第{row[1]}条记录开始的阶段不是上一条结束的阶段"


def keys(connection: Connection) -> Iterator[Found]:
    """Every entry has the key that keeps it from being made twice."""
    table = schema.IDEMPOTENCY_KEYS
    joined = schema.HISTORY.outerjoin(table, and_(KEYS.case_id == HISTORY.case_id, KEYS.seq == HISTORY.seq))
    missing = select(HISTORY.case_id, HISTORY.seq).select_from(joined).where(KEYS.key.is_(None))
    for row in connection.execute(missing):
        yield row[0], f"第{row[1]}条记录没有防重标识"
    joined = table.outerjoin(schema.HISTORY, and_(KEYS.case_id == HISTORY.case_id, KEYS.seq == HISTORY.seq))
    for row in connection.execute(select(KEYS.case_id, KEYS.seq).select_from(joined).where(HISTORY.seq.is_(None))):
        yield row[0], f"防重标识指向第{row[1]}条记录，没有这一条"


def told(connection: Connection) -> Iterator[Found]:
    """Whoever an entry has to be told to has a notice of it."""
    must = {(step.kind, kind.value) for step in STEPS for kind, who in step.tells if who in ALWAYS_TOLD}
    for action, kind in sorted(must):
        prefix = cast(HISTORY.case_id, String) + ":" + cast(HISTORY.seq, String) + f":{kind}:"
        there = select(NOTICES.key).where(
            NOTICES.case_id == HISTORY.case_id, _plain(NOTICES.kind) == kind, NOTICES.key.startswith(prefix)
        )
        statement = select(HISTORY.case_id, HISTORY.seq).where(HISTORY.action == action, ~there.exists())
        for row in connection.execute(statement):
            yield row[0], f"第{row[1]}条记录（{action}）没有发给任何人的“{kind}”"


def late_notices(connection: Connection, calendar: Calendar, at: datetime) -> Iterator[Found]:
    """What was due is not unsent a whole working day later."""
    latest = _one_workday_before(calendar, at)
    unsent = _plain(NOTICES.status).in_([NoticeStatus.WAITING, NoticeStatus.SENDING])
    statement = select(NOTICES.case_id, NOTICES.kind, NOTICES.not_before_at).where(
        unsent, NOTICES.not_before_at < latest
    )
    for row in connection.execute(statement.order_by(NOTICES.not_before_at)):
        since = row.not_before_at.astimezone(BEIJING)
        yield row.case_id, f"“{row.kind}”从{since:%Y-%m-%d %H:%M}起该发，还没有发出"


def _one_workday_before(calendar: Calendar, at: datetime) -> datetime:
    """The same time on the working day before; on a rest day the beginning of the last working day."""
    now = at.astimezone(BEIJING)
    day, hour = now.date(), now.hour if calendar.is_workday(now.date()) else 0
    while day == now.date() or not calendar.is_workday(day):
        day -= timedelta(days=1)
    return datetime.combine(day, time(hour), BEIJING)


def twice(connection: Connection) -> Iterator[Found]:
    """Nothing went out oftener than the one doubt that cannot be excluded."""
    sent = _plain(NOTICES.status) == NoticeStatus.SENT
    rows = connection.execute(
        select(NOTICES.case_id, _plain(NOTICES.kind), NOTICES.doubts, NOTICES.sent_at).where(
            sent, or_(NOTICES.doubts > MOST_DOUBTS, NOTICES.sent_at.is_(None))
        )
    )
    for case_id, kind, doubts, sent_at in rows:
        yield case_id, f"“{kind}”{'记作已发，却没有时间' if sent_at is None else f'可能发过{doubts + 1}次'}"


def signed(connection: Connection) -> Iterator[Found]:
    """Signatures cover the text that was sent."""
    texts = select(DRAFTS.case_id, DRAFTS.no, DRAFTS.sha256, DRAFTS.text).where(DRAFTS.text.is_not(None))
    for case_id, no, sha256, text in connection.execute(texts, execution_options={"yield_per": 500}):
        if text_sha256(text) != sha256:
            yield case_id, f"第{no}稿的正文与登记的校验值不符"
    draft = and_(DRAFTS.case_id == SIGNATURES.case_id, DRAFTS.no == SIGNATURES.draft_no)
    for row in connection.execute(_without(select(SIGNATURES.case_id, SIGNATURES.no), draft, SIGNATURES.sha256)):
        yield row[0], f"第{row[1]}个签字覆盖的不是它所签的稿"
    sent = and_(DRAFTS.case_id == LETTERS.case_id, DRAFTS.no == LETTERS.draft_no)
    for row in connection.execute(_without(select(LETTERS.case_id, LETTERS.number), sent, LETTERS.sha256)):
        yield row[0], f"发出的第{row[1]}号答复函不是登记的那一稿"
    under = select(SIGNATURES.no).where(
        SIGNATURES.case_id == LETTERS.case_id,
        SIGNATURES.draft_no == LETTERS.draft_no,
        SIGNATURES.sha256 == LETTERS.sha256,
    )
    for row in connection.execute(select(LETTERS.case_id, LETTERS.number).where(~under.exists())):
        yield row[0], f"发出的第{row[1]}号答复函没有人签过"


def _without(statement: Select[Any], on: ColumnElement[bool], sha256: Column[Any]) -> Select[Any]:
    """Rows whose draft is not there or carries another hash."""
    joined = sha256.table.outerjoin(schema.DRAFTS, on)
    return statement.select_from(joined).where(or_(DRAFTS.sha256.is_(None), DRAFTS.sha256 != sha256))


def released(connection: Connection) -> Iterator[Found]:
    """A round's feedback is released together, when all have answered."""
    answered = func.count(FEEDBACK.released_on)
    stage = func.min(_plain(CASES.stage))
    rounds = (
        select(FEEDBACK.case_id, FEEDBACK.round, func.count(), answered, stage)
        .join(schema.CASES, CASES.id == FEEDBACK.case_id)
        .group_by(FEEDBACK.case_id, FEEDBACK.round)
        .having(func.count() > answered)
    )
    for case_id, number, count, out, at in connection.execute(rounds):
        if out:
            yield case_id, f"第{number + 1}轮反馈有 {count} 份，只放开了 {out} 份"
        elif at != Stage.REPLIED:
            yield case_id, f"第{number + 1}轮反馈没有放开，本件已经到“{at}”"


def _plain(column: Any) -> Any:
    return type_coerce(column, String)
