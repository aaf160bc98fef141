"""Random people asking random things of a case, sensible often enough to get somewhere."""

from __future__ import annotations

from datetime import date
from typing import Any

from builders import CO, LEAD, LI, OFFICE, ZHANG
from hypothesis import strategies as st

from models import actions as a
from models.forms import action_types
from models.lifecycle import STEPS
from models.values.case import Case
from models.vocabulary import ContactWay, HandlingRole, PromiseStatus, PublicationMode, PublicationWish, Role

words = st.sampled_from(["请补充措施", "不属于本单位职责", "涉及面广", "内容不同"])
agencies = st.sampled_from(["民政局", "财政局", "民政局", "财政局", "教育局", "卫健委", "天文局"])
people = st.sampled_from(["张某某", "李某某", "王某某"])
rated = st.sampled_from(["满意", "基本满意", "不满意"])
days = st.just(date(2026, 3, 26)) | st.dates(date(2026, 1, 1), date(2026, 12, 31))
ACTORS = [
    OFFICE, LEAD, CO, ZHANG, LI, a.SYSTEM, a.Actor(role=Role.ADMINISTRATOR, name="管理员"),
    *(by.model_copy(update={"agency": "教育局"}) for by in (LEAD, CO)),
]  # fmt: skip
RARE = (a.Withdraw, a.NotAccept, a.Archive, a.FollowMain, a.TakeDown)
STEP_ON = {action_types()[step.kind]: step for step in STEPS}
actors = st.sampled_from(ACTORS)
promises = st.lists(
    st.builds(a.PromiseGiven, text=st.sampled_from(["年内建成", "每季通报"]), due_on=st.none() | days), max_size=2
)

FIELDS: dict[type[a.Action], dict[str, st.SearchStrategy[Any]]] = {
    a.Supplement: {"text": words},
    a.Withdraw: {"reason": words},
    a.Merge: {"into": st.sampled_from(["0001", "0002", "0404"])},
    a.Unmerge: {"reason": words},
    a.NotAccept: {"reason": words},
    a.ReturnToProposer: {"reason": words},
    a.Assign: {
        "lead": agencies,
        "mode": st.sampled_from([HandlingRole.LEAD, HandlingRole.SEPARATE, HandlingRole.SOLE]),
        "co_handlers": st.lists(agencies, max_size=2),
        "due_on": st.none() | days,
    },
    a.RequestReturn: {"reason": words, "suggested_agency": st.none() | agencies},
    a.GrantReturn: {"agency": agencies, "to": agencies},
    a.RefuseReturn: {"agency": agencies, "reason": words},
    a.RecordContact: {"way": st.sampled_from(ContactWay), "on": days, "with_name": people, "said": words},
    a.WaiveContact: {"proposer": people},
    a.AskClarification: {"question": words},
    a.Clarify: {"text": words},
    a.RequestExtension: {"reason": words},
    a.RefuseExtension: {"reason": words},
    a.InterimReply: {"text": words},
    a.ReportProgress: {"text": words},
    a.GiveOpinion: {"text": words},
    a.SendBackOpinion: {"agency": agencies, "reason": words},
    a.SubmitDraft: {"text": words, "result_class": st.sampled_from([None, "A", "Z"]), "promises": promises},
    a.Approve: {"level": st.sampled_from([None, "核稿", "主要负责人"])},
    a.Retract: {"what": st.sampled_from(["沟通记录", "说明请求", "退办申请"])},
    a.GiveView: {"proposer": people, "stance": st.sampled_from(["同意", "建议修改"]), "text": st.none() | words},
    a.Amend: {"text": words},
    a.SendBack: {"remark": words},
    a.RenewLinks: {"to": agencies | people},
    a.PassReview: {"result_class": st.sampled_from([None, "B", "Z"])},
    a.CorrectReply: {"text": words, "note": words},
    a.FollowMain: {"main": st.just("0002")},
    a.GiveFeedback: {
        "proposer": people,
        "attitude": rated,
        "result": rated,
        "wish": st.sampled_from(PublicationWish),
        "reasons": st.none() | words,
    },
    a.OrderRedo: {"reason": words},
    a.Uphold: {"reason": words},
    a.DecidePublication: {
        "mode": st.sampled_from(PublicationMode),
        "reason": st.none() | words,
        "summary": st.none() | words,
    },
    a.Publish: {"path": st.just("cases/x.html"), "page_sha256": st.just("0" * 64)},
    a.TakeDown: {"reason": words},
    a.ReportPromise: {"promise": st.integers(1, 3), "status": st.sampled_from(PromiseStatus), "evidence": words},
}
"""What each action is filled in with, beside case and actor."""


def of_kind(kind: type[a.Action], number: str) -> st.SearchStrategy[a.Action]:
    """One kind of action on one case, by anybody; mostly by somebody who may."""
    may = st.sampled_from([by for by in ACTORS if by.role in STEP_ON[kind].who])
    return st.builds(kind, case=st.just(number), by=may | may | may | actors, **FIELDS.get(kind, {}))


@st.composite
def asked_of(draw: st.DrawFn, case: Case) -> a.Action:
    """An action on this case; four times out of five one that its stage knows."""
    luck = draw(st.integers(0, 9))
    fitting = [kind for kind, step in STEP_ON.items() if case.stage in step.stages and (luck > 7 or kind not in RARE)]
    kinds = fitting if fitting and luck else list(STEP_ON)
    return draw(of_kind(draw(st.sampled_from(kinds)), case.number))
