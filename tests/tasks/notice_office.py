"""A small fictional office in a database, for tests of delivery."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert
from sqlmodel import SQLModel

from models import tables as t
from models.notice_vocabulary import MessageKind
from models.vocabulary import (
    AssignmentStatus,
    ClockKind,
    HandlingRole,
    ProposalKind,
    ProposerKind,
    Publicity,
    Stage,
    StartEvent,
    Track,
)
from tasks.database import make_engine, transaction
from tasks.notices import enqueue

NOW = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
SESSION = "市政协六届二次会议"


def office(url: str, cases: int = 1, *, agencies: int = 3) -> Engine:
    """Cases 1…n, each led by 单位1…, with 财政局 as co-handler, a reply clock (no 1) and one proposer."""
    engine = make_engine(url)
    SQLModel.metadata.create_all(engine)
    with transaction(engine) as connection:
        session = {"name": SESSION, "canonical": SESSION, "track": Track.CPPCC, "pack": "national_cppcc"}
        _insert(connection, t.SessionRow, [{**session, "opened_on": date(2026, 1, 10)}])
        names = ["财政局", *(f"单位{n}" for n in range(1, agencies + 1))]
        _insert(connection, t.AgencyRow, [{"name": name, "full_name": f"某市{name}"} for name in names])
        ids = range(1, cases + 1)
        _insert(connection, t.CaseRow, [_case(n) for n in ids])
        person = {"no": 1, "kind": ProposerKind.MEMBER, "is_lead": True}
        _insert(connection, t.ProposerRow, [{**person, "case_id": n, "name": f"甄某{n}"} for n in ids])
        _insert(connection, t.ProposerContactRow, [_contact(n) for n in ids])
        _insert(connection, t.AssignmentRow, [p for n in ids for p in _parts(n, f"单位{n % agencies + 1}")])
        _insert(connection, t.ClockRow, [c for n in ids for c in _clocks(n)])
    return engine


def notice(case_id: int, kind: MessageKind = MessageKind.ASSIGNED, recipient: str = "单位:单位1", **more: Any) -> dict:
    """One row as the rules leave it."""
    key = f"{case_id}:1:{kind}:{recipient}"
    row = {"key": key, "case_id": case_id, "kind": kind, "recipient": recipient, "facts": {}}
    return {**row, "created_at": NOW, "not_before_at": NOW, **more}


def put(engine: Engine, *rows: dict[str, Any]) -> int:
    """Enqueue in a transaction."""
    with transaction(engine) as connection:
        return enqueue(connection, rows)


def _insert(connection: Connection, row: type[SQLModel], values: list[dict[str, Any]]) -> None:
    connection.execute(insert(t.core(row)), values)


def _case(n: int) -> dict[str, Any]:
    return {
        "id": n,
        "session": SESSION,
        "number": f"{2026000 + n}",
        "number_key": f"{2026000 + n}",
        "kind": ProposalKind.PROPOSAL,
        "track": Track.CPPCC,
        "pack": "national_cppcc",
        "title": f"关于社区食堂的提案之{n}",
        "in_recess": False,
        "stage": Stage.ASSIGNED,
        "publicity": Publicity.UNDECIDED,
        "round": 0,
        "received_on": date(2026, 1, 12),
        "history_length": 1,
        "history_hash": "",
    }


def _contact(n: int) -> dict[str, Any]:
    return {"case_id": n, "no": 1, "phone": f"139{n:08}", "email": f"zhen{n}@example.org", "address": "某路1号"}


def _parts(n: int, lead: str) -> list[dict[str, Any]]:
    part = {"case_id": n, "status": AssignmentStatus.ASSIGNED, "assigned_on": date(2026, 3, 16)}
    return [
        {**part, "no": 1, "agency": lead, "role": HandlingRole.LEAD},
        {**part, "no": 2, "agency": "财政局", "role": HandlingRole.CO_HANDLER},
    ]


def _clocks(n: int) -> list[dict[str, Any]]:
    start = {"case_id": n, "start_event": StartEvent.ASSIGNED, "started_on": date(2026, 3, 16), "provisional": False}
    reply, opinion = date(2026, 6, 16), date(2026, 5, 8)
    return [
        {**start, "no": 1, "kind": ClockKind.REPLY, "assignment_no": None, "rule": "r", "due_on": reply, "original_on": reply},
        {**start, "no": 2, "kind": ClockKind.CO_OPINION, "assignment_no": 2, "rule": "o", "due_on": opinion, "original_on": opinion},
    ]  # fmt: skip
