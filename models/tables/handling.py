"""承办、时限、沟通: what agencies do and until when."""

from datetime import date

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from models.tables.fields import OfCase, long_text, word
from models.vocabulary import AssignmentStatus, ClockKind, ContactWay, HandlingRole, StartEvent, Unit


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
