"""Rules, calendars, pauses and days that cannot be: each is refused in a sentence that says where, what and the way out."""

from dataclasses import replace
from datetime import date

import pytest
from builders import LEAD, OFFICE, at, day, packs, world

from models import actions as a
from models.deadlines import Extension, Pause, due
from models.errors import InputError, PolicyError
from models.lifecycle import advance
from models.packs import parse_packs
from models.rederiving import rederived
from models.rulings import Refused
from models.vocabulary import ClockKind, Stage, Track, Unit
from models.workdays import parse_year
from tasks.calendars import load_calendar
from tasks.policies import pack_texts

HEAD = (
    '[pack]\ncode = "benshi"\nname = "本市"\nextends = "national_cppcc"\n'
    'tracks = ["政协"]\nversion = "1"\nsource = "本市办法"\n'
)
CLOCK = (
    '[[clocks]]\nid = "benshi.reply"\nstep = "答复"\ntracks = ["政协"]\nlength = 3\nunit = "个月"\n'
    'start = "交办之日"\nroll = true\nsource = "第一条"\nconfidence = "V"\n'
)


def told(text, **others):
    """What is said of a pack that is refused, each sentence with its way out."""
    with pytest.raises(PolicyError) as refused:
        parse_packs({**pack_texts(), "本市.toml": text, **{f"{name}.toml": other for name, other in others.items()}})
    assert all(fault.where and fault.what and fault.remedy.endswith("。") for fault in refused.value.faults)
    return str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("length = 3", "length = -3", ("length", "-3 太小", "大于 0")),
        ("length = 3", "length = 0", ("length", "0 太小")),
        ("length = 3", "length = 3.5", ("length", "不是整数")),
        ("length = 3", "length = 99999", ("length", "太大", "1200")),
        ('"个月"', '"年"', ("unit", '不认识的值 "年"', "工作日、日、个月")),
        ('"交办之日"', '"某日"', ("start", "不认识的值", "交办之日、")),
        ("roll = true\n", "", ("roll", "缺少这一项")),
        ('"benshi.reply"', '"答复"', ("id", "小写字母")),
        ('code = "benshi"', 'code = ["benshi"]', ("pack·code", "不是文字")),
        ('extends = "national_cppcc"', "extends = 3", ("pack·extends", "不是文字")),
        ('extends = "national_cppcc"', 'extends = "nirgends"', ("没有规则包 nirgends", "national_cppcc")),
        ('extends = "national_cppcc"', 'extends = "benshi"', ("继承成环", "benshi → benshi")),
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_place(old, new, words):
    said = told((HEAD + CLOCK).replace(old, new))
    assert "本市.toml" in said
    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("step", "start", "words"),
    [
        ("反馈意见", "提交之日", ("clocks·benshi.reply·start", "不能自提交之日起算", "答复之日、收到答复之日")),
        ("定期报告", "固定日期", ("不能自固定日期起算", "交办之日、作出承诺之日")),
        ("承诺兑现", "作出承诺之日", ("clocks·benshi.reply·step", "写在答复中", "请删去")),
        ("答复", "上期报告期限之日", ("不能自上期报告期限之日起算",)),
    ],
)
def test_a_start_that_nothing_brings_about_is_refused(step, start, words):
    fixed = 'month_day = "08-31"' if start == "固定日期" else 'length = 3\nunit = "个月"'
    said = told(
        (HEAD + CLOCK).replace('"答复"', f'"{step}"').replace('"交办之日"', f'"{start}"')
        .replace('length = 3\nunit = "个月"', fixed)
    )  # fmt: skip
    for word in words:
        assert word in said


def test_a_fixed_day_needs_no_other_start_for_a_reply():
    text = (HEAD + CLOCK).replace('length = 3\nunit = "个月"', 'month_day = "06-30"').replace("交办之日", "固定日期")
    assert "benshi" in parse_packs({**pack_texts(), "本市.toml": text})


def test_a_day_that_is_off_and_worked_at_once_is_refused():
    text = (
        'year = 2027\nsource = "某文"\nurl = "https://example.invalid"\n'
        '[[holidays]]\nname = "春节"\nfrom = 2027-02-05\nto = 2027-02-12\nwork = [2027-02-06]\n'
    )
    with pytest.raises(PolicyError, match=r"2027-02-06既放假又上班。请对照放假通知原文"):
        parse_year(text, "2027.toml")


def test_a_cycle_of_packs_is_shown_whole():
    other = HEAD.replace('"benshi"\nname', '"linshi"\nname').replace("national_cppcc", "benshi")
    assert "benshi → linshi → benshi" in told(HEAD.replace("national_cppcc", "linshi"), linshi=other)


@pytest.mark.parametrize(
    "extension",
    [
        'total_length = 7\nunit = "个月"',
        'added_length = 4\nunit = "个月"',
        'added_length = 300\nunit = "工作日"',
        'added_length = 400\nunit = "日"',
    ],
)
def test_an_extension_beyond_the_one_of_the_rules_above_is_refused_in_whatever_unit(extension):
    assert "的上限" in told(f"{HEAD}{CLOCK}[clocks.extension]\n{extension}\n")


def test_an_extension_within_it_is_taken_in_whatever_unit():
    for extension in ('total_length = 6\nunit = "个月"', 'added_length = 30\nunit = "工作日"'):
        text = f"{HEAD}{CLOCK}[clocks.extension]\n{extension}\n"
        assert "benshi" in parse_packs({**pack_texts(), "本市.toml": text})


RULE = packs()["national_cppcc"].clock(ClockKind.REPLY, track=Track.CPPCC, in_recess=False)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"pauses": [Pause(day(4, 2), day(4, 1), "说明")]}, "早于起日2026年4月2日"),
        ({"pauses": [Pause(day(4, 2), day(4, 9), "x"), Pause(day(4, 8), day(4, 12), "y")]}, "两次暂停重叠"),
        ({"pauses": [Pause(day(4, 2), None, "x"), Pause(day(4, 8), day(4, 12), "y")], "today": day(5, 1)}, "重叠"),
        ({"pauses": [Pause(day(4, 2), None, "x")]}, "尚未结束"),
        ({"pauses": [Pause(day(6, 2), day(6, 3), "x")], "today": day(5, 1)}, "将来的2026年6月2日"),
        ({"today": day(3, 1)}, "晚于今天2026年3月1日"),
        ({"extensions": [Extension(7, Unit.MONTHS, False, day(4, 1), None, "x")]}, "超过上限"),
        ({"extensions": [Extension(-1, Unit.MONTHS, True, day(4, 1), None, "x")]}, "不是正数"),
    ],
)
def test_pauses_starts_and_extensions_that_cannot_be(given, words):
    with pytest.raises((InputError, PolicyError), match=words) as refused:
        due(RULE, day(3, 2), calendar=load_calendar(), **given)
    assert refused.value.faults[0].remedy.endswith("。")


@pytest.mark.parametrize("start_on", [date(1, 1, 1), date(1949, 12, 31), date(2101, 1, 1), date(9999, 12, 30)])
def test_a_year_without_any_calendar_is_refused(start_on):
    with pytest.raises(InputError, match=r"没有可用的日历.*1950年至2100年"):
        due(RULE, start_on, calendar=load_calendar())


def test_a_year_without_its_notice_is_reckoned_and_said_to_be_open():
    found = due(RULE, date(2031, 3, 3), calendar=load_calendar())
    assert found.provisional
    assert "暂定" in found.steps[-1]


def test_a_date_nobody_can_mean_is_refused_and_not_an_accident():
    walk = at(Stage.FILED)
    given = {"case": "0001", "by": OFFICE, "lead": "民政局"}
    assert "太远" in walk.refusal(a.Assign(**given, due_on=date(9999, 12, 31)))


@pytest.mark.parametrize("gone", ["rule", "pack"])
def test_rules_that_are_gone_refuse_the_one_action_and_leave_the_dates(gone):
    walk = at(Stage.HANDLING).do(a.AskClarification(case="0001", by=LEAD, question="指哪里？"), on=day(3, 2))
    here = world(day(3, 9))
    pack = here.packs[walk.case.pack]
    left = tuple(rule for rule in pack.clocks if rule.step is not ClockKind.REPLY)
    fewer = {"rule": {pack.code: pack.model_copy(update={"clocks": left})}, "pack": {}}[gone]
    there = replace(here, packs=fewer)
    ruling = advance(walk.case, a.Clarify(case="0001", by=OFFICE, text="指城东。"), there)
    assert isinstance(ruling, Refused)
    assert pack.code in ruling.what
    running = at(Stage.HANDLING).case
    after, unclear = rederived(running, there)
    assert [one.due_on for one in after.clocks] == [one.due_on for one in running.clocks]
    assert ClockKind.REPLY in {one.clock for one in unclear}
