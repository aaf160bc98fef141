"""The pages in a real browser, on a desk and on a telephone."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright

from models.vocabulary import Role

CHROMIUM = Path("/usr/bin/chromium")
SHOTS = os.environ.get("SCREENSHOTS")
"""A folder to leave screenshots in; nothing is written without it."""
LEAD, CO = "民政局", "财政局"
WIDTHS = (1280, 360)
PATIENCE = 60_000
"""Milliseconds for what a click brings: a machine that runs other tests beside it may stand still for a while."""

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="没有安装 chromium")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=WIDTHS)
def page(request, chromium) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": request.param, "height": 900}, locale="zh-CN")
    made = context.new_page()
    made.set_default_timeout(PATIENCE)
    broken: list[str] = []
    made.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
    made.on("request", lambda sent: broken.append(sent.url) if "127.0.0.1" not in sent.url else None)
    yield made
    context.close()
    assert [line for line in broken if not re.search("40[9]|410|422", line)] == []


def _open(office: Any, page: Page, path: str) -> None:
    page.goto(f"{office.client.base_url}".rstrip("/") + path)


def _sound(page: Page, name: str) -> None:
    """Fits the width, nothing serious for axe, and a picture for whoever wants to look."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    serious = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}]
    assert serious == []


def test_sign_for(office, page):
    office.to("assigned")
    with office.today():
        _open(office, page, f"/a/{office.link('签收', Role.LEAD, LEAD, LEAD)}")
        _sound(page, "sign-for")
        page.get_by_label("您的姓名").fill("王科长")
        page.get_by_role("button", name="确认签收").click()
        expect(page.get_by_role("status").get_by_text("已办理：签收")).to_be_visible()
        _sound(page, "sign-for-done")
        page.reload()
        expect(page.get_by_text("回执号")).to_be_visible()


def test_draft(office, page):
    office.to("drafting")
    with office.today():
        _open(office, page, f"/a/{office.link('起草', Role.LEAD, LEAD, LEAD)}")
        page.get_by_label("答复正文").fill("您提出的提案收悉。现答复如下：\n一、已增加专职人员。")
        page.get_by_role("button", name="提交送审").click()
        problem = page.get_by_role("alert").get_by_role("link", name=re.compile("您的姓名"))
        problem.click()
        expect(page.locator("#f-by_name")).to_be_focused()
        _sound(page, "draft-wrong")
        expect(page.get_by_label("答复正文")).to_have_value(re.compile("已增加专职人员"))
        page.get_by_label("您的姓名").fill("王科长")
        page.get_by_label(re.compile("^A")).check()
        page.get_by_role("button", name="提交送审").click()
        expect(page.get_by_text("已办理：起草")).to_be_visible()


def test_feedback(office, page):
    office.to("replied")
    with office.today():
        _open(office, page, f"/a/{office.link('反馈', Role.PROPOSER, '张三')}")
        _sound(page, "feedback")
        page.get_by_role("group", name="办理态度").get_by_label("满意", exact=True).check()
        page.get_by_role("group", name="办理结果").get_by_label("不满意", exact=True).check()
        page.get_by_role("button", name="提交反馈意见").click()
        expect(page.get_by_role("alert").get_by_text("没有写明理由")).to_be_visible()
        _sound(page, "feedback-refused")
        page.get_by_label("意见", exact=False).last.fill("没有说明完成时间")
        page.get_by_role("button", name="提交反馈意见").click()
        expect(page.get_by_text("已办理：反馈")).to_be_visible()


def test_desk(office, page):
    office.to("assigned", *[f"{n:04}" for n in range(1, 13)])
    with office.today():
        _open(office, page, f"/d/{office.link('', Role.LEAD, LEAD, LEAD)}")
        page.get_by_role("button", name="全选").click()
        page.get_by_label("您的姓名").fill("王科长")
        _sound(page, "desk")
        page.get_by_role("button", name="签收选中的件").click()
        expect(page.get_by_text("已签收12件")).to_be_visible()
        _sound(page, "desk-done")
        with page.expect_navigation():
            page.get_by_role("link", name="起草（第0001号）").click()
        _sound(page, "desk-case")


def test_large_type_dark_and_keyboard(office, page):
    office.to("countersigning")
    with office.today():
        page.emulate_media(color_scheme="dark")
        _open(office, page, f"/a/{office.link('会签', Role.CO_HANDLER, CO, CO)}")
        _sound(page, "countersign-dark")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "跳到正文"
        page.get_by_text("长者模式").click()
        _sound(page, "countersign-large")
        page.get_by_label("您的姓名").fill("李科长")
        page.get_by_label("您的姓名").press("Enter")
        expect(page.get_by_text("已办理：会签")).to_be_visible()


def test_a_spent_link_and_the_index(office, page):
    office.to("assigned")
    path = f"/a/{office.link('签收', Role.LEAD, LEAD, LEAD)}"
    assert office.fill(path, {"by_name": "王科长"}).status == 200
    with office.today():
        _open(office, page, "/")
        _sound(page, "index")
        _open(office, page, path)
        expect(page.get_by_text("此后的办理经过")).to_be_visible()
        _sound(page, "gone")


def test_a_draft_is_looked_at_before_it_is_sent(office, page):
    office.to("drafting")
    with office.today():
        _open(office, page, f"/a/{office.link('起草', Role.LEAD, LEAD, LEAD)}")
        page.get_by_label("答复正文").fill(
            "您提出的提案收悉。现答复如下：\n一、增加人员。已增加专职人员。\n感谢您的关心。"
        )
        page.get_by_label("文号").fill("某民函〔2026〕12号")
        page.get_by_label("您的姓名").fill("王科长")
        page.get_by_label("文号").press("Enter")  # must not send
        expect(page.get_by_text("还没有提交")).to_be_visible()
        expect(page.get_by_text("张三、李四委员：")).to_be_visible()
        _sound(page, "draft-preview")
        page.get_by_role("button", name="提交送审").click()
        expect(page.get_by_text("已办理：起草")).to_be_visible()


def test_an_edit_is_signed_and_the_next_signer_reads_the_difference(office, page):
    office.to("approving")
    with office.today():
        _open(office, page, f"/a/{office.link('改后审签', Role.LEAD, LEAD, LEAD)}")
        box = page.get_by_label("答复正文")
        box.fill(box.input_value().replace("已增加专职人员", "已增加两名专职人员"))
        page.get_by_label("您的姓名").fill("核稿人")
        _sound(page, "amend")
        page.get_by_role("button", name="按改后的稿子签发").click()
        expect(page.get_by_text("已办理：改后审签")).to_be_visible()
        _open(office, page, f"/a/{office.link('会签', Role.CO_HANDLER, CO, CO)}")
        expect(page.locator(".letter-changes ins").first).to_have_text(re.compile("两名$"))
        expect(page.get_by_text("感谢您的关心。")).to_be_hidden()
        _sound(page, "difference")
        page.get_by_text("看全文").click()
        expect(page.get_by_text("感谢您的关心。")).to_be_visible()


def test_what_was_typed_wrongly_is_taken_back(office, page):
    office.to("handling")
    with office.today():
        _open(office, page, f"/a/{office.link('请予说明', Role.LEAD, LEAD, LEAD)}")
        page.get_by_label("需要说明的问题").fill("哪一段")
        page.get_by_label("您的姓名").fill("王科长")
        with page.expect_navigation():
            page.get_by_role("button", name="发送给提案人").click()
        _sound(page, "asked-done")
        page.get_by_role("link", name="撤回").click()
        page.get_by_label("您的姓名").fill("王科长")
        _sound(page, "take-back")
        page.get_by_role("button", name="确认撤回").click()
        expect(page.get_by_text("已办理：撤回")).to_be_visible()


def test_a_proposer_reads_the_draft_and_the_office_its_list(office, page):
    office.asks_for_views = True
    office.to("countersigning")
    with office.today():
        _open(office, page, f"/a/{office.link('答复稿意见', Role.PROPOSER, '张三')}")
        _sound(page, "view-on-draft")
        page.get_by_label("建议修改", exact=True).check()
        page.get_by_label("修改建议").fill("写明完成时间")
        page.get_by_role("button", name="提交意见").click()
        expect(page.get_by_text("已办理：答复稿意见")).to_be_visible()


def test_the_office_decides_from_its_list(office, page):
    office.to("received", "0001", "0002", "0003")
    with office.today():
        _open(office, page, f"/d/{office.link('', Role.COORDINATOR, '督办')}")
        _sound(page, "office-desk")
        with page.expect_navigation():
            page.get_by_role("link", name="立案（第0001号）", exact=True).click()
        _sound(page, "office-case")


def test_evidence_and_a_new_link(office, page):
    office.to("replied")
    with office.today():
        _open(office, page, f"/a/{office.link('承诺进展', Role.LEAD, LEAD, LEAD)}")
        _sound(page, "evidence")
        path = f"/a/{office.link('反馈', Role.PROPOSER, '张三')}"
        said = {"attitude": "满意", "result": "满意"}
    assert office.fill(path, said).status == 200
    with office.today():
        _open(office, page, path)
        _sound(page, "gone-renew")
        page.get_by_role("button", name="重新发一个链接").click()
        expect(page.get_by_text("已安排重发")).to_be_visible()
