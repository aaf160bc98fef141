"""答复、反馈、公开、承诺: the reply and what follows from it."""

from datetime import date

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from models.tables.fields import OfCase, long_text, word
from models.vocabulary import DraftView, PromiseStatus, PublicationMode, PublicationWish, Satisfaction


class DraftRow(OfCase, table=True):
    """One version of the reply (答复稿)."""

    __tablename__ = "drafts"
    assignment_no: int
    drafted_on: date
    sha256: str = Field(max_length=64)
    result_class: str | None = Field(default=None, max_length=300)
    document_number: str | None = Field(default=None, max_length=300)
    round: int = 0
    contact_unit: str | None = Field(default=None, max_length=300)
    contact_person: str | None = Field(default=None, max_length=300)
    contact_phone: str | None = Field(default=None, max_length=300)
    contact_postcode: str | None = Field(default=None, max_length=20)
    view: DraftView = word(DraftView, default=DraftView.NOT_ASKED)
    heading: str | None = Field(default=None, max_length=300)
    answers: str | None = long_text(default=None)
    text: str | None = long_text(default=None)


class SignatureRow(OfCase, table=True):
    """One signature under one version (会签、审签)."""

    __tablename__ = "signatures"
    draft_no: int
    sha256: str = Field(max_length=64)
    level: str = Field(max_length=60)
    agency: str | None = Field(default=None, max_length=120)
    name: str = Field(max_length=300)
    signed_on: date
    remark: str | None = long_text(default=None)
    voided_on: date | None = None
    absent: str | None = Field(default=None, max_length=300)
    stands_from_on: date | None = None
    stands_until_on: date | None = None


class LetterRow(OfCase, table=True):
    """The signed reply to one addressee (答复函)."""

    __tablename__ = "letters"
    addressee: str = Field(max_length=40)
    draft_no: int
    sha256: str = Field(max_length=64)
    number: str = Field(max_length=60)
    name: str = Field(max_length=300)
    sent_on: date
    document_number: str | None = Field(default=None, max_length=300)
    result_class: str | None = Field(default=None, max_length=300)
    dated_on: date | None = None
    date_note: str | None = Field(default=None, max_length=300)


class ReplySentenceRow(SQLModel, table=True):
    """A sentence of a reply that was sent, as its hash; derived from the versions, and to be derived again."""

    __tablename__ = "reply_sentences"
    hash: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    """63 bits; the negative number of a version says that it was taken in."""
    case_id: int = Field(primary_key=True, foreign_key="cases.id")


class FeedbackRow(OfCase, table=True):
    """What one addressee says (反馈意见)."""

    __tablename__ = "feedback"
    addressee: str = Field(max_length=40)
    round: int = 0
    attitude: Satisfaction = word(Satisfaction)
    result: Satisfaction = word(Satisfaction)
    given_on: date
    wish: PublicationWish = word(PublicationWish)
    released_on: date | None = None
    reasons: str | None = long_text(default=None)


class PublicationRow(OfCase, table=True):
    """One decision about publication and what came of it (公开)."""

    __tablename__ = "publications"
    mode: PublicationMode = word(PublicationMode)
    decided_on: date
    reviewer: str = Field(max_length=300)
    reason: str | None = long_text(default=None)
    summary: str | None = long_text(default=None)
    readable: str | None = long_text(default=None)
    hidden: str | None = long_text(default=None)
    published_on: date | None = None
    path: str | None = Field(default=None, max_length=300)
    page_sha256: str | None = Field(default=None, max_length=64)
    taken_down_on: date | None = None
    note: str | None = Field(default=None, max_length=300)
    corrected_on: date | None = None
    correction_note: str | None = Field(default=None, max_length=300)


class PromiseRow(OfCase, table=True):
    """What a reply promised (承诺事项)."""

    __tablename__ = "promises"
    __table_args__ = (Index("ix_promises_due_on", "due_on"),)
    text: str = Field(max_length=300)
    due_on: date | None = None
    agency: str = Field(max_length=120)
    status: PromiseStatus = word(PromiseStatus)
    condition: str | None = Field(default=None, max_length=300)
    reported_on: date | None = None
    file_name: str | None = Field(default=None, max_length=300)
    file_sha256: str | None = Field(default=None, max_length=64)
    evidence: str | None = long_text(default=None)
    draft_no: int = 0


class ProposerViewRow(OfCase, table=True):
    """What one addressee thinks of a draft (对答复稿的意见)."""

    __tablename__ = "proposer_views"
    draft_no: int
    addressee: str = Field(max_length=40)
    name: str = Field(max_length=300)
    agrees: bool
    given_on: date
    text: str | None = long_text(default=None)
