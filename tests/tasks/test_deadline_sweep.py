"""The sweep: every rung once, nothing lost after a standstill, nobody chased for what does not count."""

from datetime import date, timedelta

import pytest
from builders import LEAD, LI, OFFICE, ZHANG, calendar, day, feedback, proposed, talk
from desk import Desk

from models import actions as a
from models import tables as t
from models.notice_vocabulary import MessageKind
from models.vocabulary import ClockKind, Stage
from tasks import clock
from tasks.deadlines import silent_cases, sweep


@pytest.fixture
def desk(office) -> Desk:
    return Desk(office)


def swept(desk: Desk, on: date) -> list[tuple[str, str, str]]:
    """What a sweep on this day newly says: kind, recipient, which deadline."""
    before = {row.key for row in desk.rows(t.NoticeRow)}
    found = sweep(desk.engine, today=on, at=clock.morning_of(on))
    new = [row for row in desk.rows(t.NoticeRow) if row.key not in before]
    assert found.notices == len(new)
    assert all(row.clock_no is not None for row in new)
    return sorted((row.kind.value, row.recipient, row.facts["clock"]) for row in new)


def test_a_rung_is_said_once_however_often_it_is_swept(desk):
    desk.walk(Stage.HANDLING, co_handlers=())
    desk.do(day(3, 10), talk())
    on = calendar().add(day(5, 25), -15)
    assert swept(desk, on - timedelta(days=1)) == []
    assert swept(desk, on) == [("催办", "单位:民政局", "答复")]
    assert swept(desk, on) == []
    assert swept(desk, on + timedelta(days=1)) == []


def test_after_a_standstill_the_newest_rung_stands_for_those_missed(desk):
    desk.walk(Stage.HANDLING, co_handlers=())
    desk.do(day(3, 10), talk())
    assert swept(desk, day(5, 25)) == [("催办", "单位:民政局", "答复")]
    assert [row.facts["text"] for row in desk.rows(t.NoticeRow) if row.clock_no] == ["今日到期"]
    assert swept(desk, day(5, 25)) == []


def test_what_is_overdue_is_chased_every_working_day_and_laid_before_the_office(desk):
    desk.walk(Stage.HANDLING, co_handlers=())
    desk.do(day(3, 10), talk())
    swept(desk, day(5, 25))
    said = {on: swept(desk, on) for on in (day(5, 25) + timedelta(days=n) for n in range(1, 10))}
    chased = ("逾期催办", "单位:民政局", "答复")
    assert [on for on, found in said.items() if chased in found] == [on for on in said if calendar().is_workday(on)]
    escalated = [on for on, found in said.items() if any(kind == "升级督办" for kind, _, _ in found)]
    assert escalated == [calendar().add(day(5, 25), 5)]
    told = [row for row in desk.rows(t.NoticeRow) if row.kind is MessageKind.ESCALATION]
    assert sorted(row.recipient for row in told) == ["单位:民政局#负责人", "督办"]


def test_a_clock_that_stands_still_or_has_stopped_chases_nobody(desk):
    desk.walk(Stage.HANDLING, co_handlers=())
    desk.do(day(3, 10), talk(), a.AskClarification(case="0001", by=LEAD, question="指哪里?"))
    assert swept(desk, day(7, 1)) == []
    desk.do(
        day(7, 1),
        a.Clarify(case="0001", by=ZHANG, text="指城东。"),
        a.Withdraw(case="0001", by=OFFICE, reason="已解决"),
    )
    assert swept(desk, day(12, 1)) == []


def test_nobody_is_reminded_to_object(desk):
    desk.walk(Stage.ASSIGNED)
    assert {what for _, _, what in swept(desk, day(3, 4))} == {"首次沟通", "会办意见"}
    window = [row for row in desk.rows(t.ClockRow) if row.kind is ClockKind.OBJECTION]
    assert window
    assert not [row for row in desk.rows(t.NoticeRow) if row.facts.get("clock") == "退办申请"]


def test_each_agency_is_reminded_of_its_own_part(desk):
    desk.walk(Stage.HANDLING)
    found = swept(desk, day(3, 25))
    assert ("催办", "单位:财政局", "会办意见") in found
    assert ("催办", "单位:民政局", "会办意见") not in found


def test_after_a_return_the_new_agency_is_reminded_and_the_old_one_is_not(desk):
    desk.walk(Stage.ASSIGNED, co_handlers=())
    desk.do(day(2, 27), a.RequestReturn(case="0001", by=LEAD, reason="不属于职责"))
    desk.do(day(3, 3), a.GrantReturn(case="0001", by=OFFICE, agency="民政局", to="教育局"))
    assert {who for _, who, _ in swept(desk, day(6, 10))} == {"单位:教育局", "单位:教育局#负责人", "督办"}


def test_what_the_office_owes_it_is_reminded_of_itself(desk):
    desk.do(day(4, 1), proposed(in_recess=True, submitted_on=day(4, 1)))
    assert {(who, what) for _, who, what in swept(desk, day(4, 13))} == {("督办", "交办")}


def test_only_those_who_have_not_answered_are_asked_again(desk):
    desk.do(day(1, 21), proposed("0001", "张某某", "李某某"), proposed("0002", "赵某某"))
    desk.do(day(2, 2), a.Merge(case="0002", by=OFFICE, into="0001"), a.Accept(case="0001", by=OFFICE))
    desk.do(day(2, 25), a.Assign(case="0001", by=OFFICE, lead="民政局"), a.SignFor(case="0001", by=LEAD))
    desk.do(day(3, 10), talk(), a.SubmitDraft(case="0001", by=LEAD, text="答复"))
    desk.do(day(3, 11), *(a.Approve(case="0001", by=LEAD) for _ in range(3)), a.PassReview(case="0001", by=OFFICE))
    desk.do(day(3, 12), a.DecidePublication(case="0001", by=OFFICE, mode="不予公开", reason="涉密"))
    desk.do(day(3, 12), a.SendReply(case="0001", by=LEAD))
    desk.do(day(3, 13), feedback(of="李某某", by=LI))
    assert swept(desk, day(4, 2)) == [("催办", "提案人:1.1", "反馈意见"), ("催办", "提案人:2.1", "反馈意见")]


def test_silence_is_closed_the_day_after_and_once(desk):
    desk.walk(Stage.REPLIED)
    assert silent_cases(desk.engine, day(4, 17)) == []
    (action,) = silent_cases(desk.engine, day(4, 18))
    assert (action.by, action.key) == (a.SYSTEM, silent_cases(desk.engine, day(4, 19))[0].key)
    desk.do(day(4, 18), action)
    assert silent_cases(desk.engine, day(4, 19)) == []
    assert desk.case().stage is Stage.ANSWERED


def test_a_promise_is_asked_for_when_its_day_comes(desk):
    desk.walk(Stage.HANDLING, co_handlers=())
    vow = {"text": "年内建成", "due_on": day(9, 30)}
    desk.do(day(3, 10), talk(), a.SubmitDraft(case="0001", by=LEAD, text="答复", promises=[vow]))
    desk.do(day(3, 11), *(a.Approve(case="0001", by=LEAD) for _ in range(3)), a.PassReview(case="0001", by=OFFICE))
    desk.do(day(3, 12), a.DecidePublication(case="0001", by=OFFICE, mode="不予公开", reason="涉密"))
    desk.do(day(3, 12), a.SendReply(case="0001", by=LEAD), feedback())
    assert swept(desk, day(9, 30)) == [("承诺到期", "单位:民政局", "承诺兑现")]


def test_thousands_are_swept_in_pieces(desk, monkeypatch):
    monkeypatch.setattr("tasks.deadlines.BATCH", 7)
    numbers = [f"{n:04}" for n in range(1, 31)]
    desk.walk(Stage.HANDLING, *numbers, co_handlers=())
    found = [one for one in swept(desk, day(5, 25)) if one[2] == "答复"]
    assert len(found) == 30
