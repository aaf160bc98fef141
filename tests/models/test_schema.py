"""models/schema.py is what models/tables/ declares: for both databases, with every default."""

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import SQLModel

import models.tables  # noqa: F401 - declares what is in SQLModel's metadata
from models import schema


def written(metadata, dialect):
    for table in metadata.sorted_tables:
        yield str(CreateTable(table).compile(dialect=dialect))
        for index in sorted(table.indexes, key=lambda index: index.name):
            yield str(CreateIndex(index).compile(dialect=dialect))


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()], ids=lambda dialect: dialect.name)
def test_both_make_the_same_database(dialect):
    assert list(written(schema.METADATA, dialect)) == list(written(SQLModel.metadata, dialect))


def test_both_put_in_the_same_defaults_and_know_the_same_words():
    def told(metadata):
        return {
            str(column): (column.default and column.default.arg, getattr(column.type, "kind", None))
            for table in metadata.sorted_tables
            for column in table.c
        }

    assert told(schema.METADATA) == told(SQLModel.metadata)
