"""Paragraphs copied from the reply to another proposal are found, and what every reply says is not."""

import sys
from pathlib import Path

import pytest
from builders import LEAD, OFFICE, day, proposed, talk
from desk import Desk

from models import actions as a
from models.proofreading.copying import same_lines, sentences_of
from models.proofreading.letter import read_letter
from tasks.copying import remember_all, remember_sentences
from tasks.database import reading, transaction
from tasks.proofreading import check_case

sys.path.append(str(Path(__file__).parents[2] / "docs"))
import page_proofreading as labelled

OPENING = "您提出的提案收悉。现答复如下："
OWN = (
    "一、关于食堂。今年已在东街、西街两个社区改造闲置用房，增设社区食堂两处，面积合计四百六十平方米，由区财政补贴运营。"
)
OFFICE_WORDS = "近年来，我局坚持以人民为中心，扎实推进社区治理，不断提升服务水平。"
OTHER = "二、关于公交。夜间末班车时间由二十一点延长到二十三点，新增两条支线，覆盖沿线十七个小区。车辆由公交公司从备用运力中统一调配，首月客流每天九百人次。"
QUOTED = (
    "三、依据。《社区服务管理办法》第十二条规定，社区用房由街道统一管理，任何单位和个人不得侵占、挪用或者改变其用途。"
)
THANKS = "感谢您对社区治理工作的关心和支持，欢迎今后继续对我们的工作提出宝贵的意见和建议，我们将认真研究办理。"


@pytest.fixture
def desk(office):
    return Desk(office)


def handled(desk, number, *lines):
    desk.do(day(1, 21), proposed(number))
    desk.do(day(2, 2), a.Accept(case=number, by=OFFICE))
    desk.do(day(2, 25), a.Assign(case=number, by=OFFICE, lead="民政局"), a.SignFor(case=number, by=LEAD))
    desk.do(day(3, 10), talk(number))
    desk.do(
        day(3, 20), a.SubmitDraft(case=number, by=LEAD, text="\n".join((OPENING, *lines, THANKS)), result_class="A")
    )


def sent(desk, number, *lines):
    handled(desk, number, *lines)
    desk.do(day(3, 24), *(a.Approve(case=number, by=LEAD) for _ in range(3)))
    desk.do(day(3, 25), a.PassReview(case=number, by=OFFICE), a.SendReply(case=number, by=LEAD))


def remember(desk):
    with transaction(desk.engine) as connection:
        return remember_sentences(connection)


def copied(desk, number):
    with reading(desk.engine) as connection:
        (checked,) = check_case(connection, number, today=day(3, 26))
    return [(checked.lines[one.line - 1].text, one.reason) for one in checked.remarks if one.rule == "paragraph-copied"]


def test_a_paragraph_of_another_reply_is_found_even_with_a_word_changed(desk):
    sent(desk, "0001", OWN, OTHER)
    remember_all(desk.engine)
    assert remember(desk) == 0
    edited = OTHER.replace("关于公交", "关于交通") + "其余照旧。"
    handled(desk, "0002", edited)
    assert copied(desk, "0002") == [(edited, f"与{desk.case('0001').ref}的答复有100%相同")]


def test_greetings_thanks_quotations_and_short_sentences_are_nobody_s(desk):
    sent(desk, "0001", QUOTED, "四、其他。我们将继续加强工作。")
    remember(desk)
    handled(desk, "0002", QUOTED, "四、其他。我们将继续加强工作。")
    assert copied(desk, "0002") == []


def test_what_stands_in_the_replies_to_many_is_the_office_s_habit(desk):
    long = f"{OFFICE_WORDS}{OWN}"
    for number in ("0001", "0002", "0003"):
        sent(desk, number, long)
    remember(desk)
    handled(desk, "0004", long)
    assert copied(desk, "0004") == []


def test_a_reply_is_not_compared_with_itself_nor_with_what_was_never_sent(desk):
    sent(desk, "0001", OWN)
    handled(desk, "0002", OTHER)
    remember(desk)
    desk.do(day(4, 1), a.GiveFeedback(
        case="0001", by=OFFICE, proposer="张某某", attitude="满意", result="不满意", reasons="太迟",
    ))  # fmt: skip
    desk.do(day(4, 2), a.OrderRedo(case="0001", by=OFFICE, reason="再研究"))
    desk.do(day(4, 3), a.SubmitDraft(case="0001", by=LEAD, text=f"{OPENING}\n{OWN}\n{OTHER}"))
    assert copied(desk, "0001") == []


def test_letters_written_apart_are_not_taken_for_copies():
    letters = [one for one in labelled.letters() if one.written]
    bodies = [read_letter(list(enumerate(one.text.split("\n"), 1)), {}).body for one in letters]
    found = [list(sentences_of((row.number, row.text) for row in body)) for body in bodies]
    where: dict[int, set[int]] = {}
    for at, sentences in enumerate(found):
        for one in sentences:
            where.setdefault(one.hash, set()).add(at)
    assert sum(map(len, found)) > 20
    for at, sentences in enumerate(found):
        others = {hashed: cases - {at} for hashed, cases in where.items()}
        assert list(same_lines(sentences, others)) == [], letters[at].name
