"""What somebody could try against the pages."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, text

from deployments.web_guard import Seal
from models import actions as a
from models.errors import Fault, UnavailableError
from models.tables.fields import core
from models.tables.history import HistoryRow
from models.tables.pages import ActionLinkRow, PostRow
from models.vocabulary import Role
from tasks.database import reading, transaction

LEAD, CO = "民政局", "财政局"
NAME = {"by_name": "赵经办"}
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}{% raw %}${7*7}"
CONTACT = {"way": "电话", "on": "2026-02-26", "with_name": "张三", "said": "同意"} | NAME
DOWN = UnavailableError(Fault("", "连不上 Prefect 服务器", "请稍后重试。"))


def _count(office: Any, row: Any) -> int:
    with reading(office.engine) as connection:
        return len(connection.execute(select(core(row))).all())


def _sign_for(office: Any, agency: str = LEAD, **options: Any) -> str:
    role = Role.LEAD if agency == LEAD else Role.CO_HANDLER
    return f"/a/{office.link('签收', role, agency, agency, **options)}"


def test_guessing_links_is_answered_alike_and_then_slowed_down(make_office):
    office = make_office(attempt_limit=5)
    office.to("assigned")
    good = _sign_for(office)
    pages = [office.get(f"/a/{guess}") for guess in ("x", "0" * 32, "..%2f..", "%00", "9" * 5000)]
    assert [page.status for page in pages] == [404] * 5
    assert len({re.sub(r"\s", "", page.text) for page in pages if "这个链接无效" in page.text}) == 1
    assert office.get("/a/another").status == 429
    assert office.get(good).status == 429
    assert office.post(good, {}).status == 429
    assert _count(office, PostRow) == 0


def test_only_a_tokens_hash_is_stored(office):
    office.to("assigned")
    token = office.link("签收", Role.LEAD, LEAD, LEAD)
    with reading(office.engine) as connection:
        stored = [str(row) for row in connection.execute(select(core(ActionLinkRow)))]
    assert stored
    assert token not in "".join(stored)


@pytest.mark.parametrize("change", [{"proof": "0" * 64}, {"proof": ""}, {"proof": "é"}, {"key": "mine"}, {"key": ""}])
def test_a_form_that_is_not_ours_does_nothing(office, change):
    office.to("assigned")
    path = _sign_for(office)
    fields = office.get(path).hidden() | NAME
    answer = office.post(path, fields | change)
    assert answer.status == 403
    assert "没有办理" in answer.text
    assert _count(office, PostRow) == 0
    assert office.case().stage.value == "待签收"


def test_a_form_of_one_case_does_nothing_on_another(office):
    office.to("assigned", "0001", "0002")
    one, other = _sign_for(office), _sign_for(office, number="0002")
    fields = office.get(one).hidden() | NAME
    assert office.post(other, fields).status == 403
    desk = f"/d/{office.link('', Role.LEAD, LEAD, LEAD)}"
    first, second = (f"{desk}/{office.case_id(number)}" for number in ("0001", "0002"))
    assert office.post(second, office.get(first).hidden() | NAME).status == 403
    assert _count(office, PostRow) == 0


def test_a_form_for_one_action_cannot_do_another(office):
    office.to("handling")
    path = f"/d/{office.link('', Role.LEAD, LEAD, LEAD)}/{office.case_id()}"
    fields = office.get(f"{path}?do=沟通").hidden()
    answer = office.post(path, fields | {"do": "起草", "text": "答复"} | NAME)
    assert answer.status == 403
    refused = office.post(path, fields | {"do": "审签"} | NAME)
    assert "审签" not in [row.action for row in _rows(office)]
    assert refused.status in {200, 403}


def _rows(office: Any) -> list[Any]:
    with reading(office.engine) as connection:
        return list(connection.execute(select(core(HistoryRow))))


def test_a_desk_reaches_only_its_own_cases(office):
    office.to("assigned")
    desk = f"/d/{office.link('', Role.LEAD, '教育局', '教育局')}"
    assert "0件等待办理" in office.get(desk).text
    assert office.get(f"{desk}/{office.case_id()}").status == 404
    shown = office.get(desk)
    assert office.post(f"{desk}/{office.case_id()}", {"do": "签收"} | NAME).status == 404
    assert shown.status == 200
    proposer = f"/d/{office.link('', Role.PROPOSER, '王五')}"
    assert office.get(f"{proposer}/{office.case_id()}").status == 404


def test_a_link_to_an_action_is_no_desk_and_the_other_way_round(office):
    office.to("assigned")
    action, desk = office.link("签收", Role.LEAD, LEAD, LEAD), office.link("", Role.LEAD, LEAD, LEAD)
    assert office.get(f"/d/{action}").status == 404
    assert office.get(f"/a/{desk}").status == 404


def test_getting_a_page_never_acts(office):
    office.to("assigned")
    path = _sign_for(office)
    fields = office.get(path).hidden() | NAME
    before = _count(office, HistoryRow)
    for method in ("GET", "HEAD", "GET"):
        with office.today():
            assert office.client.request(method, path, params=fields).status_code == 200
    assert office.client.put(path, data=fields).status_code == 405
    assert (_count(office, HistoryRow), _count(office, PostRow)) == (before, 0)
    assert office.flow.runs == []


def test_a_link_made_for_an_earlier_version_says_what_happened_since(office):
    office.to("countersigning")
    old = f"/a/{office.link('会签', Role.CO_HANDLER, CO, CO)}"
    assert office.get(old).status == 200
    office.do((3, 21), a.SubmitDraft(case="0001", by=office.by_lead, text="另一稿。"))
    page = office.get(old)
    assert page.status == 410
    assert "民政局提交答复稿第2稿" in page.text
    assert "待办清单" in page.text
    assert "收到政协提案" not in page.text
    assert office.post(old, NAME).status == 410


def test_a_link_of_an_agency_that_gave_the_case_back_is_dead(office):
    office.to("signed")
    path = f"/a/{office.link('沟通', Role.LEAD, LEAD, LEAD)}"
    office.do((2, 27), a.RequestReturn(case="0001", by=office.by_lead, reason="不属职责"))
    office.do((2, 28), a.GrantReturn(case="0001", agency=LEAD, to="教育局"))
    page = office.get(path)
    assert page.status == 410
    assert "已不再承办本件" in page.text


def test_a_link_expires_in_working_days(office):
    office.to("assigned")
    path = _sign_for(office)
    office.day = office.day.replace(month=3, day=17)  # 15 working days, 28 February worked in exchange
    assert office.get(path).status == 200
    office.day = office.day.replace(day=18)
    page = office.get(path)
    assert page.status == 410
    assert "2026年3月17日过期" in page.text


def test_clicking_twice_reloading_and_sending_again_acts_once(office):
    office.to("handling")
    path = f"/a/{office.link('沟通', Role.LEAD, LEAD, LEAD)}"
    fields = office.get(path).hidden() | CONTACT
    with office.today(), ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: office.client.post(path, data=fields), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert all("已办理：沟通" in answer.text for answer in answers)
    assert office.post(path, fields).status == 200
    assert len(office.case().contacts) == 1
    assert _count(office, PostRow) == 1


def test_two_tabs_of_a_link_for_one_use_act_once(office):
    office.to("assigned")
    path = _sign_for(office)
    tabs = [office.get(path).hidden() | NAME for _ in range(4)]
    with office.today(), ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda fields: office.client.post(path, data=fields), tabs))
    assert [answer.status_code for answer in answers].count(200) == 1
    assert {answer.status_code for answer in answers} <= {200, 409, 410}
    assert [row.action for row in _rows(office)].count("签收") == 1


def test_reloading_the_answer_of_a_spent_link_shows_it_again_but_a_new_post_does_not(office):
    office.to("assigned")
    path = _sign_for(office)
    fields = office.get(path).hidden() | NAME
    first, second = office.post(path, fields), office.post(path, fields)
    assert first.status == second.status == 200
    assert "回执号" in second.text
    assert office.post(path, fields | {"key": "other"}).status == 410


FIELDS = [
    ("沟通", "handling", Role.LEAD, LEAD, {"way": "电话", "on": "2026-02-26", "with_name": EVIL, "said": EVIL}),
    ("申请退办", "handling", Role.LEAD, LEAD, {"reason": EVIL, "suggested_agency": "教育局"}),
    ("请予说明", "handling", Role.LEAD, LEAD, {"question": EVIL}),
    ("会办意见", "handling", Role.CO_HANDLER, CO, {"text": EVIL}),
    ("起草", "drafting", Role.LEAD, LEAD, {"text": EVIL, "document_number": EVIL, "contact_person": EVIL,
     "contact_unit": EVIL, "contact_phone": EVIL, "promises": EVIL.replace("|", "")}),
    ("会签", "countersigning", Role.CO_HANDLER, CO, {"remark": EVIL}),
    ("反馈", "replied", Role.PROPOSER, None, {"attitude": "不满意", "result": "不满意", "reasons": EVIL}),
]  # fmt: skip


@pytest.mark.parametrize("row", FIELDS, ids=[row[0] for row in FIELDS])
def test_what_is_typed_is_text_and_never_markup(office, row):
    kind, place, role, agency, fields = row
    office.to(place)
    path = f"/a/{office.link(kind, role, agency or '张三', agency)}"
    typed = fields if role is Role.PROPOSER else fields | {"by_name": EVIL[:60]}
    refused = office.fill(path, typed | {"by_name": "名" * 61}) if role is not Role.PROPOSER else office.get(path)
    answer = office.fill(path, typed)
    assert answer.status == 200, answer.text
    viewers = [(Role.LEAD, LEAD, LEAD), (Role.CO_HANDLER, CO, CO), (Role.PROPOSER, "张三", None)]
    pages = [refused, answer]
    for who, name, of in viewers:
        desk = f"/d/{office.link('', who, name, of)}"
        pages += [office.get(desk), office.get(f"{desk}/{office.case_id()}")]
    assert all(page.status in {200, 422} for page in pages)
    for page in pages:
        assert "<script>alert" not in page.html
        assert "<img" not in page.html
    assert any("&lt;script&gt;alert(1)" in page.html for page in pages)
    assert any("{{7*7}}" in page.html for page in pages)


def test_a_proposals_own_text_is_never_markup(office):
    office.to("assigned")
    with transaction(office.engine) as connection:
        connection.execute(text("UPDATE cases SET title = :evil"), {"evil": EVIL})
        connection.execute(text("UPDATE proposal_texts SET text = :evil"), {"evil": EVIL})
        connection.execute(text("UPDATE proposers SET name = :evil"), {"evil": EVIL})
    page = office.get(_sign_for(office))
    assert page.status == 200
    assert "<img" not in page.html
    assert page.html.count("&lt;script&gt;alert(1)") >= 3


def test_control_characters_do_not_reach_the_records(office):
    office.to("handling")
    path = f"/a/{office.link('沟通', Role.LEAD, LEAD, LEAD)}"
    answer = office.fill(path, CONTACT | {"said": "同\x00意\x1b[31m\r\n第二行😀𠮷"})
    assert answer.status == 200
    assert office.case().contacts[-1].said == "同意[31m\n第二行😀𠮷"


def test_a_body_beyond_the_limit_is_refused_in_a_sentence(office):
    office.to("handling")
    path = f"/a/{office.link('沟通', Role.LEAD, LEAD, LEAD)}"
    fields = office.get(path).hidden() | CONTACT
    answer = office.post(path, fields | {"said": "字" * 2_000_000})
    assert answer.status == 413
    assert "超过 5 MB" in answer.text
    long = office.post(path, fields | {"said": "字" * 200_001})
    assert long.status == 422
    assert "提案人意见：超过 200,000 字" in long.text
    assert _count(office, PostRow) == 0


def test_a_body_that_is_no_form_is_refused_in_a_sentence(office):
    office.to("assigned")
    path = _sign_for(office)
    for content, kind in ((b"\xff\xfe", "application/x-www-form-urlencoded"), (b"--x", "multipart/form-data; boundary=x"),
                          (b"{}", "application/json"), (b"x", "multipart/form-data")):  # fmt: skip
        with office.today():
            answer = office.client.post(path, content=content, headers={"Content-Type": kind})
        assert answer.status_code in {400, 403}, (kind, answer.status_code)
        assert "Traceback" not in answer.text
    assert _count(office, PostRow) == 0


def test_headers_forbid_scripts_frames_referrers_and_copies(office):
    office.to("assigned")
    for path in (_sign_for(office), "/", "/a/wrong", "/healthz"):
        headers = office.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "set-cookie" not in headers


def test_pages_hold_no_inline_script_style_or_foreign_address(office):
    office.to("replied")
    paths = [f"/a/{office.link('反馈', Role.PROPOSER, '张三')}", f"/d/{office.link('', Role.LEAD, LEAD, LEAD)}", "/"]
    for path in paths:
        html = office.get(path).html
        assert not re.search(r"<script(?![^>]* src=\"/static/)|<style| style=| on\w+=", html)
        assert not re.findall(r"(?:src|href|action)=\"(?:https?:)?//", html)


def test_the_mailbox_is_shown_only_where_it_was_asked_for(office):
    assert office.get("/mail").status == 404


def test_the_secret_is_kept_from_others_and_stays_the_same(office):
    key = office.home / "web.key"
    assert key.stat().st_mode & 0o077 == 0
    assert Seal.of(office.home).holds(Seal.of(office.home).proof("a", "b"), "a", "b")
    assert not Seal.of(office.home).holds(Seal(b"x").proof("a", "b"), "a", "b")


def test_no_token_is_logged(office, caplog):
    office.to("assigned")
    token = office.link("签收", Role.LEAD, LEAD, LEAD)
    with caplog.at_level("DEBUG"):
        office.fill(f"/a/{token}", NAME)
        office.get("/a/some-wrong-token")
        office.post(f"/a/{token}", NAME)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert any("link refused" in message for message in ours)
    assert not [message for message in ours if token in message or "some-wrong-token" in message]


def test_an_answer_is_true_while_no_flow_can_run_and_the_run_follows_when_one_can(make_office):
    office = make_office(retry_seconds=(0.05,))
    office.to("assigned")
    path = _sign_for(office)
    office.flow.down = DOWN
    fields = office.get(path).hidden() | NAME
    answer = office.post(path, fields)
    assert answer.status == 200
    assert "已办理：签收" in answer.text
    assert office.get(f"{path}/{fields['key']}").status == 200
    assert office.client.get("/readyz").json()["waiting_posts"] == 1
    assert office.case().assignments[0].status.value == "已签收"
    office.flow.down = None
    assert office.post(path, fields).status == 200
    assert office.flow.done.wait(10)
    assert [row.action for row in _rows(office)].count("签收") == 1


def test_a_database_that_cannot_be_written_is_a_sentence(office):
    office.to("assigned")
    path = _sign_for(office)
    fields = office.get(path).hidden() | NAME
    with transaction(office.engine) as connection:
        connection.execute(text("ALTER TABLE posts RENAME TO elsewhere"))
    answer = office.post(path, fields)
    assert answer.status == 503
    assert "没有记录任何内容" in answer.text
