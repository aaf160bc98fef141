"""The coordinators' desk in a real browser: the morning's page, a case by its tag, a form filled in by a link."""

from pathlib import Path

import pytest
from builders import OFFICE, day, proposed
from desk import Desk
from playwright.sync_api import expect, sync_playwright

from models import actions as a
from tasks import clock

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="没有安装 chromium")


def test_from_the_morning_to_a_case_and_its_form(office, prefect_server):
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - after the server is there

    from flows.registry import FLOWS, perform, run  # noqa: PLC0415

    desk = Desk(office)
    desk.do(day(1, 21), proposed("7301"), proposed("7302"))
    with clock.moved_to(clock.morning_of(day(2, 2))):
        perform("review", [a.Accept(case="7301", by=OFFICE)])
    with get_client(sync_client=True) as client:
        flow = client.create_flow_from_name("审查立案")
        schema = FLOWS["review"].parameters.model_dump_for_openapi()
        client.create_deployment(
            flow_id=flow, name="审查立案", entrypoint="flows.review.review", parameter_openapi_schema=schema
        )
    with clock.moved_to(clock.morning_of(day(3, 3))):
        run("morning")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai")
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        home = f"{prefect_server.removesuffix('/api')}/v2"
        page.goto(f"{home}/artifacts/key/today")
        expect(page.get_by_text("晨报 2026-03-03").first).to_be_visible()
        page.get_by_role("link", name="7301", exact=True).click()
        expect(page.get_by_text("立案 7301 增设社区食堂").first).to_be_visible()
        assert page.get_by_text("步骤:审查立案").count()
        page.goto(f"{home}/artifacts/key/today")
        row = page.get_by_role("row").filter(has_text="7302")
        row.get_by_role("link", name="立案", exact=True).click()
        expect(page.get_by_text("办理什么 (Optional)")).to_be_visible()
        expect(page.get_by_role("textbox").filter(has_text="7302").first).to_be_visible()
        browser.close()
