"""The words of the field, one name for each thing. A member's value is the Chinese word itself: it is what the
database stores, what a form offers and what a sheet holds, so no second list of labels can disagree with it.
"""

from __future__ import annotations

from enum import StrEnum


class ProposalKind(StrEnum):
    """What was proposed, and therefore which track it runs on."""

    SUGGESTION = "人大代表建议"
    PROPOSAL = "政协提案"
    RECOMMENDATION = "建议案"
    """Adopted by a meeting of the CPPCC, answered as a document, no statutory clock."""


class Track(StrEnum):
    """Whose rules apply."""

    NPC = "人大"
    CPPCC = "政协"


class Stage(StrEnum):
    """Where a case is (阶段)."""

    SUBMITTED = "待审查"
    RETURNED = "退回补正"
    FILED = "待交办"
    MERGED = "已并案"
    NOT_FILED = "不予立案"
    WITHDRAWN = "已撤案"
    ASSIGNED = "待签收"
    HANDLING = "办理中"
    COUNTERSIGNING = "会签中"
    APPROVING = "审签中"
    PRE_REVIEW = "待预审"
    APPROVED = "待答复"
    REPLIED = "征询意见"
    DISSATISFIED = "待定重办"
    ANSWERED = "已办复"
    TRACKING = "跟踪办理"
    CLOSED = "已办结"
    ARCHIVED = "已归档"


class AssignmentStatus(StrEnum):
    """Where one agency's part of a case is."""

    ASSIGNED = "待签收"
    SIGNED = "已签收"
    RETURN_REQUESTED = "申请退办"
    RETURNED = "已退办"
    OPINION_GIVEN = "已提会办意见"
    DONE = "已完成"


class Publicity(StrEnum):
    """Where the publication of a case's reply is (公开状态)."""

    UNDECIDED = "待定公开"
    DECIDED = "待公开"
    PUBLISHED = "已公开"
    NOT_PUBLIC = "不公开"
    TAKEN_DOWN = "已撤回"


class MaskKind(StrEnum):
    """What a public page hides of a letter (脱敏); how each is found stands in `models/masking.py`."""

    ID_CARD = "身份证号"
    BANK_CARD = "银行卡号"
    MOBILE = "手机号码"
    EMAIL = "电子邮箱"
    DEPUTY_CARD = "代表证号"
    HOME_ADDRESS = "家庭住址"
    POSTCODE = "住址邮编"
    PRIVATE_NAME = "患者和未成年人姓名"
    BY_REVIEWER = "审查人指定"
    """Found by no rule: the reviewer's own words."""


class PublicationMode(StrEnum):
    """How much of a reply the public reads (公开方式)."""

    FULL = "全文公开"
    SUMMARY = "摘要公开"
    NONE = "不予公开"


class HandlingRole(StrEnum):
    """An agency's part (承办方式)."""

    LEAD = "主办"
    CO_HANDLER = "会办"
    SEPARATE = "分办"
    SOLE = "独办"


class Role(StrEnum):
    """Who acts."""

    COORDINATOR = "督办单位"
    LEAD = "主办单位"
    CO_HANDLER = "会办单位"
    PROPOSER = "提案人"
    ADMINISTRATOR = "管理员"
    SYSTEM = "系统"


class Channel(StrEnum):
    """Which way an action came in (渠道)."""

    COMMAND = "命令"
    SHEET = "表格"
    LINK = "链接"
    FORM = "表单"
    SYSTEM = "系统"


class ProposerKind(StrEnum):
    """Who proposes (domain.md 5.1)."""

    MEMBER = "委员"
    DEPUTY = "代表"
    DELEGATION = "代表团"
    PARTY = "党派"
    ORGANISATION = "人民团体"
    SECTOR = "界别"
    COMMITTEE = "专门委员会"
    CPPCC = "政协"


class ContactWay(StrEnum):
    """How the proposer was heard (沟通方式)."""

    FACE_TO_FACE = "面商"
    PHONE = "电话"
    VISIT = "走访"
    MEETING = "座谈"
    WRITTEN = "书面"


class Satisfaction(StrEnum):
    """What a proposer says of the handling. Silence is its own value and never counts as satisfied."""

    SATISFIED = "满意"
    MOSTLY = "基本满意"
    DISSATISFIED = "不满意"
    SILENT = "未反馈"


class PublicationWish(StrEnum):
    """What a proposer says about publication (公开意愿)."""

    AGREES = "同意公开"
    REFUSES = "不同意公开"
    UNSAID = "未表示"


class ClockKind(StrEnum):
    """What a deadline is for (时限)."""

    ACCEPTANCE = "受理告知"
    ASSIGNMENT = "交办"
    OBJECTION = "退办申请"
    REASSIGNMENT = "重新交办"
    FIRST_CONTACT = "首次沟通"
    CO_OPINION = "会办意见"
    CO_OPINION_REDO = "重提会办意见"
    REPLY = "答复"
    INTERIM_REPLY = "阶段答复"
    FEEDBACK = "反馈意见"
    REDO = "重新办理"
    PUBLICATION = "公开"
    PROMISE = "承诺兑现"
    REPORT = "定期报告"

    @property
    def is_window(self) -> bool:
        """Whether it bounds a right of the one it runs for, not a duty: nobody is late by not objecting."""
        return self is ClockKind.OBJECTION


class StartEvent(StrEnum):
    """The day a clock counts from (起算日); the day itself is excluded."""

    SUBMITTED = "提交之日"
    ACCEPTED = "受理之日"
    ASSIGNED = "交办之日"
    RECEIVED = "收到交办之日"
    SESSION_CLOSED = "大会闭会之日"
    RETURN_REPORTED = "退办申请之日"
    DEMANDED = "退回会办意见之日"
    REPLIED = "答复之日"
    REPLY_RECEIVED = "收到答复之日"
    REDO_ORDERED = "要求重新办理之日"
    FORMED = "答复形成之日"
    PROMISED = "作出承诺之日"
    LAST_REPORT = "上期报告期限之日"
    FIXED = "固定日期"


class Unit(StrEnum):
    """What a length counts."""

    WORKDAYS = "工作日"
    DAYS = "日"
    MONTHS = "个月"


class Light(StrEnum):
    """How near a deadline is (红黄灯)."""

    GREEN = "绿"
    YELLOW = "黄"
    RED = "红"


class EscalationTarget(StrEnum):
    """To whom a deadline that stays unmet is taken (升级督办)."""

    HEAD = "承办单位负责人"
    OFFICE = "督办单位"


class Retractable(StrEnum):
    """What may be taken back while nobody has acted on it (撤回)."""

    TALK = "沟通记录"
    QUESTION = "说明请求"
    RETURN = "退办申请"


class DraftView(StrEnum):
    """Whether proposers are asked what they think of a draft, and who reads their answer (听取意见)."""

    NOT_ASKED = "不听取"
    LEAD_READS = "主办单位阅"
    OFFICE_READS = "督办单位阅"


class PromiseStatus(StrEnum):
    """Where a promise is (承诺事项)."""

    OPEN = "未到期"
    KEPT = "已兑现"
    BROKEN = "未兑现"
