"""The floor (底线): the same rows, written by bare SQLAlchemy Core statements in the same transactions.

What a batch of a thousand writes is noted once, statement by statement, and written again for as many thousands as
wanted, each step right after ours, so that both meet the same machine. The floor reads the cases of a batch and asks no
rule, hashes nothing and compares nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from lifecycle_load import furnish, steps
from measuring import Spent

CHUNK = 1_000
Noted = list[tuple[Any, list[dict[str, Any]]]]


@dataclass
class Written:
    """What one batch wrote, in order: for each transaction the statements and their rows."""

    transactions: list[Noted] = field(default_factory=list)

    def note(self, statement: Any, rows: Any) -> None:
        self.transactions[-1].append((statement, [dict(row) for row in rows]))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note what goes through the two modules that write, while it is written."""
        from sqlalchemy import bindparam, insert, update

        from models import schema
        from tasks import receiving, writing

        inserted, updated, received = writing.insert_rows, writing.update_rows, receiving.Receipt.insert

        def inserting(connection: Any, table: Any, rows: Any) -> None:
            if rows:
                self.note(insert(table), rows)
            inserted(connection, table, rows)

        def updating(connection: Any, table: Any, names: Any, rows: Any) -> None:
            keys = [name for name in rows[0] if name.startswith("key_")]
            where = [table.c[name.removeprefix("key_")] == bindparam(name) for name in keys]
            self.note(update(table).where(*where).values({name: bindparam(name) for name in names}), rows)
            updated(connection, table, names, rows)

        def receiving_(receipt: Any) -> Any:
            found = list(received(receipt))
            self.note(insert(schema.CASES), [receipt.row(action, case) | {"id": case.id} for action, case in found])
            return iter(found)

        with ExitStack() as stack:
            stack.enter_context(patch.object(writing, "insert_rows", inserting))
            stack.enter_context(patch.object(writing, "update_rows", updating))
            stack.enter_context(patch.object(receiving.Receipt, "insert", receiving_))
            yield

    def shifted(self, transaction: int, offset: int) -> Noted:
        """The same statements for another thousand cases."""

        def row(given: dict[str, Any]) -> dict[str, Any]:
            moved = dict(given)
            for name in ("id", "case_id", "key_id", "key_case_id"):
                if name in moved:
                    moved[name] += offset
            for name in ("key", "number", "number_key"):
                if name in moved:
                    moved[name] = f"{moved[name]}:{offset}"
            return moved

        return [(statement, [row(one) for one in rows]) for statement, rows in self.transactions[transaction]]


class Floor:
    """N proposals as bare statements, a step at a time; N below or a multiple of a thousand."""

    def __init__(self, url: str, count: int) -> None:
        from sqlalchemy import select

        from deployments.migrating import upgrade
        from models import tables as t
        from tasks import clock, recording
        from tasks.database import make_engine, transaction

        self.engine = make_engine(url)
        upgrade(self.engine)
        with transaction(self.engine) as connection:
            furnish(connection)
        self.first = min(count, CHUNK)
        self.written, self.spent = Written(), Spent()
        self.cases = t.core(t.CaseRow)
        with self.written.watching():
            for on, batch in steps(self.first):
                self.written.transactions.append([])
                with clock.moved_to(clock.morning_of(on)):
                    recording.record(self.engine, batch)
        with transaction(self.engine) as connection:
            self.last = connection.scalar(select(self.cases.c.id).order_by(self.cases.c.id.desc()).limit(1))

    def step(self, place: int, some: range) -> None:
        """One step of some of the proposals, the cases of a batch read once."""
        from sqlalchemy import select

        from tasks.database import transaction

        cases = self.cases.c
        for begin in range(some.start, some.stop, CHUNK):
            statements = self.written.shifted(place, self.last + begin)
            ids = (self.last + begin + 1, self.last + begin + self.first)
            with self.spent.counting(), transaction(self.engine) as connection:
                connection.execute(select(*cases).where(cases.id.between(*ids))).all()
                for statement, rows in statements:
                    connection.execute(statement, rows)
