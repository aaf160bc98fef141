"""Assignment and sign-for (交办、签收、退办)."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from models import clocks
from models.evolving import replace
from models.permissions import part_of
from models.rulings import Effect, Refusal, World
from models.values.case import Case
from models.values.handling import Assignment
from models.vocabulary import AssignmentStatus, ClockKind, HandlingRole, Stage, StartEvent

if TYPE_CHECKING:
    from models import actions as a

_FROM_ASSIGNMENT = (ClockKind.OBJECTION, ClockKind.FIRST_CONTACT, ClockKind.CO_OPINION)


def _known(agency: str, world: World) -> str:
    if agency not in world.agencies:
        near = get_close_matches(agency, world.agencies, n=3, cutoff=0.4)
        hint = f"是不是：{'、'.join(near)}?" if near else ""
        raise Refusal(f"没有名为“{agency}”的承办单位", f"{hint}新单位请先用 banli agencies load 登记。")
    return agency


def assign(case: Case, action: a.Assign, world: World) -> Effect:
    """Lead and co-handlers are fixed (交办); in 分办 each of the others leads its own share."""
    names = [_known(agency, world) for agency in (action.lead, *action.co_handlers)]
    if len(set(names)) < len(names):
        raise Refusal("同一单位出现了两次", "主办和会办单位各写一次。")
    if action.mode is HandlingRole.SOLE and action.co_handlers:
        raise Refusal("独办件不能有会办单位", "请改为主办，或去掉会办单位。")
    if action.mode is HandlingRole.SEPARATE and not action.co_handlers:
        raise Refusal("分办件至少要有两个单位", "请在会办单位一栏填写其余分办单位。")
    if action.due_on is not None and action.due_on < world.today:
        raise Refusal(f"指定答复日期{action.due_on}已经过去", "请填写今天或以后的日期。")
    other_role = HandlingRole.SEPARATE if action.mode is HandlingRole.SEPARATE else HandlingRole.CO_HANDLER
    for agency in names:
        case = _hand(case, agency, action.mode if agency == action.lead else other_role, world)
    if action.due_on is not None:
        case = clocks.start_manual(case, ClockKind.REPLY, action.due_on, world)
    else:
        case = clocks.start(case, (ClockKind.REPLY,), world)
    case = clocks.start_report(case, StartEvent.ASSIGNED, world)
    with_others = f"，{other_role}：{'、'.join(action.co_handlers)}" if action.co_handlers else ""
    return Effect(case, f"交{action.lead}{action.mode}{with_others}")


def _hand(case: Case, agency: str, role: HandlingRole, world: World) -> Case:
    """Give one agency its part and start that part's clocks."""
    part = Assignment(
        no=len(case.assignments) + 1,
        agency=agency,
        role=role,
        status=AssignmentStatus.ASSIGNED,
        assigned_on=world.today,
    )
    return clocks.start(replace(case, assignments=(*case.assignments, part)), _FROM_ASSIGNMENT, world, part=part)


def put(case: Case, part: Assignment) -> Case:
    """The case with this part in place of the one of its number."""
    return replace(case, assignments=tuple(part if other.no == part.no else other for other in case.assignments))


def sign_for(case: Case, action: a.SignFor, world: World) -> Effect:
    """The agency takes it (签收). What counts from receipt counts from today."""
    part = part_of(case, action)
    if part.status is not AssignmentStatus.ASSIGNED:
        raise Refusal(f"{part.agency}{part.status}", "不需要再次签收。")
    signed = replace(part, status=AssignmentStatus.SIGNED, signed_on=world.today)
    case = clocks.restart_on_receipt(put(case, signed), signed, world)
    if part.leads and case.stage is Stage.ASSIGNED:
        case = replace(case, stage=Stage.HANDLING)
    return Effect(case, f"{part.agency}（{part.role}）签收", part=signed)


def request_return(case: Case, action: a.RequestReturn, world: World) -> Effect:
    """The agency asks for the item to be given to somebody else (申请退办), within the objection window."""
    part = part_of(case, action)
    if part.status not in {AssignmentStatus.ASSIGNED, AssignmentStatus.SIGNED}:
        raise Refusal(f"{part.agency}{part.status}", "不能申请退办。")
    if part.reason is not None:
        raise Refusal("本单位的退办申请已被驳回过", "请继续办理；确有争议的，请由督办单位协调。")
    window = next((c for c in case.clocks if c.kind is ClockKind.OBJECTION and c.assignment_no == part.no), None)
    if window is not None and window.due_on < world.today:
        raise Refusal(f"退办申请期限已于{window.due_on}届满", "期满后不再调整，请继续办理。")
    if action.suggested_agency is not None:
        _known(action.suggested_agency, world)
    asked = replace(
        part,
        status=AssignmentStatus.RETURN_REQUESTED,
        reason=action.reason,
        suggested_agency=action.suggested_agency,
    )
    case = clocks.stop(put(case, asked), (ClockKind.OBJECTION,), world, part=asked)
    case = clocks.start(case, (ClockKind.REASSIGNMENT,), world, part=asked)
    facts = {"agency": part.agency, "reason": action.reason, "suggested_agency": action.suggested_agency}
    return Effect(case, f"{part.agency}申请退办：{action.reason}", part=asked, facts=facts)


def _asked(case: Case, agency: str) -> Assignment:
    part = next((p for p in case.open_assignments if p.agency == agency), None)
    if part is None or part.status is not AssignmentStatus.RETURN_REQUESTED:
        raise Refusal(f"{agency}没有待决定的退办申请", "请核对单位名称。")
    return part


def grant_return(case: Case, action: a.GrantReturn, world: World) -> Effect:
    """Given to another agency (改办). The case's first clock goes on; the new agency gets its own."""
    part = _asked(case, action.agency)
    _known(action.to, world)
    if action.to in {other.agency for other in case.open_assignments}:
        raise Refusal(f"{action.to}已经是本件的承办单位", "请改交其他单位。")
    case = put(case, replace(part, status=AssignmentStatus.RETURNED, closed_on=world.today))
    case = clocks.supersede(clocks.stop(case, (ClockKind.REASSIGNMENT,), world, part=part), part)
    case = _hand(case, action.to, part.role, world)
    new = case.assignments[-1]
    if part.leads:
        case = clocks.start(case, (ClockKind.REPLY,), world, part=new)
        case = replace(case, stage=Stage.ASSIGNED)
    facts = {"agency": part.agency, "to": action.to}
    return Effect(case, f"同意{part.agency}退办，改交{action.to}{part.role}", part=new, facts=facts)


def refuse_return(case: Case, action: a.RefuseReturn, world: World) -> Effect:
    """The agency must go on (不同意退办)."""
    part = _asked(case, action.agency)
    status = AssignmentStatus.SIGNED if part.signed_on else AssignmentStatus.ASSIGNED
    kept = replace(part, status=status)
    case = clocks.stop(put(case, kept), (ClockKind.REASSIGNMENT,), world, part=kept)
    facts = {"agency": part.agency, "reason": action.reason}
    return Effect(case, f"不同意{part.agency}退办：{action.reason}", part=kept, facts=facts)
