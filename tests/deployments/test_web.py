"""Every action through its page, as a person without JavaScript does it."""

import re
from typing import Any

import pytest
from page_actions import _LEAD, ACTIONS, CO, LEAD, NAME, WHO, ready_for
from sqlalchemy import select

from deployments.web import shows_mailbox
from models import actions as a
from models.lifecycle import STEPS
from models.settings import settings_from
from models.tables.fields import core
from models.tables.history import HistoryRow
from models.tables.pages import PostRow
from models.vocabulary import Channel, Role
from notifications.local_mailbox import MailboxChannel
from notifications.messages import Message
from notifications.sending import Attachment
from tasks import clock
from tasks.database import reading


def _history(office: Any, number: str = "0001") -> list[Any]:
    history = core(HistoryRow)
    with reading(office.engine) as connection:
        rows = connection.execute(
            select(history).where(history.c.case_id == office.case_id(number)).order_by(history.c.seq)
        )
        return list(rows)


def _posts(office: Any) -> list[Any]:
    with reading(office.engine) as connection:
        return list(connection.execute(select(core(PostRow))))


def _link(office: Any, kind: str, role: Role, **options: Any) -> str:
    return f"/a/{office.link(kind, role, *WHO[role], **options)}"


@pytest.mark.parametrize("row", ACTIONS, ids=[row[0] for row in ACTIONS])
def test_each_action_is_done_from_its_page_and_its_link_is_spent(office, row):
    kind, _place, _before, role, fields = row
    ready_for(office, row)
    path = _link(office, kind, role)
    signed = fields if role is Role.PROPOSER else fields | NAME

    answer = office.fill(path, signed)

    assert answer.status == 200, answer.text
    assert f"已办理：{kind}" in answer.text
    entry = next(row for row in reversed(_history(office)) if row.action == kind)
    assert (entry.channel, entry.role) == (Channel.LINK, role)
    assert entry.name == ("张三" if role is Role.PROPOSER else "赵经办")
    assert f"{entry.case_id}-{entry.seq}" in answer.text
    assert _posts(office)[0].address == "127.0.0.1"
    again = office.get(path)
    assert again.status == (200 if kind in {"沟通", "承诺进展"} else 410)


def test_the_table_above_holds_every_action_of_a_person():
    people = {step.kind for step in STEPS if step.who not in ({Role.SYSTEM}, {Role.SYSTEM, Role.COORDINATOR})}
    assert people <= {row[0] for row in ACTIONS}


def test_a_page_says_what_is_needed_to_decide(office):
    office.to("assigned")
    page = office.get(_link(office, "签收", Role.CO_HANDLER))
    for words in (
        "增加专职人员",
        LEAD,
        CO,
        "张三、李四",
        "怎么算出来的",
        "接下来",
        "交民政局主办",
        "签收或者申请退办"[:2],
    ):
        assert words in page.text
    assert "13800000000" not in page.html


def test_what_was_typed_is_kept_when_something_is_wrong(office):
    office.to("handling")
    path = _link(office, "沟通", Role.LEAD)
    answer = office.fill(path, {"with_name": "张三", "said": "很好的意见", "on": "去年", **NAME})
    assert answer.status == 422
    assert "沟通方式：没有填写" in answer.text
    assert "「去年」不是日期" in answer.text
    assert 'href="#f-way"' in answer.html
    assert 'aria-invalid="true"' in answer.html
    assert "很好的意见" in answer.html
    assert "赵经办" in answer.html
    assert _posts(office) == []


def test_a_refusal_says_why_and_what_would_help_and_may_be_tried_again(office):
    office.to("handling")
    path = _link(office, "沟通", Role.LEAD)
    wrong = {"way": "电话", "on": "2027-01-01", "with_name": "张三", "said": "同意"} | NAME
    answer = office.fill(path, wrong)
    assert answer.status == 409
    assert "沟通日期2027-01-01还没有到。请填写今天或以前的日期。" in answer.text
    assert 'value="2027-01-01"' in answer.html
    better = office.post(path, answer.hidden() | wrong | {"on": "2026-02-26"})
    assert better.status == 200


def test_the_next_signer_reads_the_difference(office):
    office.to("countersigning")
    office.do(
        (3, 21), a.SubmitDraft(case="0001", by=_LEAD, text="您提出的提案收悉。现答复如下：\n一、已增加两名专职人员。")
    )
    page = office.get(_link(office, "会签", Role.CO_HANDLER))
    assert "一、已增加<ins>〔新增〕两名</ins>专职人员。" in page.html.replace(
        '<span class="visually-hidden">', ""
    ).replace("</span>", "")
    assert "〔删去〕 二、经费列入年度预算。" in page.text
    assert "（1段没有改动）" in page.text
    assert "看全文" in page.text
    assert "第2稿" in page.text


def test_a_colleagues_name_is_recorded_and_required(office):
    office.to("assigned")
    path = _link(office, "签收", Role.LEAD)
    assert "您的姓名：没有填写" in office.fill(path, {"by_name": "  "}).text
    assert office.fill(path, {"by_name": "代办的小周"}).status == 200
    assert _history(office)[-1].name == "代办的小周"


def test_an_agency_sees_no_feedback_before_it_is_released(office):
    office.to("replied")
    said = {"attitude": "不满意", "result": "不满意", "reasons": "与实际不符"}
    assert office.fill(_link(office, "反馈", Role.PROPOSER), said).status == 200
    desk = office.link("", Role.LEAD, LEAD, LEAD)
    page = office.get(f"/d/{desk}/{office.case_id()}")
    assert "承诺进展" in page.text
    assert "不满意" not in page.text
    assert "与实际不符" not in page.text
    assert "张三反馈意见" not in page.text
    own = office.get(f"/d/{office.link('', Role.PROPOSER, '张三')}/{office.case_id()}")
    assert "与实际不符" in own.text
    other = office.get(f"/d/{office.link('', Role.PROPOSER, '李四')}/{office.case_id()}")
    assert "与实际不符" not in other.text
    office.do((4, 1), a.GiveFeedback.model_validate(
        {"case": "0001", "proposer": "李四", "attitude": "满意", "result": "满意",
         "by": a.Actor(role=Role.PROPOSER, name="李四")}))  # fmt: skip
    released = office.get(f"/d/{desk}/{office.case_id()}")
    assert "与实际不符" in released.text


def test_a_proposer_reads_no_draft_opinion_or_signature_before_the_reply(office):
    office.to("approving")
    page = office.get(f"/d/{office.link('', Role.PROPOSER, '张三')}/{office.case_id()}")
    assert page.status == 200
    for words in ("经费列入年度预算", "同意列入预算", "年底前配齐", "会签"):
        assert words not in page.text.replace("会签中", "").replace("由主办单位逐级审签", "")


def test_the_desk_lists_what_waits_and_signs_for_many_at_once(office):
    numbers = [f"{n:04}" for n in range(1, 13)]
    office.to("assigned", *numbers)
    desk = f"/d/{office.link('', Role.LEAD, LEAD, LEAD)}"
    page = office.get(desk)
    assert "12件等待办理" in page.text
    answer = office.post(desk, page.hidden() | NAME | {"cases": [str(office.case_id(n)) for n in numbers]})
    assert answer.status == 200
    assert "已签收12件" in answer.text
    assert office.flow.done.wait(10)
    assert office.flow.runs == [("sign_for", 12)]
    assert office.case("0012").stage.value == "办理中"


def test_the_desk_says_what_is_missing(office):
    office.to("assigned", "0001", "0002")
    desk = f"/d/{office.link('', Role.LEAD, LEAD, LEAD)}"
    shown = office.get(desk)
    assert "没有勾选" in office.post(desk, shown.hidden() | NAME).text
    assert "没有填写您的姓名" in office.post(desk, shown.hidden() | {"cases": "1"}).text
    assert office.flow.runs == []


def test_each_action_of_the_desk_is_done_on_the_cases_own_page(office):
    office.to("drafting")
    desk = f"/d/{office.link('', Role.LEAD, LEAD, LEAD)}"
    path = f"{desk}/{office.case_id()}"
    page = office.get(path)
    assert page.hidden()["do"] == "起草"
    answer = office.fill(path, {"text": "现答复如下。"} | NAME, get=f"{path}?do=起草")
    assert "已办理：起草" in answer.text
    assert f'href="{desk}"' in answer.html


def test_index_health_and_description(office):
    assert "不需要账号" in office.get("/").text
    assert office.client.get("/healthz").json() == {"status": "ok"}
    assert office.client.get("/readyz").json() == {"status": "ok", "waiting_posts": 0, "reason": ""}
    paths = office.client.get("/openapi.json").json()["paths"]
    assert set(paths) == {"/healthz", "/readyz", "/api/posts/{key}"}


def test_pages_work_without_a_public_site_and_serve_it_once_it_is_there(office):
    assert office.get("/site/").status == 404
    (office.home / "site").mkdir()
    (office.home / "site" / "index.html").write_text("<p>公开</p>")
    page = office.get("/site/")
    assert page.status == 200
    assert page.headers["cache-control"] == "no-cache"
    assert office.get("/site/..%2fbanli.sqlite").status == 404
    assert office.get("/site/%2e%2e/web.key").status == 404


@pytest.mark.parametrize(
    ("environ", "shown"),
    [
        ({}, True),
        ({"BANLI_BASE_URL": "http://127.0.0.1:8080"}, True),
        ({"BANLI_BASE_URL": "https://duban.example.gov.cn"}, False),
        ({"BANLI_SMTP_URL": "smtp://mail.example.gov.cn"}, False),
        ({"BANLI_NOTIFY_OFFICE": "dingtalk://x"}, False),
    ],
)
def test_the_mailbox_opens_by_itself_only_in_a_rehearsal(environ, shown, tmp_path):
    settings = settings_from({"BANLI_HOME": str(tmp_path)} | environ)
    assert shows_mailbox(environ, settings) is shown


def test_the_mailbox_shows_letters_with_links_that_work(make_office):
    office = make_office(mailbox=True)
    office.to("assigned")
    token = office.link("签收", Role.LEAD, LEAD, LEAD)
    body = f"请签收：{office.client.base_url}/a/{token}\n<b>不是标记</b>"
    message = Message(subject="【办理】交办通知", text=body, html="", brief="", id="1@test")
    with office.today():
        MailboxChannel(office.home / "mailbox", clock.now).send(
            "单位:民政局", message, [Attachment("函.docx", b"PK", "x/y")]
        )
    listed = office.get("/mail")
    assert "【办理】交办通知" in listed.text
    assert "还没有信" in office.get("/mail?to=教育局").text
    letter = office.get(re.findall(r'href="(/mail/\w+)"', listed.html)[0])
    assert "&lt;b&gt;不是标记" in letter.html
    link = re.findall(r'<a href="(http[^"]+)"', letter.html)[0]
    assert office.get(link).status == 200
    attachment = office.client.get(re.findall(r'href="(/mail/\w+/1)"', letter.html)[0])
    assert attachment.content == b"PK"
    assert attachment.headers["content-disposition"].startswith("attachment")
    for wrong in ("/mail/none", "/mail/..%2Fweb.key", "/mail/x/1"):
        assert office.get(wrong).status == 404


def test_a_reply_is_looked_at_as_the_letter_it_will_be_before_it_is_sent(office):
    office.to("contacted")
    path = _link(office, "起草", Role.LEAD)
    typed = {
        "text": "您提出的提案收悉。\n一、已增加人员。",
        "document_number": "某民函〔2026〕12号",
        "result_class": "A",
    }
    shown = office.post(path, office.get(path).hidden() | typed | NAME | {"step": "look"})
    assert shown.status == 200
    assert "张三、李四委员：" in shown.text
    assert "某市民政局" in shown.text
    assert "某民函〔2026〕12号" in shown.text
    assert "现在提交会被退回：会办单位财政局还没有提出会办意见" in shown.text
    assert "一、已增加人员。</textarea>" in shown.html
    assert _posts(office) == []


def test_a_text_comes_from_a_file_and_is_sent_only_afterwards(office):
    office.to("handling")
    path = _link(office, "会办意见", Role.CO_HANDLER)
    fields = office.get(path).hidden() | NAME | {"step": "read"}
    read = office.post(
        path, fields, files={"file": ("../意见.txt", "同意列入预算。\n请抓紧。".encode("gb18030"), "x/y")}
    )
    assert "已读入《意见.txt》" in read.text
    assert "同意列入预算。\n请抓紧。</textarea>" in read.html
    wrong = office.post(path, read.hidden() | {"step": "read"}, files={"file": ("a.docx", b"%PDF-1.7", "x/y")})
    assert "PDF 文件已损坏，打不开" in wrong.text
    assert "没有选择文件" in office.post(path, read.hidden() | {"step": "read"}).text
    assert _posts(office) == []
    sent = office.post(path, read.hidden() | NAME | {"text": "同意列入预算。", "step": "send"})
    assert sent.status == 200
