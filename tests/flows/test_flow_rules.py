"""The flows of rules and calendar, through a real Prefect server."""

from datetime import date

from builders import CONFERENCE, OFFICE, day, proposed
from sqlalchemy import func, select

from models import actions as a
from models import tables as t
from tasks import clock
from tasks.database import transaction
from tasks.recording import record

NOTICES = t.core(t.NoticeRow)
CASE = f"{CONFERENCE}/0001"


def wanted(engine):
    with transaction(engine) as connection:
        return connection.scalar(select(func.count()).select_from(NOTICES).where(NOTICES.c.kind == "请载入放假通知"))


def on(when, engine, *actions):
    with clock.moved_to(clock.morning_of(when)):
        assert [one.message for one in record(engine, actions) if one.refused] == []


def test_the_morning_sweep_asks_for_the_calendar_on_working_days_once(office, prefect_server):
    from flows.registry import run  # noqa: PLC0415 - Prefect takes seconds to load

    on(day(11, 16), office, proposed())
    for today, expected in ((day(11, 30), 0), (day(12, 1), 1), (day(12, 1), 1), (day(12, 5), 1), (day(12, 7), 2)):
        with clock.moved_to(clock.morning_of(today, 8)):
            run("watch_deadlines")
        assert wanted(office) == expected, today


def test_a_run_from_the_prefect_ui_works_out_what_stands_wrong(office, prefect_server):
    from flows.registry import perform, run  # noqa: PLC0415 - Prefect takes seconds to load

    on(day(2, 2), office, proposed())
    on(day(2, 3), office, a.Accept(case=CASE, by=OFFICE))
    on(day(2, 25), office, a.Assign(case=CASE, by=OFFICE, lead="民政局"))
    clocks = t.core(t.ClockRow)
    with transaction(office) as connection:
        right = connection.execute(select(clocks).order_by(clocks.c.no)).all()
        connection.execute(clocks.update().values(due_on=date(2026, 3, 1)))
    with clock.moved_to(clock.morning_of(day(2, 26))):
        found = run("rederive")
        assert len(found.moved) == sum(row.stopped_on is None for row in right)
        assert run("rederive").moved == []
        refused = perform("rederive", [a.Rederive(case=CASE, by=OFFICE)])
    assert "不能办理“重新计算期限”" in refused[0].message
    with transaction(office) as connection:
        now = connection.execute(select(clocks).order_by(clocks.c.no)).all()
    assert [row.due_on for row in now if row.stopped_on is None] == [r.due_on for r in right if r.stopped_on is None]
