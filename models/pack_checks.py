"""What a policy pack may not say although each value alone would pass: contradictions between its values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from string import Formatter
from typing import TYPE_CHECKING, Final

from models.errors import Fault
from models.vocabulary import ClockKind, StartEvent, Unit

if TYPE_CHECKING:
    from models.ladders import Ladder
    from models.policy import ClockRule, Pack

_NUMBER_WORDS: Final = {"serial", "prefix", "year"}
HEADING_WORDS: Final = ("agency", "organ", "session", "number", "subject", "kind")
"""What a letter's title can be filled with; `organ` is another word for `agency`."""
_GREETING_WORDS: Final = {"session", "number", "subject", "name", "names", "title", "count"}
_LEAP_YEAR: Final = 2028


def faults_of(pack: Pack, base: Pack | None, file: str) -> list[Fault]:
    """Everything contradictory in `pack`, whose clocks are its own only; `base` caps its extensions."""
    return [
        *_meta(pack, file),
        *_clocks(pack.clocks, file),
        *(fault for rule in pack.clocks for fault in _clock(rule, f"{file}·clocks·{rule.rule_id}")),
        *(fault for rule in pack.clocks for fault in _above_base(rule, base, f"{file}·clocks·{rule.rule_id}")),
        *_letters(pack, file),
        *_ladders(pack, file),
        *_patterns(pack, file),
    ]


def _meta(pack: Pack, file: str) -> Iterator[Fault]:
    begins, ends = pack.pack.in_force_from, pack.pack.in_force_to
    if begins and ends and ends < begins:
        yield Fault(f"{file}·pack·in_force_to", f"失效日{ends}早于生效日{begins}", "请核对两个日期。")


def _clocks(clocks: tuple[ClockRule, ...], file: str) -> Iterator[Fault]:
    for rule_id, times in Counter(rule.rule_id for rule in clocks).items():
        if times > 1:
            yield Fault(f"{file}·clocks·{rule_id}", f"这个 id 用了{times}次", "每条时限的 id 不得重复。")
    covered = Counter((rule.step, track, rule.in_recess, rule.for_role) for rule in clocks for track in rule.tracks)
    for (step, track, _, _), times in covered.items():
        if times > 1:
            yield Fault(f"{file}·clocks", f"{track}的{step}时限写了{times}条，适用范围相同", "请只保留一条。")


def _clock(rule: ClockRule, where: str) -> Iterator[Fault]:
    if (rule.length is None) == (rule.month_day is None):
        yield Fault(where, "时限长度与固定日期应当且只能写一样", "请保留 length 或 month_day。")
    if (rule.length is None) != (rule.unit is None):
        yield Fault(where, "length 与 unit 应同时写", "请补上或同时删去。")
    if rule.start is StartEvent.FIXED and rule.month_day is None:
        yield Fault(where, "固定日期与起算日不一致", "start 为固定日期的，请写 month_day，或改写 start。")
    yield from _start(rule, where)
    if rule.month_day is not None and not _is_day(rule.month_day):
        yield Fault(f"{where}·month_day", f"没有 {rule.month_day} 这一天", "请写成 08-31 这样的月日。")
    yield from _extension(rule, f"{where}·extension")


def _start(rule: ClockRule, where: str) -> Iterator[Fault]:
    """A start nothing brings about for this step would leave the deadline without a beginning."""
    possible = STARTS[rule.step]
    if not possible:
        yield Fault(f"{where}·step", f"{rule.step}的日期写在答复中，规则包不规定", "请删去这一条。")
    elif rule.start not in possible and (rule.start is not StartEvent.FIXED or rule.step is ClockKind.REPORT):
        what = f"{rule.step}时限不能自{rule.start}起算"
        yield Fault(f"{where}·start", what, f"可用的起算日：{'、'.join(possible)}。")


_REPLY: Final = (StartEvent.ASSIGNED, StartEvent.RECEIVED, StartEvent.SESSION_CLOSED)
_HANDED: Final = (StartEvent.ASSIGNED, StartEvent.RECEIVED)
STARTS: Final = {
    ClockKind.ACCEPTANCE: (StartEvent.SUBMITTED, StartEvent.ACCEPTED),
    ClockKind.ASSIGNMENT: (StartEvent.SUBMITTED, StartEvent.SESSION_CLOSED),
    ClockKind.OBJECTION: _HANDED,
    ClockKind.REASSIGNMENT: (StartEvent.RETURN_REPORTED,),
    ClockKind.FIRST_CONTACT: _HANDED,
    ClockKind.CO_OPINION: _HANDED,
    ClockKind.CO_OPINION_REDO: (StartEvent.DEMANDED,),
    ClockKind.REPLY: _REPLY,
    ClockKind.INTERIM_REPLY: _REPLY,
    ClockKind.FEEDBACK: (StartEvent.REPLIED, StartEvent.REPLY_RECEIVED),
    ClockKind.REDO: (StartEvent.REDO_ORDERED,),
    ClockKind.PUBLICATION: (StartEvent.REPLIED, StartEvent.FORMED),
    ClockKind.PROMISE: (),
    ClockKind.REPORT: (StartEvent.ASSIGNED, StartEvent.PROMISED),
}
"""The events each kind of deadline can count from: those at which `models/lifecycle.py` starts it."""


def _is_day(month_day: str) -> bool:
    try:
        date.fromisoformat(f"{_LEAP_YEAR}-{month_day}")
    except ValueError:
        return False
    return month_day != "02-29"


def _extension(rule: ClockRule, where: str) -> Iterator[Fault]:
    allowed = rule.extension
    if allowed is None:
        return
    if (allowed.total_length is None) == (allowed.added_length is None):
        yield Fault(where, "延期应当且只能写总时限或加时", "请保留 total_length 或 added_length。")
    if allowed.total_length is None:
        return
    if allowed.unit is not rule.unit:
        yield Fault(f"{where}·unit", "延期总时限的单位与原时限不同", "请用同一单位。")
    elif rule.length is not None and allowed.total_length <= rule.length:
        yield Fault(
            f"{where}·total_length",
            f"延期总时限{allowed.total_length}不长于原时限{rule.length}",
            "请核对，或改用加时。",
        )


def _span(rule: ClockRule) -> tuple[int, int] | None:
    """The fewest and the most calendar days until the longest extension ends; None where there is no extension.

    A working week has five days; a month 28 to 31; the longest holidays take working days beyond that.
    """
    allowed = rule.extension
    if allowed is None or rule.length is None or rule.unit is None:
        return None
    added = 0 if allowed.total_length else rule.length
    parts = ((allowed.total_length or allowed.added_length or 0, allowed.unit), (added, rule.unit))
    least = sum(length * _FEWEST_DAYS[unit] // 10 for length, unit in parts)
    return least, sum(-(-length * _MOST_DAYS[unit] // 10) for length, unit in parts)


_FEWEST_DAYS: Final = {Unit.WORKDAYS: 14, Unit.DAYS: 10, Unit.MONTHS: 280}
_MOST_DAYS: Final = {Unit.WORKDAYS: 20, Unit.DAYS: 10, Unit.MONTHS: 310}
"""Calendar days of one unit, in tenths."""


def _above_base(rule: ClockRule, base: Pack | None, where: str) -> Iterator[Fault]:
    """A local extension may not reach beyond the one of the pack it extends (the law above it)."""
    mine, days = _reach(rule), _span(rule)
    if base is None or days is None:
        return
    for track in rule.tracks:
        above = base.clock(rule.step, track=track, in_recess=bool(rule.in_recess), role=rule.for_role)
        cap = None if above is None or above.unit is not rule.unit else _reach(above)
        cap_days = None if above is None else _span(above)
        if (cap is None or mine is None) and cap_days is not None and days[0] > cap_days[1]:
            what = f"延期后至少{days[0]}天，超过{base.pack.name}的上限（至多{cap_days[1]}天）"
            yield Fault(f"{where}·extension", what, "请缩短，并尽量用同一单位。")
        if mine is not None and cap is not None and mine > cap:
            yield Fault(
                f"{where}·extension",
                f"延期后最长{mine}{rule.unit}，超过{base.pack.name}的上限{cap}{rule.unit}",
                "请缩短。",
            )


def _reach(rule: ClockRule) -> int | None:
    """The longest total length in the rule's own unit, when it can be told."""
    allowed = rule.extension
    if allowed is None or rule.length is None or allowed.unit is not rule.unit:
        return None
    return allowed.total_length or rule.length + (allowed.added_length or 0)


def _letters(pack: Pack, file: str) -> Iterator[Fault]:
    for letter in pack.classes.letters:
        if len(letter) != 1:
            yield Fault(f"{file}·classes·letters·{letter}", "类别代号应是一个字", "例如 A、B、甲、乙。")


def _ladders(pack: Pack, file: str) -> Iterator[Fault]:
    if pack.ladder.use not in pack.ladders:
        yield Fault(
            f"{file}·ladder·use", f"没有名为 {pack.ladder.use} 的催办阶梯", f"可用的有：{'、'.join(pack.ladders)}。"
        )
    for name, ladder in pack.ladders.items():
        yield from _ladder(ladder, f"{file}·ladders·{name}")


def _ladder(ladder: Ladder, where: str) -> Iterator[Fault]:
    if ladder.red_workdays > ladder.yellow_workdays:
        yield Fault(f"{where}·red_workdays", "红灯早于黄灯", "red_workdays 不得大于 yellow_workdays。")
    taken: set[int] = set()
    for rung in ladder.rungs:
        if rung.every_workdays is None and rung.to_workdays is not None:
            yield Fault(f"{where}·rungs", "写了 to_workdays 却没有 every_workdays", "请补上间隔，或删去 to_workdays。")
        if rung.to_workdays is not None and rung.to_workdays < rung.from_workdays:
            yield Fault(f"{where}·rungs", f"起于{rung.from_workdays}却止于{rung.to_workdays}", "请核对先后。")
        twice = taken & (mine := set(rung.within_years()))
        if twice:
            yield Fault(f"{where}·rungs", f"第{min(twice)}个工作日的催办写了两次", "请删去重复的一级。")
        taken |= mine


def _patterns(pack: Pack, file: str) -> Iterator[Fault]:
    numbers = {
        "proposal": pack.numbering.proposal,
        "recess": pack.numbering.recess,
        "document": pack.numbering.document,
        "opinion": pack.numbering.opinion,
    }
    for key, pattern in numbers.items():
        where = f"{file}·numbering·{key}"
        yield from _words(pattern, _NUMBER_WORDS, where)
        if "{serial" not in pattern:
            yield Fault(where, "编号格式里没有 {serial}", "请写明流水号的位置。")
    titles = pack.titles
    named = {f"session·{kind}": pattern for kind, pattern in titles.session.items()}
    named |= {f"recess·{kind}": pattern for kind, pattern in titles.recess.items()}
    named["co_opinion"] = titles.co_opinion
    for key, pattern in named.items():
        yield from _words(pattern, set(HEADING_WORDS), f"{file}·titles·{key}", plain=True)
    for key in _GREETING_KEYS:
        yield from _words(getattr(titles, key), _GREETING_WORDS, f"{file}·titles·{key}")


_GREETING_KEYS: Final = (
    "salutation_one",
    "salutation_many",
    "salutation_organisation",
    "opening_one",
    "opening_many",
)


def _words(pattern: str, known: set[str], where: str, *, plain: bool = False) -> Iterator[Fault]:
    """Words nobody can fill in; where they are filled with texts (`plain`), how they are to be written, too."""
    try:
        parts = [part for part in Formatter().parse(pattern) if part[1] is not None]
    except ValueError:
        yield Fault(where, f"格式 {pattern} 的花括号不成对", "请核对花括号。")
        return
    found = {str(name) for _, name, _, _ in parts}
    if plain and any(spec or conversion for _, _, spec, conversion in parts):
        yield Fault(where, f"格式 {pattern} 的花括号里只能写词", f"可用的词：{'、'.join(sorted(known))}。")
    elif unknown := found - known:
        yield Fault(where, f"不认识的词 {'、'.join(sorted(unknown))}", f"可用的词：{'、'.join(sorted(known))}。")
