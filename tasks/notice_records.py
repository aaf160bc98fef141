"""The rows a batch of notices speaks of (通知所据的记录), one query for each table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, select

from models import schema
from models.notice_vocabulary import MessageKind
from notifications.audiences import Audience, read_recipient
from tasks.database import given, is_given
from tasks.loading import chunked
from tasks.notices_store import Notice


@dataclass(frozen=True, slots=True)
class Records:
    """What the batch needs, by case id."""

    cases: Mapping[int, Row[Any]]
    proposers: Mapping[int, list[Row[Any]]]
    parts: Mapping[int, list[Row[Any]]]
    clocks: Mapping[int, list[Row[Any]]]
    drafts: Mapping[int, list[Row[Any]]]
    letters: Mapping[int, list[Row[Any]]]


def read_records(connection: Connection, notices: Sequence[Notice]) -> Records:
    """Everything these notices may speak of."""
    ids = {n.case_id for n in notices}
    addressed = {_addressee_id(n.recipient)[0] for n in notices if n.recipient.startswith(Audience.PROPOSER)}
    with_reply = {n.case_id for n in notices if n.kind in {MessageKind.REPLY, MessageKind.FEEDBACK_WANTED}}
    cases = {row.id: row for row in _rows(connection, schema.CASES, ids | addressed, column="id")}
    answered = {_answered(cases, n) for n in notices if n.kind is MessageKind.REPLY}
    return Records(
        cases=cases,
        proposers=_by_case(_rows(connection, schema.PROPOSERS, ids | addressed)),
        parts=_by_case(_rows(connection, schema.ASSIGNMENTS, ids)),
        clocks=_by_case(_rows(connection, schema.CLOCKS, ids)),
        drafts=_by_case(_rows(connection, schema.DRAFTS, with_reply, leave_out="text")),
        letters=_by_case(_rows(connection, schema.LETTERS, answered)),
    )


def addressee(notice: Notice, records: Records) -> tuple[Row[Any], Row[Any] | None]:
    """The case the reader knows (a merged one keeps its own number) and, for a proposer, who he is."""
    if read_recipient(notice.recipient).audience is not Audience.PROPOSER:
        return records.cases[notice.case_id], None
    case_id, no = _addressee_id(notice.recipient)
    return records.cases[case_id], next(p for p in records.proposers[case_id] if p.no == no)


def letter_of(notice: Notice, records: Records) -> tuple[int, int] | None:
    """The newest letter of a reply that is announced, as case id and number of its draft; None for other notices."""
    if notice.kind is not MessageKind.REPLY:
        return None
    case_id = _answered(records.cases, notice)
    letters = records.letters.get(case_id)
    return (case_id, letters[-1].draft_no) if letters else None


def _answered(cases: Mapping[int, Row[Any]], notice: Notice) -> int:
    """The case whose letter a reader gets: the one his own is merged into."""
    if not notice.recipient.startswith(Audience.PROPOSER):
        return notice.case_id
    own = cases[_addressee_id(notice.recipient)[0]]
    return int(own.merged_into or own.id)


def _addressee_id(recipient: str) -> tuple[int, int]:
    case_id, _, no = read_recipient(recipient).name.partition(".")
    return int(case_id), int(no)


def _rows(
    connection: Connection, table: Table, ids: Iterable[int], *, column: str = "case_id", leave_out: str = ""
) -> list[Row[Any]]:
    found: list[Row[Any]] = []
    statement = _rows_by(table.c[column], connection.dialect.name, leave_out)
    for chunk in chunked(sorted(ids)):
        found += connection.execute(statement, given(connection, chunk))
    return found


@cache
def _rows_by(column: Any, dialect: str, leave_out: str) -> Select[Any]:
    """Statements are made once: putting one together costs as much as running it."""
    table = column.table
    read = select(*(c for c in table.c if c.name != leave_out))
    return read.where(is_given(column, dialect)).order_by(*table.primary_key)


def _by_case(rows: Iterable[Row[Any]]) -> Mapping[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.case_id].append(row)
    return found
