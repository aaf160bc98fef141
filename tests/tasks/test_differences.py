from hypothesis import given
from hypothesis import strategies as st

from tasks.differences import Mark, compare, lines_of

BEFORE = "收悉。现答复如下：\n一、已增加专职人员。\n二、经费列入年度预算。\n感谢关心。"


def _shown(before: str, after: str) -> list[str]:
    signs = {Mark.SAME: "{}", Mark.NEW: "+{}+", Mark.OLD: "-{}-"}
    return [
        f"={one.unchanged}" if one.unchanged else "".join(signs[piece.mark].format(piece.text) for piece in one.pieces)
        for one in compare(before, after)
    ]


def test_a_word_put_in_is_marked_within_its_paragraph():
    after = BEFORE.replace("已增加", "已增加两名")
    assert _shown(BEFORE, after) == ["=1", "一、已增加+两名+专职人员。", "=2"]


def test_paragraphs_with_little_in_common_are_shown_whole():
    after = BEFORE.replace("二、经费列入年度预算。", "二、请财政部门统筹。")
    assert _shown(BEFORE, after) == ["=2", "-二、经费列入年度预算。-", "+二、请财政部门统筹。+", "=1"]


def test_what_was_taken_out_or_added_stands_in_its_place():
    assert _shown(BEFORE, BEFORE.replace("二、经费列入年度预算。\n", "")) == ["=2", "-二、经费列入年度预算。-", "=1"]
    assert _shown("甲", "甲\n乙") == ["=1", "+乙+"]


def test_single_characters_that_match_by_chance_do_not_break_a_change_up():
    assert _shown("每月上旬召开一次会议", "每周一下午召开一次会议") == ["每-月上旬-+周一下午+召开一次会议"]


def test_nothing_is_shown_where_nothing_changed():
    assert compare(BEFORE, f"{BEFORE}\n\n") == ()


texts = st.lists(st.text("甲乙丙丁", max_size=6), max_size=5).map("\n".join)


@given(texts, texts)
def test_both_versions_can_be_read_off_the_comparison(before, after):
    passages = compare(before, after)
    if not passages:
        assert lines_of(before) == lines_of(after)
        return
    kept = sum(one.unchanged for one in passages)
    for text, other in ((before, Mark.NEW), (after, Mark.OLD)):
        told = ["".join(p.text for p in one.pieces if p.mark is not other) for one in passages if one.pieces]
        lines = list(lines_of(text))
        assert len([line for line in told if line]) + kept == len(lines)
        assert [line for line in told if line and line not in lines] == []
