"""The site as a reader's browser shows it, opened from a folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from models.values.case import Proposer
from models.vocabulary import ProposalKind, ProposerKind, PublicationMode
from notifications.letters import compose, full_text
from notifications.pages import Office, SiteCase, TimelineRow, case_slug
from tasks.public_site import Source, write_site

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SERIOUS = {"serious", "critical"}
PAGES = ("index.html", "all/index.html", "sessions/index.html", "search.html?q=停车", "case")

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here")


def case(no: int) -> SiteCase:
    subject = "关于停车位的提案" if no % 2 else "关于公交线路的提案"
    letter = compose(
        titles={ProposalKind.PROPOSAL: "{agency}关于{session}第{number}号{kind}答复的函"},
        kind=ProposalKind.PROPOSAL,
        session="云州市政协六届二次会议",
        number=f"{no:04d}",
        subject=subject,
        agency="云州市公安局",
        proposers=[Proposer(1, "周一青", ProposerKind.MEMBER, is_lead=True)],
        text="您提出的提案收悉，现答复如下：\n一、摸清底数。逐一  排查\t<b>。\n（一）\u202e反转\u200f 𠮷😀\n"
        + "长" * 300,
        letter_on=date(2026, 7, 5),
        result_class="B",
    )
    ref = f"{letter.session}/{letter.number}"
    return SiteCase(
        ref=ref,
        slug=case_slug(ref, letter.number),
        place=no,
        session=letter.session,
        kind=letter.kind,
        number=letter.number,
        title=subject,
        agency=letter.agency,
        mode=PublicationMode.FULL,
        published_on=date(2026, 7, 20),
        letter=letter,
        letter_on=letter.letter_on,
        result_class="B",
        class_meaning="正在解决或者列入计划逐步解决",
        class_scheme="市政协提案分类",
        proposal_text="泊位不足。",
        timeline=(TimelineRow(date(2026, 7, 5), "书面答复"),),
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    withdrawn = replace(case(13), taken_down_on=date(2026, 8, 1), taken_down_note="内容有误。")
    cases = [*(case(no) for no in range(1, 13)), withdrawn]
    write_site(
        folder,
        Source(dict.fromkeys((one.place for one in cases), ""), lambda _ids: [(one.place, one) for one in cases]),
        office=Office("云州市人民政府办公室"),
        built_at=datetime(2026, 8, 3, tzinfo=UTC),
        base_url="https://jyta.yunzhou.example",
    )
    return folder


@pytest.fixture(scope="module")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


def address(site: Path, page: str) -> str:
    return f"{site.as_uri()}/{f'cases/{case(1).slug}.html' if page == 'case' else page}"


@pytest.fixture
def opened(chromium, site):
    contexts = []

    def open_page(page, **options):
        contexts.append(chromium.new_context(**options))
        tab = contexts[-1].new_page()
        tab.troubles = []
        tab.on("console", lambda said: tab.troubles.append(said.text) if said.type == "error" else None)
        tab.on("pageerror", lambda error: tab.troubles.append(str(error)))
        tab.on("request", lambda sent: None if sent.url.startswith("file:") else tab.troubles.append(sent.url))
        tab.goto(address(site, page))
        return tab

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_barrier(opened, page, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    tab = opened(page, color_scheme=scheme, bypass_csp=True, viewport={"width": 360, "height": 800})
    found = axe.Axe().run(tab).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in SERIOUS] == []


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_runs_off_the_side_even_in_large_type(opened, page, width):
    tab = opened(page, viewport={"width": width, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.locator("label.elder-switch").click()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.troubles == []


def test_the_browser_shows_the_letter_character_by_character(opened):
    tab = opened("case")
    shown = tab.eval_on_selector_all("#letter-text [data-line]", "lines => lines.map(line => line.textContent)")
    assert "\n".join(shown) == full_text(case(1).letter)


def test_search_finds_by_words_and_filters(opened):
    tab = opened("search.html?q=停车位")
    expect(tab.locator("#search-status")).to_have_text("找到 7 件。")
    expect(tab.locator("#search-results li")).to_have_count(7)
    tab.locator("#q").fill("摸清底数 泊位不足")  # in the reply's text and the proposal's
    expect(tab.locator("#search-status")).to_have_text("找到 12 件。")
    tab.locator("#q").fill("停车不存在")
    expect(tab.locator("#search-status")).to_contain_text("没有找到")
    tab.locator("#q").fill("")
    tab.locator("#f-kinds").select_option("政协提案")
    expect(tab.locator("#search-status")).to_have_text("找到 13 件。")
    assert tab.troubles == []


def test_large_type_is_remembered_and_works_without_script(opened, site):
    size = "parseFloat(getComputedStyle(document.querySelector('main p')).fontSize)"
    tab = opened("index.html")
    before = tab.evaluate(size)
    tab.locator("#elder").focus()
    tab.keyboard.press("Space")
    assert tab.evaluate(size) > before
    tab.goto(address(site, "case"))
    expect(tab.locator("#elder")).to_be_checked()
    plain = opened("index.html", java_script_enabled=False)
    plain.locator("label.elder-switch").click()
    expect(plain.locator("#elder")).to_be_checked()


def test_everything_is_read_without_script(opened):
    tab = opened("index.html", java_script_enabled=False)
    tab.get_by_role("link", name="按单位").click()
    tab.get_by_role("link", name="云州市公安局").click()
    tab.get_by_role("link", name="关于停车位的提案").last.click()
    expect(tab.get_by_role("heading", name="答复", exact=True)).to_be_visible()


def test_the_first_tab_stop_leads_to_the_text(opened):
    tab = opened("case")
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="跳到正文")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.locator("main")).to_be_focused()
