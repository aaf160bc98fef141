"""The reply and what follows from it, within a case (答复、反馈、公开、承诺)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.vocabulary import DraftView, PromiseStatus, PublicationMode, PublicationWish, Satisfaction


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
