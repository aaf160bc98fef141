"""Whether the letter answers this proposal and greets these people: number, session, title, names (体检：对象)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final

from models.numbering import normalise, parse_session
from models.proofreading.letter import Hit, Known, Letter, at, nowhere, within
from models.published_heading import Sources, read_numbers, read_session
from models.published_people import Addressee
from models.published_text import Found, Row, squeeze
from models.vocabulary import ProposerKind

_MEND: Final = "请核对案卷后改正。"
_NOT_TITLE: Final = re.compile(r"^关于|的(?:提案|建议|议案|建议案)$|(?:提案|建议案|议案)$|[^\w]")
_ALIKE: Final = 0.55
"""Below this share of common characters two titles are two proposals'; a retyped title is far above it."""
_SAME: Final = 0.999
_YOU: Final = re.compile(r"(?P<many>你们|您们)|(?P<one>您)")
_TELLS: Final = re.compile(r"提出|提交|收悉")


def _numbers(letter: Letter) -> Iterator[tuple[Found[str], ...]]:
    """The numbers the heading says, then those the opening says."""
    if letter.page.title and letter.page.numbers:
        yield letter.page.numbers
    if letter.body and _TELLS.search(letter.opening):
        yield tuple(one for one in read_numbers(Sources((), letter.body[:1]), ()) if one.value)


def number_differs(letter: Letter, known: Known) -> Iterator[Hit]:
    """A number that is not this case's; without a case, an opening that names another one than the heading."""
    own = {normalise(number) for number in known.numbers}
    groups = [group for group in _numbers(letter) if group]
    if own:
        for one in (one for group in groups for one in group if one.value):
            if normalise(str(one.value)) not in own:
                yield at(one, f"编号应为{'、'.join(known.numbers)}", _MEND)
    elif len(groups) == 2:
        heading = {normalise(str(one.value)) for one in groups[0] if one.value}
        for one in groups[1]:
            if heading and normalise(str(one.value)) not in heading:
                yield at(one, f"正文的编号与标题（{'、'.join(sorted(heading))}）不一致", _MEND)


def number_missing(letter: Letter, _known: Known) -> Iterator[Hit]:
    """A letter that answers a numbered proposal without its number, or with one that lost its digits."""
    found = letter.page.number
    if found is None and letter.page.title is not None and "建议案" not in letter.page.title.text:
        yield nowhere("标题和正文开头都没有编号", "请写明第几号。")
    elif found is not None and found.damaged:
        yield at(found, found.damaged, "请补上编号。")


def session_differs(letter: Letter, known: Known) -> Iterator[Hit]:
    """A session that is not this case's, or told differently in heading and opening. A shorter name is the same."""
    heading = letter.page.session if letter.page.title else None
    opening = read_session(letter.body[:1]) if _TELLS.search(letter.opening) else None
    if known.session:
        told = [one for one in (heading, opening) if one is not None and one.value]
        wanted = known.session
    else:
        told = [opening] if heading and heading.value and opening and opening.value else []
        wanted = str(heading.value) if heading else ""
    for one in told:
        if not _same_session(str(one.value), wanted):
            yield at(one, f"届次应为“{wanted}”" if known.session else f"与标题的届次“{wanted}”不一致", _MEND)


def _same_session(told: str, wanted: str) -> bool:
    one, other = parse_session(told), parse_session(wanted)
    if one is None or other is None:
        return True
    meetings = None in {one.meeting, other.meeting} or one.meeting == other.meeting
    return (one.body, one.term) == (other.body, other.term) and meetings


def title_differs(letter: Letter, known: Known) -> Iterator[Hit]:
    """A title that is another proposal's, or was retyped with a slip."""
    found = letter.page.subject
    if found is None or not found.value or not known.titles:
        return
    told = _bare(found.value)
    titles = {_bare(title): title for title in known.titles}
    bare = next(iter(titles)) if len(titles) == 1 else max(titles, key=lambda one: _likeness(told, one))
    if told in bare or bare in told:
        return
    near, likeness = titles[bare], _likeness(told, bare)
    if likeness < _ALIKE:
        yield at(found, f"案由与本件“{near}”不符", _MEND)
    elif likeness < _SAME:
        yield at(found, f"案由与本件“{near}”有出入", _MEND)


def _bare(title: str) -> str:
    return _NOT_TITLE.sub("", _NOT_TITLE.sub("", re.sub(r"[\W_]+", "", title)))


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() if one and other else 0.0


def addressee_missing(letter: Letter, known: Known) -> Iterator[Hit]:
    """A joint proposer who is not greeted. A letter that greets one alone is his own; the others have theirs."""
    found = letter.page.addressees
    if not known.proposers:
        return
    greeted = _greeted(found)
    if found is None or not greeted:
        return
    names = {squeeze(one.name) for one in known.proposers}
    here = names & greeted
    if len(greeted) == 1:
        return
    missing = [one.name for one in known.proposers if squeeze(one.name) not in here]
    strangers = greeted - names
    for name in missing:
        if not any(_slip(squeeze(name), other) for other in strangers):
            yield at(found, f"称呼里没有{name}", "请补上，或另发一封。")


def addressee_wrong(letter: Letter, known: Known) -> Iterator[Hit]:
    """A greeted name that no proposer of this case has."""
    found = letter.page.addressees
    if found is None or not known.proposers:
        return
    names = {squeeze(one.name) for one in known.proposers}
    for name in sorted(_greeted(found) - names):
        near = next((own for own in names if _slip(own, name)), "")
        said = f"“{name}”不是本件的提案人" + (f"，是否为“{near}”" if near else "")
        yield at(found, said, "请核对姓名。")


def _greeted(found: Found[tuple[Addressee, ...]] | None) -> set[str]:
    return {squeeze(one.name) for one in found.value or ()} if found else set()


def _slip(one: str, other: str) -> bool:
    """Whether two names are one character apart."""
    return len(one) == len(other) > 1 and sum(a != b for a, b in zip(one, other, strict=True)) == 1


def salutation_missing(letter: Letter, _known: Known) -> Iterator[Hit]:
    """A letter that greets nobody."""
    if letter.page.addressees is None or not letter.page.addressees.value:
        yield nowhere("没有称呼提案人", "请在正文前顶格写明姓名和称谓。")


def salutation_count(letter: Letter, _known: Known) -> Iterator[Hit]:
    """等5位委员 over another number of names."""
    found = letter.page.addressees
    if found is not None and found.value and found.damaged and "位" in found.damaged:
        yield at(found, found.damaged, "请把姓名列全，或改正人数。")


def you_and_number(letter: Letter, _known: Known) -> Iterator[Hit]:
    """您提出的 to several persons, or 你们提出的 to one."""
    found = letter.page.addressees
    people = [one for one in (found.value or ()) if one.kind in _PERSONS] if found else []
    if found is None or not people or len(people) != len(found.value or ()) or found.damaged:
        return
    row: Row | None = letter.body[0] if letter.body else None
    told = _YOU.search(row.text) if row else None
    tells = told and row and re.match(r"[^。,]{0,40}?(?:提出|提交)", row.text[told.start() :])
    if row is None or told is None or not tells:
        return
    if told["one"] and len(people) > 1:
        yield within(row, told.span(), f"收函的有{len(people)}位，应称“你们”", "请改称“你们”，或分别致函。")
    if told["many"] and len(people) == 1:
        yield within(row, told.span(), "收函的只有一位，应称“您”", "请改称“您”，或补上联名的姓名。")


_PERSONS: Final = frozenset({ProposerKind.MEMBER, ProposerKind.DEPUTY})
