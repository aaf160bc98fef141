"""What the public site shows (公开网站), as values: one case as it may be shown, and its short form for lists."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Final

from models.errors import Fault, InputError
from models.vocabulary import PromiseStatus, ProposalKind, PublicationMode, Satisfaction
from notifications.letters import LetterText, clean, clean_line, lines

_SLUG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_FORMULA: Final = re.compile(r"答复如下[：:]?$|收悉")
_DIRECTION_MARKS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Office:
    """Who runs the site (主办单位)."""

    name: str
    site_name: str = "建议提案办理公开"
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One dated step of the handling, in words for the public."""

    on: date
    words: str


@dataclass(frozen=True, slots=True)
class PublicPromise:
    """A promise as the public may follow it (承诺事项)."""

    text: str
    due_on: date | None
    status: PromiseStatus
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class SiteCase:
    """One case as it may be shown: already reviewed and masked, nothing on it is secret."""

    ref: str
    slug: str
    """The page's file name without `.html`; see `case_slug`."""
    place: int
    """Where it stands in the search index: a number of its own that never changes, such as the proposal's id."""
    session: str
    kind: ProposalKind
    number: str
    title: str
    agency: str
    mode: PublicationMode
    published_on: date | None = None
    letter: LetterText | None = None
    """Present when the whole text is public."""
    summary: str | None = None
    reason: str | None = None
    """Why it is not, or not wholly, public."""
    co_handlers: tuple[str, ...] = ()
    proposers: tuple[str, ...] = ()
    result_class: str | None = None
    class_meaning: str | None = None
    class_scheme: str = ""
    """Whose scheme the class belongs to: the same letter means different things in different places."""
    document_number: str | None = None
    letter_on: date | None = None
    letter_date_note: str | None = None
    """What the original says where its date is unreadable."""
    proposal_text: str | None = None
    hidden: int = 0
    """How many places of the reply and the proposal the public does not read."""
    timeline: tuple[TimelineRow, ...] = ()
    promises: tuple[PublicPromise, ...] = ()
    satisfaction: Satisfaction | None = None
    """Only once it has been released."""
    taken_down_on: date | None = None
    taken_down_note: str | None = None
    corrected_on: date | None = None
    correction_note: str | None = None
    index_number: str | None = None
    topic: str | None = None
    publisher: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What lists, feeds and downloads need of one case; small, because all of them are held at once."""

    slug: str
    place: int
    ref: str
    name: str
    title: str
    number: str
    session: str
    kind: str
    agency: str
    co_handlers: tuple[str, ...]
    proposers: tuple[str, ...]
    result_class: str | None
    class_meaning: str | None
    class_scheme: str
    document_number: str | None
    index_number: str | None
    topic: str | None
    mode: str
    letter_on: date | None
    published_on: date | None
    updated_on: date | None
    corrected_on: date | None
    taken_down_on: date | None
    satisfaction: str | None
    lead: str
    """The first words of what is public, for feeds and search results."""
    digest: str = ""
    """Of all the above: lists that show the same entries need not be made again."""

    @property
    def taken_down(self) -> bool:
        """Whether only a note is left of the page."""
        return self.taken_down_on is not None

    @property
    def path(self) -> str:
        """The page, from the site's root."""
        return f"cases/{self.slug}.html"

    @property
    def class_label(self) -> str:
        """`B类`, or empty."""
        mark = self.result_class or ""
        return mark if not mark or mark.endswith("类") else f"{mark}类"

    @property
    def year(self) -> str:
        """The year it was published, or else dated."""
        day = self.published_on or self.letter_on
        return str(day.year) if day else ""


@dataclass(frozen=True, slots=True)
class Made:
    """One file of the site: what it is made of, printed the same in every process, and how."""

    name: str
    of: object
    make: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Field:
    """One row of the metadata block (信息公开要素)."""

    label: str
    value: str
    link: str | None = None


def case_slug(ref: str, number: str) -> str:
    """A file name that stays the same as long as the case is called the same: readable number, then a digest."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", number).strip("-")[:40]
    digest = hashlib.sha256(ref.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{readable}-{digest}" if readable else digest


@lru_cache(maxsize=1024)
def facet_slug(value: str) -> str:
    """The file name of a list page: a year as it is, anything else by its digest."""
    return value if re.fullmatch(r"[0-9]{4}", value) else hashlib.sha256(value.encode()).hexdigest()[:12]


def check_case(case: SiteCase) -> None:
    """Refuse what cannot become a page.

    Raises: InputError naming the case.
    """
    if not _SLUG.fullmatch(case.slug):
        raise InputError(Fault(case.ref, f"页面名“{case.slug}”不能用作文件名", "请只用字母、数字、短横线和下划线。"))
    if case.mode is PublicationMode.FULL and case.letter is None and case.taken_down_on is None:
        raise InputError(Fault(case.ref, "决定全文公开，却没有答复全文", "请先完成答复，再公开。"))
    if case.mode is PublicationMode.SUMMARY and not (case.summary or "").strip() and case.taken_down_on is None:
        raise InputError(Fault(case.ref, "决定摘要公开，却没有摘要", "请填写摘要，再公开。"))


def plain(text: str) -> str:
    """One clean line without marks of writing direction, for places that cannot isolate them (titles, feeds)."""
    return clean_line(text if text.isprintable() else _DIRECTION_MARKS.sub("", text))


@lru_cache(maxsize=1024)
def shared(text: str) -> str:
    """`plain` for names that recur on thousands of cases, so that all of them hold one string."""
    return plain(text)


def shown_lines(case: SiteCase) -> tuple[str, ...]:
    """What the public reads of the reply, line by line: the letter, its summary, or nothing."""
    if case.taken_down_on is not None:
        return ()
    if case.mode is PublicationMode.FULL and case.letter is not None:
        return tuple(line.text for line in lines(case.letter))
    if case.mode is PublicationMode.SUMMARY:
        return text_lines(case.summary or "")
    return ()


def text_lines(text: str) -> tuple[str, ...]:
    """A text's lines as they are printed, without empty ones."""
    return tuple(line.strip() for line in clean(text).split("\n") if line.strip())


def article_name(case: SiteCase) -> str:
    """名称: the letter's title where it is public, else what the page is about."""
    if case.letter is not None and case.mode is PublicationMode.FULL and case.taken_down_on is None:
        return plain(case.letter.title)
    return plain(f"关于{case.session}第{case.number}号{case.kind}《{case.title}》的办理情况")


def entry(case: SiteCase) -> Entry:
    """The case as lists show it."""
    days = [day for day in (case.published_on, case.corrected_on, case.taken_down_on) if day is not None]
    made = Entry(
        slug=case.slug,
        place=case.place,
        ref=plain(case.ref),
        name=article_name(case),
        title=plain(case.title),
        number=plain(case.number),
        session=shared(case.session),
        kind=case.kind.value,
        agency=shared(case.agency),
        co_handlers=tuple(shared(name) for name in case.co_handlers),
        proposers=tuple(plain(name) for name in case.proposers),
        result_class=shared(case.result_class) if case.result_class else None,
        class_meaning=shared(case.class_meaning) if case.class_meaning else None,
        class_scheme=shared(case.class_scheme),
        document_number=_plain(case.document_number),
        index_number=_plain(case.index_number),
        topic=shared(case.topic) if case.topic else None,
        mode=case.mode.value,
        letter_on=case.letter_on,
        published_on=case.published_on,
        updated_on=max(days, default=case.letter_on),
        corrected_on=case.corrected_on,
        taken_down_on=case.taken_down_on,
        satisfaction=case.satisfaction.value if case.satisfaction else None,
        lead=plain(_lead(case))[:120],
    )
    object.__setattr__(made, "digest", digest_of(_ALL_BUT_DIGEST(made)))
    return made


_ALL_BUT_DIGEST: Final = attrgetter(*(field.name for field in fields(Entry) if field.name != "digest"))


def day_of(item: Entry) -> date:
    """The day lists are ordered by."""
    return item.published_on or item.letter_on or date.min


def digest_of(*values: object) -> str:
    """What something is made of, in one short word; every value must print itself the same in every process."""
    return hashlib.blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _plain(value: str | None) -> str | None:
    return plain(value) if value else None


def _lead(case: SiteCase) -> str:
    """The first paragraph that says something: not the greeting, not the formula of receipt."""
    if case.taken_down_on is not None:
        return "本页内容已撤回。"
    if case.mode is PublicationMode.SUMMARY:
        return case.summary or ""
    if case.letter is None or case.mode is PublicationMode.NONE:
        return "按规定不予公开。"
    said = (line for line in case.letter.paragraphs if not _FORMULA.search(line))
    return next(said, case.letter.title)


def pages_of(items: Sequence[Entry], size: int) -> Iterator[tuple[int, int, Sequence[Entry]]]:
    """Cut a list into pages: (number from 1, how many there are, items); an empty list is one empty page."""
    count = max(1, -(-len(items) // size))
    for number in range(1, count + 1):
        yield number, count, items[(number - 1) * size : number * size]
