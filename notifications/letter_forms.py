"""The questionnaire that goes with a reply (征询意见表): what the proposer says about attitude and result.

Source: 浙江省人民代表大会代表建议、批评和意见办理的规定 art. 23; 上海市人民代表大会关于代表建议、批评和意见的规定
art. 21 (attitude and result are rated separately, reasons are given when dissatisfied).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from notifications.letters import LetterText, clean_line

TITLE: Final = "办理情况征询意见表"
MARK: Final = "附件"
BOX: Final = "□"
"""To be ticked by hand."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a label, what is printed beside it, and the height in lines left for a pen."""

    label: str
    said: str
    lines: int = 1


@dataclass(frozen=True, slots=True)
class LetterForm:
    """The questionnaire on a page of its own behind the letter."""

    mark: str
    title: str
    rows: tuple[Row, ...]
    note: str

    def as_data(self) -> dict[str, Any]:
        """For a template."""
        return asdict(self)


def feedback_form(letter: LetterText, *, subject: str, proposer: str, scale: Sequence[str], days: str) -> LetterForm:
    """The questionnaire for one addressee on the place's own scale; `days` is until when, or empty."""
    boxes = "  ".join(f"{BOX}{word}" for word in scale)
    rows = (
        Row("届次会议", letter.session),
        Row("案号", f"第{letter.number}号"),
        Row("案由", clean_line(subject)),
        Row("提案人", clean_line(proposer)),
        Row("承办单位", letter.agency),
        Row("沟通方式", f"{BOX}当面  {BOX}座谈  {BOX}调研  {BOX}电话  {BOX}书面  {BOX}未沟通"),
        Row("办理态度", boxes),
        Row("办理结果", boxes),
        Row("意见和理由", "", 3),
        Row("签名、日期", "", 1),
    )
    until = f"请在{days}填写寄回承办单位和交办机关。" if days else "请填写后寄回承办单位和交办机关。"
    return LetterForm(MARK, TITLE, rows, f"{until}不满意的，请写明理由。")
