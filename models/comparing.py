"""Two places' rules side by side (规则比较): the values that differ, each with its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from models.deadline_words import UNIT_WORDS
from models.policy import ClockRule, Pack
from models.vocabulary import ClockKind, HandlingRole, Track

ABSENT: Final = "未规定"
SECTIONS: Final[Mapping[str, str]] = {
    "classes": "办理结果分类",
    "approval": "审签",
    "satisfaction": "评价",
    "publication": "公开",
    "numbering": "编号",
    "titles": "标题和称谓",
    "ladder": "催办",
    "pauses": "暂停",
}
"""The sections of a pack beside its clocks, and what they are called."""
_SOURCES: Final = frozenset({"source", "confidence"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs: what it is, and in each pack the value and where it comes from."""

    what: str
    one: str
    one_source: str
    other: str
    other_source: str


def differences(one: Pack, other: Pack) -> tuple[Difference, ...]:
    """Everything that differs, deadlines first; equal values from different sources are no difference."""
    return (*_clocks(one, other), *_sections(one, other))


def rule_words(rule: ClockRule | None) -> str:
    """A deadline in a line: length, start, rolling over, extension."""
    if rule is None:
        return ABSENT
    unit = UNIT_WORDS[rule.unit] if rule.unit else ""
    length = f"每年 {rule.month_day}" if rule.month_day else f"{rule.length}{unit}，自{rule.start}起"
    return f"{length}，{'顺延' if rule.roll else '不顺延'}{_extension(rule)}"


def _extension(rule: ClockRule) -> str:
    more = rule.extension
    if more is None:
        return ""
    longer = f"可延至共{more.total_length}" if more.total_length else f"可加{more.added_length}"
    consent = f"，须{more.consent}同意" if more.consent else ""
    return f"；{longer}{UNIT_WORDS[more.unit]}{consent}{'，告知提案人' if more.inform_proposer else ''}"


def _clocks(one: Pack, other: Pack) -> Iterator[Difference]:
    """The rule in force for each step, track, recess and role, as a case would meet it."""
    for kind in ClockKind:
        roles: set[HandlingRole | None] = {None}
        roles |= {rule.for_role for pack in (one, other) for rule in pack.clocks if rule.step is kind}
        for track in Track:
            for role in sorted(roles, key=str):
                yield from _clock(kind, track, role, one=one, other=other)


def _clock(kind: ClockKind, track: Track, role: HandlingRole | None, *, one: Pack, other: Pack) -> Iterator[Difference]:
    found = []
    for in_recess in (False, True):
        mine = one.clock(kind, track=track, in_recess=in_recess, role=role)
        its = other.clock(kind, track=track, in_recess=in_recess, role=role)
        found.append((rule_words(mine), mine.source if mine else "", rule_words(its), its.source if its else ""))
    always = found[0] == found[1]
    for said, words in zip(("会议期间", "闭会期间"), found[:1] if always else found, strict=False):
        if words[0] != words[2]:
            when = "" if always else f"、{said}"
            yield Difference(f"{kind}时限（{track}{f'、{role}' if role else ''}{when}）", *words)


def _sections(one: Pack, other: Pack) -> Iterator[Difference]:
    for name, title in SECTIONS.items():
        mine, its = (getattr(pack, name).model_dump(mode="json") for pack in (one, other))
        left, right = dict(_flat(mine)), dict(_flat(its))
        for key in dict.fromkeys((*left, *right)):
            if left.get(key) != right.get(key):
                values = (_words(left.get(key)), mine.get("source", ""), _words(right.get(key)), its.get("source", ""))
                yield Difference(f"{title}·{name}.{key}", *values)


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        elif key not in _SOURCES:
            yield f"{above}{key}", value


def _words(value: Any) -> str:
    if value is None:
        return ABSENT
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)
