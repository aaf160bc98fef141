"""docs/packs.md: the deadlines of every policy pack, each with its source (规则包)."""

from __future__ import annotations

from models.policy import ClockRule, Pack
from tasks.policies import load_packs

HEAD = """\
<!-- Made by docs/generate.py from models/policies/; change those and run `make docs`. -->
# Policy packs (规则包)

The deadlines of each place, as data in [models/policies/](../models/policies/). What no source gives is absent: then
no clock runs. A pack inherits what it does not say itself (`extends`); only its own deadlines are listed here.
`banli policy show CODE` prints one with all it inherits; your own go into `BANLI_HOME/policies/`.

Confidence 可信度: **V** the rule's own text was read · **E** an excerpt of it · **M** on a mirror · **C** computed ·
**I** inferred or recommended. A mark behind the start says that the source gives the length but not the day it counts
from, and how that day was found.
"""


def page() -> str:
    """The whole page."""
    packs = load_packs()
    ordered = sorted(packs.values(), key=lambda pack: (not pack.code.startswith("national"), pack.code))
    return HEAD + "".join(_section(pack, packs) for pack in ordered)


def _section(pack: Pack, packs: dict[str, Pack]) -> str:
    meta = pack.pack
    inherited = {rule for base in pack.lineage for rule in packs[base].clocks}
    own = sorted((rule for rule in pack.clocks if rule not in inherited), key=lambda rule: rule.rule_id)
    lines = [
        "",
        f"## {meta.name} `{pack.code}`",
        "",
        f"- 适用 applies to: {'、'.join(meta.tracks)}" + (f"；继承 extends `{meta.extends}`" if meta.extends else ""),
        f"- 依据 source: {meta.source}",
        f"- 审签 approval: {' → '.join(pack.approval.levels)}{' → 预审' if pack.approval.office_pre_review else ''}",
        "- 类别 classes: " + "；".join(f"{letter} {meaning}" for letter, meaning in pack.classes.letters.items()),
    ]
    if own:
        lines += [
            "",
            "| 时限 clock | 适用 for | 长度 length | 起算 start | 延期 extension | 依据 source | 可信度 |",
            "|---|---|---|---|---|---|---|",
            *map(_row, own),
        ]
    return "\n".join([*lines, ""])


def _row(rule: ClockRule) -> str:
    silent = f"（{rule.start_confidence}）" if rule.start_confidence else ""
    cells = (rule.step, _for(rule), _length(rule), f"{rule.start}{silent}", _extension(rule), rule.source)
    return f"| {' | '.join(_plain(str(cell)) for cell in cells)} | {rule.confidence} |"


def _for(rule: ClockRule) -> str:
    recess = {True: "闭会期间", False: "会议期间", None: ""}[rule.in_recess]
    return "、".join(filter(None, ("/".join(rule.tracks), recess, rule.for_role and str(rule.for_role))))


def _length(rule: ClockRule) -> str:
    rolls = "，休息日顺延" if rule.roll else ""
    if rule.month_day:
        month, day = rule.month_day.split("-")
        return f"{int(month)}月{int(day)}日{rolls}"
    return f"{rule.length}{rule.unit}{rolls}"


def _extension(rule: ClockRule) -> str:
    more = rule.extension
    if more is None:
        return ""
    length = f"共{more.total_length}" if more.total_length else f"另加{more.added_length}"
    return f"{length}{more.unit}" + (f"，{more.consent}" if more.consent else "")


def _plain(cell: str) -> str:
    return cell.replace("|", "／").replace("\n", " ")
