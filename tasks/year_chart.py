"""The rehearsed year as a picture (演练图): notices and open cases by week, lateness by deadline, load by agency."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from tasks.year_figures import Figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FONTS: Final = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "Source Han Sans CN", "Noto Serif CJK SC",
    "Noto Serif CJK JP", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Microsoft YaHei", "SimHei", "PingFang SC",
)  # fmt: skip
"""Fonts with Chinese characters, the first one installed is used; without any the labels are English."""
_COLOURS: Final = {"单位": "#1f5f8b", "提案人": "#d08a2e", "督办": "#8a8a8a"}
_STATES: Final = (("in_time", "#3b7d4f"), ("late", "#d08a2e"), ("open_late", "#a8322d"), ("open", "#c9c9c9"))
_ENGLISH: Final = {
    "每周通知（条）": "Notices per week", "周末在办、本周答复（件）": "Cases open at week's end, replies in the week",
    "期限是否办到（个）": "Deadlines met and missed", "各单位：主办（件）、逾期（个期限）": "Cases led and deadlines missed by agency",
    "单位": "agencies", "提案人": "proposers", "督办": "office", "按时": "in time",
    "逾期办结": "late", "逾期未办": "open, late", "未到期": "open", "在办": "open cases", "答复": "replies",
    "主办": "led", "逾期": "missed",
}  # fmt: skip


def png(found: Figures) -> bytes:
    """The chart. Matplotlib takes a second to import, so it is imported here."""
    from matplotlib import rc_context  # noqa: PLC0415 - see above
    from matplotlib.figure import Figure  # noqa: PLC0415 - see above
    from matplotlib.font_manager import fontManager  # noqa: PLC0415 - see above

    installed = {font.name for font in fontManager.ttflist}
    font = next((name for name in FONTS if name in installed), None)
    say = _say(chinese=font is not None)
    settings: Any = {"axes.unicode_minus": False, "font.size": 12} | ({"font.family": [font]} if font else {})
    with rc_context(settings):
        figure = Figure(figsize=(14, 9), dpi=110, layout="constrained")
        panels = figure.subplots(2, 2)
        _notices(panels[0][0], found, say)
        _open_cases(panels[0][1], found, say)
        _lateness(panels[1][0], found, say)
        _agencies(panels[1][1], found, say)
        figure.suptitle(_title(found, chinese=font is not None), fontsize="x-large")
        file = io.BytesIO()
        figure.savefig(file, format="png", metadata={"Software": "banli"})
    return file.getvalue()


def _title(found: Figures, *, chinese: bool) -> str:
    span = f"{found.from_on} – {found.until_on}"
    if chinese:
        return f"演练 {span}：{found.cases} 件，规则包 {found.pack}，种子 {found.seed}"
    return f"Rehearsal {span}: {found.cases} cases, pack {found.pack}, seed {found.seed}"


class _say:  # noqa: N801 - read as a verb
    """A label in Chinese, or in English where no font has the characters."""

    def __init__(self, *, chinese: bool) -> None:
        self.chinese = chinese

    def __call__(self, word: str, number: int = 0) -> str:
        return word if self.chinese else _ENGLISH.get(word, f"{number}")


def _notices(panel: Axes, found: Figures, say: _say) -> None:
    weeks = [week.from_on for week in found.weeks]
    below = [0] * len(weeks)
    for audience, colour in _COLOURS.items():
        heights = [week.notices[audience] for week in found.weeks]
        panel.bar(weeks, heights, 5, bottom=below, color=colour, label=say(audience))  # type: ignore[arg-type]  # dates
        below = [low + height for low, height in zip(below, heights, strict=True)]
    panel.set_title(say("每周通知（条）"))
    panel.legend()


def _open_cases(panel: Axes, found: Figures, say: _say) -> None:
    weeks = [week.from_on for week in found.weeks]
    panel.bar(weeks, [week.replied for week in found.weeks], 5, color="#3b7d4f", label=say("答复"))  # type: ignore[arg-type]  # dates
    panel.plot(weeks, [week.open_cases for week in found.weeks], color="#1f5f8b", label=say("在办"))  # type: ignore[arg-type]  # dates
    panel.set_title(say("周末在办、本周答复（件）"))
    panel.legend()


def _lateness(panel: Axes, found: Figures, say: _say) -> None:
    names = [say(one.kind.value, place) for place, one in enumerate(found.lateness, start=1)]
    left = [0] * len(names)
    words = ("按时", "逾期办结", "逾期未办", "未到期")
    for (field, colour), word in zip(_STATES, words, strict=True):
        lengths = [int(getattr(one, field)) for one in found.lateness]
        panel.barh(names, lengths, left=left, color=colour, label=say(word))
        left = [begin + length for begin, length in zip(left, lengths, strict=True)]
    panel.set_title(say("期限是否办到（个）"))
    panel.invert_yaxis()
    panel.legend()


def _agencies(panel: Axes, found: Figures, say: _say) -> None:
    places = list(range(len(found.agencies)))
    panel.barh([p - 0.2 for p in places], [one.led for one in found.agencies], 0.4, color="#1f5f8b", label=say("主办"))
    panel.barh([p + 0.2 for p in places], [one.late for one in found.agencies], 0.4, color="#a8322d", label=say("逾期"))
    panel.set_yticks(places, [say(one.agency, place + 1) for place, one in enumerate(found.agencies)])
    panel.set_title(say("各单位：主办（件）、逾期（个期限）"))
    panel.invert_yaxis()
    panel.legend()
