"""The proposer's view on the draft before it is signed (听取对答复稿的意见), where the place's rules ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.evolving import replace
from models.permissions import addressee_of
from models.rulings import Effect, Refusal, World
from models.values.case import Addressee, Case
from models.values.reply import Draft, ProposerView
from models.vocabulary import DraftView, Role, Stage

if TYPE_CHECKING:
    from models import actions as a

BEFORE_SIGNED = frozenset({Stage.COUNTERSIGNING, Stage.APPROVING})
"""While proposers may read a draft and say what they think of it."""


def asks(draft: Draft | None) -> bool:
    """Whether proposers read the draft and say what they think of it."""
    return draft is not None and draft.view is not DraftView.NOT_ASKED


def reads_views(role: Role, case: Case) -> bool:
    """Whether somebody in this role may read what proposers said of the draft. Co-handlers never do."""
    if role is Role.LEAD:
        return case.draft is not None and case.draft.view is DraftView.LEAD_READS
    return role in {Role.COORDINATOR, Role.ADMINISTRATOR, Role.SYSTEM}


def views_awaited(case: Case) -> tuple[Addressee, ...]:
    """Addressees who were asked about the newest version and have not said what they think of it."""
    if not asks(case.draft):
        return ()
    said = {one.addressee for one in case.proposer_views if one.draft_no == len(case.drafts)}
    return tuple(one for one in case.addressees if one.key not in said)


def give_view(case: Case, action: a.GiveView, world: World) -> Effect:
    """A proposer says what he thinks of the draft (答复稿意见); it is no feedback and binds nobody."""
    if not asks(case.draft):
        raise Refusal("本地规则没有安排就答复稿听取提案人意见", "答复以后请反馈意见。")
    one = addressee_of(case, action.proposer, action)
    draft = case.drafts[-1]
    still_out = [other for other in views_awaited(case) if action.proposer in {other.proposer.name, other.key}]
    if still_out:  # who signed two merged proposals answers for each
        one = still_out[0]
    else:
        raise Refusal(f"{one.proposer.name}已对第{draft.no}稿提出过意见", "需要补充的，请直接联系承办单位。")
    if action.stance == "建议修改" and not action.text:
        raise Refusal("没有写明修改建议", "请填写希望怎样修改。")
    view = ProposerView(
        no=len(case.proposer_views) + 1,
        draft_no=draft.no,
        addressee=one.key,
        name=one.proposer.name,
        agrees=action.stance == "同意",
        given_on=world.today,
        text=action.text,
    )
    facts = {"draft_no": draft.no, "lead_reads": reads_views(Role.LEAD, case)}
    after = replace(case, proposer_views=(*case.proposer_views, view))
    return Effect(after, f"{one.proposer.name}对答复稿第{draft.no}稿提出意见", part=case.lead, facts=facts)
