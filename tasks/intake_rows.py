"""One row of the receipt sheet, checked through and through, as the action that receives it (收件)."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import Final, TypeVar

from pydantic import ValidationError

from models.actions.action import MAX_TEXT, Actor
from models.actions.receipt import ProposerGiven, Receive
from models.errors import Fault
from models.form_texts import parse_day, parse_flag, parse_lines, parse_list
from models.forms import faults_from
from models.numbering import SessionName, normalise, parse_session
from models.vocabulary import ProposalKind, ProposerKind, Track
from tasks import intake_columns as sheet
from tasks.sheet_tables import fold
from tasks.sheets import Column

Word = TypeVar("Word", bound=StrEnum)

TRACK_OF: Final = {
    ProposalKind.SUGGESTION: Track.NPC,
    ProposalKind.PROPOSAL: Track.CPPCC,
    ProposalKind.RECOMMENDATION: Track.CPPCC,
}
PROPOSERS_OF: Final = {
    ProposalKind.SUGGESTION: (ProposerKind.DEPUTY, ProposerKind.DELEGATION, ProposerKind.COMMITTEE),
    ProposalKind.PROPOSAL: (ProposerKind.MEMBER, ProposerKind.PARTY, ProposerKind.ORGANISATION, ProposerKind.SECTOR,
                            ProposerKind.COMMITTEE),
    ProposalKind.RECOMMENDATION: (ProposerKind.CPPCC, ProposerKind.COMMITTEE),
}  # fmt: skip
"""Who may propose what; the first is meant where nothing is written. Source: 代表法 (2025) art. 24 and, for deputies'
notes forwarded by a committee, 山东省人民代表大会代表建议、批评和意见办理工作条例 art. 10; 政协全国委员会提案工作条例 art. 2."""

_PHONE: Final = re.compile(r"\+?[\d()\- ]{5,24}(?:(?:转|-|x|ext\.?) ?\d{1,6})?", re.IGNORECASE)
_EMAIL: Final = re.compile(r"[^@\s、]+@[^@\s、]+\.[^@\s、.]{2,}")


_STAND_IN: Final = {"name": "?", "kind": ProposerKind.MEMBER}
"""Stands where a complaint was made already, like the ? of other fields, so that the rest is still looked at."""


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A session as far as receipt asks for it."""

    name: str
    track: Track
    opened_on: date | None = None
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One proposal as given: texts by column title, and how to name the place of each."""

    cells: Mapping[str, str]
    place: Callable[[str], str]

    def text(self, column: Column) -> str:
        """What stands in a column."""
        return self.cells.get(column.title, "")


@dataclass(slots=True)
class Known:
    """What rows are held against."""

    agencies: Collection[str]
    sessions: Collection[SessionInfo]
    today: date
    by: Actor
    _found: dict[str, tuple[SessionInfo, ...]] = field(default_factory=dict)

    def sessions_named(self, text: str) -> tuple[SessionInfo, ...]:
        """The known sessions a spelling may mean: the one it names outright, or else all it fits."""
        if text not in self._found:
            given = parse_session(text)
            fits = [info for info in self.sessions if _means(text, given, info)]
            outright = [info for info in fits if given and parse_session(info.name) == given]
            self._found[text] = tuple(outright[:1] or fits)
        return self._found[text]


@dataclass(slots=True)
class _Reading:
    """One entry being read; every complaint is kept."""

    entry: Entry
    known: Known
    faults: list[Fault] = field(default_factory=list)

    def complain(self, column: Column, what: str, remedy: str) -> None:
        self.faults.append(Fault(self.entry.place(column.title), what, remedy))

    def required(self, column: Column) -> str:
        text = self.entry.text(column)
        if not text:
            self.complain(column, f"没有填写{column.title}", "请填写。")
        return text

    def session(self) -> SessionInfo | None:
        given = self.required(sheet.SESSION)
        if not given:
            return None
        found = self.known.sessions_named(given)
        if len(found) == 1:
            return found[0]
        names = [info.name for info in found or self.known.sessions]
        near = get_close_matches(given, names, n=1, cutoff=0.3) or names[:1]
        if found:
            self.complain(sheet.SESSION, f"「{given[:60]}」可以指{'、'.join(names)}", "请写明全称。")
        elif near:
            hint = f"是不是「{near[0]}」？请改正，或先登记该届次。"
            self.complain(sheet.SESSION, f"不认识的届次「{given[:60]}」", hint)
        else:
            self.complain(sheet.SESSION, f"不认识的届次「{given[:60]}」", "还没有登记过届次，请先登记。")
        return None

    def word(self, column: Column, words: type[Word], text: str) -> Word | None:
        plain = unicodedata.normalize("NFKC", text).replace(" ", "")
        if plain in set(words):
            return words(plain)
        self.complain(column, f"不认识的{column.title}「{text[:30]}」", f"只能填：{'、'.join(words)}。")
        return None

    def kind(self, session: SessionInfo | None) -> ProposalKind | None:
        text = self.required(sheet.KIND)
        kind = self.word(sheet.KIND, ProposalKind, text) if text else None
        if kind and session and TRACK_OF[kind] is not session.track:
            self.complain(sheet.KIND, f"{session.name}是{session.track}的会议，不收{kind}", "请核对届次和类型。")
        return kind

    def body(self) -> str:
        text = self.required(sheet.TEXT)
        if len(text) > MAX_TEXT:
            what = f"正文有 {len(text):,} 字（{len(text.encode()) / 1e6:.1f} MB），上限 {MAX_TEXT:,} 字"
            self.complain(sheet.TEXT, what, "请核对是否误粘了别的内容，附件请另行报送。")
            return "（过长）"
        return text

    def proposers(self, kind: ProposalKind | None) -> tuple[ProposerGiven, ...]:
        given = self.required(sheet.PROPOSERS)
        names = parse_list(given)
        if given and not names:
            self.complain(sheet.PROPOSERS, f"「{given[:30]}」里没有姓名", "请填写。")
        for name in names:
            if re.search(r"等\s*\d+\s*(?:位|名|人)", name):
                self.complain(sheet.PROPOSERS, f"「{name[:30]}」没有写全", "请逐一写出姓名，用“、”隔开。")
        kinds = self._kinds(kind, len(names))
        phones = self._each(sheet.PHONE, len(names))
        emails = self._each(sheet.EMAIL, len(names))
        addresses = self._each(sheet.ADDRESS, len(names))
        self._plausible(phones, emails)
        if not kinds:
            return ()
        return tuple(
            ProposerGiven.model_construct(name=name, kind=kinds[at], phone=phones[at], email=emails[at],
                                          address=addresses[at])
            for at, name in enumerate(names)
        )  # fmt: skip

    def _kinds(self, kind: ProposalKind | None, count: int) -> list[ProposerKind]:
        words = parse_list(self.entry.text(sheet.PROPOSER_KIND))
        if kind is None:
            return []
        allowed = PROPOSERS_OF[kind]
        if not words:
            return [allowed[0]] * count
        if len(words) not in {1, count}:
            what = f"写了 {len(words)} 个类别，提案人有 {count} 位"
            self.complain(sheet.PROPOSER_KIND, what, "请写一个（各人相同），或按提案人顺序逐一写出。")
            return []
        kinds = [self.word(sheet.PROPOSER_KIND, ProposerKind, text) for text in words]
        for wrong in dict.fromkeys(found for found in kinds if found and found not in allowed):
            what = f"{kind}的提案人不能是{wrong}"
            self.complain(sheet.PROPOSER_KIND, what, f"{kind}可由{'、'.join(allowed)}提出，请核对类型和提案人类别。")
        found = [one for one in kinds if one is not None]
        if len(found) < len(kinds):
            return []
        return found * count if len(words) == 1 else found

    def _each(self, column: Column, count: int) -> list[str | None]:
        """One contact each; a single one belongs to the lead."""
        text = self.entry.text(column)
        parts = [text] if count <= 1 else re.split(r"[、\n]", text)
        given = [part.strip() or None for part in parts]
        if len(given) > max(count, 1):
            what = f"写了 {len(given)} 个{column.title}，提案人只有 {count} 位"
            self.complain(column, what, "请按提案人顺序填写，用“、”隔开。")
        elif 1 < len(given) < count:
            what = f"写了 {len(given)} 个{column.title}，提案人有 {count} 位，对不上"
            self.complain(column, what, "请按提案人顺序填写，没有的空着，如“甲、、丙”。")
        return (given + [None] * count)[:count]

    def _plausible(self, phones: list[str | None], emails: list[str | None]) -> None:
        for phone in phones:
            plain = unicodedata.normalize("NFKC", phone or "").replace("—", "-")
            if plain and not (_PHONE.fullmatch(plain) and 5 <= sum(char.isdigit() for char in plain) <= 18):
                self.complain(sheet.PHONE, f"「{phone}」不像电话号码", "请写成 13800000000 或 010-00000000 这样。")
        for email in emails:
            if email and not _EMAIL.fullmatch(unicodedata.normalize("NFKC", email)):
                self.complain(sheet.EMAIL, f"「{email[:60]}」不像电子邮箱", "请写成 name@example.com 这样。")

    def submitted(self, session: SessionInfo | None, *, in_recess: bool) -> date | None:
        text = self.required(sheet.SUBMITTED)
        on = parse_day(text) if text else None
        if text and on is None:
            self.complain(sheet.SUBMITTED, f"「{text[:30]}」不是日期", "请写成 2026-01-20 这样。")
        elif on and on > self.known.today:
            self.complain(sheet.SUBMITTED, f"{on} 还没有到（今天 {self.known.today}）", "请核对年份和月日。")
        elif on and session and session.opened_on and on < session.opened_on and not in_recess:
            what = f"{on} 早于{session.name}开幕（{session.opened_on}）"
            self.complain(sheet.SUBMITTED, what, "请核对日期和届次；闭会期间提出的，请在“闭会期间”填“是”。")
        return on

    def flag(self, column: Column) -> bool:
        found = parse_flag(self.entry.text(column))
        if found is None:
            self.complain(column, f"「{self.entry.text(column)[:20]}」看不出是或否", "只能填：是、否。")
        return bool(found)

    def agencies(self) -> tuple[str, ...]:
        names = parse_list(self.entry.text(sheet.AGENCIES))
        for name in names:
            if name not in self.known.agencies:
                near = get_close_matches(name, list(self.known.agencies), n=1, cutoff=0.5)
                hint = f"是不是「{near[0]}」？请改正" if near else "请核对名称"
                self.complain(
                    sheet.AGENCIES, f"不认识的单位「{name[:40]}」", f"{hint}，或先用 banli agencies load 登记。"
                )
        return names

    def receive(self) -> Receive | None:
        session = self.session()
        kind = self.kind(session)
        in_recess = self.flag(sheet.RECESS) or "闭会" in self.entry.text(sheet.SESSION)
        values = {
            "case": normalise(self.entry.text(sheet.NUMBER)),
            "session": session.name if session else "?",
            "proposal_kind": kind or ProposalKind.PROPOSAL,
            "title": self.required(sheet.TITLE) or "?",
            "text": self.body() or "?",
            "proposers": [one.model_dump() for one in self.proposers(kind)] or [_STAND_IN],
            "submitted_on": self.submitted(session, in_recess=in_recess),
            "in_recess": in_recess,
            "category": self.entry.text(sheet.CATEGORY) or None,
            "suggested_agencies": self.agencies(),
            "asks": parse_lines(self.entry.text(sheet.ASKS)),
        }
        said = {fault.where for fault in self.faults}
        try:
            return Receive(**values, by=self.known.by, key=content_key(values))
        except ValidationError as error:
            for title, what, remedy in faults_from(error, Receive):
                where = self.entry.place(title)
                if where not in said:
                    self.faults.append(Fault(where, what, remedy))
            return None


def _means(text: str, given: SessionName | None, info: SessionInfo) -> bool:
    known = parse_session(info.name)
    return given.is_same(known) if given and known else fold(text) == fold(info.name)


def read_entry(entry: Entry, known: Known) -> tuple[Receive | None, list[Fault]]:
    """The action that receives the proposal, or everything that is wrong with it."""
    reading = _Reading(entry, known)
    action = reading.receive()
    return (None if reading.faults else action), reading.faults


def content_key(values: Mapping[str, object]) -> str:
    """Names a proposal by its content, so that receiving the same row again is seen to be the same."""
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
