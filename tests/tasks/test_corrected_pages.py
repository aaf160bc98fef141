"""A corrected reply on the public site and in the notices."""

from builders import LEAD, REPLY, day
from desk import Desk

from models import actions as a
from models.vocabulary import Publicity, Stage
from tasks import clock
from tasks.database import reading
from tasks.publishing import publish_site
from tasks.replies import write_letters

RIGHT = REPLY.replace("专职人员", "两名专职人员")


def publish(desk, folder, on):
    given = {"office": "云岭市", "base_url": "http://127.0.0.1/", "at": clock.morning_of(on), "today": on}
    made = publish_site(desk.engine, folder, **given)
    desk.do(on, *made.actions)
    publish_site(desk.engine, folder, **given)
    return (folder / desk.case().publications[-1].path).read_text(encoding="utf-8"), made


def test_the_page_follows_the_corrected_letter_and_says_so(office, tmp_path):
    desk = Desk(office)
    desk.walk(Stage.REPLIED)
    before, _ = publish(desk, tmp_path / "site", day(3, 27))
    assert "更正" not in before
    desk.do(day(4, 10), a.CorrectReply(case="0001", by=LEAD, text=RIGHT, note="第一段漏了人数"))
    assert desk.case().publicity is Publicity.DECIDED
    after, made = publish(desk, tmp_path / "site", day(4, 13))
    assert made.alarms == ()
    assert "两名专职人员" in after
    assert "本页于2026年4月13日更正。" in after
    assert "第一段漏了人数" in after
    assert desk.case().publications[-1].published_on == day(3, 27)
    with reading(office) as connection:
        assert write_letters(connection, [1], tmp_path / "letters") == 1
    assert [path.name for path in (tmp_path / "letters").rglob("*.docx")] == ["001-2-张某某.docx"]
    desk.assert_whole()
