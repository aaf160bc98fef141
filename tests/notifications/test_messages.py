"""What every message says, approved word for word."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.notice_vocabulary import MessageKind
from models.vocabulary import ClockKind, HandlingRole, ProposalKind, ProposerKind
from notifications.audiences import salutation
from notifications.messages import _DUTIES, NoticeFacts, compose, compose_digest
from notifications.rendering import TEMPLATES

M = MessageKind
CASE = {
    "key": "1:2",
    "ref": "市政协六届二次会议/2026128",
    "number": "2026128",
    "session": "市政协六届二次会议",
    "title": "关于增设社区长者食堂的提案",
    "proposers": ("甄某", "贾某"),
    "agency": "市民政局",
    "co_handlers": ("市财政局",),
    "inquiries": "市政协提案委 0571-0000",
}
TO_PROPOSER = {**CASE, "recipient": "提案人:1.1", "recipient_name": "甄某", "proposer_kind": ProposerKind.MEMBER}
TO_AGENCY = {**CASE, "recipient": "单位:市民政局", "recipient_name": "市民政局", "handling_role": HandlingRole.LEAD}
TO_CO = {**CASE, "recipient": "单位:市财政局", "recipient_name": "市财政局", "handling_role": HandlingRole.CO_HANDLER}
TO_OFFICE = {**CASE, "recipient": "督办", "recipient_name": "市政协提案委"}
DUE = {
    "clock": ClockKind.REPLY,
    "due_on": date(2026, 6, 15),
    "days_left": 12,
    "explanation": ("自交办之日（2026年3月15日）起3个月，首日不计。", "6月15日为工作日，不顺延。"),
}
LINK = {"links": (("办理", "https://banli.example.gov.cn/a/TOKEN"),)}
REASON = {"reason": "预算安排在下一年度"}

MOVE = {
    "number": "2026128",
    "title": "关于增设社区长者食堂的提案",
    "clock": "答复",
    "before_on": "2027-01-08",
    "after_on": "2027-01-11",
    "provisional": False,
}
EVERY = {
    "received": (M.RECEIVED, TO_PROPOSER),
    "returned": (M.RETURNED, {**TO_PROPOSER, **LINK, "reason": "缺少具体建议"}),
    "filed": (M.FILED, TO_PROPOSER),
    "filed suggestion": (
        M.FILED,
        {**TO_PROPOSER, "proposal_kind": ProposalKind.SUGGESTION, "proposer_kind": ProposerKind.DEPUTY},
    ),
    "merged": (M.MERGED, {**TO_PROPOSER, "facts": {"main_number": "2026007", "main_title": "关于养老助餐的提案"}}),
    "not filed": (M.NOT_FILED, {**TO_PROPOSER, "reason": "属于个人诉求", "facts": {"destination": "转信访部门"}}),
    "withdrawn, proposer": (M.WITHDRAWN, {**TO_PROPOSER, "reason": "已经解决"}),
    "withdrawn, agency": (M.WITHDRAWN, TO_AGENCY),
    "assigned, lead": (M.ASSIGNED, {**TO_AGENCY, **DUE, **LINK, "facts": {"objection_on": "2026-03-24"}}),
    "assigned, co-handler": (M.ASSIGNED, {**TO_CO, **DUE, "clock": ClockKind.CO_OPINION, "provisional": True}),
    "assigned, proposer": (M.ASSIGNED, TO_PROPOSER),
    "return asked": (
        M.RETURN_ASKED,
        {**TO_OFFICE, "reason": "不属职责", "facts": {"agency": "市民政局", "suggested_agency": "市商务局"}},
    ),
    "return refused": (M.RETURN_REFUSED, {**TO_AGENCY, **DUE, "reason": "主要职责在贵局"}),
    "return granted, agency": (M.RETURN_GRANTED, {**TO_AGENCY, "facts": {"to": "市商务局"}}),
    "return granted, proposer": (M.RETURN_GRANTED, {**TO_PROPOSER, "facts": {"to": "市商务局"}}),
    "clarification": (M.CLARIFICATION, {**TO_PROPOSER, **LINK, "text": "食堂拟设在哪几个社区？"}),
    "clarified": (M.CLARIFIED, {**TO_AGENCY, **DUE, "text": "东、西两个社区。"}),
    "extension asked": (M.EXTENSION_ASKED, {**TO_OFFICE, **DUE, **REASON}),
    "extension taken": (M.EXTENSION_ASKED, {**TO_OFFICE, **DUE, **REASON, "facts": {"granted": True}}),
    "extension granted, agency": (M.EXTENSION_GRANTED, {**TO_AGENCY, **DUE, **REASON}),
    "extension granted, proposer": (M.EXTENSION_GRANTED, {**TO_PROPOSER, **DUE, **REASON}),
    "extension refused": (M.EXTENSION_REFUSED, {**TO_AGENCY, **DUE, "reason": "时间充裕"}),
    "interim reply, proposer": (M.INTERIM_REPLY, {**TO_PROPOSER, **DUE, "text": "已完成选址，资金尚待落实。"}),
    "interim reply, office": (M.INTERIM_REPLY, {**TO_OFFICE, "text": "已完成选址，资金尚待落实。"}),
    "progress, proposer": (M.PROGRESS, {**TO_PROPOSER, "text": "五处中已建成三处。"}),
    "progress, office": (M.PROGRESS, {**TO_OFFICE, "text": "五处中已建成三处。"}),
    "opinion given": (M.OPINION_GIVEN, {**TO_AGENCY, "facts": {"agency": "市财政局"}}),
    "opinion back": (M.OPINION_BACK, {**TO_CO, **DUE, "reason": "没有资金数额"}),
    "sign wanted": (M.SIGN_WANTED, {**TO_AGENCY, **DUE, **LINK, "facts": {"level": "分管领导审签"}}),
    "sent back": (M.SENT_BACK, {**TO_AGENCY, "reason": "第二点答非所问"}),
    "reply": (
        M.REPLY,
        {**TO_PROPOSER, "document_number": "某民函〔2026〕12号", "result_class": "A", "attachments": ("答复函.docx",)},
    ),
    "reply, corrected": (
        M.REPLY,
        {**TO_PROPOSER, "document_number": "某民函〔2026〕12号", "facts": {"correction": "第一段漏了人数"}},
    ),
    "feedback wanted": (M.FEEDBACK_WANTED, {**TO_PROPOSER, **DUE, **LINK, "clock": ClockKind.FEEDBACK}),
    "redo, agency": (M.REDO, {**TO_AGENCY, **DUE, "reason": "逐条回应", "facts": {"round": 1}}),
    "redo, proposer": (M.REDO, {**TO_PROPOSER, "reason": "逐条回应", "facts": {"round": 1}}),
    "upheld": (M.UPHELD, {**TO_PROPOSER, **REASON}),
    "published": (M.PUBLISHED, {**TO_PROPOSER, "links": (("查看公开网页", "https://example.gov.cn/2026128.html"),)}),
    "reminder, agency": (M.REMINDER, {**TO_AGENCY, **DUE, **LINK, "facts": {"workdays_left": 3}}),
    "reminder, proposer": (M.REMINDER, {**TO_PROPOSER, **DUE, "clock": ClockKind.FEEDBACK, "days_left": 0}),
    "overdue, agency": (M.OVERDUE, {**TO_AGENCY, **DUE, "days_left": -2}),
    "overdue, proposer": (M.OVERDUE, {**TO_PROPOSER, **DUE, "clock": ClockKind.FEEDBACK, "days_left": -1}),
    "promise due": (
        M.PROMISE_DUE,
        {**TO_AGENCY, **DUE, "clock": ClockKind.PROMISE, "facts": {"promise": "年底前建成五处食堂"}},
    ),
    "escalation, office": (M.ESCALATION, {**TO_OFFICE, **DUE, "days_left": -15}),
    "dates moved": (
        M.DATES_MOVED,
        {
            **TO_AGENCY,
            "reason": "载入2027年放假通知",
            "facts": {"count": 3, "moves": [MOVE, {**MOVE, "provisional": True}]},
        },
    ),
    "dates moved, proposer": (
        M.DATES_MOVED,
        {**TO_PROPOSER, "reason": "载入2027年放假通知", "facts": {"count": 1, "moves": [MOVE]}},
    ),
    "dates moved, office": (
        M.DATES_MOVED,
        {**TO_OFFICE, "reason": "载入2027年放假通知", "facts": {"count": 1, "moves": [MOVE]}},
    ),
    "calendar wanted": (M.CALENDAR_WANTED, {**TO_OFFICE, "facts": {"year": 2027, "provisional": 12}}),
    "undelivered": (
        M.UNDELIVERED,
        {**TO_OFFICE, "facts": {"name": "市民政局", "count": 21, "lines": ["第2026007号交办通知（邮件：拒收）"]}},
    ),
    "bounced": (
        M.BOUNCED,
        {**TO_OFFICE, "facts": {"name": "市民政局", "count": 1, "lines": ["zh***@example.org，550 no such user"]}},
    ),
    "escalation, head": (
        M.ESCALATION,
        {**TO_AGENCY, **DUE, "recipient": "单位:市民政局#负责人", "facts": {"workdays_left": -10}},
    ),
    "taken back, proposer": (M.TAKEN_BACK, {**TO_PROPOSER, "facts": {"what": "说明请求", "agency": "市民政局"}}),
    "taken back, office": (M.TAKEN_BACK, {**TO_OFFICE, "facts": {"what": "退办申请", "agency": "市民政局"}}),
    "view wanted": (M.VIEW_WANTED, {**TO_PROPOSER, **LINK, "facts": {"draft_no": 2}}),
    "view given": (M.VIEW_GIVEN, {**TO_AGENCY, **LINK, "facts": {"draft_no": 2}}),
    "new link, agency": (M.NEW_LINK, {**TO_AGENCY, **LINK}),
    "new link, proposer": (M.NEW_LINK, {**TO_PROPOSER, **LINK}),
}


@pytest.mark.parametrize("name", EVERY)
def test_text(name, snapshot):
    kind, values = EVERY[name]
    message = compose(NoticeFacts(kind=kind, **values))
    assert f"{message.subject}\n\n{message.text}" == snapshot


def test_every_kind_is_approved_above_and_has_a_template_and_there_is_no_other_template():
    assert {kind for kind, _ in EVERY.values()} == set(MessageKind)
    frames = {"base", "brief", "digest", "digest_brief", "notice"}
    found = {path.stem for path in (TEMPLATES / "notices").glob("*.txt")} - frames
    assert found == {kind.name.lower() for kind in MessageKind}


def test_every_clock_says_what_it_waits_for():
    assert set(_DUTIES) == set(ClockKind)


def test_every_form_of_a_message(snapshot):
    kind, values = EVERY["assigned, lead"]
    message = compose(NoticeFacts(kind=kind, **values))
    assert message.html == snapshot(name="html")
    assert message.brief == snapshot(name="brief")


def test_a_digest_in_every_form(snapshot):
    names = ["assigned, lead", "reminder, agency", "sent back"]
    message = compose_digest([NoticeFacts(kind=EVERY[name][0], **EVERY[name][1]) for name in names])
    assert message.subject == snapshot(name="subject")
    assert message.text == snapshot(name="text")
    assert message.html == snapshot(name="html")
    assert message.brief == snapshot(name="brief")


def test_a_digest_has_one_recipient():
    facts = NoticeFacts(kind=M.FILED, **TO_PROPOSER)
    with pytest.raises(ValueError, match="one recipient"):
        compose_digest([facts, replace(facts, recipient="督办")])


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("甄某", ProposerKind.MEMBER, "尊敬的甄某委员："),
        ("贾某", ProposerKind.DEPUTY, "尊敬的贾某代表："),
        ("贾某代表", ProposerKind.DEPUTY, "尊敬的贾某代表："),
        ("某党市委会", ProposerKind.PARTY, "尊敬的某党市委会："),
    ],
)
def test_proposers_are_addressed_as_they_are_called(name, kind, expected):
    assert salutation("提案人:1.1", name, proposer_kind=kind) == expected


def test_a_long_text_is_whole_in_the_mail_and_short_in_the_chat():
    question = "食堂" * 5000
    message = compose(NoticeFacts(kind=M.CLARIFICATION, **{**TO_PROPOSER, "text": question}))
    assert question in message.text
    assert question in message.html
    assert len(message.brief) < 700
    assert "（全文见办理页面）" in message.brief


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400), st.sampled_from(sorted(EVERY)))
def test_whatever_people_wrote_stays_text(written, name):
    kind, values = EVERY[name]
    message = compose(NoticeFacts(kind=kind, **{**values, "title": written, "reason": f"<script>{written}"}))
    assert "<script>" not in message.html
    assert "\n" not in message.subject
    assert len(message.subject) < 120
