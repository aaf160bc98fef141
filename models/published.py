"""Reading a reply (答复函) or a 建议案 as an office published it: every field with the place where it was found.

What the page does not say is None, what is damaged is marked, nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from models.asks import Ask, asks_in
from models.published_agency import read_agencies, read_full_name
from models.published_contacts import Contacts, is_contact, read_contacts
from models.published_heading import (
    Sources,
    is_opening,
    is_reply_heading,
    read_kind,
    read_numbers,
    read_session,
    read_subject,
    title_offset,
)
from models.published_json import plain
from models.published_layout import Layout, is_site_words, lay_out
from models.published_marks import (
    damages,
    date_found,
    read_class,
    read_document_number,
    read_formed_on,
    read_published_on,
)
from models.published_people import Addressee, read_addressees
from models.published_text import Found, Page, Place, Row, tidy
from models.vocabulary import ProposalKind


@dataclass(frozen=True, slots=True)
class Published:
    """What a published page says. `agency` signed first; `agencies` and `numbers` hold all, the first included.

    `body` is the letter between salutation and signature, paragraph by paragraph, without the lines that only
    carry the class or a contact. `damages` lists words of the letter that lost signs.
    """

    kind: Found[ProposalKind] | None
    session: Found[str] | None
    number: Found[str] | None
    title: Found[str] | None
    subject: Found[str] | None
    addressees: Found[tuple[Addressee, ...]] | None
    agency: Found[str] | None
    agency_full: Found[str] | None
    result_class: Found[str] | None
    contacts: Found[Contacts] | None
    document_number: Found[str] | None
    letter_on: Found[date] | None
    published_on: Found[date] | None
    body: Found[str] | None
    asks: Found[tuple[Ask, ...]] | None
    numbers: tuple[Found[str], ...] = ()
    agencies: tuple[Found[str], ...] = ()
    damages: tuple[Found[str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Parts:
    heading: tuple[Row, ...]
    above: tuple[Row, ...]
    beside: tuple[Row, ...]
    salutation: tuple[Row, ...]
    letter: tuple[Row, ...]
    tail: tuple[Row, ...]
    after: tuple[Row, ...]
    below: tuple[Row, ...]


def read_published(lines: Sequence[tuple[int, str]], meta: Mapping[str, str]) -> Published:
    """Read one page, given as numbered lines and the tags of its head. Any text can be read; none raises."""
    page = Page.of(lines, meta)
    layout = lay_out(page)
    parts = _cut(page.rows, layout)
    sources = _sources(parts)
    session = read_session((*sources.rows, *parts.beside))
    kind = read_kind(sources, parts.salutation, session)
    numbers = () if _is_recommendation(kind, parts) else read_numbers(sources, parts.above)
    signers = [(page.rows[at], start, end) for at, start, end in layout.signature.signers] if layout.signature else []
    outside = (*parts.above, *parts.below)
    agencies = read_agencies(signers, _letterhead(page, layout), outside, page)
    agency = agencies[0] if agencies else None
    named = (*parts.heading, *outside)
    return Published(
        kind=kind,
        session=session,
        number=numbers[0] if numbers else None,
        numbers=numbers,
        title=_title(parts.heading),
        subject=read_subject(sources),
        addressees=read_addressees(parts.salutation, layout.colon),
        agency=agency,
        agencies=agencies,
        agency_full=read_full_name(agency, named, page),
        result_class=read_class(parts.above, (*parts.tail, *parts.after), parts.heading),
        contacts=read_contacts((*parts.tail, *parts.after)),
        document_number=read_document_number(parts.above),
        letter_on=_letter_on(page, layout, outside),
        published_on=read_published_on(page, parts.above, parts.below, parts.beside),
        body=_body(parts.letter) if parts.heading or parts.salutation or _opens(parts.letter) else None,
        asks=_asks(kind, parts),
        damages=damages(parts.letter),
    )


def _cut(rows: tuple[Row, ...], layout: Layout) -> _Parts:
    start = layout.salutation[0] if layout.salutation else layout.body
    letter = list(rows[layout.body : layout.end])
    if letter and layout.offset:
        first = letter[0]
        blank = " " * layout.offset
        letter[0] = Row(first.number, blank + first.raw[layout.offset :], blank + first.text[layout.offset :])
    last = layout.signature.last + 1 if layout.signature else layout.end
    return _Parts(
        heading=tuple(rows[index] for index in layout.heading),
        above=tuple(row for index, row in enumerate(rows[:start]) if index not in layout.heading),
        beside=rows[layout.heading[-1] + 1 : start] if layout.heading else rows[:start],
        salutation=tuple(rows[index] for index in layout.salutation),
        letter=tuple(row for row in letter if not (_is_mark(row) or is_site_words(row))),
        tail=tuple(row for row in rows[layout.body : last] if _is_mark(row)),
        after=rows[last : min(layout.footer, last + 6)] if layout.signature else (),
        below=rows[last:],
    )


def _is_mark(row: Row) -> bool:
    return is_contact(row) or (len(row.bare) <= 40 and read_class((), (row,), ()) is not None)


def _sources(parts: _Parts) -> Sources:
    return Sources(parts.heading, tuple(Row(row.number, row.raw[:300], row.text[:300]) for row in parts.letter[:2]))


def _title(rows: tuple[Row, ...]) -> Found[str] | None:
    if not rows:
        return None
    start = title_offset(rows[0].text)
    start += len(rows[0].text[start:]) - len(rows[0].text[start:].lstrip())
    raw = "\n".join(row.raw for row in rows)[start:].rstrip()
    value = "".join(tidy(line) for line in raw.split("\n"))
    return Found(value, Place(rows[0].number, start + 1), raw)


def _is_recommendation(kind: Found[ProposalKind] | None, parts: _Parts) -> bool:
    """Whether the page is a 建议案 itself, not the reply to one."""
    return (
        kind is not None
        and kind.value is ProposalKind.RECOMMENDATION
        and not any(is_reply_heading(row.text) for row in parts.heading)
    )


def _letterhead(page: Page, layout: Layout) -> tuple[Row, ...]:
    """The heading, and the rows just above it, where an office may print its name."""
    first = layout.heading[0] if layout.heading else 0
    return tuple(page.rows[index] for index in layout.heading) + page.rows[max(first - 3, 0) : first][::-1]


def _letter_on(page: Page, layout: Layout, outside: Sequence[Row]) -> Found[date] | None:
    if layout.signature and layout.signature.dated:
        index, read = layout.signature.dated
        return date_found(page.rows[index], read)
    return read_formed_on(outside)


def _opens(letter: tuple[Row, ...]) -> bool:
    return bool(letter) and is_opening(letter[0].text)


def _body(letter: tuple[Row, ...]) -> Found[str] | None:
    if not letter:
        return None
    return letter[0].whole("\n".join(tidy(row.raw) for row in letter))


def _asks(kind: Found[ProposalKind] | None, parts: _Parts) -> Found[tuple[Ask, ...]] | None:
    if not _is_recommendation(kind, parts):
        return None
    asks = asks_in([(row.number, row.raw) for row in parts.letter])
    if not asks:
        return None
    return Found(asks, Place(asks[0].line, asks[0].column), asks[0].marker)


def as_json(published: Published) -> dict[str, object]:
    """The page as plain values for `banli import --json`: every field with value, place and raw words, or null."""
    return plain(published)
