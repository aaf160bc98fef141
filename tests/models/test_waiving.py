"""What must be mended before a version goes round, and what a waiver leaves in the history."""

import builders as b
from builders import LEAD

from models import actions as a
from models.lifecycle import advance
from models.vocabulary import Stage

DAMAGED = "您提出的提案（第0009号）收悉。\n依据《办法》（云政发〔20257号）办理。"


def draft(text, **more):
    return a.SubmitDraft(case="0001", by=LEAD, text=text, **more)


def test_a_serious_remark_sends_a_draft_back_until_it_is_waived_with_a_reason():
    walk = b.at(Stage.COUNTERSIGNING)
    said = walk.refusal(draft(DAMAGED))
    assert "复文体检有2处必改" in said
    assert "第1行第8字：“第0009号”：编号应为0001" in said
    assert "体检不改的理由" in said
    walk.do(draft(DAMAGED, waiver="照录来文，原文如此"))
    assert walk.case.draft.text == DAMAGED


def test_the_history_tells_what_was_waived_and_why():
    walk = b.at(Stage.COUNTERSIGNING)
    ruling = advance(walk.case, draft(DAMAGED, waiver="照录来文"), b.world(walk.today))
    assert ruling.summary.endswith("；复文体检2处必改未改（编号不符、文号日期缺损），理由：照录来文")
    clean = advance(walk.case, draft(b.REPLY, waiver="不需要"), b.world(walk.today))
    assert clean.summary == "民政局提交答复稿第2稿"


def test_a_signer_who_edits_is_asked_too():
    walk = b.at(Stage.APPROVING)
    amend = a.Amend(case="0001", by=LEAD, text=b.REPLY + "每户联系孙某，身份证号11010519491231002X。")
    assert "有身份证号" in walk.refusal(amend)
    walk.do(amend.model_copy(update={"waiver": "本人书面同意"}))
    assert len(walk.case.drafts) == 2
