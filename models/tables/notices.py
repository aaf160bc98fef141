"""通知: what is to be told to whom, and what came back."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, text
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime
from models.notice_vocabulary import MessageKind, NoticeStatus
from models.tables.fields import long_text, word


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
