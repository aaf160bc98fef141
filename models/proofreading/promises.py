"""Promises in a reply (承诺事项): a verb of intent, something to be done, and the day by which."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from models.proofreading.letter import Letter, sentences
from models.proofreading.marks import counted_month

_INTENT: Final = re.compile(r"将(?!军|来|近|于是)|力争|确保|计划|争取|预计|拟(?!定的)|承诺|保证")
_WORK: Final = re.compile(
    r"完成|建成|完工|竣工|开工|投入使用|投用|启用|启动|出台|印发|实施|落实|覆盖|新增|增设|配备|改造|开通|解决|到位|组织|开展|制定|修订|推开"
)
_PAST: Final = re.compile(r"已(?:经|于)|当时|此前|原计划|文件要求|要求(?:各|到)|提出(?:到|要)|规划提出|目标是全国")
_BY: Final = re.compile(
    r"(?P<year>20\d\d|今|明|本|当)年(?P<month>\d{1,2}|[一二三四五六七八九十]{1,3})月(?:(?P<day>\d{1,2})日|(?:份)?(?:底|末|中旬|上旬|下旬|初|内)?)(?:之?前|以前|内)?"
    r"|(?P<only>(?<![\d年])\d{1,2}|(?<![年一二三四五六七八九十])[一二三四五六七八九十]{1,3})月(?:底|末)(?:之?前|以前)?"
    r"|(?P<quarter_year>20\d\d|今|明|本|当)年第?(?P<quarter>[一二三四1-4])季度"
    r"|(?P<end_year>20\d\d|今|明|本)年(?:年)?(?P<half>上半年|底|末|内|年底)(?:之?前|以前)?|(?P<this>年底|年内|年末)(?:之?前|以前)?"
)
_CONDITION: Final = re.compile(
    r"待[^,。;]{2,30}(?:后|到位|批复|下达|同意|拨付)|(?:如|若)[^,。;]{2,30}[,，]|(?:在|经)[^,。;]{2,30}(?:前提下|批准后|同意后)"
)


@dataclass(frozen=True, slots=True)
class PromiseFound:
    """One promise as written: its sentence and place, the last day it names, and its condition."""

    line: int
    column: int
    quote: str
    due_on: date | None
    condition: str


def find_promises(letter: Letter) -> Iterator[PromiseFound]:
    """The sentences that say what will be done by when; the day is reckoned from the letter's own year.

    A sentence about what was done, or about what another paper demands, is none.
    """
    signed = letter.page.letter_on.value if letter.page.letter_on else None
    for row in letter.body:
        for start, end in sentences(row):
            words = row.text[start:end]
            by = _BY.search(words)
            if by is None or not _INTENT.search(words) or not _WORK.search(words) or _PAST.search(words):
                continue
            lead = len(words) - len(words.lstrip())
            condition = _CONDITION.search(words)
            yield PromiseFound(
                row.number, start + lead + 1, row.raw[start + lead : end].strip(), _day(by, signed),
                condition.group().strip(",，") if condition else "",
            )  # fmt: skip


def _day(match: re.Match[str], signed: date | None) -> date | None:
    """The last day a time word names; None where it hangs on a year nobody knows."""
    said = match["year"] or match["quarter_year"] or match["end_year"] or "今"
    year = int(said) if said.isdecimal() else signed.year + (said == "明") if signed else 0
    if not year:
        return None
    if match["day"] and match["month"]:
        try:
            return date(year, counted_month(match["month"]) or 12, int(match["day"]))
        except ValueError:
            return None
    month = counted_month(match["month"] or match["only"] or "")
    if match["quarter"]:
        month = 3 * ("一二三四".find(match["quarter"]) + 1 or int(match["quarter"]))
    if match["half"] == "上半年":
        month = 6
    month = month or 12
    return date(year, month, monthrange(year, month)[1])
