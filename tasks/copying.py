"""What replies that were sent say, as hashes of their sentences, so that a copy is found whatever their number (套用)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any, Final

from sqlalchemy import Connection, Engine, and_, select

from models import schema
from models.proofreading.copying import same_lines, sentences_of
from models.proofreading.letter import Copied, Letter
from models.values.case import case_ref
from tasks.database import among, insert_into, transaction
from tasks.loading import CASES

SENTENCES: Final = schema.REPLY_SENTENCES
LETTERS: Final = schema.LETTERS
DRAFTS: Final = schema.DRAFTS
AT_ONCE: Final = 100
"""Versions taken in one transaction: it holds the database's lock, so it must stay short."""
ROUNDS: Final = 20
"""Transactions of one run; what an old database still holds is taken in by the next."""
_C: Final = SENTENCES.c


def remember_all(engine: Engine) -> None:
    """Take in what was sent since, a part at a time."""
    for _ in range(ROUNDS):
        with transaction(engine) as connection:
            if remember_sentences(connection) < AT_ONCE:
                return


def remember_sentences(connection: Connection, most: int = AT_ONCE) -> int:
    """Take in what was sent and is not known yet; returns how many versions. Running it twice changes nothing.

    A version that was taken in has a row whose hash is its number, negative: hashes of sentences never are.
    """
    known = and_(_C.hash == -LETTERS.c.draft_no, _C.case_id == LETTERS.c.case_id)
    draft = and_(DRAFTS.c.case_id == LETTERS.c.case_id, DRAFTS.c.no == LETTERS.c.draft_no)
    fresh = (
        select(LETTERS.c.case_id, LETTERS.c.draft_no, DRAFTS.c.text)
        .distinct()
        .join(DRAFTS, draft)
        .where(~select(_C.hash).where(known).exists())
        .order_by(LETTERS.c.case_id, LETTERS.c.draft_no)
        .limit(most)
    )
    found = connection.execute(fresh).all()
    rows = [row for one in found for row in _rows(one.case_id, one.draft_no, one.text)]
    if rows:
        added = insert_into(connection, SENTENCES).on_conflict_do_nothing(index_elements=["hash", "case_id"])
        connection.execute(added, rows)
    return len(found)


def _rows(case_id: int, draft_no: int, text: str | None) -> Iterator[dict[str, int]]:
    yield {"hash": -draft_no, "case_id": case_id}
    hashes = {one.hash for one in sentences_of(enumerate((text or "").splitlines()))}
    yield from ({"hash": one, "case_id": case_id} for one in sorted(hashes))


def copied_in(connection: Connection, letter: Letter, own: Collection[int]) -> tuple[Copied, ...]:
    """The lines of a letter that stand in the reply to another case; `own` are the cases it answers itself."""
    sentences = list(sentences_of((row.number, row.text) for row in letter.body))
    if not sentences:
        return ()
    statement = select(_C.hash, _C.case_id).where(among(connection, _C.hash, {one.hash for one in sentences}))
    elsewhere: dict[int, set[int]] = defaultdict(set)
    for row in connection.execute(statement):
        if row.case_id not in own:
            elsewhere[row.hash].add(row.case_id)
    same = list(same_lines(sentences, elsewhere))
    names = _names(connection, {one.case_id for one in same})
    return tuple(Copied(one.line, names[one.case_id], one.share) for one in same)


def _names(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    if not ids:
        return {}
    statement: Any = select(CASES.c.id, CASES.c.session, CASES.c.number, CASES.c.in_recess).where(
        among(connection, CASES.c.id, ids)
    )
    return {row.id: case_ref(row.session, row.number, in_recess=row.in_recess) for row in connection.execute(statement)}
