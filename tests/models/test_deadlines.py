from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.deadlines import (
    Extension,
    Pause,
    due,
    escalate_on,
    explain,
    light,
    next_rung_on,
    remaining,
    rungs,
)
from models.errors import BanliError, InputError, PolicyError
from models.ladders import Escalation, Ladder, Rung
from models.policy import ClockRule, ExtensionRule
from models.vocabulary import ClockKind, EscalationTarget, Light, StartEvent, Track, Unit
from models.workdays import Calendar, CalendarYear
from tasks.calendars import load_calendar, packaged_years

CALENDAR = load_calendar()
STARTS = st.dates(date(2023, 1, 1), date(2026, 6, 30))
LENGTHS = st.integers(1, 40)
UNITS = st.sampled_from([Unit.WORKDAYS, Unit.DAYS])


def rule(length=3, unit=Unit.MONTHS, **more):
    given_values = {
        "rule_id": "test.reply",
        "step": ClockKind.REPLY,
        "tracks": (Track.CPPCC,),
        "length": length,
        "unit": unit,
        "start": StartEvent.ASSIGNED,
        "roll": True,
        "source": "某条例第一条",
        "confidence": "V",
    }
    return ClockRule(**(given_values | more))


SIX_MONTHS = rule(extension=ExtensionRule(total_length=6, unit=Unit.MONTHS, consent="交办机关"))
THREE_MORE = rule(extension=ExtensionRule(added_length=3, unit=Unit.MONTHS))
REPORT = rule(None, None, month_day="08-31", start=StartEvent.FIXED)


def granted(length=6, unit=Unit.MONTHS, *, added=False, on=date(2026, 4, 1), by="交办机关"):
    return Extension(length, unit, added, on, by, "涉及面广")


@pytest.mark.parametrize(
    ("start_on", "length", "unit", "legal_on", "due_on"),
    [
        (date(2025, 11, 30), 3, Unit.MONTHS, date(2026, 2, 28), date(2026, 2, 28)),
        (date(2026, 2, 4), 3, Unit.MONTHS, date(2026, 5, 4), date(2026, 5, 6)),
        (date(2026, 3, 20), 3, Unit.MONTHS, date(2026, 6, 20), date(2026, 6, 22)),
        (date(2026, 7, 3), 3, Unit.MONTHS, date(2026, 10, 3), date(2026, 10, 8)),
        (date(2025, 8, 31), 6, Unit.MONTHS, date(2026, 2, 28), date(2026, 2, 28)),
        (date(2026, 2, 11), 5, Unit.WORKDAYS, date(2026, 2, 25), date(2026, 2, 25)),
        (date(2026, 2, 13), 5, Unit.WORKDAYS, date(2026, 2, 27), date(2026, 2, 27)),
        (date(2026, 2, 11), 10, Unit.WORKDAYS, date(2026, 3, 3), date(2026, 3, 3)),
        (date(2026, 4, 28), 5, Unit.WORKDAYS, date(2026, 5, 8), date(2026, 5, 8)),
        (date(2026, 9, 18), 10, Unit.WORKDAYS, date(2026, 10, 9), date(2026, 10, 9)),
        (date(2026, 9, 24), 20, Unit.WORKDAYS, date(2026, 10, 29), date(2026, 10, 29)),
        (date(2026, 3, 13), 30, Unit.WORKDAYS, date(2026, 4, 27), date(2026, 4, 27)),
        (date(2023, 7, 17), 20, Unit.WORKDAYS, date(2023, 8, 14), date(2023, 8, 14)),
        (date(2023, 5, 31), 20, Unit.WORKDAYS, date(2023, 6, 29), date(2023, 6, 29)),
        (date(2026, 9, 24), 10, Unit.DAYS, date(2026, 10, 4), date(2026, 10, 8)),
    ],
)
def test_known_dates(start_on, length, unit, legal_on, due_on):
    found = due(rule(length, unit), start_on, calendar=CALENDAR)
    assert (found.legal_on, found.due_on, found.original_on) == (legal_on, due_on, due_on)
    assert not found.provisional


@pytest.mark.parametrize(
    ("published_on", "start_on", "late_workdays"),
    [(date(2023, 10, 7), date(2023, 7, 17), None), (date(2023, 7, 17), date(2023, 5, 31), 12)],
)
def test_published_replies_were_late(published_on, start_on, late_workdays):
    found = due(rule(20, Unit.WORKDAYS), start_on, calendar=CALENDAR)
    late = -remaining(found.due_on, published_on, CALENDAR)
    assert late > 0
    assert late_workdays in {None, late}


def test_every_step_is_said():
    found = due(rule(20, Unit.WORKDAYS, start=StartEvent.RECEIVED), date(2026, 9, 18), calendar=CALENDAR)
    assert explain(found).splitlines() == [
        "1. 答复时限为20个工作日（某条例第一条）。",
        "2. 自收到交办之日2026年9月18日起算，当日不计。",
        "3. 9月25日至27日中秋节、10月1日至7日国庆节不计，周末不计。",
        "4. 9月20日、10月10日调休上班，计入。",
        "5. 第20个工作日是2026年10月22日。",
    ]


@pytest.mark.parametrize(
    ("this_rule", "start_on", "sentence"),
    [
        (rule(), date(2025, 11, 30), "满3个月的当月没有对应日，月末是2026年2月28日。"),
        (rule(), date(2025, 11, 30), "2026年2月28日调休上班，是工作日，不顺延。"),
        (rule(), date(2026, 2, 4), "2026年5月4日是休息日（劳动节），参照民法典第二百零三条顺延至2026年5月6日。"),
        (rule(roll=False), date(2026, 2, 4), "2026年5月4日是休息日（劳动节），本规则不顺延。"),
        (rule(10, Unit.DAYS), date(2026, 3, 2), "第10日是2026年3月12日（休息日计入）。"),
        (
            rule(start_confidence="I"),
            date(2026, 3, 2),
            "自交办之日2026年3月2日起算（来源未写明起算日，此为推定），当日不计。",
        ),
        (rule(5, Unit.WORKDAYS), date(2026, 3, 9), "周末不计。"),
        (rule(5, Unit.WORKDAYS), date(2023, 4, 3), "4月5日清明节不计，周末不计。"),
        (rule(10, Unit.WORKDAYS), date(2023, 9, 27), "9月29日至10月6日中秋节、国庆节不计，周末不计。"),
        (REPORT, date(2026, 3, 9), "答复的期限是每年8月31日（某条例第一条）。"),
        (REPORT, date(2026, 3, 9), "起算后的第一个该日是2026年8月31日。"),
        (rule(), date(2026, 11, 20), "2027年放假通知尚未载入，按周末和法定节日推算，期限暂定为2027年2月22日。"),
    ],
)
def test_what_is_peculiar_is_said(this_rule, start_on, sentence):
    assert sentence in due(this_rule, start_on, calendar=CALENDAR).steps


@pytest.mark.parametrize(
    ("start_on", "due_on"),
    [
        (date(2026, 3, 9), date(2026, 8, 31)),
        (date(2025, 8, 31), date(2026, 8, 31)),
        (date(2024, 9, 2), date(2025, 9, 1)),
    ],
)
def test_a_fixed_day_is_the_next_one_after_the_start(start_on, due_on):
    assert due(REPORT, start_on, calendar=CALENDAR).due_on == due_on


@pytest.mark.parametrize(
    ("start_on", "provisional"),
    [
        (date(2026, 9, 23), False),
        (date(2026, 9, 28), True),
        (date(2026, 10, 8), True),
        (date(2022, 11, 1), False),
        (date(2025, 9, 30), False),
    ],
)
def test_a_date_the_next_notice_may_move_is_provisional(start_on, provisional):
    assert due(rule(), start_on, calendar=CALENDAR).provisional is provisional


def test_working_days_that_run_through_an_open_year_are_provisional():
    partial = Calendar.of(year for year in packaged_years() if year.year != 2025)
    assert due(rule(300, Unit.WORKDAYS), date(2024, 12, 20), calendar=partial).provisional
    assert not due(rule(14), date(2024, 12, 20), calendar=partial).provisional


def test_loading_the_notice_moves_the_date_and_ends_the_provision():
    start_on = date(2026, 12, 28)
    notice = CalendarYear(2027, "通知", "", {date(2027, 1, 1): ("元旦", True), date(2027, 1, 4): ("元旦", True)})
    before = due(rule(5, Unit.WORKDAYS), start_on, calendar=CALENDAR)
    after = due(rule(5, Unit.WORKDAYS), start_on, calendar=Calendar.of([*packaged_years(), notice]))
    assert (before.due_on, before.provisional) == (date(2027, 1, 5), True)
    assert (after.due_on, after.provisional) == (date(2027, 1, 6), False)


@given(STARTS, LENGTHS, UNITS, st.data(), st.integers(0, 60))
def test_a_pause_of_n_counted_days_moves_the_date_by_n(start_on, length, unit, data, pause_days):
    this = rule(length, unit, roll=False)
    plain = due(this, start_on, calendar=CALENDAR)
    from_on = data.draw(st.dates(start_on, plain.due_on - timedelta(days=1)))
    until_on = from_on + timedelta(days=pause_days)
    paused = due(this, start_on, calendar=CALENDAR, pauses=[Pause(from_on, until_on, "请予说明")])
    if unit is Unit.WORKDAYS:
        assert CALENDAR.count(plain.due_on, paused.due_on) == CALENDAR.count(from_on, until_on)
    else:
        assert (paused.due_on - plain.due_on).days == pause_days
    assert paused.original_on == plain.due_on


@given(STARTS, LENGTHS, st.integers(0, 30), st.integers(0, 30))
def test_replaying_day_by_day_gives_the_same_date(start_on, length, before_days, pause_days):
    """Walk the days one by one as a clerk with a calendar would, leaving out the paused ones."""
    from_on = start_on + timedelta(days=before_days)
    until_on = from_on + timedelta(days=pause_days)
    day, left = start_on, length
    while left:
        day += timedelta(days=1)
        left -= CALENDAR.is_workday(day) and not from_on < day <= until_on
    derived = due(rule(length, Unit.WORKDAYS), start_on, calendar=CALENDAR, pauses=[Pause(from_on, until_on, "中止")])
    assert derived.due_on == day


@given(STARTS, LENGTHS, st.sampled_from(Unit), st.tuples(STARTS, st.integers(0, 40)), st.integers(-5, 60))
def test_a_further_holiday_never_brings_a_deadline_forward(start_on, length, unit, pause, off_after):
    from_on, pause_days = pause
    off = start_on + timedelta(days=off_after)
    more = Calendar.of(packaged_years(), [CalendarYear(off.year, "加假", "", {off: ("加假", True)})])
    pauses = [Pause(from_on, from_on + timedelta(days=pause_days), "中止")]
    before = due(rule(length, unit), start_on, calendar=CALENDAR, pauses=pauses)
    after = due(rule(length, unit), start_on, calendar=more, pauses=pauses)
    assert after.due_on >= before.due_on


@given(STARTS, LENGTHS, st.sampled_from(Unit))
def test_deriving_again_gives_what_is_stored(start_on, length, unit):
    stored = due(rule(length, unit), start_on, calendar=CALENDAR)
    again = due(rule(length, unit), start_on, calendar=Calendar.of(packaged_years()), pauses=[], today=start_on)
    assert again == stored
    assert stored.steps


def test_pauses_add_up_in_order_and_are_said():
    pauses = [
        Pause(date(2026, 9, 28), date(2026, 9, 30), "等候说明"),
        Pause(date(2026, 9, 21), date(2026, 9, 23), "请予说明"),
    ]
    found = due(rule(5, Unit.WORKDAYS), date(2026, 9, 18), calendar=CALENDAR, pauses=pauses)
    assert found.due_on == date(2026, 10, 8)
    assert found.steps[-2:] == (
        "2026年9月21日至2026年9月23日暂停（请予说明），2个工作日不计，期限移至2026年9月29日（9月25日至27日中秋节不计）。",
        "2026年9月28日至2026年9月30日暂停（等候说明），2个工作日不计，期限移至2026年10月8日（10月1日至7日国庆节不计）。",
    )


def test_a_running_pause_counts_to_today():
    pauses = [Pause(date(2026, 3, 9), None, "请予说明")]
    found = due(rule(), date(2026, 3, 2), calendar=CALENDAR, pauses=pauses, today=date(2026, 3, 12))
    assert found.legal_on == date(2026, 6, 5)
    assert "2026年3月9日至今暂停（请予说明），3日不计，期限移至2026年6月5日。" in found.steps


@pytest.mark.parametrize(
    ("pause", "words"),
    [
        (Pause(date(2026, 2, 2), date(2026, 2, 20), "先前"), "未占用时限"),
        (Pause(date(2026, 6, 2), date(2026, 6, 9), "过期"), "始于期满之后，不影响期限"),
    ],
)
def test_a_pause_outside_the_term_moves_nothing(pause, words):
    found = due(rule(), date(2026, 3, 2), calendar=CALENDAR, pauses=[pause])
    assert found.due_on == date(2026, 6, 2)
    assert any(words in step for step in found.steps)


@pytest.mark.parametrize(
    ("this_rule", "extensions", "due_on", "sentence"),
    [
        (
            SIX_MONTHS,
            [granted()],
            date(2026, 9, 2),
            "2026年4月1日经交办机关同意总时限延至6个月，原因：涉及面广；期限移至2026年9月2日。",
        ),
        (
            THREE_MORE,
            [granted(1, added=True, by=None), granted(2, added=True, on=date(2026, 5, 1), by=None)],
            date(2026, 9, 2),
            "2026年5月1日延长2个月，原因：涉及面广；期限移至2026年9月2日。",
        ),
        (
            THREE_MORE,
            [granted(15, Unit.WORKDAYS, added=True)],
            date(2026, 6, 24),
            "2026年4月1日经交办机关同意延长15个工作日，原因：涉及面广；期限移至2026年6月24日（6月19日至21日端午节不计）。",
        ),
    ],
)
def test_extensions_run_from_the_start(this_rule, extensions, due_on, sentence):
    found = due(this_rule, date(2026, 3, 2), calendar=CALENDAR, extensions=extensions)
    assert (found.due_on, found.original_on) == (due_on, date(2026, 6, 2))
    assert sentence in found.steps


def test_an_extended_month_end_does_not_drift():
    found = due(THREE_MORE, date(2025, 11, 30), calendar=CALENDAR, extensions=[granted(3, added=True)])
    assert found.legal_on == date(2026, 5, 30)


def test_a_fixed_day_can_be_put_off():
    late = rule(
        None,
        None,
        month_day="08-31",
        start=StartEvent.FIXED,
        extension=ExtensionRule(added_length=1, unit=Unit.MONTHS),
    )
    found = due(late, date(2026, 3, 2), calendar=CALENDAR, extensions=[granted(10, Unit.WORKDAYS, added=True)])
    assert found.due_on == date(2026, 9, 14)


@pytest.mark.parametrize(
    ("this_rule", "more", "kind", "sentence"),
    [
        (rule(), {"today": date(2026, 3, 1)}, InputError, "起算日2026年3月2日晚于今天2026年3月1日"),
        (
            rule(),
            {"pauses": [Pause(date(2026, 3, 9), date(2026, 3, 5), "")]},
            InputError,
            "暂停止日2026年3月5日早于起日2026年3月9日",
        ),
        (rule(), {"pauses": [Pause(date(2026, 3, 9), None, "")]}, InputError, "2026年3月9日起的暂停尚未结束"),
        (
            rule(),
            {"pauses": [Pause(date(2026, 3, 9), None, "")], "today": date(2026, 3, 5)},
            InputError,
            "暂停始于将来的2026年3月9日",
        ),
        (
            rule(),
            {
                "pauses": [
                    Pause(date(2026, 3, 9), date(2026, 3, 13), ""),
                    Pause(date(2026, 3, 12), date(2026, 3, 20), ""),
                ]
            },
            InputError,
            "2026年3月9日起和2026年3月12日起的两次暂停重叠",
        ),
        (
            rule(),
            {
                "pauses": [Pause(date(2026, 3, 9), None, ""), Pause(date(2026, 3, 12), date(2026, 3, 20), "")],
                "today": date(2026, 3, 12),
            },
            InputError,
            "两次暂停重叠",
        ),
        (rule(), {"extensions": [granted()]}, PolicyError, "没有规定可以延期"),
        (
            SIX_MONTHS,
            {"extensions": [granted(7)]},
            PolicyError,
            "延期7个月至2026年10月2日，超过上限。最迟可延至2026年9月2日。",
        ),
        (THREE_MORE, {"extensions": [granted(4, added=True)]}, PolicyError, "超过上限"),
        (SIX_MONTHS, {"extensions": [granted(3)]}, InputError, "延期3个月没有晚于原期限2026年6月2日"),
        (SIX_MONTHS, {"extensions": [granted(0)]}, InputError, "延期长度0不是正数"),
        (SIX_MONTHS, {"extensions": [granted(by=None)]}, InputError, "须经交办机关同意"),
        (
            SIX_MONTHS,
            {"extensions": [granted(on=date(2026, 2, 1))]},
            InputError,
            "延期批准日2026年2月1日早于起算日2026年3月2日",
        ),
        (rule(None, None), {}, PolicyError, "既没有时限也没有固定日期"),
    ],
)
def test_the_impossible_is_refused_with_the_sentence_that_helps(this_rule, more, kind, sentence):
    with pytest.raises(BanliError) as refused:
        due(this_rule, date(2026, 3, 2), calendar=CALENDAR, **more)
    assert isinstance(refused.value, kind)
    assert sentence in str(refused.value)


LADDER = Ladder(
    rungs=(
        Rung(from_workdays=-7, text="距期限7个工作日"),
        Rung(from_workdays=-3, to_workdays=-1, every_workdays=2, text="将到期"),
        Rung(from_workdays=0, text="今日到期"),
        Rung(from_workdays=1, every_workdays=1, text="已逾期"),
    ),
    yellow_workdays=7,
    red_workdays=3,
    escalation=Escalation(after_workdays=2, to=tuple(EscalationTarget), source="样例", confidence="I"),
    source="样例",
    confidence="I",
)
DUE_ON = date(2026, 10, 9)


@pytest.mark.parametrize(
    ("today", "left", "colour"),
    [
        (date(2026, 9, 18), 10, Light.GREEN),
        (date(2026, 9, 21), 8, Light.GREEN),
        (date(2026, 9, 22), 7, Light.YELLOW),
        (date(2026, 9, 28), 4, Light.YELLOW),
        (date(2026, 9, 29), 3, Light.RED),
        (date(2026, 10, 9), 0, Light.RED),
        (date(2026, 10, 10), -1, Light.RED),
        (date(2026, 10, 11), -1, Light.RED),
        (date(2026, 10, 12), -2, Light.RED),
    ],
)
def test_lights_follow_the_working_days_left(today, left, colour):
    assert remaining(DUE_ON, today, CALENDAR) == left
    assert light(DUE_ON, today, calendar=CALENDAR, ladder=LADDER) is colour


def test_rungs_fall_on_working_days():
    found = rungs(LADDER, DUE_ON, CALENDAR, until=date(2026, 10, 12))
    assert [(rung.key, rung.on) for rung in found] == [
        ("-7", date(2026, 9, 22)),
        ("-3", date(2026, 9, 29)),
        ("-1", date(2026, 10, 8)),
        ("+0", date(2026, 10, 9)),
        ("+1", date(2026, 10, 10)),
        ("+2", date(2026, 10, 12)),
    ]
    assert rungs(LADDER, DUE_ON, CALENDAR) == found[:4]
    assert escalate_on(LADDER, DUE_ON, CALENDAR) == date(2026, 10, 12)
    assert escalate_on(LADDER.model_copy(update={"escalation": None}), DUE_ON, CALENDAR) is None


def test_a_last_day_of_rest_is_spoken_of_on_the_working_day_before():
    on_the_day = [rung for rung in rungs(LADDER, date(2026, 10, 3), CALENDAR) if rung.key == "+0"]
    assert [rung.on for rung in on_the_day] == [date(2026, 9, 30)]


@given(st.dates(date(2025, 1, 1), date(2026, 6, 1)), st.integers(-30, 30))
def test_the_next_rung_is_the_first_of_the_list_after_the_day(due_on, days):
    after = due_on + timedelta(days=days)
    listed = [rung.on for rung in rungs(LADDER, due_on, CALENDAR, until=after + timedelta(days=60)) if rung.on > after]
    assert next_rung_on(LADDER, due_on, after, CALENDAR) == listed[0]


def test_a_ladder_that_ends_has_no_next_rung():
    ended = LADDER.model_copy(update={"rungs": LADDER.rungs[:2]})
    assert next_rung_on(ended, DUE_ON, DUE_ON, CALENDAR) is None
    assert LADDER.rungs[3].within_years()[:3] == [1, 2, 3]
