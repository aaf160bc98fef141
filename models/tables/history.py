"""办理记录: what was recorded, and under which key."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime
from models.tables.fields import long_text, word
from models.vocabulary import Channel, Role, Stage


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
