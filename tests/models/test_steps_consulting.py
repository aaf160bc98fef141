"""What proposers say of the draft before it is signed (听取意见), where the place's rules ask for it."""

from dataclasses import replace

import pytest
from builders import CO, LEAD, LI, OFFICE, ZHANG, at, day, packs, talk

from models import actions as a
from models.steps.consulting import reads_views, views_awaited
from models.vocabulary import DraftView, Role, Stage

DRAFT = a.SubmitDraft(case="0001", by=LEAD, text="现答复如下。")


@pytest.fixture
def place_asking(monkeypatch):
    """A case ready for a draft, in a place that asks so."""

    def make(rule):
        pack = packs()["yunling"]
        approval = pack.approval.model_copy(update={"proposer_view": rule})
        monkeypatch.setitem(packs(), "asking", pack.model_copy(update={"approval": approval}))
        walk = at(Stage.HANDLING, "张某某", "李某某")
        walk.case = replace(walk.case, pack="asking")
        opinion = a.GiveOpinion(case="0001", by=CO, text="同意")
        return walk.do(talk(), on=day(3, 10)).do(a.SignFor(case="0001", by=CO), opinion)

    return make


def view(by=ZHANG, stance="同意", **more):
    return a.GiveView(case="0001", by=by, proposer=by.name, stance=stance, **more)


def test_where_the_rules_do_not_ask_nobody_is_asked(place_asking):
    walk = place_asking(DraftView.NOT_ASKED).do(DRAFT)
    assert "听取意见" not in {kind for kind, _ in walk.told()}
    assert walk.refusal(view()) == "本地规则没有安排就答复稿听取提案人意见。答复以后请反馈意见。"
    assert views_awaited(walk.case) == ()


def test_every_proposer_is_asked_and_his_view_is_no_feedback(place_asking):
    walk = place_asking(DraftView.LEAD_READS).do(DRAFT)
    assert {("听取意见", "提案人:1.1"), ("听取意见", "提案人:1.2")} <= walk.told()
    walk.do(view(stance="建议修改", text="写明完成时间"))
    (said,) = walk.case.proposer_views
    assert (said.draft_no, said.name, said.agrees, said.text) == (1, "张某某", False, "写明完成时间")
    assert walk.case.feedback == ()
    assert walk.case.stage is Stage.COUNTERSIGNING
    assert walk.told() == {("答复稿意见", "单位:民政局")}
    assert [one.proposer.name for one in views_awaited(walk.case)] == ["李某某"]


def test_a_view_for_the_office_does_not_reach_the_agency(place_asking):
    walk = place_asking(DraftView.OFFICE_READS).do(DRAFT, view())
    assert walk.told() == {("答复稿意见", "督办")}
    reads = {role: reads_views(role, walk.case) for role in (Role.LEAD, Role.CO_HANDLER, Role.COORDINATOR)}
    assert reads == {Role.LEAD: False, Role.CO_HANDLER: False, Role.COORDINATOR: True}


def test_who_may_say_what(place_asking):
    walk = place_asking(DraftView.LEAD_READS).do(DRAFT)
    assert "没有写明修改建议" in walk.refusal(view(stance="建议修改"))
    assert "只能为本人反馈" in walk.refusal(view(by=LI).model_copy(update={"by": ZHANG}))
    assert "主办单位不能办理" in walk.refusal(view().model_copy(update={"by": LEAD}))
    walk.do(view(), view(by=OFFICE).model_copy(update={"proposer": "李某某"}))
    assert "张某某已对第1稿提出过意见" in walk.refusal(view())


def test_another_version_may_be_viewed_again_and_an_edit_keeps_the_rule(place_asking):
    walk = place_asking(DraftView.LEAD_READS).do(DRAFT, view(), a.Countersign(case="0001", by=CO))
    walk.do(a.Amend(case="0001", by=LEAD, text="改过的答复。"))
    assert len(views_awaited(walk.case)) == 2
    assert walk.do(view()).case.proposer_views[-1].draft_no == 2
