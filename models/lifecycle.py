"""The life cycle (办理流程) as one table, and the one function that asks it.

Everything else about the order of work is read off this table: the diagram in docs/lifecycle.md, what `banli next`
offers, the forms, the sheets, the tests' state machine. What an action does to a case stands in `models/steps/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from models import clocks
from models.errors import BanliError
from models.evolving import replace
from models.notice_vocabulary import MessageKind
from models.permissions import check_role
from models.rulings import (
    Accepted,
    Apply,
    Effect,
    Refusal,
    Refused,
    Ruling,
    Telling,
    World,
)
from models.steps import (
    approving,
    assignment,
    consulting,
    correcting,
    drafting,
    feedback,
    handling,
    publication,
    rederiving,
    review,
    tracking,
)
from models.steps.renewing import renew_links
from models.steps.retracting import retract
from models.told import RECIPIENTS, Audience
from models.values.case import Case
from models.vocabulary import ClockKind, Publicity, Role, Stage

if TYPE_CHECKING:
    from models import actions as a

S, C, M = Stage, ClockKind, MessageKind


_OFFICE = frozenset({Role.COORDINATOR})
_LEAD = frozenset({Role.LEAD, Role.COORDINATOR})
_AGENCY = frozenset({Role.LEAD, Role.CO_HANDLER, Role.COORDINATOR})
_CO = frozenset({Role.CO_HANDLER, Role.COORDINATOR})
_PROPOSER = frozenset({Role.PROPOSER, Role.COORDINATOR})
_SYSTEM = frozenset({Role.SYSTEM, Role.COORDINATOR})

_OPEN: Final = frozenset({S.ASSIGNED, S.HANDLING})
_IN_HAND: Final = frozenset({S.ASSIGNED, S.HANDLING, S.COUNTERSIGNING, S.APPROVING, S.PRE_REVIEW, S.APPROVED})
_SIGNING: Final = frozenset({S.COUNTERSIGNING, S.APPROVING, S.PRE_REVIEW, S.APPROVED})
_AFTER_REPLY: Final = frozenset({S.REPLIED, S.DISSATISFIED, S.ANSWERED, S.TRACKING, S.CLOSED})


@dataclass(frozen=True, slots=True)
class Step:
    """One row: from these stages, these roles may do this; then the clocks stop and start and these are told.

    `to` is None where the effect decides the next stage, or the stage stays.
    """

    flow: str
    kind: str
    """The Chinese word for the action."""
    stages: frozenset[Stage]
    to: Stage | None
    who: frozenset[Role]
    apply: Apply
    stops: tuple[ClockKind, ...] = ()
    starts: tuple[ClockKind, ...] = ()
    tells: tuple[tuple[MessageKind, Audience], ...] = ()


def _at(*stages: Stage) -> frozenset[Stage]:
    return frozenset(stages)


_REPLY_CLOCKS = (C.REPLY, C.REDO, C.INTERIM_REPLY, C.FIRST_CONTACT, C.CO_OPINION, C.CO_OPINION_REDO, C.OBJECTION)
_ALL_CLOCKS = tuple(ClockKind)

# fmt: off
STEPS: Final[tuple[Step, ...]] = (
    # 收件、审查立案
    Step("receive", "补正", _at(S.RETURNED), S.SUBMITTED, _PROPOSER, review.supplement,
         starts=(C.ACCEPTANCE, C.ASSIGNMENT)),
    Step("receive", "撤案", _at(S.SUBMITTED, S.RETURNED, S.FILED, S.ASSIGNED, S.HANDLING), S.WITHDRAWN, _PROPOSER,
         review.withdraw, stops=_ALL_CLOCKS,
         tells=((M.WITHDRAWN, Audience.OWN_PROPOSERS), (M.WITHDRAWN, Audience.AGENCIES))),
    Step("review", "立案", _at(S.SUBMITTED), S.FILED, _OFFICE, review.accept, stops=(C.ACCEPTANCE,),
         tells=((M.FILED, Audience.OWN_PROPOSERS),)),
    Step("review", "并案", _at(S.SUBMITTED, S.FILED), S.MERGED, _OFFICE, review.merge, stops=(C.ACCEPTANCE, C.ASSIGNMENT),
         tells=((M.MERGED, Audience.OWN_PROPOSERS),)),
    Step("review", "撤销并案", _at(S.MERGED), S.FILED, _OFFICE, review.unmerge),
    Step("review", "不予立案", _at(S.SUBMITTED), S.NOT_FILED, _OFFICE, review.not_accept, stops=_ALL_CLOCKS,
         tells=((M.NOT_FILED, Audience.OWN_PROPOSERS),)),
    Step("review", "退回补正", _at(S.SUBMITTED), S.RETURNED, _OFFICE, review.return_to_proposer,
         stops=(C.ACCEPTANCE, C.ASSIGNMENT), tells=((M.RETURNED, Audience.OWN_PROPOSERS),)),
    # 交办、签收、退办
    Step("assign", "交办", _at(S.FILED), S.ASSIGNED, _OFFICE, assignment.assign, stops=(C.ASSIGNMENT,),
         tells=((M.ASSIGNED, Audience.AGENCIES),)),
    Step("sign_for", "签收", _IN_HAND, None, _AGENCY, assignment.sign_for),
    Step("sign_for", "申请退办", _OPEN, None, _AGENCY, assignment.request_return,
         tells=((M.RETURN_ASKED, Audience.OFFICE),)),
    Step("sign_for", "同意退办", _OPEN, None, _OFFICE, assignment.grant_return,
         tells=((M.ASSIGNED, Audience.PART), (M.RETURN_GRANTED, Audience.FORMER))),
    Step("sign_for", "不同意退办", _OPEN, None, _OFFICE, assignment.refuse_return,
         tells=((M.RETURN_REFUSED, Audience.PART),)),
    # 办理与沟通
    Step("handle", "沟通", _IN_HAND, None, _AGENCY, handling.record_contact),
    Step("handle", "免于沟通", _IN_HAND, None, _PROPOSER, handling.waive_contact),
    Step("handle", "请予说明", _OPEN, None, _LEAD, handling.ask_clarification,
         tells=((M.CLARIFICATION, Audience.PROPOSERS),)),
    Step("handle", "说明", _OPEN, None, _PROPOSER, handling.clarify, tells=((M.CLARIFIED, Audience.LEAD),)),
    Step("handle", "撤回", _OPEN, None, _AGENCY, retract,
         tells=((M.TAKEN_BACK, Audience.COUNTERPART),)),
    Step("handle", "申请延期", _IN_HAND, None, _LEAD, handling.request_extension,
         tells=((M.EXTENSION_ASKED, Audience.OFFICE), (M.EXTENSION_GRANTED, Audience.GRANTED))),
    Step("handle", "同意延期", _IN_HAND, None, _OFFICE, handling.grant_extension,
         tells=((M.EXTENSION_GRANTED, Audience.LEAD), (M.EXTENSION_GRANTED, Audience.PROPOSERS))),
    Step("handle", "不同意延期", _IN_HAND, None, _OFFICE, handling.refuse_extension,
         tells=((M.EXTENSION_REFUSED, Audience.LEAD),)),
    Step("handle", "阶段答复", _IN_HAND, None, _LEAD, handling.interim_reply, stops=(C.INTERIM_REPLY,),
         tells=((M.INTERIM_REPLY, Audience.PROPOSERS), (M.INTERIM_REPLY, Audience.OFFICE))),
    Step("give_opinion", "会办意见", _OPEN, None, _CO, handling.give_opinion,
         tells=((M.OPINION_GIVEN, Audience.LEAD),)),
    Step("give_opinion", "退回会办意见", _OPEN, None, _LEAD, handling.send_back_opinion,
         tells=((M.OPINION_BACK, Audience.PART),)),
    # 起草、会签、审签、答复
    Step("draft", "起草", _at(S.HANDLING, *_SIGNING), None, _LEAD, drafting.submit_draft,
         tells=((M.SIGN_WANTED, Audience.SIGNERS), (M.VIEW_WANTED, Audience.CONSULTED))),
    Step("draft", "答复稿意见", consulting.BEFORE_SIGNED, None, _PROPOSER, consulting.give_view,
         tells=((M.VIEW_GIVEN, Audience.READERS),)),
    Step("approve", "会签", _at(S.COUNTERSIGNING), None, frozenset({Role.CO_HANDLER}), approving.countersign,
         tells=((M.SIGN_WANTED, Audience.SIGNERS),)),
    Step("approve", "审签", _at(S.APPROVING), None, frozenset({Role.LEAD}), approving.approve,
         tells=((M.SIGN_WANTED, Audience.SIGNERS),)),
    Step("approve", "改后审签", _at(S.APPROVING), None, frozenset({Role.LEAD}), approving.amend,
         tells=((M.SIGN_WANTED, Audience.SIGNERS),)),
    Step("approve", "退回修改", _SIGNING, S.HANDLING, _AGENCY, approving.send_back,
         tells=((M.SENT_BACK, Audience.LEAD),)),
    Step("approve", "预审通过", _at(S.PRE_REVIEW), S.APPROVED, _OFFICE, approving.pass_review,
         tells=((M.SIGN_WANTED, Audience.SIGNERS),)),
    Step("reply", "答复", _at(S.APPROVED), S.REPLIED, _LEAD, drafting.send_reply,
         stops=(*_REPLY_CLOCKS, C.PUBLICATION), starts=(C.FEEDBACK, C.PUBLICATION),
         tells=((M.REPLY, Audience.PROPOSERS), (M.FEEDBACK_WANTED, Audience.PROPOSERS))),
    Step("reply", "更正答复", _AFTER_REPLY, None, frozenset({Role.LEAD}), correcting.correct_reply,
         tells=((M.REPLY, Audience.PROPOSERS),)),
    Step("reply", "随主案答复", _at(S.MERGED), None, frozenset({Role.SYSTEM}), drafting.follow_main, stops=_ALL_CLOCKS),
    # 反馈、重新办理
    Step("take_feedback", "反馈", _at(S.REPLIED), None, _PROPOSER, feedback.give_feedback),
    Step("take_feedback", "反馈期满", _at(S.REPLIED), None, _SYSTEM, feedback.close_feedback),
    Step("take_feedback", "重新办理", _at(S.DISSATISFIED), S.HANDLING, _OFFICE, feedback.order_redo,
         starts=(C.REDO,), tells=((M.REDO, Audience.LEAD), (M.REDO, Audience.PROPOSERS))),
    Step("take_feedback", "维持答复", _at(S.DISSATISFIED), None, _OFFICE, feedback.uphold,
         tells=((M.UPHELD, Audience.PROPOSERS),)),
    # 公开、跟踪、办结
    Step("publish", "公开审查", _at(S.APPROVING, S.PRE_REVIEW, S.APPROVED, *_AFTER_REPLY), None, _OFFICE,
         publication.decide_publication),
    Step("publish", "公开", _AFTER_REPLY, None, frozenset({Role.SYSTEM}), publication.publish,
         stops=(C.PUBLICATION,), tells=((M.PUBLISHED, Audience.PROPOSERS), (M.PUBLISHED, Audience.LEAD))),
    Step("publish", "撤回公开", _AFTER_REPLY, None, _OFFICE, publication.take_down),
    Step("track", "承诺进展", _at(S.REPLIED, S.ANSWERED, S.TRACKING, S.DISSATISFIED), None, _LEAD,
         tracking.report_promise),
    Step("track", "定期报告", _IN_HAND | _AFTER_REPLY, None, _LEAD, tracking.report_progress,
         tells=((M.PROGRESS, Audience.OFFICE), (M.PROGRESS, Audience.FOLLOWERS))),
    Step("track", "办结", _at(S.ANSWERED), S.CLOSED, _OFFICE, tracking.close),
    Step("track", "归档", _at(S.CLOSED, S.NOT_FILED, S.WITHDRAWN), S.ARCHIVED, _OFFICE, tracking.archive),
    # 遗失的链接
    Step("handle", "重发链接", frozenset(Stage) - _at(S.NOT_FILED, S.WITHDRAWN, S.MERGED, S.CLOSED, S.ARCHIVED), None,
         frozenset({Role.SYSTEM}), renew_links),
    # 日历、规则有变动
    Step("rederive", "重新计算期限", frozenset(Stage), None, frozenset({Role.SYSTEM}), rederiving.rederive),
)
# fmt: on

STEP_OF: Final = {step.kind: step for step in STEPS}
ENDS: Final = frozenset({S.NOT_FILED, S.WITHDRAWN, S.MERGED, S.CLOSED, S.ARCHIVED})


def by_system_only(kind: str) -> bool:
    """Whether no person may do this action; no form, sheet or list offers it."""
    step = STEP_OF.get(kind)
    return step is not None and step.who == {Role.SYSTEM}


def advance(case: Case, action: a.Action, world: World) -> Ruling:
    """Ask the rules: may this be done to this case now, and what follows from it?

    Pure: the same case, action and world give the same ruling. Nothing is written here.
    """
    step = STEP_OF[action.kind]  # type: ignore[attr-defined]  # every concrete action has a kind
    try:
        check_role(action, step.kind, step.who)
        _check_stage(case, step)
        effect = step.apply(case, action, world)
        after = clocks.stop(effect.case, step.stops, world)
        if step.to is not None:
            after = replace(after, stage=step.to)
        after = clocks.start(after, step.starts, world)
    except Refusal as no:
        return Refused(no.what, no.remedy)
    except BanliError as wrong:  # rules or dates that cannot be reckoned with refuse this action, not the whole batch
        return Refused(f"{wrong.faults[0].where}：{wrong.faults[0].what}", wrong.faults[0].remedy)
    tellings = tuple(_tellings(step, replace(effect, case=after), action)) if step.tells else ()
    return Accepted(after, effect.summary, tellings, effect.follow_ups)


def _check_stage(case: Case, step: Step) -> None:
    if case.stage in step.stages:
        return
    if case.stage is Stage.MERGED:
        raise Refusal("本件已经并案", "请在主案上办理，或先撤销并案。")
    able = offers(case.stage)
    can = f"现在可以办理：{'、'.join(able)}。" if able else "本件已经办完。"
    raise Refusal(f"本件现在是“{case.stage}”，不能办理“{step.kind}”", can)


def offers(stage: Stage, role: Role | None = None) -> tuple[str, ...]:
    """The words of the actions open at a stage, to a role where one is given, in the table's order."""
    return tuple(
        step.kind
        for step in STEPS
        if stage in step.stages and (role is None or role in step.who) and not by_system_only(step.kind)
    )


def _tellings(step: Step, effect: Effect, action: a.Action) -> Iterator[Telling]:
    seen: set[tuple[MessageKind, str]] = set()
    facts: dict[str, Any] = {**effect.facts, "by": action.by.name}
    for kind, audience in step.tells:
        for recipient in RECIPIENTS[audience](effect):
            if (kind, recipient) not in seen:
                seen.add((kind, recipient))
                yield Telling(kind=kind, recipient=recipient, facts=facts)


def publishable(case: Case) -> bool:
    """Whether the page of this case is due (待公开 and answered)."""
    return case.publicity is Publicity.DECIDED and case.stage in _AFTER_REPLY and bool(case.letters)
