"""Every action an agency or a proposer is offered, in a real browser, wide and narrow, from the page to the receipt."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from page_actions import ACTIONS, OFFICE, WHO, ready_for
from playwright.sync_api import Page, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
SHOTS = os.environ.get("SCREENSHOTS")
"""A folder to leave screenshots in; nothing is written without it."""
WIDTHS = (1280, 360)
PATIENCE = 60_000
"""Milliseconds for what a click brings: a machine that runs other tests beside it may stand still for a while."""
ROWS = [row for row in ACTIONS if row[3] is not OFFICE]

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="没有安装 chromium")


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(locale="zh-CN")
        page.set_default_timeout(PATIENCE)
        yield page
        browser.close()


def _sound(page: Page, name: str) -> None:
    """Nothing serious for axe, nothing wider than the window at either width."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}.png"), full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}] == []


def _fill(page: Page, name: str, value: str) -> None:
    """As a person does: by whatever the field is."""
    field = page.locator(f'main [name="{name}"]')
    kind = field.first.evaluate("one => one.type")
    if kind == "radio":
        page.locator(f'main [name="{name}"][value="{value}"]').check()
    elif kind == "select-one":
        field.select_option(value)
    else:
        field.fill(value)


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_action_at_two_widths(office: Any, page: Page, row: Any) -> None:
    kind, _place, _before, role, fields = row
    ready_for(office, row)
    address = f"{office.client.base_url}".rstrip("/") + f"/a/{office.link(kind, role, *WHO[role])}"
    with office.today():
        page.goto(address)
        _sound(page, kind)
        for name, value in fields.items():
            _fill(page, name, value)
        if page.locator('[name="by_name"]').count():
            _fill(page, "by_name", "赵经办")
        page.locator('button[value="send"]:not(.visually-hidden)').click()
        expect(page.get_by_text(f"已办理：{kind}")).to_be_visible()
        expect(page.get_by_text("回执号")).to_be_visible()
        _sound(page, f"{kind}-已办")
