"""What the rules work on: one case with everything a decision needs, frozen.

Each collection mirrors a table of the same name (`models/tables.py`), column by column; long texts are `None` when
they were not loaded, because no rule needs them. Everything inside a case is addressed by a number counted within
that case and collection (`no`), so rules can create records without asking anybody for an id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from models.vocabulary import (
    AssignmentStatus,
    ClockKind,
    ContactWay,
    DraftView,
    HandlingRole,
    PromiseStatus,
    ProposalKind,
    ProposerKind,
    PublicationMode,
    PublicationWish,
    Publicity,
    Satisfaction,
    Stage,
    StartEvent,
    Track,
    Unit,
)


@dataclass(frozen=True)
class Proposer:
    """One who proposes (提案人, 领衔或联名). Contact data are not part of what rules see."""

    no: int
    name: str
    kind: ProposerKind
    is_lead: bool


@dataclass(frozen=True)
class Addressee:
    """One who is owed a letter: a proposer of this case or of one merged into it, under his own number."""

    case_id: int
    number: str
    title: str
    proposer: Proposer

    @property
    def key(self) -> str:
        """Names this addressee within the case: `<case id>.<proposer no>`."""
        return f"{self.case_id}.{self.proposer.no}"


@dataclass(frozen=True)
class Assignment:
    """One agency's part in the case (承办)."""

    no: int
    agency: str
    role: HandlingRole
    status: AssignmentStatus
    assigned_on: date
    signed_on: date | None = None
    closed_on: date | None = None
    reason: str | None = None
    suggested_agency: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether the agency still holds this part."""
        return self.status is not AssignmentStatus.RETURNED

    @property
    def leads(self) -> bool:
        """Whether this part owes the reply (主办、独办、分办)."""
        return self.role is not HandlingRole.CO_HANDLER


@dataclass(frozen=True)
class Clock:
    """One deadline (时限). `due_on` is the last permitted day, inclusive."""

    no: int
    kind: ClockKind
    assignment_no: int | None
    rule: str
    start_event: StartEvent
    started_on: date
    due_on: date
    original_on: date
    provisional: bool
    stopped_on: date | None = None
    superseded: bool = False
    next_rung_on: date | None = None

    @property
    def runs(self) -> bool:
        """Whether it still counts."""
        return self.stopped_on is None and not self.superseded


@dataclass(frozen=True)
class Pause:
    """A span in which one clock stood still: `from_on` excluded, `until_on` included; open while that is None."""

    no: int
    clock_no: int
    from_on: date
    until_on: date | None
    reason: str


@dataclass(frozen=True)
class Extension:
    """More time asked for one clock (延期), granted or not."""

    no: int
    clock_no: int
    asked_on: date
    length: int
    unit: Unit
    reason: str
    granted_on: date | None = None
    consented_by: str | None = None
    refused_on: date | None = None

    @property
    def is_open(self) -> bool:
        """Whether the office has yet to answer."""
        return self.granted_on is None and self.refused_on is None


@dataclass(frozen=True)
class Contact:
    """One talk with the proposer (沟通记录)."""

    no: int
    on: date
    way: ContactWay | None
    """None where the proposer waived a meeting."""
    by_name: str
    with_name: str
    voided_on: date | None = None
    """Since when it no longer counts; its agency took it back."""
    said: str | None = None


@dataclass(frozen=True)
class Opinion:
    """One co-handler's opinion (会办意见)."""

    no: int
    assignment_no: int
    given_on: date
    late: bool
    sent_back_on: date | None = None
    text: str | None = None
    document_number: str | None = None


@dataclass(frozen=True)
class Draft:
    """One version of the reply (答复稿). The hash covers what a signature covers."""

    no: int
    assignment_no: int
    drafted_on: date
    sha256: str
    result_class: str | None
    document_number: str | None
    round: int
    contact_unit: str | None = None
    contact_person: str | None = None
    contact_phone: str | None = None
    contact_postcode: str | None = None
    view: DraftView = DraftView.NOT_ASKED
    """Whether proposers read it before it is signed, by the rules of the day it was drafted."""
    heading: str | None = None
    """The letter's title where it is not the place's usual one."""
    answers: str | None = None
    """Which paragraphs answer which ask, as the drafter says; see `models.answers`."""
    text: str | None = None


@dataclass(frozen=True)
class Signature:
    """One signature under one version (会签、审签); void once the text it covers has changed."""

    no: int
    draft_no: int
    sha256: str
    level: str
    """The name of the approval level, or `会签` for a co-handler, or `预审` for the office."""
    agency: str | None
    name: str
    signed_on: date
    remark: str | None = None
    voided_on: date | None = None
    absent: str | None = None
    """For whom it was given (代签), where its signer is a substitute."""
    stands_from_on: date | None = None
    """The days within which the substitute might sign, both inclusive."""
    stands_until_on: date | None = None

    @property
    def who(self) -> str:
        """The signer; a substitute with the one he signs for."""
        return f"{self.absent}（{self.name}代签）" if self.absent else self.name


@dataclass(frozen=True)
class Substitution:
    """One approver's absence and who signs meanwhile (代签); both days are inclusive."""

    no: int
    agency: str
    level: str
    """The approval level, or `会签` for a co-handler's signature."""
    absent: str
    substitute: str
    from_on: date
    until_on: date
    reason: str
    ended_on: date | None = None
    """Since when it no longer counts, that day included; somebody took it back."""

    @property
    def span(self) -> str:
        """From when to when, in words."""
        return f"{self.from_on}至{self.until_on}"

    def covers(self, day: date) -> bool:
        """Whether a signature of that day counts."""
        return self.from_on <= day <= self.until_on and (self.ended_on is None or day < self.ended_on)


@dataclass(frozen=True)
class Letter:
    """The signed reply to one addressee (答复函)."""

    no: int
    addressee: str
    draft_no: int
    sha256: str
    number: str
    name: str
    sent_on: date
    document_number: str | None
    result_class: str | None
    dated_on: date | None = None
    """The date under the letter (成文日期); None where the original's is unreadable."""
    date_note: str | None = None
    """What the original says instead of a readable date."""


@dataclass(frozen=True)
class Feedback:
    """What one addressee says, or that he said nothing (反馈意见)."""

    no: int
    addressee: str
    round: int
    attitude: Satisfaction
    result: Satisfaction
    given_on: date
    wish: PublicationWish = PublicationWish.UNSAID
    released_on: date | None = None
    reasons: str | None = None


@dataclass(frozen=True)
class ProposerView:
    """What one addressee thinks of a version of the reply before it is signed (对答复稿的意见); no feedback."""

    no: int
    draft_no: int
    addressee: str
    name: str
    agrees: bool
    given_on: date
    text: str | None = None


@dataclass(frozen=True)
class Publication:
    """One decision about publication and what came of it (公开)."""

    no: int
    mode: PublicationMode
    decided_on: date
    reviewer: str
    reason: str | None = None
    summary: str | None = None
    readable: str | None = None
    """What the reviewer leaves readable of what would be hidden, one a line; see `models.masking.Masking`."""
    hidden: str | None = None
    """What he hides besides, one a line."""
    published_on: date | None = None
    path: str | None = None
    page_sha256: str | None = None
    taken_down_on: date | None = None
    note: str | None = None
    corrected_on: date | None = None
    """Since when the page says what a corrected or a newer reply says."""
    correction_note: str | None = None
    """What was corrected, for the public; set with the letter, before the page follows."""


@dataclass(frozen=True)
class Promise:
    """What a reply promised (承诺事项): by when, on what condition, by whom."""

    no: int
    text: str
    due_on: date | None
    agency: str
    status: PromiseStatus
    condition: str | None = None
    reported_on: date | None = None
    file_name: str | None = None
    """What the file was called that proves it, kept under `file_sha256`."""
    file_sha256: str | None = None
    evidence: str | None = None
    draft_no: int = 0
    """The newest version of the reply that gives it; in force once that version was sent."""


@dataclass(frozen=True)
class Case:
    """One proposal being handled, with what decisions need.

    Collections have no default on the class: a case that was read in part must not answer with nothing.
    """

    id: int
    session: str
    number: str
    kind: ProposalKind
    track: Track
    pack: str
    title: str
    in_recess: bool
    session_closed_on: date | None
    stage: Stage
    publicity: Publicity
    round: int
    received_on: date
    filed_on: date | None = None
    replied_on: date | None = None
    merged_into: int | None = None
    destination: str | None = None
    reason: str | None = None
    asked_on: date | None = None
    """Since when the proposer owes a clarification; None when he owes none."""
    history_length: int = 0
    history_hash: str = ""
    proposers: tuple[Proposer, ...] = field(default_factory=tuple)
    merged: tuple[Case, ...] = field(default_factory=tuple)
    assignments: tuple[Assignment, ...] = field(default_factory=tuple)
    clocks: tuple[Clock, ...] = field(default_factory=tuple)
    pauses: tuple[Pause, ...] = field(default_factory=tuple)
    extensions: tuple[Extension, ...] = field(default_factory=tuple)
    contacts: tuple[Contact, ...] = field(default_factory=tuple)
    opinions: tuple[Opinion, ...] = field(default_factory=tuple)
    drafts: tuple[Draft, ...] = field(default_factory=tuple)
    signatures: tuple[Signature, ...] = field(default_factory=tuple)
    letters: tuple[Letter, ...] = field(default_factory=tuple)
    feedback: tuple[Feedback, ...] = field(default_factory=tuple)
    publications: tuple[Publication, ...] = field(default_factory=tuple)
    promises: tuple[Promise, ...] = field(default_factory=tuple)
    proposer_views: tuple[ProposerView, ...] = field(default_factory=tuple)

    @property
    def ref(self) -> str:
        """The case as people name it: session and number, e.g. `市政协六届二次会议/2023128`."""
        return case_ref(self.session, self.number, in_recess=self.in_recess)

    @property
    def addressees(self) -> tuple[Addressee, ...]:
        """Everyone owed a letter: own proposers first, then those of merged cases."""
        return tuple(
            Addressee(case_id=case.id, number=case.number, title=case.title, proposer=proposer)
            for case in (self, *self.merged)
            for proposer in case.proposers
        )

    @property
    def open_assignments(self) -> tuple[Assignment, ...]:
        """Parts still held by an agency."""
        return tuple([part for part in self.assignments if part.is_open])

    @property
    def lead(self) -> Assignment | None:
        """The part that owes the reply; the first of several in 分办."""
        return next((part for part in self.open_assignments if part.leads), None)

    @property
    def co_handlers(self) -> tuple[Assignment, ...]:
        """Open parts that owe an opinion."""
        return tuple([part for part in self.open_assignments if not part.leads])

    @property
    def talks(self) -> tuple[Contact, ...]:
        """Talks and waivers that count: not taken back."""
        return tuple(one for one in self.contacts if one.voided_on is None)

    @property
    def draft(self) -> Draft | None:
        """The newest version of the reply."""
        return self.drafts[-1] if self.drafts else None

    @property
    def promised(self) -> tuple[Promise, ...]:
        """The promises in force: of versions that were sent; one given again counts as the newest letter has it."""
        sent = {letter.draft_no for letter in self.letters}
        newest = {one.text: one for one in self.promises if one.draft_no in sent}
        return tuple(newest.values())

    @property
    def open_promises(self) -> tuple[Promise, ...]:
        """Promises in force that are neither kept nor given up."""
        return tuple(one for one in self.promised if one.status is PromiseStatus.OPEN)

    @property
    def open_extension(self) -> Extension | None:
        """More time that was asked for a running clock and not decided yet."""
        running = {clock.no for clock in self.clocks if clock.runs}
        return next((one for one in self.extensions if one.is_open and one.clock_no in running), None)

    @property
    def valid_signatures(self) -> tuple[Signature, ...]:
        """Signatures that cover the newest version."""
        if not self.drafts or not self.signatures:
            return ()
        newest = self.drafts[-1].no
        return tuple([one for one in self.signatures if one.draft_no == newest and one.voided_on is None])


def case_ref(session: str, number: str, *, in_recess: bool) -> str:
    """`<session>/<number>`, with 闭会 between them for a proposal made in recess."""
    return f"{session}{'闭会' if in_recess else ''}/{number}"
