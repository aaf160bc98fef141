from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.asks import split_asks


def titles(text: str) -> list[str]:
    return [ask.title for ask in split_asks(text)]


def test_numbers_that_run_on_across_headings_are_the_asks():
    text = "建议如下：\n一、加强领导\n1、成立专班。要快。\n2、压实责任。\n二、增加投入\n3．设立资金。\n　　分年拨付。\n以上建议，请研究。"
    asks = split_asks(text)
    assert [(ask.number, ask.title, ask.under) for ask in asks] == [
        (1, "成立专班", "一、加强领导"),
        (2, "压实责任", "一、加强领导"),
        (3, "设立资金", "二、增加投入"),
    ]
    assert asks[2].text == "设立资金。\n分年拨付。"
    assert (asks[2].line, asks[2].column, asks[2].marker) == (6, 1, "3．")


def test_numbers_that_begin_anew_belong_to_their_heading():
    text = "建议如下：\n一、加强领导\n1、成立专班。\n2、压实责任。\n二、增加投入\n1、设立资金。"
    asks = split_asks(text)
    assert [ask.title for ask in asks] == ["加强领导", "增加投入"]
    assert asks[0].text == "加强领导\n1、成立专班。\n2、压实责任。"


def test_only_the_part_that_recommends_counts():
    text = "一、现状\n（一）路少。\n（二）车多。\n二、问题\n堵。\n三、对策建议\n（一）修路。\n（二）限行。\n四、结语\n谢谢。"
    assert titles(text) == ["修路", "限行"]


def test_sections_after_the_announcement():
    assert titles("现状不佳。\n为此，提出以下建议：\n一、修路。\n二、架桥。") == ["修路", "架桥"]


def test_brackets_ordinals_and_labels():
    assert titles("建议：\n(1)修路。\n(2)架桥。") == ["修路", "架桥"]
    assert titles("对此，我们建议：\n第一，修路。\n第二，架桥。") == ["修路", "架桥"]
    assert titles("背景。\n建议一：修路\n建议二：架桥") == ["修路", "架桥"]


def test_asks_told_within_a_paragraph():
    asks = split_asks("现状。\n为此建议：一是修路；二是架桥。三是限行，要稳妥。")
    assert [ask.text for ask in asks] == ["修路", "架桥。", "限行，要稳妥。"]
    assert asks[1].marker == "二是"


def test_a_broken_inline_series_stops_where_it_breaks():
    assert titles("为此建议：一是修路；二是架桥；四是限行。") == ["修路", "架桥"]


def test_a_single_inline_ask_is_no_series():
    assert titles("为此建议：一是修路。") == []


def test_without_numbers_or_announcement_nothing_is_made_up():
    assert split_asks("") == ()
    assert split_asks("修路。\n架桥。") == ()
    assert split_asks("一、现状\n二、问题") == ()
    assert split_asks("2、半截\n3、半截") == ()
    assert split_asks("建议如下：\n多修路。") == ()
    assert split_asks("面积3.5亩\n1.5公里") == ()


def test_arabic_numbers_alone_are_asks():
    assert titles("1.修路\n2.架桥") == ["修路", "架桥"]


MARKS = st.sampled_from(
    [
        "一、",
        "二、",
        "1、",
        "2．",
        "3.",
        "（一）",
        "(2)",
        "第一，",
        "建议如下：",
        "为此建议：",
        "一是",
        "修路",
        "。",
        "；",
        "\n",
        "\u3000",
    ]
)


@given(st.one_of(st.lists(MARKS, max_size=30).map("".join), st.text(max_size=60)))
def test_every_ask_stands_where_it_says(text):
    lines = text.split("\n")
    for ask in split_asks(text):
        assert lines[ask.line - 1][ask.column - 1 :].startswith(ask.marker)
        assert ask.title in ask.text or not ask.title
