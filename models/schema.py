"""The tables as statements use them (表结构). Made by docs/generate.py: change models/tables/ and run `make docs`."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from models.columns import NAMES, UtcDateTime, Word
from models.notice_vocabulary import MessageKind, NoticeStatus
from models.vocabulary import (
    AssignmentStatus,
    Channel,
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
    Role,
    Satisfaction,
    Stage,
    StartEvent,
    Track,
    Unit,
)

METADATA = MetaData(naming_convention=NAMES)

AGENCIES = Table(
    "agencies",
    METADATA,
    Column("name", String(120), primary_key=True),
    Column("full_name", String(200), nullable=False),
    Column("document_prefix", String(40)),
    Column("phone", String(60)),
)

ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("address", String(60), nullable=False),
    Column("what", String(40), nullable=False),
    Column("token_hint", String(8), nullable=False, default=""),
    Index("ix_attempts_address_at", "address", "at"),
    Index("ix_attempts_at", "at"),
)

POSTS = Table(
    "posts",
    METADATA,
    Column("key", String(200), primary_key=True),
    Column("token_sha256", String(64), nullable=False),
    Column("action", JSON, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("address", String(60)),
    Column("done_at", UtcDateTime),
    Column("outcome", JSON),
    Column("run_at", UtcDateTime),
    Index("ix_posts_run_at", "run_at"),
    Index("ix_posts_token", "token_sha256", "received_at"),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("name", String(120), primary_key=True),
    Column("canonical", String(120), nullable=False),
    Column("track", Word(Track), nullable=False),
    Column("pack", String(60), nullable=False),
    Column("opened_on", Date),
    Column("closed_on", Date),
    UniqueConstraint("canonical"),
)

AGENCY_CONTACTS = Table(
    "agency_contacts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("agency", String(120), ForeignKey("agencies.name"), nullable=False),
    Column("role", String(40), nullable=False, default="经办人"),
    Column("name", String(60), nullable=False),
    Column("email", String(200)),
    Column("phone", String(60)),
    Index("ix_agency_contacts_agency", "agency"),
)

CASES = Table(
    "cases",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("session", String(120), ForeignKey("sessions.name"), nullable=False),
    Column("number", String(60), nullable=False),
    Column("number_key", String(120), nullable=False),
    Column("kind", Word(ProposalKind), nullable=False),
    Column("track", Word(Track), nullable=False),
    Column("pack", String(60), nullable=False),
    Column("title", String(300), nullable=False),
    Column("category", String(300)),
    Column("in_recess", Boolean, nullable=False, default=False),
    Column("session_closed_on", Date),
    Column("stage", Word(Stage), nullable=False),
    Column("publicity", Word(Publicity), nullable=False),
    Column("round", Integer, nullable=False, default=0),
    Column("received_on", Date, nullable=False),
    Column("filed_on", Date),
    Column("replied_on", Date),
    Column("merged_into", Integer, ForeignKey("cases.id")),
    Column("destination", String(300)),
    Column("reason", String(300)),
    Column("asked_on", Date),
    Column("history_length", Integer, nullable=False, default=0),
    Column("history_hash", String(64), nullable=False, default=""),
    UniqueConstraint("session", "in_recess", "number"),
    Index("ix_cases_merged_into", "merged_into"),
    Index("ix_cases_number", "number"),
    Index("ix_cases_stage", "stage"),
)

SUBSTITUTIONS = Table(
    "substitutions",
    METADATA,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("agency", String(120), ForeignKey("agencies.name"), nullable=False),
    Column("level", String(60), nullable=False),
    Column("absent", String(100), nullable=False),
    Column("substitute", String(100), nullable=False),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False),
    Column("reason", String(300), nullable=False),
    Column("recorded_by", String(100), nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("ended_on", Date),
    Column("ended_by", String(100)),
)

ACTION_LINKS = Table(
    "action_links",
    METADATA,
    Column("token_sha256", String(64), primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id"), nullable=False),
    Column("action", String(40), nullable=False),
    Column("role", Word(Role), nullable=False),
    Column("name", String(300), nullable=False),
    Column("agency", String(120)),
    Column("notice_key", String(200)),
    Column("stage", Word(Stage), nullable=False),
    Column("made_at_entry", Integer, nullable=False, default=0),
    Column("expires_on", Date, nullable=False),
    Column("used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Index("ix_action_links_case_id", "case_id"),
)

ASSIGNMENTS = Table(
    "assignments",
    METADATA,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("agency", String(120), ForeignKey("agencies.name"), nullable=False),
    Column("role", Word(HandlingRole), nullable=False),
    Column("status", Word(AssignmentStatus), nullable=False),
    Column("assigned_on", Date, nullable=False),
    Column("signed_on", Date),
    Column("closed_on", Date),
    Column("reason", String(300)),
    Column("suggested_agency", String(300)),
    Index("ix_assignments_agency_status", "agency", "status"),
)

BOUNCES = Table(
    "bounces",
    METADATA,
    Column("address", String(200), primary_key=True),
    Column("recipient", String(160), nullable=False),
    Column("case_id", Integer, ForeignKey("cases.id"), nullable=False),
    Column("code", Integer, nullable=False),
    Column("said", Text, nullable=False),
    Column("dead", Boolean, nullable=False, default=True, server_default=text("true")),
    Column("bounced_at", UtcDateTime, nullable=False),
    Column("times", Integer, nullable=False, default=1),
    Column("cleared_at", UtcDateTime),
    Index("ix_bounces_recipient", "recipient"),
)

CLOCKS = Table(
    "clocks",
    METADATA,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("kind", Word(ClockKind), nullable=False),
    Column("assignment_no", Integer),
    Column("rule", String(120), nullable=False),
    Column("start_event", Word(StartEvent), nullable=False),
    Column("started_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("original_on", Date, nullable=False),
    Column("provisional", Boolean, nullable=False, default=False),
    Column("stopped_on", Date),
    Column("superseded", Boolean, nullable=False, default=False),
    Column("next_rung_on", Date),
    Index("ix_clocks_next_rung_on", "next_rung_on"),
)

CONTACTS = Table(
    "contacts",
    METADATA,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("on", Date, nullable=False),
    Column("way", Word(ContactWay)),
    Column("by_name", String(300), nullable=False),
    Column("with_name", String(300), nullable=False),
    Column("voided_on", Date),
    Column("said", Text),
)

DRAFTS = Table(
    "drafts",
    METADATA,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("assignment_no", Integer, nullable=False),
    Column("drafted_on", Date, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("result_class", String(300)),
    Column("document_number", String(300)),
    Column("round", Integer, nullable=False, default=0),
    Column("contact_unit", String(300)),
    Column("contact_person", String(300)),
    Column("contact_phone", String(300)),
    Column("contact_postcode", String(20)),
    Column("view", Word(DraftView), nullable=False, default=DraftView.NOT_ASKED),
    Column("heading", String(300)),
    Column("answers", Text),
    Column("text", Text),
)

EXTENSIONS = Table(
    "extensions",
    METADATA,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("clock_no", Integer, nullable=False),
    Column("asked_on", Date, nullable=False),
    Column("length", Integer, nullable=False),
    Column("unit", Word(Unit), nullable=False),
    Column("reason", String(300), nullable=False),
    Column("granted_on", Date),
    Column("consented_by", String(300)),
    Column("refused_on", Date),
    CheckConstraint("length > 0", name="length"),
)

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("addressee", String(40), nullable=False),
    Column("round", Integer, nullable=False, default=0),
    Column("attitude", Word(Satisfaction), nullable=False),
    Column("result", Word(Satisfaction), nullable=False),
    Column("given_on", Date, nullable=False),
    Column("wish", Word(PublicationWish), nullable=False),
    Column("released_on", Date),
    Column("reasons", Text),
)

HISTORY = Table(
    "history",
    METADATA,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("action", String(40), nullable=False),
    Column("role", Word(Role), nullable=False),
    Column("name", String(300), nullable=False),
    Column("agency", String(120)),
    Column("channel", Word(Channel), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("on", Date, nullable=False),
    Column("from_stage", Word(Stage)),
    Column("to_stage", Word(Stage), nullable=False),
    Column("summary", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

IDEMPOTENCY_KEYS = Table(
    "idempotency_keys",
    METADATA,
    Column("key", String(200), primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id"), nullable=False),
    Column("seq", Integer, nullable=False),
)

LETTERS = Table(
    "letters",
    METADATA,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("addressee", String(40), nullable=False),
    Column("draft_no", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("number", String(60), nullable=False),
    Column("name", String(300), nullable=False),
    Column("sent_on", Date, nullable=False),
    Column("document_number", String(300)),
    Column("result_class", String(300)),
    Column("dated_on", Date),
    Column("date_note", String(300)),
)

NOTICES = Table(
    "notices",
    METADATA,
    Column("key", String(200), primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id"), nullable=False),
    Column("kind", Word(MessageKind), nullable=False),
    Column("recipient", String(160), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("clock_no", Integer),
    Column("valid_until_seq", Integer),
    Column("created_at", UtcDateTime, nullable=False),
    Column("not_before_at", UtcDateTime, nullable=False),
    Column("status", Word(NoticeStatus), nullable=False),
    Column("claimed_by", String(80)),
    Column("claimed_until", UtcDateTime),
    Column("attempts", Integer, nullable=False, default=0),
    Column("handed_over_at", UtcDateTime),
    Column("doubts", Integer, nullable=False, default=0, server_default="0"),
    Column("interruptions", Integer, nullable=False, default=0, server_default="0"),
    Column("message_id", String(64)),
    Column("channel", String(40)),
    Column("sent_at", UtcDateTime),
    Column("error", Text),
    Index("ix_notices_case_id", "case_id"),
    Index("ix_notices_recipient_status", "recipient", "status"),
    Index("ix_notices_status_not_before_at", "status", "not_before_at"),
)

OPINIONS = Table(
    "opinions",
    METADATA,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("assignment_no", Integer, nullable=False),
    Column("given_on", Date, nullable=False),
    Column("late", Boolean, nullable=False, default=False),
    Column("sent_back_on", Date),
    Column("text", Text),
    Column("document_number", String(300)),
)

PAUSES = Table(
    "pauses",
    METADATA,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("clock_no", Integer, nullable=False),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date),
    Column("reason", String(300), nullable=False),
    CheckConstraint("until_on IS NULL OR until_on >= from_on", name="order"),
)

PROMISES = Table(
    "promises",
    METADATA,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("text", String(300), nullable=False),
    Column("due_on", Date),
    Column("agency", String(120), nullable=False),
    Column("status", Word(PromiseStatus), nullable=False),
    Column("condition", String(300)),
    Column("reported_on", Date),
    Column("file_name", String(300)),
    Column("file_sha256", String(64)),
    Column("evidence", Text),
    Column("draft_no", Integer, nullable=False, default=0),
    Index("ix_promises_due_on", "due_on"),
)

PROPOSAL_TEXTS = Table(
    "proposal_texts",
    METADATA,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("asks", JSON, nullable=False),
    Column("suggested_agencies", JSON, nullable=False),
)

PROPOSER_VIEWS = Table(
    "proposer_views",
    METADATA,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("draft_no", Integer, nullable=False),
    Column("addressee", String(40), nullable=False),
    Column("name", String(300), nullable=False),
    Column("agrees", Boolean, nullable=False),
    Column("given_on", Date, nullable=False),
    Column("text", Text),
)

PROPOSERS = Table(
    "proposers",
    METADATA,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("name", String(300), nullable=False),
    Column("kind", Word(ProposerKind), nullable=False),
    Column("is_lead", Boolean, nullable=False),
    Index("ix_proposers_name", "name"),
)

PUBLICATIONS = Table(
    "publications",
    METADATA,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("mode", Word(PublicationMode), nullable=False),
    Column("decided_on", Date, nullable=False),
    Column("reviewer", String(300), nullable=False),
    Column("reason", Text),
    Column("summary", Text),
    Column("readable", Text),
    Column("hidden", Text),
    Column("published_on", Date),
    Column("path", String(300)),
    Column("page_sha256", String(64)),
    Column("taken_down_on", Date),
    Column("note", String(300)),
    Column("corrected_on", Date),
    Column("correction_note", String(300)),
)

REPLY_SENTENCES = Table(
    "reply_sentences",
    METADATA,
    Column("hash", BigInteger, primary_key=True, autoincrement=False),
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
)

SIGNATURES = Table(
    "signatures",
    METADATA,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("draft_no", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("level", String(60), nullable=False),
    Column("agency", String(120)),
    Column("name", String(300), nullable=False),
    Column("signed_on", Date, nullable=False),
    Column("remark", Text),
    Column("voided_on", Date),
    Column("absent", String(300)),
    Column("stands_from_on", Date),
    Column("stands_until_on", Date),
)

PROPOSER_CONTACTS = Table(
    "proposer_contacts",
    METADATA,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("phone", String(60)),
    Column("email", String(200)),
    Column("address", String(300)),
    ForeignKeyConstraint(["case_id", "no"], ["proposers.case_id", "proposers.no"]),
)
