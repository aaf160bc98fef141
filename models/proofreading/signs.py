"""Signs that were lost or mixed up: brackets, digits after a year, widths, left-over blanks (体检：文字)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from models.proofreading.letter import Hit, Known, Letter, within
from models.published_text import HAN, Row, fold

_PAIRS: Final = {"(": ")", "《": "》", "〔": "〕", "【": "】", "“": "”", "[": "]"}
_CLOSING: Final = {closing: opening for opening, closing in _PAIRS.items()}
_LISTED: Final = re.compile(r"(?:^|[\s。;:,])(?:\d{1,2}|[A-Za-z]|[一二三四五六七八九十]{1,3})\)")
_WRONG_BRACKETS: Final = re.compile(
    rf"(?<=[{HAN}])(?<=[发函办通字规复令提建告综])\s*(?:[\[(【](?:19|20)\d\d[\])】]|〔(?:19|20)\d\d[\])】]|[\[(【](?:19|20)\d\d〕)(?=第?\d{{1,5}}号)"
)
_LEFT_BEHIND: Final = r"(?:(?<=[发函办通字规复综]\d{4})〕第?\d{1,5}号|年\s*号)"
_YEAR_BRACKET_LOST: Final = re.compile(  # every way begins with a sign most text has not, so that it is fast
    rf"20\d\d{_LEFT_BEHIND}|19\d\d{_LEFT_BEHIND}|〔(?:\s*〕|(?:19|20)(?:\d\d年|\d?)〕)"
)
_YEAR_LOST: Final = re.compile(
    rf"(?<![\d.\-〔])(?:19[5-9]|20[0-3])\d(?=[底初末](?!稿))"
    rf"|(?<=[{HAN}])(?<![第至达共计约为到超近于过入资元数有用投额了出是量年号型版])20[0-3]\d(?=[,，][{HAN}])"
    rf"|(?<![\d.\-〔第])20[0-3]\d(?:1[0-2]|[1-9])月"
)
_BLANK: Final = re.compile(
    r"(?<![A-Za-z])(?:[xX×]{2,}|X+市|_{2,}|＿{2,}|○{2,}(?=年|月|日|号|人|元|万)|…{3,}(?=$))(?![A-Za-z])"
)
_SIGNS: Final = "xX×_○…"
_MASKED: Final = re.compile(r"\d[xX×*]+|[xX×*]+\d")
_HALF: Final = re.compile(rf"(?<=[{HAN}]),(?=[{HAN}])|(?<=[{HAN}]);(?=[{HAN}])")
_FULL: Final = re.compile(rf"(?<=[{HAN}])，(?=[{HAN}])|(?<=[{HAN}])；(?=[{HAN}])")
_WIDTH: Final = {"标点": "全角", "数字": "半角"}
_FULL_DIGITS: Final = re.compile(r"[０-９]")
_HALF_DIGITS: Final = re.compile(r"[0-9]")


_HEXAGONAL: Final = "文号的年份应用六角括号〔〕"
_USE_THEM: Final = "请改用〔〕。"


def brackets_damaged(letter: Letter, _known: Known) -> Iterator[Hit]:
    """A year whose hexagonal brackets lost a half, a number that lost its 号, a date that lost its 年 (〔202312号)."""
    for found in letter.page.damages:
        yield Hit(found.place.line, found.place.column, found.text, found.damaged, "请照原件补全。")
    for row in letter.rows:
        if "〔" not in row.text and "〕" not in row.text and "年" not in row.text:
            continue
        for match in _YEAR_BRACKET_LOST.finditer(row.text):
            if not _inside(letter, row, match.start()):
                yield within(row, match.span(), "文号的括号或年份残缺", "请照原件补全。")


def _inside(letter: Letter, row: Row, start: int) -> bool:
    """Whether a damage told already covers this place."""
    return any(
        one.place.line == row.number and one.place.column - 1 <= start < one.place.column - 1 + len(one.text)
        for one in letter.page.damages
    )


def brackets_wrong(letter: Letter, _known: Known) -> Iterator[Hit]:
    """A document number whose year stands in other brackets than 〔〕. Source: GB/T 9704-2012, 7.2.5."""
    own = letter.page.document_number
    if own is not None and (match := _WRONG_BRACKETS.search(fold(own.text))):
        place = own.place
        yield Hit(place.line, place.column + match.start(), own.text[slice(*match.span())], _HEXAGONAL, _USE_THEM)
    for row in letter.body:
        for match in _WRONG_BRACKETS.finditer(row.text):
            yield within(row, match.span(), _HEXAGONAL, _USE_THEM)


def brackets_unpaired(letter: Letter, _known: Known) -> Iterator[Hit]:
    """A bracket or quotation mark without its partner in the same paragraph."""
    told = {one.place.line for one in letter.page.damages}
    for row in letter.body:
        if row.number in told or _YEAR_BRACKET_LOST.search(row.text):
            continue
        if place := _unpaired(row.text):
            index, sign = place
            yield within(row, (index, index + 1), f"“{row.raw[index]}”没有配对", f"请补上另一半或删去“{sign}”。")


def _unpaired(text: str) -> tuple[int, str] | None:
    listed = {match.end() - 1 for match in _LISTED.finditer(text)}
    waiting: list[tuple[int, str]] = []
    for index, sign in enumerate(text):
        if sign in _PAIRS:
            waiting.append((index, sign))
        elif sign in _CLOSING and index not in listed:
            if not waiting or waiting[-1][1] != _CLOSING[sign]:
                return (index, sign) if not any(one == _CLOSING[sign] for _, one in waiting) else waiting[-1]
            waiting.pop()
    return waiting[0] if waiting and not _continues(text, waiting[0][1]) else None


def _continues(text: str, sign: str) -> bool:
    """A quotation or list that runs over several paragraphs opens in each and closes in the last."""
    return sign == "“" and text.count("”") < text.count("“") and text.rstrip()[-1:] in ":;"


def year_lost(letter: Letter, _known: Known) -> Iterator[Hit]:
    """A year that lost its 年 (2022底、20226月)."""
    for row in letter.body:
        for match in _YEAR_LOST.finditer(row.text):
            if not _inside(letter, row, match.start()):
                yield within(row, match.span(), "年份后面似缺“年”字", "请核对原文。")


def width_mixed(letter: Letter, _known: Known) -> Iterator[Hit]:
    """Half-width and full-width commas, or digits, in one letter; the rarer kind is shown where it first stands."""
    for half, full, what in ((_HALF, _FULL, "标点"), (_HALF_DIGITS, _FULL_DIGITS, "数字")):
        places = [
            [(row, match.span()) for row in letter.body for match in pattern.finditer(row.raw)]
            for pattern in (half, full)
        ]
        if not all(places):
            continue
        rarer, name = (places[0], "半角") if len(places[0]) <= len(places[1]) else (places[1], "全角")
        row, span = rarer[0]
        yield within(row, span, f"全文{what}全角、半角混用，{name}的有{len(rarer)}处", f"请统一用{_WIDTH[what]}。")


def blank_left(letter: Letter, _known: Known) -> Iterator[Hit]:
    """A place of the form that nobody filled in (××、___)."""
    for row in letter.rows:
        if not any(sign in row.text for sign in _SIGNS):
            continue
        masked = [match.span() for match in _MASKED.finditer(row.text)]
        for match in _BLANK.finditer(row.text):
            if not any(start <= match.start() < end for start, end in masked):
                yield within(row, match.span(), "似有没有填写的空", "请填写或删去。")
