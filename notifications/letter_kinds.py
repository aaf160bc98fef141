"""The kinds of letter a case brings forth (函件种类) besides the reply, each from a text template an office can read.

The first line of `templates/letters/<kind>.txt` is the title, every other line a paragraph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

from models.vocabulary import ProposalKind
from notifications.letters import KIND_WORDS, LetterText, clean_line, paragraphs_of
from notifications.rendering import render


class LetterKind(StrEnum):
    """What a letter is for."""

    REPLY = "答复函"
    OPINION = "会办意见函"
    EXTENSION = "延期告知函"
    INTERIM = "阶段答复函"
    PROGRESS = "承诺落实函"


TEMPLATES: Final = {
    LetterKind.OPINION: "letters/opinion.txt",
    LetterKind.EXTENSION: "letters/extension.txt",
    LetterKind.INTERIM: "letters/interim.txt",
    LetterKind.PROGRESS: "letters/progress.txt",
}
REDO: Final = "重新办理"


def worded(
    kind: LetterKind,
    *,
    agency: str,
    session: str,
    number: str,
    subject: str,
    proposal_kind: ProposalKind,
    greeted: str,
    many: bool,
    letter_on: date | None,
    document_number: str | None = None,
    copies: Sequence[str] = (),
    **facts: Any,
) -> LetterText:
    """A letter of this kind; `greeted` ends in a colon, `many` decides between 您 and 你们."""
    text = render(
        TEMPLATES[kind],
        agency=agency,
        session=session,
        number=number,
        subject=subject,
        kind=KIND_WORDS[proposal_kind],
        you="你们" if many else "您",
        **facts,
    )
    title, *paragraphs = paragraphs_of(text)
    return LetterText(
        title=clean_line(title),
        number=clean_line(number),
        session=clean_line(session),
        kind=proposal_kind,
        salutation=greeted,
        paragraphs=tuple(paragraphs),
        agency=clean_line(agency),
        letter_on=letter_on,
        document_number=document_number,
        copies=tuple(map(clean_line, copies)),
    )


def as_redone(letter: LetterText) -> LetterText:
    """The reply after a redo (重新办理) says so in its title, unless it does already."""
    if REDO in letter.title:
        return letter
    before, found, behind = letter.title.rpartition("答复")
    title = f"{before}{REDO}{found}{behind}" if found else f"{letter.title}（{REDO}）"
    return replace(letter, title=title)
