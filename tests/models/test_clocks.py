"""A case's clocks: when each starts, how it is found, and what is worked out again."""

from dataclasses import replace

import pytest
from builders import CLOSED_ON, LEAD, OFFICE, at, day, received, world

from models import actions as a
from models import clocks
from models.errors import PolicyError
from models.vocabulary import ClockKind, ProposalKind, Stage, Track


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
