"""收件、审查立案: a proposal comes in, and is taken up or not."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from models.actions.action import Action, Frozen, Line, Text
from models.vocabulary import ProposalKind, ProposerKind


class ProposerGiven(Frozen):
    """A proposer as received; contact data go to a table of their own."""

    name: Line = Field(title="姓名或名称", description="委员、代表的姓名，或界别、党派、团体的名称")
    kind: ProposerKind = Field(title="类别", description="是哪一类提案人")
    phone: str | None = Field(default=None, max_length=60, title="电话", description="只供承办单位联系，不公开")
    email: str | None = Field(
        default=None, max_length=200, title="电子邮箱", description="答复和征询意见的链接寄到这里，不公开"
    )
    address: str | None = Field(default=None, max_length=300, title="通信地址", description="不公开")


class Receive(Action):
    """收件：登记一件建议、提案或建议案。"""

    kind: Literal["收件"] = "收件"
    case: str = Field(default="", max_length=60, title="案号", description="留空时按届次顺序编号")
    session: Line = Field(title="届次", description="例如 市政协六届二次会议")
    proposal_kind: ProposalKind = Field(title="类型")
    title: Line = Field(title="案由")
    text: Text = Field(title="正文")
    proposers: tuple[ProposerGiven, ...] = Field(min_length=1, title="提案人", description="第一位为领衔人")
    submitted_on: date = Field(title="提交日期")
    in_recess: bool = Field(default=False, title="闭会期间")
    category: str | None = Field(default=None, max_length=300, title="类别")
    suggested_agencies: tuple[Line, ...] = Field(default=(), title="建议承办单位")
    asks: tuple[Line, ...] = Field(default=(), title="所提建议")


class Supplement(Action):
    """补正：提案人按要求修改后重新提交。"""

    kind: Literal["补正"] = "补正"
    title: Line | None = Field(default=None, title="案由")
    text: Text = Field(title="修改后的正文")


class Withdraw(Action):
    """撤案：提案人书面要求撤回。"""

    kind: Literal["撤案"] = "撤案"
    reason: Line = Field(title="理由")


class Accept(Action):
    """立案：审查通过，予以立案（建议为受理）。"""

    kind: Literal["立案"] = "立案"
    category: str | None = Field(default=None, max_length=300, title="类别")


class Merge(Action):
    """并案：并入内容相同的另一件，保留原号，分别答复。"""

    kind: Literal["并案"] = "并案"
    into: Line = Field(title="并入案号")
    reason: Line = Field(default="内容相同", title="理由")


class Unmerge(Action):
    """撤销并案：恢复单独办理。"""

    kind: Literal["撤销并案"] = "撤销并案"
    reason: Line = Field(title="理由")


class NotAccept(Action):
    """不予立案：说明理由和去向。"""

    kind: Literal["不予立案"] = "不予立案"
    reason: Line = Field(title="理由")
    destination: Line = Field(default="转为意见建议", title="去向")


class ReturnToProposer(Action):
    """退回补正：请提案人修改后重新提交。"""

    kind: Literal["退回补正"] = "退回补正"
    reason: Line = Field(title="需要补正的内容")
