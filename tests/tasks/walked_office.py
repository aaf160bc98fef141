"""A fictional office whose cases were walked to sign-for by real actions, for tests of links and posts."""

import datetime as dt
from typing import Any

from sqlalchemy import Engine

from models import actions as a
from models.tables.fields import core
from models.tables.office import AgencyRow, SessionRow
from models.vocabulary import Role, Track
from tasks import clock
from tasks.database import make_engine, transaction
from tasks.loading import session_key
from tasks.recording import record

SESSION = "市政协六届二次会议"
LEAD, CO = "民政局", "财政局"
BY_LEAD = a.Actor(role=Role.LEAD, name="王科长", agency=LEAD)
BY_CO = a.Actor(role=Role.CO_HANDLER, name="李科长", agency=CO)
MORNING = clock.morning_of(dt.date(2026, 2, 25))


def walked_office(url: str, count: int = 1) -> Engine:
    """In an empty database of the newest version: cases 0001…, filed and assigned to 民政局 with 财政局 on 25 February 2026."""
    engine = make_engine(url)
    with transaction(engine) as connection:
        session = {"name": SESSION, "canonical": session_key(SESSION), "track": Track.CPPCC, "pack": "national_cppcc"}
        connection.execute(core(SessionRow).insert(), [session | {"opened_on": dt.date(2026, 1, 20)}])
        names = [{"name": name, "full_name": f"某市{name}"} for name in (LEAD, CO, "教育局")]
        connection.execute(core(AgencyRow).insert(), names)
    numbers = [f"{n:04}" for n in range(1, count + 1)]
    do(engine, *(_receive(number) for number in numbers))
    do(engine, *(a.Accept(case=number) for number in numbers))
    do(engine, *(a.Assign(case=number, lead=LEAD, co_handlers=(CO,)) for number in numbers))
    return engine


def do(engine: Engine, *actions: a.Action) -> list[a.Outcome]:
    """Record actions on the office's day; none may be refused."""
    with clock.moved_to(MORNING):
        outcomes = record(engine, actions)
    assert not [one.message for one in outcomes if one.refused]
    return outcomes


def sign_for(number: str = "0001", **more: Any) -> a.SignFor:
    """The lead signs for a case."""
    return a.SignFor(case=number, **({"by": BY_LEAD} | more))


def _receive(number: str) -> a.Receive:
    person = {"kind": "委员", "phone": "13800000000"}
    return a.Receive.model_validate(
        {
            "case": number,
            "session": SESSION,
            "proposal_kind": "政协提案",
            "title": f"关于加强社区治理的提案{number}",
            "text": "建议增加专职人员。",
            "proposers": [{"name": "张三", **person}, {"name": "李四", **person}],
            "submitted_on": "2026-01-20",
        }
    )
