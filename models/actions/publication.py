"""公开: how much of the reply the public reads."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from models.actions.action import MAX_TEXT, Action, Line
from models.vocabulary import PublicationMode


class DecidePublication(Action):
    """公开审查：与审签同步，确定公开方式；不公开和摘要公开须写明依据。"""

    kind: Literal["公开审查"] = "公开审查"
    mode: PublicationMode = Field(default=PublicationMode.FULL, title="公开方式")
    reason: str | None = Field(default=None, max_length=MAX_TEXT, title="依据", description="不予公开、摘要公开时必填")
    summary: str | None = Field(default=None, max_length=MAX_TEXT, title="摘要")
    readable: tuple[Line, ...] = Field(
        default=(), max_length=100, title="不必隐去", description="脱敏建议里可以照原文公开的，每行一处"
    )
    hidden: tuple[Line, ...] = Field(
        default=(), max_length=100, title="另行隐去", description="每行一处；要换个写法的写成“张小明=张某”"
    )


class Publish(Action):
    """公开：网页已生成并核对一致。由系统办理。"""

    kind: Literal["公开"] = "公开"
    path: Line = Field(title="网页")
    page_sha256: Line = Field(title="网页正文校验值")


class TakeDown(Action):
    """撤回公开：撤下网页，保留说明。"""

    kind: Literal["撤回公开"] = "撤回公开"
    reason: Line = Field(title="理由")
