"""The asks of a case and of those merged into it, and which paragraphs answer them."""

import pytest
from builders import LEAD, OFFICE, day, proposed, talk
from desk import Desk

from models import actions as a
from models.vocabulary import Role
from tasks.case_entries import Viewer
from tasks.case_view import view_case
from tasks.database import reading
from tasks.proofreading import check_case, coverage_of

TEXT = "你们提出的提案收悉。\n一、已增设社区食堂。\n二、已延长夜间公交末班车时间。"
FIRST, SECOND = ("增设社区食堂，方便老年人就餐", "修建跨江大桥及匝道两处"), ("延长夜间公交末班车时间至二十三点",)


@pytest.fixture
def desk(office):
    desk = Desk(office)
    desk.do(day(1, 21), proposed("0001", asks=FIRST), proposed("0002", "李某某", asks=SECOND))
    desk.do(day(2, 2), a.Accept(case="0001", by=OFFICE), a.Merge(case="0002", by=OFFICE, into="0001"))
    desk.do(day(2, 25), a.Assign(case="0001", by=OFFICE, lead="民政局"), a.SignFor(case="0001", by=LEAD))
    desk.do(day(3, 10), talk())
    return desk


def uncovered(desk):
    with reading(desk.engine) as connection:
        checked = check_case(connection, "0001", today=day(3, 21))
    return [[one.reason for one in letter.remarks if one.rule == "ask-uncovered"] for letter in checked]


def test_the_asks_of_a_merged_case_are_counted_on_and_checked_in_its_own_letter(desk):
    desk.do(day(3, 20), a.SubmitDraft(case="0001", by=LEAD, text=TEXT, answers=[{"ask": 3, "paragraphs": "3"}]))
    gap = "第2条建议“修建跨江大桥及匝道两处”似没有回应"
    assert uncovered(desk) == [[gap], []]
    with reading(desk.engine) as connection:
        case = desk.case()
        found = coverage_of(connection, case, case.draft)
        lead = Viewer(role=Role.LEAD, agency="民政局", name="许科长")
        view = view_case(connection, case, lead, today=day(3, 21))
    assert [one.words for one in found] == ["第2段（按文字对应）", "没有找到回应的段落", "第3段"]
    assert view.asks == (*FIRST, *SECOND)
    assert view.draft is not None
    assert view.draft.coverage == found


def test_an_ask_declined_with_a_reason_or_one_there_is_not(desk):
    answers = [{"ask": 2, "reason": "属省级事权，已转报"}, {"ask": 7, "paragraphs": "1"}]
    desk.do(day(3, 20), a.SubmitDraft(case="0001", by=LEAD, text=TEXT, answers=answers))
    wrong = "“逐条回应”写了第7条，建议只有3条"
    assert uncovered(desk) == [[wrong], [wrong]]
