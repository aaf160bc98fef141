"""A reply that was sent is corrected (更正): signed anew, sent anew, and its page follows with a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.evolving import replace
from models.permissions import lead_part
from models.rulings import Effect, Refusal, World
from models.signing import text_sha256
from models.steps.approving import sign
from models.steps.drafting import check_text, void_signatures
from models.steps.publication import page_follows
from models.values.case import Case

if TYPE_CHECKING:
    from models import actions as a


def correct_reply(case: Case, action: a.CorrectReply, world: World) -> Effect:
    """Whoever signs last signs the corrected words; every addressee gets them under the letter's own date and number.

    The stage stays: nothing was handled anew. A slip is no new decision, so the levels before the last one need not
    sign again (docs/decisions/0019).
    """
    part = lead_part(case, action)
    draft, letters = case.drafts[-1], {one.addressee: one for one in case.letters}
    if text_sha256(action.text) == draft.sha256:
        raise Refusal("正文没有改动", "请改正差错后再提交。")
    left = check_text(case, action.text, draft.document_number, waiver=action.waiver, world=world)
    edited = replace(
        draft, no=len(case.drafts) + 1, drafted_on=world.today, sha256=text_sha256(action.text), text=action.text
    )
    kept = tuple(replace(one, draft_no=edited.no) if one.draft_no == draft.no else one for one in case.promises)
    case = replace(void_signatures(case, world), drafts=(*case.drafts, edited), promises=kept)
    last = world.pack(case).approval.levels[-1]
    case = sign(case, last, part=part, by=action.by, remark=action.note, world=world)
    again = tuple(
        replace(
            letters[one.key],
            no=len(case.letters) + index,
            draft_no=edited.no,
            sha256=edited.sha256,
            sent_on=world.today,
        )
        for index, one in enumerate((one for one in case.addressees if one.key in letters), start=1)
    )
    case = page_follows(replace(case, letters=(*case.letters, *again)), action.note, world)
    summary = f"更正答复（{case.signatures[-1].who}签发，第{edited.no}稿）：{action.note}{left}"
    facts = {"result_class": edited.result_class, "draft_no": edited.no, "correction": action.note}
    return Effect(case, summary, part=part, facts=facts)
