"""The reply letter (答复函) as text: heading, salutation, paragraphs, and the canonical text that signatures cover."""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from models.errors import Fault, InputError, PolicyError
from models.pack_checks import HEADING_WORDS
from models.values.case import Proposer
from models.vocabulary import ProposalKind, ProposerKind
from notifications.rendering import zh_date

PLACEHOLDERS: Final = HEADING_WORDS
"""What a title pattern of a policy pack may ask for."""

KIND_WORDS: Final = {
    ProposalKind.SUGGESTION: "建议",
    ProposalKind.PROPOSAL: "提案",
    ProposalKind.RECOMMENDATION: "建议案",
}
"""How a letter's heading names what it answers."""

HONORIFICS: Final = {ProposerKind.MEMBER: "委员", ProposerKind.DEPUTY: "代表"}
"""Persons are addressed by their office; every other kind is an organisation and addressed by its name alone."""

JOINT_COUNT: Final = 5
"""From so many persons on the salutation says how many they are: “甲、乙、丙、丁、戊等5位委员：”."""

HEADING_LIMIT: Final = 60
"""A numbered opening longer than this is an ordinary sentence, not a heading."""

_HEADINGS: Final = (
    (1, re.compile(r"[一二三四五六七八九十百]+、")),
    (2, re.compile(r"[（(][一二三四五六七八九十百]+[）)]")),
    (3, re.compile(r"\d{1,2}[.．、](?!\d)")),
    (4, re.compile(r"[（(]\d{1,2}[）)]")),
)
_NUMBERED: Final = re.compile(r"[一二三四五六七八九十百（(\d]")
"""How a paragraph must begin to have a heading."""
_LINE_BREAKS: Final = re.compile("\r\n|[\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_BREAKS: Final = re.compile(r"[\n\t]+")
_REFUSED: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
"""Control characters, lone surrogates and non-characters: none of XML, HTML and SQL takes them all."""


@dataclass(frozen=True, slots=True)
class LetterText:
    """One letter to its addressees. What is absent is `None` or empty."""

    title: str
    number: str
    session: str
    kind: ProposalKind
    salutation: str
    paragraphs: tuple[str, ...]
    agency: str
    letter_on: date | None
    """成文日期, printed under the agency's name; None while nobody has fixed it."""
    result_class: str | None = None
    """The class mark (办理结果分类) as printed top right, e.g. `B`."""
    document_number: str | None = None
    contact_unit: str | None = None
    contact_person: str | None = None
    contact_phone: str | None = None
    contact_postcode: str | None = None
    copies: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()


class Line(NamedTuple):
    """One printed line of the canonical text and what it is, which decides its face and place."""

    role: str
    text: str


class Opening(NamedTuple):
    """A paragraph taken apart: a numbered heading (level 1 to 4, or 0 for none) and what follows it on the line."""

    level: int
    heading: str
    rest: str


def clean(text: str) -> str:
    """Text that every format can carry: one kind of line break, no control, surrogate or non-characters.

    Marks of writing direction, emoji and rare characters stay: they are the author's.
    """
    if text.isprintable() or text.replace("\n", "").replace("\u3000", "").isprintable():  # nearly every text, and fast
        return text
    return _REFUSED.sub("", _LINE_BREAKS.sub("\n", text))


def clean_line(text: str) -> str:
    """`clean`, on one line, without white space at either end."""
    if text.isprintable():
        return text.strip()
    return _BREAKS.sub(" ", clean(text)).strip()


def check_pattern(pattern: str, where: str) -> None:
    """Refuse a title pattern that asks for something no letter has.

    Raises: PolicyError naming `where` (file and key) and the placeholders there are.
    """
    remedy = f"请只使用 {'、'.join('{' + name + '}' for name in PLACEHOLDERS)}。"
    try:
        parts = list(string.Formatter().parse(pattern))
    except ValueError as error:
        raise PolicyError(Fault(where, f"标题格式“{pattern}”的花括号不成对", remedy)) from error
    fields = [(name, spec, conversion) for _, name, spec, conversion in parts if name is not None]
    wrong = [name for name, spec, conversion in fields if name not in PLACEHOLDERS or spec or conversion]
    if wrong:
        named = "、".join("{" + name + "}" for name in wrong)
        raise PolicyError(Fault(where, f"标题格式“{pattern}”中有不认识的占位符{named}", remedy))
    if not pattern.strip():
        raise PolicyError(Fault(where, "标题格式为空", remedy))


def heading(pattern: str, *, agency: str, session: str, number: str, subject: str, kind: ProposalKind) -> str:
    """A letter's title under a pack's pattern; the number is printed as it is, leading zeros and all."""
    values = {
        "agency": agency,
        "organ": agency,
        "session": session,
        "number": number,
        "subject": subject,
        "kind": KIND_WORDS[kind],
    }
    return clean_line(pattern.format_map(values))


def salutation(proposers: Sequence[Proposer]) -> str:
    """Whom the letter greets (称谓): persons by office, organisations by name, everybody named.

    Raises: InputError when there is nobody to greet.
    """
    if not proposers:
        raise InputError(Fault("称谓", "没有收信的提案人", "请先登记提案人。"))
    groups: dict[str, list[str]] = {}
    for proposer in proposers:
        groups.setdefault(HONORIFICS.get(proposer.kind, ""), []).append(clean_line(proposer.name))
    persons = [_greet(names, honorific) for honorific, names in groups.items() if honorific]
    return "、".join([*persons, *groups.get("", [])]) + "："


def _greet(names: Sequence[str], honorific: str) -> str:
    count = f"等{len(names)}位" if len(names) >= JOINT_COUNT else ""
    return f"{'、'.join(names)}{count}{honorific}"


def paragraphs_of(text: str) -> tuple[str, ...]:
    """A pasted or read text as paragraphs: one per line, indents and empty lines dropped."""
    return tuple(line.strip() for line in clean(text).split("\n") if line.strip())


def compose(
    *,
    titles: Mapping[ProposalKind, str],
    kind: ProposalKind,
    session: str,
    number: str,
    subject: str,
    agency: str,
    proposers: Sequence[Proposer],
    text: str,
    letter_on: date | None,
    in_recess: bool = False,
    result_class: str | None = None,
    document_number: str | None = None,
    contact_unit: str | None = None,
    contact_person: str | None = None,
    contact_phone: str | None = None,
    contact_postcode: str | None = None,
    copies: Iterable[str] = (),
    attachments: Iterable[str] = (),
) -> LetterText:
    """One letter from a case's facts and the drafted text, under the pack's title pattern for its kind.

    Raises: PolicyError when the pack has no pattern for this kind; InputError when nobody is greeted.
    """
    if kind not in titles:
        raise PolicyError(Fault("标题格式", f"规则包没有规定{kind}答复的标题", "请在规则包中补充该类的标题格式。"))
    when = f"{session}闭会期间" if in_recess else session
    return LetterText(
        title=heading(titles[kind], agency=agency, session=when, number=number, subject=subject, kind=kind),
        number=clean_line(number),
        session=clean_line(when),
        kind=kind,
        salutation=salutation(proposers),
        paragraphs=paragraphs_of(text),
        agency=clean_line(agency),
        letter_on=letter_on,
        result_class=_optional(result_class),
        document_number=_optional(document_number),
        contact_unit=_optional(contact_unit),
        contact_person=_optional(contact_person),
        contact_phone=_optional(contact_phone),
        contact_postcode=_optional(contact_postcode),
        copies=tuple(clean_line(name) for name in copies),
        attachments=tuple(clean_line(name) for name in attachments),
    )


def _optional(value: str | None) -> str | None:
    return (clean_line(value) or None) if value is not None else None


def opening(paragraph: str) -> Opening:
    """Tell a numbered heading from the text behind it; `一、加强自治。一是……` keeps both on one line."""
    for level, pattern in _HEADINGS if _NUMBERED.match(paragraph) else ():
        if pattern.match(paragraph):
            head, stop, rest = paragraph.partition("。")
            if len(head) > HEADING_LIMIT:
                break
            return Opening(level, head + stop, rest)
    return Opening(0, "", paragraph)


def class_mark(letter: LetterText) -> str | None:
    """The mark printed top right of page 1: `办理结果：B类`."""
    mark = letter.result_class
    return None if mark is None else f"办理结果：{mark if mark.endswith('类') else mark + '类'}"


def contact_line(letter: LetterText) -> str | None:
    """附注 with whom to call: `（联系单位：…；联系人：…；联系电话：…；邮编：…）`."""
    parts = (
        ("联系单位", letter.contact_unit),
        ("联系人", letter.contact_person),
        ("联系电话", letter.contact_phone),
        ("邮编", letter.contact_postcode),
    )
    said = "；".join(f"{label}：{value}" for label, value in parts if value)
    return f"（{said}）" if said else None


def attachment_lines(letter: LetterText) -> tuple[str, ...]:
    """附件说明: one line each, numbered when there is more than one."""
    match letter.attachments:
        case ():
            return ()
        case (only,):
            return (f"附件：{only}",)
        case names:
            return tuple(f"{'附件：' if no == 1 else ''}{no}.{name}" for no, name in enumerate(names, 1))


@lru_cache(maxsize=8)
def lines(letter: LetterText) -> tuple[Line, ...]:
    """Everything the letter prints, in reading order; .docx, PDF, page and hash are all made from this.

    Kept for a few letters: each is asked for its lines several times while its page is made.
    """
    printed = (
        ("class", (class_mark(letter),)),
        ("document-number", (letter.document_number,)),
        ("title", (letter.title,)),
        ("salutation", (letter.salutation,)),
        ("paragraph", letter.paragraphs),
        ("attachment", attachment_lines(letter)),
        ("agency", (letter.agency,)),
        ("date", (zh_date(letter.letter_on),)),
        ("contact", (contact_line(letter),)),
        ("copies", (f"抄送：{'，'.join(letter.copies)}。" if letter.copies else None,)),
    )
    said = [(role, clean(text).replace("\n", " ")) for role, texts in printed for text in texts if text]
    return tuple([Line(role, text) for role, text in said if text])


def full_text(letter: LetterText) -> str:
    """The canonical text: every printed line, joined by line breaks. Its hash is what signatures cover."""
    return "\n".join(line.text for line in lines(letter))


@lru_cache(maxsize=8)
def text_sha256(letter: LetterText) -> str:
    """Hash of the canonical text, hexadecimal."""
    return hashlib.sha256(full_text(letter).encode()).hexdigest()
