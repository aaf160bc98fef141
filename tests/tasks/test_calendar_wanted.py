"""A holiday notice that is missing is asked for, once a day, while it is missing."""

from datetime import date

import pytest
from builders import CONFERENCE, OFFICE, day, proposed
from sqlalchemy import select

from models import actions as a
from models import tables as t
from tasks import clock
from tasks.calendar_wanted import ask_for_calendar
from tasks.database import transaction
from tasks.recording import record
from tasks.world import look_again

NOTICES = t.core(t.NoticeRow)
NOTICE = 'year = 2027\nsource = "国办发明电〔2026〕1号"\nurl = "https://example.invalid"\n'


def asked(engine, today):
    at = clock.morning_of(today)
    new = ask_for_calendar(engine, today=today, at=at)
    with transaction(engine) as connection:
        rows = connection.execute(select(NOTICES).where(NOTICES.c.kind == "请载入放假通知")).all()
    return new, rows


@pytest.fixture
def one_case(office):
    with clock.moved_to(clock.morning_of(day(11, 16))):
        outcomes = record(office, [proposed(), a.Accept(case=f"{CONFERENCE}/0001", by=OFFICE)])
        outcomes += record(office, [a.Assign(case=f"{CONFERENCE}/0001", by=OFFICE, lead="民政局")])
    assert [one.message for one in outcomes if one.refused] == []
    return office


@pytest.mark.parametrize(
    ("today", "expected"), [(day(11, 30), 0), (day(12, 1), 1), (day(12, 31), 1), (date(2027, 1, 4), 1)]
)
def test_from_december_on_the_office_is_asked_once_a_day(one_case, today, expected):
    assert asked(one_case, today)[0] == expected
    new, rows = asked(one_case, today)
    assert (new, len(rows)) == (0, expected)
    if rows:
        assert (rows[0].recipient, rows[0].facts["year"]) == ("督办", 2027)
        assert rows[0].facts["provisional"] >= 1
        assert rows[0].key == f"calendar_wanted:2027:{today}"


def test_every_day_is_a_notice_of_its_own_until_it_is_loaded(one_case, home):
    for today in (day(12, 1), day(12, 2), day(12, 3)):
        assert asked(one_case, today)[0] == 1
    (home / "calendars").mkdir()
    (home / "calendars" / "2027.toml").write_text(NOTICE, encoding="utf-8")
    look_again()
    assert asked(one_case, day(12, 4))[0] == 0


def test_an_office_without_a_case_is_not_written_to(office):
    assert asked(office, day(12, 1)) == (0, [])
