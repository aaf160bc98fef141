"""Receipt (收件) within a transaction: sessions found, numbers given, case rows inserted to get their ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from models import actions as a
from models import schema
from models.evolving import replace
from models.numbering import next_number, normalise, sort_key
from models.rulings import Accepted, Refused, Ruling, Telling, World
from models.steps.receipt import Session, receive, received_tellings
from models.values.case import Case
from tasks.loading import CASE_COLUMNS, CASES, chunked, session_key
from tasks.writing import Pages

_SESSIONS: Final = select(schema.SESSIONS).order_by(schema.SESSIONS.c.name).with_for_update(key_share=True)
"""Locked, so that two who receive at once give no number twice (PostgreSQL; SQLite locks everything anyway)."""
_PLAIN: Final = tuple(name for name in CASE_COLUMNS if name != "id")


class Receipt:
    """The new cases of one transaction."""

    def __init__(self, connection: Connection, world: World, *, lock: bool = True) -> None:
        self.connection = connection
        self.world = world
        self.sessions = {
            row.canonical: Session(
                name=row.name, track=row.track, pack=row.pack, opened_on=row.opened_on, closed_on=row.closed_on
            )
            for row in connection.execute(_SESSIONS if lock else select(schema.SESSIONS))
        }
        self.accepted: list[tuple[a.Receive, Case]] = []

    def rule(self, actions: list[a.Receive]) -> Iterator[tuple[a.Receive, Ruling]]:
        """Each action with its ruling; numbers already used, here or in the database, are refused."""
        taken = self._taken(actions)
        for action in actions:
            session = self.sessions.get(session_key(action.session))
            if session is None:
                near = get_close_matches(action.session, [s.name for s in self.sessions.values()], n=3, cutoff=0.3)
                hint = f"是不是：{'、'.join(near)}?" if near else ""
                yield (
                    action,
                    Refused(f"没有登记“{action.session}”这一届次", f"{hint}新届次请先用 banli sessions load 登记。"),
                )
                continue
            series = taken[session.name, action.in_recess]
            number = normalise(action.case) if action.case.strip() else self._next(session, action, series)
            if number in series:
                yield action, Refused(f"{session.name}第{number}号已经收过", "请核对号码；内容不同的两件不能同号。")
                continue
            ruling = receive(action, number=number, session=session, world=self.world)
            if isinstance(ruling, Accepted):
                series.add(number)
                self.accepted.append((action, ruling.case))
            yield action, ruling

    def _next(self, session: Session, action: a.Receive, series: set[str]) -> str:
        pack = self.world.packs[session.pack]
        pattern = pack.numbering.recess if action.in_recess else pack.numbering.proposal
        return normalise(next_number(series, pattern, year=action.submitted_on.year))

    def _taken(self, actions: list[a.Receive]) -> dict[tuple[str, bool], set[str]]:
        taken: dict[tuple[str, bool], set[str]] = defaultdict(set)
        names = {self.sessions[key].name for key in {session_key(x.session) for x in actions} if key in self.sessions}
        every = any(not action.case.strip() for action in actions)
        numbers = {normalise(action.case) for action in actions}
        statement = select(CASES.c.session, CASES.c.in_recess, CASES.c.number).where(CASES.c.session.in_(names))
        chunks = [statement] if every else [statement.where(CASES.c.number.in_(part)) for part in chunked(numbers)]
        for chunk in chunks:
            for row in self.connection.execute(chunk):
                taken[row.session, row.in_recess].add(row.number)
        return taken

    def insert(self) -> Iterator[tuple[a.Receive, Case]]:
        """Insert the rows in one statement and give each case the id the database chose."""
        if not self.accepted:
            return
        rows = [self.row(action, case) for action, case in self.accepted]
        statement = insert(CASES).returning(CASES.c.id, sort_by_parameter_order=True)
        ids = self.connection.scalars(statement, rows).all()
        for (action, case), case_id in zip(self.accepted, ids, strict=True):
            yield action, replace(case, id=case_id)

    def row(self, action: a.Receive, case: Case) -> dict[str, Any]:
        """The new case as its table keeps it."""
        row = {name: getattr(case, name) for name in _PLAIN}
        return row | {"number_key": number_key(case.number), "category": action.category}

    def texts_and_contacts(self, action: a.Receive, case: Case, pages: Pages) -> None:
        """The proposal's text, and how to reach each proposer, each in a table of its own."""
        pages.texts.append(
            {
                "case_id": case.id,
                "version": 1,
                "text": action.text,
                "asks": list(action.asks),
                "suggested_agencies": list(action.suggested_agencies),
            }
        )
        for no, given in enumerate(action.proposers, start=1):
            if given.phone or given.email or given.address:
                pages.contacts.append(
                    {
                        "case_id": case.id,
                        "no": no,
                        "phone": given.phone,
                        "email": given.email,
                        "address": given.address,
                    }
                )

    def tellings(self, case: Case) -> tuple[Telling, ...]:
        """Whom to tell that it was received."""
        return received_tellings(case)


def number_key(number: str) -> str:
    """A text that sorts as people sort numbers: digits padded to twelve places."""
    return "".join(f"{value:012d}" if value >= 0 else text for value, text in sort_key(number))[:120]
