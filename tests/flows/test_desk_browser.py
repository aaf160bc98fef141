"""The coordinators' desk in a real browser: from the dashboard to a decision, the morning's page, a case, a form."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import OFFICE, day, proposed
from desk import Desk
from playwright.sync_api import expect, sync_playwright

from models import actions as a
from tasks import clock

CHROMIUM = Path("/usr/bin/chromium")
WAITING_TAB = 3
"""The dashboard's tab of what is scheduled or waits, from 0."""
A_MINUTE = timedelta(seconds=61)
"""The dashboard's span of time ends at the last full minute; a browser whose clock is ahead shows what was just opened."""
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="没有安装 chromium")


def open_tab(page, tab):
    """Press until it is chosen: a tab drawn a moment ago does not hear yet."""
    for _ in range(20):
        tab.click()
        try:
            expect(tab).to_have_attribute("aria-selected", "true", timeout=3_000)
        except AssertionError:
            continue
        return
    raise AssertionError("the tab never opened")


def test_from_the_dashboard_and_the_morning_to_decisions_cases_and_forms(office, prefect_server, decisions_deployed):
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - after the server is there

    from flows.links import Links  # noqa: PLC0415
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
    with get_client(sync_client=True) as client:
        waiting = {one.parameters["case"][-4:]: one for one in client.read_flow_runs() if "case" in one.parameters}
        form = Links.of(client).form("review", {"actions": {"cases": ["7302"], "kind": "立案"}}).removeprefix("/v2")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai")
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        home = f"{prefect_server.removesuffix('/api')}/v2"
        page.clock.set_fixed_time(datetime.now(UTC) + A_MINUTE)
        page.goto(f"{home}/dashboard")
        waiting_tab = page.get_by_role("tab").nth(WAITING_TAB)
        expect(waiting_tab).to_contain_text(re.compile(r"[1-9]"))
        open_tab(page, waiting_tab)
        page.get_by_role("button", name=re.compile(r"^决定")).click()
        expect(page.get_by_role("link", name=waiting["7302"].name, exact=True)).to_be_visible()
        page.goto(f"{home}/artifacts/key/today")
        expect(page.get_by_text("晨报 2026-03-03").first).to_be_visible()
        page.get_by_role("row").filter(has_text="7302").get_by_role("link", name="决定审查立案").click()
        page.wait_for_url(f"**/flow-run/{waiting['7302'].id}**")
        page.goto(f"{home}/artifacts/key/today")
        page.get_by_role("link", name="7301", exact=True).click()
        expect(page.get_by_text("立案 7301 增设社区食堂").first).to_be_visible()
        expect(page.get_by_text("步骤:审查立案").first).to_be_visible()
        page.goto(f"{home}{form}")
        expect(page.get_by_text("要办的事", exact=True)).to_be_visible()
        expect(page.get_by_text("办理什么 (Optional)")).to_be_visible()
        expect(page.get_by_role("textbox").filter(has_text="7302").first).to_be_visible()
        browser.close()
