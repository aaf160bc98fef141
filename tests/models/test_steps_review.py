"""Review (审查立案): filed, merged, not filed, sent back, withdrawn."""

from dataclasses import replace

import pytest
from builders import LI, OFFICE, ZHANG, Walk, at, day, received, world

from models import actions as a
from models import clocks
from models.lifecycle import advance
from models.rulings import Accepted
from models.values.case import Case
from models.vocabulary import ClockKind, ProposalKind, Stage

MERGE = a.Merge(case="0001", by=OFFICE, into="0002")
WITHDRAW = a.Withdraw(case="0001", by=ZHANG, reason="已经解决")


def other(stage: Stage = Stage.SUBMITTED, **more: object) -> Case:
    return replace(at(stage, case_id=2, number="0002").case, **more)


def merged(walk: Walk, main: Case) -> Walk:
    ruling = advance(walk.case, MERGE, world(walk.today, **{"0002": main}))
    assert isinstance(ruling, Accepted), ruling
    return Walk(ruling.case, walk.today)


def test_filing_notes_the_day():
    walk = at(Stage.FILED)
    assert walk.case.filed_on == day(2, 2)


def test_sent_back_and_amended_it_waits_for_review_again():
    walk = received().do(a.ReturnToProposer(case="0001", by=OFFICE, reason="缺少具体建议"))
    assert (walk.case.stage, walk.case.reason) == (Stage.RETURNED, "缺少具体建议")
    walk.do(a.Supplement(case="0001", by=ZHANG, text="新的正文"))
    assert (walk.case.stage, walk.case.reason) == (Stage.SUBMITTED, None)
    assert walk.case.title == "关于增设社区食堂的提案之0001"
    again = walk.do(a.ReturnToProposer(case="0001", by=OFFICE, reason="案由不清"))
    assert again.do(a.Supplement(case="0001", by=ZHANG, title="新的案由", text="正文")).case.title == "新的案由"


def test_not_filed_says_why_and_where_it_goes():
    walk = received().do(a.NotAccept(case="0001", by=OFFICE, reason="超出范围", destination="转信访部门"))
    assert (walk.case.stage, walk.case.reason, walk.case.destination) == (Stage.NOT_FILED, "超出范围", "转信访部门")


def test_a_single_proposer_may_withdraw_and_every_clock_stops():
    walk = at(Stage.HANDLING).do(WITHDRAW)
    assert walk.case.stage is Stage.WITHDRAWN
    assert not [clock for clock in walk.case.clocks if clock.runs]
    assert walk.told() == {("撤案告知", one) for one in ("提案人:1.1", "单位:民政局", "单位:财政局")}


def test_a_joint_proposal_is_not_withdrawn_by_one_of_them():
    walk = received("张某某", "李某某")
    assert "联名件须全体提案人同意才能撤案" in walk.refusal(WITHDRAW)
    assert walk.do(a.Withdraw(case="0001", by=OFFICE, reason="全体同意")).case.stage is Stage.WITHDRAWN


def test_a_stranger_cannot_withdraw():
    assert received().refusal(a.Withdraw(case="0001", by=LI, reason="误提")) == (
        "李某某不是本件的提案人。本件提案人：张某某。"
    )


def test_merged_it_keeps_number_proposers_and_clocks():
    before = received(in_recess=True, today=day(4, 1), submitted_on=day(4, 1))
    after = merged(before, other()).case
    assert (after.stage, after.merged_into, after.filed_on) == (Stage.MERGED, 2, day(4, 1))
    assert (after.number, after.proposers) == (before.case.number, before.case.proposers)
    assert [(clock.kind, clock.stopped_on) for clock in after.clocks] == [(ClockKind.ASSIGNMENT, day(4, 1))]


def test_an_undone_merger_is_filed_on_its_own():
    walk = merged(at(Stage.FILED), other()).do(a.Unmerge(case="0001", by=OFFICE, reason="内容不同"))
    assert (walk.case.stage, walk.case.merged_into, walk.case.filed_on) == (Stage.FILED, None, day(2, 2))


def test_the_term_for_assignment_goes_on_where_the_merger_stopped_it():
    before = received(in_recess=True, today=day(4, 1), submitted_on=day(4, 1))
    walk = merged(before, other())
    walk.today = day(4, 3)
    walk.case = replace(walk.case, clocks=tuple(replace(one, stopped_on=day(4, 3)) for one in walk.case.clocks))
    walk.do(a.Unmerge(case="0001", by=OFFICE, reason="内容不同"), on=day(4, 13))
    (old,), (clock,), (pause,) = before.case.clocks, walk.case.clocks, walk.case.pauses
    assert (clock.runs, clock.started_on, clock.start_event) == (True, old.started_on, old.start_event)
    assert (pause.from_on, pause.until_on, pause.reason) == (day(4, 3), day(4, 13), "并案期间")
    between = world(day(4, 13)).calendar.count(day(4, 3), day(4, 13))
    assert clock.due_on == world(day(4, 13)).calendar.add(old.due_on, between)
    assert any("并案期间" in step for step in clocks.derive(walk.case, clock, world(day(4, 13))).steps)
    assert walk.do(a.Assign(case="0001", by=OFFICE, lead="民政局")).case.clocks[0].stopped_on == day(4, 13)


def test_what_was_sent_back_is_received_anew_with_its_amendment():
    walk = received(in_recess=True, today=day(4, 1), submitted_on=day(4, 1))
    walk.do(a.ReturnToProposer(case="0001", by=OFFICE, reason="缺少具体建议"), on=day(4, 2))
    assert not [clock for clock in walk.case.clocks if clock.runs]
    walk.do(a.Supplement(case="0001", by=ZHANG, text="新的正文"), on=day(4, 20))
    assert [(clock.kind, clock.started_on) for clock in walk.case.clocks if clock.runs] == [
        (ClockKind.ASSIGNMENT, day(4, 20))
    ]


def test_a_merger_is_not_undone_after_its_reply():
    walk = merged(received(), other()).do(a.FollowMain(case="0001", by=a.SYSTEM, main="0002"), on=day(3, 1))
    assert walk.case.replied_on == day(3, 1)
    assert "主案已经答复" in walk.refusal(a.Unmerge(case="0001", by=OFFICE, reason="内容不同"))


@pytest.mark.parametrize(
    ("main", "said"),
    [
        (lambda: other(id=1), "不能并入本件自己"),
        (lambda: other(merged_into=3), "0002已并入另一件"),
        (lambda: other(kind=ProposalKind.RECOMMENDATION), "本件是政协提案，0002是建议案"),
        (lambda: other(Stage.COUNTERSIGNING), "0002已到“会签中”"),
        (lambda: other(Stage.REPLIED), "0002已到“征询意见”"),
    ],
)
def test_a_merger_that_cannot_be(main, said):
    assert received().refusal(MERGE, **{"0002": main()}).startswith(said)


def test_a_main_case_must_exist_and_must_not_be_merged_away():
    assert received().refusal(MERGE) == "没有找到案号“0002”。请核对并入案号，必要时写全届次。"
    leading = replace(received().case, merged=(other(),))
    assert "已有其他件并入本件" in Walk(leading, day(1, 21)).refusal(MERGE, **{"0002": other()})


@pytest.mark.parametrize(
    ("action", "word"),
    [
        (a.Withdraw(case="0001", by=OFFICE, reason="误提"), "撤案"),
        (a.NotAccept(case="0001", by=OFFICE, reason="超范围"), "不予立案"),
    ],
)
def test_a_main_case_does_not_end_without_those_merged_into_it(action, word):
    leading = Walk(replace(received().case, merged=(other(),)), day(1, 21))
    assert leading.refusal(action) == f"已有1件并入本件，不能直接{word}。请先撤销并案：0002。"
