"""反馈、重新办理: what the proposer says of the reply, and what the office makes of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from models.actions.action import MAX_TEXT, Action, Line
from models.vocabulary import PublicationWish, Satisfaction


class GiveFeedback(Action):
    """反馈意见：提案人对办理态度和办理结果分别评价。"""

    kind: Literal["反馈"] = "反馈"
    proposer: Line = Field(title="提案人")
    attitude: Literal[Satisfaction.SATISFIED, Satisfaction.MOSTLY, Satisfaction.DISSATISFIED] = Field(title="办理态度")
    result: Literal[Satisfaction.SATISFIED, Satisfaction.MOSTLY, Satisfaction.DISSATISFIED] = Field(title="办理结果")
    wish: PublicationWish = Field(default=PublicationWish.UNSAID, title="公开意愿")
    reasons: str | None = Field(default=None, max_length=MAX_TEXT, title="意见", description="评价不满意的，请说明理由")


class CloseFeedback(Action):
    """反馈期满：未反馈的记为未反馈，不计入满意。"""

    kind: Literal["反馈期满"] = "反馈期满"


class OrderRedo(Action):
    """重新办理：提案人不满意，退承办单位重新办理。"""

    kind: Literal["重新办理"] = "重新办理"
    reason: Line = Field(title="要求")


class Uphold(Action):
    """维持答复：经研究不再重新办理，说明理由。"""

    kind: Literal["维持答复"] = "维持答复"
    reason: Line = Field(title="理由")
