"""Before a reply is published (公开审查): what would be hidden, as findings and as a difference; nothing is stored here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, select

from models import schema
from models.errors import Fault, InputError
from models.masking import Masking, doubtful, is_telling
from models.policy import Pack
from models.values.case import Case
from models.values.reply import Draft, Publication
from models.vocabulary import MaskKind
from notifications.letters import LetterText
from tasks.case_file import find_case
from tasks.differences import Mark, Passage, Piece, lines_of
from tasks.loading import load_cases
from tasks.world import packs

TEXTS: Final = schema.PROPOSAL_TEXTS
_LETTER: Final = ("title", "salutation", "contact_unit", "contact_person", "contact_phone")
_LISTS: Final = ("paragraphs", "copies", "attachments")


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that would be hidden."""

    kind: MaskKind
    place: str
    original: str
    shown: str


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer is shown."""

    findings: tuple[Finding, ...]
    reply: tuple[Passage, ...]
    """The reply beside what the public would read; empty where nothing is hidden. The same of the proposal."""
    proposal: tuple[Passage, ...]
    businesses: tuple[str, ...]
    """Named, and left readable unless the reviewer hides them."""

    @property
    def named_by_stars(self) -> tuple[str, ...]:
        """Findings that can be left readable by the stars they are shown as."""
        return tuple(dict.fromkeys(one.shown for one in self.findings if is_telling(one.shown)))


def masking_of(pack: Pack, decision: Publication | None = None) -> Masking:
    """What a decision hides; without one, what the pack proposes."""
    kinds = pack.publication.masked
    if decision is None:
        return Masking(kinds)
    return Masking(kinds, _lines(decision.readable), _lines(decision.hidden))


def review_of(case: Case, draft: Draft, proposal: str, pack: Pack) -> Review:
    """What the newest decision on this case hides, or the pack proposes, in the reply and in the proposal."""
    masking = masking_of(pack, case.publications[-1] if case.publications else None)
    contact = "　".join(filter(None, (draft.contact_person, draft.contact_phone)))
    reply = "\n".join(filter(None, (draft.text or "", contact)))
    return Review(
        findings=(*_findings("答复", reply, masking), *_findings("提案", proposal, masking)),
        reply=tuple(_difference(reply, masking)),
        proposal=tuple(_difference(proposal, masking)),
        businesses=doubtful(f"{reply}\n{proposal}"),
    )


def review_case(connection: Connection, ref: str) -> Review:
    """`review_of` for a case by its reference. Raises: InputError for a case that has no reply yet."""
    found = find_case(connection, ref)
    case = load_cases(connection, [found], long=True)[found]
    if case.draft is None:
        raise InputError(Fault(case.ref, "还没有答复稿", "请等承办单位起草以后再看。"))
    statement = select(TEXTS.c.text).where(TEXTS.c.case_id == found).order_by(TEXTS.c.version.desc()).limit(1)
    return review_of(case, case.draft, connection.scalar(statement) or "", packs()[case.pack])


def masked_letter(letter: LetterText, masking: Masking) -> LetterText:
    """The letter as published; the signed one is another value and stays as it is."""
    changed: dict[str, Any] = {}
    for name in _LETTER:
        if (value := getattr(letter, name)) is not None:
            changed[name] = masking.apply(value).text
    for name in _LISTS:
        changed[name] = tuple(masking.apply(line).text for line in getattr(letter, name))
    return replace(letter, **changed)


def hidden_in(texts: Iterable[str], masking: Masking) -> int:
    """How many places are hidden, for the note under the page."""
    return sum(len(masking.apply(text).spans) for text in texts)


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(text.splitlines()) if text else ()


def _difference(text: str, masking: Masking) -> Iterator[Passage]:
    """The changed paragraphs, each place marked as a whole; those between are counted."""
    unchanged = 0
    for line in lines_of(text):
        masked, pieces, end = masking.apply(line), list[Piece](), 0
        for span in masked.spans:
            pieces += [Piece(Mark.SAME, line[end : span.start]), Piece(Mark.OLD, span.original)]
            pieces.append(Piece(Mark.NEW, span.shown))
            end = span.end
        unchanged += not pieces
        if pieces:
            yield from (Passage(unchanged=unchanged),) if unchanged else ()
            yield Passage((*pieces, Piece(Mark.SAME, line[end:])))
            unchanged = 0


def _findings(name: str, text: str, masking: Masking) -> Iterator[Finding]:
    for number, line in enumerate(lines_of(text), start=1):
        for span in masking.apply(line).spans:
            yield Finding(span.kind, f"{name}第{number}段", span.original, span.shown)
