"""A small fictional office with a case at each of several steps, worked through the real command."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from databases import ON_POSTGRES, Databases
from sqlalchemy import insert

from deployments.cli import run
from models import actions as a
from models import tables as t
from models.settings import Settings, settings_from
from models.vocabulary import Role, Track
from tasks import clock, database
from tasks.recording import record

SESSION = "云溪市政协六届二次会议"
TODAY = date(2026, 6, 10)
LEAD = a.Actor(role=Role.LEAD, name="王科长", agency="民政局")
CO = a.Actor(role=Role.CO_HANDLER, name="李科长", agency="财政局")


@dataclass(frozen=True)
class Ended:
    """One command line's end."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


@pytest.fixture
def home(tmp_path: Path, databases: Databases) -> Iterator[Path]:
    """A home folder of its own, named by the environment as a user would; the environment is put back afterwards."""
    before = dict(os.environ)
    for name in ("BANLI_DATABASE_URL", "PREFECT_API_URL", "COLUMNS"):
        os.environ.pop(name, None)
    os.environ["BANLI_HOME"] = str(tmp_path / "home")
    if ON_POSTGRES:
        os.environ["BANLI_DATABASE_URL"] = databases.empty(tmp_path / "home" / "banli.sqlite")
    with clock.moved_to(clock.morning_of(TODAY)):
        yield tmp_path / "home"
    database.close()
    os.environ.clear()
    os.environ.update(before)
    databases.drop(tmp_path)


@pytest.fixture
def settings(home: Path, new_database: Callable[[Path], str]) -> Settings:
    """An office without a case: one session, four agencies."""
    new_database(home)
    found = settings_from(os.environ)
    session = {"name": SESSION, "canonical": SESSION, "track": Track.CPPCC, "pack": "national_cppcc"}
    days = {"opened_on": date(2026, 1, 18), "closed_on": date(2026, 1, 22)}
    names = ("民政局", "财政局", "教育局", "交通局")
    with database.transaction(database.engine(found.database_url)) as connection:
        connection.execute(insert(t.core(t.SessionRow)), [session | days])
        connection.execute(insert(t.core(t.AgencyRow)), [{"name": n, "full_name": f"云溪市{n}"} for n in names])
    return found


@pytest.fixture
def office(settings: Settings) -> Settings:
    """Cases 0001 待审查, 0002 待交办, 0003 待签收, 0004 办理中 and overdue, 0005 已撤案, 0006 并入 0002."""
    engine = database.engine(settings.database_url)

    def on(month: int, day: int, *actions: a.Action) -> None:
        with clock.moved_to(clock.morning_of(date(2026, month, day))):
            refused = [one.message for one in record(engine, actions) if one.refused]
        assert refused == []

    on(1, 21, *(received(f"{n:04}") for n in range(1, 7)))
    on(2, 2, *(a.Accept(case=f"{n:04}") for n in range(2, 5)))
    on(2, 3, a.Withdraw(case="0005", reason="已经解决"), a.Merge(case="0006", into="0002"))
    on(2, 25, a.Assign(case="0004", lead="民政局", co_handlers=["财政局"]))
    on(2, 27, a.SignFor(case="0004", by=LEAD), a.SignFor(case="0004", by=CO))
    on(3, 10, contact("0004"))
    on(6, 1, a.Assign(case="0003", lead="财政局"))
    return settings


def received(number: str, **more: Any) -> a.Receive:
    """A proposal by 苏某某, whose telephone number must never be printed."""
    person = {"name": "苏某某", "kind": "委员", "phone": "13900001111", "email": "su@example.invalid"}
    given = {
        "session": SESSION,
        "proposal_kind": "政协提案",
        "title": f"关于社区食堂的提案之{number}",
        "text": "建议增设。",
    }
    return a.Receive(case=number, proposers=[person], submitted_on=date(2026, 1, 20), **(given | more))


def contact(case: str) -> a.RecordContact:
    """A talk with the proposer."""
    return a.RecordContact(case=case, by=LEAD, way="面商", on=date(2026, 3, 10), with_name="苏某某", said="同意。")


@pytest.fixture
def banli(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Run one command line in this process."""

    def command(*arguments: object) -> Ended:
        capsys.readouterr()
        code = run([str(one) for one in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Ended(code, out, err)

    return command
