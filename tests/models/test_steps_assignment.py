"""Assignment and sign-for (交办、签收、退办)."""

import pytest
from builders import CO, LEAD, OFFICE, at, day, received

from models import actions as a
from models.vocabulary import AssignmentStatus, ClockKind, HandlingRole, ProposalKind, Role, Stage

OTHER = a.Actor(role=Role.LEAD, name="贾科长", agency="教育局")
RETURN = a.RequestReturn(case="0001", by=LEAD, reason="不属于本单位职责", suggested_agency="教育局")
GRANT = a.GrantReturn(case="0001", by=OFFICE, agency="民政局", to="教育局")
REFUSE = a.RefuseReturn(case="0001", by=OFFICE, agency="民政局", reason="属于职责范围")


def assign(lead: str = "民政局", *others: str, **more: object) -> a.Assign:
    return a.Assign(case="0001", by=OFFICE, lead=lead, co_handlers=others, **more)


def running(walk, kind: ClockKind):
    return [clock for clock in walk.case.clocks if clock.runs and clock.kind is kind]


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (assign("民正局"), "没有名为“民正局”的承办单位。是不是：民政局"),
        (assign("外星局X"), "没有名为“外星局X”的承办单位。"),
        (assign("民政局", "民政局"), "同一单位出现了两次。主办和会办单位各写一次。"),
        (assign("民政局", "财政局", mode="独办"), "独办件不能有会办单位。"),
        (assign("民政局", mode="分办"), "分办件至少要有两个单位。"),
        (assign(due_on=day(2, 1)), "指定答复日期2026-02-01已经过去。"),
    ],
)
def test_an_assignment_that_cannot_be(action, said):
    assert at(Stage.FILED).refusal(action).startswith(said)


@pytest.mark.parametrize(
    ("action", "roles"),
    [
        (assign("民政局", "财政局"), [HandlingRole.LEAD, HandlingRole.CO_HANDLER]),
        (assign("民政局", "财政局", mode="分办"), [HandlingRole.SEPARATE, HandlingRole.SEPARATE]),
        (assign("民政局", mode="独办"), [HandlingRole.SOLE]),
    ],
)
def test_each_mode_gives_each_agency_its_role(action, roles):
    walk = at(Stage.FILED).do(action, on=day(2, 25))
    assert [part.role for part in walk.case.assignments] == roles
    assert len(running(walk, ClockKind.REPLY)) == 1
    assert len(running(walk, ClockKind.OBJECTION)) == len(roles)
    assert len(running(walk, ClockKind.FIRST_CONTACT)) == sum(role is not HandlingRole.CO_HANDLER for role in roles)


def test_the_reply_is_due_three_months_after_assignment_or_on_the_day_the_office_set():
    assert running(at(Stage.ASSIGNED), ClockKind.REPLY)[0].due_on == day(5, 25)
    walk = at(Stage.FILED).do(assign(due_on=day(4, 30)), on=day(2, 25))
    assert running(walk, ClockKind.REPLY)[0].due_on == day(4, 30)


def test_a_recommendation_of_the_conference_has_no_clock_but_the_one_the_office_sets():
    filed = received(proposal_kind=ProposalKind.RECOMMENDATION).do(a.Accept(case="0001", by=OFFICE))
    assert filed.do(assign("民政局", "财政局")).case.clocks == ()
    dated = received(proposal_kind=ProposalKind.RECOMMENDATION).do(a.Accept(case="0001", by=OFFICE))
    assert [clock.due_on for clock in dated.do(assign(due_on=day(6, 1))).case.clocks] == [day(6, 1)]


def test_signing_for_starts_handling_and_counts_what_counts_from_receipt():
    walk = at(Stage.ASSIGNED).do(a.SignFor(case="0001", by=LEAD), on=day(3, 2))
    assert walk.case.stage is Stage.HANDLING
    assert {clock.kind: clock.started_on for clock in walk.case.clocks if clock.assignment_no == 1} == {
        ClockKind.OBJECTION: day(3, 2), ClockKind.FIRST_CONTACT: day(3, 2),
    }  # fmt: skip
    assert running(walk, ClockKind.REPLY)[0].started_on == day(2, 25)
    assert walk.refusal(a.SignFor(case="0001", by=LEAD)) == "民政局已签收。不需要再次签收。"


def test_a_co_handler_s_signature_alone_does_not_start_handling():
    assert at(Stage.ASSIGNED).do(a.SignFor(case="0001", by=CO)).case.stage is Stage.ASSIGNED


def test_a_granted_return_keeps_the_first_clock_and_gives_the_new_agency_its_own():
    walk = at(Stage.ASSIGNED).do(RETURN, on=day(2, 27)).do(GRANT, on=day(3, 3))
    case = walk.case
    assert [(part.agency, part.status) for part in case.assignments if part.leads] == [
        ("民政局", AssignmentStatus.RETURNED), ("教育局", AssignmentStatus.ASSIGNED),
    ]  # fmt: skip
    assert [(clock.assignment_no, clock.due_on) for clock in running(walk, ClockKind.REPLY)] == [
        (None, day(5, 25)), (3, day(6, 3)),
    ]  # fmt: skip
    assert not [clock for clock in case.clocks if clock.assignment_no == 1 and clock.runs]
    assert not running(walk, ClockKind.REASSIGNMENT)
    assert walk.told() == {("交办通知", "单位:教育局"), ("同意退办", "单位:民政局")}
    assert walk.do(a.SignFor(case="0001", by=OTHER)).case.stage is Stage.HANDLING
    assert walk.refusal(a.SignFor(case="0001", by=LEAD)).startswith(
        "民政局不是本件的相应承办单位。本件现由：财政局（会办）"
    )


def test_a_co_handler_s_return_leaves_the_lead_at_work():
    ask = a.RequestReturn(case="0001", by=CO, reason="不属于本单位职责")
    walk = at(Stage.HANDLING).do(ask, a.GrantReturn(case="0001", by=OFFICE, agency="财政局", to="教育局"))
    assert walk.case.stage is Stage.HANDLING
    assert [part.agency for part in walk.case.co_handlers] == ["教育局"]
    assert len(running(walk, ClockKind.REPLY)) == 1


def test_a_refused_return_must_go_on_and_is_not_asked_again():
    walk = at(Stage.ASSIGNED).do(RETURN, REFUSE)
    assert walk.case.lead.status is AssignmentStatus.ASSIGNED
    assert walk.refusal(RETURN).startswith("本单位的退办申请已被驳回过。")
    signed = at(Stage.HANDLING).do(RETURN, REFUSE)
    assert signed.case.lead.status is AssignmentStatus.SIGNED


@pytest.mark.parametrize(
    ("make", "action", "said"),
    [
        (lambda: at(Stage.ASSIGNED).do(RETURN), RETURN, "民政局申请退办。不能申请退办。"),
        (lambda: at(Stage.HANDLING), RETURN.model_copy(update={"suggested_agency": "天文局"}), "没有名为“天文局”"),
        (lambda: at(Stage.ASSIGNED), GRANT, "民政局没有待决定的退办申请。请核对单位名称。"),
        (lambda: at(Stage.ASSIGNED), REFUSE.model_copy(update={"agency": "教育局"}), "教育局没有待决定的退办申请。"),
        (
            lambda: at(Stage.ASSIGNED).do(RETURN),
            GRANT.model_copy(update={"to": "财政局"}),
            "财政局已经是本件的承办单位。",
        ),
        (lambda: at(Stage.ASSIGNED).do(RETURN), GRANT.model_copy(update={"to": "天文局"}), "没有名为“天文局”"),
    ],
)
def test_returns_that_cannot_be(make, action, said):
    assert make().refusal(action).startswith(said)


def test_the_window_for_a_return_closes():
    walk = at(Stage.HANDLING)  # signed for on 26 February; Saturday the 28th is a working day in place of a holiday
    assert walk.refusal(RETURN, on=day(3, 5)).startswith("退办申请期限已于2026-03-04届满。")
    assert walk.do(RETURN, on=day(3, 4)).case.lead.status is AssignmentStatus.RETURN_REQUESTED


def test_who_asked_for_a_return_waits_for_the_answer():
    walk = at(Stage.HANDLING).do(RETURN)
    assert walk.refusal(a.RequestExtension(case="0001", by=LEAD, reason="涉及面广")) == (
        "民政局已申请退办，等待督办单位决定。请先决定是否同意退办。"
    )


def test_two_returns_asked_at_once_are_decided_one_by_one():
    by_co = a.RequestReturn(case="0001", by=CO, reason="不属于本单位职责")
    walk = at(Stage.HANDLING).do(RETURN, by_co, on=day(2, 27))
    assert {clock.assignment_no for clock in running(walk, ClockKind.REASSIGNMENT)} == {1, 2}
    walk.do(REFUSE)
    assert {clock.assignment_no for clock in running(walk, ClockKind.REASSIGNMENT)} == {2}
    draft = a.SubmitDraft(case="0001", by=LEAD, text="答复")
    walk.do(a.WaiveContact(case="0001", by=OFFICE, proposer="张某某"))
    assert walk.refusal(draft) == "财政局已申请退办，等待督办单位决定。请先决定是否同意退办。"
