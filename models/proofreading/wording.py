"""How much of one text's words another has (用词)."""

from __future__ import annotations

import re
from typing import Final

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
