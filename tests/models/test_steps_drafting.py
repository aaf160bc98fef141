"""Drafting, signing, the reply (起草、会签、审签、答复)."""

from dataclasses import replace

import pytest
from builders import CO, LEAD, OFFICE, REPLY, Walk, at, day, feedback, received, talk

from models import actions as a
from models.signing import text_sha256
from models.vocabulary import AssignmentStatus, ClockKind, PromiseStatus, Publicity, Stage

OPINION = a.GiveOpinion(case="0001", by=CO, text="同意")
COUNTERSIGN = a.Countersign(case="0001", by=CO)
APPROVE = a.Approve(case="0001", by=LEAD)
BACK = a.SendBack(case="0001", by=OFFICE, remark="请补充措施")
SEND = a.SendReply(case="0001", by=LEAD)
PASS = a.PassReview(case="0001", by=OFFICE)


def draft(text: str = REPLY, **more) -> a.SubmitDraft:
    return a.SubmitDraft(case="0001", by=LEAD, text=text, **more)


def ready(**more) -> Walk:
    """Everything is there that a draft needs."""
    walk = at(Stage.HANDLING, **more).do(talk(), on=day(3, 10))
    return walk.do(a.SignFor(case="0001", by=CO), OPINION) if walk.case.co_handlers else walk


def test_a_draft_goes_to_the_co_handlers_first_and_alone_straight_to_approval():
    assert ready().do(draft()).case.stage is Stage.COUNTERSIGNING
    assert ready(co_handlers=()).do(draft()).case.stage is Stage.APPROVING


def test_a_draft_carries_what_the_letter_prints():
    given = {
        "result_class": "A",
        "document_number": "云民函〔2026〕1号",
        "contact_person": "许科长",
        "contact_phone": "5550101",
    }
    made = ready().do(draft(**given)).case.draft
    assert (made.sha256, made.round, made.no) == (text_sha256(REPLY), 0, 1)
    assert {name: getattr(made, name) for name in given} == given


@pytest.mark.parametrize(
    ("make", "action", "said"),
    [
        (lambda: at(Stage.HANDLING), draft(), "答复前还没有与提案人沟通。请先登记沟通记录"),
        (lambda: at(Stage.HANDLING).do(talk(), on=day(3, 10)), draft(), "会办单位财政局还没有提出会办意见（期限2026-03-25）。"),
        (ready, draft(result_class="Z"), "没有“Z”这一办理结果类别。可选：A 所提问题"),
        (ready, draft().model_copy(update={"by": LEAD.model_copy(update={"agency": "教育局"})}), "教育局不是本件的主办单位。请由民政局办理。"),
        (ready, draft().model_copy(update={"by": LEAD.model_copy(update={"agency": None})}), "没有写明是哪个承办单位。"),
    ],
)  # fmt: skip
def test_a_draft_that_cannot_be(make, action, said):
    assert make().refusal(action).startswith(said)


def test_the_lead_need_not_wait_for_an_opinion_that_is_overdue():
    walk = at(Stage.HANDLING).do(talk(), on=day(3, 10))
    assert walk.do(draft(), on=day(3, 26)).case.stage is Stage.COUNTERSIGNING


def test_an_opinion_without_a_term_is_waited_for():
    walk = received(proposal_kind="建议案").do(a.Accept(case="0001", by=OFFICE))
    walk.do(a.Assign(case="0001", by=OFFICE, lead="民政局", co_handlers=["财政局"]), a.SignFor(case="0001", by=LEAD))
    assert walk.refusal(draft()).startswith("会办单位财政局还没有提出会办意见。")


def test_every_level_signs_in_its_turn():
    walk = ready().do(draft(), COUNTERSIGN)
    wrong = a.Approve(case="0001", by=LEAD, level="主要负责人")
    assert walk.refusal(wrong).startswith(
        "现在轮到“核稿”，还不能由“主要负责人”审签。审签顺序：核稿 → 分管领导 → 主要负责人。"
    )
    walk.do(a.Approve(case="0001", by=LEAD, level="核稿"), APPROVE, APPROVE)
    assert [signature.level for signature in walk.case.valid_signatures] == ["会签", "核稿", "分管领导", "主要负责人"]
    assert walk.case.stage is Stage.PRE_REVIEW
    signed_again = Walk(replace(walk.case, stage=Stage.APPROVING), walk.today)
    assert signed_again.refusal(APPROVE) == "各级都已签过本稿。不需要再次审签。"


def test_without_pre_review_the_last_level_makes_it_ready_to_send():
    walk = ready(pack="national_cppcc").do(draft(), COUNTERSIGN, APPROVE, APPROVE, APPROVE)
    assert walk.case.stage is Stage.APPROVED


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (LEAD, "主办单位不能办理“会签”。请由会办单位办理。"),
        (CO.model_copy(update={"agency": "教育局"}), "教育局不是本件的相应承办单位。"),
    ],
)
def test_who_may_not_countersign(by, said):
    assert ready().do(draft()).refusal(a.Countersign(case="0001", by=by)).startswith(said)


def test_each_of_several_co_handlers_signs_once():
    walk = at(Stage.COUNTERSIGNING, co_handlers=("财政局", "教育局")).do(COUNTERSIGN)
    assert walk.case.stage is Stage.COUNTERSIGNING
    assert walk.refusal(COUNTERSIGN) == "财政局已经会签本稿。不需要再次会签。"
    walk.do(a.Countersign(case="0001", by=CO.model_copy(update={"agency": "教育局"})))
    assert walk.case.stage is Stage.APPROVING


@pytest.mark.parametrize("stage", [Stage.COUNTERSIGNING, Stage.APPROVING, Stage.PRE_REVIEW, Stage.APPROVED])
def test_a_later_edit_voids_every_signature(stage):
    walk = at(stage).do(draft("另一个答复"), on=day(3, 26))
    assert walk.case.valid_signatures == ()
    assert all(signature.voided_on for signature in walk.case.signatures)
    assert (walk.case.stage, walk.case.draft.no) == (Stage.COUNTERSIGNING, 2)


@pytest.mark.parametrize("by", [OFFICE, LEAD, CO])
def test_whoever_sends_it_back_voids_what_was_signed(by):
    walk = at(Stage.APPROVING).do(BACK.model_copy(update={"by": by}))
    assert (walk.case.stage, walk.case.valid_signatures) == (Stage.HANDLING, ())
    assert walk.told() == {("退回修改", "单位:民政局")}


def test_a_stranger_does_not_send_it_back():
    walk = at(Stage.APPROVING)
    for by in (CO, LEAD):
        said = walk.refusal(BACK.model_copy(update={"by": by.model_copy(update={"agency": "教育局"})}))
        assert said.startswith("教育局不是本件的")


def test_pre_review_may_correct_the_class_and_nothing_else():
    walk = at(Stage.PRE_REVIEW)
    assert walk.refusal(PASS.model_copy(update={"result_class": "Z"})).startswith("没有“Z”这一办理结果类别")
    before = walk.case.draft
    walk.do(PASS.model_copy(update={"result_class": "B"}))
    assert walk.case.draft == replace(before, result_class="B")
    assert walk.case.valid_signatures[-1].level == "预审"
    unmarked = (
        ready().do(draft(), COUNTERSIGN, APPROVE, APPROVE, APPROVE).do(PASS.model_copy(update={"result_class": "C"}))
    )
    assert unmarked.case.draft.result_class == "C"


def test_one_letter_to_each_addressee_and_the_clocks_of_the_reply_stop():
    walk = at(Stage.APPROVED, "张某某", "李某某").do(SEND, on=day(3, 26))
    assert [(one.addressee, one.number, one.sha256) for one in walk.case.letters] == [
        ("1.1", "0001", text_sha256(REPLY)), ("1.2", "0001", text_sha256(REPLY)),
    ]  # fmt: skip
    running = {clock.kind for clock in walk.case.clocks if clock.runs}
    assert running == {ClockKind.FEEDBACK, ClockKind.PUBLICATION}
    assert walk.case.lead.status is AssignmentStatus.DONE


def test_a_merged_proposal_is_answered_under_its_own_number():
    merged = replace(received("赵某某", case_id=2, number="0009").case, stage=Stage.MERGED, merged_into=1)
    walk = at(Stage.APPROVED)
    walk.case = replace(walk.case, merged=(merged,))
    walk.do(SEND)
    assert [(one.name, one.number) for one in walk.case.letters] == [("张某某", "0001"), ("赵某某", "0009")]
    assert [(one.kind, one.case) for one in walk.follow_ups] == [("随主案答复", merged.ref)]


def test_a_signature_that_covers_other_words_sends_nothing():
    walk = at(Stage.APPROVED)
    edited = replace(walk.case.draft, sha256=text_sha256("改过的答复"))
    tampered = Walk(replace(walk.case, drafts=(edited,)), walk.today)
    assert tampered.refusal(SEND) == "签字与现在的答复稿不一致。请重新送审，签齐后再答复。"
    unsigned = Walk(replace(walk.case, signatures=()), walk.today)
    assert unsigned.refusal(SEND) == "签字与现在的答复稿不一致。请重新送审，签齐后再答复。"


def test_what_is_not_to_be_public_has_no_term_for_publication():
    walk = at(Stage.PRE_REVIEW).do(PASS)
    walk.do(a.DecidePublication(case="0001", by=OFFICE, mode="不予公开", reason="涉及个人隐私")).do(SEND)
    assert walk.case.publicity is Publicity.NOT_PUBLIC
    assert {clock.kind for clock in walk.case.clocks if clock.runs} == {ClockKind.FEEDBACK}


def test_a_promise_gets_a_clock_with_the_letter_and_is_not_doubled_by_a_second_version():
    vow = {"text": "年内建成", "due_on": day(12, 31)}
    walk = ready().do(draft(promises=[vow, {"text": "尽快论证"}]), BACK)
    walk.do(draft("第二稿", promises=[vow | {"due_on": day(11, 30)}, {"text": "每季通报"}]))
    assert [(one.no, one.text, one.due_on) for one in walk.case.promises] == [
        (1, "年内建成", day(11, 30)), (2, "尽快论证", None), (3, "每季通报", None),
    ]  # fmt: skip
    walk.do(COUNTERSIGN, APPROVE, APPROVE, APPROVE, PASS, SEND)
    assert [clock.due_on for clock in walk.case.clocks if clock.kind is ClockKind.PROMISE] == [day(11, 30)]
    assert {one.status for one in walk.case.promises} == {PromiseStatus.OPEN}
    assert [one.no for one in walk.case.open_promises] == [1, 3]


def test_what_only_an_earlier_version_promised_is_not_waited_for():
    walk = ready().do(draft(promises=[{"text": "年内建成", "due_on": day(12, 31)}]), BACK, draft("第二稿"))
    walk.do(COUNTERSIGN, APPROVE, APPROVE, APPROVE, PASS, SEND)
    assert not [clock for clock in walk.case.clocks if clock.kind is ClockKind.PROMISE]
    assert walk.do(feedback()).case.stage is Stage.ANSWERED


def test_a_signer_s_version_keeps_what_was_promised():
    walk = ready().do(draft(promises=[{"text": "年内建成", "due_on": day(12, 31)}]), COUNTERSIGN)
    walk.do(a.Amend(case="0001", by=LEAD, text="改过的答复"))
    assert [one.draft_no for one in walk.case.promises] == [walk.case.draft.no]


def test_a_newer_letter_moves_a_promise_only_once_it_is_sent():
    walk = ready().do(draft(promises=[{"text": "年内建成", "due_on": day(11, 30)}, {"text": "每季通报"}]))
    walk.do(COUNTERSIGN, APPROVE, APPROVE, APPROVE, PASS, SEND)
    walk.do(feedback(says="不满意", reasons="太迟"), a.OrderRedo(case="0001", by=OFFICE, reason="再研究"))
    walk.do(draft("新的答复", promises=[{"text": "年内建成", "due_on": day(9, 30)}]))
    assert [(one.no, one.due_on) for one in walk.case.promised] == [(1, day(11, 30)), (2, None)]
    walk.do(COUNTERSIGN, APPROVE, APPROVE, APPROVE, PASS, SEND)
    assert [(one.no, one.due_on) for one in walk.case.open_promises] == [(3, day(9, 30)), (2, None)]
    assert [c.due_on for c in walk.case.clocks if c.kind is ClockKind.PROMISE and c.runs] == [day(9, 30)]


def test_without_a_lead_nobody_may_draft():
    walk = ready()
    walk.case = replace(walk.case, assignments=())
    assert walk.refusal(draft()) == "民政局不是本件的主办单位。请由主办单位办理。"
    assert walk.refusal(talk(by=OFFICE)) == "本件还没有交办。交办以后再登记沟通记录。"
    assert "本件现由：尚未交办" in walk.refusal(a.SignFor(case="0001", by=LEAD))


def test_a_letter_carries_the_day_it_was_sent_or_an_earlier_one_it_names():
    assert at(Stage.APPROVED).do(SEND, on=day(3, 26)).case.letters[0].sent_on == day(3, 26)
    later = SEND.model_copy(update={"dated_on": day(3, 27)})
    assert at(Stage.APPROVED).refusal(later, on=day(3, 26)) == "成文日期2026-03-27还没有到。请填写今天或以前的日期。"


def amended(text: str = f"{REPLY}请予监督。") -> a.Amend:
    return a.Amend(case="0001", by=LEAD.model_copy(update={"name": "分管领导"}), text=text, remark="补一句")


def test_a_signer_who_edits_signs_a_new_version_and_voids_what_others_signed():
    walk = ready().do(draft(result_class="A"), COUNTERSIGN, APPROVE).do(amended())
    newest = walk.case.draft
    assert (newest.no, newest.result_class, newest.text) == (2, "A", f"{REPLY}请予监督。")
    (valid,) = walk.case.valid_signatures
    assert (valid.level, valid.name, valid.sha256) == ("分管领导", "分管领导", newest.sha256)
    assert [one.draft_no for one in walk.case.signatures if one.voided_on] == [1, 1]
    assert walk.case.stage is Stage.COUNTERSIGNING
    assert walk.told() == {("请审签", "单位:财政局")}


def test_after_an_edit_everybody_else_signs_the_new_version_before_it_is_sent():
    walk = ready().do(draft(), COUNTERSIGN, APPROVE).do(amended()).do(COUNTERSIGN)
    assert walk.case.stage is Stage.APPROVING
    assert "现在轮到“核稿”" in walk.refusal(a.Approve(case="0001", by=LEAD, level="主要负责人"))
    walk.do(APPROVE, APPROVE)
    assert walk.case.stage is Stage.PRE_REVIEW
    assert {one.sha256 for one in walk.case.valid_signatures} == {text_sha256(f"{REPLY}请予监督。")}


def test_an_edit_that_changes_nothing_is_refused():
    walk = ready(co_handlers=()).do(draft())
    assert walk.refusal(amended(REPLY)) == "正文没有改动。不需要改动的，请直接审签。"


def test_an_edit_is_not_for_the_co_handler_nor_for_a_later_stage():
    walk = ready(co_handlers=()).do(draft())
    assert "会办单位不能办理“改后审签”" in walk.refusal(amended().model_copy(update={"by": CO}))
    assert "本件现在是“待预审”" in walk.do(APPROVE, APPROVE, APPROVE).refusal(amended())
