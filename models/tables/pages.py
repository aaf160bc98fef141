"""办理页面: links, what was sent from them, what was turned away."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime
from models.tables.fields import word
from models.vocabulary import Role, Stage


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
