"""The check-up of a reply (复文体检) with what the database knows of its case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, select

from models import schema
from models.answers import read_answers
from models.errors import Fault, InputError
from models.proofreading.coverage import Covered, coverage
from models.proofreading.letter import Known, Letter, OpinionKnown, Remark, read_letter
from models.proofreading.rules import proofread
from models.values.case import Addressee, Case
from models.values.reply import Draft
from models.vocabulary import ProposalKind, Stage
from notifications.letters import LetterText, Line, lines
from tasks.case_file import find_case
from tasks.copying import copied_in
from tasks.differences import lines_of
from tasks.documents import read_document
from tasks.loading import load_cases
from tasks.replies import agencies, letter_for
from tasks.world import calendar, packs

TEXTS: Final = schema.PROPOSAL_TEXTS
UNSENT: Final = frozenset({Stage.HANDLING, Stage.COUNTERSIGNING, Stage.APPROVING, Stage.PRE_REVIEW, Stage.APPROVED})
"""While a version of the reply can still be mended."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One letter of a case that was checked: whom it greets, its printed lines, what was found."""

    to: tuple[str, ...]
    lines: tuple[Line, ...]
    remarks: tuple[Remark, ...]


def check_case(connection: Connection, ref: str, *, today: date) -> tuple[Checked, ...]:
    """The newest version of a case's reply, one letter for each proposal it answers.

    Raises: InputError when the case is not found or has no version yet.
    """
    case = load_cases(connection, [find_case(connection, ref)], long=True).popitem()[1]
    if case.draft is None:
        raise InputError(Fault(case.ref, "还没有答复稿", "请主办单位先起草。"))
    return tuple(check_draft(connection, case, case.draft, today=today))


def check_draft(connection: Connection, case: Case, draft: Draft, *, today: date) -> Iterator[Checked]:
    """A version of the reply as the letters it will be, before anything is recorded."""
    rows = agencies(connection)
    names = {name: row.full_name for name, row in rows.items()}
    groups: dict[int, list[Addressee]] = {}
    for one in case.addressees:
        groups.setdefault(one.case_id, []).append(one)
    for people in groups.values():
        letter = letter_for(case, draft, people, full_names=names)
        yield check_letter(connection, case, draft, letter, people=tuple(people), rows=rows, today=today)


def remarks_now(connection: Connection, case: Case, draft: Draft, *, today: date) -> tuple[Remark, ...]:
    """What is found in a version while it may still be mended; nothing once the reply was sent."""
    if case.stage not in UNSENT:
        return ()
    checked = next(check_draft(connection, case, draft, today=today), None)
    return checked.remarks if checked else ()


def hints_of(remarks: tuple[Remark, ...]) -> Iterator[str]:
    """A line for each remark; what a decision's page says of missing parts itself is left to it."""
    for one in remarks:
        if one.rule not in _SAID_ELSEWHERE:
            yield f"复文体检（{one.severity}）{one.title}：{one}"


_SAID_ELSEWHERE: Final = frozenset({"class-missing", "document-missing", "contact-missing"})


def check_letter(
    connection: Connection,
    case: Case,
    draft: Draft,
    letter: LetterText,
    *,
    people: tuple[Addressee, ...],
    rows: Mapping[str, Any],
    today: date,
) -> Checked:
    """One composed letter to these people."""
    known = _known(connection, case, draft, people=people, rows=rows, today=today)
    printed = lines(letter)
    read = read_letter([(no, line.text) for no, line in enumerate(printed, 1)], {})
    remarks = proofread(read, replace(known, copied=copied_in(connection, read, _own(case))))
    return Checked(tuple(one.proposer.name for one in people), printed, remarks)


def check_file(path: Path, case: Case | None, connection: Connection | None, *, today: date) -> tuple[Remark, ...]:
    """A letter in a file; with its case, also against what is known of that.

    Raises: InputError when the file cannot be read or is a 建议案 and no reply.
    """
    document = read_document(path)
    letter = read_letter(document.numbered, document.meta)
    if _is_recommendation(letter):
        raise InputError(
            Fault(path.name, "是建议案，不是答复", "复文体检只看答复；要读它所提的建议，请用 banli import。")
        )
    known = Known(today=today, calendar=calendar())
    if case is not None and connection is not None:
        known = _known(connection, case, case.draft, people=case.addressees, rows=agencies(connection), today=today)
        known = replace(known, copied=copied_in(connection, letter, _own(case)))
    return proofread(letter, known)


def _own(case: Case) -> set[int]:
    """The case and those it is handled with: they may well be answered in the same words."""
    return {case.id, *(one.id for one in case.merged), *([case.merged_into] if case.merged_into else [])}


def _is_recommendation(letter: Letter) -> bool:
    kind = letter.page.kind
    return kind is not None and kind.value is ProposalKind.RECOMMENDATION and letter.page.asks is not None


def _known(
    connection: Connection,
    case: Case,
    draft: Draft | None,
    *,
    people: tuple[Addressee, ...],
    rows: Mapping[str, Any],
    today: date,
) -> Known:
    lead = case.lead
    row = rows.get(lead.agency) if lead else None
    parts = {part.no: part.agency for part in case.assignments}
    return Known(
        today=today,
        calendar=calendar(),
        numbers=tuple(dict.fromkeys(one.number for one in people)),
        session=case.session,
        titles=tuple(dict.fromkeys(one.title for one in people)),
        proposers=tuple(one.proposer for one in people),
        assigned_on=lead.assigned_on if lead else None,
        classes=packs()[case.pack].classes.letters,
        document_prefix=row.document_prefix if row else None,
        **_asked(connection, case, draft, {one.case_id for one in people}),
        opinions=tuple(
            OpinionKnown((_full(rows, parts[one.assignment_no]), parts[one.assignment_no]), one.text)
            for one in case.opinions
            if one.text and one.sent_back_on is None
        ),
        promises=tuple(one for one in case.promises if draft is not None and one.draft_no == draft.no),
        sent=draft is None or any(letter.draft_no == draft.no for letter in case.letters),
    )


def _full(rows: Mapping[str, Any], agency: str) -> str:
    row = rows.get(agency)
    return str(row.full_name) if row else agency


def coverage_of(connection: Connection, case: Case, draft: Draft) -> tuple[Covered, ...]:
    """Every ask of the proposals this version answers, with the paragraphs that answer it."""
    asks = [ask for asks in asks_of(connection, case).values() for ask in asks]
    return tuple(coverage(asks, lines_of(draft.text), read_answers(draft.answers)))


def asks_of(connection: Connection, case: Case) -> dict[int, tuple[str, ...]]:
    """The asks of the case and of those merged into it, each in its newest text; counted on in this order."""
    ids = list(dict.fromkeys((case.id, *(one.case_id for one in case.addressees))))
    statement = select(TEXTS.c.case_id, TEXTS.c.asks).where(TEXTS.c.case_id.in_(ids)).order_by(TEXTS.c.version)
    newest = {row.case_id: tuple(row.asks) for row in connection.execute(statement)}
    return {case_id: newest.get(case_id, ()) for case_id in ids}


def _asked(connection: Connection, case: Case, draft: Draft | None, wanted: set[int]) -> dict[str, Any]:
    """What is known of the asks of these proposals, which are one case's or all."""
    found = asks_of(connection, case)
    before = takewhile(lambda case_id: case_id not in wanted, found)
    return {
        "asks": tuple(ask for case_id, asks in found.items() if case_id in wanted for ask in asks),
        "first_ask": 1 + sum(len(found[case_id]) for case_id in before),
        "last_ask": sum(map(len, found.values())),
        "answered": read_answers(draft.answers) if draft else {},
    }
