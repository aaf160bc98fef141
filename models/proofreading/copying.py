"""Paragraphs that stand in another reply too (套用), told by the hashes of their sentences.

What every reply says is left out: greeting, opening, thanks, and sentences that quote a law or a document. A sentence
that stands in the replies to several other proposals is a habit of the office and counts for nothing: a copy that is
overlooked does less harm than a colleague accused.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from models.published_text import fold

SHORTEST_SENTENCE: Final = 14
"""Characters without punctuation; shorter ones are the same by chance."""
SHORTEST_PARAGRAPH: Final = 60
"""Characters of countable sentences; less is no paragraph that answers anything."""
SAME: Final = 0.8
"""The share of a paragraph's characters that must stand in one other reply."""
HABIT: Final = 3
"""A sentence in the replies to so many other cases is nobody's."""

_STOP: Final = re.compile(r"[。;!?;!?:]")
_NOT_WORD: Final = re.compile(r"[\W_]+")
_TO_OUR_WORK: Final = r".{0,12}(?:工作|发展)"
_FROM_YOU: Final = r".{0,14}(?:提出|监督|关注|支持|关心)"
_BOILERPLATE: Final = re.compile(  # every way begins with a sign of its own, so that the engine skips the rest
    r"收悉|现(?:将|就)?.{0,12}答复如下|感谢(?:您|你们|贵)|联系(?:单位|人|电话)|专此|特此"
    rf"|关心{_TO_OUR_WORK}|支持{_TO_OUR_WORK}|关注{_TO_OUR_WORK}|欢迎{_FROM_YOU}|希望{_FROM_YOU}|恳请{_FROM_YOU}"
)
_QUOTES: Final = re.compile(
    r"《[^》]+》.{0,30}(?:第[一二三四五六七八九十百零\d]+条|规定|明确|要求|提出|指出|强调)|总书记|党的.{2,6}(?:大|全会)"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One countable sentence: the line it stands on, its length without punctuation, its hash (63 bits)."""

    line: int
    length: int
    hash: int


@dataclass(frozen=True, slots=True)
class Same:
    """A line whose sentences stand in the reply to another case, and how much of it."""

    line: int
    case_id: int
    share: float


def sentences_of(lines: Iterable[tuple[int, str]]) -> Iterator[Sentence]:
    """The sentences of numbered lines that count."""
    for number, line in lines:
        for part in _STOP.split(fold(line)):
            words = _NOT_WORD.sub("", part)
            if len(words) >= SHORTEST_SENTENCE and not _BOILERPLATE.search(part) and not _QUOTES.search(part):
                yield Sentence(number, len(words), _hash(words))


def _hash(words: str) -> int:
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest()) >> 1


def same_lines(own: Iterable[Sentence], elsewhere: Mapping[int, Collection[int]]) -> Iterator[Same]:
    """Lines that stand almost word for word in another case's reply; `elsewhere` has the cases of each hash."""
    lengths: Counter[int] = Counter()
    shared: dict[int, Counter[int]] = defaultdict(Counter)
    for one in own:
        lengths[one.line] += one.length
        cases = elsewhere.get(one.hash, ())
        if len(cases) < HABIT:
            for case_id in cases:
                shared[one.line][case_id] += one.length
    for line, counts in shared.items():
        case_id, length = max(counts.items(), key=lambda item: (item[1], -item[0]))
        if length >= SHORTEST_PARAGRAPH and length / lengths[line] >= SAME:
            yield Same(line, case_id, length / lengths[line])
