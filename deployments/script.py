"""From a story to dated actions (演示日程): who does what on which day of the fictional session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from deployments.story import Chapter, Said, Vow
from models import actions as a
from models.vocabulary import HandlingRole, PromiseStatus, Role, Stage
from models.workdays import Calendar

OFFICE = a.Actor(name="督办科王敏")
LEVELS = 3
"""Signatures a reply needs under the demonstration's pack."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One action on one day."""

    on: date
    action: a.Action


@dataclass(frozen=True, slots=True)
class Days:
    """The days of the session, and working days counted from them."""

    calendar: Calendar
    received_on: date = date(2026, 1, 19)
    reviewed_on: date = date(2026, 1, 27)
    amended_on: date = date(2026, 2, 3)
    filed_on: date = date(2026, 2, 5)
    assigned_on: date = date(2026, 2, 26)
    ends_on: date = date(2026, 7, 31)

    def after(self, day: date, workdays: int) -> date:
        """So many working days later."""
        return self.calendar.add(day, workdays)


_JUST_IN = frozenset({Stage.SUBMITTED, Stage.RETURNED, Stage.FILED, Stage.ASSIGNED})
_UNDER_WAY = frozenset(
    {Stage.COUNTERSIGNING, Stage.APPROVING, Stage.PRE_REVIEW, Stage.APPROVED, Stage.REPLIED, Stage.DISSATISFIED}
)


def days_for(chapter: Chapter, calendar: Calendar) -> Days:
    """What is to be left waiting came in later than the rest, so that it is not late merely by being shown."""
    if chapter.stop in _JUST_IN or chapter.waits == "退办":
        return Days(
            calendar,
            received_on=date(2026, 7, 20),
            reviewed_on=date(2026, 7, 22),
            amended_on=date(2026, 7, 23),
            filed_on=date(2026, 7, 24),
            assigned_on=date(2026, 7, 28),
        )
    if chapter.stop in _UNDER_WAY or chapter.waits == "延期":
        return Days(
            calendar,
            reviewed_on=date(2026, 5, 6),
            amended_on=date(2026, 5, 11),
            filed_on=date(2026, 5, 13),
            assigned_on=date(2026, 5, 20),
        )
    return Days(calendar)


class Actors:
    """The people of one chapter."""

    def __init__(self, chapter: Chapter) -> None:
        self.lead_agency = (
            chapter.returned.to if chapter.returned and chapter.returned.by == chapter.lead else chapter.lead
        )
        self.name = chapter.contact_person or "经办人"
        self.lead = self.at(self.lead_agency)

    def at(self, agency: str) -> a.Actor:
        """The lead's or a co-handler's clerk, by link."""
        role = Role.LEAD if agency == self.lead_agency else Role.CO_HANDLER
        return a.Actor(role=role, name=self.name if role is Role.LEAD else "会办经办人", agency=agency)

    def first(self, agency: str) -> a.Actor:
        """A lead that will give the case back."""
        return a.Actor(role=Role.LEAD, name="经办人", agency=agency)


def scenes(chapter: Chapter, received: a.Receive, days: Days, *, place: int) -> Iterator[Scene]:
    """One chapter's actions in order, each on its day; `place` spreads chapters over the weeks."""
    ref = f"{received.session}{'闭会' if received.in_recess else ''}/{chapter.number}"
    yield from _review(chapter, ref, received, days)
    back = chapter.return_to_proposer
    returned = back is not None and back.amended is None
    if chapter.not_filed or chapter.merge_into or chapter.withdrawn or returned or not chapter.lead:
        return
    yield from _assignment(chapter, ref, days)
    yield from _handling(chapter, ref, days, place=place)
    if chapter.overdue or not chapter.reply:
        return
    start = days.after(days.assigned_on, (62 if chapter.extension else 26) + 4 * (place % 3))
    yield from _reply(chapter, ref, start, days)
    replied_on = days.after(start, 8)
    yield from _feedback(chapter.feedback, ref, days.after(replied_on, 6))
    yield from _afterwards(chapter, ref, days.after(replied_on, 9), days)


def _review(chapter: Chapter, ref: str, received: a.Receive, days: Days) -> Iterator[Scene]:
    accepted_on = days.reviewed_on
    if chapter.not_filed:
        no = chapter.not_filed
        yield Scene(days.reviewed_on, a.NotAccept(case=ref, by=OFFICE, reason=no.reason, destination=no.destination))
        return
    if chapter.return_to_proposer:
        back = chapter.return_to_proposer
        proposer = a.Actor(role=Role.PROPOSER, name=received.proposers[0].name)
        yield Scene(days.reviewed_on, a.ReturnToProposer(case=ref, by=OFFICE, reason=back.reason))
        if back.amended is None:
            return
        yield Scene(days.amended_on, a.Supplement(case=ref, by=proposer, text=back.amended))
        accepted_on = days.filed_on
    if chapter.merge_into:
        into = f"{received.session}/{chapter.merge_into}"
        yield Scene(days.filed_on, a.Merge(case=ref, by=OFFICE, into=into, reason="反映的问题和所提建议基本相同"))
        return
    yield Scene(accepted_on, a.Accept(case=ref, by=OFFICE, category=received.category))
    if chapter.withdrawn:
        yield Scene(days.filed_on, a.Withdraw(case=ref, by=OFFICE, reason=chapter.withdrawn.reason))


def _assignment(chapter: Chapter, ref: str, days: Days) -> Iterator[Scene]:
    actors = Actors(chapter)
    mode = HandlingRole(chapter.mode)
    yield Scene(
        days.assigned_on,
        a.Assign(
            case=ref, by=OFFICE, lead=chapter.lead, mode=mode, co_handlers=chapter.co_handlers, due_on=chapter.due_on
        ),
    )
    asked_on, answered_on, signed_on = (days.after(days.assigned_on, n) for n in (2, 4, 6))
    if chapter.returned:
        back = chapter.returned
        by = actors.first(back.by) if back.by == chapter.lead else actors.at(back.by)
        yield Scene(asked_on, a.RequestReturn(case=ref, by=by, reason=back.reason, suggested_agency=back.to))
        yield Scene(answered_on, a.GrantReturn(case=ref, by=OFFICE, agency=back.by, to=back.to))
    if chapter.refused_return:
        no = chapter.refused_return
        yield Scene(asked_on, a.RequestReturn(case=ref, by=actors.at(no.by), reason=no.reason))
        yield Scene(answered_on, a.RefuseReturn(case=ref, by=OFFICE, agency=no.by, reason=no.refusal))
    late = bool(chapter.returned or chapter.refused_return)
    for agency in handlers(chapter):
        yield Scene(
            signed_on if late else days.after(days.assigned_on, 1), a.SignFor(case=ref, by=_by(chapter, agency))
        )


def handlers(chapter: Chapter) -> tuple[str, ...]:
    """The agencies that hold the case after any return, the lead first."""
    named = (chapter.lead, *chapter.co_handlers)
    back = chapter.returned
    return tuple(back.to if back and agency == back.by else agency for agency in named)


def _by(chapter: Chapter, agency: str) -> a.Actor:
    actors = Actors(chapter)
    return actors.first(agency) if chapter.mode == "分办" and agency != actors.lead_agency else actors.at(agency)


def _handling(chapter: Chapter, ref: str, days: Days, *, place: int) -> Iterator[Scene]:
    actors = Actors(chapter)
    if chapter.clarification:
        answer = chapter.clarification
        yield Scene(
            days.after(days.assigned_on, 9), a.AskClarification(case=ref, by=actors.lead, question=answer.question)
        )
        yield Scene(days.after(days.assigned_on, 13), a.Clarify(case=ref, by=OFFICE, text=answer.answer))
    if chapter.contact:
        on = days.after(days.assigned_on, 14 + 2 * (place % 3))
        talk = chapter.contact
        yield Scene(
            on,
            a.RecordContact(case=ref, by=actors.lead, way=talk.way, on=on, with_name=talk.with_name, said=talk.said),
        )
    for agency, text in chapter.opinions.items():
        yield Scene(days.after(days.assigned_on, 20), a.GiveOpinion(case=ref, by=actors.at(agency), text=text))
    if chapter.opinion_back:
        back = chapter.opinion_back
        yield Scene(
            days.after(days.assigned_on, 22),
            a.SendBackOpinion(case=ref, by=actors.lead, agency=back.agency, reason=back.reason),
        )
        yield Scene(
            days.after(days.assigned_on, 24), a.GiveOpinion(case=ref, by=actors.at(back.agency), text=back.second)
        )
    if chapter.extension:
        asked_on = days.after(days.assigned_on, 50)
        yield Scene(asked_on, a.RequestExtension(case=ref, by=actors.lead, reason=chapter.extension.reason))
        if chapter.extension.granted:
            yield Scene(days.after(asked_on, 2), a.GrantExtension(case=ref, by=OFFICE))


def _draft(chapter: Chapter, ref: str, text: str, promises: Sequence[Vow]) -> a.SubmitDraft:
    actors = Actors(chapter)
    return a.SubmitDraft(
        case=ref,
        by=actors.lead,
        text=text,
        result_class=chapter.result_class,
        document_number=chapter.document_number,
        contact_unit=actors.lead_agency,
        contact_person=chapter.contact_person,
        contact_phone=chapter.contact_phone,
        promises=tuple(a.PromiseGiven(text=vow.text, due_on=vow.due_on, condition=vow.condition) for vow in promises),
    )


def _reply(chapter: Chapter, ref: str, start: date, days: Days) -> Iterator[Scene]:
    text, first = chapter.reply, start
    if chapter.send_back:
        yield Scene(days.after(start, -3), _draft(chapter, ref, text, ()))
        for agency in chapter.co_handlers if chapter.mode == "主办" else ():
            yield Scene(days.after(start, -2), a.Countersign(case=ref, by=Actors(chapter).at(agency)))
        sent_back = a.SendBack(case=ref, by=Actors(chapter).lead, remark=chapter.send_back.remark)
        yield Scene(days.after(start, -1), sent_back)
        text = chapter.send_back.second_reply
    yield from _round(chapter, ref, _draft(chapter, ref, text, chapter.promises), first, days)


def _round(chapter: Chapter, ref: str, draft: a.SubmitDraft, start: date, days: Days) -> Iterator[Scene]:
    """One version from draft to dispatch."""
    lead = Actors(chapter).lead
    yield Scene(start, draft)
    if chapter.mode == "主办":
        for agency in handlers(chapter)[1:]:
            yield Scene(days.after(start, 2), a.Countersign(case=ref, by=Actors(chapter).at(agency)))
    signed_on = days.after(start, 4)
    for level in range(LEVELS):
        name = ("办公室主任", "分管副局长", "局长")[level]
        yield Scene(signed_on, a.Approve(case=ref, by=a.Actor(role=Role.LEAD, name=name, agency=lead.agency)))
    yield Scene(days.after(start, 6), a.PassReview(case=ref, by=OFFICE))
    if chapter.waits != "公开审查":
        given = chapter.publication.model_dump()
        yield Scene(days.after(start, 6), a.DecidePublication.model_validate({"case": ref, "by": OFFICE, **given}))
    yield Scene(days.after(start, 8), a.SendReply(case=ref, by=lead))


def _feedback(given: Sequence[Said], ref: str, on: date) -> Iterator[Scene]:
    for said in given:
        by = a.Actor(role=Role.PROPOSER, name=said.proposer)
        yield Scene(
            on,
            a.GiveFeedback(
                case=ref, by=by, proposer=said.proposer, attitude=said.attitude, result=said.result,
                wish=said.wish, reasons=said.reasons,
            ),
        )  # fmt: skip


def _afterwards(chapter: Chapter, ref: str, on: date, days: Days) -> Iterator[Scene]:
    if chapter.uphold:
        yield Scene(on, a.Uphold(case=ref, by=OFFICE, reason=chapter.uphold.reason))
    if chapter.redo:
        yield Scene(on, a.OrderRedo(case=ref, by=OFFICE, reason=chapter.redo.reason))
        draft = _draft(chapter, ref, chapter.redo.reply, chapter.redo.promises)
        start = days.after(on, 8)
        for scene in _round(chapter, ref, draft, start, days):
            if not isinstance(scene.action, a.DecidePublication):
                yield scene
        yield from _feedback(chapter.redo.feedback, ref, days.after(start, 12))
    promises = (*chapter.promises, *(chapter.redo.promises if chapter.redo else ()))
    for no, vow in enumerate(promises, start=1):
        if vow.evidence:
            yield Scene(
                days.ends_on - timedelta(days=4),
                a.ReportPromise(
                    case=ref, by=Actors(chapter).lead, promise=no, status=PromiseStatus.KEPT, evidence=vow.evidence
                ),
            )
    if chapter.stop == "":
        yield Scene(days.ends_on - timedelta(days=2), a.Close(case=ref, by=OFFICE))


def stops_at(chapter: Chapter) -> Stage | None:
    """Where this case is left waiting for a person."""
    return Stage(chapter.stop) if chapter.stop else None
