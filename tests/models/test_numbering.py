from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InputError
from models.numbering import SessionName, from_chinese, next_number, normalise, parse_session, sort_key, to_chinese
from models.vocabulary import Track


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("第50号", "50"),
        ("第 0148\u00a0号", "0148"),
        ("01819号", "01819"),
        ("2023128", "2023128"),
        ("hg–201901287", "HG-201901287"),
        ("台民函[2023]12 号", "台民函〔2023〕12号"),
        ("台民函(2023)12号", "台民函〔2023〕12号"),
        ("台民函【2023】12号", "台民函〔2023〕12号"),
        ("台民函〔2023〕12号", "台民函〔2023〕12号"),
    ],
)
def test_spellings_of_one_number_come_together(written, number):
    assert normalise(written) == number


@given(st.text(max_size=20))
def test_normalising_twice_changes_nothing(text):
    once = normalise(text)
    assert normalise(once) == once


def test_leading_zeros_tell_numbers_apart():
    assert normalise("050") != normalise("50")


def test_numbers_sort_as_a_clerk_sorts():
    numbers = ["10", "9", "HG-2", "050", "50", "HG-10", "台民函〔2023〕2号", "台民函〔2022〕12号"]
    assert sorted(numbers, key=sort_key) == [
        "9",
        "10",
        "050",
        "50",
        "HG-2",
        "HG-10",
        "台民函〔2022〕12号",
        "台民函〔2023〕2号",
    ]


@pytest.mark.parametrize(
    ("existing", "pattern", "number"),
    [
        ([], "{serial:05}", "00001"),
        ("01819", "{serial:05}", "01820"),
        (["0009", "第0010号", "别的"], "{serial:04}", "0011"),
        (["第7号"], "第{serial}号", "第8号"),
        (["9999"], "{serial:04}", "10000"),
        (
            ["台民函[2026]12号", "台民函〔2025〕99号", "台财函〔2026〕50号"],
            "{prefix}〔{year}〕{serial}号",
            "台民函〔2026〕13号",
        ),
    ],
)
def test_the_next_number_follows_the_highest_of_its_series(existing, pattern, number):
    assert next_number(existing, pattern, prefix="台民函", year=2026) == number


def test_a_pattern_with_a_year_needs_one():
    with pytest.raises(InputError, match="需要年份"):
        next_number([], "{year}{serial}")


@given(st.integers(1, 9999))
def test_numerals_go_both_ways(number):
    assert from_chinese(to_chinese(number)) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("十", 10),
        ("十二", 12),
        ("二〇二六", 2026),
        ("14", 14),
        ("\uff11\uff14", 14),
        ("一百零五", 105),
        ("", None),
        ("次", None),
    ],
)
def test_numerals_are_read(text, number):
    assert from_chinese(text) == number


@pytest.mark.parametrize(("number", "text"), [(10, "十"), (110, "一百一十"), (1001, "一千零一"), (20, "二十")])
def test_numerals_are_written(number, text):
    assert to_chinese(number) == text


@pytest.mark.parametrize("number", [0, 10000])
def test_numerals_have_bounds(number):
    with pytest.raises(ValueError, match=str(number)):
        to_chinese(number)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("市政协六届二次会议", "市政协六届二次会议"),
        ("政协云溪区十届二次会议", "云溪区政协十届二次会议"),
        ("省十三届人大二次会议", "省十三届人大二次会议"),
        ("十四届全国人大三次会议", "十四届全国人大三次会议"),
        ("第十四届全国人民代表大会第三次会议", "十四届全国人大三次会议"),
        ("区十届政协二次", "区政协十届二次会议"),
        ("政协第十四届全国委员会第三次会议", "全国政协十四届三次会议"),
        ("中国人民政治协商会议第十四届全国委员会第三次会议", "全国政协十四届三次会议"),
        ("全国政协 14 届 3 次会议", "全国政协十四届三次会议"),
        ("云溪市第六届人民代表大会第二次会议", "云溪市六届人大二次会议"),
        ("政协云溪市第六届委员会第2次全体会议", "云溪市政协六届二次会议"),
        ("区十届政协二次会议闭会期间", "区政协十届二次会议"),
        ("市六届政协", "市政协六届"),
        ("政协六届二次会议", "政协六届二次会议"),
    ],
)
def test_spellings_of_one_session_come_together(text, canonical):
    assert parse_session(text).canonical == canonical
    assert SessionName.parse(canonical) == parse_session(text)


@pytest.mark.parametrize(
    "text", ["", "今天天气", "市政协会议", "六届二次会议", "市政协六届二次会议第5号提案", "大学人大六届"]
)
def test_other_words_are_no_session(text):
    assert parse_session(text) is None


def test_an_office_may_leave_out_its_own_name():
    whole, short = SessionName("云溪市", Track.CPPCC, 6, 2), SessionName("市", Track.CPPCC, 6, 2)
    assert whole.is_same(short)
    assert short.is_same(whole)
    assert not short.is_same(SessionName("区", Track.CPPCC, 6, 2))
    assert not short.is_same(SessionName("市", Track.NPC, 6, 2))
