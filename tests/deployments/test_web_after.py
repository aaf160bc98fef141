"""What comes after an action: taking it back, evidence, a new link, the office's own list."""

from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from models import actions as a
from models.notice_vocabulary import MessageKind
from models.tables.fields import core
from models.tables.history import HistoryRow
from models.tables.notices import NoticeRow
from models.vocabulary import Role
from tasks.database import reading
from tasks.recording import record
from tasks.renewing import resend

LEAD, CO = "民政局", "财政局"
NAME = {"by_name": "赵经办"}
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
TALK = {"way": "电话", "on": "2026-02-26", "with_name": "张三", "said": "无异议"} | NAME


def _lead(office: Any, kind: str) -> str:
    return f"/a/{office.link(kind, Role.LEAD, LEAD, LEAD)}"


def _notices(office: Any) -> list[Any]:
    notices = core(NoticeRow)
    with reading(office.engine) as connection:
        return list(connection.execute(select(notices).where(notices.c.kind == MessageKind.NEW_LINK)))


def test_an_answer_offers_the_way_back_until_tonight(office):
    office.to("handling")
    done = office.fill(_lead(office, "沟通"), TALK)
    back = done.html.partition('可以<a href="')[2].partition('"')[0]
    assert back.startswith("/a/")
    assert office.fill(back, NAME | {"reason": "记错了件"}).status == 200
    assert office.case().talks == ()
    actions = core(HistoryRow)
    with reading(office.engine) as connection:
        rows = list(connection.execute(select(actions.c.action, actions.c.name).order_by(actions.c.seq.desc())))
    assert [tuple(row) for row in rows[:2]] == [("撤回", "赵经办"), ("沟通", "赵经办")]
    assert office.get(back).status == 410


def test_the_way_back_ends_once_somebody_has_acted(office):
    office.to("handling")
    done = office.fill(_lead(office, "请予说明"), NAME | {"question": "哪一段"})
    back = done.html.partition('可以<a href="')[2].partition('"')[0]
    office.do((2, 26), a.Clarify(case="0001", by=a.Actor(role=Role.PROPOSER, name="张三"), text="东段"))
    late = office.get(back)
    assert late.status == 410
    assert "提案人已作说明" in late.text


def test_the_way_back_ends_with_the_day(office):
    office.to("handling")
    done = office.fill(_lead(office, "请予说明"), NAME | {"question": "哪一段"})
    back = done.html.partition('可以<a href="')[2].partition('"')[0]
    office.day = office.day.replace(day=27)
    gone = office.get(back)
    assert gone.status == 410
    assert "过期" in gone.text


@pytest.mark.parametrize("kind", ["签收", "会办意见"])
def test_what_cannot_be_taken_back_offers_no_way_back(office, kind):
    place, fields, role, agency = {
        "签收": ("assigned", {}, Role.LEAD, LEAD), "会办意见": ("handling", {"text": "同意"}, Role.CO_HANDLER, CO),
    }[kind]  # fmt: skip
    office.to(place)
    done = office.fill(f"/a/{office.link(kind, role, agency, agency)}", NAME | fields)
    assert done.status == 200
    assert "撤回" not in done.text.partition("接下来")[0]


def test_a_promise_is_reported_with_its_evidence_which_may_be_downloaded(office):
    office.to("replied")
    path = _lead(office, "承诺进展")
    fields = (
        office.get(path).hidden() | NAME | {"promise": "1", "status": "已兑现", "evidence": "已配齐", "step": "send"}
    )
    wrong = office.post(path, fields, files={"file": ("a.png", b"<script>", "image/png")})
    assert wrong.status == 422
    assert "不是可以接收的文件" in wrong.text
    assert "已配齐</textarea>" in wrong.html
    done = office.post(path, wrong.hidden() | fields, files={"file": ("../照片.png", PNG, "image/png")})
    assert done.status == 200
    (promise,) = office.case().promises
    assert (promise.file_name, promise.evidence) == ("照片.png", "已配齐")
    own = f"/d/{office.link('', Role.PROPOSER, '张三')}/{office.case_id()}"
    assert "照片.png" in office.get(own).text
    with office.today():
        got = office.client.get(f"{own}/evidence/1")
        assert office.client.get(f"{own}/evidence/2").status_code == 404
        assert office.client.get("/a/x/evidence/1").status_code == 404
    assert got.content == PNG
    assert got.headers["content-disposition"].startswith("attachment")
    assert got.headers["content-type"] == "application/octet-stream"


def test_a_stale_link_has_a_new_one_sent_to_the_address_on_file_once_a_day(office):
    office.to("assigned")
    path = _lead(office, "签收")
    assert office.fill(path, NAME).status == 200
    gone = office.get(path)
    assert (gone.status, "重新发一个链接" in gone.text) == (410, True)
    assert office.post(f"{path}/renew", {"proof": "0"}).status == 403
    assert office.post(f"{path}/renew", gone.hidden()).status == 200
    assert office.post(f"{path}/renew", gone.hidden()).status == 200
    (notice,) = _notices(office)
    assert notice.recipient == f"单位:{LEAD}"
    assert office.post("/a/guessed/renew", {"proof": "0"}).status == 404


def test_who_has_no_part_any_more_gets_no_new_link(office):
    office.to("signed")
    path = _lead(office, "沟通")
    office.do((3, 2), a.RequestReturn(case="0001", by=office.by_lead, reason="不属职责"))
    office.do((3, 2), a.GrantReturn(case="0001", agency=LEAD, to="教育局"))
    gone = office.get(path)
    assert gone.status == 410
    assert "重新发一个链接" not in gone.text
    assert office.post(f"{path}/renew", {"proof": "0"}).status == 404
    assert _notices(office) == []


def test_the_office_has_a_list_of_its_own_and_decides_from_it(office):
    office.to("received", "0001", "0002")
    office.do((2, 2), a.Accept(case="0002"))
    desk = f"/d/{office.link('', Role.COORDINATOR, '督办')}"
    page = office.get(desk)
    assert "2件等待办理" in page.text
    case = f"{desk}/{office.case_id('0001')}"
    answer = office.fill(case, NAME | {"category": "社会建设"}, get=f"{case}?do=立案")
    assert answer.status == 200, answer.text
    assert office.case().stage.value == "待交办"


def test_a_proposer_reads_the_draft_he_is_asked_about_and_the_co_handler_not_his_answer(office):
    office.asks_for_views = True
    office.to("countersigning")
    path = f"/a/{office.link('答复稿意见', Role.PROPOSER, '张三')}"
    assert "还没有签发" in office.get(path).text
    assert "经费列入年度预算" in office.get(path).text
    assert office.fill(path, {"stance": "建议修改", "text": "写明完成时间"}).status == 200
    case = office.case_id()
    lead = office.get(f"/d/{office.link('', Role.LEAD, LEAD, LEAD)}/{case}")
    other = office.get(f"/d/{office.link('', Role.CO_HANDLER, CO, CO)}/{case}")
    fellow = office.get(f"/d/{office.link('', Role.PROPOSER, '李四')}/{case}")
    assert "写明完成时间" in lead.text
    for page in (other, fellow):
        assert "写明完成时间" not in page.text
        assert "张三对答复稿" not in page.text


def test_an_edit_is_looked_at_as_the_letter_before_it_is_signed(office):
    office.to("approving")
    path = _lead(office, "改后审签")
    fields = NAME | {"text": "您提出的提案收悉。现答复如下：\n已增加两名专职人员。"}
    shown = office.fill(path, fields | {"step": "look"})
    assert shown.status == 200
    assert "还没有提交" in shown.text
    assert "张三、李四委员：" in shown.text
    assert len(office.case().drafts) == 1
    assert office.post(path, shown.hidden() | fields | {"step": "send"}).status == 200
    assert len(office.case().drafts) == 2


def test_an_agency_neither_reads_nor_sets_nor_reopens_feedback_before_it_is_released(office):
    office.to("replied")
    said = {"attitude": "不满意", "result": "不满意", "reasons": "与实际不符"}
    assert office.fill(f"/a/{office.link('反馈', Role.PROPOSER, '张三')}", said).status == 200
    desk = f"/d/{office.link('', Role.LEAD, LEAD, LEAD)}/{office.case_id()}"
    page = office.get(desk)
    for kind in ("反馈", "反馈期满", "重新办理", "维持答复", "起草", "答复"):
        assert f"?do={quote(kind)}" not in page.html
        answer = office.post(desk, page.hidden() | NAME | said | {"do": kind, "text": "改", "reason": "改"})
        assert answer.status in {200, 403}
        assert "已办理" not in answer.text
    for role, name, agency in ((Role.LEAD, LEAD, LEAD), (Role.CO_HANDLER, CO, CO)):
        for kind in (a.GiveFeedback, a.OrderRedo):
            by = a.Actor(role=role, name=name, agency=agency)
            fields = (
                {"proposer": "张三", "attitude": "满意", "result": "满意"}
                if kind is a.GiveFeedback
                else {"reason": "改"}
            )
            (outcome,) = record(office.engine, [kind.model_validate({"case": "0001", "by": by} | fields)])
            assert outcome.refused
    (kept,) = office.case().feedback
    assert (kept.attitude, kept.result, kept.reasons, kept.released_on) == ("不满意", "不满意", "与实际不符", None)


def _resend(office: Any, to: str, *, dry_run: bool = False) -> Any:
    with office.today():
        return resend(office.engine, a.RenewLinks(case="0001", by=a.SYSTEM, to=to), dry_run=dry_run)


def test_the_office_replaces_lost_links_and_what_was_lost_tells_nothing(office):
    office.to("assigned", "0001", "0002")
    lost = _lead(office, "签收")
    desk = f"/d/{office.link('', Role.LEAD, LEAD, LEAD, number='0002')}"
    others = f"/a/{office.link('签收', Role.CO_HANDLER, CO, CO)}"
    elsewhere = f"/a/{office.link('签收', Role.LEAD, LEAD, LEAD, number='0002')}"
    fields = office.get(lost).hidden() | NAME
    assert _resend(office, LEAD, dry_run=True).revoked == 2
    assert (office.get(lost).status, _notices(office)) == (200, [])
    told = _resend(office, LEAD)
    assert (told.revoked, told.outcome.result) == (2, "已办理")
    assert [(one.recipient, one.status.value) for one in _notices(office)] == [(f"单位:{LEAD}", "待发")]
    gone = office.get(lost)
    assert gone.status == 410
    assert "已经作废" in gone.text
    assert "社区治理" not in gone.text
    assert "重新发一个链接" not in gone.text
    assert office.post(lost, fields).status == 410
    assert office.get(desk).status == 410
    assert [office.get(one).status for one in (others, elsewhere)] == [200, 200]
    assert office.case().assignments[0].signed_on is None
    rows = core(HistoryRow)
    with reading(office.engine) as connection:
        said = connection.scalars(select(rows.c.summary).where(rows.c.action == "重发链接")).all()
    assert said == [f"向{LEAD}重发办理链接，此前的链接作废"]
    assert office.get(_lead(office, "签收")).status == 200


def test_a_proposer_gets_new_links_on_his_case_and_a_stranger_does_not(office):
    office.to("assigned")
    own = f"/a/{office.link('撤案', Role.PROPOSER, '张三')}"
    assert _resend(office, "张三").revoked == 1
    assert office.get(own).status == 410
    assert "张三、李四" in _resend(office, "教育局").outcome.message
    assert len(_notices(office)) == 1


def test_a_long_desk_has_pages_and_is_searched(office):
    office.to("assigned", *(f"{n:04}" for n in range(1, 53)))
    desk = f"/d/{office.link('', Role.LEAD, LEAD, LEAD)}"
    first = office.get(desk)
    assert "52件等待办理" in first.text
    assert "第1页，共2页" in first.text
    assert first.html.count('name="cases"') == 50
    second = office.get(f"{desk}?p=2")
    assert second.html.count('name="cases"') == 2
    assert "第2页，共2页" in office.get(f"{desk}?p=99999").text
    assert office.get(f"{desk}?p=x").status == 200
    found = office.get(f"{desk}?q=0051")
    assert "“ 0051 ”找到1件" in found.text
    assert 'value="0051"' in found.html
    none = office.get(desk + "?q=%3Cscript%3E")
    assert "没有找到" in none.text
    assert "<script>" not in none.html.partition("<main")[2]
