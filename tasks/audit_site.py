"""What the public reads, compared with what was signed and with what nobody may read (公开页面核对)."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from models import schema
from models.vocabulary import PublicationMode, Publicity
from notifications.readback import difference, text_of_page
from tasks.audit_rules import Found
from tasks.loading import CASES, chunked, load_cases
from tasks.publishing import signed_text, site_case
from tasks.replies import agencies, public_letters
from tasks.site_versions import STORE

AT_ONCE: Final = 500
SATISFACTION: Final = 'class="satisfaction"'
"""What a page with the proposers' view carries."""
_CONTACTS: Final = schema.PROPOSER_CONTACTS.c
_PUBLIC: Final = {".html", ".json", ".csv", ".xml", ".txt"}
_DIGITS: Final = re.compile(rb"\d(?:[ \-]?\d){6,}")
_MAILBOX: Final = re.compile(rb"[\w.+-]{1,64}\Z")
_DOMAIN: Final = re.compile(rb"[\w.-]{1,190}\w")


def pages(connection: Connection, folder: Path) -> Iterator[Found]:
    """Every published page reads, character by character, as the signed letter or the approved summary."""
    names = {name: row.full_name for name, row in agencies(connection).items()}
    published = select(CASES.c.id).where(CASES.c.publicity == Publicity.PUBLISHED).order_by(CASES.c.id)
    for chunk in chunked(connection.scalars(published).all(), AT_ONCE):
        for case in load_cases(connection, chunk, long=True).values():
            if not case.letters or not case.publications:
                yield case.id, "记作已公开，却没有答复函或公开审查"
                continue
            decision = case.publications[-1]
            try:
                letters = list(public_letters(case, names))
            except ValueError:
                yield case.id, "答复稿的正文与签发时不同，无法与网页核对"
                continue
            for sent in letters:
                one = site_case(sent, decision.published_on or case.received_on, text="", timeline=(), names=names)
                wrong = _differs(folder / "cases" / f"{one.slug}.html", signed_text(one), mode=decision.mode)
                if wrong:
                    yield sent.addressees[0].case_id, wrong
                unreleased = any(f.round == case.round and f.released_on is None for f in case.feedback)
                if unreleased and SATISFACTION in _text(folder / "cases" / f"{one.slug}.html"):
                    yield sent.addressees[0].case_id, "公开页面上有尚未放开的反馈意见"
            if len(letters) == 1 and _record_differs(signed_text(one), decision.page_sha256):
                yield case.id, "公开时登记的校验值与签发文本不符"


def _record_differs(expected: str, recorded: str | None) -> bool:
    return bool(expected) and recorded is not None and hashlib.sha256(expected.encode()).hexdigest() != recorded


def _differs(path: Path, expected: str, *, mode: PublicationMode) -> str:
    page = _text(path)
    if not page:
        return f"记作已公开，网站上却没有 {path.name}"
    got = text_of_page(page)
    if mode is PublicationMode.NONE or got is None:
        return "公开页面上没有答复正文" if expected else ""
    parts = difference(expected, got)
    return f"公开页面与签发文本不一致，{parts}" if parts else ""


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def contacts(connection: Connection, folder: Path) -> Iterator[Found]:
    """No proposer's telephone or e-mail address stands in any file of the site; which one is not repeated here."""
    phones: dict[bytes, int] = {}
    mails: dict[bytes, int] = {}
    for row in connection.execute(select(_CONTACTS.case_id, _CONTACTS.phone, _CONTACTS.email)):
        for number in _DIGITS.findall((row.phone or "").encode()):
            phones.setdefault(_bare(number), row.case_id)
        if row.email:
            mails.setdefault(row.email.strip().lower().encode(), row.case_id)
    for path in sorted(_files(folder)):
        if path.suffix not in _PUBLIC:
            continue
        content = path.read_bytes()
        name = path.relative_to(folder)
        for case_id in sorted({phones[one] for one in map(_bare, _DIGITS.findall(content)) if one in phones}):
            yield case_id, f"公开文件 {name} 里有提案人的电话"
        for case_id in sorted({mails[one] for one in _addresses(content) if one in mails}):
            yield case_id, f"公开文件 {name} 里有提案人的邮箱"


def _addresses(content: bytes) -> Iterator[bytes]:
    """What looks like an e-mail address, in small letters; sought from each @, of which a page has few."""
    at = content.find(b"@")
    while at >= 0:
        mailbox, domain = _MAILBOX.search(content[max(0, at - 64) : at]), _DOMAIN.match(content, at + 1)
        if mailbox and domain:
            yield (mailbox.group() + b"@" + domain.group()).lower()
        at = content.find(b"@", at + 1)


def _files(folder: Path) -> Iterator[Path]:
    """What the public reads: the names in the folder lead to the version that is shown."""
    for where, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if name != STORE]
        yield from (Path(where) / name for name in names)


def _bare(number: bytes) -> bytes:
    digits = re.sub(rb"\D", b"", number)
    return digits[2:] if len(digits) == 13 and digits.startswith(b"86") else digits
