"""Which paragraph answers which ask."""

import pytest
from builders import LEAD, REPLY, Walk, at, day, talk
from hypothesis import given
from hypothesis import strategies as st

from models import actions as a
from models.answers import Answer, read_answers, written
from models.forms import action_types, build
from models.proofreading.coverage import coverage
from models.vocabulary import Stage

TEXT = "您提出的提案收悉。\n\n一、已在老旧小区增设助餐点。\n二、夜间公交线路延长末班车时间。\n感谢您的支持。"
ASKS = ("在老旧小区增设社区助餐点，补足用房", "开通夜间公交线路，延长末班车时间", "修建跨江大桥及匝道两处")


def given_as(lines: str) -> a.SubmitDraft:
    made = build(action_types()["起草"], {"text": TEXT, "answers": lines}, case="0001", by=LEAD)
    assert isinstance(made, a.SubmitDraft)
    return made


def test_what_the_drafter_writes_is_kept_and_read_again():
    action = given_as("1|2、3\n2|第3-4段\n3||属省级事权，已转报")
    kept = written(action.answers, TEXT)
    assert kept == "1|2、3|\n2|第3-4段|\n3||属省级事权，已转报"
    assert read_answers(kept) == {
        1: Answer(1, (2, 3), None), 2: Answer(2, (3, 4), None), 3: Answer(3, (), "属省级事权，已转报"),
    }  # fmt: skip
    assert given_as(kept).answers == action.answers
    assert read_answers(written((), TEXT)) == {}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("1|", "逐条回应的第1条建议没有写段落。请写由第几段回应；没有回应的，写明理由。"),
        ("1|5", "逐条回应的第1条建议写了第5段，正文只有4段。请核对段落，空行不算。"),
        ("1|0", "逐条回应的第1条建议写了第0段，正文只有4段。请核对段落，空行不算。"),
        ("1|二", "逐条回应的第1条建议的“二”看不出是第几段。请写成 2、3 或 2-4。"),
        ("1|2\n1|3", "逐条回应的第1条建议写了两次。每条建议只写一行。"),
    ],
)
def test_a_line_that_cannot_be_meant_is_refused(lines, said):
    walk = Walk(at(Stage.HANDLING).case, day(3, 26)).do(talk())
    assert walk.refusal(given_as(lines)) == said


@given(st.lists(st.tuples(st.lists(st.integers(1, 4), max_size=3), st.text("因故，|。\n ", max_size=9)), max_size=5))
def test_any_list_reads_back(lists):
    answers = [
        a.AskAnswered(ask=no, paragraphs="、".join(map(str, parts)) or None, reason=why.replace("|", "") or "无关")
        for no, (parts, why) in enumerate(lists, 1)
    ]
    back = read_answers(written(answers, TEXT))
    assert [list(one.paragraphs) for one in back.values()] == [list(dict.fromkeys(parts)) for parts, _ in lists]


def test_the_drafter_s_word_counts_and_the_rest_is_matched_by_words():
    lines = [line for line in TEXT.splitlines() if line]
    found = list(coverage(ASKS, lines, {}))
    assert [(one.paragraphs, one.gap) for one in found] == [((2,), False), ((3,), False), ((), True)]
    assert found[0].words == "第2段（按文字对应）"
    answers = {1: Answer(1, (1,), None), 3: Answer(3, (), "属省级事权")}
    assert [one.words for one in coverage(ASKS, lines, answers)] == [
        "第1段",
        "第3段（按文字对应）",
        "不回应：属省级事权",
    ]
    assert [one.number for one in coverage(ASKS, lines, {}, first=4)] == [4, 5, 6]
    assert all(one.gap for one in coverage(ASKS, (), {}))


def test_a_signer_who_edits_keeps_the_drafter_s_list():
    walk = at(Stage.HANDLING).do(talk(), on=day(3, 26))
    walk.do(a.SubmitDraft(case="0001", by=LEAD, text=f"{REPLY}\n二、其他。", answers=[{"ask": 1, "paragraphs": "1"}]))
    walk.do(a.Countersign(case="0001", by=a.Actor(role="会办单位", name="江科长", agency="财政局")))
    walk.do(a.Amend(case="0001", by=LEAD, text=f"{REPLY}\n二、其他事项。"))
    assert walk.case.draft is not None
    assert (walk.case.draft.no, walk.case.draft.answers) == (2, "1|1|")
