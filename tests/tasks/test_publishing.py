"""Publication: written from the records, read back, recorded only when it reads as signed."""

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from builders import OFFICE, REPLY, day, feedback
from desk import Desk
from sqlalchemy import update

from models import actions as a
from models import tables as t
from models.vocabulary import Publicity, Stage
from tasks import clock, site_reading
from tasks.database import transaction
from tasks.publishing import publish_site


@pytest.fixture
def desk(office) -> Desk:
    desk = Desk(office)
    desk.walk(Stage.REPLIED)
    return desk


def written(desk: Desk, folder: Path, on=None, **more):
    on = on or day(3, 27)
    return publish_site(
        desk.engine, folder, office="云岭市", base_url="http://127.0.0.1/", at=clock.morning_of(on), today=on, **more
    )


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A web server of the public's."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def page(desk: Desk, folder: Path) -> str:
    return (folder / desk.case().publications[-1].path).read_text(encoding="utf-8")


def test_a_decided_page_is_written_read_back_and_recorded_once(desk, tmp_path):
    first = written(desk, tmp_path)
    assert (first.pages, first.alarms, [one.kind for one in first.actions]) == (1, (), ["公开"])
    desk.do(day(3, 27), *first.actions)
    assert REPLY.partition("：")[2] in page(desk, tmp_path)
    again = written(desk, tmp_path)
    assert again.actions == ()
    assert written(desk, tmp_path).written == 0
    assert [one.result for one in desk.ask(day(3, 28), *first.actions)] == ["已办过"]


def test_a_page_that_does_not_read_as_signed_is_an_alarm_and_not_recorded(desk, tmp_path, monkeypatch):
    read = site_reading.read_back
    monkeypatch.setattr("tasks.publishing.read_back", lambda path: read(path).replace("已增加", "未增加"))
    found = written(desk, tmp_path)
    assert found.actions == ()
    assert "网页与签发文本不一致" in found.alarms[0]
    assert desk.case().publicity is Publicity.DECIDED


def test_a_page_is_read_back_from_the_web_where_it_is_served(desk, tmp_path):
    mirror = tmp_path / "mirror"
    (mirror / "cases").mkdir(parents=True)
    with served(mirror) as address:
        behind = written(desk, tmp_path / "site", read_from=address)
        assert behind.actions == ()
        assert "从网上取不到（404）" in behind.alarms[0]
        (page,) = (tmp_path / "site" / "cases").glob("*.html")
        said = page.read_text(encoding="utf-8")
        (mirror / "cases" / page.name).write_text(said.replace("年度预算", "年度决算"), encoding="utf-8")
        changed = written(desk, tmp_path / "site", read_from=address)
        assert changed.actions == ()
        assert "应为“预”（U+9884" in changed.alarms[0]
        assert "页面上是“决”" in changed.alarms[0]
        (mirror / "cases" / page.name).write_text(said, encoding="utf-8")
        assert [one.kind for one in written(desk, tmp_path / "site", read_from=address).actions] == ["公开"]
    gone = written(desk, tmp_path / "site", read_from=address)
    assert gone.actions == ()
    assert "从网上取不到（ConnectError）" in gone.alarms[0]


def test_no_contact_of_a_proposer_is_on_any_public_page(desk, tmp_path):
    desk.do(day(3, 27), *written(desk, tmp_path).actions)
    written(desk, tmp_path)
    site = [path for path in tmp_path.rglob("*") if path.is_file() and "home" not in path.parts]
    assert len(site) > 5
    assert [path for path in site if b"13900001111" in path.read_bytes()] == []


def test_feedback_is_not_public_before_it_is_released(desk, tmp_path):
    desk.do(day(3, 27), *written(desk, tmp_path).actions)
    written(desk, tmp_path)
    before = page(desk, tmp_path)
    desk.do(day(4, 1), feedback(says="基本满意"))
    written(desk, tmp_path, day(4, 1))
    assert "基本满意" not in before
    assert "基本满意" in page(desk, tmp_path)


def test_a_summary_alone_is_shown_where_only_that_is_public(desk, tmp_path):
    desk.do(day(3, 27), *written(desk, tmp_path).actions)
    desk.do(day(3, 28), a.TakeDown(case="0001", by=OFFICE, reason="涉及商业秘密"))
    decision = {"mode": "摘要公开", "reason": "涉及商业秘密", "summary": "已办理，详情不公开。"}
    desk.do(day(3, 28), a.DecidePublication(case="0001", by=OFFICE, **decision))
    desk.do(day(3, 28), *written(desk, tmp_path, day(3, 28)).actions)
    shown = page(desk, tmp_path)
    assert "已办理，详情不公开。" in shown
    assert "列入年度预算" not in shown


def test_an_unchanged_office_is_not_read_again_and_its_site_stays(desk, tmp_path):
    desk.do(day(3, 27), *written(desk, tmp_path).actions)
    written(desk, tmp_path)
    version = (tmp_path / ".site" / "current").readlink()
    with transaction(desk.engine) as connection:
        connection.execute(update(t.core(t.DraftRow)).values(text="只有读了这件才会发现"))
    assert written(desk, tmp_path, day(3, 28)).written == 0
    assert (tmp_path / ".site" / "current").readlink() == version
    with transaction(desk.engine) as connection:
        connection.execute(update(t.core(t.AgencyRow)).values(full_name="改了名的单位"))
    with pytest.raises(ValueError, match="does not carry its hash"):
        written(desk, tmp_path, day(3, 28))


def test_what_was_taken_down_leaves_a_note(desk, tmp_path):
    desk.do(day(3, 27), *written(desk, tmp_path).actions)
    desk.do(day(3, 28), a.TakeDown(case="0001", by=OFFICE, reason="数字有误"))
    found = written(desk, tmp_path, day(3, 28))
    assert found.actions == ()
    assert "数字有误" in page(desk, tmp_path)
    assert "列入年度预算" not in page(desk, tmp_path)


def test_a_page_published_again_says_that_it_was_corrected(desk, tmp_path):
    desk.do(day(3, 27), *written(desk, tmp_path).actions)
    desk.do(day(3, 28), a.TakeDown(case="0001", by=OFFICE, reason="泊位数有误，已更正"))
    desk.do(day(3, 30), a.DecidePublication(case="0001", by=OFFICE, mode="全文公开"))
    desk.do(day(3, 30), *written(desk, tmp_path, day(3, 30)).actions)
    written(desk, tmp_path, day(3, 31))
    shown = page(desk, tmp_path)
    assert "本页于2026年3月30日更正。</strong><bdi>泊位数有误，已更正</bdi>" in shown
    facts = json.loads(shown.partition('<script type="application/ld+json">')[2].partition("</script>")[0])
    assert (facts["datePublished"], facts["dateModified"]) == ("2026-03-27", "2026-03-30")
    assert facts["correction"]["text"] == "泊位数有误，已更正"
    (row,) = csv.DictReader((tmp_path / "data" / "replies.csv").read_text("utf-8-sig").splitlines())
    assert (row["发布日期"], row["更正日期"], row["撤回日期"]) == ("2026-03-27", "2026-03-30", "")
    (told,) = json.loads((tmp_path / "feed.json").read_text("utf-8"))["items"]
    assert told["date_modified"].startswith("2026-03-30")
    assert told["content_text"].startswith("（2026年3月30日更正）")
    assert "<updated>2026-03-30T" in (tmp_path / "feed.xml").read_text("utf-8")
    assert "<lastmod>2026-03-30<" in (tmp_path / "sitemap.xml").read_text("utf-8")
    assert "已更正</span>" in (tmp_path / "index.html").read_text("utf-8")


def test_what_is_not_to_be_public_has_no_page(office, tmp_path):
    desk = Desk(office)
    desk.walk(Stage.APPROVED)
    desk.do(day(3, 25), a.DecidePublication(case="0001", by=OFFICE, mode="不予公开", reason="涉密"))
    assert written(desk, tmp_path).pages == 0


def test_a_text_changed_behind_the_signatures_is_never_published(desk, tmp_path):
    with transaction(desk.engine) as connection:
        connection.execute(update(t.core(t.DraftRow)).values(text="改过的答复"))
    with pytest.raises(ValueError, match="does not carry its hash"):
        written(desk, tmp_path)
    assert not list(tmp_path.rglob("cases/*.html"))
