"""What a heading says: the kind of proposal, its session (届次), number (编号) and own title (案由).

Source: the title patterns and number forms that offices publish; a number is an opaque string, zeros included.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from models.published_text import HAN, NUMERAL, Found, Row, label, labelled, spaced, squeeze
from models.vocabulary import ProposalKind

_ACT = re.compile(r"答复|复函|回复|函复|回函|(?:会办|协办|办理)(?:意见|情况|结果|复函)")
_NOUN = re.compile(r"提案|建议|议案|意见")
_OPINION = re.compile(r"(?:会办|协办|办理)意见")
_SUBJECTED = re.compile(r"关于|对|《|号")
_NOT_HEADING = re.compile(
    r"(?:[一二三四五六七八九十]+、|\([一二三四五六七八九十]+\)|\d+[、.])|上一|下一|相关|当前位置|您?所?在位置"
    r"|.*\d[-/.]\d{1,2}[\])]?$|.*(?:[>»›→。]|收悉|如下|[您你](?:们)?(?:好|提))",
)
_RECOMMENDATION = re.compile(r"(?:.*关于|对|《).*建议案[》”\"]?(?:\([^()]*\))?$")
_TITLE_LABEL = re.compile(rf"^\s*(?:{'|'.join(map(spaced, ('信息名称', '文件名称', '名称', '标题')))})\s*[:\t]\s*")
_SUBJECT = re.compile(r"《[^《》]*(?:《[^《》]*》[^《》]*)*》")
_CORE = re.compile(
    rf"第?\s*{NUMERAL}+\s*届(?:[{HAN}]{{0,24}}?)\s*(?:第?\s*{NUMERAL}+\s*次(?:全体)?(?:会议)?|(?=闭会))(?:大会)?(?:闭会期间?)?"
    rf"|(?:人大|政协|人民代表大会)(?:常委会)?闭会期间?",
)
_BROKEN_CORE = re.compile(
    rf"(?:第?{NUMERAL}+)?届(?:[{HAN}]{{0,16}}?)第?次(?:全体)?会议|(?:人大|政协|委员会)第?届[{HAN}]{{0,16}}?次会议",
)
_RUN_UP = re.compile(rf"(?:(?<=\d[年月日])|(?<!\d))(?:[{HAN}]|(?<=[{HAN}])\s(?=[{HAN}]))*$")
_CUT = re.compile(r"关于|对于|对|在|办理|答复|参加|提交|您|你|们|的|是|致")
_CODE = r"(?:[A-Za-z闭平会大补]{1,4}[-]?)?\d(?:[\dA-Za-z]|\s(?=\d))*(?:-[\dA-Za-z]+)*"
_NUMBERS = re.compile(
    rf"第\s*(?P<one>{_CODE}(?:\s*[、,,]\s*{_CODE})*|[一二三四五六七八九十百千〇零]+)\s*号"
    rf"|(?<![\d〕\])】A-Za-z])(?P<bare>{_CODE})\s*号(?=\W{{0,2}}(?:重点)?(?:代表|委员|政协)?(?:提案|建议|议案))"
    rf"|(?:编号|案号)\s*:?\s*(?P<coded>{_CODE})(?:\s*号)?",
)
_LOST_NUMBER = re.compile(r"第\s*号|第\s*\d+(?=(?:重点)?(?:代表|委员)?(?:提案|建议|议案))")
_NUMBER_LABEL = re.compile(
    label(["提案编号", "建议编号", "提案号", "建议号", "案号", "编号", "建议提案编号", "提案建议编号"])
)
_OPENING = re.compile(r"收悉|现(?:就|将|对)?.{0,12}?(?:答复|回复|函复)|[您你](?:们|代表|委员)?.{0,40}?提出|提出的")
_TOLD_SUBJECT = re.compile(
    rf"(?:提出|提交|反映|转来)(?:了)?(?:的)?\s*[“\"]?(?P<s>关于[^。;;]{{2,120}}?(?:提案|建议|议案))(?=[^{HAN}]|\s*(?:已|均)?收悉|$)"
)
_QUOTED_SUBJECT = re.compile(
    rf"[“\"](?=[^”\"]*[{HAN}]{{4}})(?P<s>[^”\"]{{2,120}})[”\"](?=\)?(?:的|号)*(?:提案|建议|议案|会办))"
)
_PROPOSED = re.compile(r"提案|建议|议案|收悉")


def is_reply_heading(text: str) -> bool:
    """Whether a folded line reads as the heading of a reply (答复函的标题)."""
    words = _SUBJECT.sub("《》", text.strip())
    return (
        8 <= len(text.strip()) <= 200
        and not _NOT_HEADING.match(words)
        and not words.endswith(":")
        and bool(_ACT.search(words) and _NOUN.search(_OPINION.sub("", text)) and _SUBJECTED.search(words))
    )


def is_recommendation_heading(text: str) -> bool:
    """Whether a folded line reads as the heading of a 建议案 itself."""
    words = text.strip()
    return 6 <= len(words) <= 120 and not _NOT_HEADING.match(words) and _RECOMMENDATION.match(words) is not None


def title_offset(text: str) -> int:
    """Where the heading begins behind a label such as 名称: in a folded line; 0 where there is none."""
    match = _TITLE_LABEL.match(text)
    return match.end() if match else 0


def is_strong(text: str) -> bool:
    """Whether a heading names one proposal: by number, session or title."""
    return bool(_NUMBERS.search(text) or _CORE.search(text) or _SUBJECT.search(text))


def is_opening(text: str) -> bool:
    """Whether a folded paragraph reads as the first of a reply (您提出的…收悉)."""
    return _OPENING.search(text[:200]) is not None


@dataclass(frozen=True, slots=True)
class Sources:
    """Where session, number and title may be said: the heading, and the first paragraphs of the letter."""

    heading: tuple[Row, ...]
    opening: tuple[Row, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """Both, the heading first."""
        return self.heading + self.opening


def read_session(rows: tuple[Row, ...]) -> Found[str] | None:
    """The session as written (届次), from the first row that names one; a recess (闭会期间) stays with it."""
    for pattern, damaged in ((_CORE, ""), (_BROKEN_CORE, "届次残缺，缺少数字")):
        for row in rows:
            match = pattern.search(_blank_subject(row.text))
            if match is None:
                continue
            before = _RUN_UP.search(row.text, 0, match.start())
            words = before.group() if before else ""
            start = match.start() - len(words) + max((cut.end() for cut in _CUT.finditer(words)), default=0)
            words = squeeze(row.raw[start : match.end()])
            return row.found(None if damaged else words, start, match.end(), damaged=damaged)
    return None


def _blank_subject(text: str) -> str:
    return _SUBJECT.sub(lambda match: "《" + " " * (len(match.group()) - 2) + "》", text)


def read_numbers(sources: Sources, above: Sequence[Row]) -> tuple[Found[str], ...]:
    """All numbers of the letter (编号): from its heading, else beside a label, else from its first paragraph."""
    for row in sources.heading:
        if found := _numbers_in(row):
            return found
    for row, start in labelled(above, _NUMBER_LABEL):
        match = re.compile(rf"第?\s*(?P<code>{_CODE})\s*号?(?=\s|$|[,;)])").match(row.text, start)
        if match:
            return (row.found(squeeze(match["code"]), match.start(), match.end()),)
    for row in sources.opening:
        if found := _numbers_in(row):
            return found
    for row in sources.rows:
        if lost := _LOST_NUMBER.search(_blank_subject(row.text)):
            return (row.found(None, lost.start(), lost.end(), damaged=f"编号残缺，原文为“{lost.group()}”"),)
    return ()


def _numbers_in(row: Row) -> tuple[Found[str], ...]:
    text = re.sub(r"\([^()]*类[^()]*\)", lambda match: " " * len(match.group()), _blank_subject(row.text))
    found: list[Found[str]] = []
    for match in _NUMBERS.finditer(text):
        group = str(match.lastgroup)
        codes = list(re.finditer(rf"{_CODE}|[一二三四五六七八九十百千〇零]+", match[group]))
        for code in codes:
            start, end = match.start(group) + code.start(), match.start(group) + code.end()
            whole = (match.start(), match.end()) if len(codes) == 1 else (start, end)
            if squeeze(code.group()) not in {each.value for each in found}:
                found.append(row.found(squeeze(code.group()), *whole))
    return tuple(found)


def read_subject(sources: Sources) -> Found[str] | None:
    """The proposal's own title (案由): in 《》 or quotes, else the words 提出的关于…的建议."""
    for row in sources.heading:
        if match := _SUBJECT.search(row.text) or _QUOTED_SUBJECT.search(row.text):
            return _named(row, match.start(), match.end())
    for row in sources.opening:
        for match in _SUBJECT.finditer(row.text):
            if is_opening(row.text) and _PROPOSED.search(row.text[match.start() : match.end() + 40]):
                return _named(row, match.start(), match.end())
        if match := _TOLD_SUBJECT.search(row.text) or _QUOTED_SUBJECT.search(row.text):
            return _named(row, match.start("s"), match.end("s"))
    for row in sources.rows:
        if "《" in row.text and is_opening(row.text):
            start = row.text.index("《")
            return row.found(None, start, min(start + 60, len(row.text)), damaged="案由的书名号没有配对")
    return None


def _named(row: Row, start: int, end: int) -> Found[str]:
    words = re.sub(r"^[《“\"](.*)[》”\"]$", r"\1", row.raw[start:end].strip(), flags=re.DOTALL)
    return row.found(words.strip(), start, end)


_RECOMMENDED = re.compile(r"建议案")
_BODIES = (
    (re.compile(r"政协|政治协商|提案"), ProposalKind.PROPOSAL),
    (re.compile(r"人大|人民代表大会|代表建议|议案"), ProposalKind.SUGGESTION),
)
_GREETED = (
    (re.compile(r"委员\S{0,12}:"), ProposalKind.PROPOSAL),
    (re.compile(r"代表\S{0,12}:"), ProposalKind.SUGGESTION),
)


def read_kind(sources: Sources, salutation: tuple[Row, ...], session: Found[str] | None) -> Found[ProposalKind] | None:
    """The kind of proposal: by the body that met, else by the noun behind the number, else by the salutation."""
    rows = (*sources.rows, *salutation)
    for row in sources.heading:
        if (match := _RECOMMENDED.search(row.text)) and "提案" not in row.text:
            return row.found(ProposalKind.RECOMMENDATION, match.start(), match.end())
    for row in rows:
        if session is not None and row.number == session.place.line:
            start = session.place.column - 1
            if met := _first_kind(row, row.text, (start, start + len(session.text))):
                return met
    return next((found for row in rows if (found := _first_kind(row, _blank_subject(row.text)))), None)


def _first_kind(row: Row, text: str, span: tuple[int, int] | None = None) -> Found[ProposalKind] | None:
    for pattern, kind in _BODIES if span else (*_BODIES, *_GREETED):
        if match := pattern.search(text, *(span or (0, len(text)))):
            return row.found(kind, match.start(), match.end())
    return None
