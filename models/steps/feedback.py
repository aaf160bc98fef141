"""The proposers' feedback (征询意见、重新办理)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import clocks
from models.evolving import replace
from models.permissions import addressee_of
from models.rulings import Effect, Refusal, World
from models.steps.assignment import put
from models.values.case import Addressee, Case
from models.values.reply import Feedback
from models.vocabulary import AssignmentStatus, ClockKind, PublicationWish, Satisfaction, Stage

if TYPE_CHECKING:
    from models import actions as a


def awaited(case: Case) -> tuple[Addressee, ...]:
    """Addressees whose feedback on this round's letter is still out."""
    given = {one.addressee for one in case.feedback if one.round == case.round}
    return tuple(one for one in case.addressees if one.key not in given)


def give_feedback(case: Case, action: a.GiveFeedback, world: World) -> Effect:
    """One addressee rates attitude and result apart (反馈); the agency sees it once all have answered."""
    one = addressee_of(case, action.proposer, action)
    still_out = [other for other in awaited(case) if action.proposer in {other.proposer.name, other.key}]
    if still_out:  # who signed two merged proposals has had two letters, and answers each
        one = still_out[0]
    else:
        raise Refusal(f"{one.proposer.name}已经反馈过", "一次答复只反馈一次；需要更改的，请联系督办单位。")
    if Satisfaction.DISSATISFIED in {action.attitude, action.result} and not action.reasons:
        raise Refusal("评价不满意时没有写明理由", "请填写意见，说明不满意的地方。")
    feedback = Feedback(
        no=len(case.feedback) + 1,
        addressee=one.key,
        round=case.round,
        attitude=action.attitude,
        result=action.result,
        given_on=world.today,
        wish=action.wish,
        reasons=action.reasons,
    )
    case = replace(case, feedback=(*case.feedback, feedback))
    return Effect(_settled(case, world), f"{one.proposer.name}反馈意见")


def close_feedback(case: Case, action: a.CloseFeedback, world: World) -> Effect:
    """The window is over; who kept silent is counted as silent, never as satisfied (反馈期满)."""
    running = [clock for clock in case.clocks if clock.runs and clock.kind is ClockKind.FEEDBACK]
    if running and running[-1].due_on >= world.today:
        raise Refusal(f"反馈期限{running[-1].due_on}还没有届满", "请等期满后再办。")
    silent = tuple(
        Feedback(
            no=len(case.feedback) + index,
            addressee=one.key,
            round=case.round,
            attitude=Satisfaction.SILENT,
            result=Satisfaction.SILENT,
            given_on=world.today,
            wish=PublicationWish.UNSAID,
        )
        for index, one in enumerate(awaited(case), start=1)
    )
    case = _settled(replace(case, feedback=(*case.feedback, *silent)), world)
    return Effect(case, f"反馈期满，{len(silent)}位提案人未反馈")


def _settled(case: Case, world: World) -> Case:
    """Once everybody has answered, release the round's feedback and move on by what it says."""
    if awaited(case):
        return case
    case = replace(
        case,
        feedback=tuple(
            replace(one, released_on=world.today) if one.released_on is None else one for one in case.feedback
        ),
    )
    case = clocks.stop(case, (ClockKind.FEEDBACK,), world)
    unhappy = any(
        Satisfaction.DISSATISFIED in {one.attitude, one.result} for one in case.feedback if one.round == case.round
    )
    return replace(case, stage=Stage.DISSATISFIED if unhappy else settled_stage(case))


def settled_stage(case: Case) -> Stage:
    """Answered, or followed up while something promised is open."""
    return Stage.TRACKING if case.open_promises else Stage.ANSWERED


def order_redo(case: Case, action: a.OrderRedo, world: World) -> Effect:
    """The agency does it again with a clock of its own (重新办理)."""
    case = replace(case, round=case.round + 1)
    for part in case.open_assignments:
        if part.leads:
            case = put(case, replace(part, status=AssignmentStatus.SIGNED))
    again = f"第{case.round}次" if case.round > 1 else ""
    facts = {"reason": action.reason, "round": case.round}
    return Effect(case, f"{again}重新办理：{action.reason}", part=case.lead, facts=facts)


def uphold(case: Case, action: a.Uphold, world: World) -> Effect:
    """The reply stands, with reasons (维持答复)."""
    return Effect(
        replace(case, stage=settled_stage(case)), f"维持答复：{action.reason}", facts={"reason": action.reason}
    )
