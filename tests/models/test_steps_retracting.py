"""What was entered by mistake is taken back (撤回), and nothing is lost."""

import pytest
from builders import CO, LEAD, OFFICE, at, day, talk

from models import actions as a
from models.steps.retracting import retractable
from models.vocabulary import AssignmentStatus, ClockKind, Stage

ASK = a.AskClarification(case="0001", by=LEAD, question="哪几个社区")
RETURN = a.RequestReturn(case="0001", by=LEAD, reason="不属本单位职责")


def back(what, by=LEAD, **more):
    return a.Retract(case="0001", by=by, what=what, **more)


def _clocks(case):
    return {(one.kind, one.due_on) for one in case.clocks if one.runs}


def test_a_talk_taken_back_no_longer_counts_but_stays_on_record():
    walk = at(Stage.HANDLING)
    before = _clocks(walk.case)
    walk.do(talk(), on=day(3, 10)).do(back("沟通记录", reason="记到别的件上了"))
    (contact,) = walk.case.contacts
    assert contact.voided_on == day(3, 10)
    assert walk.case.talks == ()
    assert _clocks(walk.case) == before
    assert ClockKind.FIRST_CONTACT in {kind for kind, _ in before}
    assert "答复前还没有与提案人沟通" in walk.refusal(a.SubmitDraft(case="0001", by=LEAD, text="答复"))


def test_of_two_talks_the_newest_is_taken_back_and_the_first_still_counts():
    walk = at(Stage.HANDLING).do(talk(), talk(), on=day(3, 10)).do(back("沟通记录"))
    assert [one.voided_on for one in walk.case.contacts] == [None, day(3, 10)]
    assert ClockKind.FIRST_CONTACT not in {kind for kind, _ in _clocks(walk.case)}


def test_a_question_taken_back_is_not_waited_for_and_the_proposer_is_told():
    walk = at(Stage.HANDLING).do(ASK).do(back("说明请求"))
    assert walk.case.asked_on is None
    assert walk.told() == {("撤回告知", "提案人:1.1")}
    assert "没有等待说明的问题" in walk.refusal(a.Clarify(case="0001", by=OFFICE, text="东社区"))


def test_a_return_taken_back_leaves_the_part_as_it_was_and_may_be_asked_again():
    walk = at(Stage.HANDLING)
    before, part = _clocks(walk.case), walk.case.lead
    walk.do(RETURN).do(back("退办申请"))
    assert walk.case.lead == part
    assert _clocks(walk.case) == before
    assert walk.told() == {("撤回告知", "督办")}
    assert walk.do(RETURN).case.lead.status is AssignmentStatus.RETURN_REQUESTED


@pytest.mark.parametrize("what", ["沟通记录", "说明请求", "退办申请"])
def test_what_is_not_there_cannot_be_taken_back(what):
    assert f"没有可以撤回的{what}" in at(Stage.HANDLING).refusal(back(what))


def test_once_the_other_side_has_acted_it_is_too_late():
    walk = at(Stage.HANDLING).do(ASK, a.Clarify(case="0001", by=OFFICE, text="东社区"))
    assert "没有可以撤回的说明请求" in walk.refusal(back("说明请求"))
    walk = at(Stage.HANDLING).do(RETURN, a.RefuseReturn(case="0001", by=OFFICE, agency="民政局", reason="属于职责"))
    assert "没有可以撤回的退办申请" in walk.refusal(back("退办申请"))


def test_another_agencys_entry_is_not_taken_back():
    walk = at(Stage.HANDLING).do(talk(), ASK, on=day(3, 10))
    assert retractable(walk.case, "民政局") == ("沟通记录", "说明请求")
    assert retractable(walk.case, "财政局") == ()
    assert "没有可以撤回的沟通记录" in walk.refusal(back("沟通记录", by=CO))
    stranger = LEAD.model_copy(update={"agency": "教育局"})
    assert "教育局没有承办本件" in walk.refusal(back("沟通记录", by=stranger))
