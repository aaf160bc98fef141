"""What the office and the system do to a case at any stage (期限重算、链接重发)."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from models.actions.action import Action, Frozen, Line
from models.vocabulary import ClockKind


class ClockMoved(Frozen):
    """What a new calendar or rule made of one running clock."""

    clock_no: int = Field(ge=1, title="时限序号")
    clock: ClockKind = Field(title="时限")
    before_on: date = Field(title="原期限")
    after_on: date = Field(title="现期限")
    was_provisional: bool = Field(title="原为暂定")
    is_provisional: bool = Field(title="现为暂定")
    agencies: tuple[Line, ...] = Field(default=(), title="承办单位")
    why: str = Field(default="", max_length=2000, title="算法")


class Rederive(Action):
    """重新计算期限：放假通知或规则有变动，按新的重算尚在计时的期限。由系统办理。"""

    kind: Literal["重新计算期限"] = "重新计算期限"
    reason: Line = Field(default="规则或日历有变动", title="缘由")
    batch: Line = Field(default="重算", title="批次")
    changes: tuple[ClockMoved, ...] = Field(default=(), title="变动")


class RenewLinks(Action):
    """重发链接：持有人遗失链接的，原来的链接作废，新的发到登记的联系方式。由督办单位用命令办理。"""

    kind: Literal["重发链接"] = "重发链接"
    to: Line = Field(title="发给", description="承办单位，或提案人的姓名")
