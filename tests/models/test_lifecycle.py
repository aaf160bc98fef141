"""The table: every stage can be reached and left, every action stands in it, and the wrong asker gets an answer."""

from dataclasses import replace

import pytest
from builders import CO, LEAD, OFFICE, ZHANG, Walk, at, day, received, road, world

from models import actions as a
from models.forms import action_types
from models.lifecycle import ENDS, STEP_OF, STEPS, advance, offers, publishable
from models.rulings import Accepted, Refused
from models.vocabulary import Publicity, Role, Stage

EXAMPLES: dict[type[a.Action], dict[str, object]] = {
    a.Supplement: {"text": "修改后的正文"},
    a.Withdraw: {"reason": "已经解决"},
    a.Merge: {"into": "0002"},
    a.Unmerge: {"reason": "内容不同"},
    a.NotAccept: {"reason": "不属于政协提案范围"},
    a.ReturnToProposer: {"reason": "缺少具体建议"},
    a.Assign: {"lead": "民政局"},
    a.RequestReturn: {"reason": "不属于本单位职责"},
    a.GrantReturn: {"agency": "民政局", "to": "教育局"},
    a.RefuseReturn: {"agency": "民政局", "reason": "属于职责范围"},
    a.RecordContact: {"way": "电话", "on": "2026-03-10", "with_name": "张某某", "said": "同意"},
    a.WaiveContact: {"proposer": "张某某"},
    a.AskClarification: {"question": "指哪个社区？"},
    a.Clarify: {"text": "指城东社区。"},
    a.RequestExtension: {"reason": "涉及面广"},
    a.RefuseExtension: {"reason": "理由不充分"},
    a.InterimReply: {"text": "正在会商"},
    a.ReportProgress: {"text": "正在办理"},
    a.GiveOpinion: {"text": "同意"},
    a.SendBackOpinion: {"agency": "财政局", "reason": "内容空泛"},
    a.SubmitDraft: {"text": "现答复如下"},
    a.Retract: {"what": "沟通记录"},
    a.GiveView: {"proposer": "张某某", "stance": "同意"},
    a.Amend: {"text": "改过的正文"},
    a.SendBack: {"remark": "请补充措施"},
    a.CorrectReply: {"text": "改正的正文", "note": "日期有误"},
    a.FollowMain: {"main": "0002"},
    a.GiveFeedback: {"proposer": "张某某", "attitude": "满意", "result": "满意"},
    a.OrderRedo: {"reason": "请补充措施"},
    a.Uphold: {"reason": "已无可为"},
    a.Publish: {"path": "x.html", "page_sha256": "0" * 64},
    a.TakeDown: {"reason": "有误"},
    a.RenewLinks: {"to": "张某某"},
    a.ReportPromise: {"promise": 1, "status": "已兑现", "evidence": "已建成"},
}
"""What each action needs beside case and actor."""

ROUTES: dict[Stage, Stage] = {
    Stage.RETURNED: Stage.SUBMITTED, Stage.NOT_FILED: Stage.SUBMITTED, Stage.WITHDRAWN: Stage.SUBMITTED,
    Stage.MERGED: Stage.SUBMITTED, Stage.DISSATISFIED: Stage.REPLIED, Stage.TRACKING: Stage.REPLIED,
}  # fmt: skip
"""Stages beside the usual road, each one action away from it."""


def example(kind: type[a.Action], by: a.Actor) -> a.Action:
    return kind(case="0001", by=by, **EXAMPLES.get(kind, {}))


def place(stage: Stage) -> Walk:
    """A case at this stage, by real actions."""
    if stage not in ROUTES:
        return at(stage)
    aside = {
        Stage.RETURNED: a.ReturnToProposer(case="0001", by=OFFICE, reason="缺少建议"),
        Stage.NOT_FILED: a.NotAccept(case="0001", by=OFFICE, reason="超出范围"),
        Stage.WITHDRAWN: a.Withdraw(case="0001", by=OFFICE, reason="已经解决"),
        Stage.DISSATISFIED: a.GiveFeedback(
            case="0001", by=ZHANG, proposer="张某某", attitude="满意", result="不满意", reasons="没有措施"
        ),
    }
    if stage is Stage.MERGED:
        walk, main = at(Stage.SUBMITTED), received(case_id=2, number="0002").case
        ruling = advance(walk.case, a.Merge(case="0001", by=OFFICE, into="0002"), world(walk.today, **{"0002": main}))
        assert isinstance(ruling, Accepted)
        return Walk(ruling.case, walk.today)
    if stage is Stage.TRACKING:
        return with_promise()
    return place(ROUTES[stage]).do(aside[stage])


def with_promise() -> Walk:
    walk = at(Stage.HANDLING).do(
        a.WaiveContact(case="0001", by=ZHANG, proposer="张某某"),
        a.SignFor(case="0001", by=CO),
        a.GiveOpinion(case="0001", by=CO, text="同意"),
        a.SubmitDraft(case="0001", by=LEAD, text="答复", promises=[{"text": "年内建成", "due_on": "2026-12-31"}]),
        a.Countersign(case="0001", by=CO),
        *(a.Approve(case="0001", by=LEAD) for _ in range(3)),
        a.PassReview(case="0001", by=OFFICE),
        a.SendReply(case="0001", by=LEAD),
    )
    return walk.do(example(a.GiveFeedback, ZHANG))


def test_the_table_holds_every_action_but_receipt():
    assert set(action_types()) ^ set(STEP_OF) == {"收件"}
    assert len(STEP_OF) == len(STEPS)


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_is_reached_by_actions(stage):
    assert place(stage).case.stage is stage


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in ENDS])
def test_every_stage_before_an_end_has_a_way_out_for_a_person(stage):
    onward = [s for s in STEPS if stage in s.stages and s.who != {Role.SYSTEM} and (s.to is None or s.to is not stage)]
    assert onward
    assert offers(stage)


def test_ends_lead_nowhere_but_into_the_archive_or_back_from_a_merger():
    ways = {stage: {step.kind for step in STEPS if stage in step.stages and step.to} for stage in ENDS}
    assert ways == {
        Stage.NOT_FILED: {"归档"}, Stage.WITHDRAWN: {"归档"}, Stage.CLOSED: {"归档"},
        Stage.MERGED: {"撤销并案"}, Stage.ARCHIVED: set(),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("stage", "step"),
    [pytest.param(one, step, id=f"{one}-{step.kind}") for one in Stage for step in STEPS if one not in step.stages],
)
def test_an_action_at_a_stage_that_has_it_not_is_refused_with_a_way_out(stage, step):
    walk = place(stage)
    by = {Role.LEAD: LEAD, Role.CO_HANDLER: CO, Role.PROPOSER: ZHANG, Role.SYSTEM: a.SYSTEM}
    actor = OFFICE if Role.COORDINATOR in step.who else by[next(iter(step.who))]
    ruling = advance(walk.case, example(action_types()[step.kind], actor), world(walk.today))
    assert isinstance(ruling, Refused)
    if stage is Stage.MERGED:
        assert str(ruling) == "本件已经并案。请在主案上办理，或先撤销并案。"
    else:
        assert ruling.what == f"本件现在是“{stage}”，不能办理“{step.kind}”"
        assert ruling.remedy == "本件已经办完。" or offers(stage)[0] in ruling.remedy


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.kind)
@pytest.mark.parametrize("role", Role)
def test_a_role_without_a_part_in_an_action_is_refused_and_told_who_may(step, role):
    stands_for = Role.COORDINATOR if role is Role.ADMINISTRATOR else role
    actor = a.Actor(role=role, name="某人", agency="民政局" if role in {Role.LEAD, Role.CO_HANDLER} else None)
    ruling = advance(place(min(step.stages)).case, example(action_types()[step.kind], actor), world(day(3, 20)))
    refused_for_role = isinstance(ruling, Refused) and ruling.what == f"{role}不能办理“{step.kind}”"
    assert refused_for_role is (stands_for not in step.who)
    if refused_for_role:
        assert all(allowed.value in ruling.remedy for allowed in step.who)


def test_nobody_signs_or_publishes_in_the_office_s_name_but_who_must():
    admin = a.Actor(role=Role.ADMINISTRATOR, name="管理员")
    assert at(Stage.APPROVING).refusal(a.Approve(case="0001", by=admin)) == "管理员不能办理“审签”。请由主办单位办理。"
    replied = at(Stage.REPLIED)
    assert "请由系统办理" in replied.refusal(example(a.Publish, OFFICE))
    assert "公开" not in offers(Stage.REPLIED)


def test_a_ruling_is_a_function_of_what_it_is_given():
    walk = at(Stage.HANDLING)
    action = example(a.RequestExtension, LEAD)
    assert advance(walk.case, action, world(walk.today)) == advance(walk.case, action, world(walk.today))


def test_the_offers_of_a_stage_depend_on_the_role():
    assert offers(Stage.FILED, Role.COORDINATOR) == ("撤案", "并案", "交办")
    assert offers(Stage.FILED, Role.LEAD) == ()
    assert offers(Stage.REPLIED, Role.PROPOSER) == ("反馈",)


def test_who_is_told_at_each_step():
    walk = received("张某某", "李某某")
    told = {}
    for on, action in road():
        if isinstance(action, a.GiveFeedback):
            walk.do(a.GiveFeedback(case="0001", by=OFFICE, proposer="李某某", attitude="满意", result="满意"))
        walk.do(action, on=on)
        told.setdefault(action.kind, walk.told())
    both = {"提案人:1.1", "提案人:1.2"}
    assert told["立案"] == {("立案告知", one) for one in both}
    assert told["交办"] == {("交办通知", "单位:民政局"), ("交办通知", "单位:财政局")}
    assert told["起草"] == {("请审签", "单位:财政局")}
    assert told["会签"] == {("请审签", "单位:民政局")}
    assert told["预审通过"] == {("请审签", "单位:民政局")}
    assert told["答复"] == {(kind, one) for kind in ("答复函", "征询意见") for one in both}
    assert told["反馈"] == set()
    assert told["公开"] == {("公开告知", one) for one in (*both, "单位:民政局")}


def test_the_last_signature_asks_the_office_for_its_review():
    walk = at(Stage.APPROVING).do(*(a.Approve(case="0001", by=LEAD) for _ in range(3)))
    assert walk.case.stage is Stage.PRE_REVIEW
    assert walk.told() == {("请审签", "督办")}


@pytest.mark.parametrize(
    ("stage", "expected"), [(Stage.APPROVED, False), (Stage.REPLIED, True), (Stage.ANSWERED, True)]
)
def test_a_page_is_due_once_decided_and_answered(stage, expected):
    walk = at(stage)
    assert not publishable(walk.case) or walk.case.publicity is Publicity.DECIDED
    if walk.case.publicity is Publicity.UNDECIDED:
        walk.do(a.DecidePublication(case="0001", by=OFFICE))
    assert publishable(walk.case) is expected


def test_nobody_is_told_the_same_twice():
    walk = at(Stage.FILED).do(a.Assign(case="0001", by=OFFICE, lead="民政局", mode="分办", co_handlers=["财政局"]))
    first, second = walk.case.assignments
    walk.case = replace(walk.case, assignments=(first, replace(second, agency=first.agency)))
    walk.do(a.Withdraw(case="0001", by=OFFICE, reason="已经解决"))
    assert [telling.recipient for telling in walk.tellings] == ["提案人:1.1", "单位:民政局"]
