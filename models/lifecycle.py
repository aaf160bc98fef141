"""The life cycle (办理流程) as one table, and the one function that asks it.

Everything else about the order of work is read off this table: the diagram in docs/lifecycle.md, what `banli next`
offers, the forms, the sheets, the tests' state machine. What an action does to a case stands in `models/steps/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, get_args

from models import actions as a
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
    action: type[a.Action]
    stages: frozenset[Stage]
    to: Stage | None
    who: frozenset[Role]
    apply: Apply
    stops: tuple[ClockKind, ...] = ()
    starts: tuple[ClockKind, ...] = ()
    tells: tuple[tuple[MessageKind, Audience], ...] = ()

    @property
    def kind(self) -> str:
        """The Chinese word for the action."""
        return kind_of(self.action)


def kind_of(action: type[a.Action]) -> str:
    """The word an action class stands for."""
    return str(action.model_fields["kind"].default)


def _at(*stages: Stage) -> frozenset[Stage]:
    return frozenset(stages)


_REPLY_CLOCKS = (C.REPLY, C.REDO, C.INTERIM_REPLY, C.FIRST_CONTACT, C.CO_OPINION, C.CO_OPINION_REDO, C.OBJECTION)
_ALL_CLOCKS = tuple(ClockKind)

# fmt: off
STEPS: Final[tuple[Step, ...]] = (
    # 收件、审查立案
    Step("receive", a.Supplement, _at(S.RETURNED), S.SUBMITTED, _PROPOSER, review.supplement,
         starts=(C.ACCEPTANCE, C.ASSIGNMENT)),
    Step("receive", a.Withdraw, _at(S.SUBMITTED, S.RETURNED, S.FILED, S.ASSIGNED, S.HANDLING), S.WITHDRAWN, _PROPOSER,
         review.withdraw, stops=_ALL_CLOCKS,
         tells=((M.WITHDRAWN, Audience.OWN_PROPOSERS), (M.WITHDRAWN, Audience.AGENCIES))),
    Step("review", a.Accept, _at(S.SUBMITTED), S.FILED, _OFFICE, review.accept, stops=(C.ACCEPTANCE,),
         tells=((M.FILED, Audience.OWN_PROPOSERS),)),
    Step("review", a.Merge, _at(S.SUBMITTED, S.FILED), S.MERGED, _OFFICE, review.merge, stops=(C.ACCEPTANCE, C.ASSIGNMENT),
         tells=((M.MERGED, Audience.OWN_PROPOSERS),)),
    Step("review", a.Unmerge, _at(S.MERGED), S.FILED, _OFFICE, review.unmerge),
    Step("review", a.NotAccept, _at(S.SUBMITTED), S.NOT_FILED, _OFFICE, review.not_accept, stops=_ALL_CLOCKS,
         tells=((M.NOT_FILED, Audience.OWN_PROPOSERS),)),
    Step("review", a.ReturnToProposer, _at(S.SUBMITTED), S.RETURNED, _OFFICE, review.return_to_proposer,
         stops=(C.ACCEPTANCE, C.ASSIGNMENT), tells=((M.RETURNED, Audience.OWN_PROPOSERS),)),
    # 交办、签收、退办
    Step("assign", a.Assign, _at(S.FILED), S.ASSIGNED, _OFFICE, assignment.assign, stops=(C.ASSIGNMENT,),
         tells=((M.ASSIGNED, Audience.AGENCIES),)),
    Step("sign_for", a.SignFor, _IN_HAND, None, _AGENCY, assignment.sign_for),
    Step("sign_for", a.RequestReturn, _OPEN, None, _AGENCY, assignment.request_return,
         tells=((M.RETURN_ASKED, Audience.OFFICE),)),
    Step("sign_for", a.GrantReturn, _OPEN, None, _OFFICE, assignment.grant_return,
         tells=((M.ASSIGNED, Audience.PART), (M.RETURN_GRANTED, Audience.FORMER))),
    Step("sign_for", a.RefuseReturn, _OPEN, None, _OFFICE, assignment.refuse_return,
         tells=((M.RETURN_REFUSED, Audience.PART),)),
    # 办理与沟通
    Step("handle", a.RecordContact, _IN_HAND, None, _AGENCY, handling.record_contact),
    Step("handle", a.WaiveContact, _IN_HAND, None, _PROPOSER, handling.waive_contact),
    Step("handle", a.AskClarification, _OPEN, None, _LEAD, handling.ask_clarification,
         tells=((M.CLARIFICATION, Audience.PROPOSERS),)),
    Step("handle", a.Clarify, _OPEN, None, _PROPOSER, handling.clarify, tells=((M.CLARIFIED, Audience.LEAD),)),
    Step("handle", a.Retract, _OPEN, None, _AGENCY, retract,
         tells=((M.TAKEN_BACK, Audience.COUNTERPART),)),
    Step("handle", a.RequestExtension, _IN_HAND, None, _LEAD, handling.request_extension,
         tells=((M.EXTENSION_ASKED, Audience.OFFICE), (M.EXTENSION_GRANTED, Audience.GRANTED))),
    Step("handle", a.GrantExtension, _IN_HAND, None, _OFFICE, handling.grant_extension,
         tells=((M.EXTENSION_GRANTED, Audience.LEAD), (M.EXTENSION_GRANTED, Audience.PROPOSERS))),
    Step("handle", a.RefuseExtension, _IN_HAND, None, _OFFICE, handling.refuse_extension,
         tells=((M.EXTENSION_REFUSED, Audience.LEAD),)),
    Step("handle", a.InterimReply, _IN_HAND, None, _LEAD, handling.interim_reply, stops=(C.INTERIM_REPLY,),
         tells=((M.INTERIM_REPLY, Audience.PROPOSERS), (M.INTERIM_REPLY, Audience.OFFICE))),
    Step("give_opinion", a.GiveOpinion, _OPEN, None, _CO, handling.give_opinion,
         tells=((M.OPINION_GIVEN, Audience.LEAD),)),
    Step("give_opinion", a.SendBackOpinion, _OPEN, None, _LEAD, handling.send_back_opinion,
         tells=((M.OPINION_BACK, Audience.PART),)),
    # 起草、会签、审签、答复
    Step("draft", a.SubmitDraft, _at(S.HANDLING, *_SIGNING), None, _LEAD, drafting.submit_draft,
         tells=((M.SIGN_WANTED, Audience.SIGNERS), (M.VIEW_WANTED, Audience.CONSULTED))),
    Step("draft", a.GiveView, consulting.BEFORE_SIGNED, None, _PROPOSER, consulting.give_view,
         tells=((M.VIEW_GIVEN, Audience.READERS),)),
    Step("approve", a.Countersign, _at(S.COUNTERSIGNING), None, frozenset({Role.CO_HANDLER}), approving.countersign,
         tells=((M.SIGN_WANTED, Audience.SIGNERS),)),
    Step("approve", a.Approve, _at(S.APPROVING), None, frozenset({Role.LEAD}), approving.approve,
         tells=((M.SIGN_WANTED, Audience.SIGNERS),)),
    Step("approve", a.Amend, _at(S.APPROVING), None, frozenset({Role.LEAD}), approving.amend,
         tells=((M.SIGN_WANTED, Audience.SIGNERS),)),
    Step("approve", a.SendBack, _SIGNING, S.HANDLING, _AGENCY, approving.send_back,
         tells=((M.SENT_BACK, Audience.LEAD),)),
    Step("approve", a.PassReview, _at(S.PRE_REVIEW), S.APPROVED, _OFFICE, approving.pass_review,
         tells=((M.SIGN_WANTED, Audience.SIGNERS),)),
    Step("reply", a.SendReply, _at(S.APPROVED), S.REPLIED, _LEAD, drafting.send_reply,
         stops=(*_REPLY_CLOCKS, C.PUBLICATION), starts=(C.FEEDBACK, C.PUBLICATION),
         tells=((M.REPLY, Audience.PROPOSERS), (M.FEEDBACK_WANTED, Audience.PROPOSERS))),
    Step("reply", a.CorrectReply, _AFTER_REPLY, None, frozenset({Role.LEAD}), correcting.correct_reply,
         tells=((M.REPLY, Audience.PROPOSERS),)),
    Step("reply", a.FollowMain, _at(S.MERGED), None, frozenset({Role.SYSTEM}), drafting.follow_main, stops=_ALL_CLOCKS),
    # 反馈、重新办理
    Step("take_feedback", a.GiveFeedback, _at(S.REPLIED), None, _PROPOSER, feedback.give_feedback),
    Step("take_feedback", a.CloseFeedback, _at(S.REPLIED), None, _SYSTEM, feedback.close_feedback),
    Step("take_feedback", a.OrderRedo, _at(S.DISSATISFIED), S.HANDLING, _OFFICE, feedback.order_redo,
         starts=(C.REDO,), tells=((M.REDO, Audience.LEAD), (M.REDO, Audience.PROPOSERS))),
    Step("take_feedback", a.Uphold, _at(S.DISSATISFIED), None, _OFFICE, feedback.uphold,
         tells=((M.UPHELD, Audience.PROPOSERS),)),
    # 公开、跟踪、办结
    Step("publish", a.DecidePublication, _at(S.APPROVING, S.PRE_REVIEW, S.APPROVED, *_AFTER_REPLY), None, _OFFICE,
         publication.decide_publication),
    Step("publish", a.Publish, _AFTER_REPLY, None, frozenset({Role.SYSTEM}), publication.publish,
         stops=(C.PUBLICATION,), tells=((M.PUBLISHED, Audience.PROPOSERS), (M.PUBLISHED, Audience.LEAD))),
    Step("publish", a.TakeDown, _AFTER_REPLY, None, _OFFICE, publication.take_down),
    Step("track", a.ReportPromise, _at(S.REPLIED, S.ANSWERED, S.TRACKING, S.DISSATISFIED), None, _LEAD,
         tracking.report_promise),
    Step("track", a.ReportProgress, _IN_HAND | _AFTER_REPLY, None, _LEAD, tracking.report_progress,
         tells=((M.PROGRESS, Audience.OFFICE), (M.PROGRESS, Audience.FOLLOWERS))),
    Step("track", a.Close, _at(S.ANSWERED), S.CLOSED, _OFFICE, tracking.close),
    Step("track", a.Archive, _at(S.CLOSED, S.NOT_FILED, S.WITHDRAWN), S.ARCHIVED, _OFFICE, tracking.archive),
    # 遗失的链接
    Step("handle", a.RenewLinks, frozenset(Stage) - _at(S.NOT_FILED, S.WITHDRAWN, S.MERGED, S.CLOSED, S.ARCHIVED), None,
         frozenset({Role.SYSTEM}), renew_links),
    # 日历、规则有变动
    Step("rederive", a.Rederive, frozenset(Stage), None, frozenset({Role.SYSTEM}), rederiving.rederive),
)
# fmt: on

STEP_OF: Final = {step.kind: step for step in STEPS}
ACTION_OF: Final[dict[str, type[a.Action]]] = {kind_of(t): t for t in get_args(get_args(a.AnyAction)[0])}
"""Action classes by their word, 收件 included."""
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
