"""The words of notices (通知), as `models/vocabulary.py` has those of the case."""

from __future__ import annotations

from enum import StrEnum


class MessageKind(StrEnum):
    """Everything the system ever writes to somebody."""

    RECEIVED = "收件告知"
    RETURNED = "补正告知"
    FILED = "立案告知"
    MERGED = "并案告知"
    NOT_FILED = "不予立案告知"
    WITHDRAWN = "撤案告知"
    ASSIGNED = "交办通知"
    RETURN_ASKED = "退办申请"
    RETURN_REFUSED = "不同意退办"
    RETURN_GRANTED = "同意退办"
    CLARIFICATION = "请予说明"
    CLARIFIED = "说明已收到"
    EXTENSION_ASKED = "延期申请"
    EXTENSION_GRANTED = "延期告知"
    EXTENSION_REFUSED = "不同意延期"
    INTERIM_REPLY = "阶段答复"
    OPINION_GIVEN = "会办意见"
    OPINION_BACK = "退回会办意见"
    SIGN_WANTED = "请审签"
    SENT_BACK = "退回修改"
    REPLY = "答复函"
    FEEDBACK_WANTED = "征询意见"
    REDO = "重新办理"
    UPHELD = "维持答复"
    PUBLISHED = "公开告知"
    REMINDER = "催办"
    OVERDUE = "逾期催办"
    PROMISE_DUE = "承诺到期"
    PROGRESS = "定期报告"
    ESCALATION = "升级督办"
    DATES_MOVED = "期限调整"
    CALENDAR_WANTED = "请载入放假通知"
    UNDELIVERED = "通知未送达"
    BOUNCED = "邮箱退信"
    TAKEN_BACK = "撤回告知"
    VIEW_WANTED = "听取意见"
    VIEW_GIVEN = "答复稿意见"
    NEW_LINK = "新的办理链接"


class NoticeStatus(StrEnum):
    """Where a notice is (发送状态)."""

    WAITING = "待发"
    SENDING = "发送中"
    SENT = "已发"
    FAILED = "发送失败"
    EXPIRED = "已失效"
