"""From records to letters (答复函): what each addressee is sent, and what the public reads."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from models import schema
from models.deadline_words import UNIT_WORDS
from models.errors import InputError, PolicyError
from models.policy import Pack
from models.signing import text_sha256
from models.values.case import Addressee, Case
from models.values.reply import Draft
from models.vocabulary import ClockKind, HandlingRole
from notifications.letter_forms import TITLE, LetterForm, feedback_form
from notifications.letter_kinds import as_redone
from notifications.letters import LetterText, clean_line, compose
from tasks.letters import write_docx
from tasks.letters_template import load
from tasks.loading import load_cases
from tasks.world import packs

log = logging.getLogger("banli.letters")


@dataclass(frozen=True, slots=True)
class Sent:
    """One letter of a case: to whom, and its words."""

    case: Case
    addressees: tuple[Addressee, ...]
    letter: LetterText
    form: LetterForm | None = None
    """The questionnaire (征询意见表) that goes with an addressee's own letter."""


def agencies(connection: Connection) -> dict[str, Any]:
    """Every agency's row by its short name."""
    return {row.name: row for row in connection.execute(select(schema.AGENCIES))}


def letter_for(
    case: Case, draft: Draft, addressees: Iterable[Addressee], *, full_names: Mapping[str, str]
) -> LetterText:
    """The letter to these addressees, who all proposed the same proposal.

    Raises: ValueError when the draft's text is not the one that was signed.
    """
    people = tuple(addressees)
    if draft.text is None or text_sha256(draft.text) != draft.sha256:
        raise ValueError(f"{case.ref}: the draft's text does not carry its hash")
    lead = next(part for part in case.assignments if part.no == draft.assignment_no)
    letters = [letter for letter in case.letters if letter.draft_no == draft.no]
    pack: Pack = packs()[case.pack]
    titles = {**pack.titles.session, **pack.titles.recess} if case.in_recess else pack.titles.session
    letter = compose(
        titles=titles,
        kind=case.kind,
        session=case.session,
        number=people[0].number,
        subject=people[0].title,
        agency=full_names.get(lead.agency, lead.agency),
        proposers=[one.proposer for one in people],
        text=draft.text,
        letter_on=letters[0].dated_on if letters else None,
        in_recess=case.in_recess,
        result_class=draft.result_class,
        document_number=draft.document_number,
        contact_unit=draft.contact_unit,
        contact_person=draft.contact_person,
        contact_phone=draft.contact_phone,
        contact_postcode=draft.contact_postcode,
        copies=[
            full_names.get(part.agency, part.agency)
            for part in case.open_assignments
            if part.role is HandlingRole.CO_HANDLER
        ],
    )
    if draft.heading:
        return replace(letter, title=clean_line(draft.heading))
    return as_redone(letter) if draft.round else letter


def with_form(letter: LetterText, one: Addressee, case: Case) -> tuple[LetterText, LetterForm]:
    """The reply with the questionnaire named under it, and the questionnaire."""
    pack = packs()[case.pack]
    rule = pack.clock(ClockKind.FEEDBACK, track=case.track, in_recess=case.in_recess)
    days = f"收到答复之日起{rule.length}{UNIT_WORDS[rule.unit]}内" if rule and rule.unit else ""
    form = feedback_form(
        letter, subject=one.title, proposer=one.proposer.name, scale=pack.satisfaction.scale, days=days
    )
    return replace(letter, attachments=(*letter.attachments, TITLE)), form


def sent_letters(connection: Connection, case_ids: Iterable[int]) -> Iterator[Sent]:
    """The newest letter of each case to each addressee, one by one."""
    names = {name: row.full_name for name, row in agencies(connection).items()}
    for case in load_cases(connection, case_ids, long=True).values():
        if not case.letters:
            continue
        draft = case.drafts[case.letters[-1].draft_no - 1]
        for one in case.addressees:
            letter = letter_for(case, draft, (one,), full_names=names)
            yield Sent(case, (one,), *with_form(letter, one, case))


def public_letters(case: Case, full_names: Mapping[str, str]) -> Iterator[Sent]:
    """The newest letter as published: one page for each proposal, greeting all who made it."""
    draft = case.drafts[case.letters[-1].draft_no - 1]
    by_proposal: dict[int, list[Addressee]] = defaultdict(list)
    for one in case.addressees:
        by_proposal[one.case_id].append(one)
    for people in by_proposal.values():
        yield Sent(case, tuple(people), letter_for(case, draft, people, full_names=full_names))


def letter_path(folder: Path, one: Addressee, draft_no: int) -> Path:
    """Where an addressee's letter lies: named by case and number, nothing a person typed decides the folder."""
    return letter_file(folder, one.key, one.proposer.name, draft_no=draft_no)


def letter_file(folder: Path, addressee: str, name: str, *, draft_no: int) -> Path:
    """The same, by the addressee's key (case id and number) and name."""
    case_id, _, no = addressee.partition(".")
    readable = re.sub(r"[^\w-]+", "_", name)[:40]
    return folder / f"{int(case_id)}" / f"{int(no):03}-{draft_no}-{readable}.docx"


def _usable(template: Path | None) -> Path | None:
    """The office's own template, if it works."""
    if template is None or not template.exists():
        return None
    try:
        load(template)
    except (InputError, PolicyError) as error:
        log.warning("%s本次改用随附的模板。", error)
        return None
    return template


def write_letters(
    connection: Connection, case_ids: Iterable[int], folder: Path, *, template: Path | None = None
) -> int:
    """Render the letters of these cases that are not rendered yet; running it twice changes nothing.

    `template` is the office's own .docx and used where it exists; one that does not work is told in the log, and the
    letter goes out in the built-in one, which says the same words: no reply waits for a template.
    """
    written = 0
    own = _usable(template)
    for sent in sent_letters(connection, case_ids):
        path = letter_path(folder, sent.addressees[0], sent.case.letters[-1].draft_no)
        if not path.exists():
            write_docx(sent.letter, path, form=sent.form, template=own)
            written += 1
    return written
