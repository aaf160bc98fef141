"""One batch of a sweep in the database (催办): due clocks gathered, the rules asked, notices and next days written.

Two tables of the connection alone hold the batch: `due_clocks`, its clocks, and `said`, what the rules say of each
pack, kind and last day among them. They end with the transaction (PostgreSQL) or are emptied at its start (SQLite).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    Executable,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    and_,
    cast,
    delete,
    exists,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.schema import CreateTable

from models import reminding as rules
from models import schema
from models.clocks import OF_THE_OFFICE
from models.columns import UtcDateTime, Word
from models.notice_vocabulary import MessageKind, NoticeStatus
from models.quiet import send_at
from models.rulings import OFFICE, agency_recipient, head_recipient, proposer_recipient
from models.vocabulary import AssignmentStatus, ClockKind, EscalationTarget, HandlingRole
from tasks.database import among, insert_into
from tasks.loading import CASES
from tasks.notices_store import NOTICES
from tasks.reminders import ESCALATED, facts_of
from tasks.world import calendar, packs

CLOCKS: Final = schema.CLOCKS
PARTS: Final = schema.ASSIGNMENTS
PROPOSERS: Final = schema.PROPOSERS
FEEDBACK: Final = schema.FEEDBACK

_OWN: Final[dict[str, Any]] = {"prefixes": ["TEMPORARY"], "postgresql_on_commit": "DROP"}
_METADATA: Final = MetaData()
DUE: Final = Table(
    "due_clocks", _METADATA,
    Column("case_id", Integer, nullable=False),
    Column("no", Integer, nullable=False),
    Column("kind", Word(ClockKind), nullable=False),
    Column("assignment_no", Integer),
    Column("due_on", Date, nullable=False),
    Column("pack", String(60), nullable=False),
    Column("round", Integer, nullable=False),
    **_OWN,
)  # fmt: skip
SAID: Final = Table(
    "said", _METADATA,
    Column("pack", String(60), primary_key=True),
    Column("kind", Word(ClockKind), primary_key=True),
    Column("due_on", Date, primary_key=True),
    Column("next_on", Date),
    Column("message", Word(MessageKind)),
    Column("key", String(60)),
    Column("facts", JSON),
    Column("office_key", String(60)),
    Column("head_key", String(60)),
    Column("escalation", JSON),
    Column("not_before_at", UtcDateTime, nullable=False),
    **_OWN,
)  # fmt: skip
_SHARED: Final = and_(SAID.c.pack == DUE.c.pack, SAID.c.kind == DUE.c.kind, SAID.c.due_on == DUE.c.due_on)
_NOTHING: Final = dict.fromkeys(("message", "key", "facts", "office_key", "head_key", "escalation"))
_HIGHER: Final = {EscalationTarget.OFFICE: "office_key", EscalationTarget.HEAD: "head_key"}
"""The column with the key of the notice to each."""
_WRITTEN: Final = ("key", "kind", "recipient", "facts", "case_id", "clock_no", "not_before_at", "created_at", "status",
                   "attempts")  # fmt: skip


def gather(connection: Connection, today: date, *, limit: int, waiting: bool) -> int:
    """Take up to `limit` clocks with a reminder due, the longest due first, and lock their cases (PostgreSQL).

    Unless `waiting`, cases in somebody's hands at this moment are passed over. Returns how many clocks.
    """
    for table in (DUE, SAID):
        connection.execute(CreateTable(table, if_not_exists=True))
        if connection.dialect.name != "postgresql":
            connection.execute(delete(table))
    due = CLOCKS.c.next_rung_on <= today
    first = select(CLOCKS.c.case_id).where(due).order_by(CLOCKS.c.next_rung_on).limit(limit)
    held = connection.scalars(
        select(CASES.c.id)
        .where(CASES.c.id.in_(first))
        .order_by(CASES.c.id)  # as everybody locks them
        .with_for_update(skip_locked=not waiting, key_share=True)
    ).all()
    found = (
        select(CLOCKS.c.case_id, CLOCKS.c.no, CLOCKS.c.kind, CLOCKS.c.assignment_no, CLOCKS.c.due_on, CASES.c.pack,
               CASES.c.round)
        .join(CASES, CASES.c.id == CLOCKS.c.case_id)
        .where(among(connection, CASES.c.id, held), due)  # looked at again: it may have been waited for
    )  # fmt: skip
    return _count(connection, insert(DUE).from_select(list(DUE.c), found))


def ask_rules(connection: Connection, *, today: date, at: datetime) -> None:
    """Have the rules say once what they say of all the clocks that share pack, kind and last day."""
    places = connection.execute(select(DUE.c.pack, DUE.c.kind, DUE.c.due_on).distinct()).all()
    days, known = calendar(), packs()
    mornings = {pack: send_at(at, known[pack], days) for pack in {row.pack for row in places}}
    rows = []
    for pack, kind, due_on in places:
        ladder = known[pack].reminder_ladder
        found = rules.said(ladder, kind, due_on, today=today, calendar=days)
        row = {
            "pack": pack,
            "kind": kind,
            "due_on": due_on,
            "next_on": rules.next_on(ladder, due_on, today=today, calendar=days),
            "not_before_at": mornings[pack],
        }
        rows.append(_NOTHING | row | (_said(found, kind, due_on) if found else {}))
    connection.execute(insert(SAID), rows)


def _said(found: rules.Said, kind: ClockKind, due_on: date) -> dict[str, Any]:
    """The parts of a notice that all clocks of a place share; keys are put between a clock and a recipient."""
    facts = facts_of(found, kind, due_on)
    words = {"message": found.kind, "key": f"/{due_on}/{found.rung.key}/", "facts": facts}
    columns = [_HIGHER[target] for target in found.higher]
    return words | dict.fromkeys(columns, f"/{due_on}/{ESCALATED}/") | {"escalation": facts | {"rung": ESCALATED}}


def write_notices(connection: Connection, *, at: datetime) -> int:
    """Write what the rules say, once for each recipient; returns how many were not there yet."""
    whom = (_office(), _holders(), _awaited(merged=False), _awaited(merged=True), *_escalations())
    rows = union_all(*(one.add_columns(*_constants(at)) for one in whom))
    statement = insert_into(connection, NOTICES).from_select(
        _WRITTEN, rows, include_defaults=False
    )  # the table has its own
    return _count(connection, statement.on_conflict_do_nothing(index_elements=["key"]))


def advance(connection: Connection) -> None:
    """Note on each clock of the batch the day of its next reminder."""
    connection.execute(
        update(CLOCKS)
        .values(next_rung_on=SAID.c.next_on)
        .where(CLOCKS.c.case_id == DUE.c.case_id, CLOCKS.c.no == DUE.c.no, _SHARED)
    )


def _office() -> Select[Any]:
    """What binds the office itself."""
    return _rows(literal(OFFICE)).where(DUE.c.kind.in_(sorted(OF_THE_OFFICE)))


def _holders(contact: str = "", **said: Any) -> Select[Any]:
    """The agency of the clock's part, or the leads for a clock of the whole case; `contact` names one of its roles."""
    whole = and_(DUE.c.assignment_no.is_(None), PARTS.c.role != HandlingRole.CO_HANDLER)
    return (
        _rows(literal(agency_recipient("")) + PARTS.c.agency + literal(contact), **said)
        .join(PARTS, PARTS.c.case_id == DUE.c.case_id)
        .where(
            DUE.c.kind.not_in(sorted({*OF_THE_OFFICE, ClockKind.FEEDBACK})),
            PARTS.c.status != AssignmentStatus.RETURNED,
            or_(PARTS.c.no == DUE.c.assignment_no, whole),
        )
    )


def _awaited(*, merged: bool) -> Select[Any]:
    """Addressees who have yet to say something in this round: the case's own, or those of cases merged into it."""
    side = CASES.alias()
    own = and_(side.c.id == DUE.c.case_id, side.c.merged_into.is_(None))
    addressee = _text(side.c.id) + literal(".") + _text(PROPOSERS.c.no)
    answered = exists().where(
        FEEDBACK.c.case_id == DUE.c.case_id, FEEDBACK.c.round == DUE.c.round, FEEDBACK.c.addressee == addressee
    )
    return (
        _rows(literal(proposer_recipient("")) + addressee)
        .join(side, side.c.merged_into == DUE.c.case_id if merged else own)
        .join(PROPOSERS, PROPOSERS.c.case_id == side.c.id)
        .where(DUE.c.kind == ClockKind.FEEDBACK, ~answered)
    )


def _escalations() -> tuple[Select[Any], ...]:
    """What has been late for so long that those above are told: the office, the holder's head."""
    more = {"kind": literal(MessageKind.ESCALATION, Word(MessageKind)), "facts": SAID.c.escalation}
    to_office = _rows(literal(OFFICE), key=SAID.c.office_key, **more)
    return to_office, _holders(head_recipient(""), key=SAID.c.head_key, **more)


def _rows(
    recipient: Any, *, kind: Any = SAID.c.message, key: Any = SAID.c.key, facts: Any = SAID.c.facts
) -> Select[Any]:
    """Notices to a recipient of each clock in the batch of which something is said; the order is `_WRITTEN`'s."""
    place = _text(DUE.c.case_id) + literal("/") + _text(DUE.c.no)
    columns = (place + key + recipient, kind, recipient, facts, DUE.c.case_id, DUE.c.no, SAID.c.not_before_at)
    return select(*columns).select_from(DUE).join(SAID, _SHARED).where(key.is_not(None))


def _constants(at: datetime) -> tuple[Any, ...]:
    return literal(at, UtcDateTime()), literal(NoticeStatus.WAITING, Word(NoticeStatus)), literal(0)


def _count(connection: Connection, statement: Executable) -> int:
    """How many rows a statement wrote."""
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount


def _text(column: Any) -> Any:
    return cast(column, Text)
