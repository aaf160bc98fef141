"""The sheets of agencies and of sessions (单位表、届次表): their columns, and each row checked through and through."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from models.errors import Fault
from models.form_texts import parse_day
from models.numbering import parse_session
from models.policy import Pack
from models.rulings import HEAD
from models.vocabulary import Track
from tasks.loading import session_key
from tasks.sheets import Column, Row, Table, scan_table

CONTACT_ROLES: Final = ("经办人", HEAD)
AGENCY_COLUMNS: Final = (
    Column("单位", required=True, aliases=("name", "简称"), width=18, example="园林局"),
    Column("全称", aliases=("full_name",), width=30, example="云溪市园林局"),
    Column("发文代字", aliases=("document_prefix",), example="云园函"),
    Column("电话", aliases=("phone", "联系电话"), width=16, example="000-00000000"),
    Column("经办人", aliases=("联系人",), example="周某"),
    Column("经办人邮箱", width=26, example="zhou@example.invalid"),
    Column("负责人", aliases=("分管领导",), example="吴某"),
    Column("负责人邮箱", width=26, example="wu@example.invalid"),
)
SESSION_COLUMNS: Final = (
    Column("届次", required=True, aliases=("session", "名称"), width=26, example="云溪市政协六届二次会议"),
    Column("类别", required=True, aliases=("track",), choices=tuple(Track), example=Track.CPPCC.value),
    Column("规则包", required=True, aliases=("pack",), width=18, example="national_cppcc"),
    Column("开幕日期", required=True, aliases=("opened_on",), example="2026-01-20"),
    Column("闭幕日期", aliases=("closed_on",), example="2026-01-24"),
)
_LENGTHS: Final = {"单位": 120, "全称": 200, "发文代字": 40, "电话": 60, "经办人": 60, "负责人": 60, "经办人邮箱": 200,
                   "负责人邮箱": 200, "届次": 120}  # fmt: skip
"""Characters the records keep (models/tables/)."""
_EMAIL: Final = re.compile(r"[^@\s,;、<>]+@[^@\s,;、<>]+\.[^@\s,;、<>.]+")


@dataclass(frozen=True, slots=True)
class Person:
    """One who is written to."""

    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class AgencyGiven:
    """One row of the sheet of agencies."""

    name: str
    full_name: str
    document_prefix: str | None
    phone: str | None
    people: Mapping[str, Person]


@dataclass(frozen=True, slots=True)
class SessionGiven:
    """One row of the sheet of sessions."""

    name: str
    canonical: str
    track: Track
    pack: str
    opened_on: date
    closed_on: date | None


class _Reading:
    """One row, and the faults found in it."""

    def __init__(self, table: Table, row: Row, faults: list[Fault]) -> None:
        self.table, self.row, self.faults = table, row, faults
        self.count = len(faults)
        for title, most in _LENGTHS.items():
            if len(row[title]) > most:
                self.complain(title, f"超过 {most} 字", "请精简后重新填写。")

    @property
    def is_good(self) -> bool:
        return len(self.faults) == self.count

    def complain(self, title: str, what: str, remedy: str) -> None:
        self.faults.append(Fault(self.table.place(self.row.number, title), what, remedy))

    def needed(self, title: str) -> str:
        if not self.row[title]:
            self.complain(title, f"没有填写{title}", "请填写。")
        return self.row[title]

    def day(self, title: str) -> date | None:
        text = self.row[title]
        found = parse_day(text) if text else None
        if text and found is None:
            self.complain(title, f"「{text[:30]}」不是日期", "请写成 2026-01-20 这样。")
        return found

    def once(self, title: str, name: str, seen: dict[str, int]) -> None:
        if name in seen:
            self.complain(title, f"「{name[:40]}」与第 {seen[name]} 行重复", "请删去重复的一行。")
        seen.setdefault(name, self.row.number)


def read_agencies(path: Path) -> tuple[list[AgencyGiven], tuple[str, ...], list[Fault]]:
    """The agencies of a sheet, the columns it has, and every fault. Raises: InputError when it is no such sheet."""
    table = scan_table(path, columns=AGENCY_COLUMNS)
    faults = list(table.faults)
    seen: dict[str, int] = {}
    found: list[AgencyGiven] = []
    for row in table.rows:
        reading = _Reading(table, row, faults)
        name = reading.needed("单位")
        reading.once("单位", name, seen)
        people = {role: one for role in CONTACT_ROLES if (one := _person(reading, role))}
        if reading.is_good:
            given = row["全称"] or name, row["发文代字"] or None, row["电话"] or None
            found.append(AgencyGiven(name, *given, people))
    return found, table.columns, _or_empty(faults, found, path)


def _person(reading: _Reading, role: str) -> Person | None:
    name, email = reading.row[role], reading.row[f"{role}邮箱"]
    if email and not name:
        reading.complain(role, f"写了{role}邮箱，没有写{role}", f"请补上{role}的姓名。")
    if email and not _EMAIL.fullmatch(email):
        reading.complain(f"{role}邮箱", f"「{email[:40]}」不是电子邮箱", "请只写一个，例如 zhou@example.org。")
    return Person(name, email or None) if name else None


def read_sessions(path: Path, packs: Mapping[str, Pack]) -> tuple[list[SessionGiven], list[Fault]]:
    """The sessions of a sheet and every fault. Raises: InputError when it is no such sheet."""
    table = scan_table(path, columns=SESSION_COLUMNS)
    faults = list(table.faults)
    seen: dict[str, int] = {}
    found = [one for row in table.rows if (one := _session(_Reading(table, row, faults), packs, seen))]
    return found, _or_empty(faults, found, path)


def _session(reading: _Reading, packs: Mapping[str, Pack], seen: dict[str, int]) -> SessionGiven | None:
    name, pack = reading.needed("届次"), reading.needed("规则包")
    canonical = session_key(name)
    reading.once("届次", canonical, seen)
    track = _track(reading, name)
    _check_pack(reading, pack, track, packs=packs)
    opened_on, closed_on = reading.day("开幕日期"), reading.day("闭幕日期")
    if not reading.row["开幕日期"]:
        reading.needed("开幕日期")
    if opened_on and closed_on and closed_on < opened_on:
        reading.complain("闭幕日期", f"闭幕日期{closed_on}早于开幕日期{opened_on}", "请核对两个日期。")
    if not reading.is_good or track is None or opened_on is None:
        return None
    return SessionGiven(name, canonical, track, pack, opened_on, closed_on)


def _track(reading: _Reading, name: str) -> Track | None:
    text = reading.needed("类别")
    if text and text not in set(Track):
        reading.complain("类别", f"不认识的「{text[:20]}」", f"只能填：{'、'.join(Track)}。")
        return None
    parsed = parse_session(name)
    if text and parsed and parsed.body is not Track(text):
        reading.complain("类别", f"{name}是{parsed.body}的会议，类别写的是{text}", "请核对届次和类别。")
    return Track(text) if text else None


def _check_pack(reading: _Reading, pack: str, track: Track | None, *, packs: Mapping[str, Pack]) -> None:
    if pack and pack not in packs:
        near = get_close_matches(pack, list(packs), n=1, cutoff=0.4)
        hint = f"是不是“{near[0]}”？" if near else ""
        reading.complain("规则包", f"没有规则包「{pack[:40]}」", f"{hint}可用的有：{'、'.join(sorted(packs))}。")
    elif pack and track and track not in packs[pack].pack.tracks:
        fitting = "、".join(code for code, one in sorted(packs.items()) if track in one.pack.tracks)
        reading.complain("规则包", f"规则包 {pack} 不适用于{track}", f"适用的有：{fitting}。")


def _or_empty(faults: list[Fault], found: list[AgencyGiven] | list[SessionGiven], path: Path) -> list[Fault]:
    if faults or found:
        return faults
    return [Fault(path.name, "表里一行内容也没有", "请在表头下面逐行填写后再载入。")]
