"""A reply read for its check-up (复文体检): the letter's parts with their places, and what the office knows of the case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from models.answers import Answer
from models.published import Published, read_published
from models.published_heading import Sources, read_subject
from models.published_layout import lay_out
from models.published_marks import damages, read_document_number
from models.published_text import Found, Page, Row, fold
from models.values.case import Proposer
from models.values.reply import Promise
from models.workdays import Calendar


class Severity(StrEnum):
    """What a remark asks for before anyone signs."""

    SERIOUS = "必改"
    """Mended, or waived by a person with a reason."""
    NOTICE = "提醒"


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule found: line and column (from 1; 0 where it is the whole letter), the words there, why, what to do."""

    line: int
    column: int
    quote: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding of the check-up, ready to be shown. `length` counts the characters of `quote` from `column` on."""

    rule: str
    title: str
    severity: Severity
    line: int
    column: int
    length: int
    quote: str
    reason: str
    remedy: str

    @property
    def where(self) -> str:
        """The place in words."""
        return f"第{self.line}行第{self.column}字" if self.line else "全文"

    def __str__(self) -> str:
        said = f"“{self.quote[:30]}{'…' if len(self.quote) > 30 else ''}”：" if self.quote else ""
        return f"{self.where}：{said}{self.reason}。{self.remedy}"


@dataclass(frozen=True, slots=True)
class OpinionKnown:
    """A co-handler's opinion (会办意见): the agency by its names, and the words."""

    names: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Copied:
    """A paragraph that stands in another letter too: its line here, the other case, the share that is the same."""

    line: int
    other: str
    share: float


@dataclass(frozen=True, slots=True)
class Known:
    """What the office knows of the case. What is None or empty is not known, and no rule guesses it."""

    today: date | None = None
    calendar: Calendar | None = None
    numbers: tuple[str, ...] = ()
    session: str | None = None
    titles: tuple[str, ...] = ()
    proposers: tuple[Proposer, ...] = ()
    assigned_on: date | None = None
    classes: Mapping[str, str] | None = None
    """The letters of the place's scheme with their meanings."""
    document_prefix: str | None = None
    asks: tuple[str, ...] = ()
    first_ask: int = 1
    """The number of the first of these asks: those of merged proposals are counted on."""
    last_ask: int = 0
    """The number of the last ask of all that this reply answers, if there are more than `asks`."""
    answered: Mapping[int, Answer] = field(default_factory=dict)
    """Which paragraphs answer which ask, as the drafter says; asks he does not name are matched by their words."""
    opinions: tuple[OpinionKnown, ...] = ()
    promises: tuple[Promise, ...] | None = None
    """The promises recorded with this version; None where no case is known."""
    copied: tuple[Copied, ...] = ()
    sent: bool = True
    """Whether the letter is finished: one still to be sent carries no date yet."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter's parts. `body` are the paragraphs between salutation and signature; `rows` everything of the letter."""

    page: Published
    body: tuple[Row, ...]
    rows: tuple[Row, ...]

    @property
    def opening(self) -> str:
        """The first paragraph, folded."""
        return self.body[0].text if self.body else ""

    @property
    def words(self) -> str:
        """The body, folded, a paragraph a line."""
        return "\n".join(row.text for row in self.body)


Check = Callable[[Letter, Known], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id and name, how grave a finding is, what it looks for and why, and the function that looks."""

    rule_id: str
    title: str
    severity: Severity
    why: str
    check: Check = field(repr=False)
    whole: bool = False
    """Whether it needs the whole letter, and so says nothing of a text that is to become the body of one."""


def read_letter(lines: Sequence[tuple[int, str]], meta: Mapping[str, str]) -> Letter:
    """A whole letter: a file's numbered lines, or the printed lines of one still to be sent."""
    page = Page.of(lines, meta)
    layout = lay_out(page)
    start = layout.heading[0] if layout.heading else layout.salutation[0] if layout.salutation else layout.body
    return Letter(read_published(lines, meta), page.rows[layout.body : layout.end], page.rows[start : layout.footer])


def read_body(text: str, *, document_number: str | None = None) -> Letter:
    """The text of a draft, to which the system adds heading, salutation and signature."""
    lines = zip(text.split("\n"), fold(text).split("\n"), strict=True)
    rows = tuple(Row(number, raw, folded) for number, (raw, folded) in enumerate(lines, 1) if folded.strip())
    nothing: Found[str] | None = None
    page = Published(
        kind=None, session=nothing, number=nothing, title=nothing, subject=read_subject(Sources((), rows[:1])), addressees=None, agency=nothing,
        agency_full=nothing, result_class=nothing, contacts=None, document_number=read_document_number((Row(0, document_number, fold(document_number)),)) if document_number else None, letter_on=None,
        published_on=None, body=nothing, asks=None, damages=damages(rows),
    )  # fmt: skip
    return Letter(page, rows, rows)


def at(found: Found[Any], reason: str, remedy: str) -> Hit:
    """A hit where something was read."""
    return Hit(found.place.line, found.place.column, found.text, reason, remedy)


def within(row: Row, span: tuple[int, int], reason: str, remedy: str) -> Hit:
    """A hit in a row, from and up to these offsets."""
    return Hit(row.number, span[0] + 1, row.raw[span[0] : span[1]], reason, remedy)


def nowhere(reason: str, remedy: str) -> Hit:
    """A hit that is something missing."""
    return Hit(0, 0, "", reason, remedy)


def sentences(row: Row) -> Iterator[tuple[int, int]]:
    """The offsets of a row's sentences."""
    start = 0
    for index, sign in enumerate(row.text):
        if sign in "。;!?":
            yield start, index + 1
            start = index + 1
    if row.text[start:].strip():
        yield start, len(row.text)
