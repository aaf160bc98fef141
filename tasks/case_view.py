"""What a page shows of a case to one viewer: no proposer's contacts, no feedback before it is released."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select

from models import schema
from models.ladders import light, remaining
from models.notice_vocabulary import MessageKind
from models.permissions import AGENCY_ROLES
from models.rulings import World
from models.steps.consulting import BEFORE_SIGNED, reads_views
from models.values.case import Case
from models.values.handling import Assignment, Clock, Contact
from models.values.reply import Feedback, Promise, ProposerView
from models.vocabulary import ClockKind, Light, Role, Stage
from models.waiting import waits_for
from tasks.case_actions import addressees_of, open_actions
from tasks.case_entries import Entry, Viewer, entries
from tasks.differences import lines_of
from tasks.draft_view import DraftView, draft_view
from tasks.explaining import steps_of
from tasks.proofreading import asks_of
from tasks.publication_review import Review, review_of
from tasks.world import world_on

TEXTS: Final = schema.PROPOSAL_TEXTS
NOTICES: Final = schema.NOTICES

_NEWEST_TEXT: Final = (
    select(TEXTS.c.text, TEXTS.c.asks)
    .where(TEXTS.c.case_id == bindparam("case_id"))
    .order_by(TEXTS.c.version.desc())
    .limit(1)
)

NEXT: Final[dict[Stage, str]] = {
    Stage.SUBMITTED: "由督办单位审查，决定是否立案，并告知提案人。",
    Stage.RETURNED: "等提案人修改后重新提交，再行审查。",
    Stage.FILED: "由督办单位确定承办单位并交办。",
    Stage.MERGED: "随主案一并办理，分别答复提案人。",
    Stage.NOT_FILED: "已作其他处理，不再作为建议、提案办理。",
    Stage.WITHDRAWN: "已按提案人的要求撤回，不再办理。",
    Stage.ASSIGNED: "由承办单位签收；认为不属于本单位职责的，在退办申请期限内提出。",
    Stage.HANDLING: "由主办单位与提案人沟通，会办单位提出会办意见，主办单位起草答复。",
    Stage.COUNTERSIGNING: "由会办单位会签，签齐后送主办单位审签。",
    Stage.APPROVING: "由主办单位逐级审签，签齐后答复提案人。",
    Stage.PRE_REVIEW: "由督办单位预审答复稿，通过后答复提案人。",
    Stage.APPROVED: "由主办单位向每位提案人发出答复函。",
    Stage.REPLIED: "请提案人对办理态度和办理结果分别评价；全部反馈或期满后，再定办结还是重新办理。",
    Stage.DISSATISFIED: "提案人不满意，由督办单位决定是否重新办理。",
    Stage.ANSWERED: "由督办单位作公开审查，网页公开后办结。",
    Stage.TRACKING: "由承办单位按期报告承诺事项的兑现情况，全部兑现后办结。",
    Stage.CLOSED: "由督办单位归档。",
    Stage.ARCHIVED: "已全部办完。",
}
"""What happens next, in a sentence for everybody."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """One running deadline with its reasons."""

    kind: ClockKind
    agency: str
    """Whose; empty for the whole case."""
    due_on: date
    provisional: bool
    left_workdays: int
    """Working days left, the last one included; negative once it is over."""
    light: Light
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpinionView:
    """A co-handler's opinion with its author."""

    agency: str
    given_on: date
    late: bool
    sent_back_on: date | None
    text: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as one viewer may see it. `case` itself carries only feedback the viewer may read."""

    case: Case
    viewer: Viewer
    deadlines: tuple[Deadline, ...]
    entries: tuple[Entry, ...]
    waits: tuple[str, ...]
    next: str
    actions: tuple[str, ...]
    """What the viewer can do now, the main thing first."""
    text: str = ""
    asks: tuple[str, ...] = ()
    draft: DraftView | None = None
    opinions: tuple[OpinionView, ...] = ()
    contacts: tuple[Contact, ...] = ()
    question: str = ""
    """What the proposer was asked and has not yet answered."""
    feedback: tuple[Feedback, ...] = ()
    views: tuple[ProposerView, ...] = ()
    """What proposers said of the newest draft, as far as the viewer may know."""
    promises: tuple[Promise, ...] = ()
    agencies: tuple[str, ...] = ()
    """Every agency there is, to choose from."""
    classes: tuple[tuple[str, str], ...] = ()
    """The letters of the place's scheme with their meanings."""
    review: Review | None = None
    """What publication would hide; for the office alone."""

    @property
    def unsigned(self) -> bool:
        """Whether the draft is still on its way to signature."""
        return self.case.stage in BEFORE_SIGNED

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The proposal, line by line."""
        return lines_of(self.text)


def view_after(connection: Connection, case: Case, viewer: Viewer, *, today: date) -> CaseView:
    """Where a case now stands, for whoever has just acted on it: without any text, so it may be loaded without."""
    return _standing(connection, case, viewer, world_on(connection, today))


def _standing(connection: Connection, case: Case, viewer: Viewer, world: World) -> CaseView:
    return CaseView(
        case=replace(case, feedback=tuple(_readable(case, viewer)), proposer_views=()),
        viewer=viewer,
        deadlines=tuple(_deadlines(case, viewer, world)),
        entries=entries(connection, case, viewer),
        waits=_waits(case, viewer),
        next=NEXT[case.stage],
        actions=open_actions(case, viewer),
    )


def view_case(connection: Connection, case: Case, viewer: Viewer, *, today: date) -> CaseView:
    """Everything the viewer may see of a case, which was loaded with its long texts."""
    world = world_on(connection, today)
    proposal = connection.execute(_NEWEST_TEXT, {"case_id": case.id}).first()
    stands = _standing(connection, case, viewer, world)
    return replace(
        stands,
        text=proposal.text if proposal else "",
        asks=_asks(connection, case, viewer) if case.merged else tuple(proposal.asks) if proposal else (),
        draft=draft_view(connection, case, viewer, world),
        opinions=_opinions(case) if not viewer.is_proposer else (),
        contacts=tuple(one for one in case.contacts if not viewer.is_proposer or viewer.name in one.with_name),
        question=_question(connection, case),
        feedback=stands.case.feedback,
        views=_views(case, viewer),
        promises=case.promised if viewer.is_proposer else _promises(case),
        agencies=tuple(sorted(world.agencies)),
        classes=tuple(world.pack(case).classes.letters.items()),
        review=_review(case, viewer, proposal.text if proposal else "", world),
    )


def _asks(connection: Connection, case: Case, viewer: Viewer) -> tuple[str, ...]:
    """The asks of this case, then of those merged into it, counted on as in the drafter's list."""
    found = asks_of(connection, case)
    shown = [found[case.id]] if viewer.is_proposer else found.values()
    return tuple(ask for asks in shown for ask in asks)


def _review(case: Case, viewer: Viewer, proposal: str, world: World) -> Review | None:
    if viewer.role is not Role.COORDINATOR or case.draft is None:
        return None
    return review_of(case, case.draft, proposal, world.pack(case))


def _promises(case: Case) -> tuple[Promise, ...]:
    """What letters promised and what the newest version of the reply would."""
    newest = case.draft.no if case.draft else None
    return tuple(one for one in case.promises if one in case.promised or one.draft_no == newest)


def _readable(case: Case, viewer: Viewer) -> Iterator[Feedback]:
    """Agencies read released feedback only; a proposer his own; the office all."""
    own = {one.key for one in addressees_of(case, viewer)} if viewer.is_proposer else set()
    for one in case.feedback:
        if viewer.is_proposer:
            if one.addressee in own:
                yield one
        elif viewer.role not in AGENCY_ROLES or one.released_on is not None:
            yield one


def _views(case: Case, viewer: Viewer) -> tuple[ProposerView, ...]:
    """A proposer reads his own; of the others who the rules let read them."""
    newest = tuple(one for one in case.proposer_views if one.draft_no == len(case.drafts))
    if viewer.is_proposer:
        own = {one.key for one in addressees_of(case, viewer)}
        return tuple(one for one in newest if one.addressee in own)
    return newest if reads_views(viewer.role, case) else ()


def _waits(case: Case, viewer: Viewer) -> tuple[str, ...]:
    """Who holds the case. Which proposers have yet to answer is feedback too: agencies only read that some have."""
    if viewer.is_agency and case.stage is Stage.REPLIED:
        return ("提案人",)
    return waits_for(case)


def deadline(case: Case, clock: Clock, world: World) -> Deadline:
    """One running clock as a page shows it."""
    part = next((one for one in case.assignments if one.no == clock.assignment_no), None)
    return Deadline(
        kind=clock.kind,
        agency=part.agency if part else "",
        due_on=clock.due_on,
        provisional=clock.provisional,
        left_workdays=remaining(clock.due_on, world.today, world.calendar),
        light=light(clock.due_on, world.today, calendar=world.calendar, ladder=world.pack(case).reminder_ladder),
        steps=steps_of(case, clock, world),
    )


def concerns(case: Case, clock: Clock, viewer: Viewer, *, today: date) -> bool:
    """Whether a running clock binds the viewer: the whole case's, or that of his own part.

    The window for asking to return a case is a right: once it has closed nobody is late.
    """
    if not clock.runs or (clock.kind is ClockKind.OBJECTION and clock.due_on < today):
        return False
    part: Assignment | None = next((one for one in case.assignments if one.no == clock.assignment_no), None)
    return part is None or viewer.role is Role.COORDINATOR or part.agency == viewer.agency


def _deadlines(case: Case, viewer: Viewer, world: World) -> Iterator[Deadline]:
    running = sorted(
        (one for one in case.clocks if concerns(case, one, viewer, today=world.today)), key=lambda one: one.due_on
    )
    return (deadline(case, clock, world) for clock in running)


def _opinions(case: Case) -> tuple[OpinionView, ...]:
    agencies = {part.no: part.agency for part in case.assignments}
    return tuple(
        OpinionView(agencies[one.assignment_no], one.given_on, one.late, one.sent_back_on, one.text or "")
        for one in case.opinions
    )


def _question(connection: Connection, case: Case) -> str:
    if case.asked_on is None:
        return ""
    statement = (
        select(NOTICES.c.facts)
        .where(NOTICES.c.case_id == case.id, NOTICES.c.kind == MessageKind.CLARIFICATION)
        .order_by(NOTICES.c.created_at.desc())
        .limit(1)
    )
    facts: Any = connection.scalar(statement)
    return str(facts.get("question", "")) if facts else ""
