"""The people of a rehearsed year (演练): who does what next with a case, on which day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from models import actions as a
from models.clocks import is_manual, reply_clock
from models.lifecycle import publishable
from models.policy import Pack
from models.signing import missing_countersigners
from models.steps.feedback import awaited
from models.values.case import Case
from models.values.handling import Assignment
from models.vocabulary import (
    AssignmentStatus,
    ClockKind,
    ContactWay,
    PromiseStatus,
    PublicationMode,
    Publicity,
    Role,
    Satisfaction,
    Stage,
)
from models.workdays import Calendar
from tasks.year_fates import AGENCIES, NEVER, OFFICE, Fate

BRIEFED_AFTER: Final = 22
"""Working days from the session's end to the meeting that assigns its cases (交办会)."""
DRAFTED_BEFORE: Final = 8
"""Working days from a draft to its dispatch."""


@dataclass(frozen=True, slots=True)
class Person:
    """Everybody who has to do with one case: asked on a day, they say what is done next."""

    seed: int
    fate: Fate
    pack: Pack
    calendar: Calendar

    def next_action(self, case: Case, today: date) -> a.Action | None:
        """What somebody does with the case today; None: nothing."""
        return next(self._wishes(case, today), None)

    def _wishes(self, case: Case, today: date) -> Iterator[a.Action]:
        if case.stage in _DOING:
            yield from _DOING[case.stage](self, case, today)
        if case.stage in {Stage.REPLIED, Stage.ANSWERED}:
            yield from self.tracks(case, today)
        yield from self.reports(case, today)
        if publishable(case) and self._after(case.replied_on, self.fate.published_after) <= today:
            yield a.Publish(case=case.ref, by=a.SYSTEM, path=f"cases/{case.number}.html", page_sha256="0" * 64)

    def _after(self, day: date | None, workdays: int) -> date:
        return self.calendar.add(day, workdays) if day and workdays < NEVER else date.max

    def _dice(self, *about: object) -> Random:
        return Random(":".join(map(str, (self.seed, *about))))  # noqa: S311 - as above

    def _by(self, part: Assignment) -> a.Actor:
        role = Role.LEAD if part.leads else Role.CO_HANDLER
        return a.Actor(role=role, name="经办人", agency=part.agency)

    # ── 审查、交办 ──

    def reviews(self, case: Case, today: date) -> Iterator[a.Action]:
        """The office reviews it (审查)."""
        if self._after(case.received_on, self.fate.reviewed_after) > today:
            return
        if self.fate.rejected:
            yield a.NotAccept(case=case.ref, by=OFFICE, reason="所提事项已有明确规定")
        else:
            yield a.Accept(case=case.ref, by=OFFICE)

    def assigns(self, case: Case, today: date) -> Iterator[a.Action]:
        """The office assigns it, those of a session all at one meeting (交办会)."""
        briefed_on = self._after(case.session_closed_on, BRIEFED_AFTER)
        if (self._after(case.filed_on, 4) if case.in_recess else briefed_on) <= today:
            yield a.Assign(case=case.ref, by=OFFICE, lead=self.fate.lead, co_handlers=self.fate.co_handlers)

    # ── 签收、办理 ──

    def handles(self, case: Case, today: date) -> Iterator[a.Action]:
        """Agencies take it, talk, give opinions, draft; the office answers what they ask."""
        asked = next((p for p in case.open_assignments if p.status is AssignmentStatus.RETURN_REQUESTED), None)
        if asked is not None:
            yield from self._decides_return(case, asked, today)
            return
        for part in case.open_assignments:
            yield from self._takes(case, part, today)
        lead = case.lead
        if lead is None or lead.signed_on is None:
            return
        yield from self._talks(case, lead, today)
        for part in case.co_handlers:
            yield from self._gives_opinion(case, part, today)
        yield from self._extends(case, lead, today)
        yield from self._drafts(case, lead, today)

    def _decides_return(self, case: Case, part: Assignment, today: date) -> Iterator[a.Action]:
        if self._after(part.assigned_on, 6) > today:
            return
        free = [name for name in AGENCIES if name not in {one.agency for one in case.assignments}]
        if self.fate.return_granted and free:
            yield a.GrantReturn(case=case.ref, by=OFFICE, agency=part.agency, to=free[0])
        else:
            yield a.RefuseReturn(case=case.ref, by=OFFICE, agency=part.agency, reason="属于该单位职责")

    def _takes(self, case: Case, part: Assignment, today: date) -> Iterator[a.Action]:
        first = len(case.assignments) == 1 + len(self.fate.co_handlers)
        if self.fate.returns and first and part.leads and part.reason is None:
            if part.status is AssignmentStatus.ASSIGNED and self._after(part.assigned_on, 2) <= today:
                yield a.RequestReturn(case=case.ref, by=self._by(part), reason="不属于本单位职责")
        elif (
            part.status is AssignmentStatus.ASSIGNED and self._after(part.assigned_on, self.fate.signed_after) <= today
        ):
            yield a.SignFor(case=case.ref, by=self._by(part))

    def _talks(self, case: Case, lead: Assignment, today: date) -> Iterator[a.Action]:
        if case.asked_on is not None:
            if self._after(case.asked_on, 5) <= today:
                yield a.Clarify(case=case.ref, by=OFFICE, text="已作说明。")
        elif not case.talks and self._after(lead.signed_on, self.fate.contacted_after) <= today:
            name = case.proposers[0].name
            yield a.RecordContact(
                case=case.ref, by=self._by(lead), way=ContactWay.PHONE, on=today, with_name=name, said="已沟通。"
            )
        elif self.fate.asks and self._after(lead.signed_on, 2) == today:
            yield a.AskClarification(case=case.ref, by=self._by(lead), question="请说明具体地点。")

    def _gives_opinion(self, case: Case, part: Assignment, today: date) -> Iterator[a.Action]:
        kinds = {ClockKind.CO_OPINION, ClockKind.CO_OPINION_REDO}
        running = [c for c in case.clocks if c.runs and c.kind in kinds and c.assignment_no == part.no]
        due_on = running[-1].due_on if running else self._after(part.signed_on, 15)
        if part.status is AssignmentStatus.SIGNED and self._after(due_on, -self.fate.opinion_before) <= today:
            yield a.GiveOpinion(case=case.ref, by=self._by(part), text="同意。")

    def _extends(self, case: Case, lead: Assignment, today: date) -> Iterator[a.Action]:
        if case.open_extension is not None:
            if self._after(case.open_extension.asked_on, 2) <= today:
                yield a.GrantExtension(case=case.ref, by=OFFICE)
            return
        clock = reply_clock(case, lead)
        rule = self.pack.rule(clock.rule) if clock and not is_manual(clock) else None
        if not (self.fate.extends and clock and rule and rule.extension) or case.asked_on is not None:
            return
        if not case.extensions and self.calendar.add(clock.due_on, -7) <= today <= clock.due_on:
            yield a.RequestExtension(case=case.ref, by=self._by(lead), reason="涉及面广")

    def _drafts(self, case: Case, lead: Assignment, today: date) -> Iterator[a.Action]:
        if not case.talks or case.asked_on is not None or case.open_extension is not None:
            return
        owing = [p for p in case.co_handlers if p.status not in {AssignmentStatus.OPINION_GIVEN, AssignmentStatus.DONE}]
        clock = reply_clock(case, lead)
        due_on = clock.due_on if clock else self._after(lead.signed_on, 40)
        if (
            owing
            or self._after(
                due_on, self.fate.replied_after - DRAFTED_BEFORE if self.fate.replied_after < NEVER else NEVER
            )
            > today
        ):
            return
        vows = (a.PromiseGiven(text="年内完成改造", due_on=today + timedelta(days=90)),) if self.fate.promises else ()
        letter = next(iter(self.pack.classes.letters), None)
        yield a.SubmitDraft(
            case=case.ref, by=self._by(lead), text="收悉。现答复如下：已经办理。", result_class=letter, promises=vows
        )

    # ── 审签、答复 ──

    def countersigns(self, case: Case, today: date) -> Iterator[a.Action]:
        """Co-handlers sign the draft."""
        if case.draft and self._after(case.draft.drafted_on, 2) <= today:
            missing = missing_countersigners(case)
            yield from (
                a.Countersign(case=case.ref, by=self._by(part)) for part in case.co_handlers if part.agency in missing
            )

    def approves(self, case: Case, today: date) -> Iterator[a.Action]:
        """The lead's levels sign."""
        if case.draft and case.lead and self._after(case.draft.drafted_on, 4) <= today:
            yield a.Approve(case=case.ref, by=self._by(case.lead))

    def reviews_reply(self, case: Case, today: date) -> Iterator[a.Action]:
        """The office looks at the reply first (预审)."""
        if case.draft and self._after(case.draft.drafted_on, 6) <= today:
            yield a.PassReview(case=case.ref, by=OFFICE)

    def sends(self, case: Case, today: date) -> Iterator[a.Action]:
        """The office decides on publication, the lead sends the reply."""
        if not (case.draft and case.lead and self._after(case.draft.drafted_on, DRAFTED_BEFORE) <= today):
            return
        if case.publicity is Publicity.UNDECIDED:
            mode, reason = (
                (PublicationMode.FULL, None) if self.fate.published else (PublicationMode.NONE, "涉及个人隐私")
            )
            yield a.DecidePublication(case=case.ref, by=OFFICE, mode=mode, reason=reason)
        else:
            yield a.SendReply(case=case.ref, by=self._by(case.lead))

    # ── 反馈、办结 ──

    def rates(self, case: Case, today: date) -> Iterator[a.Action]:
        """Proposers rate it, or keep silent."""
        for one in awaited(case):
            dice = self._dice(case.number, one.key, case.round)
            silent, after, mood = dice.random() < 0.2, dice.randrange(1, 12), dice.random()
            said = (
                Satisfaction.DISSATISFIED
                if mood < 0.06
                else Satisfaction.MOSTLY
                if mood < 0.3
                else Satisfaction.SATISFIED
            )
            if not silent and self._after(case.replied_on, after) <= today:
                by = a.Actor(role=Role.PROPOSER, name=one.proposer.name)
                yield a.GiveFeedback(
                    case=case.ref, by=by, proposer=one.proposer.name, attitude=Satisfaction.SATISFIED, result=said,
                    reasons="没有解决" if said is Satisfaction.DISSATISFIED else None,
                )  # fmt: skip

    def decides_redo(self, case: Case, today: date) -> Iterator[a.Action]:
        """The office orders it done again once, then upholds the reply."""
        if self._after(case.feedback[-1].given_on, 3) > today:
            return
        if case.round == 0:
            yield a.OrderRedo(case=case.ref, by=OFFICE, reason="请再研究")
        else:
            yield a.Uphold(case=case.ref, by=OFFICE, reason="已依规定办理")

    def closes(self, case: Case, today: date) -> Iterator[a.Action]:
        """The office closes what is published."""
        if case.publicity not in {Publicity.UNDECIDED, Publicity.DECIDED} and self._after(case.replied_on, 30) <= today:
            yield a.Close(case=case.ref, by=OFFICE)

    def reports(self, case: Case, today: date) -> Iterator[a.Action]:
        """The lead gives word before the first term ends and reports on the place's day, where its rules ask for it."""
        lead = case.lead if case.lead and case.lead.status is not AssignmentStatus.RETURN_REQUESTED else None
        for clock in case.clocks:
            kind = _WORD.get(clock.kind)
            late = self._dice(case.number, "报告", clock.no).randrange(-10, 3)
            if kind and clock.runs and lead and self._after(clock.due_on, late) <= today:
                yield kind(case=case.ref, by=self._by(lead), text="正在按计划办理。")

    def tracks(self, case: Case, today: date) -> Iterator[a.Action]:
        """The lead reports what became of its promises."""
        for one in case.promised:
            late = self._dice(case.number, "承诺", one.no).randrange(-20, 5)
            if one.status is PromiseStatus.OPEN and case.lead and self._after(one.due_on, late) <= today:
                yield a.ReportPromise(
                    case=case.ref,
                    by=self._by(case.lead),
                    promise=one.no,
                    status=PromiseStatus.KEPT,
                    evidence="已经完成。",
                )


_WORD: Final = {ClockKind.INTERIM_REPLY: a.InterimReply, ClockKind.REPORT: a.ReportProgress}
_DOING: Final[dict[Stage, Callable[[Person, Case, date], Iterator[a.Action]]]] = {
    Stage.SUBMITTED: Person.reviews,
    Stage.FILED: Person.assigns,
    Stage.ASSIGNED: Person.handles,
    Stage.HANDLING: Person.handles,
    Stage.COUNTERSIGNING: Person.countersigns,
    Stage.APPROVING: Person.approves,
    Stage.PRE_REVIEW: Person.reviews_reply,
    Stage.APPROVED: Person.sends,
    Stage.REPLIED: Person.rates,
    Stage.DISSATISFIED: Person.decides_redo,
    Stage.ANSWERED: Person.closes,
    Stage.TRACKING: Person.tracks,
}
