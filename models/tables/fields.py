"""How a table is written (表的写法): words, long texts, children of a case."""

from typing import Any

from sqlalchemy import Table, Text
from sqlmodel import Field, SQLModel

from models.columns import NAMES, Word

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
