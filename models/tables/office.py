"""届次、单位: sessions, agencies and their people."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime
from models.tables.fields import word
from models.vocabulary import Track


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
