"""Feedback and redoing (征询意见、重新办理)."""

from dataclasses import replace

import pytest
from builders import CO, LEAD, LI, OFFICE, ZHANG, Walk, at, day, feedback, received, talk

from models import actions as a
from models.steps.feedback import awaited
from models.vocabulary import AssignmentStatus, ClockKind, Publicity, Satisfaction, Stage

CLOSE = a.CloseFeedback(case="0001", by=a.SYSTEM)
REDO = a.OrderRedo(case="0001", by=OFFICE, reason="请补充措施")
UNHAPPY = feedback(says="不满意", reasons="没有具体措施")


def replied(*names: str) -> Walk:
    return at(Stage.REPLIED, *names)


def again(walk: Walk) -> Walk:
    """The second round's reply."""
    draft = a.SubmitDraft(case="0001", by=LEAD, text=f"第{walk.case.round}次重新答复")
    walk.do(talk(on=walk.today), draft, a.Countersign(case="0001", by=CO))
    walk.do(*(a.Approve(case="0001", by=LEAD) for _ in range(3)), a.PassReview(case="0001", by=OFFICE))
    return walk.do(a.SendReply(case="0001", by=LEAD))


def test_the_agency_reads_nothing_until_all_have_answered():
    walk = replied("张某某", "李某某").do(feedback())
    assert walk.case.stage is Stage.REPLIED
    assert walk.case.feedback[0].released_on is None
    assert [one.proposer.name for one in awaited(walk.case)] == ["李某某"]
    walk.do(feedback(of="李某某", says="基本满意"), on=day(4, 2))
    assert walk.case.stage is Stage.ANSWERED
    assert {one.released_on for one in walk.case.feedback} == {day(4, 2)}
    assert ClockKind.FEEDBACK not in {clock.kind for clock in walk.case.clocks if clock.runs}


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (feedback(says="不满意"), "评价不满意时没有写明理由。请填写意见"),
        (feedback(by=LI), "只能为本人反馈。请由张某某本人反馈，或由督办单位代为登记。"),
        (feedback(of="王某某"), "王某某不是本件的提案人。本件提案人：张某某、李某某。"),
    ],
)
def test_feedback_that_cannot_be(action, said):
    assert replied("张某某", "李某某").refusal(action).startswith(said)


def test_nobody_answers_twice_and_the_office_may_enter_a_paper_answer():
    walk = replied("张某某", "李某某").do(feedback(by=OFFICE))
    assert walk.refusal(feedback()).startswith("张某某已经反馈过。一次答复只反馈一次")


def test_who_signed_two_merged_proposals_answers_both_letters():
    merged = replace(received("张某某", case_id=2, number="0009").case, stage=Stage.MERGED, merged_into=1)
    walk = replied()
    walk.case = replace(walk.case, merged=(merged,))
    walk.do(feedback(), feedback(says="基本满意"))
    assert [one.addressee for one in walk.case.feedback] == ["1.1", "2.1"]
    assert walk.case.stage is Stage.ANSWERED


def test_silence_is_counted_as_silence_and_never_as_satisfied():
    walk = replied("张某某", "李某某").do(feedback(), on=day(4, 1))
    assert walk.refusal(CLOSE, on=day(4, 17)).startswith("反馈期限2026-04-17还没有届满。")
    walk.do(CLOSE, on=day(4, 18))
    silent = walk.case.feedback[-1]
    assert (silent.addressee, silent.attitude, silent.result) == ("1.2", Satisfaction.SILENT, Satisfaction.SILENT)
    assert walk.case.stage is Stage.ANSWERED


def test_where_no_term_runs_the_office_may_close():
    walk = at(Stage.REPLIED, pack="national_cppcc").do(CLOSE.model_copy(update={"by": OFFICE}))
    assert walk.case.stage is Stage.ANSWERED


@pytest.mark.parametrize("which", ["attitude", "result"])
def test_one_dissatisfied_answer_brings_the_case_before_the_office(which):
    says = {"attitude": "满意", "result": "满意"} | {which: "不满意"}
    action = a.GiveFeedback(case="0001", by=ZHANG, proposer="张某某", reasons="没有措施", **says)
    assert replied().do(action).case.stage is Stage.DISSATISFIED


def test_it_is_done_again_with_a_clock_of_its_own():
    walk = replied().do(UNHAPPY, on=day(4, 1)).do(REDO, on=day(4, 2))
    assert (walk.case.stage, walk.case.round, walk.case.lead.status) == (Stage.HANDLING, 1, AssignmentStatus.SIGNED)
    assert [clock.due_on for clock in walk.case.clocks if clock.runs and clock.kind is ClockKind.REDO] == [day(5, 6)]
    assert walk.told() == {("重新办理", "单位:民政局"), ("重新办理", "提案人:1.1")}
    again(walk)
    assert [one.draft_no for one in walk.case.letters] == [1, 2]
    assert [one.proposer.name for one in awaited(walk.case)] == ["张某某"]
    publication = [clock for clock in walk.case.clocks if clock.runs and clock.kind is ClockKind.PUBLICATION]
    assert [clock.started_on for clock in publication] == [day(4, 2)]


def test_a_second_time_is_counted():
    walk = again(replied().do(UNHAPPY).do(REDO)).do(feedback(says="不满意", reasons="仍无措施")).do(REDO)
    assert walk.case.round == 2
    assert [one.round for one in walk.case.feedback] == [0, 1]
    assert again(walk).do(feedback()).case.stage is Stage.ANSWERED


def test_a_published_page_is_decided_again_after_a_second_reply():
    walk = replied().do(UNHAPPY, a.Publish(case="0001", by=a.SYSTEM, path="x.html", page_sha256="0" * 64))
    assert walk.case.publicity is Publicity.PUBLISHED
    assert again(walk.do(REDO)).case.publicity is Publicity.DECIDED


def test_a_reply_may_be_upheld():
    walk = replied().do(UNHAPPY, a.Uphold(case="0001", by=OFFICE, reason="已无可为"))
    assert walk.case.stage is Stage.ANSWERED
    assert walk.told() == {("维持答复", "提案人:1.1")}


def test_in_separate_handling_every_lead_works_again():
    walk = at(Stage.FILED).do(
        a.Assign(case="0001", by=OFFICE, lead="民政局", mode="分办", co_handlers=["财政局"]),
        a.SignFor(case="0001", by=LEAD),
        talk(on=day(2, 2)),
        a.SubmitDraft(case="0001", by=LEAD, text="答复"),
        *(a.Approve(case="0001", by=LEAD) for _ in range(3)),
        a.PassReview(case="0001", by=OFFICE),
        a.SendReply(case="0001", by=LEAD),
        UNHAPPY,
        REDO,
    )
    assert {part.status for part in walk.case.open_assignments} == {AssignmentStatus.SIGNED}
