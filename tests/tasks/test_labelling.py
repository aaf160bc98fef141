"""What a run is called and found by."""

import pytest
from builders import CONFERENCE, LEAD, OFFICE, day, proposed
from desk import Desk

from models import actions as a
from models.vocabulary import Stage
from tasks.labelling import label, short_title

SHORT = CONFERENCE.removesuffix("会议")


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("关于加强社区治理的提案", "加强社区治理"),
        ("关于进一步规范停车的建议（闭会）", "规范停车"),
        ("关于把老旧小区加装电梯纳入民生实事项目的提案", "把老旧小区加装电梯纳入民生实事…"),
        ("建议案", "建议案"),
    ],
)
def test_a_title_is_cut_to_its_matter(title, short):
    assert short_title(title) == short


def test_one_case_is_named_with_its_agency_and_the_days_left(office):
    Desk(office).walk(Stage.HANDLING)
    found = label(office, "审签", [a.Approve(case="0001", by=LEAD)], day(3, 2))
    assert found.name.startswith(f"审签 0001 增设社区食堂的提案之0001 · {LEAD.agency} · 剩")
    assert found.name.endswith("工作日")
    kept = {tag.partition(":")[0]: tag.partition(":")[2] for tag in found.tags}
    assert (kept["件"], kept["届次"], kept["灯"]) == ("0001", CONFERENCE, "绿")
    assert f"单位:{LEAD.agency}" in found.tags


def test_a_batch_is_named_by_its_session_and_bounded_in_tags(office):
    desk = Desk(office)
    desk.do(day(1, 21), *(proposed(f"{n:04}") for n in range(1, 13)))
    many = [a.Accept(case=f"{n:04}", by=OFFICE) for n in range(1, 13)]
    assert label(office, "审查立案", many, day(2, 2)).name == f"立案 12件 · {SHORT}"
    assert label(office, "审查立案", many, day(2, 2)).tags == (f"届次:{CONFERENCE}",)
    few = label(office, "审查立案", [*many[:2], a.NotAccept(case="0003", by=OFFICE, reason="重复")], day(2, 2))
    assert (few.name, few.tags[:3]) == (f"审查立案 3件 · {SHORT}", ("件:0001", "件:0002", "件:0003"))


def test_what_is_not_there_yet_is_named_by_what_is_given(office):
    assert label(office, "收件", [proposed("0009")], day(1, 21)).name == f"收件 0009 增设社区食堂的提案之0009 · {SHORT}"
    assert label(office, "审查立案", [a.Accept(case="0404", by=OFFICE)], day(2, 2)).name == "立案 0404"
