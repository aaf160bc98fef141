"""A case's clocks: when each starts, how it is found, and what is worked out again."""

from dataclasses import replace
from datetime import date

import pytest
from builders import CLOSED_ON, LEAD, OFFICE, at, day, packs, received, talk, world

from models import actions as a
from models import clocks
from models.errors import PolicyError
from models.lifecycle import advance
from models.vocabulary import ClockKind, ProposalKind, Stage, StartEvent, Track


def test_what_is_counted_from_the_session_s_close_starts_there():
    case = received(pack="shanghai", proposal_kind=ProposalKind.SUGGESTION).case
    assert [(one.kind, one.started_on, one.due_on) for one in case.clocks] == [
        (ClockKind.ASSIGNMENT, CLOSED_ON, day(2, 24))
    ]


def test_while_the_session_still_sits_the_day_of_receipt_stands_in():
    case = replace(received().case, pack="shanghai", session_closed_on=None, track=Track.NPC)
    started = clocks.start(case, (ClockKind.ASSIGNMENT,), world(day(1, 22)))
    assert [one.started_on for one in started.clocks] == [day(1, 22)]


def test_what_came_after_the_close_is_counted_from_its_receipt():
    case = replace(
        received(pack="shandong_township", proposal_kind=ProposalKind.SUGGESTION).case,
        in_recess=True,
        received_on=day(4, 1),
    )
    started = clocks.start(case, (ClockKind.REPLY,), world(day(4, 10)))
    assert [one.started_on for one in started.clocks] == [day(4, 1)]


def test_a_kind_without_a_rule_has_no_clock():
    case = received().case
    assert clocks.start(case, (ClockKind.REPORT,), world(day(3, 1))) is case


def test_a_date_set_by_a_person_is_not_worked_out_again():
    walk = at(Stage.FILED).do(a.Assign(case="0001", by=OFFICE, lead="民政局", due_on=day(4, 30)))
    clock = clocks.reply_clock(walk.case)
    assert clocks.is_manual(clock)
    assert clocks.rederive(walk.case, clock, world(day(3, 1))) == walk.case


def test_a_pack_that_lost_a_rule_is_named():
    case = at(Stage.HANDLING).case
    clock = replace(clocks.reply_clock(case), kind=ClockKind.REPORT)
    with pytest.raises(PolicyError, match=r"规则包 yunling 不再规定“定期报告”的时限"):
        clocks.derive(case, clock, world(day(3, 1)))


def test_the_reply_s_clock_is_the_agency_s_own_after_a_return():
    walk = at(Stage.ASSIGNED).do(
        a.RequestReturn(case="0001", by=LEAD, reason="不属于职责"),
        a.GrantReturn(case="0001", by=OFFICE, agency="民政局", to="教育局"),
    )
    assert clocks.reply_clock(walk.case).no == clocks.reply_clock(walk.case, walk.case.lead).no
    assert clocks.reply_clock(walk.case, walk.case.lead).assignment_no == 3
    assert clocks.reply_clock(received().case) is None


def test_what_was_given_back_does_not_count_for_the_next_one_s_receipt():
    """Signing for by the agency that took over leaves the case's first clock (the proposer's view) alone."""
    walk = at(Stage.ASSIGNED).do(
        a.RequestReturn(case="0001", by=LEAD, reason="不属于职责"),
        a.GrantReturn(case="0001", by=OFFICE, agency="民政局", to="教育局"),
    )
    first = walk.case.clocks[3]
    walk.do(a.SignFor(case="0001", by=LEAD.model_copy(update={"agency": "教育局"})), on=day(3, 9))
    assert walk.case.clocks[3] == first
    objection = [one for one in walk.case.clocks if one.kind is ClockKind.OBJECTION and one.runs]
    assert {one.started_on for one in objection if one.assignment_no == 3} == {day(3, 9)}


@pytest.mark.parametrize("rule", ["npc.reply.received"])
def test_a_clock_counted_from_receipt_follows_the_lead_s_signature(rule):
    """Where the whole case's clock counts from receipt, the first lead's signature starts it anew."""
    walk = at(Stage.ASSIGNED, pack="henan", proposal_kind=ProposalKind.SUGGESTION)
    own = [one for one in walk.case.clocks if one.start_event.value == "收到交办之日" and one.assignment_no is None]
    walk.do(a.SignFor(case="0001", by=LEAD), on=day(3, 4))
    assert {walk.case.clocks[one.no - 1].started_on for one in own} <= {day(3, 4)}
    assert own, rule


HENAN = {"pack": "henan", "proposal_kind": ProposalKind.SUGGESTION}
CHONGQING = {"pack": "chongqing", "proposal_kind": ProposalKind.SUGGESTION}
INTERIM = a.InterimReply(case="0001", by=LEAD, text="已完成选址，资金尚待落实。")
REPORT = a.ReportProgress(case="0001", by=LEAD, text="五处中已建成三处。")


def running(walk, kind):
    return [clock for clock in walk.case.clocks if clock.runs and clock.kind is kind]


def answered(promises, **more):
    """A case answered, with what the letter promises."""
    walk = at(Stage.HANDLING, co_handlers=(), **more)
    walk.do(talk(), a.SubmitDraft(case="0001", by=LEAD, text="现答复如下", promises=promises), on=day(3, 20))
    while walk.case.stage is Stage.APPROVING:
        walk.do(a.Approve(case="0001", by=LEAD))
    return walk.do(a.SendReply(case="0001", by=LEAD), on=day(3, 26))


def test_who_asks_for_more_time_owes_an_interim_reply_within_the_first_term():
    walk = at(Stage.HANDLING, **HENAN)
    first = clocks.reply_clock(walk.case)
    assert not running(walk, ClockKind.INTERIM_REPLY)
    walk.do(a.RequestExtension(case="0001", by=LEAD, reason="涉及面广"), on=day(4, 1))
    (owed,) = running(walk, ClockKind.INTERIM_REPLY)
    assert (owed.started_on, owed.due_on) == (first.started_on, first.due_on)
    assert clocks.reply_clock(walk.case).due_on > first.due_on
    assert {("延期申请", "督办"), ("延期告知", "提案人:1.1")} <= walk.told()
    assert clocks.holders(walk.case, owed) == ("民政局",)
    walk.do(INTERIM, on=day(4, 20))
    assert walk.told() == {("阶段答复", "提案人:1.1"), ("阶段答复", "督办")}
    assert not running(walk, ClockKind.INTERIM_REPLY)
    assert clocks.reply_clock(walk.case).runs


def test_without_more_time_there_is_nothing_to_say_in_between():
    pack = packs()["henan"]
    longer = pack.clock(ClockKind.REPLY, track=Track.NPC, in_recess=False)
    asking = longer.model_copy(update={"extension": longer.extension.model_copy(update={"consent": "交办机关"})})
    others = tuple(rule for rule in pack.clocks if rule.rule_id != longer.rule_id)
    there = replace(world(day(4, 1)), packs={"henan": pack.model_copy(update={"clocks": (asking, *others)})})
    case = at(Stage.HANDLING, **HENAN).case
    for action in (
        a.RequestExtension(case="0001", by=LEAD, reason="涉及面广"),
        a.RefuseExtension(case="0001", by=OFFICE, reason="时间充裕"),
    ):
        ruling = advance(case, action, there)
        case = ruling.case
        interim = [clock for clock in case.clocks if clock.runs and clock.kind is ClockKind.INTERIM_REPLY]
        assert len(interim) == isinstance(action, a.RequestExtension)
        assert not [one for one in ruling.tellings if one.kind == "延期告知"]


def test_the_handling_is_reported_every_year_until_the_reply():
    walk = at(Stage.ASSIGNED, co_handlers=(), **HENAN)
    (first,) = running(walk, ClockKind.REPORT)
    assert (first.started_on, first.due_on) == (day(2, 25), day(8, 31))
    assert "自交办之日2026年2月25日之后算起" in "".join(clocks.derive(walk.case, first, world(day(3, 1))).steps)
    walk.do(a.SignFor(case="0001", by=LEAD)).do(REPORT, on=day(8, 20))
    assert walk.told() == {("定期报告", "督办")}
    (again,) = running(walk, ClockKind.REPORT)
    assert (again.start_event, again.due_on) == (StartEvent.LAST_REPORT, date(2027, 8, 31))
    assert "上期报告期限之日2026年8月31日" in "".join(clocks.derive(walk.case, again, world(day(9, 1))).steps)
    assert clocks.rederive(walk.case, again, world(day(9, 1))) == walk.case
    walk = answered([], **HENAN)
    assert not running(walk, ClockKind.REPORT)
    assert "没有待报的定期报告" in walk.refusal(REPORT)


def test_promises_are_reported_every_year_while_one_is_open():
    walk = answered([{"text": "年内建成", "due_on": day(12, 31)}, {"text": "每季通报"}], **CHONGQING)
    (first,) = running(walk, ClockKind.REPORT)
    assert (first.start_event, first.started_on, first.due_on) == (StartEvent.PROMISED, day(3, 26), day(12, 31))
    walk.do(REPORT, on=date(2027, 1, 15))
    assert walk.told() == {("定期报告", "督办"), ("定期报告", "提案人:1.1")}
    (again,) = running(walk, ClockKind.REPORT)
    assert (again.started_on, again.due_on) == (date(2027, 1, 15), date(2027, 12, 31))
    kept = {"case": "0001", "by": LEAD, "status": "已兑现", "evidence": "验收单"}
    assert running(walk.do(a.ReportPromise(promise=1, **kept)), ClockKind.REPORT)
    assert not running(walk.do(a.ReportPromise(promise=2, **kept)), ClockKind.REPORT)


def test_without_a_promise_there_is_nothing_to_report_on():
    assert not running(answered([], **CHONGQING), ClockKind.REPORT)


def test_a_recommendation_has_no_regular_report_on_its_handling():
    case = replace(at(Stage.ASSIGNED, **HENAN).case, kind=ProposalKind.RECOMMENDATION, clocks=())
    assert clocks.start_report(case, StartEvent.ASSIGNED, world(day(3, 1))) is case
