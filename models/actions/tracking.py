"""跟踪、办结、归档: promises, reports, and the end."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from models.actions.action import Action, Frozen, Line, Text
from models.vocabulary import PromiseStatus


class Attached(Frozen):
    """A file that came with an action: its own name and the hash it is kept under."""

    name: Line = Field(max_length=100, title="文件名")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", title="校验值")


class ReportPromise(Action):
    """承诺进展：报告承诺事项是否兑现。"""

    kind: Literal["承诺进展"] = "承诺进展"
    promise: int = Field(ge=1, title="承诺序号")
    status: PromiseStatus = Field(title="进展")
    evidence: Text = Field(title="依据")
    attachment: Attached | None = Field(default=None, title="佐证材料")


class ReportProgress(Action):
    """定期报告：按规定的日期报告办理情况；已经答复的，通报承诺事项的进展。"""

    kind: Literal["定期报告"] = "定期报告"
    text: Text = Field(title="报告内容")


class Close(Action):
    """办结。"""

    kind: Literal["办结"] = "办结"


class Archive(Action):
    """归档。"""

    kind: Literal["归档"] = "归档"
