"""Review and filing (审查立案): 立案, 并案, 不予立案, 退回补正, 撤案."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import clocks
from models.evolving import replace
from models.permissions import addressee_of
from models.rulings import Effect, Refusal, World
from models.values.case import Case
from models.vocabulary import ClockKind, Role, Stage

if TYPE_CHECKING:
    from models import actions as a

_OPEN_TO_MERGE = frozenset({Stage.SUBMITTED, Stage.FILED, Stage.ASSIGNED, Stage.HANDLING})


def supplement(case: Case, action: a.Supplement, world: World) -> Effect:
    """The proposer hands in the amended text (补正): received anew, so what counts from receipt counts from today."""
    return Effect(replace(case, title=action.title or case.title, reason=None), "已按要求补正，重新进入审查")


def withdraw(case: Case, action: a.Withdraw, world: World) -> Effect:
    """The proposer takes it back (撤案); handling ends. A joint one needs every signer ([Shanghai NPC rule, art. 10])."""
    if action.by.role is Role.PROPOSER:
        addressee_of(case, action.by.name, action)
        if len(case.proposers) > 1:
            raise Refusal(
                "联名件须全体提案人同意才能撤案", "请把全体提案人签名的书面意见交督办单位，由督办单位登记撤案。"
            )
    _check_leads_nobody(case, "撤案")
    return Effect(replace(case, reason=action.reason), f"撤案：{action.reason}", facts={"reason": action.reason})


def _check_leads_nobody(case: Case, what: str) -> None:
    """A case that others were merged into may not end without them."""
    if case.merged:
        numbers = "、".join(merged.number for merged in case.merged)
        raise Refusal(f"已有{len(case.merged)}件并入本件，不能直接{what}", f"请先撤销并案：{numbers}。")


def accept(case: Case, action: a.Accept, world: World) -> Effect:
    """Filed (立案), or accepted (受理) for a deputies' suggestion."""
    return Effect(replace(case, filed_on=world.today), "审查通过，予以立案")


def merge(case: Case, action: a.Merge, world: World) -> Effect:
    """Handled together with another; its number, proposers, clocks and own letter stay (并案)."""
    main = world.others.get(action.into)
    if main is None:
        raise Refusal(f"没有找到案号“{action.into}”", "请核对并入案号，必要时写全届次。")
    if main.id == case.id:
        raise Refusal("不能并入本件自己", "请填写另一件的案号。")
    if case.merged:
        raise Refusal("已有其他件并入本件", "请先撤销那些并案，或把两件分别并入同一件。")
    if main.merged_into is not None:
        raise Refusal(f"{main.number}已并入另一件", "请直接并入那一件主案。")
    if main.kind is not case.kind:
        raise Refusal(f"本件是{case.kind}，{main.number}是{main.kind}", "不同类型的件不能并案。")
    if main.stage not in _OPEN_TO_MERGE:
        raise Refusal(f"{main.number}已到“{main.stage}”", "只有答复起草以前的件可以并入。")
    merged = replace(case, merged_into=main.id, reason=action.reason, filed_on=case.filed_on or world.today)
    return Effect(
        merged, f"并入{main.ref}：{action.reason}", facts={"main_number": main.number, "main_title": main.title}
    )


def unmerge(case: Case, action: a.Unmerge, world: World) -> Effect:
    """Handled on its own again (撤销并案). The term for assignment goes on where the merge stopped it: it keeps its
    start, and what it stood still meanwhile does not count.
    """
    if case.replied_on is not None:
        raise Refusal("主案已经答复，本件已随主案答复", "答复以后不能撤销并案；对答复不满意的，请提出反馈意见。")
    alone = clocks.resume(replace(case, merged_into=None, reason=None), ClockKind.ASSIGNMENT, world, reason="并案期间")
    return Effect(alone, f"撤销并案：{action.reason}")


def not_accept(case: Case, action: a.NotAccept, world: World) -> Effect:
    """Not filed, with reason and destination (不予立案)."""
    _check_leads_nobody(case, "不予立案")
    case = replace(case, reason=action.reason, destination=action.destination)
    facts = {"reason": action.reason, "destination": action.destination}
    return Effect(case, f"不予立案：{action.reason}；{action.destination}", facts=facts)


def return_to_proposer(case: Case, action: a.ReturnToProposer, world: World) -> Effect:
    """Back to the proposer for amendment (退回补正)."""
    return Effect(replace(case, reason=action.reason), f"退回补正：{action.reason}", facts={"reason": action.reason})
