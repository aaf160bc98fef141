"""办理与沟通: talks, clarifications, more time, opinions of co-handlers."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from models.actions.action import Action, Line, Text
from models.vocabulary import ContactWay, Retractable


class RecordContact(Action):
    """沟通记录：与提案人沟通的方式、日期、对象和意见。"""

    kind: Literal["沟通"] = "沟通"
    way: ContactWay = Field(title="沟通方式")
    on: date = Field(title="沟通日期")
    with_name: Line = Field(title="沟通对象")
    said: Text = Field(title="提案人意见")


class WaiveContact(Action):
    """免于沟通：提案人表示不需要见面沟通。"""

    kind: Literal["免于沟通"] = "免于沟通"
    proposer: Line = Field(title="提案人")
    note: str | None = Field(default=None, title="说明")


class AskClarification(Action):
    """请予说明：请提案人说明有关内容。"""

    kind: Literal["请予说明"] = "请予说明"
    question: Text = Field(title="需要说明的问题")


class Clarify(Action):
    """说明：提案人的说明。"""

    kind: Literal["说明"] = "说明"
    text: Text = Field(title="说明内容")


class Retract(Action):
    """撤回：登记有误、对方还没有办理的，可以撤回；原记录保留，注明已撤回。"""

    kind: Literal["撤回"] = "撤回"
    what: Retractable = Field(title="撤回哪一项")
    reason: Line | None = Field(default=None, title="原因")


class RequestExtension(Action):
    """申请延期：涉及面广、处理难度大的，申请延长答复期限。"""

    kind: Literal["申请延期"] = "申请延期"
    reason: Line = Field(title="理由")


class GrantExtension(Action):
    """同意延期。"""

    kind: Literal["同意延期"] = "同意延期"


class RefuseExtension(Action):
    """不同意延期。"""

    kind: Literal["不同意延期"] = "不同意延期"
    reason: Line = Field(title="理由")


class InterimReply(Action):
    """阶段答复：第一期限内不能办结的，期满前先向提案人说明进展和原因。"""

    kind: Literal["阶段答复"] = "阶段答复"
    text: Text = Field(title="阶段答复内容", description="已做的工作、不能按期办结的原因、下一步打算")


class GiveOpinion(Action):
    """会办意见：会办单位向主办单位提出意见。"""

    kind: Literal["会办意见"] = "会办意见"
    text: Text = Field(title="会办意见")
    document_number: str | None = Field(
        default=None, max_length=300, title="文号", description="会办意见单独编号，例如 某财函会〔2026〕3号"
    )


class SendBackOpinion(Action):
    """退回会办意见：内容空泛的，主办单位可要求重提。"""

    kind: Literal["退回会办意见"] = "退回会办意见"
    agency: Line = Field(title="会办单位")
    reason: Line = Field(title="理由")
