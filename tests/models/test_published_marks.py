"""Class, document number and dates of a published reply."""

from __future__ import annotations

from datetime import date

import pytest
from published_letter import letter

from models.published_dates import chinese_number, read_date


@pytest.mark.parametrize(
    ("dated", "on"),
    [
        ("2024年5月8日", date(2024, 5, 8)),
        ("2024 年 5 月 8 日", date(2024, 5, 8)),
        ("２０２４年５月８日", date(2024, 5, 8)),
        ("二〇二四年十二月三十一日", date(2024, 12, 31)),
        ("二○二四年五月十日", date(2024, 5, 10)),
        ("日期：2024/5/8", date(2024, 5, 8)),
        ("2024531", None),
        ("20240531", None),
        ("2024年531", None),
        ("20245月31日", None),
        ("2024年5月31", None),
        ("2024年2月30日", None),
        ("2024年  月  日", None),
        ("二〇二四年五月", None),
        ("年 月 日", None),
    ],
)
def test_the_letters_date_is_read_or_marked_but_never_completed(dated, on):
    found = letter(dated=dated).letter_on
    assert found.value == on
    assert bool(found.damaged) == (on is None)
    assert found.text == dated.removeprefix("日期：")


@pytest.mark.parametrize(
    ("above", "below", "meta", "on"),
    [
        ("发布时间：2024-06-01 10:00 浏览：3", "", {}, date(2024, 6, 1)),
        ("时间：2024-06-02来源：作者：", "", {}, date(2024, 6, 2)),
        ("发布日期\t2024/06/03", "", {}, date(2024, 6, 3)),
        ("发布时间：\n2024-06-03 08:00", "", {}, date(2024, 6, 3)),
        ("东江区园林局: 2024- 06- 04 17:33 阅读次数：", "", {}, date(2024, 6, 4)),
        ("", "发布日期：2024年6月5日", {}, date(2024, 6, 5)),
        ("", "", {"pubdate": "20240606"}, date(2024, 6, 6)),
        ("时间：2024-06-02", "", {"PubDate": "2024-06-07 09:00"}, date(2024, 6, 7)),
        ("更新时间：2024-06-08", "", {}, date(2024, 6, 8)),
        ("截止时间：2024-06-08 前", "", {}, None),
        ("", "", {}, None),
    ],
)
def test_the_page_has_its_own_date(above, below, meta, on):
    published = letter(above=above, below=below, **meta)
    assert (published.published_on.value if published.published_on else None) == on
    assert published.letter_on.value == date(2024, 5, 8)


def test_a_damaged_publication_date_is_marked():
    assert "2024-6" in letter(above="发布时间：2024-6").published_on.damaged


@pytest.mark.parametrize(
    ("line", "letter_class"),
    [
        ("办复类别：B类", "B"),
        ("办理结果：A", "A"),
        ("办理结果：已经解决（C类）", "C"),
        ("类别标记：B", "B"),
        ("办理类别：Ａ类", "A"),
        ("办理结果分类：乙类", "乙"),
    ],
)
def test_the_class_is_its_letter_only(line, letter_class):
    published = letter(contact=line)
    assert published.result_class.value == letter_class
    assert published.result_class.text == line
    assert published.body.value.endswith("已建成。")


@pytest.mark.parametrize("line", ["A", "（A类）", "A1", "某园函〔2024〕3号      A类"])
def test_the_class_may_stand_alone_at_the_top(line):
    assert letter(above=line).result_class.value == "A"


def test_a_class_without_letter_or_with_two_is_marked():
    assert letter(contact="办复类别：类").result_class.damaged == "类别缺少字母"
    assert letter(contact="办理结果：A类、B类").result_class.damaged == "类别标了不止一个"
    assert letter(contact="办理结果：").result_class is None


@pytest.mark.parametrize(
    ("line", "number", "damaged"),
    [
        ("某园函〔2024〕12号", "某园函〔2024〕12号", False),
        ("文 号：某园函[2024]12号  关键字：", "某园函[2024]12号", False),
        ("发文字号：某园函（2024）12号", "某园函（2024）12号", False),
        ("文号：某园函〔202412号", None, True),
        ("某园函〔202412号", None, True),
    ],
)
def test_the_document_number_is_the_letters_own(line, number, damaged):
    found = letter(above=line).document_number
    assert found.value == number
    assert bool(found.damaged) == damaged


def test_a_document_cited_in_the_letter_is_not_its_number():
    published = letter(above="文号： 关键字：", contact="依据某发〔2020〕1号文件办理。")
    assert published.document_number is None
    assert published.damages == ()


def test_a_date_without_a_signature_is_still_the_letters():
    published = letter(contact="2024年4月1日，召开会议。", dated="2024年5月8日（此件公开）")
    assert published.letter_on.value == date(2024, 5, 8)
    assert published.body.value.endswith("召开会议。")


@pytest.mark.parametrize(
    ("words", "number"), [("十", 10), ("二十", 20), ("三十一", 31), ("九", 9), ("12", 12), ("", 0), ("一二", 0)]
)
def test_numbers_in_words(words, number):
    assert chinese_number(words) == number


def test_no_date_is_no_date():
    assert read_date("没有日期") is None
