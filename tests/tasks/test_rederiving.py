"""A new calendar or rule reaches the dates already given: exactly, once, with its entry, and one message an agency."""

import os
from dataclasses import replace
from datetime import date
from email import message_from_bytes
from email.policy import default as email_policy

import pytest
from builders import (
    AGENCIES,
    CO,
    LEAD,
    OFFICE,
    POLICIES,
    Walk,
    at,
    calendar,
    day,
    feedback,
    packs,
    proposed,
    talk,
    world,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from models import actions as a
from models import tables as t
from models.lifecycle import advance
from models.packs import parse_packs
from models.rederiving import rederived
from models.rulings import Accepted
from models.settings import settings_from
from models.vocabulary import Role, Stage
from models.workdays import Calendar, parse_year
from tasks import clock
from tasks.calendars import packaged_years
from tasks.database import transaction
from tasks.history_reading import verify_history
from tasks.loading import load_cases
from tasks.policies import pack_texts
from tasks.posting import post
from tasks.recording import record
from tasks.rederiving import rederive, running_cases, tried, with_calendar
from tasks.trying import try_packs
from tasks.world import look_again

NOTICE = """year = 2026
source = "国办发明电〔2025〕99号"
url = "https://example.invalid"
[[holidays]]
name = "春节"
from = 2026-02-15
to = 2026-02-23
[[holidays]]
name = "特别假期"
from = 2026-03-02
to = 2026-03-{last:02}
"""
TODAY = day(2, 27)
CLOCKS, NOTICES, HISTORY = t.core(t.ClockRow), t.core(t.NoticeRow), t.core(t.HistoryRow)
BY = {name: a.Actor(role=Role.LEAD, name="许科长", agency=name) for name in AGENCIES}


def on(when, engine, *actions):
    with clock.moved_to(clock.morning_of(when)):
        refused = [one.message for one in record(engine, actions) if one.refused]
    assert refused == []


@pytest.fixture
def worked(office):
    """0001 and 0002 with 民政局, 0003 with 教育局 (财政局 beside it), 0004 waits to be assigned."""
    on(day(1, 21), office, *(proposed(f"{n:04}") for n in range(1, 5)))
    on(day(2, 2), office, *(a.Accept(case=f"{n:04}", by=OFFICE) for n in range(1, 5)))
    leads = {"0001": "民政局", "0002": "民政局"}
    on(
        day(2, 25),
        office,
        *(a.Assign(case=case, by=OFFICE, lead=lead) for case, lead in leads.items()),
        a.Assign(case="0003", by=OFFICE, lead="教育局", co_handlers=("财政局",)),
    )
    on(day(2, 26), office, a.SignFor(case="0001", by=BY["民政局"]))
    with clock.moved_to(clock.morning_of(TODAY)):
        yield office


def holiday(home, last=4):
    """The office loads a notice with two or more days off from 2 March on."""
    folder = home / "calendars"
    folder.mkdir(exist_ok=True)
    (folder / "2026.toml").write_text(NOTICE.format(last=last), encoding="utf-8")
    look_again()


def again(engine, batch="calendar:2026.1"):
    return rederive(engine, reason="载入2026年放假通知", batch=batch, at=clock.now())


def rows(engine, table, *columns):
    with transaction(engine) as connection:
        keys = list(table.primary_key)
        return connection.execute(select(*(columns or table.c)).order_by(*keys)).all()


def wrong(engine):
    """Running clocks that are not what the rules in force give."""
    return [
        (case.ref, old.kind, old.due_on, new.due_on)
        for cases, world in running_cases(engine)
        for case in cases
        for old, new in zip(case.clocks, rederived(case, world)[0].clocks, strict=True)
        if old != new
    ]


def test_a_day_off_moves_what_crosses_it_and_nothing_else(worked, home):
    before = {(r.case_id, r.no): r for r in rows(worked, CLOCKS)}
    holiday(home)
    found = again(worked)
    after = {(r.case_id, r.no): r for r in rows(worked, CLOCKS)}
    shifted = {key for key in before if before[key].due_on != after[key].due_on}
    assert shifted
    assert {
        (one.case[-4:], one.change.clock_no) for one in found.moved if one.change.before_on != one.change.after_on
    } == {(f"{case_id:04}", no) for case_id, no in shifted}
    for key, old in before.items():
        assert after[key].due_on >= old.due_on, "a holiday never brings a date forward"
        if old.stopped_on:
            assert after[key] == old
    assert wrong(worked) == []
    assert (found.cases, found.unclear) == (3, [])  # nothing runs in 0004


def test_every_case_that_moved_has_one_entry_with_before_and_after_and_the_chain_holds(worked, home):
    length = len(rows(worked, HISTORY))
    holiday(home)
    found = again(worked)
    entries = rows(worked, HISTORY)
    new = [one for one in entries if one.action == "重新计算期限"]
    assert len(entries) - length == len(new) == len({one.case for one in found.moved})
    assert {one.role for one in new} == {Role.SYSTEM}
    for one in new:
        for change in one.payload["changes"]:
            assert change["before_on"] < change["after_on"]
            assert "特别假期不计" in change["why"]
        assert "载入2026年放假通知：" in one.summary
        assert "调整为2026年" in one.summary
    assert verify_history(worked).breaks == ()


def test_each_agency_is_told_once_of_all_its_dates(worked, home):
    holiday(home)
    found = again(worked)
    told = {r.key: r for r in rows(worked, NOTICES) if r.kind == "期限调整"}
    moved = [one for one in found.moved if one.change.before_on != one.change.after_on]
    agencies = {agency for one in moved for agency in one.change.agencies}
    assert agencies >= {"民政局", "教育局"}
    office = told.pop("calendar:2026.1:督办")
    assert (office.recipient, office.facts["count"]) == ("督办", len(moved))
    assert told.keys() == {f"calendar:2026.1:{agency}" for agency in agencies}
    assert found.notices == len(agencies) + 1
    for key, row in told.items():
        mine = [one for one in moved if key.rpartition(":")[2] in one.change.agencies]
        assert row.facts["count"] == len(mine) == len(row.facts["moves"])
        assert row.recipient == f"单位:{key.rpartition(':')[2]}"


def test_proposers_are_told_of_the_dates_they_were_given(office, home):
    """0001 waits for 李某某's feedback, 张某某 has given his; for 0002 more time was announced; 0003 promised no date."""
    c, pair = "0001", ("张某某", "李某某")
    on(day(1, 21), office, proposed(c, *pair), *(proposed(n) for n in ("0002", "0003")))
    on(day(2, 2), office, *(a.Accept(case=n, by=OFFICE) for n in (c, "0002", "0003")))
    on(day(2, 2), office, *(a.Assign(case=n, by=OFFICE, lead="民政局") for n in (c, "0002", "0003")))
    on(day(2, 4), office, *(a.SignFor(case=n, by=LEAD) for n in (c, "0002", "0003")))
    on(day(2, 5), office, talk(on=day(2, 5)), a.SubmitDraft(case=c, by=LEAD, text="现答复如下"))
    on(day(2, 5), office, *(a.Approve(case=c, by=LEAD) for _ in range(3)), a.PassReview(case=c, by=OFFICE))
    on(day(2, 24), office, a.SendReply(case=c, by=LEAD), a.RequestExtension(case="0002", by=LEAD, reason="涉及面广"))
    on(day(2, 25), office, a.GrantExtension(case="0002", by=OFFICE), feedback(c))
    holiday(home)
    path = home / "calendars" / "2026.toml"
    longer = '[[holidays]]\nname = "另一假期"\nfrom = 2026-08-03\nto = 2026-08-04\n'
    path.write_text(f"{path.read_text('utf-8')}{longer}", encoding="utf-8")
    look_again()
    with clock.moved_to(clock.morning_of(TODAY)):
        again(office)
    told = {r.recipient: r.facts["moves"] for r in rows(office, NOTICES) if r.kind == "期限调整"}
    proposers = {who: [one["clock"] for one in moves] for who, moves in told.items() if who.startswith("提案人:")}
    assert proposers == {"提案人:1.2": ["反馈意见"], "提案人:2.1": ["答复"]}


def test_the_message_lists_the_dates_and_goes_alone(worked, home):
    holiday(home)
    found = again(worked)
    settings_here = settings_from(os.environ)
    post(worked, settings_here, now=clock.morning_of(day(3, 5), 10), worker="t")
    mails = [message_from_bytes(one.read_bytes(), policy=email_policy) for one in settings_here.mailbox.glob("*.eml")]
    texts = [mail.get_body(("plain",)).get_content() for mail in mails]
    mine = [one for one in texts if "贵单位承办的下列" in one]
    moved = [one for one in found.moved if one.change.before_on != one.change.after_on]
    assert len(mine) == len({agency for one in moved for agency in one.change.agencies})
    assert any("载入2026年放假通知，贵单位承办的下列" in one and "调整为2026年" in one for one in mine)


def test_a_second_time_changes_nothing_and_tells_nobody(worked, home):
    holiday(home)
    again(worked)
    stored = rows(worked, CLOCKS), rows(worked, HISTORY), rows(worked, NOTICES)
    found = again(worked)
    assert (found.moved, found.reminders, found.notices) == ([], 0, 0)
    assert (rows(worked, CLOCKS), rows(worked, HISTORY), rows(worked, NOTICES)) == stored


def test_a_run_that_died_before_telling_tells_all_when_it_goes_on(worked, home, monkeypatch):
    holiday(home)

    class KilledError(Exception):
        """The process is gone."""

    def die(*_given, **_named):
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("tasks.rederiving.tell_concerned", die)
        with pytest.raises(KilledError):
            again(worked)
    assert wrong(worked) == []
    assert again(worked).notices >= 2
    assert {r.facts["count"] > 0 for r in rows(worked, NOTICES) if r.kind == "期限调整"} == {True}


def test_going_back_to_an_earlier_notice_is_an_occasion_of_its_own(worked, home):
    due = rows(worked, CLOCKS, CLOCKS.c.due_on)
    for number, last in enumerate((4, 6, 4), start=1):
        holiday(home, last)
        assert again(worked, f"calendar:2026.{number}").notices >= 2
    (home / "calendars" / "2026.toml").unlink()
    look_again()
    again(worked, "calendar:2026.4")
    assert rows(worked, CLOCKS, CLOCKS.c.due_on) == due


def test_a_trial_writes_nothing_and_says_the_same(worked, home):
    stored = rows(worked, CLOCKS), rows(worked, HISTORY), rows(worked, NOTICES)
    years = [one for one in packaged_years() if one.year != 2026]
    found = tried(worked, with_calendar(Calendar.of([*years, parse_year(NOTICE.format(last=4), "2026.toml")])))
    assert (rows(worked, CLOCKS), rows(worked, HISTORY), rows(worked, NOTICES)) == stored
    holiday(home)
    assert again(worked).moved == found.moved


def test_a_clock_that_stands_still_waits_until_it_goes_on(worked, home):
    ask = a.AskClarification(case="0001", by=BY["民政局"], question="指哪几个社区？")
    on(TODAY, worked, ask)
    with transaction(worked) as connection:
        case = load_cases(connection, [1])[1]
    paused = {one.clock_no for one in case.pauses}
    assert paused
    holiday(home)
    moved = {one.change.clock_no for one in again(worked).moved if one.case.endswith("0001")}
    assert not moved & paused
    on(day(3, 10), worked, a.Clarify(case="0001", by=OFFICE, text="指城东社区。"))
    assert wrong(worked) == []


def test_a_reminder_due_this_morning_is_not_passed_over(worked, home):
    waiting = [r for r in rows(worked, CLOCKS) if r.next_rung_on]
    morning = min(r.next_rung_on for r in waiting)
    due_today = {(r.case_id, r.no) for r in waiting if r.next_rung_on == morning}
    with clock.moved_to(clock.morning_of(morning, 8)):
        assert again(worked).moved == []
    assert {(r.case_id, r.no) for r in rows(worked, CLOCKS) if r.next_rung_on == morning} == due_today


def test_a_rule_that_is_gone_is_reported_and_the_rest_goes_on(worked, home):
    with transaction(worked) as connection:
        connection.execute(update(t.core(t.CaseRow)).where(t.core(t.CaseRow).c.id == 2).values(pack="verloren"))
    holiday(home)
    found = again(worked)
    assert {one.case[-4:] for one in found.unclear} == {"0002"}
    assert "没有规则包 verloren" in found.unclear[0].why
    assert {one.case[-4:] for one in found.moved} >= {"0001", "0003"}


def test_an_entry_that_claims_other_dates_than_the_rules_give_is_refused(worked):
    claim = a.ClockMoved(
        clock_no=1, clock="答复", before_on=TODAY, after_on=day(12, 31), was_provisional=False, is_provisional=False
    )
    for changes in ((claim,), ()):
        outcome = record(worked, [a.Rederive(case="0001", by=a.SYSTEM, changes=changes)])[0]
        assert outcome.refused
    assert "督办单位不能办理" in record(worked, [a.Rederive(case="0001", by=OFFICE)])[0].message


# ── trying a pack ────────────────────────────────────────────────────────────────────────────────────────────────


def shorter(months="length = 3", to="length = 1"):
    texts = pack_texts(POLICIES)
    assert months in texts["yunling.toml"] or any(months in text for text in texts.values())
    return parse_packs({name: text.replace(months, to) for name, text in texts.items()})


def test_a_shorter_term_is_tried_without_touching_anything(worked):
    stored = rows(worked, CLOCKS), rows(worked, HISTORY), rows(worked, NOTICES)
    with clock.moved_to(clock.morning_of(day(4, 20))):
        found = try_packs(worked, shorter(), today=day(4, 20), days=7)
    assert (rows(worked, CLOCKS), rows(worked, HISTORY), rows(worked, NOTICES)) == stored
    assert (found.cases, found.concerned) == (3, 3)
    assert found.becoming_late > 0
    assert found.no_longer_late == 0
    assert found.moved == len(found.dates) >= found.becoming_late
    assert found.notices_then != found.notices_now


def test_the_rules_in_force_change_nothing_when_tried(worked):
    found = try_packs(worked, packs(), today=TODAY, days=30)
    assert (found.concerned, found.moved, found.notices_now, found.notices_then) == (0, 0, 0, 0)


# ── replay equals stored ─────────────────────────────────────────────────────────────────────────────────────────

WAYS = st.lists(
    st.sampled_from(["sign", "contact", "ask", "answer", "extend", "grant", "opinion", "draft"]), max_size=8
)


@given(
    ways=WAYS,
    gaps=st.lists(st.integers(0, 25), min_size=8, max_size=8),
    off=st.sets(st.dates(date(2026, 2, 26), date(2026, 11, 30)), max_size=6),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_replay_equals_stored(ways, gaps, off):
    """Whatever was done, working the clocks out again under the same rules gives what stands there; under a calendar
    with more days off, nothing comes earlier, and going back restores it.
    """
    c = "0001"
    actions = {
        "sign": a.SignFor(case=c, by=LEAD),
        "contact": talk(c),
        "ask": a.AskClarification(case=c, by=LEAD, question="指哪里？"),
        "answer": a.Clarify(case=c, by=OFFICE, text="指城东。"),
        "extend": a.RequestExtension(case=c, by=LEAD, reason="涉及面广"),
        "grant": a.GrantExtension(case=c, by=OFFICE),
        "opinion": a.GiveOpinion(case=c, by=CO, text="同意。"),
        "draft": a.SubmitDraft(case=c, by=LEAD, text="现答复如下。"),
    }
    walk: Walk = at(Stage.ASSIGNED)
    for way, gap in zip(ways, gaps, strict=False):
        today = date.fromordinal(walk.today.toordinal() + gap)
        ruling = advance(walk.case, actions[way], world(today))
        walk = Walk(ruling.case if isinstance(ruling, Accepted) else walk.case, today)
    here = world(walk.today)
    again_, unclear = rederived(walk.case, here)
    assert unclear == ()
    assert [one.due_on for one in again_.clocks] == [one.due_on for one in walk.case.clocks]
    assert [one.original_on for one in again_.clocks] == [one.original_on for one in walk.case.clocks]
    assert [one.provisional for one in again_.clocks] == [one.provisional for one in walk.case.clocks]

    closed = parse_year('year = 2026\nsource = "x"\nurl = "x"\n', "x")
    named = {**next(one for one in packaged_years() if one.year == 2026).days, **dict.fromkeys(off, ("封闭", True))}
    years = [one for one in packaged_years() if one.year != 2026]
    wider = Calendar.of([*years, replace(closed, days=named)])
    later, _ = rederived(again_, replace(here, calendar=wider))
    assert all(new.due_on >= old.due_on for old, new in zip(again_.clocks, later.clocks, strict=True))
    back, _ = rederived(later, replace(here, calendar=calendar()))
    assert [one.due_on for one in back.clocks] == [one.due_on for one in again_.clocks]
