"""docs/messages.md: everything the system ever writes to somebody, each with an example of its subject (通知)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any, Final

from models.lifecycle import STEPS, Audience
from models.notice_vocabulary import MessageKind
from models.vocabulary import ClockKind, HandlingRole, ProposerKind
from notifications.messages import NoticeFacts, compose, template_of

HEAD = """\
<!-- Made by docs/generate.py from models/lifecycle.py and notifications/; change those and run `make docs`. -->
# Every message (通知)

The complete list of what the system writes to people. The words stand in
[notifications/templates/notices/](../notifications/templates/notices/), one file for a kind; the same words go out as
e-mail, as plain text and as a short chat message. More than three waiting for one recipient become one message; a
reply (答复函) and a refusal to file (不予立案告知) always go alone. The examples are fictional.

| kind 种类 | when 何时 | to 收件人 | subject 标题示例 | template |
|---|---|---|---|---|
"""

SWEPT: Final = {
    MessageKind.REMINDER: ("每个工作日早晨：期限临近", "期限的承担者"),
    MessageKind.OVERDUE: ("每个工作日早晨：期限已过", "期限的承担者"),
    MessageKind.PROMISE_DUE: ("每个工作日早晨：承诺到期", "主办单位"),
    MessageKind.ESCALATION: ("逾期达到规则包规定的工作日数", "规则包规定的：承办单位负责人、督办单位"),
    MessageKind.DATES_MOVED: (
        "载入放假通知或改动规则后重算，期限有变动",
        "有关承办单位、督办单位、已获告知该期限的提案人，各一条",
    ),
    MessageKind.UNDELIVERED: ("每种通知方式都没有送到", "督办单位，每个收件人每天一条"),
    MessageKind.BOUNCED: ("邮件服务器拒收某个邮箱", "督办单位，每个收件人每天一条"),
    MessageKind.NEW_LINK: ("持失效链接的人要求重发；督办单位用 banli link resend 重发", "登记在案的地址"),
    MessageKind.CALENDAR_WANTED: ("12月1日起的每个工作日：没有下一年的放假通知", "督办单位"),
}
"""What no step tells: the sweep, the re-derivation and whoever asks for a link do (tasks/deadlines.py, rederiving.py, renewing.py)."""

PROPOSERS: Final = frozenset({Audience.PROPOSERS, Audience.OWN_PROPOSERS, Audience.GRANTED, Audience.FOLLOWERS})
OFFICE: Final = frozenset({Audience.OFFICE})
CASE: Final[dict[str, Any]] = {
    "key": "1:1",
    "ref": "云岭市政协六届五次会议/2026008",
    "number": "2026008",
    "session": "云岭市政协六届五次会议",
    "title": "关于增设社区长者食堂的提案",
    "proposers": ("甄某",),
    "agency": "市民政局",
    "document_number": "云民函〔2026〕12号",
    "handling_role": HandlingRole.LEAD,
    "facts": {
        "level": "分管领导",
        "agency": "市民政局",
        "to": "市商务局",
        "main_number": "2026007",
        "round": 1,
        "count": 12,
        "moves": [],
        "year": 2027,
        "name": "市民政局",
        "lines": ("第2026007号交办通知（邮件：邮箱不存在）",),
        "provisional": 12,
    },
}


def page() -> str:
    """The whole page."""
    when: dict[MessageKind, list[str]] = defaultdict(list)
    to: dict[MessageKind, list[Audience]] = defaultdict(list)
    for step in STEPS:
        for kind, audience in step.tells:
            when[kind] += [] if step.kind in when[kind] else [step.kind]
            to[kind] += [] if audience in to[kind] else [audience]
    when[MessageKind.RECEIVED], to[MessageKind.RECEIVED] = ["收件"], [Audience.OWN_PROPOSERS]
    rows = [_row(kind, when[kind], to[kind]) for kind in MessageKind]
    return HEAD + "\n".join(rows) + "\n"


def _row(kind: MessageKind, when: list[str], to: list[Audience]) -> str:
    at, whom = SWEPT.get(kind, ("、".join(when) or "尚未用到", "、".join(to)))
    template = template_of(kind)
    subject = compose(_facts(kind, to)).subject
    link = f"[{template.rpartition('/')[2]}](../notifications/templates/{template})"
    return f"| {kind} | {at} | {whom} | {subject} | {link} |"


def _facts(kind: MessageKind, to: list[Audience]) -> NoticeFacts:
    """An example: to a proposer, the office or the lead, whoever reads this kind first."""
    first = to[0] if to else Audience.LEAD
    if first in PROPOSERS:
        whom = {"recipient": "提案人:1.1", "recipient_name": "甄某", "proposer_kind": ProposerKind.MEMBER}
    elif first in OFFICE:
        whom = {"recipient": "督办", "recipient_name": "督办单位"}
    else:
        whom = {"recipient": "单位:市民政局", "recipient_name": "市民政局"}
    late = kind in {MessageKind.OVERDUE, MessageKind.ESCALATION}
    clock = ClockKind.FEEDBACK if kind is MessageKind.FEEDBACK_WANTED else ClockKind.REPLY
    due = {"clock": clock, "due_on": date(2026, 6, 15), "days_left": -2 if late else 12}
    return NoticeFacts(kind=kind, **whom, **due, **CASE)
