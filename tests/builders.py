"""A small fictional office in the words of its clerks: who acts, what is received, and cases taken step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

from models import actions as a
from models.lifecycle import advance
from models.policy import Pack
from models.rulings import Accepted, Refused, Telling, World
from models.steps.receipt import Session, receive
from models.tables.fields import core
from models.tables.office import AgencyRow, SessionRow
from models.values.case import Case
from models.vocabulary import ProposalKind, ProposerKind, Role, Stage, Track
from models.workdays import Calendar
from tasks.calendars import load_calendar
from tasks.database import transaction
from tasks.loading import session_key
from tasks.policies import load_packs

POLICIES = Path(__file__).parents[1] / "examples" / "yunling" / "policies"
CONFERENCE = "云岭市政协六届二次会议"
CONGRESS = "云岭市六届人大三次会议"
AGENCIES = ("民政局", "财政局", "教育局", "交通局", "住建局", "卫健委")
OPENED_ON, CLOSED_ON = date(2026, 1, 20), date(2026, 1, 24)
OFFICE = a.Actor(name="督办科王敏")
LEAD = a.Actor(role=Role.LEAD, name="许科长", agency="民政局")
CO = a.Actor(role=Role.CO_HANDLER, name="江科长", agency="财政局")
ZHANG = a.Actor(role=Role.PROPOSER, name="张某某")
LI = a.Actor(role=Role.PROPOSER, name="李某某")
REPLY = "您提出的提案收悉。现答复如下：已增加专职人员，经费列入年度预算。"


def day(month: int, of_month: int) -> date:
    """A day of 2026, the year of everything here."""
    return date(2026, month, of_month)


def proposed(number: str = "0001", *names: str, **more: Any) -> a.Receive:
    """A proposal handed in by these people (张某某 alone when none is named)."""
    kind = ProposerKind.DEPUTY if more.get("proposal_kind") is ProposalKind.SUGGESTION else ProposerKind.MEMBER
    given: dict[str, Any] = {
        "session": CONGRESS if more.get("proposal_kind") is ProposalKind.SUGGESTION else CONFERENCE,
        "proposal_kind": ProposalKind.PROPOSAL,
        "title": f"关于增设社区食堂的提案之{number}",
        "text": "一、现状。就餐不便。\n二、建议。增设社区食堂。",
        "submitted_on": day(1, 20),
        "proposers": [{"name": name, "kind": kind, "phone": "13900001111"} for name in names or ("张某某",)],
        "by": OFFICE,
    }
    return a.Receive(case=number, **(given | more))


def furnish(engine: Engine, pack: str = "yunling") -> None:
    """Sessions and agencies, nothing else."""
    days = {"opened_on": OPENED_ON, "closed_on": CLOSED_ON, "pack": pack}
    with transaction(engine) as connection:
        sessions = [{"name": CONFERENCE, "track": Track.CPPCC}, {"name": CONGRESS, "track": Track.NPC}]
        rows = [{**one, **days, "canonical": session_key(str(one["name"]))} for one in sessions]
        connection.execute(insert(core(SessionRow)), rows)
        connection.execute(insert(core(AgencyRow)), [{"name": n, "full_name": f"云岭市{n}"} for n in AGENCIES])


def unlock_history(engine: Engine) -> None:
    """Take away what keeps the history from being changed, as somebody with all rights could."""
    with transaction(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("DROP TRIGGER IF EXISTS history_only_grows ON history")
            return
        for what in ("update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS history_no_{what}")


# ── one case, by the rules alone ─────────────────────────────────────────────────────────────────────────────────


@cache
def packs() -> dict[str, Pack]:
    """The packs as shipped, with the fictional office's own."""
    return load_packs(POLICIES)


@cache
def calendar() -> Calendar:
    """The calendar as shipped."""
    return load_calendar(None)


def world(today: date, **others: Case) -> World:
    """What rules may know on a day."""
    return World(today=today, calendar=calendar(), packs=packs(), agencies=frozenset(AGENCIES), others=others)


@dataclass
class Walk:
    """One case taken through the rules without a database; remembers what was said to whom."""

    case: Case
    today: date
    tellings: tuple[Telling, ...] = ()
    follow_ups: tuple[a.Action, ...] = ()

    def do(self, *actions: a.Action, on: date | None = None) -> Walk:
        """All of these are accepted."""
        self.today = on or self.today
        for action in actions:
            ruling = advance(self.case, action, world(self.today))
            assert isinstance(ruling, Accepted), f"{action.kind}: {ruling}"
            self.case, self.tellings, self.follow_ups = ruling.case, ruling.tellings, ruling.follow_ups
        return self

    def refusal(self, action: a.Action, on: date | None = None, **others: Case) -> str:
        """This is refused, in these words."""
        ruling = advance(self.case, action, world(on or self.today, **others))
        assert isinstance(ruling, Refused), f"{action.kind}: {ruling}"
        return str(ruling)

    def told(self) -> set[tuple[str, str]]:
        """Message and recipient of what the last action said."""
        return {(telling.kind.value, telling.recipient) for telling in self.tellings}


def received(*names: str, pack: str = "yunling", case_id: int = 1, number: str = "0001", **more: Any) -> Walk:
    """A case just received, on 21 January 2026."""
    today = more.pop("today", day(1, 21))
    action = proposed(number, *names, **more)
    track = Track.NPC if action.proposal_kind is ProposalKind.SUGGESTION else Track.CPPCC
    session = Session(name=action.session, track=track, pack=pack, opened_on=OPENED_ON, closed_on=CLOSED_ON)
    ruling = receive(action, number=number, session=session, world=world(today))
    assert isinstance(ruling, Accepted), ruling
    return Walk(replace(ruling.case, id=case_id), today)


def road(co_handlers: Sequence[str] = ("财政局",), lead: str = "民政局") -> list[tuple[date, a.Action]]:
    """A case's way from receipt to its archive, each action on its day."""
    by_lead = LEAD.model_copy(update={"agency": lead})
    by_cos = [CO.model_copy(update={"agency": agency}) for agency in co_handlers]
    c = "0001"
    return [
        (day(2, 2), a.Accept(case=c, by=OFFICE)),
        (day(2, 25), a.Assign(case=c, by=OFFICE, lead=lead, co_handlers=tuple(co_handlers))),
        (day(2, 26), a.SignFor(case=c, by=by_lead)),
        *((day(2, 26), a.SignFor(case=c, by=by)) for by in by_cos),
        (day(3, 10), talk(c, by=by_lead)),
        *((day(3, 12), a.GiveOpinion(case=c, by=by, text="同意列入预算。")) for by in by_cos),
        (day(3, 20), a.SubmitDraft(case=c, by=by_lead, text=REPLY, result_class="A")),
        *((day(3, 23), a.Countersign(case=c, by=by)) for by in by_cos),
        *((day(3, 24), a.Approve(case=c, by=by_lead)) for _ in range(3)),
        (day(3, 25), a.PassReview(case=c, by=OFFICE)),
        (day(3, 25), a.DecidePublication(case=c, by=OFFICE)),
        (day(3, 26), a.SendReply(case=c, by=by_lead)),
        (day(4, 1), feedback(c)),
        (day(4, 2), a.Publish(case=c, by=a.SYSTEM, path="cases/x.html", page_sha256="0" * 64)),
        (day(4, 3), a.Close(case=c, by=OFFICE)),
        (day(4, 4), a.Archive(case=c, by=OFFICE)),
    ]


def talk(case: str = "0001", by: a.Actor = LEAD, on: date = date(2026, 3, 10)) -> a.RecordContact:
    """A talk with the proposer."""
    return a.RecordContact(case=case, by=by, way="面商", on=on, with_name="张某某", said="同意所提措施")


def feedback(case: str = "0001", of: str = "张某某", says: str = "满意", **more: Any) -> a.GiveFeedback:
    """One proposer's own feedback."""
    by = more.pop("by", a.Actor(role=Role.PROPOSER, name=of))
    return a.GiveFeedback(case=case, by=by, proposer=of, attitude="满意", result=says, **more)


def at(stage: Stage, *names: str, co_handlers: Sequence[str] = ("财政局",), **more: Any) -> Walk:
    """A case that has just come to this stage on the usual road."""
    walk = received(*names, **more)
    for on, action in road(co_handlers):
        if walk.case.stage is stage:
            return walk
        if isinstance(action, a.PassReview) and walk.case.stage is not Stage.PRE_REVIEW:
            continue
        if isinstance(action, a.GiveFeedback):
            walk.do(*(feedback(of=name) for name in names[1:]), on=on)
        walk.do(action, on=on)
    assert walk.case.stage is stage, walk.case.stage
    return walk
