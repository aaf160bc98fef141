"""Every letter a case brings forth (函件), for whoever wants it as a file: replies, opinions, extensions, progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from models.errors import Fault, InputError
from models.policy import Pack
from models.values.case import Addressee, Case
from models.values.handling import Assignment
from models.vocabulary import ClockKind, PromiseStatus
from notifications.letter_forms import LetterForm
from notifications.letter_kinds import LetterKind, worded
from notifications.letters import LetterText, heading, salutation
from tasks.case_file import find_case
from tasks.loading import load_cases
from tasks.replies import agencies, letter_for, with_form
from tasks.world import packs


@dataclass(frozen=True, slots=True)
class CaseLetter:
    """One letter, whom it is for, and the questionnaire behind it."""

    kind: LetterKind
    to: str
    letter: LetterText
    form: LetterForm | None = None


@dataclass(frozen=True, slots=True)
class _Of:
    case: Case
    pack: Pack
    names: Mapping[str, str]
    today: date

    def full(self, part: Assignment | None) -> str:
        """An agency's full name; empty for none."""
        return self.names.get(part.agency, part.agency) if part else ""

    def worded(self, kind: LetterKind, one: Addressee, **facts: Any) -> CaseLetter:
        """A letter of this kind to one addressee from the agency in charge."""
        letter = worded(
            kind,
            agency=self.full(self.case.lead),
            session=f"{self.case.session}{'闭会期间' if self.case.in_recess else ''}",
            number=one.number,
            subject=one.title,
            proposal_kind=self.case.kind,
            greeted=salutation([one.proposer]),
            many=False,
            letter_on=self.today,
            **facts,
        )
        return CaseLetter(kind, one.proposer.name, letter)


def case_letters(connection: Connection, ref: str, kind: LetterKind, *, today: date) -> tuple[CaseLetter, ...]:
    """The letters of this kind of one case, one for each addressee.

    Raises: InputError when the case is not found, or has nothing yet to write such a letter about.
    """
    case = load_cases(connection, [find_case(connection, ref)], long=True).popitem()[1]
    names = {name: row.full_name for name, row in agencies(connection).items()}
    return tuple(_MAKERS[kind](_Of(case, packs()[case.pack], names, today)))


def _replies(of: _Of) -> Iterator[CaseLetter]:
    case = of.case
    if not case.drafts:
        raise _nothing(case, "还没有答复稿", "请主办单位先起草。")
    draft = case.drafts[case.letters[-1].draft_no - 1] if case.letters else case.drafts[-1]
    for one in case.addressees:
        letter = letter_for(case, draft, (one,), full_names=of.names)
        yield CaseLetter(LetterKind.REPLY, one.proposer.name, *with_form(letter, one, case))


def _opinions(of: _Of) -> Iterator[CaseLetter]:
    """One letter from each co-handler to the agency in charge, with copies to whoever assigned."""
    case, parts = of.case, {part.no: part for part in of.case.assignments}
    given = {one.assignment_no: one for one in case.opinions if one.sent_back_on is None and one.text}
    if not given:
        raise _nothing(case, "还没有会办意见", "请会办单位先提出会办意见。")
    lead = of.full(case.lead) or "主办单位"
    session = f"{case.session}{'闭会期间' if case.in_recess else ''}"
    for no, opinion in given.items():
        agency = of.full(parts[no])
        title = heading(
            of.pack.titles.co_opinion, agency=agency, session=session, number=case.number, subject=case.title,
            kind=case.kind,
        )  # fmt: skip
        letter = worded(
            LetterKind.OPINION, agency=agency, session=session, number=case.number, subject=case.title,
            proposal_kind=case.kind, greeted=f"{lead}：", many=False, letter_on=opinion.given_on, document_number=opinion.document_number,
            title=title, text=opinion.text,
        )  # fmt: skip
        yield CaseLetter(LetterKind.OPINION, parts[no].agency, letter)


def _extensions(of: _Of) -> Iterator[CaseLetter]:
    case = of.case
    clocks = {clock.no: clock for clock in case.clocks if clock.kind in _REPLY_CLOCKS}
    granted = [one for one in case.extensions if one.granted_on and one.clock_no in clocks]
    if not granted:
        raise _nothing(case, "没有获准的延期", "请先申请延期，由督办单位同意。")
    newest = granted[-1]
    clock = clocks[newest.clock_no]
    for one in case.addressees:
        made = of.worded(
            LetterKind.EXTENSION, one, reason=newest.reason.strip().rstrip("。，；").removeprefix("因"),
            original_on=clock.original_on, due_on=clock.due_on, consented_by=newest.consented_by,
        )  # fmt: skip
        yield replace(made, letter=replace(made.letter, letter_on=newest.granted_on))


def _interims(of: _Of) -> Iterator[CaseLetter]:
    case = of.case
    if case.lead is None:
        raise _nothing(case, "还没有交办", "请先交办。")
    if case.letters:
        raise _nothing(case, "已经答复，不再作阶段答复", "承诺事项的进展请用 --kind 承诺落实函。")
    clock = next((one for one in case.clocks if one.runs and one.kind in _REPLY_CLOCKS), None)
    for one in case.addressees:
        yield of.worded(
            LetterKind.INTERIM, one, signed_on=case.lead.signed_on, due_on=clock and clock.due_on,
            helpers=[of.full(part) for part in case.co_handlers], talks=len(case.contacts),
        )  # fmt: skip


def _progress(of: _Of) -> Iterator[CaseLetter]:
    case = of.case
    if not case.promises:
        raise _nothing(case, "没有承诺事项", "答复时登记的承诺事项才能报告落实情况。")
    told = [
        {
            "text": one.text.strip().rstrip("。；"),
            "status": PromiseStatus(one.status).value,
            "reported_on": one.reported_on,
            "evidence": (one.evidence or "").strip().rstrip("。"),
            "due_on": one.due_on,
            "condition": one.condition,
        }
        for one in case.promises
    ]
    for one in case.addressees:
        yield of.worded(LetterKind.PROGRESS, one, replied_on=case.replied_on, promises=told)


def _nothing(case: Case, what: str, remedy: str) -> InputError:
    return InputError(Fault(case.ref, what, remedy))


def file_name(letter: CaseLetter, suffix: str) -> Path:
    """What a letter's file is called: readable, and nothing a person typed leads out of the folder."""
    words = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in f"{letter.letter.number}-{letter.to}")
    return Path(f"{words[:60]}-{letter.kind}{suffix}")


_REPLY_CLOCKS: Final = (ClockKind.REPLY, ClockKind.REDO)
_MAKERS: Final[Mapping[LetterKind, Callable[[_Of], Iterator[CaseLetter]]]] = {
    LetterKind.REPLY: _replies,
    LetterKind.OPINION: _opinions,
    LetterKind.EXTENSION: _extensions,
    LetterKind.INTERIM: _interims,
    LetterKind.PROGRESS: _progress,
}
