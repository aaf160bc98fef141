from __future__ import annotations

from datetime import date, timedelta
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import PolicyError
from models.workdays import Calendar, CalendarYear, Run, parse_year

SHIPPED = [
    parse_year(entry.read_text(encoding="utf-8"), entry.name)
    for entry in files("models").joinpath("calendars").iterdir()
]
CALENDAR = Calendar.of(SHIPPED)
DAYS = st.dates(date(2022, 6, 1), date(2033, 12, 31))

HEAD = 'year = 2027\nsource = "国办发明电〔2026〕0号"\nurl = "https://example.cn/1"\n'
FEAST = '[[holidays]]\nname = "春节"\n'


def test_shipped_years_hold_the_published_number_of_working_days():
    counted = {year: CALENDAR.count(date(year - 1, 12, 31), date(year, 12, 31)) for year in range(2023, 2027)}
    assert counted == {2023: 249, 2024: 251, 2025: 248, 2026: 248}
    assert CALENDAR.published_years == {2023, 2024, 2025, 2026}
    assert CALENDAR.sources[2026] == "国办发明电〔2025〕7号"


@pytest.mark.parametrize(
    ("day", "works", "why"),
    [
        (date(2026, 10, 1), False, "国庆节"),
        (date(2026, 9, 20), True, "调休上班（9月20日）"),
        (date(2026, 9, 19), False, "周六"),
        (date(2026, 9, 21), True, None),
        (date(2025, 10, 6), False, "国庆节、中秋节"),
        (date(2022, 12, 31), False, "元旦"),
        (date(2027, 2, 5), False, "春节"),
        (date(2031, 10, 1), False, "国庆节、中秋节"),
        (date(2040, 10, 1), False, "国庆节"),
        (date(2028, 4, 4), False, "清明节"),
    ],
)
def test_a_day_says_what_it_is(day, works, why):
    assert CALENDAR.is_workday(day) is works
    assert CALENDAR.why(day) == why


@given(DAYS, st.integers(-600, 600))
def test_adding_then_counting_is_the_identity(start, workdays):
    assert CALENDAR.count(start, CALENDAR.add(start, workdays)) == workdays


@given(DAYS, DAYS)
def test_counting_is_counting_day_by_day(after, until):
    if after <= until:
        days = [after + timedelta(days=number) for number in range(1, (until - after).days + 1)]
    else:
        days = [until + timedelta(days=number) for number in range((after - until).days)]
    worked = sum(CALENDAR.is_workday(day) for day in days)
    assert CALENDAR.count(after, until) == (worked if after <= until else -worked)


@given(DAYS)
def test_rolling_ends_on_the_first_working_day_not_before(day):
    rolled = CALENDAR.roll(day)
    assert CALENDAR.is_workday(rolled)
    assert CALENDAR.count(day - timedelta(days=1), rolled) == 1


def test_adding_nothing_stays_even_on_a_rest_day():
    assert CALENDAR.add(date(2026, 10, 1), 0) == date(2026, 10, 1)


def test_feasts_come_in_runs_and_make_up_days_apart():
    assert CALENDAR.feasts(date(2026, 9, 18), date(2026, 10, 20)) == (
        Run(date(2026, 9, 25), date(2026, 9, 27), "中秋节"),
        Run(date(2026, 10, 1), date(2026, 10, 7), "国庆节"),
    )
    assert CALENDAR.makeups(date(2026, 9, 18), date(2026, 10, 10)) == (date(2026, 9, 20), date(2026, 10, 10))
    assert CALENDAR.makeups(date(2026, 9, 20), date(2026, 10, 9)) == ()


@pytest.mark.parametrize(
    ("day", "provisional"),
    [
        (date(2026, 12, 24), False),
        (date(2026, 12, 25), True),
        (date(2025, 12, 31), False),
        (date(2027, 3, 1), True),
    ],
)
def test_a_day_the_next_notice_may_move_is_provisional(day, provisional):
    assert CALENDAR.is_provisional(day) is provisional


def test_an_overlay_wins_over_the_notice_and_publishes_nothing():
    closed = CalendarYear(2027, "本级通知", "https://example.cn/2", {date(2026, 9, 21): ("防汛停工", True)})
    local = Calendar.of(SHIPPED, [closed])
    assert local.why(date(2026, 9, 21)) == "防汛停工"
    assert local.published_years == CALENDAR.published_years
    assert local != CALENDAR


def test_calendars_of_the_same_days_are_equal_whatever_the_order():
    again = Calendar.of(reversed(SHIPPED))
    assert (again, hash(again)) == (CALENDAR, hash(CALENDAR))


def test_two_notices_for_one_year_are_refused():
    with pytest.raises(PolicyError, match="2026年日历：有两份放假通知"):
        Calendar.of([*SHIPPED, CalendarYear(2026, "又一份", "https://example.cn", {})])


def test_a_notice_may_reach_into_the_december_before():
    text = HEAD + FEAST + "from = 2026-12-31\nto = 2027-01-02\n"
    assert date(2026, 12, 31) in parse_year(text, "2027.toml").days


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("year = ", "2027.toml：不是有效的 TOML"),
        ('year = "2027"', "2027.toml·year：缺少年份或年份不是整数"),
        ("year = 2027", "2027.toml·source：缺少或不是文字"),
        (HEAD + "feast = 1", "2027.toml·feast：不认识的键"),
        (HEAD + "holidays = 3", "2027.toml·holidays：不是节日列表"),
        (HEAD + "[[holidays]]\nfrom = 2027-02-05\nto = 2027-02-08", "第1个节日·name：缺少节日名称"),
        (HEAD + FEAST + 'from = "2027-02-05"\nto = 2027-02-08', "第1个节日（春节）：from、to、work 应为日期"),
        (HEAD + FEAST + "from = 2027-02-05T00:00:00\nto = 2027-02-08", "from、to、work 应为日期"),
        (HEAD + FEAST + "from = 2027-02-05\nto = 2027-02-08\ndays = 4", "第1个节日·days：不认识的键"),
        (HEAD + FEAST + "from = 2027-02-08\nto = 2027-02-05", "放假止日2027-02-05早于起日2027-02-08"),
        (HEAD + FEAST + "from = 2027-02-05\nto = 2027-02-08\nwork = [2027-02-06]", "2027-02-06既放假又上班"),
        (HEAD + FEAST + "from = 2027-02-05\nto = 2027-02-08\nwork = [2027-02-20, 2027-02-20]", "2027-02-20写了两次"),
        (HEAD + FEAST + "from = 2028-02-05\nto = 2028-02-05", "2028-02-05不在2027年"),
        (HEAD + FEAST + "from = 2026-11-30\nto = 2026-11-30", "2026-11-30不在2027年"),
    ],
)
def test_a_wrong_notice_is_refused_with_the_place(text, sentence):
    with pytest.raises(PolicyError) as refused:
        parse_year(text, "2027.toml")
    assert sentence in str(refused.value)


@given(DAYS, st.integers(1, 60), DAYS)
def test_a_further_holiday_never_brings_a_day_forward(start, workdays, off):
    more = Calendar.of(SHIPPED, [CalendarYear(off.year, "加假", "", {off: ("加假", True)})])
    assert more.add(start, workdays) >= CALENDAR.add(start, workdays)
    assert more.roll(start) >= CALENDAR.roll(start)
