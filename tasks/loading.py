"""Rows to cases (读取): one query for each collection and batch, whatever the number of cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields
from functools import cache
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    Table,
    bindparam,
    func,
    literal_column,
    null,
    select,
    union_all,
)

from models import schema
from models.evolving import made, replace
from models.numbering import normalise, parse_session
from models.values.case import Case, Proposer, case_ref
from models.values.handling import Assignment, Clock, Contact, Extension, Opinion, Pause
from models.values.reply import Draft, Feedback, Letter, Promise, ProposerView, Publication, Signature
from tasks.database import IN_CHUNK, given, is_given

T = TypeVar("T")

COLLECTIONS: Final[Mapping[str, tuple[Table, type[Any]]]] = {
    "proposers": (schema.PROPOSERS, Proposer),
    "assignments": (schema.ASSIGNMENTS, Assignment),
    "clocks": (schema.CLOCKS, Clock),
    "pauses": (schema.PAUSES, Pause),
    "extensions": (schema.EXTENSIONS, Extension),
    "contacts": (schema.CONTACTS, Contact),
    "opinions": (schema.OPINIONS, Opinion),
    "drafts": (schema.DRAFTS, Draft),
    "signatures": (schema.SIGNATURES, Signature),
    "letters": (schema.LETTERS, Letter),
    "feedback": (schema.FEEDBACK, Feedback),
    "publications": (schema.PUBLICATIONS, Publication),
    "promises": (schema.PROMISES, Promise),
    "proposer_views": (schema.PROPOSER_VIEWS, ProposerView),
}
LONG: Final = frozenset({"said", "text", "reasons", "evidence"})
"""Columns no rule needs, each the last field of its value; read only when asked for. A promise's text is short."""

MERGED: Final = "merged"
CASES: Final = schema.CASES
CASE_COLUMNS: Final = tuple(
    field.name for field in fields(Case) if field.name not in COLLECTIONS and field.name != "merged"
)
_EMPTY: Final[dict[str, Any]] = dict.fromkeys((*COLLECTIONS, MERGED), ())
"""What a case has of which nothing is in the database."""
_UNREAD: Final = "unread"


def chunked(items: Iterable[T], size: int = IN_CHUNK) -> Iterator[list[T]]:
    """The items in lists of at most `size`."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def columns_of(name: str, *, long: bool) -> tuple[str, ...]:
    """A collection's columns in the order of its value's fields."""
    _, value = COLLECTIONS[name]
    names = tuple(field.name for field in fields(value))
    return names if long or names[-1] not in LONG else names[:-1]


class CaseInPart(Case):
    """A case whose collections are read when they are first asked for, for all cases of its batch at once.

    It lives as long as its transaction. A rule that looks at signatures costs one look at signatures; what no rule of
    the batch asks for is never read.
    """

    def __getattr__(self, name: str) -> Any:
        """What the rows of the case's own table do not hold."""
        if name not in _EMPTY:
            raise AttributeError(name)
        found = self.__dict__[name] = self.__dict__[_UNREAD].read(name, self.id)
        return found


class _Unread:
    """The collections of a batch of cases, each read once and only if somebody asks."""

    def __init__(self, connection: Connection, ids: list[int]) -> None:
        self.connection = connection
        self.ids = ids
        self.read_so_far: dict[str, dict[int, tuple[Any, ...]]] = {}
        self.filled: set[str] | None = None

    def read(self, name: str, case_id: int) -> tuple[Any, ...]:
        """One case's part of a collection."""
        if name not in self.read_so_far:
            self.read_so_far[name] = self._all(name)
        return self.read_so_far[name].get(case_id, ())

    def _all(self, name: str) -> dict[int, tuple[Any, ...]]:
        if self.filled is None:
            self.filled = _filled(self.connection, self.ids)
        if name not in self.filled:
            return {}
        merged = name == MERGED
        found = _merged(self.connection, self.ids) if merged else _children(self.connection, name, self.ids, long=False)
        return {case_id: tuple(items) for case_id, items in found.items()}


def lock_cases(connection: Connection, ids: Iterable[int]) -> dict[int, Case]:
    """The cases of these ids, held until the transaction ends (PostgreSQL; SQLite holds everything anyway).

    Their collections are read when a rule asks, without the long texts. Ids that do not exist are left out.
    """
    statement = _cases_by(CASES.c.id, connection.dialect.name, lock=True)
    rows = connection.execute(statement, given(connection, sorted(set(ids)))).all()
    unread = _Unread(connection, [row[0] for row in rows])
    return {row[0]: made(CaseInPart, {_UNREAD: unread, **dict(zip(CASE_COLUMNS, row, strict=True))}) for row in rows}


def whole(case: Case) -> Case:
    """The case with everything read, so that it may outlive its transaction."""
    return made(Case, {field.name: getattr(case, field.name) for field in fields(Case)})


def load_cases(
    connection: Connection,
    ids: Iterable[int],
    *,
    lock: bool = False,
    long: bool = False,
    only: Collection[str] = COLLECTIONS,
) -> dict[int, Case]:
    """The cases of these ids, complete; with those merged into them (proposers only).

    `lock` holds them until the transaction ends (PostgreSQL; SQLite holds everything anyway). `long` reads the long
    texts too. Ids that do not exist are left out. `only` names the collections to read, for reckoning in large sets;
    cases merged into these come with the proposers.
    """
    cases: dict[int, Case] = {}
    for chunk in chunked(sorted(set(ids))):
        statement = _cases_by(CASES.c.id, connection.dialect.name, lock=lock)
        rows = {row[0]: row for row in connection.execute(statement, given(connection, chunk)).all()}
        there = _filled(connection, chunk)
        parts = {name: _children(connection, name, list(rows), long=long) for name in only if name in there}
        merged = _merged(connection, list(rows)) if "proposers" in only and MERGED in there else {}
        for case_id, row in rows.items():
            values = _EMPTY | dict(zip(CASE_COLUMNS, row, strict=True))
            for name, found in parts.items():
                if case_id in found:
                    values[name] = tuple(found[case_id])
            if case_id in merged:
                values[MERGED] = tuple(merged[case_id])
            cases[case_id] = made(Case, values)
    return cases


@cache
def _cases_by(column: ColumnElement[Any], dialect: str, *, lock: bool) -> Select[Any]:
    """Statements are made once: putting one together costs as much as running it.

    Who locks a case hinders nobody from writing a row that refers to it.
    """
    statement = select(*(CASES.c[name] for name in CASE_COLUMNS)).where(is_given(column, dialect)).order_by(CASES.c.id)
    return statement.with_for_update(key_share=True) if lock else statement


def family(connection: Connection, ids: Iterable[int]) -> set[int]:
    """The cases these are merged into, and those merged into these: who locks one locks them all, in one order."""
    found: set[int] = set()
    for chunk in chunked(sorted(set(ids))):
        rows = connection.execute(_family_by(connection.dialect.name), given(connection, chunk))
        found.update(case_id for row in rows for case_id in row)
    return found


@cache
def _family_by(dialect: str) -> CompoundSelect[Any]:
    pair = select(CASES.c.id, CASES.c.merged_into)
    return union_all(
        pair.where(is_given(CASES.c.id, dialect), CASES.c.merged_into.is_not(None)),
        pair.where(is_given(CASES.c.merged_into, dialect)),
    )


@cache
def _children_by(name: str, dialect: str, *, long: bool) -> Select[Any]:
    table, _ = COLLECTIONS[name]
    read = columns_of(name, long=long)
    columns = [table.c[column] if column in read else null() for column in columns_of(name, long=True)]
    wanted = is_given(table.c.case_id, dialect)
    return select(*columns, table.c.case_id).where(wanted).order_by(table.c.case_id, table.c.no)


@cache
def _filled_by() -> CompoundSelect[Any]:
    having = {name: table.c.case_id for name, (table, _) in COLLECTIONS.items()} | {MERGED: CASES.c.merged_into}
    return union_all(
        *(
            select(literal_column(f"'{name}'")).where(
                select(func.min(column)).where(column >= bindparam("first")).scalar_subquery() <= bindparam("last")
            )
            for name, column in having.items()
        )
    )


def _filled(connection: Connection, ids: list[int]) -> set[str]:
    """Which collections hold anything of the cases from the first id to the last: often few, the others go unread.

    The first number from one end of an index on is one step, and what both databases' planners choose. Whether anything
    is among the ids themselves PostgreSQL would rather find out by looking through the whole table.
    """
    return set(connection.scalars(_filled_by(), {"first": min(ids), "last": max(ids)}))


def _children(connection: Connection, name: str, ids: list[int], *, long: bool) -> dict[int, list[Any]]:
    _, value = COLLECTIONS[name]
    found: dict[int, list[Any]] = defaultdict(list)
    names = columns_of(name, long=True)
    statement = _children_by(name, connection.dialect.name, long=long)
    for row in connection.execute(statement, given(connection, ids)).all():
        found[row[-1]].append(made(value, dict(zip(names, row, strict=False))))
    return found


def _merged(connection: Connection, ids: list[int]) -> dict[int, list[Case]]:
    """Cases merged into these, with their proposers and nothing else."""
    statement = _cases_by(CASES.c.merged_into, connection.dialect.name, lock=False)
    rows = connection.execute(statement, given(connection, ids))
    cases = [Case(**dict(zip(CASE_COLUMNS, row, strict=True))) for row in rows]
    if not cases:
        return {}
    proposers = _children(connection, "proposers", [case.id for case in cases], long=False)
    found: dict[int, list[Case]] = defaultdict(list)
    for case in cases:
        if case.merged_into is not None:
            found[case.merged_into].append(replace(case, proposers=tuple(proposers.get(case.id, ()))))
    return found


def resolve(connection: Connection, refs: Iterable[str]) -> dict[str, int | tuple[str, ...]]:
    """Case ids by the words people use: a number, or session and number with a slash between.

    A number that several sessions use maps to the full names to choose from; one nobody uses is left out.
    """
    by_number: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for ref in set(refs):
        session, _, number = ref.strip().rpartition("/")
        by_number[normalise(number)].append((ref, session))
    found: dict[str, int | tuple[str, ...]] = {}
    for chunk in chunked(by_number):
        rows: dict[str, list[Any]] = defaultdict(list)
        for row in connection.execute(_numbered(connection.dialect.name), given(connection, chunk)).all():
            rows[row[-1]].append(row)
        for number in chunk:
            for ref, session in by_number[number]:
                fitting = [row for row in rows[number] if _is_session(session, row)] if session else rows[number]
                if len(fitting) == 1:
                    found[ref] = fitting[0].id
                elif fitting:
                    found[ref] = tuple(case_ref(r.session, r.number, in_recess=r.in_recess) for r in fitting)
    return found


@cache
def _numbered(dialect: str) -> Select[Any]:
    columns = (CASES.c.id, CASES.c.session, CASES.c.in_recess, CASES.c.number)
    return select(*columns).where(is_given(CASES.c.number, dialect))


def _is_session(given: str, row: Any) -> bool:
    name, recess, _ = given.partition("闭会")
    if bool(recess) != row.in_recess:
        return False
    return name == row.session or session_key(name) == session_key(row.session)


def session_key(name: str) -> str:
    """The form under which different spellings of one session are equal."""
    parsed = parse_session(name)
    return parsed.canonical if parsed else name.strip()
