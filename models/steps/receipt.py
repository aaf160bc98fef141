"""Receipt (收件): how a proposal becomes a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from models import clocks
from models.notice_vocabulary import MessageKind
from models.rulings import Accepted, Refused, Ruling, Telling, World, proposer_recipient
from models.values.case import Case, Proposer
from models.vocabulary import ClockKind, ProposalKind, Publicity, Stage, Track

if TYPE_CHECKING:
    from models import actions as a

_TRACK = {
    ProposalKind.SUGGESTION: Track.NPC,
    ProposalKind.PROPOSAL: Track.CPPCC,
    ProposalKind.RECOMMENDATION: Track.CPPCC,
}


@dataclass(frozen=True, slots=True)
class Session:
    """What receipt must know of a session (届次)."""

    name: str
    track: Track
    pack: str
    opened_on: date | None
    closed_on: date | None


def receive(action: a.Receive, *, number: str, session: Session, world: World) -> Ruling:
    """A new case, still without an id, or why it cannot be one.

    Where the place's rules have a term for acceptance or assignment, in session or in recess, it runs from here.
    """
    if _TRACK[action.proposal_kind] is not session.track:
        return Refused(f"{action.proposal_kind}不属于{session.name}", "请核对类型和届次。")
    if action.submitted_on > world.today:
        return Refused(f"提交日期{action.submitted_on}还没有到", "请填写今天或以前的日期。")
    case = Case(
        id=0,
        session=session.name,
        number=number,
        kind=action.proposal_kind,
        track=session.track,
        pack=session.pack,
        title=action.title,
        in_recess=action.in_recess,
        session_closed_on=session.closed_on,
        stage=Stage.SUBMITTED,
        publicity=Publicity.UNDECIDED,
        round=0,
        received_on=world.today,
        proposers=tuple(
            Proposer(no=no, name=given.name, kind=given.kind, is_lead=no == 1)
            for no, given in enumerate(action.proposers, start=1)
        ),
    )
    case = clocks.start(case, (ClockKind.ACCEPTANCE, ClockKind.ASSIGNMENT), world)
    return Accepted(case, f"收到{case.kind}《{case.title}》")


def received_tellings(case: Case) -> tuple[Telling, ...]:
    """The proposers are told, once the case has its id."""
    return tuple(Telling(kind=MessageKind.RECEIVED, recipient=proposer_recipient(one.key)) for one in case.addressees)
