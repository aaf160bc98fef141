"""What a notice says, read from the records just before it is sent (通知内容); one query per table for a whole batch.

Contact data of proposers are not read here, so no text can carry them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Row

from models.notice_vocabulary import MessageKind
from models.values.case import Case
from models.vocabulary import AssignmentStatus, ClockKind, HandlingRole
from notifications.audiences import Audience, read_recipient
from notifications.messages import NoticeFacts
from tasks.notice_duties import duties
from tasks.notice_records import Records, addressee, letter_of, read_records
from tasks.notice_validity import applying, runs
from tasks.notices_store import Notice

Cases = Mapping[int, Case]
"""The notices' cases, read once for links and explanations."""


class LinksFor(Protocol):
    """Links (label, URL) by notice key; may write rows for them."""

    def __call__(
        self, connection: Connection, notices: Sequence[Notice], /, *, cases: Cases | None
    ) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """The links of all of them."""


class Explain(Protocol):
    """How each clock (case id, number) got its date, in sentences."""

    def __call__(
        self, connection: Connection, clocks: Sequence[tuple[int, int]], /, *, cases: Cases | None
    ) -> Mapping[tuple[int, int], tuple[str, ...]]:
        """The sentences of all of them."""


_M, _C = MessageKind, ClockKind
CLOCKS_OF: Final[Mapping[MessageKind, tuple[ClockKind, ...]]] = {
    _M.ASSIGNED: (_C.CO_OPINION, _C.REPLY),
    _M.RETURN_ASKED: (_C.REASSIGNMENT,),
    _M.RETURN_REFUSED: (_C.CO_OPINION, _C.REDO, _C.REPLY),
    _M.CLARIFIED: (_C.REDO, _C.REPLY),
    _M.EXTENSION_ASKED: (_C.REDO, _C.REPLY),
    _M.EXTENSION_GRANTED: (_C.REDO, _C.REPLY),
    _M.EXTENSION_REFUSED: (_C.REDO, _C.REPLY),
    _M.INTERIM_REPLY: (_C.REPLY,),
    _M.OPINION_GIVEN: (_C.REDO, _C.REPLY),
    _M.OPINION_BACK: (_C.CO_OPINION_REDO,),
    _M.SIGN_WANTED: (_C.REDO, _C.REPLY),
    _M.SENT_BACK: (_C.REDO, _C.REPLY),
    _M.REPLY: (_C.FEEDBACK,),
    _M.FEEDBACK_WANTED: (_C.FEEDBACK,),
    _M.REDO: (_C.REDO,),
}
"""The date a message speaks of when its notice names no clock: the newest running one of the first kind that runs."""


@dataclass(frozen=True, slots=True)
class FactsReader:
    """Reads the facts of notices. `office` is how the supervising office calls itself, `inquiries` whom to ask."""

    today: date
    links_for: LinksFor = lambda _connection, _notices, *, cases: {}  # noqa: ARG005 - the protocol's name
    explain: Explain = lambda _connection, _clocks, *, cases: {}  # noqa: ARG005 - the protocol's name
    load: Callable[[Connection, Collection[int]], Cases] | None = None
    """Reads whole cases, for those two."""
    office: str = "督办单位"
    inquiries: str = ""

    def __call__(self, connection: Connection, notices: Sequence[Notice]) -> list[NoticeFacts | None]:
        """The facts of each notice, in order; None where it no longer applies."""
        records = read_records(connection, notices)
        asked = duties(connection, notices)
        kept = [n for n in applying(connection, notices, records) if asked.get(n.key, {}) is not None]
        clock_of = {n.key: _clock(n, records) for n in kept}
        told = sorted({(clock.case_id, clock.no) for clock in clock_of.values() if clock is not None})
        cases = self.load(connection, {n.case_id for n in kept}) if self.load and kept else None
        reasons = self.explain(connection, told, cases=cases) if told else {}
        links = self.links_for(connection, kept, cases=cases) if kept else {}
        made = {
            n.key: self._facts(
                n, records, clock_of[n.key], reasons=reasons, links=links.get(n.key, ()), told=asked.get(n.key) or {}
            )
            for n in kept
        }
        return [made.get(n.key) for n in notices]

    def _facts(
        self,
        notice: Notice,
        records: Records,
        clock: Row[Any] | None,
        *,
        reasons: Mapping[tuple[int, int], tuple[str, ...]],
        links: tuple[tuple[str, str], ...],
        told: Mapping[str, Any],
    ) -> NoticeFacts:
        said = self._of_case(notice, records)
        given = notice.facts
        due_on = clock.due_on if clock else _date(given.get("due_on"))
        left = (due_on - self.today).days if due_on else None
        draft = _draft(notice, records)
        return replace(
            said,
            kind=_kind_today(notice.kind, left),
            clock=clock.kind if clock else None,
            due_on=due_on,
            days_left=left,
            provisional=clock.provisional if clock else False,
            explanation=reasons.get((clock.case_id, clock.no), ()) if clock else (),
            reason=_text(given, "reason", "remark"),
            text=_text(given, "text", "question"),
            result_class=_text(given, "result_class"),
            letter=letter_of(notice, records),
            document_number=(draft.document_number or "") if draft else "",
            links=links,
            attachments=tuple(given.get("attachments") or ()),
            inquiries=_ask(draft) or self.inquiries,
            facts=_objection(_part(notice, records), records) | _holder(notice, clock, records) | {**given, **told},
        )

    def _of_case(self, notice: Notice, records: Records) -> NoticeFacts:
        """Whom it is for, and what is true of the case whatever the notice says."""
        who = read_recipient(notice.recipient)
        own, proposer = addressee(notice, records)
        parts = _parts(notice, records)
        part = _part(notice, records)
        return NoticeFacts(
            key=notice.key,
            kind=notice.kind,
            recipient=notice.recipient,
            recipient_name=proposer.name if proposer else who.name or self.office,
            ref=f"{own.session}{'闭会' if own.in_recess else ''}/{own.number}",
            number=own.number,
            session=own.session,
            title=own.title,
            proposal_kind=own.kind,
            stage=records.cases[notice.case_id].stage,
            proposer_kind=proposer.kind if proposer else None,
            proposers=tuple(p.name for p in records.proposers[own.id]),
            agency=next((p.agency for p in parts if p.role is not HandlingRole.CO_HANDLER), ""),
            co_handlers=tuple(p.agency for p in parts if p.role is HandlingRole.CO_HANDLER),
            handling_role=part.role if part else None,
        )


def _parts(notice: Notice, records: Records) -> list[Row[Any]]:
    """The assignments that stand."""
    return [p for p in records.parts[notice.case_id] if p.status is not AssignmentStatus.RETURNED]


def _part(notice: Notice, records: Records) -> Row[Any] | None:
    """The recipient's own, where an agency reads it."""
    who = read_recipient(notice.recipient)
    own = (p for p in _parts(notice, records) if who.audience is Audience.AGENCY and p.agency == who.name)
    return next(own, None)


def _clock(notice: Notice, records: Records) -> Row[Any] | None:
    clocks = records.clocks[notice.case_id]
    if notice.clock_no is not None:
        return next((c for c in clocks if c.no == notice.clock_no), None)
    who = read_recipient(notice.recipient)
    parts = {p.no: p.agency for p in records.parts[notice.case_id]}
    co = any(p.agency == who.name and p.role is HandlingRole.CO_HANDLER for p in records.parts[notice.case_id])
    for kind in CLOCKS_OF.get(notice.kind, ()):
        if kind is _C.CO_OPINION and not co:
            continue
        own = [c for c in clocks if c.kind is kind and runs(c)]
        mine = [c for c in own if c.assignment_no is not None and parts.get(c.assignment_no) == who.name]
        if own:
            return (mine or own)[-1]
    return None


def _kind_today(kind: MessageKind, days_left: int | None) -> MessageKind:
    """A reminder that comes after its date (a standstill lay between) says that the date is over."""
    return _M.OVERDUE if kind is _M.REMINDER and days_left is not None and days_left < 0 else kind


def _draft(notice: Notice, records: Records) -> Row[Any] | None:
    drafts = records.drafts.get(notice.case_id) or []
    wanted = notice.facts.get("draft_no")
    return next((d for d in reversed(drafts) if wanted is None or d.no == wanted), None)


def _ask(draft: Row[Any] | None) -> str:
    """Whom the letter itself names to ask."""
    if draft is None:
        return ""
    return " ".join(word for word in (draft.contact_unit, draft.contact_person, draft.contact_phone) if word)


def _objection(part: Row[Any] | None, records: Records) -> dict[str, str]:
    """Until when this agency may ask to return the case."""
    if part is None:
        return {}
    clocks = [c for c in records.clocks[part.case_id] if c.kind is _C.OBJECTION and runs(c)]
    found = [c for c in clocks if c.assignment_no in {None, part.no}]
    return {"objection_on": found[-1].due_on.isoformat()} if found else {}


def _holder(notice: Notice, clock: Row[Any] | None, records: Records) -> dict[str, str]:
    """Who has not done what is taken higher: the deadline's own agency, or the leads."""
    if notice.kind is not _M.ESCALATION or clock is None:
        return {}
    parts = _parts(notice, records)
    own = [p.agency for p in parts if p.no == clock.assignment_no]
    leads = [p.agency for p in parts if p.role is not HandlingRole.CO_HANDLER]
    return {"agency": "、".join(leads if clock.assignment_no is None else own)}


def _text(given: Mapping[str, Any], *names: str) -> str:
    return next((str(given[name]) for name in names if given.get(name)), "")


def _date(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and value else None
