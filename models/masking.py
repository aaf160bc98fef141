"""What a public page hides of a letter (脱敏): personal numbers and addresses. The stored original stays as it is.

Office telephones with an area code are public and stay. Source: 政府信息公开条例 第十五条; 个人信息保护法 第二十八条.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from models.vocabulary import MaskKind


@dataclass(frozen=True, slots=True)
class Span:
    """One hidden place: `original` stood at `start` (inclusive) to `end` (exclusive) of the text given."""

    start: int
    end: int
    kind: MaskKind
    original: str
    shown: str


@dataclass(frozen=True, slots=True)
class Masked:
    """The text as the public reads it, and what was hidden, in order of place."""

    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Masking:
    """What is hidden of one case's texts (脱敏决定): the pack's kinds, less what the reviewer leaves readable, and his own.

    It is kept in words, not places, so it holds for the letter, its title and the proposal alike, and finds what a
    later version adds. `readable` names a finding by its words or by the stars it is shown as; an entry of `hidden` is
    the words to hide, or `words=what is shown instead`.
    """

    kinds: tuple[MaskKind, ...]
    readable: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    def apply(self, text: str) -> Masked:
        """The text as the public may read it."""
        return mask(text, self.kinds, readable=self.readable, hidden=self.hidden)

    def missing(self, *texts: str) -> tuple[str, ...]:
        """Words the reviewer named that stand in none of the texts: a slip, and something would stay readable."""
        words = (one.partition("=")[0] for one in self.hidden)
        return tuple(word for word in words if not any(word in text for text in texts))


_GAP: Final = r"[ \u00a0\u3000\-‐-―]?"
_DIGITS: Final = re.compile(rf"\d\d\d\d{_GAP}\d")
_ANYTHING: Final = re.compile("")


@dataclass(frozen=True, slots=True)
class _Finder:
    """How one kind is recognised and shown. The group `hide`, where there is one, is the part hidden."""

    kind: MaskKind
    pattern: re.Pattern[str]
    holds: Callable[[str], bool]
    show: Callable[[str], str]
    has: re.Pattern[str] = _ANYTHING
    """What every such place has, far faster to look for: most paragraphs have none."""


_ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS: Final = "10X98765432"
"""Source: GB 11643-1999, 公民身份号码, check digit by ISO 7064 MOD 11-2."""


def _plain(text: str) -> str:
    """Half-width, without the spaces and dashes people group digits by."""
    return re.sub(r"[\s\-‐-―]", "", unicodedata.normalize("NFKC", text)).upper()


def is_id_card(text: str) -> bool:
    """Whether eighteen characters are a citizen's number: plausible birthday and right check digit."""
    number = _plain(text)
    if not re.fullmatch(
        r"[1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]", number
    ):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, number, strict=False))
    return _ID_CHECKS[total % 11] == number[17]


def is_bank_card(text: str) -> bool:
    """Whether sixteen to nineteen digits are a card number. Source: ISO/IEC 7812-1 (Luhn)."""
    number = _plain(text)
    if not re.fullmatch(r"[3-6][0-9]{15,18}", number) or len(set(number)) == 1:
        return False
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_mobile(text: str) -> bool:
    return re.fullmatch(r"(?:\+?86|0)?1[3-9][0-9]{9}", _plain(text)) is not None


def _always(_text: str) -> bool:
    return True


def _show_id(text: str) -> str:
    return f"{_plain(text)[:1]}{'*' * 16}{_plain(text)[-1]}"


def _show_card(text: str) -> str:
    return f"****{_plain(text)[-4:]}"


def _show_mobile(text: str) -> str:
    number = _plain(text)[-11:]
    return f"{number[:3]}****{number[-4:]}"


def _show_email(text: str) -> str:
    name, _, domain = text.rpartition("@")
    return f"{name[:1]}***@{domain}"


_ADDRESS_SHOWN: Final = "（住址略）"
_LEFT_OUT: Final = "（略）"
_TELLING: Final = re.compile(r"\*.*[0-9A-Za-z]|[0-9A-Za-z].*\*")
_BUSINESS: Final = re.compile(r"[^\W\d_A-Za-z与由向对请和及]{3,20}(?:有限责任公司|有限公司|股份公司|集团)")
_PATIENT: Final = r"(?:患者|患儿|病人|学生|儿童|女童|男童|女孩|男孩|孤儿|未成年人)"
_HOME_WORDS: Final = (
    r"(?:家庭住址|家庭地址|居住地址|通讯地址|通信地址|户籍地址|住址|家住|现居住在|现居住于|现住|居住在|居住于)"
)
_ROOM: Final = r"(?:\d+|[一二三四五六七八九十甲乙丙丁东西A-Za-z]+)"

_FINDERS: Final = (
    _Finder(
        MaskKind.ID_CARD,
        re.compile(rf"(?<![\dA-Za-z])\d{{6}}{_GAP}\d{{4}}{_GAP}\d{{4}}{_GAP}\d{{3}}[\dXxＸｘ](?![\dA-Za-z])"),
        is_id_card,
        _show_id,
        has=_DIGITS,
    ),
    _Finder(
        MaskKind.BANK_CARD,
        re.compile(rf"(?<![\dA-Za-z])\d{{4}}(?:{_GAP}\d){{12,15}}(?![\dA-Za-z])"),
        is_bank_card,
        _show_card,
        has=_DIGITS,
    ),
    _Finder(
        MaskKind.MOBILE,
        re.compile(rf"(?<!\d)(?:[+＋]?(?:86|８６){_GAP}|[0０])?[1１]\d{{2}}{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)"),
        _is_mobile,
        _show_mobile,
        has=_DIGITS,
    ),
    _Finder(
        MaskKind.EMAIL,
        re.compile(
            r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9\-]{0,62}\.)+[A-Za-z]{2,24}"
        ),
        _always,
        _show_email,
        has=re.compile("@"),
    ),
    _Finder(
        MaskKind.DEPUTY_CARD,
        re.compile(
            r"(?:代表证|委员证)(?:编)?号?(?:码)?[为是:：\s]{0,3}(?:第)?(?P<hide>[A-Za-z]{0,4}-?\d[\dA-Za-z\-]{2,19})"
        ),
        _always,
        lambda _text: "****",
    ),
    _Finder(
        MaskKind.HOME_ADDRESS,
        re.compile(rf"{_HOME_WORDS}[为是:：\s]{{0,3}}(?P<hide>[^，。；、,;（）()\n\s“”《》]{{4,60}})"),
        _always,
        lambda _text: _ADDRESS_SHOWN,
    ),
    _Finder(
        MaskKind.POSTCODE,
        re.compile(rf"{_HOME_WORDS}[^。；;\n]{{4,60}}?邮(?:政)?编(?:码)?[为是:：\s]{{0,3}}(?P<hide>\d{{6}})(?!\d)"),
        _always,
        lambda _text: "******",
    ),
    _Finder(  # a name is taken for one only between what it is and an age, a sex or 同学; others the reviewer names
        MaskKind.PRIVATE_NAME,
        re.compile(
            rf"{_PATIENT}(?:姓名[为是:：])?(?P<hide>[\u4e00-\u9fff]{{2,3}})"
            r"(?=同学|小朋友|[（(，,、]?(?:男|女)[，,、）)]|[（(，,、]?(?:现年|今年)?\d{1,2}(?:周?岁|个?月大))"
        ),
        lambda text: "某" not in text,
        lambda text: f"{text[0]}某",
    ),
    _Finder(  # a room is somebody's home wherever it is named; the estate alone may be what the reply is about
        MaskKind.HOME_ADDRESS,
        re.compile(
            r"(?:小区|花园|新村|苑|公寓|弄|号院|家园|路\d+号|街\d+号)"
            rf"(?P<hide>{_ROOM}(?:号楼|栋|幢|座|号)(?:{_ROOM}单元)?{_ROOM}(?:室|户|号))"
        ),
        _always,
        lambda _text: _ADDRESS_SHOWN,
    ),
)


def mask(
    text: str, kinds: Collection[MaskKind], *, readable: Collection[str] = (), hidden: Collection[str] = ()
) -> Masked:
    """Hide every place of the given kinds and every `hidden` word; the reviewer's words win over what the rules find,
    and of two that overlap the kind named first in `MaskKind` wins.

    Masking what is already masked changes nothing.
    """
    found: list[Span] = []
    for entry in sorted(hidden, key=len, reverse=True):
        _add(found, _named(text, entry))
    for finder in _FINDERS:
        if finder.kind in kinds and finder.has.search(text):
            _add(found, (span for span in _find(text, finder) if not _left(span, readable)))
    spans = tuple(sorted(found, key=lambda span: span.start))
    parts: list[str] = []
    end = 0
    for span in spans:
        parts += [text[end : span.start], span.shown]
        end = span.end
    return Masked("".join([*parts, text[end:]]), spans)


def is_telling(shown: str) -> bool:
    """Whether the stars still tell which number or address is behind them."""
    return _TELLING.search(shown) is not None


def doubtful(text: str) -> tuple[str, ...]:
    """Names of businesses: hidden only where the reviewer thinks them sensitive (商业秘密), so they are only pointed at."""
    return tuple(dict.fromkeys(found.group() for found in _BUSINESS.finditer(text)))


def _add(found: list[Span], spans: Iterable[Span]) -> None:
    found.extend([span for span in spans if not any(_overlap(span, other) for other in found)])


def _named(text: str, entry: str) -> Iterator[Span]:
    words, _, shown = entry.partition("=")
    for match in re.finditer(re.escape(words), text) if words else ():
        yield Span(match.start(), match.end(), MaskKind.BY_REVIEWER, words, shown or _LEFT_OUT)


def _left(span: Span, readable: Collection[str]) -> bool:
    """Whether the reviewer leaves it readable; stars name it only where they still tell which it is."""
    return span.original in readable or (is_telling(span.shown) and span.shown in readable)


def _find(text: str, finder: _Finder) -> list[Span]:
    spans = []
    for match in finder.pattern.finditer(text):
        group = next((name for name in finder.pattern.groupindex if match.group(name) is not None), 0)
        original = match.group(group)
        shown = finder.show(original)
        if finder.holds(original) and original != shown:
            spans.append(Span(match.start(group), match.end(group), finder.kind, original, shown))
    return spans


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
