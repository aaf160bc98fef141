"""起草、审签、答复: from the first version to the letter, and its correction."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from models.actions.action import MAX_TEXT, Action, Frozen, Line, Text

Waiver = Annotated[
    str | None,
    Field(max_length=2000, title="体检不改的理由", description="复文体检有必改而不改的，写明理由；记入办理记录"),
]
Remark = Annotated[str | None, Field(max_length=2000, title="意见")]


class PromiseGiven(Frozen):
    """A promise the drafter confirms."""

    text: Line = Field(title="承诺内容", description="一项一句，例如 年内建成社区食堂二十处")
    due_on: date | None = Field(default=None, title="兑现日期", description="到期跟踪，没有写明的留空")
    condition: str | None = Field(
        default=None, max_length=300, title="前提条件", description="有前提才能兑现的，写明前提"
    )


class AskAnswered(Frozen):
    """Which paragraphs answer one ask, or why none does."""

    ask: int = Field(ge=1, le=9999, title="建议序号", description="第几条建议，从 1 数起")
    paragraphs: str | None = Field(
        default=None, max_length=300, title="回应的段落", description="正文第几段，例如 2、3"
    )
    reason: str | None = Field(default=None, max_length=300, title="未回应的理由", description="不回应的写明理由")


class SubmitDraft(Action):
    """起草答复：提交答复稿送审；重新提交会使此前的签字失效。"""

    kind: Literal["起草"] = "起草"
    text: Text = Field(title="答复正文")
    result_class: str | None = Field(default=None, title="办理结果类别", description="例如 A、B、C，含义以本地规定为准")
    document_number: str | None = Field(
        default=None, max_length=300, title="文号", description="例如 某民函〔2026〕12号"
    )
    contact_unit: str | None = Field(default=None, max_length=300, title="联系单位")
    contact_person: str | None = Field(default=None, max_length=300, title="联系人")
    contact_phone: str | None = Field(default=None, max_length=300, title="联系电话")
    contact_postcode: str | None = Field(default=None, max_length=20, title="邮编")
    heading: Line | None = Field(default=None, title="标题", description="留空按本地格式")
    promises: tuple[PromiseGiven, ...] = Field(default=(), title="承诺事项")
    answers: tuple[AskAnswered, ...] = Field(
        default=(),
        max_length=200,
        title="逐条回应",
        description="第几条建议由正文第几段回应，例如 1|2、3；不回应的写理由，例如 2||不属本市事权。留空按文字自动对应",
    )
    waiver: Waiver = None


class GiveView(Action):
    """答复稿意见：提案人在签发以前对答复稿的意见，与办理结果反馈分开记录。"""

    kind: Literal["答复稿意见"] = "答复稿意见"
    proposer: Line = Field(title="提案人")
    stance: Literal["同意", "建议修改"] = Field(title="对答复稿的态度")
    text: str | None = Field(
        default=None, max_length=MAX_TEXT, title="修改建议", description="建议修改的，请写明改什么"
    )


class Countersign(Action):
    """会签：会办单位对答复稿会签。"""

    kind: Literal["会签"] = "会签"
    remark: str | None = Field(default=None, max_length=2000, title="会签意见")


class Approve(Action):
    """审签：按顺序逐级签发。"""

    kind: Literal["审签"] = "审签"
    level: str | None = Field(default=None, title="审签环节", description="留空为当前环节")
    remark: Remark = None


class Amend(Action):
    """改后审签：审签人改动答复稿后签发；此前的签字失效，有关单位和环节按改后的稿子重签。"""

    kind: Literal["改后审签"] = "改后审签"
    text: Text = Field(title="答复正文", description="直接在文中修改，下一位签字的人只看改动的地方")
    remark: Remark = None
    waiver: Waiver = None


class SendBack(Action):
    """退回修改：审签人或督办单位退回答复稿。"""

    kind: Literal["退回修改"] = "退回修改"
    remark: Line = Field(title="修改意见")


class PassReview(Action):
    """预审通过：督办单位审核答复稿，可以更正类别。"""

    kind: Literal["预审通过"] = "预审通过"
    result_class: str | None = Field(default=None, title="更正后的类别")
    remark: Remark = None


class SendReply(Action):
    """答复：向每位提案人分别发出答复函。"""

    kind: Literal["答复"] = "答复"
    dated_on: date | None = Field(default=None, title="成文日期", description="留空为答复当日")
    date_note: Line | None = Field(
        default=None, title="成文日期照录", description="只用于补录：原件日期残缺时照录原文，不推测"
    )


class CorrectReply(Action):
    """更正答复：已发出的答复有笔误、数字等差错的，由签发人改正重签，重新送达；已公开的网页随之更正并注明。"""

    kind: Literal["更正答复"] = "更正答复"
    text: Text = Field(title="答复正文", description="只改差错，不改办理内容；改变办理内容的，应重新办理")
    note: Line = Field(title="更正说明", description="改了什么，随函告知提案人，并公布在网页上，例如：第三段的日期有误")
    waiver: Waiver = None


class FollowMain(Action):
    """随主案答复：并入的件随主案一并办理，单独答复。由系统办理。"""

    kind: Literal["随主案答复"] = "随主案答复"
    main: Line = Field(title="主案")
