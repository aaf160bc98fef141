"""The records (记录). Children of a case are addressed by the case and a number within it; see `models/values.py`.

Rows are written and read in sets by `tasks/`; rules never see them.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from models.columns import NAMES, UtcDateTime, Word
from models.vocabulary import (
    AssignmentStatus,
    Channel,
    ClockKind,
    ContactWay,
    DraftView,
    HandlingRole,
    MessageKind,
    NoticeStatus,
    PromiseStatus,
    ProposalKind,
    ProposerKind,
    PublicationMode,
    PublicationWish,
    Publicity,
    Role,
    Satisfaction,
    Stage,
    StartEvent,
    Track,
    Unit,
)

SQLModel.metadata.naming_convention = NAMES


def core(row: type[SQLModel]) -> Table:
    """The Core table behind a record class, for set-based statements."""
    return row.__table__  # type: ignore[attr-defined,no-any-return]  # SQLModel adds it to every table class


def word(kind: Any, **options: Any) -> Any:
    """A column holding one word of a vocabulary."""
    return Field(sa_type=Word(kind), **options)


def long_text(**options: Any) -> Any:
    """A column without a length."""
    return Field(sa_type=Text, **options)


class OfCase(SQLModel):
    """What every child of a case starts with."""

    case_id: int = Field(primary_key=True, foreign_key="cases.id")
    no: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


# ── 届次、单位 ───────────────────────────────────────────────────────────────────────────────────────────────────


class SessionRow(SQLModel, table=True):
    """A session of a congress or conference (届次)."""

    __tablename__ = "sessions"
    name: str = Field(primary_key=True, max_length=120)
    canonical: str = Field(max_length=120, unique=True)
    """The spelling-independent form under which a session is found."""
    track: Track = word(Track)
    pack: str = Field(max_length=60)
    opened_on: date | None = None
    """None where only a published reply tells of the session."""
    closed_on: date | None = None


class AgencyRow(SQLModel, table=True):
    """A handling agency (承办单位)."""

    __tablename__ = "agencies"
    name: str = Field(primary_key=True, max_length=120)
    full_name: str = Field(max_length=200)
    document_prefix: str | None = Field(default=None, max_length=40)
    """What its letters are numbered under, e.g. `某民函`."""
    phone: str | None = Field(default=None, max_length=60)


class AgencyContactRow(SQLModel, table=True):
    """A person at an agency who receives notices (经办人、分管领导)."""

    __tablename__ = "agency_contacts"
    id: int | None = Field(default=None, primary_key=True)
    agency: str = Field(foreign_key="agencies.name", index=True, max_length=120)
    role: str = Field(default="经办人", max_length=40)
    name: str = Field(max_length=60)
    email: str | None = Field(default=None, max_length=200)
    phone: str | None = Field(default=None, max_length=60)


class SubstitutionRow(SQLModel, table=True):
    """Who signs for an approver who is away (代签); taken back by `ended_on`, never removed."""

    __tablename__ = "substitutions"
    no: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    agency: str = Field(foreign_key="agencies.name", max_length=120)
    level: str = Field(max_length=60)
    absent: str = Field(max_length=100)
    substitute: str = Field(max_length=100)
    from_on: date
    until_on: date
    reason: str = Field(max_length=300)
    recorded_by: str = Field(max_length=100)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    ended_on: date | None = None
    ended_by: str | None = Field(default=None, max_length=100)


# ── 建议提案 ─────────────────────────────────────────────────────────────────────────────────────────────────────


class CaseRow(SQLModel, table=True):
    """One proposal being handled (建议、提案)."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("session", "in_recess", "number"),
        Index("ix_cases_number", "number"),
        Index("ix_cases_stage", "stage"),
        Index("ix_cases_merged_into", "merged_into"),
    )
    id: int | None = Field(default=None, primary_key=True)
    session: str = Field(foreign_key="sessions.name", max_length=120)
    number: str = Field(max_length=60)
    number_key: str = Field(max_length=120)
    """Sorts numbers as people do."""
    kind: ProposalKind = word(ProposalKind)
    track: Track = word(Track)
    pack: str = Field(max_length=60)
    title: str = Field(max_length=300)
    category: str | None = Field(default=None, max_length=300)
    in_recess: bool = False
    session_closed_on: date | None = None
    stage: Stage = word(Stage)
    publicity: Publicity = word(Publicity)
    round: int = 0
    received_on: date
    filed_on: date | None = None
    replied_on: date | None = None
    merged_into: int | None = Field(default=None, foreign_key="cases.id")
    destination: str | None = Field(default=None, max_length=300)
    reason: str | None = Field(default=None, max_length=300)
    asked_on: date | None = None
    history_length: int = 0
    history_hash: str = Field(default="", max_length=64)


class ProposalTextRow(SQLModel, table=True):
    """A version of the proposal's text (正文); supplements add one."""

    __tablename__ = "proposal_texts"
    case_id: int = Field(primary_key=True, foreign_key="cases.id")
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    text: str = long_text()
    asks: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    suggested_agencies: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class ProposerRow(OfCase, table=True):
    """One proposer (提案人)."""

    __tablename__ = "proposers"
    name: str = Field(max_length=300, index=True)
    kind: ProposerKind = word(ProposerKind)
    is_lead: bool


class ProposerContactRow(OfCase, table=True):
    """How to reach a proposer. Apart from `proposers`, so that nothing that prints names can print it."""

    __tablename__ = "proposer_contacts"
    __table_args__ = (ForeignKeyConstraint(["case_id", "no"], ["proposers.case_id", "proposers.no"]),)
    phone: str | None = Field(default=None, max_length=60)
    email: str | None = Field(default=None, max_length=200)
    address: str | None = Field(default=None, max_length=300)


class AssignmentRow(OfCase, table=True):
    """One agency's part (承办)."""

    __tablename__ = "assignments"
    __table_args__ = (Index("ix_assignments_agency_status", "agency", "status"),)
    agency: str = Field(foreign_key="agencies.name", max_length=120)
    role: HandlingRole = word(HandlingRole)
    status: AssignmentStatus = word(AssignmentStatus)
    assigned_on: date
    signed_on: date | None = None
    closed_on: date | None = None
    reason: str | None = Field(default=None, max_length=300)
    suggested_agency: str | None = Field(default=None, max_length=300)


class ClockRow(OfCase, table=True):
    """One deadline (时限); derived, and re-derivable from the other columns, pauses and extensions."""

    __tablename__ = "clocks"
    __table_args__ = (Index("ix_clocks_next_rung_on", "next_rung_on"),)
    kind: ClockKind = word(ClockKind)
    assignment_no: int | None = None
    rule: str = Field(max_length=120)
    start_event: StartEvent = word(StartEvent)
    started_on: date
    due_on: date
    original_on: date
    provisional: bool = False
    stopped_on: date | None = None
    superseded: bool = False
    next_rung_on: date | None = None


class PauseRow(OfCase, table=True):
    """A span in which a clock stood still."""

    __tablename__ = "pauses"
    __table_args__ = (CheckConstraint("until_on IS NULL OR until_on >= from_on", name="order"),)
    clock_no: int
    from_on: date
    until_on: date | None = None
    reason: str = Field(max_length=300)


class ExtensionRow(OfCase, table=True):
    """More time asked for (延期)."""

    __tablename__ = "extensions"
    __table_args__ = (CheckConstraint("length > 0", name="length"),)
    clock_no: int
    asked_on: date
    length: int
    unit: Unit = word(Unit)
    reason: str = Field(max_length=300)
    granted_on: date | None = None
    consented_by: str | None = Field(default=None, max_length=300)
    refused_on: date | None = None


class ContactRow(OfCase, table=True):
    """One talk with the proposer (沟通记录)."""

    __tablename__ = "contacts"
    on: date
    way: ContactWay | None = word(ContactWay, nullable=True, default=None)
    by_name: str = Field(max_length=300)
    with_name: str = Field(max_length=300)
    voided_on: date | None = None
    said: str | None = long_text(default=None)


class OpinionRow(OfCase, table=True):
    """One co-handler's opinion (会办意见)."""

    __tablename__ = "opinions"
    assignment_no: int
    given_on: date
    late: bool = False
    sent_back_on: date | None = None
    text: str | None = long_text(default=None)
    document_number: str | None = Field(default=None, max_length=300)


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


# ── 历史、防重、通知 ──────────────────────────────────────────────────────────────────────────────────────────────


class HistoryRow(SQLModel, table=True):
    """What was recorded (办理记录): append-only, each entry carrying the hash of the one before it."""

    __tablename__ = "history"
    case_id: int = Field(primary_key=True, foreign_key="cases.id")
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    action: str = Field(max_length=40)
    role: Role = word(Role)
    name: str = Field(max_length=300)
    agency: str | None = Field(default=None, max_length=120)
    channel: Channel = word(Channel)
    at: datetime = Field(sa_type=UtcDateTime)
    on: date
    from_stage: Stage | None = word(Stage, nullable=True, default=None)
    to_stage: Stage = word(Stage)
    summary: str = long_text()
    payload: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class IdempotencyKeyRow(SQLModel, table=True):
    """An action's key and where it was recorded (防重标识)."""

    __tablename__ = "idempotency_keys"
    key: str = Field(primary_key=True, max_length=200)
    case_id: int = Field(foreign_key="cases.id")
    seq: int


class NoticeRow(SQLModel, table=True):
    """One message to one recipient (通知), unique by its key, carried out later."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_status_not_before_at", "status", "not_before_at"),
        Index("ix_notices_case_id", "case_id"),
        Index("ix_notices_recipient_status", "recipient", "status"),
    )
    key: str = Field(primary_key=True, max_length=200)
    """What makes it unique: `<case>:<entry>:<kind>:<recipient>`, or case, clock, rung and recipient for a reminder."""
    case_id: int = Field(foreign_key="cases.id")
    kind: MessageKind = word(MessageKind)
    recipient: str = Field(max_length=160)
    """`单位:<agency>`, `提案人:<case id>.<no>` or `督办`."""
    facts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    clock_no: int | None = None
    valid_until_seq: int | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    not_before_at: datetime = Field(sa_type=UtcDateTime)
    status: NoticeStatus = word(NoticeStatus)
    claimed_by: str | None = Field(default=None, max_length=80)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime, nullable=True)
    attempts: int = 0
    handed_over_at: datetime | None = Field(default=None, sa_type=UtcDateTime, nullable=True)
    """Set right before the channel gets it, cleared with its answer: found after a crash, it may have arrived."""
    doubts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Tries after which it may have arrived without our knowing."""
    interruptions: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Times it was in hand when its deliverer died before any channel had it, or one in which a repeat is harmless."""
    message_id: str | None = Field(default=None, max_length=64)
    """The message it is in right now in a channel where a repeat takes the place of the first; cleared with the answer."""
    channel: str | None = Field(default=None, max_length=40)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime, nullable=True)
    error: str | None = long_text(default=None)


class BounceRow(SQLModel, table=True):
    """A mail a server refused for good (退信), by address; a dead one gets nothing until somebody clears it."""

    __tablename__ = "bounces"
    address: str = Field(primary_key=True, max_length=200)
    """In small letters."""
    recipient: str = Field(index=True, max_length=160)
    """For whom it was used last."""
    case_id: int = Field(foreign_key="cases.id")
    code: int
    said: str = long_text()
    """The server's own words."""
    dead: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    """Whether the address is at fault; else what was sent to it, and the address stays in use."""
    bounced_at: datetime = Field(sa_type=UtcDateTime)
    times: int = 1
    cleared_at: datetime | None = Field(default=None, sa_type=UtcDateTime, nullable=True)


class ActionLinkRow(SQLModel, table=True):
    """A link that lets its holder do one action on one case version (办理链接); only the token's hash is kept."""

    __tablename__ = "action_links"
    token_sha256: str = Field(primary_key=True, max_length=64)
    case_id: int = Field(foreign_key="cases.id", index=True)
    action: str = Field(max_length=40)
    role: Role = word(Role)
    name: str = Field(max_length=300)
    agency: str | None = Field(default=None, max_length=120)
    notice_key: str | None = Field(default=None, max_length=200)
    stage: Stage = word(Stage)
    """The stage it was made for; the link is stale once the case has left it."""
    made_at_entry: int = 0
    """The history's length when it was made, so that its holder can be told what happened since."""
    expires_on: date
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime, nullable=True)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime, nullable=True)
    """When the office sent another in its place."""


class PostRow(SQLModel, table=True):
    """An action sent from a page, answered in the transaction that made it durable (提交)."""

    __tablename__ = "posts"
    __table_args__ = (Index("ix_posts_run_at", "run_at"), Index("ix_posts_token", "token_sha256", "received_at"))
    key: str = Field(primary_key=True, max_length=200)
    token_sha256: str = Field(max_length=64)
    action: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    received_at: datetime = Field(sa_type=UtcDateTime)
    address: str | None = Field(default=None, max_length=60)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime, nullable=True)
    """When the rules answered."""
    outcome: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    run_at: datetime | None = Field(default=None, sa_type=UtcDateTime, nullable=True)
    """When its flow run, which carries out what follows, had ended; at once for what was refused."""


class AttemptRow(SQLModel, table=True):
    """Something a page turned away: a guessed link, a form that is not ours (被拒的尝试). It never holds a token."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_address_at", "address", "at"), Index("ix_attempts_at", "at"))
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    address: str = Field(max_length=60)
    what: str = Field(max_length=40)
    token_hint: str = Field(default="", max_length=8)
    """The first digits of the token's hash: enough to tell repeats from a search, useless to whoever reads it."""
