"""建议提案: the case, its text and its proposers."""

from datetime import date

from sqlalchemy import JSON, Column, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.tables.fields import OfCase, long_text, word
from models.vocabulary import ProposalKind, ProposerKind, Publicity, Stage, Track


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
