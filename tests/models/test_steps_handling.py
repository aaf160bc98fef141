"""Handling (办理): talks, questions, more time, co-handlers' opinions."""

import pytest
from builders import CO, LEAD, LI, OFFICE, ZHANG, Walk, at, day, talk

from models import actions as a
from models.vocabulary import AssignmentStatus, ClockKind, Stage

ASK = a.AskClarification(case="0001", by=LEAD, question="指哪个社区？")
CLARIFY = a.Clarify(case="0001", by=ZHANG, text="指城东社区。")
EXTEND = a.RequestExtension(case="0001", by=LEAD, reason="涉及面广")
GRANT = a.GrantExtension(case="0001", by=OFFICE)
REFUSE = a.RefuseExtension(case="0001", by=OFFICE, reason="理由不充分")
OPINION = a.GiveOpinion(case="0001", by=CO, text="同意")
BACK = a.SendBackOpinion(case="0001", by=LEAD, agency="财政局", reason="内容空泛")


def handling(**more) -> Walk:
    return at(Stage.HANDLING, **more)


def both_signed(**more) -> Walk:
    return handling(**more).do(a.SignFor(case="0001", by=CO))


def reply_clock(walk: Walk):
    return next(clock for clock in walk.case.clocks if clock.kind is ClockKind.REPLY)


def test_the_lead_s_talk_ends_the_term_for_the_first_contact():
    walk = handling().do(talk(), on=day(3, 10))
    contact = walk.case.contacts[0]
    assert (contact.by_name, contact.with_name, contact.way.value) == ("民政局许科长", "张某某", "面商")
    assert not [c for c in walk.case.clocks if c.runs and c.kind is ClockKind.FIRST_CONTACT]


def test_a_co_handler_s_talk_does_not():
    walk = handling().do(talk(by=CO), on=day(3, 10))
    assert [c for c in walk.case.clocks if c.runs and c.kind is ClockKind.FIRST_CONTACT]


def test_the_office_enters_a_talk_for_the_lead():
    assert handling().do(talk(by=OFFICE), on=day(3, 10)).case.contacts[0].by_name == "民政局督办科王敏"


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (day(3, 11), "沟通日期2026-03-11还没有到。请填写今天或以前的日期。"),
        (day(1, 20), "沟通日期2026-01-20早于收件日期2026-01-21。请核对沟通日期。"),
    ],
)
def test_a_talk_lies_between_receipt_and_today(on, said):
    assert handling().refusal(talk(on=on), on=day(3, 10)) == said


def test_a_proposer_may_do_without_a_meeting():
    walk = handling().do(a.WaiveContact(case="0001", by=ZHANG, proposer="张某某", note="电话即可"))
    assert (walk.case.contacts[0].way, walk.case.contacts[0].said) == (None, "电话即可")
    assert not [c for c in walk.case.clocks if c.runs and c.kind is ClockKind.FIRST_CONTACT]


@pytest.mark.parametrize(
    ("by", "name", "said"),
    [
        (LI, "李某某", "李某某不是本件的提案人。本件提案人：张某某。"),
        (LI, "张某某", "只能为本人反馈。请由张某某本人反馈"),
    ],
)
def test_a_proposer_speaks_for_himself(by, name, said):
    assert handling().refusal(a.WaiveContact(case="0001", by=by, proposer=name)).startswith(said)


def test_while_a_question_is_open_the_clock_stands_still_where_the_pack_says_so():
    walk = handling().do(ASK, on=day(3, 2))
    assert reply_clock(walk).next_rung_on is None
    assert walk.refusal(ASK, on=day(3, 3)).startswith("2026-03-02提出的问题还没有答复。")
    walk.do(CLARIFY, on=day(3, 12))
    assert (walk.case.asked_on, walk.case.pauses[0].until_on) == (None, day(3, 12))
    assert reply_clock(walk).due_on == day(6, 4)  # ten days after 25 May
    assert reply_clock(walk).next_rung_on is not None
    assert walk.refusal(CLARIFY) == "没有等待说明的问题。不需要说明。"


def test_elsewhere_a_question_changes_no_date():
    walk = handling(pack="national_cppcc").do(ASK, on=day(3, 2))
    assert (walk.case.pauses, reply_clock(walk).due_on) == ((), day(5, 25))
    assert walk.do(CLARIFY, on=day(3, 12)).case.asked_on is None


def test_drafting_without_the_answer_lets_the_clock_go_on():
    walk = both_signed().do(talk(), OPINION, ASK, on=day(3, 10))
    walk.do(a.SubmitDraft(case="0001", by=LEAD, text="答复"), on=day(3, 13))
    assert (walk.case.asked_on, walk.case.pauses[0].until_on, reply_clock(walk).due_on) == (
        None,
        day(3, 13),
        day(5, 28),
    )


def test_more_time_is_asked_granted_and_derived():
    walk = handling().do(EXTEND, on=day(5, 20))
    assert (reply_clock(walk).due_on, walk.told()) == (day(5, 25), {("延期申请", "督办")})
    walk.do(GRANT, on=day(5, 21))
    assert (reply_clock(walk).due_on, reply_clock(walk).original_on) == (day(8, 25), day(5, 25))
    assert walk.case.extensions[0].consented_by == "督办科王敏"
    assert walk.refusal(EXTEND) == "本件已经申请过延期。延期只能申请一次。"


def test_where_nobody_s_consent_is_asked_more_time_is_taken():
    walk = handling(pack="national_cppcc").do(EXTEND, on=day(5, 20))
    assert reply_clock(walk).due_on == day(8, 25)
    assert walk.refusal(GRANT) == "没有待决定的延期申请。请核对案号。"


def test_refused_more_time_leaves_the_date_and_may_be_asked_again():
    walk = handling().do(EXTEND, on=day(5, 18)).do(REFUSE)
    assert (reply_clock(walk).due_on, walk.case.extensions[0].refused_on) == (day(5, 25), day(5, 18))
    assert walk.do(EXTEND).case.open_extension.no == 2


def test_more_time_that_nobody_decided_lapses_with_the_reply():
    walk = handling().do(a.SignFor(case="0001", by=CO), talk(), OPINION, EXTEND, on=day(3, 20))
    walk.do(a.SubmitDraft(case="0001", by=LEAD, text="答复"), a.Countersign(case="0001", by=CO))
    walk.do(*(a.Approve(case="0001", by=LEAD) for _ in range(3)), a.PassReview(case="0001", by=OFFICE))
    walk.do(a.SendReply(case="0001", by=LEAD))
    unhappy = {"attitude": "满意", "result": "不满意", "reasons": "没有措施"}
    walk.do(a.GiveFeedback(case="0001", by=ZHANG, proposer="张某某", **unhappy))
    walk.do(a.OrderRedo(case="0001", by=OFFICE, reason="请补充措施"))
    assert walk.refusal(GRANT) == "没有待决定的延期申请。请核对案号。"


@pytest.mark.parametrize(
    ("make", "on", "said"),
    [
        (handling, day(5, 26), "答复期限已于2026-05-25届满。"),
        (lambda: at(Stage.FILED).do(a.Assign(case="0001", by=OFFICE, lead="民政局", due_on=day(6, 1))), day(3, 1),
         "答复期限没有可以延长的规定。"),
        (lambda: at(Stage.FILED, proposal_kind="建议案").do(a.Assign(case="0001", by=OFFICE, lead="民政局")), day(3, 1),
         "本件没有正在计算的答复期限。不需要延期。"),
    ],
)  # fmt: skip
def test_more_time_that_cannot_be_asked(make, on, said):
    assert make().refusal(EXTEND, on=on).startswith(said)


def test_an_opinion_in_time_and_one_too_late():
    in_time = both_signed().do(OPINION, on=day(3, 26))
    assert (in_time.case.opinions[0].late, in_time.case.co_handlers[0].status) == (
        False,
        AssignmentStatus.OPINION_GIVEN,
    )
    late = both_signed().do(OPINION, on=day(3, 27))
    assert late.case.opinions[0].late


@pytest.mark.parametrize(
    ("make", "action", "said"),
    [
        (handling, OPINION, "财政局还没有签收。请先签收。"),
        (lambda: both_signed().do(a.RequestReturn(case="0001", by=CO, reason="不属于职责")), OPINION, "财政局已申请退办。"),
        (handling, a.GiveOpinion(case="0001", by=OFFICE, text="同意"), "本件有几个承办单位，不知道是哪一个。请写明单位：民政局、财政局。"),
        (handling, a.GiveOpinion(case="0001", by=OFFICE.model_copy(update={"agency": "民政局"}), text="同意"),
         "民政局是本件的主办单位。会办意见由会办单位提出。"),
        (handling, a.GiveOpinion(case="0001", by=CO.model_copy(update={"agency": None}), text="同意"),
         "没有写明是哪个承办单位。请填写经办人的单位。"),
        (handling, a.GiveOpinion(case="0001", by=CO.model_copy(update={"agency": "教育局"}), text="同意"),
         "教育局不是本件的相应承办单位。本件现由：民政局（主办）、财政局（会办）。"),
        (both_signed, BACK, "财政局没有可退回的会办意见。"),
        (both_signed, BACK.model_copy(update={"agency": "教育局"}), "教育局没有可退回的会办意见。"),
    ],
)  # fmt: skip
def test_opinions_that_cannot_be(make, action, said):
    assert make().refusal(action).startswith(said)


def test_an_opinion_is_sent_back_once():
    walk = both_signed().do(OPINION, BACK, on=day(3, 12))
    assert walk.case.co_handlers[0].status is AssignmentStatus.SIGNED
    assert [c.due_on for c in walk.case.clocks if c.runs and c.kind is ClockKind.CO_OPINION_REDO] == [day(3, 19)]
    walk.do(OPINION, on=day(3, 13))
    assert [one.sent_back_on for one in walk.case.opinions] == [day(3, 12), None]
    assert walk.refusal(BACK).startswith("财政局的会办意见已退回过一次。")


def test_a_second_question_is_a_second_pause():
    walk = handling().do(ASK, on=day(3, 2)).do(CLARIFY, on=day(3, 12)).do(ASK, on=day(4, 1)).do(CLARIFY, on=day(4, 6))
    assert [(one.from_on, one.until_on) for one in walk.case.pauses] == [
        (day(3, 2), day(3, 12)), (day(4, 1), day(4, 6)),
    ]  # fmt: skip
    assert reply_clock(walk).due_on == day(6, 9)
