"""交办、签收、退办: who handles it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from models.actions.action import Action, Line
from models.vocabulary import HandlingRole


class Assign(Action):
    """交办：确定主办和会办单位。"""

    kind: Literal["交办"] = "交办"
    lead: Line = Field(title="主办单位", description="单位名册里的名称")
    mode: Literal[HandlingRole.LEAD, HandlingRole.SEPARATE, HandlingRole.SOLE] = Field(
        default=HandlingRole.LEAD, title="承办方式", description="分办时，会办单位一栏填其余分办单位"
    )
    co_handlers: tuple[Line, ...] = Field(default=(), title="会办单位", description="单位名册里的名称，没有的留空")
    due_on: date | None = Field(default=None, title="指定答复日期", description="建议案等没有法定期限的，可指定日期")


class SignFor(Action):
    """签收：承办单位确认收到并承办。"""

    kind: Literal["签收"] = "签收"


class RequestReturn(Action):
    """申请退办：认为不属于本单位职责，申请调整。"""

    kind: Literal["申请退办"] = "申请退办"
    reason: Line = Field(title="理由")
    suggested_agency: str | None = Field(default=None, title="建议承办单位")


class GrantReturn(Action):
    """同意退办：改交另一单位办理。"""

    kind: Literal["同意退办"] = "同意退办"
    agency: Line = Field(title="退办单位")
    to: Line = Field(title="改交单位")


class RefuseReturn(Action):
    """不同意退办：原单位继续办理。"""

    kind: Literal["不同意退办"] = "不同意退办"
    agency: Line = Field(title="申请单位")
    reason: Line = Field(title="理由")
