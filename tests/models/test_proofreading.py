"""The check-up's rules on labelled letters: no false alarm, and a floor under what is found."""

import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.proofreading.letter import Known, Severity, read_body, read_letter
from models.proofreading.promises import find_promises
from models.proofreading.rules import RULE_OF, RULES, proofread, serious

sys.path.append(str(Path(__file__).parents[2] / "docs"))
import page_proofreading as labelled

LETTERS = tuple(labelled.letters())
OVERALL, EACH = 0.94, 0.5
"""Recall reached: of all defects, and of each rule's. False alarms are worse than gaps: there are none."""


def test_the_set_is_large_and_labelled_with_rules_there_are():
    assert len(LETTERS) >= 60
    assert sum(letter.written for letter in LETTERS) >= 20
    assert {rule for letter in LETTERS for rule in letter.finds} == set(RULE_OF)
    assert len({letter.name for letter in LETTERS}) == len(LETTERS)


@pytest.mark.parametrize("letter", LETTERS, ids=lambda letter: letter.name)
def test_no_false_alarm(letter):
    assert set(labelled.found_in(letter)) <= set(letter.finds)


def test_what_is_found():
    scores = labelled.scores()
    assert all(score.recall >= EACH for score in scores.values())
    assert sum(one.found for one in scores.values()) / sum(one.defects for one in scores.values()) >= OVERALL


def test_the_place_is_where_the_words_stand():
    for letter in LETTERS:
        lines = letter.text.split("\n")
        for one in proofread(read_letter(list(enumerate(lines, 1)), {}), letter.known):
            assert bool(one.line) == bool(one.quote)
            if one.line and "\n" not in one.quote and one.rule != "paragraph-copied":
                assert lines[one.line - 1][one.column - 1 :].startswith(one.quote)
            assert one.remedy.endswith("。")
            assert not one.reason.endswith("。")


def test_serious_remarks_come_first():
    letter = next(one for one in LETTERS if one.name == "several-at-once")
    found = proofread(read_letter(list(enumerate(letter.text.split("\n"), 1)), {}), letter.known)
    assert [one.severity for one in found] == sorted((one.severity for one in found), key=list(Severity).index)
    assert {one.rule for one in serious(found)} == {"date-damaged", "brackets-damaged"}


def test_the_text_of_a_draft_alone_misses_no_heading():
    assert proofread(read_body("您提出的提案收悉。\n一、已增加两名专职人员。"), Known(), whole=False) == ()
    found = proofread(read_body("依据《办法》（某政〔20257号）办理。"), Known(), whole=False)
    assert [one.rule for one in found] == ["brackets-damaged"]


@pytest.mark.parametrize(
    ("words", "due_on"),
    [
        ("我们将于年底前完成改造。", date(2026, 12, 31)),
        ("计划2027年第二季度开工建设。", date(2027, 6, 30)),
        ("力争明年上半年出台实施细则。", date(2027, 6, 30)),
        ("确保2026年9月15日前投入使用。", date(2026, 9, 15)),
        ("将在今年十月底前完成。", date(2026, 10, 31)),
    ],
)
def test_promises_and_their_days(words, due_on):
    text = f"关于县政协十届二次会议第1号提案的答复\n方正委员：\n您提出的提案收悉，现答复如下：\n{words}\n某县民政局\n2026年5月1日"
    (found,) = find_promises(read_letter(list(enumerate(text.split("\n"), 1)), {}))
    assert (found.due_on, found.quote, found.line) == (due_on, words, 4)


@given(
    st.text(alphabet="关于第号提案委员：您收悉，。（）〔〕“”2026年月日1一、《》[]() \nxX×A类将底前完成", max_size=300)
)
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_checked(text):
    lines = list(enumerate(text.split("\n"), 1))
    known = Known(
        today=date(2026, 5, 1), numbers=("1",), session="县政协十届二次会议", titles=("关于提案",), promises=()
    )
    for one in proofread(read_letter(lines, {}), known):
        assert RULE_OF[one.rule].title == one.title
    proofread(read_body(text), known, whole=False)


def test_every_rule_has_a_name_of_its_own():
    assert len(RULE_OF) == len(RULES) == len({rule.title for rule in RULES})
