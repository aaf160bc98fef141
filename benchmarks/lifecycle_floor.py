"""The floor (底线): the same rows, written by bare SQLAlchemy Core statements in the same transactions.

What a batch of a thousand writes is noted once, statement by statement, and written again for as many thousands as
wanted. The floor reads the cases of a batch and asks no rule, hashes nothing and compares nothing.
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


def floor(url: str, count: int) -> Spent:
    """N proposals as bare statements, the cases of a batch read once; N below or a multiple of a thousand."""
    from sqlalchemy import select

    from deployments.migrating import upgrade
    from models import schema
    from tasks import clock, recording
    from tasks.database import make_engine, transaction

    engine = make_engine(url)
    upgrade(engine)
    with transaction(engine) as connection:
        furnish(connection)
    first = min(count, CHUNK)
    written = Written()
    cases = schema.CASES
    with written.watching():
        for on, batch in steps(first):
            written.transactions.append([])
            with clock.moved_to(clock.morning_of(on)):
                recording.record(engine, batch)
    with transaction(engine) as connection:
        last = connection.scalar(select(cases.c.id).order_by(cases.c.id.desc()).limit(1))
    spent = Spent()
    for step in range(len(written.transactions)):
        for begin in range(0, count, CHUNK):
            statements = written.shifted(step, last + begin)
            with spent.counting(), transaction(engine) as connection:
                ids = (last + begin + 1, last + begin + first)
                connection.execute(select(*cases.c).where(cases.c.id.between(*ids))).all()
                for statement, rows in statements:
                    connection.execute(statement, rows)
    engine.dispose()
    return spent
