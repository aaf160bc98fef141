"""What the letter says: every ask covered, co-opinions used, promises recorded, nothing copied (体检：内容)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from models.proofreading.letter import Hit, Known, Letter, nowhere
from models.proofreading.promises import find_promises
from models.published_text import squeeze

_COVERED: Final = 0.12
"""An ask with fewer of its word pairs in the letter than this is reported. Measured on the labelled letters: the
lowest share of an answered ask is above it, so that a gap is overlooked rather than an answer denied.
"""
_USED: Final = 0.10
_COMMON: Final = frozenset(
    [
        "建议",
        "加强",
        "进一",
        "一步",
        "工作",
        "推进",
        "完善",
        "建立",
        "加大",
        "力度",
        "提高",
        "积极",
        "相关",
        "部门",
        "机制",
        "问题",
        "开展",
        "有关",
        "单位",
        "提升",
        "强化",
        "健全",
        "推动",
        "落实",
        "管理",
        "实施",
        "制度",
        "发展",
        "建设",
        "服务",
        "社会",
        "政府",
        "组织",
    ]
)
_HAN: Final = re.compile(r"[一-鿿]{2,}")


def pairs(text: str) -> set[str]:
    """The pairs of neighbouring characters that say something of their own."""
    found = {run[at : at + 2] for run in _HAN.findall(text) for at in range(len(run) - 1)}
    return found - _COMMON


def share(words: str, letter: str) -> float:
    """How much of `words` stands in the letter too, 0 to 1; 1 where the words are too few to tell."""
    wanted = pairs(words)
    return len(wanted & pairs(letter)) / len(wanted) if len(wanted) > 3 else 1.0


def ask_uncovered(letter: Letter, known: Known) -> Iterator[Hit]:
    """An ask no paragraph answers: by the drafter's own list, or, where he gave none, by the words."""
    words = letter.words
    for number, ask in enumerate(known.asks, 1):
        if known.answered is not None:
            gap = not any(1 <= at <= len(letter.body) for at in known.answered.get(number, ()))
        else:
            gap = share(ask, words) < _COVERED
        if gap:
            yield nowhere(
                f"第{number}条建议“{ask[:24]}{'…' if len(ask) > 24 else ''}”似没有回应",
                "请逐条回应，或注明由哪一段回应。",
            )


def opinion_unused(letter: Letter, known: Known) -> Iterator[Hit]:
    """A co-handler's opinion of which neither the name nor the words appear in the reply."""
    words = letter.words
    bare = squeeze(words)
    for opinion in known.opinions:
        named = any(name and squeeze(name) in bare for name in opinion.names)
        if not named and share(opinion.text, words) < _USED:
            yield nowhere(f"没有用到{opinion.names[0]}的会办意见", "请吸收会办意见，并写明会办单位。")


def promise_unrecorded(letter: Letter, known: Known) -> Iterator[Hit]:
    """A sentence that promises something by a day, which nobody has recorded with its date and owner."""
    if known.promises is None:
        return
    recorded = [squeeze(one.text) for one in known.promises]
    for promise in find_promises(letter):
        bare = squeeze(promise.quote)
        if not any(_about(one, bare) for one in recorded):
            by = f"（{promise.due_on}前）" if promise.due_on else ""
            yield Hit(
                promise.line,
                promise.column,
                promise.quote,
                f"有承诺{by}，没有登记",
                "请登记为承诺事项，写明期限和责任单位。",
            )


def _about(recorded: str, sentence: str) -> bool:
    return recorded in sentence or sentence in recorded or share(recorded, sentence) >= 0.5


def promise_undated(_letter: Letter, known: Known) -> Iterator[Hit]:
    """A recorded promise without a day or a condition."""
    for one in known.promises or ():
        if one.due_on is None and not one.condition:
            yield nowhere(f"承诺事项“{one.text[:24]}”没有期限", "请补上期限，或写明办理的条件。")


def paragraph_copied(letter: Letter, known: Known) -> Iterator[Hit]:
    """A long paragraph that stands almost word for word in the reply to another proposal."""
    rows = {row.number: row for row in letter.body}
    for one in known.copied:
        row = rows.get(one.line)
        if row is not None:
            reason = f"与{one.other}的答复有{one.share:.0%}相同"
            yield Hit(row.number, 1, row.raw.strip()[:60], reason, "请核对是否针对本件，改写套用的内容。")
