"""Dated substitutes from the command line."""


def test_a_substitute_is_entered_listed_and_taken_back(banli, office):
    assert banli("substitutes", "list").out.strip() == "没有代签登记。"
    span = ("--from", "2026年3月1日", "--to", "2026-03-10", "--reason", "出差")
    made = banli("substitutes", "add", "民政局", "主要负责人", "钱局长", "孙副局长", *span)
    assert (made.code, made.out.strip()) == (
        0, "已登记第1号：民政局“主要负责人”钱局长2026-03-01至2026-03-10由孙副局长代签。",
    )  # fmt: skip
    assert "孙副局长" in banli("substitutes", "list", "--agency", "民政局").out
    again = banli("substitutes", "add", "民政局", "主要负责人", "钱局长", "周科长", *span)
    assert again.code == 2
    assert "已由孙副局长代签（第1号）" in again.err
    assert "今天起不作数" in banli("substitutes", "end", "1").out
    assert "已经撤销" in banli("substitutes", "end", "1").err
    assert "“三月初”不是日期" in banli(
        "substitutes", "add", "民政局", "核稿", "甲", "乙", "--from", "三月初", "--to", "2026-03-10", "--reason", "假"
    ).err  # fmt: skip
