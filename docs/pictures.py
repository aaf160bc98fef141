"""Takes the pictures of docs/pictures/ from a demonstration of its own (`make pictures`; needs chromium).

`python docs/pictures.py HOME` takes them from a `banli demo` that already runs in that home.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pypdfium2
from PIL import Image
from playwright.sync_api import Locator, Page, expect, sync_playwright

from models.vocabulary import ProposalKind
from notifications.letters import LetterText
from tasks.letters_pdf import pdf_bytes

FOLDER = Path(__file__).parent / "pictures"
LARGEST_BYTES = 200_000
COLOURS = 256
PATIENCE_SECONDS = 600
DECISION = "退办"
"""The kind of decision whose form is shown."""
WAITING_TAB = 3
"""The dashboard's tab of what is scheduled or waits, from 0."""
A_MINUTE = timedelta(seconds=61)
"""The dashboard's span of time ends at the last full minute; a browser whose clock is ahead shows what was just opened."""
TRIES = 20
PAGE_PATIENCE_MS = 120_000
"""For one thing to appear on a page, on a machine that has other work."""
PAGES = 12
"""Pages of the mailbox looked through."""
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 720}
SIGN_FOR = ("交办通知", "签收")
FEEDBACK = ("征询意见", "反馈意见")
"""The word in a notice's subject, and the label of the link wanted from it."""


def main() -> None:
    """Take them all."""
    FOLDER.mkdir(exist_ok=True)
    take_letter()
    given = sys.argv[1:]
    with addresses_in(Path(given[0])) if given else demonstration() as (prefect, web), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        page = browser.new_page(viewport=DESK, locale="zh-CN", timezone_id="Asia/Shanghai")
        page.set_default_timeout(PAGE_PATIENCE_MS)
        expect.set_options(timeout=PAGE_PATIENCE_MS)
        take_desk(page, prefect, web)
        take_decision(page, prefect)
        take_morning(page, prefect)
        take_phone(page, web)
        browser.close()


def take_letter() -> None:
    """The first page of a reply as it is printed: fiction, in the faces this machine has."""
    letter = LetterText(
        title="云岭市民政局关于市政协六届五次会议第0042号提案答复的函",
        number="0042",
        session="云岭市政协六届五次会议",
        kind=ProposalKind.PROPOSAL,
        salutation="江月白、何青禾、许知远委员：",
        paragraphs=(
            "你们提出的《关于增设社区食堂的提案》（第0042号）收悉。经研究，现答复如下：",
            "一、已经办理的事项。今年上半年，我局会同市财政局在四个街道新建社区食堂六处，每日供餐三千二百人次。",
            "（一）选址。按照步行十分钟可达的原则，优先利用闲置的公共用房。",
            "（二）运营。由街道招标选定单位，收费标准每年公布一次，接受居民监督。",
            "二、下一步打算。年内再建四处，明年六月底前覆盖全部街道。感谢你们对我市养老服务工作的关心和支持。",
        ),
        agency="云岭市民政局",
        letter_on=date(2026, 6, 12),
        result_class="B",
        document_number="云民函〔2026〕18号",
        contact_unit="养老服务科",
        contact_phone="0000-8765432",
        copies=("市政府督查室", "市政协提案委员会", "云岭市财政局"),
    )
    pages = [page.render(scale=1.25).to_pil() for page in pypdfium2.PdfDocument(pdf_bytes(letter))]
    width, height = pages[0].size
    both = Image.new("RGB", (width * len(pages) + 12 * (len(pages) - 1), height), "#999999")
    for place, page in enumerate(pages):
        both.paste(page, (place * (width + 12), 0))
    file = FOLDER / "letter.png"
    both.quantize(32).save(file, optimize=True)
    print(f"docs/pictures/{file.name} {file.stat().st_size // 1000} kB")


def take_desk(page: Page, prefect: str, web: str) -> None:
    """What the office, an agency and the public see on a desk."""
    page.goto(f"{prefect}/runs")
    page.set_viewport_size({"width": 1280, "height": 1280})
    page.get_by_text("Task run").nth(5).wait_for()
    shoot(page, "prefect", wait_ms=1500)
    page.set_viewport_size(DESK)
    page.goto(f"{web}/site/index.html")
    shoot(page, "site")
    page.locator("main a[href*='cases/']").first.click()
    page.set_viewport_size({"width": 1280, "height": 1200})
    shoot(page, "reply")
    page.set_viewport_size(DESK)
    page.goto(f"{web}/mail")
    shoot(page, "mailbox")
    page.goto(link_from_mail(page, web, *SIGN_FOR))
    page.set_viewport_size({"width": 1280, "height": 1040})
    shoot(page, "action")


def take_decision(page: Page, prefect: str) -> None:
    """A decision of the office as it is met in the Prefect UI: the text to decide on, the form below it."""
    page.set_viewport_size({"width": 1100, "height": 1300})
    page.goto(f"{prefect}/runs/flow-run/{waiting_run(prefect, DECISION)}")
    page.get_by_role("button", name="Resume").first.click()
    page.get_by_role("heading", name="？").first.wait_for()
    shoot(page, "decision", wait_ms=1500)
    page.set_viewport_size(DESK)


def take_morning(page: Page, prefect: str) -> None:
    """What must be done today: from the dashboard, and as the page to keep open."""
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.clock.set_fixed_time(datetime.now(UTC) + A_MINUTE)
    page.goto(f"{prefect}/v2/dashboard")
    waiting = page.get_by_role("tab").nth(WAITING_TAB)
    expect(waiting).to_contain_text(re.compile(r"[1-9]"))
    open_tab(waiting)
    page.get_by_role("button", name=re.compile(r"^决定")).click()
    page.get_by_role("link", name=re.compile(r"工作日$")).first.wait_for()
    shoot(page, "dashboard", wait_ms=1500)
    page.goto(f"{prefect}/v2/artifacts/key/today")
    page.get_by_role("link", name=f"决定{DECISION}").wait_for()
    shoot(page, "morning", wait_ms=1500)
    page.set_viewport_size(DESK)


def open_tab(tab: Locator) -> None:
    """Press until it is chosen: a tab drawn a moment ago does not hear yet."""
    for _ in range(TRIES):
        tab.click()
        try:
            expect(tab).to_have_attribute("aria-selected", "true", timeout=3_000)
        except AssertionError:
            continue
        return
    raise SystemExit("the dashboard's tab does not open")


def waiting_run(prefect: str, decision: str) -> str:
    """The id of a suspended run for this kind of decision, once the sweep has opened it."""
    tags = {"all_": [f"决定:{decision}"]}
    body = json.dumps({"flow_runs": {"tags": tags, "state": {"type": {"any_": ["PAUSED"]}}}, "limit": 20}).encode()
    headers = {"Content-Type": "application/json"}
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        request = urllib.request.Request(f"{prefect}/api/flow_runs/filter", body, headers)  # noqa: S310 - our own server
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own server
            found = [run["id"] for run in json.load(answer) if "case" in run["parameters"]]
        if found:
            return str(found[0])
        time.sleep(1)
    raise SystemExit(f"no decision “{decision}” waits")


def take_phone(page: Page, web: str) -> None:
    """What a proposer sees on a telephone."""
    address = link_from_mail(page, web, *FEEDBACK)
    page.set_viewport_size(PHONE)
    page.goto(address)
    page.locator("form").last.evaluate("form => form.scrollIntoView(true)")
    shoot(page, "phone")


def link_from_mail(page: Page, web: str, subject: str, label: str) -> str:
    """The newest link of this label in a notice of this kind that still opens a form."""
    for number in range(1, PAGES + 1):
        page.goto(f"{web}/mail?p={number}")
        found = page.locator("main a[href*='/mail/']").filter(has_text=subject)
        for mail in [link.get_attribute("href") or "" for link in found.all()]:
            page.goto(f"{web}{mail}")
            match = re.search(rf"(?m)^\s*{label}[:：]\s*https?://[^/]+(/\S+)", page.inner_text("main"))
            if match:
                page.goto(f"{web}{match[1]}")
                if page.locator("form [type=submit], form button").count():
                    return f"{web}{match[1]}"
    raise SystemExit(f"no open link “{label}” in any {subject}")


def shoot(page: Page, name: str, *, wait_ms: int = 400) -> None:
    """One picture, small enough to be carried along with the source."""
    page.wait_for_timeout(wait_ms)  # fonts and the chart's movement
    file = FOLDER / f"{name}.png"
    with Image.open(BytesIO(page.screenshot())) as taken:
        taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    size = file.stat().st_size
    print(f"docs/pictures/{file.name} {size // 1000} kB")
    if size > LARGEST_BYTES:
        raise SystemExit(f"{file.name} is larger than {LARGEST_BYTES // 1000} kB: show less of the page")


@contextmanager
def demonstration() -> Iterator[tuple[str, str]]:
    """A demonstration in a temporary home, stopped at the end; yields where Prefect and the pages answer."""
    with tempfile.TemporaryDirectory(prefix="banli-pictures-") as folder:
        home = Path(folder)
        log = home / "demo.log"
        with log.open("wb") as out:
            banli = Path(sys.executable).parent / "banli"
            environment = {**os.environ, "BANLI_HOME": folder}
            demo = subprocess.Popen(  # noqa: S603 - our own command
                [banli, "demo"], env=environment, stdout=out, stderr=out, start_new_session=True
            )
        try:
            until = time.monotonic() + PATIENCE_SECONDS
            while "Ctrl-C" not in log.read_text("utf-8", "replace"):
                if demo.poll() is not None or time.monotonic() > until:
                    raise SystemExit(log.read_text("utf-8", "replace"))
                time.sleep(1)
            with addresses_in(home) as found:
                yield found
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait(60)


@contextmanager
def addresses_in(home: Path) -> Iterator[tuple[str, str]]:
    """Where the demonstration of a home answers: Prefect, pages."""
    running = json.loads((home / "running.json").read_text())
    yield running["api_url"].removesuffix("/api"), running["web_url"]


if __name__ == "__main__":
    main()
