"""Where the parts of a published page lie: heading, salutation, letter, signature, and where the site's own words
(menus, counters, footers) begin again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.published_contacts import is_contact
from models.published_dates import DateRead, read_date
from models.published_heading import is_opening, is_recommendation_heading, is_reply_heading, is_strong, title_offset
from models.published_people import is_institutional, is_personal
from models.published_text import Page, Row, is_organisation

_TOOLS = (
    "打印本页|打印此页|我要打印|打印|关闭窗口|关闭本页|关闭页面|关闭|返回顶部|返回首页|返回列表|返回|收藏|微信|微博|QQ空间|"
    "字体|字号|大|中|小|复制链接|纠错|下载|分享到?|扫一扫|Print|Close"
)
_TOOLBAR = re.compile(rf"[\s\[\]()【】|·:/]*(?:(?:{_TOOLS})[\s\[\]()【】|·:/]*)+$")
_FOOTER = re.compile(
    r"主办(?:单位)?\s*:|版权所有|网站(?:主办|标识|地图|声明)|关于我们|联系我们|技术支持|(?:运维|维护|运行|建设)单位\s*:|上一[篇条页]|下一[篇条页]"
    r"|(?:责任)?编辑\s*:|责编|审核\s*:|信息来源\s*:|来源\s*:|分享(?:到|至|:)|扫一扫|相关(?:链接|文章|信息|文档|新闻|附件|阅读|稿件)"
    r"|友情链接|附件下载|您?是否对|Copyright|©|\S{0,3}ICP备|\S{0,3}公网安备|(?:通讯|单位|办公)?地址\s*:|手机(?:查看|浏览|阅读)",
)
_ABOUT = re.compile(
    r"时间|日期|来源|作者|点击|浏览|阅读|访问|字号|字体|打印|发布|编辑|次数|分享|索引|文号|主题|名\s*称|公开"
)
_DATED = re.compile(r"(?:(?:落款)?日期\s*:)?\s*")
_AFTER_DATE = re.compile(r"\s*(?:\([^()]*\))?\s*$")
_PRINTED = re.compile(r"印发|抄送")


@dataclass(frozen=True, slots=True)
class Signature:
    """The end of a letter (落款): who signs, in order, and the date below; row indexes, and the offset of its date."""

    signers: tuple[tuple[int, int, int], ...]
    dated: tuple[int, DateRead] | None
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Row indexes of a page's parts; the letter runs from `body` (with `offset`) up to `end`, the footer begins at
    `footer`.
    """

    heading: tuple[int, ...]
    salutation: tuple[int, ...]
    colon: int
    body: int
    offset: int
    signature: Signature | None
    end: int
    footer: int


def is_site_words(row: Row) -> bool:
    """Whether a row within a letter belongs to the site (打印 关闭)."""
    return len(row.bare) <= 60 and _TOOLBAR.match(row.text) is not None


def lay_out(page: Page) -> Layout:
    """Find the parts of a page. What cannot be found is empty; the letter then is what remains."""
    rows = page.rows
    salutation, colon = _salutation(rows)
    heading = _heading(rows, salutation[0] if salutation else None)
    body, offset = (salutation[-1], colon) if salutation else (_first_paragraph(rows, heading), 0)
    if salutation and not rows[body].text[colon:].strip():
        body, offset = body + 1, 0
    footer = _footer(rows, body)
    signature = _signature(rows, body, footer) or (_signature(rows, body, len(rows)) if salutation else None)
    if signature is not None:
        footer = max(footer, signature.last + 1)
    return Layout(heading, salutation, colon, body, offset, signature, signature.first if signature else footer, footer)


def _salutation(rows: tuple[Row, ...]) -> tuple[tuple[int, ...], int]:
    titled = False
    for index, row in enumerate(rows):
        titled = titled or is_reply_heading(row.text) or is_recommendation_heading(row.text) or _joined(rows, index) > 1
        following = " ".join(each.text for each in rows[index + 1 : index + 3])
        colon = row.text.find(":") + 1
        rest = row.text[colon:].strip() or following
        personal = is_personal(row.text) or (not colon and _greets(row.bare) and is_opening(following))
        formal = titled and is_institutional(row.text) and (is_opening(rest) or re.search("[,。]", rest))
        if not (formal or (personal and (titled or is_opening(rest)))):
            continue
        first = last = index
        while first and re.search(r"[、,]$", rows[first - 1].bare) and len(rows[first - 1].bare) <= 60:
            first -= 1
        while last + 1 < len(rows) and (is_personal(rows[last + 1].text) or is_institutional(rows[last + 1].text)):
            last += 1
        return tuple(range(first, last + 1)), rows[last].text.find(":") + 1 or len(rows[last].text)
    return (), 0


def _greets(words: str) -> bool:
    return len(words) <= 40 and is_personal(words.rstrip(",") + ":")


def _joined(rows: tuple[Row, ...], index: int) -> int:
    """How many rows from `index` on make one heading: 0 for none, 2 or 3 where it was broken."""
    text = rows[index].text[title_offset(rows[index].text) :]
    if is_reply_heading(text) or is_recommendation_heading(text):
        return 1
    if not re.match(r"\s*(?:\S{2,24}关于|关于|对)", text) or len(text) > 80:
        return 0
    for count in (2, 3):
        parts = [each.bare for each in rows[index : index + count]]
        if len(parts) == count and all(len(part) <= 80 and ":" not in part for part in parts[1:]):
            whole = "".join(parts)
            if (is_reply_heading(whole) or is_recommendation_heading(whole)) and re.search(r"[函复案)]$", whole):
                return count
    return 0


def _heading(rows: tuple[Row, ...], before: int | None) -> tuple[int, ...]:
    """The heading nearest above the salutation that names a proposal; labelled ones (名称:) come last."""
    best: tuple[tuple[bool, bool, int, int], tuple[int, ...]] | None = None
    broken = 0
    for index in range(len(rows) if before is None else before):
        count = _joined(rows, index)
        if not count or index < broken:
            continue
        broken = index + count
        text = " ".join(row.text for row in rows[index : index + count])
        following = rows[index + count : index + count + 4]
        near = any(_ABOUT.search(row.text) or len(row.text) > 60 for row in following)
        order = (int(near), -index) if before is None else (index, 0)
        rank = (is_strong(text) or is_recommendation_heading(text), not title_offset(text), *order)
        if best is None or rank > best[0]:
            best = rank, tuple(range(index, index + count))
    return best[1] if best else ()


def _first_paragraph(rows: tuple[Row, ...], heading: tuple[int, ...]) -> int:
    start = heading[-1] + 1 if heading else 0
    for index in range(start, len(rows)):
        text = rows[index].bare
        if (is_opening(text) and not _ABOUT.match(text)) or (len(text) > 40 and "。" in text):
            return index
    while start < len(rows) and len(rows[start].bare) <= 80 and _ABOUT.search(rows[start].text):
        start += 1
    return start


def _footer(rows: tuple[Row, ...], body: int) -> int:
    for index in range(body, len(rows)):
        text = rows[index].bare
        if len(text) <= 160 and (_FOOTER.match(text) or is_site_words(rows[index])):
            return index
    return len(rows)


def _signature(rows: tuple[Row, ...], body: int, footer: int) -> Signature | None:
    """The last office above a date; without a date, the office that closes the letter."""
    for index in range(footer - 1, body - 1, -1):
        dated = _date_row(rows[index])
        if dated is None:
            continue
        own = _signers(rows[index], index, dated.start)
        above = () if own else _above(rows, body, index)
        signers = own or above
        if signers:
            return Signature(signers, (index, dated), min(each[0] for each in signers), index)
        if index + 1 < footer and (below := _signers(rows[index + 1], index + 1, None)):
            return Signature(below, (index, dated), index, index + 1)
        if dated.on is not None and all(_is_tail(row) for row in rows[index + 1 : footer]):
            return Signature((), (index, dated), index, index)
    for index in range(footer - 1, max(body, footer - 5) - 1, -1):
        if signers := _signers(rows[index], index, None):
            return Signature(signers, None, index, index)
        if not _is_tail(rows[index]):
            break
    return None


def _is_tail(row: Row) -> bool:
    return is_contact(row) or len(row.bare) <= 60


def _date_row(row: Row) -> DateRead | None:
    if len(row.bare) > 90 or _PRINTED.search(row.text):
        return None
    dated = read_date(row.text)
    if dated is None or not _AFTER_DATE.match(row.text, dated.end):
        return None
    before = row.text[: dated.start]
    return dated if not _DATED.sub("", before, count=1).strip() or is_organisation(before) else None


def _above(rows: tuple[Row, ...], body: int, index: int) -> tuple[tuple[int, int, int], ...]:
    signers: tuple[tuple[int, int, int], ...] = ()
    for at in range(index - 1, max(body - 1, index - 9), -1):
        found = _signers(rows[at], at, None)
        if found:
            signers = found + signers
        elif signers or not (is_contact(rows[at]) or len(rows[at].bare) <= 30):
            break
    return signers


def _signers(row: Row, index: int, end: int | None) -> tuple[tuple[int, int, int], ...]:
    """The offices named in a row and nothing else, each with its offsets."""
    text = row.text[:end]
    if not text.strip() or is_contact(row):
        return ()
    if is_organisation(text):
        pieces = list(re.finditer(r"\S+(?:\s\S+)*?(?=\s{2,}|\t|\s*$)", text))
        if not all(is_organisation(piece.group()) and len(piece.group().strip()) > 2 for piece in pieces):
            return ((index, 0, len(text)),)
        return tuple((index, piece.start(), piece.end()) for piece in pieces)
    return ()
