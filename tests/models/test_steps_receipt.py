"""Receipt (收件) and what its refusals say."""

import pytest
from builders import CLOSED_ON, OPENED_ON, day, proposed, received, world

from models import actions as a
from models.rulings import Refused
from models.steps.receipt import Session, receive, received_tellings
from models.vocabulary import ClockKind, ProposalKind, Publicity, Stage, Track

CONFERENCE = Session(
    name="某市政协二次会议", track=Track.CPPCC, pack="yunling", opened_on=OPENED_ON, closed_on=CLOSED_ON
)


def refused(action: a.Receive) -> str:
    ruling = receive(action, number="0001", session=CONFERENCE, world=world(day(1, 21)))
    assert isinstance(ruling, Refused)
    return str(ruling)


def test_a_received_case_waits_for_review_with_its_proposers_in_order():
    case = received("张某某", "李某某").case
    assert (case.stage, case.publicity, case.round) == (Stage.SUBMITTED, Publicity.UNDECIDED, 0)
    assert [(one.no, one.name, one.is_lead) for one in case.proposers] == [(1, "张某某", True), (2, "李某某", False)]
    assert case.clocks == ()
    assert [telling.recipient for telling in received_tellings(case)] == ["提案人:1.1", "提案人:1.2"]


def test_a_proposal_made_in_recess_is_due_to_be_assigned_from_the_day_it_came():
    case = received(in_recess=True, today=day(4, 1), submitted_on=day(4, 1)).case
    assert [(clock.kind, clock.started_on) for clock in case.clocks] == [(ClockKind.ASSIGNMENT, day(4, 1))]


def test_a_suggestion_of_deputies_does_not_belong_to_a_conference():
    said = refused(proposed(proposal_kind=ProposalKind.SUGGESTION))
    assert said == "人大代表建议不属于某市政协二次会议。请核对类型和届次。"


def test_tomorrow_s_date_is_refused():
    assert refused(proposed(submitted_on=day(1, 22))) == "提交日期2026-01-22还没有到。请填写今天或以前的日期。"


@pytest.mark.parametrize("given", ["带\x00零\x07响", "带零响"])
def test_control_characters_are_dropped_when_an_action_is_made(given):
    assert proposed(title=given).title == "带零响"


def test_a_pasted_line_break_stays_a_line_break():
    assert proposed(text="一、现状\x0b二、建议").text == "一、现状\n二、建议"
    assert proposed(asks=["增\x01设", "扩建"]).asks == ("增设", "扩建")
