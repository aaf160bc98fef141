"""Whom to ask about a reply (联系单位、联系人、联系电话、邮政编码), as the letter prints it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from models.published_text import Found, Place, Row, spaced, squeeze

_LABELS = {
    "unit": "联系单位|联系部门|联系科室|联系处室|承办单位|承办科室|承办处室|承办部门|经办单位|经办科室|办理单位|具体承办",
    "person": "联系人员|联系人姓名|联系人|承办人|经办人|联络人|联络员",
    "phone": "联系电话|办公电话|电话号码|联系方式|电话|手机号码|手机",
    "postcode": "邮政编码|邮编",
    "other": "联系地址|通讯地址|单位地址|办公地址|地址|传真|电子邮箱|电子邮件|邮箱|网址|签发人|抄送|职务|办复类别|办理结果",
}
_LABEL = re.compile(
    r"(?<![一-鿿])(?:"
    + "|".join(f"(?P<{kind}>{'|'.join(map(spaced, words.split('|')))})" for kind, words in _LABELS.items())
    + r")(?P<and>\s*(?:及|和|与|、|/)\s*(?:联系)?(?:电话|方式))?(?:\s*:|[ ]*\t|[ ]{2,}|[ ](?=[^:]{1,24}$))\s*",
)
_START = re.compile(r"^[\s(\[【附注:]{0,8}$")
_PHONE = re.compile(r"\(?\d[\d()\-—/、转,; *]{3,}[\d*]")
_TRIM = " \t,;。、:"


@dataclass(frozen=True, slots=True)
class Contacts:
    """The four things a letter may say of its contact; what it does not say is None."""

    unit: Found[str] | None = None
    person: Found[str] | None = None
    phone: Found[str] | None = None
    postcode: Found[str] | None = None


def is_contact(row: Row) -> bool:
    """Whether a row opens with the label of a contact."""
    match = _LABEL.search(row.text)
    return (
        match is not None
        and match.lastgroup is not None
        and not match["other"]
        and len(row.bare) <= 200
        and _START.match(row.text[: match.start()]) is not None
    )


def read_contacts(rows: Sequence[Row]) -> Found[Contacts] | None:
    """The contact of a letter, each part from the first row that gives it; None where nobody is named."""
    parts: dict[str, Found[str]] = {}
    used: list[Row] = []
    for row in rows:
        if not is_contact(row):
            continue
        before = len(parts)
        for kind, found in _parts(row):
            parts.setdefault(kind, found)
        if len(parts) > before:
            used.append(row)
    if not parts:
        return None
    first, last = used[0], used[-1]
    between = [row for row in rows if first.number <= row.number <= last.number]
    whole = first.whole(Contacts(**parts))
    damaged = "；".join(part.damaged for part in parts.values() if part.damaged)
    return Found(whole.value, whole.place, _spanned(between, whole.place), damaged)


def _spanned(rows: Sequence[Row], place: Place) -> str:
    return "\n".join(row.raw for row in rows)[place.column - 1 :].rstrip()


def _parts(row: Row) -> list[tuple[str, Found[str]]]:
    found: list[tuple[str, Found[str]]] = []
    matches = list(_LABEL.finditer(row.text))
    for index, match in enumerate(matches):
        kind = next(name for name in _LABELS if match[name])
        end = matches[index + 1].start() if index + 1 < len(matches) else len(row.text)
        start, end = _trimmed(row.text, match.end(), end)
        if kind == "other" or start >= end:
            continue
        phone = _PHONE.search(row.text, start, end) if kind in {"unit", "person"} else None
        if phone is not None:
            found.append(("phone", _phone(row, *_trimmed(row.text, phone.start(), end))))
            start, end = _trimmed(row.text, start, phone.start())
        if start < end:
            found.append((kind, _READ.get(kind, _words)(row, start, end)))
    return found


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    words = text[start:end]
    start += len(words) - len(words.lstrip(_TRIM))
    words = words.strip(_TRIM)
    while words and ((words[-1] in ")]】" and not re.search(r"[(\[【]", words)) or words[-1] in "([【" + _TRIM):
        words = words[:-1]
    return start, start + len(words)


def _words(row: Row, start: int, end: int) -> Found[str]:
    words = row.raw[start:end]
    pieces = words.split()
    return row.found(squeeze(words) if all(len(piece) == 1 for piece in pieces) else " ".join(pieces), start, end)


def _phone(row: Row, start: int, end: int) -> Found[str]:
    words = row.raw[start:end]
    short = len(re.findall(r"[\d*]", row.text[start:end])) < 5
    return row.found(
        None if short else words.strip(), start, end, damaged=f"电话号码残缺，原文为“{words}”" if short else ""
    )


def _postcode(row: Row, start: int, end: int) -> Found[str]:
    words = row.raw[start:end]
    code = squeeze(row.text[start:end])
    whole = re.fullmatch(r"\d{6}", code) is not None
    return row.found(code if whole else None, start, end, damaged="" if whole else f"邮政编码残缺，原文为“{words}”")


_READ = {"phone": _phone, "postcode": _postcode}
