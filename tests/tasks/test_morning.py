"""What the office must see today."""

from dataclasses import replace

import pytest
from builders import OFFICE, day, proposed
from desk import Desk

from models import actions as a
from models import tables as t
from models.notice_vocabulary import NoticeStatus
from models.vocabulary import Stage
from tasks import clock
from tasks.database import transaction
from tasks.load_chart import load_png
from tasks.morning import Section, morning
from tasks.timeline import escaped, timeline


@pytest.fixture
def desk(office) -> Desk:
    return Desk(office)


def sections(desk: Desk, on) -> dict[str, str]:
    return {row.number: row.section.value for row in morning(desk.engine, on).rows}


def test_a_quiet_office_has_nothing_to_do(desk):
    found = morning(desk.engine, day(3, 2))
    assert (found.rows, found.open_cases, found.headline) == ((), 0, "今天没有要办的事项")


def test_what_waits_for_the_office_and_what_nobody_signs_for(desk):
    desk.do(day(1, 21), proposed("0001"), proposed("0002"))
    desk.do(day(2, 2), a.Accept(case="0002", by=OFFICE))
    desk.do(day(2, 25), a.Assign(case="0002", by=OFFICE, lead="民政局", co_handlers=("财政局",)))
    assert sections(desk, day(2, 27)) == {"0001": "等待本办决定"}
    found = morning(desk.engine, day(3, 2))  # 28 February 2026 is a make-up working Saturday
    row = next(row for row in found.rows if row.number == "0002")
    assert (row.section, row.flow, row.action) == (Section.UNSIGNED, "sign_for", "签收")
    assert row.note == "民政局交办4个工作日未签收；财政局交办4个工作日未签收"
    assert found.headline == "无人签收1，等待本办决定1"


def test_a_case_stands_where_it_presses_most(desk):
    desk.walk(Stage.HANDLING)
    case = desk.case()
    due = min(one.due_on for one in case.clocks if one.runs and not one.kind.is_window)
    with clock.moved_to(clock.morning_of(due)):
        assert sections(desk, due) == {"0001": "今日必办"}
    found = morning(desk.engine, due.replace(year=due.year + 1))
    assert [(row.section, row.light.value) for row in found.rows] == [(Section.LATE, "红")]
    assert {one.agency: (one.open, one.late) for one in found.loads}["民政局"] == (1, 1)
    assert found.lights == {"红": 1}
    assert load_png(found.loads, found.today).startswith(b"\x89PNG")
    assert load_png((), found.today).startswith(b"\x89PNG")


def test_a_publication_review_waits_while_the_agency_holds_the_case(desk):
    desk.walk(Stage.APPROVED)
    found = morning(desk.engine, day(3, 27))
    (row,) = found.rows
    assert (row.section, row.flow, row.action, row.holders) == (Section.OFFICE, "publish", "公开审查", ("督办",))
    desk.do(day(3, 27), a.DecidePublication(case="0001", by=OFFICE))
    assert morning(desk.engine, day(3, 27)).rows == ()


def test_failed_notices_are_named_without_an_address(desk):
    desk.do(day(1, 21), proposed())
    notices = t.core(t.NoticeRow)
    with transaction(desk.engine) as connection:
        connection.execute(
            notices.update().values(status=NoticeStatus.FAILED, attempts=4, error="550 <zhang@example.cn>")
        )
    found = morning(desk.engine, day(1, 22))
    failed = [row for row in found.rows if row.section is Section.FAILED]
    assert failed
    assert "zhang@example.cn" not in str(found)
    assert failed[0].note == "试过4次"


def test_a_timeline_tells_the_deadlines_and_the_history_and_no_contact(desk):
    desk.walk(Stage.HANDLING)
    found, page = timeline(desk.engine, "0001", day(3, 2))
    assert page.startswith(f"# 0001 {found.case.title}")
    assert "## 期限" in page
    assert "1. " in page
    assert "| 交办 |" in page
    assert "13900001111" not in page
    assert replace(found.case, title="甲|乙").title != escaped("甲|乙") == "甲\\|乙"
