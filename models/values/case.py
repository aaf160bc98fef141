"""One case with everything a decision needs (件)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from models.values.handling import Assignment, Clock, Contact, Extension, Opinion, Pause
from models.values.reply import Draft, Feedback, Letter, Promise, ProposerView, Publication, Signature
from models.vocabulary import PromiseStatus, ProposalKind, ProposerKind, Publicity, Stage, Track


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
