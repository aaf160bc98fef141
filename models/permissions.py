"""Who may do what (权限). The office may enter what came to it on paper; a signature nobody can give for another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.rulings import Refusal
from models.values.case import Addressee, Case
from models.values.handling import Assignment
from models.vocabulary import AssignmentStatus, Role

if TYPE_CHECKING:
    from models.actions.action import Action

AGENCY_ROLES = frozenset({Role.LEAD, Role.CO_HANDLER})


def check_role(action: Action, kind: str, who: frozenset[Role]) -> None:
    """Refuse an actor whose role has no part in this kind of action; an administrator may what the office may."""
    role = Role.COORDINATOR if action.by.role is Role.ADMINISTRATOR else action.by.role
    if role not in who:
        allowed = "、".join(role.value for role in Role if role in who)
        raise Refusal(f"{action.by.role}不能办理“{kind}”", f"请由{allowed}办理。")


def part_of(case: Case, action: Action) -> Assignment:
    """The open part of the agency that acts, or for which the office enters what it received.

    Raises: Refusal when the agency has no such part, or none is named and there are several.
    """
    wanted = [
        part
        for part in case.open_assignments
        if (action.by.agency is None or part.agency == action.by.agency)
        and (action.by.role not in AGENCY_ROLES or part.leads == (action.by.role is Role.LEAD))
    ]
    _check_named(action)
    if not wanted:
        holders = "、".join(f"{part.agency}（{part.role}）" for part in case.open_assignments) or "尚未交办"
        name = action.by.agency or action.by.role.value
        raise Refusal(f"{name}不是本件的相应承办单位", f"本件现由：{holders}。")
    if len(wanted) > 1:
        raise Refusal(
            "本件有几个承办单位，不知道是哪一个", "请写明单位：" + "、".join(part.agency for part in wanted) + "。"
        )
    return wanted[0]


def _check_named(action: Action) -> None:
    """Who acts for an agency says for which."""
    if action.by.agency is None and action.by.role in AGENCY_ROLES:
        raise Refusal("没有写明是哪个承办单位", "请填写经办人的单位。")


def lead_part(case: Case, action: Action) -> Assignment:
    """The lead's part, when the lead itself acts or the office enters it for the lead."""
    _check_named(action)
    leads = [part for part in case.open_assignments if part.leads]
    if action.by.agency is not None:
        leads = [part for part in leads if part.agency == action.by.agency]
    if not leads:
        lead = case.lead
        raise Refusal(
            f"{action.by.agency or action.by.role.value}不是本件的主办单位",
            f"请由{lead.agency if lead else '主办单位'}办理。",
        )
    if leads[0].status is AssignmentStatus.RETURN_REQUESTED:
        raise Refusal(f"{leads[0].agency}已申请退办，等待督办单位决定", "请先决定是否同意退办。")
    return leads[0]


def addressee_of(case: Case, name: str, action: Action) -> Addressee:
    """The addressee of that name; a proposer may only speak for himself.

    Raises: Refusal when nobody of that name is owed a letter.
    """
    found = [one for one in case.addressees if name in {one.proposer.name, one.key}]
    if not found:
        names = "、".join(one.proposer.name for one in case.addressees)
        raise Refusal(f"{name}不是本件的提案人", f"本件提案人：{names}。")
    if action.by.role is Role.PROPOSER and action.by.name != found[0].proposer.name:
        raise Refusal("只能为本人反馈", f"请由{found[0].proposer.name}本人反馈，或由督办单位代为登记。")
    return found[0]
