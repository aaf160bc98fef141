"""In whose hands a case is."""

import pytest
from builders import CO, LEAD, OFFICE, at, feedback

from models import actions as a
from models.vocabulary import Stage
from models.waiting import waits_for

LEAD_AND_CO = ("民政局", "财政局")


@pytest.mark.parametrize(
    ("stage", "holders"),
    [
        (Stage.SUBMITTED, ("督办",)),
        (Stage.FILED, ("督办",)),
        (Stage.ASSIGNED, LEAD_AND_CO),
        (Stage.HANDLING, LEAD_AND_CO),
        (Stage.COUNTERSIGNING, ("财政局",)),
        (Stage.APPROVING, ("民政局",)),
        (Stage.PRE_REVIEW, ("督办",)),
        (Stage.APPROVED, ("民政局",)),
        (Stage.REPLIED, ("张某某",)),
        (Stage.ANSWERED, ("督办",)),
        (Stage.CLOSED, ()),
        (Stage.ARCHIVED, ()),
    ],
)
def test_who_holds_it_at_each_stage_of_the_usual_road(stage, holders):
    assert waits_for(at(stage).case) == holders


@pytest.mark.parametrize(
    ("actions", "holders"),
    [
        ((a.SignFor(case="0001", by=CO), a.GiveOpinion(case="0001", by=CO, text="同意")), ("民政局",)),
        ((a.AskClarification(case="0001", by=LEAD, question="指哪里？"),), ("提案人",)),
        ((a.RequestReturn(case="0001", by=CO, reason="不属于职责"),), ("督办",)),
        ((a.RequestExtension(case="0001", by=LEAD, reason="涉及面广"),), ("督办",)),
        ((a.RequestExtension(case="0001", by=LEAD, reason="涉及面广"), a.GrantExtension(case="0001", by=OFFICE)), LEAD_AND_CO),
    ],
)  # fmt: skip
def test_what_is_asked_is_waited_for(actions, holders):
    assert waits_for(at(Stage.HANDLING).do(*actions).case) == holders


def test_aside_from_the_road():
    returned = at(Stage.SUBMITTED).do(a.ReturnToProposer(case="0001", by=OFFICE, reason="缺少建议"))
    assert waits_for(returned.case) == ("提案人",)
    unhappy = at(Stage.REPLIED).do(feedback(says="不满意", reasons="没有措施"))
    assert waits_for(unhappy.case) == ("督办",)
    withdrawn = at(Stage.SUBMITTED).do(a.Withdraw(case="0001", by=OFFICE, reason="已解决"))
    assert waits_for(withdrawn.case) == ()


def test_those_who_have_answered_are_waited_for_no_more():
    walk = at(Stage.REPLIED, "张某某", "李某某").do(feedback())
    assert waits_for(walk.case) == ("李某某",)
