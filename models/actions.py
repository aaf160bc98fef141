"""Everything anybody can ask of a case (动作), as typed values.

An action is the form: its fields' titles and descriptions are what the action page, the Prefect form, the sheet and
the command line show. `kind` is the Chinese word people use for it, and is what sheets and history carry.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Final, Literal, Union
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from models.vocabulary import (
    Channel,
    ClockKind,
    ContactWay,
    HandlingRole,
    PromiseStatus,
    ProposalKind,
    ProposerKind,
    PublicationMode,
    PublicationWish,
    Retractable,
    Role,
    Satisfaction,
)

MAX_TEXT = 200_000
"""Characters of one text; the longest real letters have about 15,000."""

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]


_BREAK: Final = re.compile("[\x0b\x0c]")
"""A line break within a paragraph, as word processors paste it, and a page break."""
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f]")


class Frozen(BaseModel):
    """Immutable, and no field that was not asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _writable(cls, given: Any) -> Any:
        """Control characters, which come along when text is pasted, mean nothing and cannot be stored everywhere."""
        return {name: _plain(value) for name, value in given.items()} if isinstance(given, dict) else given


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _CONTROL.sub("", _BREAK.sub("\n", value))
    return tuple(_plain(one) for one in value) if isinstance(value, (list, tuple)) else value


class Actor(Frozen):
    """Who acts, and on which way it came in."""

    role: Role = Field(default=Role.COORDINATOR, title="身份")
    name: Annotated[Line, Field(max_length=100)] = Field(default="督办单位经办人", title="姓名")
    agency: str | None = Field(default=None, max_length=120, title="单位")
    channel: Channel = Field(default=Channel.COMMAND, title="渠道")


SYSTEM = Actor(role=Role.SYSTEM, name="系统", channel=Channel.SYSTEM)


class Action(Frozen):
    """What every action carries."""

    case: Line = Field(title="案号", description="例如 2023128；号码不唯一时写全：市政协六届二次会议/2023128")
    by: Actor = Field(default_factory=Actor, title="经办人")
    key: str = Field(
        default_factory=lambda: uuid4().hex,
        min_length=1,
        max_length=160,
        title="防重标识",
        description="同一标识只办一次，一般不用填",
    )


class ProposerGiven(Frozen):
    """A proposer as received; contact data go to a table of their own."""

    name: Line = Field(title="姓名或名称", description="委员、代表的姓名，或界别、党派、团体的名称")
    kind: ProposerKind = Field(title="类别", description="是哪一类提案人")
    phone: str | None = Field(default=None, max_length=60, title="电话", description="只供承办单位联系，不公开")
    email: str | None = Field(
        default=None, max_length=200, title="电子邮箱", description="答复和征询意见的链接寄到这里，不公开"
    )
    address: str | None = Field(default=None, max_length=300, title="通信地址", description="不公开")


class PromiseGiven(Frozen):
    """A promise the drafter confirms."""

    text: Line = Field(title="承诺内容", description="一项一句，例如 年内建成社区食堂二十处")
    due_on: date | None = Field(default=None, title="兑现日期", description="到期跟踪，没有写明的留空")
    condition: str | None = Field(
        default=None, max_length=300, title="前提条件", description="有前提才能兑现的，写明前提"
    )


# ── 收件 ─────────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── 审查立案 ──────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── 交办、签收 ────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── 办理与沟通 ────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── 起草、审签、答复 ──────────────────────────────────────────────────────────────────────────────────────────────


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
    waiver: str | None = Field(
        default=None,
        max_length=2000,
        title="体检不改的理由",
        description="复文体检有必改而不改的，写明理由；记入办理记录",
    )


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
    remark: str | None = Field(default=None, max_length=2000, title="意见")


class Amend(Action):
    """改后审签：审签人改动答复稿后签发；此前的签字失效，有关单位和环节按改后的稿子重签。"""

    kind: Literal["改后审签"] = "改后审签"
    text: Text = Field(title="答复正文", description="直接在文中修改，下一位签字的人只看改动的地方")
    remark: str | None = Field(default=None, max_length=2000, title="意见")
    waiver: str | None = Field(
        default=None,
        max_length=2000,
        title="体检不改的理由",
        description="复文体检有必改而不改的，写明理由；记入办理记录",
    )


class SendBack(Action):
    """退回修改：审签人或督办单位退回答复稿。"""

    kind: Literal["退回修改"] = "退回修改"
    remark: Line = Field(title="修改意见")


class PassReview(Action):
    """预审通过：督办单位审核答复稿，可以更正类别。"""

    kind: Literal["预审通过"] = "预审通过"
    result_class: str | None = Field(default=None, title="更正后的类别")
    remark: str | None = Field(default=None, max_length=2000, title="意见")


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
    waiver: str | None = Field(
        default=None,
        max_length=2000,
        title="体检不改的理由",
        description="复文体检有必改而不改的，写明理由；记入办理记录",
    )


class FollowMain(Action):
    """随主案答复：并入的件随主案一并办理，单独答复。由系统办理。"""

    kind: Literal["随主案答复"] = "随主案答复"
    main: Line = Field(title="主案")


# ── 反馈 ─────────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── 公开、跟踪、归档 ──────────────────────────────────────────────────────────────────────────────────────────────


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


AnyAction = Annotated[
    Union[  # noqa: UP007 - a discriminated union is written with Union
        Receive, Supplement, Withdraw, Accept, Merge, Unmerge, NotAccept, ReturnToProposer, Assign, SignFor,
        RequestReturn, GrantReturn, RefuseReturn, RecordContact, WaiveContact, AskClarification, Clarify, Retract,
        RequestExtension, GrantExtension, RefuseExtension, InterimReply, GiveOpinion, SendBackOpinion, SubmitDraft, GiveView,
        Countersign,
        Approve, Amend, SendBack, PassReview, SendReply, CorrectReply, FollowMain, GiveFeedback, CloseFeedback, OrderRedo, Uphold, DecidePublication,
        Publish, TakeDown, ReportPromise, ReportProgress, Close, Archive, Rederive, RenewLinks,
    ],
    Field(discriminator="kind"),
]  # fmt: skip


class Outcome(BaseModel):
    """What became of one action."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    key: str
    case: str
    action: str
    result: Literal["已办理", "已办过", "未办理"]
    """Done now, done before under the same key, or refused."""
    message: str
    """What was recorded, or why it was refused and what would make it possible."""
    receipt: str | None = None
    """`<case id>-<history entry>`: where it stands in the history."""

    @property
    def refused(self) -> bool:
        """Whether nothing was recorded."""
        return self.result == "未办理"
