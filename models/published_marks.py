"""The small marks of a reply: class (办理结果分类), document number (文号), dates of page and letter, and words in the
letter that were damaged on the way to the page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from models.published_dates import DateRead, read_date
from models.published_text import HAN, Found, Page, Place, Row, label, labelled

_CLASS = r"(?P<class>[A-DＡ-Ｄ]|[甲乙丙丁])(?:\s*[1-9])?"
_CLASSED = re.compile(
    r"(?:办复类别|办理类别|办理结果类别|办理结果分类|办理结果|办复结果|办复分类|答复类别|答复分类|结果分类|类别标记|类别标识|办复标记|分类标识|类别)"
    r"\s*(?:\([^()]{0,12}\))?\s*(?::|\t|为)\s*(?P<rest>[^\n]{0,40})",
)
_BARE_CLASS = re.compile(rf"\s*[(\[【]?\s*{_CLASS}\s*类?\s*[)\]】]?(?=\s*$|\s{{2,}}|\t)")
_CORNER = re.compile(rf"(?:^|\s{{2,}}|\t)[(\[【]?{_CLASS}类[)\]】]?\s*$")
_ONE_CLASS = re.compile(rf"(?<![A-Za-z]){_CLASS}(?![A-Za-z])\s*类?")
_DOCUMENT = re.compile(
    rf"[{HAN}]{{2,14}}(?:\([{HAN}]{{1,4}}\))?\s*[〔\[(【﹝]\s*(?:19|20)\d\d\s*年?\s*[〕\])】﹞]\s*第?\s*\d{{1,5}}\s*号",
)
_BROKEN_DOCUMENT = re.compile(rf"[{HAN}]{{2,14}}[〔\[(【﹝]?\s*(?:19|20)\d\d[〕\])】﹞]?\s*\d{{0,5}}\s*[号)\]]?")
_DOCUMENT_LABEL = re.compile(label(["文号", "发文字号", "发文号", "公文字号", "文件编号", "发文文号"]))
_PUBLISHED_LABEL = re.compile(
    label(
        [
            f"{verb}{noun}"
            for verb in ("发布", "公开", "上网", "发稿", "录入", "上传", "信息发布", "公布")
            for noun in ("时间", "日期")
        ]
    )
)
_TIME_LABEL = re.compile(label(["时间", "日期", "信息时间", "稿件时间"]))
_UPDATED_LABEL = re.compile(label(["更新时间", "更新日期"]))
_FORMED_LABEL = re.compile(label(["成文日期", "成文时间", "发文日期", "印发日期", "生成日期", "答复日期"]))
_TIMED = re.compile(r"\d{1,2}:\d\d|来源|作者|点击|浏览|阅读|字号|字体|打印|发布")
_META_DATES = ("pubdate", "publishdate", "article:published_time", "publishtime", "firstpublishedtime", "publish_time")
# Each pattern begins with the signs it looks for, and looks back afterwards: so the engine skips whatever has none.
_DAMAGE = (
    (re.compile(r"〔(?:19|20)\d{2,}(?!\d|\s*〕)\s*[号)]*"), "文号的年份缺少后半括号"),
    (re.compile(r"〔(?:19|20)\d\d〕\s*\d+(?!\d|\s*号)\)?"), "文号缺少“号”"),
    (re.compile(r"(?:19|20)\d\d(?<=[发函办通字规]\d{4})\d{1,4}[号)]+"), "文号的年份缺少括号"),
    (re.compile(r"20[0-3]\d(?<![\d〔.-]\d{4})(?:1[0-2]|[1-9])(?=月|在)"), "日期缺少“年”等字"),
)


def read_class(outside: Sequence[Row], tail: Sequence[Row], heading: Sequence[Row]) -> Found[str] | None:
    """The letter of the class mark: beside its label, alone at the top right, or in brackets behind the heading."""
    for row in (*tail, *outside):
        match = _CLASSED.search(row.text) if len(row.bare) <= 80 else None
        alone = match is not None and not re.search(rf"[{HAN}][^\s]*$", row.text[: match.start()])
        if match and alone and (found := _labelled_class(row, match)):
            return found
    for row in outside:
        match = _BARE_CLASS.fullmatch(row.text) or (_CORNER.search(row.text) if len(row.bare) <= 60 else None)
        if match:
            return row.found(_letter(match["class"]), match.start(), match.end())
    for row in heading:
        if match := re.search(rf"[(\[【]\s*{_CLASS}\s*类?\s*[)\]】]\s*$", row.text):
            return row.found(_letter(match["class"]), match.start(), match.end())
    return None


def _letter(words: str) -> str:
    return words.upper()


def _labelled_class(row: Row, match: re.Match[str]) -> Found[str] | None:
    rest = match["rest"]
    letters = list(_ONE_CLASS.finditer(rest))
    start, end = match.start(), match.end()
    if len({each["class"] for each in letters}) > 1:
        return row.found(None, start, end, damaged="类别标了不止一个")
    if letters:
        behind = re.match(r"\s*[)\]】”\"]?", rest[letters[0].end() :])
        end = match.start("rest") + letters[0].end() + (behind.end() if behind else 0)
        return row.found(_letter(letters[0]["class"]), start, end)
    if re.match(r"\s*[(\[【]?\s*类", rest):
        return row.found(None, start, end, damaged="类别缺少字母")
    return None


def read_document_number(rows: Sequence[Row]) -> Found[str] | None:
    """The letter's own number (文号), beside its label or alone in a row above the salutation."""
    for row, start in labelled(rows, _DOCUMENT_LABEL):
        if match := _DOCUMENT.match(row.text, start):
            return row.found(_joined(row, match), match.start(), match.end())
        if match := _BROKEN_DOCUMENT.match(row.text, start):
            return row.found(None, match.start(), match.end(), damaged=f"文号残缺，原文为“{match.group().strip()}”")
    for row in rows:
        short = len(row.bare) <= 70
        if short and (match := re.compile(rf"(?:^|(?<=\s)){_DOCUMENT.pattern}(?=\s|$)").search(row.text)):
            return row.found(_joined(row, match), match.start(), match.end())
        if short and re.search(r"[〔号]", row.text) and (match := _BROKEN_DOCUMENT.fullmatch(row.bare)):
            return row.whole(None, damaged=f"文号残缺，原文为“{match.group()}”")
    return None


def _joined(row: Row, match: re.Match[str]) -> str:
    return re.sub(r"\s+", "", row.raw[match.start() : match.end()])


def read_published_on(
    page: Page, above: Sequence[Row], below: Sequence[Row], beside: Sequence[Row]
) -> Found[date] | None:
    """The day the page went up: 发布时间, the tag of the page's head, 时间, a date among counters, 更新时间.

    `above` and `below` are the rows outside the letter, `beside` those between heading and letter.
    """
    return (
        _dated_label(beside, _PUBLISHED_LABEL)
        or _dated_label(above, _PUBLISHED_LABEL)
        or _dated_label(below, _PUBLISHED_LABEL)
        or _in_head(page)
        or _dated_label(beside, _TIME_LABEL)
        or _unlabelled(beside)
        or _dated_label([*above, *below], _TIME_LABEL)
        or _dated_label([*above, *below], _UPDATED_LABEL)
    )


def read_formed_on(rows: Sequence[Row]) -> Found[date] | None:
    """The day of the letter as the page's own index states it (成文日期)."""
    return _dated_label(rows, _FORMED_LABEL)


def date_found(row: Row, read: DateRead) -> Found[date]:
    """A finding made of a date that was read in a row."""
    return row.found(read.on, read.start, read.end, damaged=read.damaged)


def _dated_label(rows: Sequence[Row], pattern: re.Pattern[str]) -> Found[date] | None:
    for row, start in labelled(rows, pattern):
        if read := read_date(row.text, start, anchored=True, compact=True):
            return date_found(row, read)
    return None


def _in_head(page: Page) -> Found[date] | None:
    for name in _META_DATES:
        written, content = page.meta.get(name, ("", ""))
        if read := read_date(content, anchored=True, compact=True):
            place = Place(0, read.start + 1, written)
            return Found(read.on, place, content[read.start : read.end], read.damaged)
    return None


def _unlabelled(rows: Sequence[Row]) -> Found[date] | None:
    for row in rows:
        read = read_date(row.text)
        if (
            read
            and read.on
            and len(row.bare) <= 160
            and (_TIMED.search(row.text) or row.bare == row.text[read.start : read.end])
        ):
            return date_found(row, read)
    return None


def damages(rows: Sequence[Row]) -> tuple[Found[str], ...]:
    """Words of the letter that lost signs on their way to the page, each with its place; none is mended."""
    found: dict[tuple[int, int], Found[str]] = {}
    for row in rows:
        if "20" not in row.text and "19" not in row.text:  # the patterns are slow, and most paragraphs name no year
            continue
        for pattern, reason in _DAMAGE:
            for match in pattern.finditer(row.text):
                each: Found[str] = row.found(None, match.start(), match.end(), damaged=reason)
                found.setdefault((each.place.line, each.place.column), each)
    return tuple(found[key] for key in sorted(found))
