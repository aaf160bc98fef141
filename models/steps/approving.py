"""Countersigning, approval and pre-review (会签、审签、预审)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.evolving import replace
from models.permissions import lead_part, part_of
from models.rulings import Effect, Refusal, World
from models.signing import COUNTERSIGN, REVIEW, missing_countersigners, next_level, text_sha256
from models.steps.drafting import check_class, check_text, turn_of, void_signatures
from models.substituting import check_alone, stands_in
from models.values.case import Case
from models.values.handling import Assignment
from models.values.reply import Signature
from models.vocabulary import Role, Stage

if TYPE_CHECKING:
    from models import actions as a


def sign(case: Case, level: str, *, part: Assignment | None, by: a.Actor, remark: str | None, world: World) -> Case:
    """The signature under the newest version, in the signer's own right or for one who is away (代签)."""
    draft, agency = case.drafts[-1], part.agency if part else None
    standing = stands_in(world.substitutions, agency=agency, level=level, name=by.name, today=world.today)
    check_alone(case.valid_signatures, standing, agency=agency, name=by.name, level=level, pack=world.pack(case))
    signature = Signature(
        no=len(case.signatures) + 1,
        draft_no=draft.no,
        sha256=draft.sha256,
        level=level,
        agency=agency,
        name=by.name,
        signed_on=world.today,
        remark=remark,
        absent=standing.absent if standing else None,
        stands_from_on=standing.from_on if standing else None,
        stands_until_on=standing.until_on if standing else None,
    )
    return replace(case, signatures=(*case.signatures, signature))


def _who(case: Case) -> str:
    """Who gave the newest signature."""
    return case.signatures[-1].who


def countersign(case: Case, action: a.Countersign, world: World) -> Effect:
    """A co-handler signs the newest version (会签); the last one sends it up for approval."""
    part = part_of(case, action)
    if part.agency not in missing_countersigners(case):
        raise Refusal(f"{part.agency}已经会签本稿", "不需要再次会签。")
    case = sign(case, COUNTERSIGN, part=part, by=action.by, remark=action.remark, world=world)
    turn = turn_of(case, world)
    if not turn["agencies"]:
        case = replace(case, stage=Stage.APPROVING)
    signer = f"{part.agency}{f'（{_who(case)}）' if case.signatures[-1].absent else ''}"
    return Effect(case, f"{signer}会签", part=part, facts=turn)


def approve(case: Case, action: a.Approve, world: World) -> Effect:
    """The next level signs (审签); the last one passes the letter on to pre-review or dispatch."""
    part = lead_part(case, action)
    pack = world.pack(case)
    turn = next_level(case, pack)
    if turn is None:
        raise Refusal("各级都已签过本稿", "不需要再次审签。")
    if action.level is not None and action.level != turn:
        order = " → ".join(pack.approval.levels)
        raise Refusal(f"现在轮到“{turn}”，还不能由“{action.level}”审签", f"审签顺序：{order}。")
    case = sign(case, turn, part=part, by=action.by, remark=action.remark, world=world)
    return _onward(case, f"{turn}（{_who(case)}）审签", part=part, world=world)


def _onward(case: Case, summary: str, *, part: Assignment, world: World) -> Effect:
    """Where a signed draft goes: to co-handlers whose signature was lost, the next level, the office or dispatch."""
    turn = turn_of(case, world)
    if turn["agencies"]:
        stage = Stage.COUNTERSIGNING
    elif turn["level"] is not None:
        stage = Stage.APPROVING
    else:
        stage = Stage.PRE_REVIEW if world.pack(case).approval.office_pre_review else Stage.APPROVED
    return Effect(replace(case, stage=stage), summary, part=part, facts=turn)


def amend(case: Case, action: a.Amend, world: World) -> Effect:
    """A signer edits the text and signs what he made of it (改后审签); who signed before signs the new version again."""
    part = lead_part(case, action)
    turn = next_level(case, world.pack(case))
    if turn is None:
        raise Refusal("各级都已签过本稿", "需要改动的，请退回修改。")
    draft = case.drafts[-1]
    if text_sha256(action.text) == draft.sha256:
        raise Refusal("正文没有改动", "不需要改动的，请直接审签。")
    left = check_text(case, action.text, draft.document_number, waiver=action.waiver, world=world)
    edited = replace(
        draft,
        no=len(case.drafts) + 1,
        drafted_on=world.today,
        sha256=text_sha256(action.text),
        text=action.text,
    )
    kept = tuple(replace(one, draft_no=edited.no) if one.draft_no == draft.no else one for one in case.promises)
    case = replace(void_signatures(case, world), drafts=(*case.drafts, edited), promises=kept)
    case = sign(case, turn, part=part, by=action.by, remark=action.remark, world=world)
    return _onward(case, f"{turn}（{_who(case)}）改动后审签，形成第{edited.no}稿{left}", part=part, world=world)


def send_back(case: Case, action: a.SendBack, world: World) -> Effect:
    """Back to the drafter with a remark (退回修改); signatures given so far are void."""
    if action.by.role is Role.CO_HANDLER:
        part_of(case, action)
    elif action.by.role is Role.LEAD:
        lead_part(case, action)
    facts = {"remark": action.remark}
    return Effect(void_signatures(case, world), f"退回修改：{action.remark}", part=case.lead, facts=facts)


def pass_review(case: Case, action: a.PassReview, world: World) -> Effect:
    """The office lets the reply go, with its own view of the class (预审)."""
    check_class(case, action.result_class, world)
    draft = case.drafts[-1]
    changed = ""
    if action.result_class is not None and action.result_class != draft.result_class:
        changed = f"，类别由{draft.result_class or '未标'}更正为{action.result_class}"
        case = replace(case, drafts=(*case.drafts[:-1], replace(draft, result_class=action.result_class)))
    case = sign(case, REVIEW, part=None, by=action.by, remark=action.remark, world=world)
    return Effect(case, f"预审通过{changed}", part=case.lead)
