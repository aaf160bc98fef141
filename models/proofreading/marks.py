"""Class, document number, dates and contact of a letter (体检：要素)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from models.proofreading.letter import Hit, Known, Letter, at, nowhere, within
from models.published_dates import chinese_number

PUBLICATION_WORKDAYS: Final = 20
"""Source: 政府信息公开条例 第二十六条."""
_BRACKETED: Final = r"[\[(【〔﹝]\s*((?:19|20)\d\d)\s*年?\s*[\])】〕﹞]"

_SOLVED: Final = re.compile(
    r"(?:所提|所反映|提出|反映|建议)的?[^。;,]{0,14}(?:问题|建议|事项|诉求)[^。;,]{0,6}(?:已经?|均已|业已)"
    r"[^。;,]{0,6}(?:解决|采纳|办结|落实到位)"
)
_NOT_NOW: Final = re.compile(
    r"(?:暂不具备|尚不具备|目前不具备)[^。;]{0,10}条件|(?:暂时|目前|现阶段)(?:还|尚)?(?:无法|不能|难以)(?:予以)?(?:解决|采纳|实施|落实|办理)"
    r"|不予采纳|(?:作为|留作)[^。;,]{0,8}参考|(?:待|俟)条件(?:成熟|具备)"
)
_HEDGED: Final = re.compile(r"部分|基本|逐步|其余|个别|第[一二三四五六七八九十]+条")
_DONE_MEANING: Final = re.compile(r"解决|采纳|落实")
_OPEN_MEANING: Final = re.compile(r"计划|规划|正在|待|逐步|研究|不|无法|参考|以后|条件|跨年|年内|上级")
_NEVER_SOLVED: Final = frozenset("CD丙丁")
"""Classes that mean solved in no place's scheme; B does in some. Source: the schemes in models/policies."""
_DAY: Final = re.compile(r"((?:19|20)\d\d)(?<!\d{5})\s*年\s*(\d{1,2})\s*月(?:\s*(\d{1,3})\s*日)?")


def class_missing(letter: Letter, _known: Known) -> Iterator[Hit]:
    """No class mark anywhere."""
    if letter.page.result_class is None:
        yield nowhere("没有标注办理结果类别", "请在首页右上角标注。")


def class_unknown(letter: Letter, known: Known) -> Iterator[Hit]:
    """A class the place's scheme does not have, or a mark without its letter."""
    found = letter.page.result_class
    if found is None:
        return
    if found.damaged:
        yield at(found, found.damaged, "请标明一个类别。")
    elif known.classes and found.value not in known.classes:
        yield at(found, f"本地没有“{found.value}”类", f"可选：{'、'.join(known.classes)}。")


def class_wording(letter: Letter, known: Known) -> Iterator[Hit]:
    """A class that says the opposite of the words: solved under one that is for later, or the other way round."""
    found = letter.page.result_class
    if found is None or not found.value:
        return
    means_solved = _means_solved(found.value, known.classes)
    if means_solved is None:
        return
    solved = _first(letter, _SOLVED)
    open_yet = _first(letter, _NOT_NOW)
    meaning = known.classes.get(found.value) if known.classes else None
    said = f"{found.value}类" + (f"（{meaning}）" if meaning else "")
    if not means_solved and solved is not None and open_yet is None and not _HEDGED.search(solved.quote):
        yield Hit(solved.line, solved.column, solved.quote, f"正文说已经解决，标的却是{said}", "请核对类别与正文。")
    if means_solved and open_yet is not None and solved is None:
        yield Hit(
            open_yet.line, open_yet.column, open_yet.quote, f"正文说还不能办，标的却是{said}", "请核对类别与正文。"
        )


def _means_solved(letter: str, classes: Mapping[str, str] | None) -> bool | None:
    if classes is None:
        return True if letter in {"A", "甲"} else False if letter in _NEVER_SOLVED else None
    meaning = classes.get(letter)
    if meaning is None:
        return None
    return bool(_DONE_MEANING.search(meaning)) and not _OPEN_MEANING.search(meaning.replace("答复期限内", ""))


def _first(letter: Letter, pattern: re.Pattern[str]) -> Hit | None:
    for row in letter.body[1:] or letter.body:
        if match := pattern.search(row.text):
            return within(row, match.span(), "", "")
    return None


def document_missing(letter: Letter, _known: Known) -> Iterator[Hit]:
    """A letter without its own number (文号)."""
    if letter.page.document_number is None:
        yield nowhere("没有文号", "请编文号，例如“某民函〔2026〕12号”。")


def document_damaged(letter: Letter, _known: Known) -> Iterator[Hit]:
    """The letter's own number with signs missing."""
    found = letter.page.document_number
    if found is not None and found.damaged:
        yield at(found, found.damaged, "请按“机关代字〔年份〕序号号”补全。")


def document_plausible(letter: Letter, known: Known) -> Iterator[Hit]:
    """Another office's prefix, or another year than the letter's."""
    found, signed = letter.page.document_number, letter.page.letter_on
    if found is None or not found.value:
        return
    prefix = known.document_prefix
    if prefix and not found.value.startswith(prefix):
        yield at(found, f"本单位的文号应以“{prefix}”开头", "请核对文号。")
    year = re.search(_BRACKETED, found.text)
    on = signed.value if signed else None
    if year and on and int(year[1]) != on.year:
        yield at(found, f"文号的年份与成文日期（{on.year}年）不一致", "请核对文号和日期。")


def date_missing(letter: Letter, known: Known) -> Iterator[Hit]:
    """A finished letter without a date."""
    if known.sent and letter.page.letter_on is None:
        yield nowhere("没有成文日期", "请在署名下方写明年月日。")


def date_damaged(letter: Letter, _known: Known) -> Iterator[Hit]:
    """A date that lost its signs, or that no calendar has."""
    found = letter.page.letter_on
    if found is not None and found.damaged:
        yield at(found, found.damaged, "请写全年月日。")


def date_plausible(letter: Letter, known: Known) -> Iterator[Hit]:
    """A letter of a day that has not come, or from before it was assigned; a page older than its letter."""
    found, up = letter.page.letter_on, letter.page.published_on
    on = found.value if found else None
    if found is None or on is None:
        return
    if known.today and on > known.today:
        yield at(found, "成文日期还没有到", "请核对日期。")
    if known.assigned_on and on < known.assigned_on:
        yield at(found, f"成文日期早于交办日期（{known.assigned_on}）", "请核对日期。")
    if up is not None and up.value and up.value < on:
        yield at(up, "公开日期早于成文日期", "请核对两个日期。")


def published_late(letter: Letter, known: Known) -> Iterator[Hit]:
    """A page that went up more than twenty working days after its letter was formed."""
    on = letter.page.letter_on.value if letter.page.letter_on else None
    up = letter.page.published_on
    if on is None or up is None or up.value is None or known.calendar is None or up.value <= on:
        return
    days = known.calendar.count(on, up.value)
    if days > PUBLICATION_WORKDAYS:
        yield at(
            up, f"成文后第{days}个工作日才公开，应在{PUBLICATION_WORKDAYS}个工作日内", "请查明原因，今后按期公开。"
        )


def day_impossible(letter: Letter, _known: Known) -> Iterator[Hit]:
    """A day in the text that no calendar has (2月30日、13月)."""
    for row in letter.body:
        for match in _DAY.finditer(row.text):
            year, month, day = int(match[1]), int(match[2]), int(match[3] or 1)
            try:
                date(year, month, day)
            except ValueError:
                yield within(row, match.span(), "没有这一天", "请核对日期。")


def contact_missing(letter: Letter, _known: Known) -> Iterator[Hit]:
    """Nobody to ask: no name, no telephone, or neither."""
    found = letter.page.contacts
    if found is None or found.value is None:
        yield nowhere("没有联系人和联系电话", "请在附注里写明姓名和办公电话。")
        return
    contacts = found.value
    if contacts.person is None:
        yield at(found, "没有联系人姓名", "请补上姓名。")
    if contacts.phone is None:
        yield at(found, "没有联系电话", "请补上办公电话。")
    elif contacts.phone.damaged:
        yield at(contacts.phone, contacts.phone.damaged, "请补全电话号码。")


def counted_month(words: str) -> int:
    """A month in digits or words; 0 where it is none."""
    number = chinese_number(words)
    return number if 1 <= number <= 12 else 0
