"""What agencies do and until when, within a case (承办、时限、沟通)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.vocabulary import AssignmentStatus, ClockKind, ContactWay, HandlingRole, StartEvent, Unit


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
