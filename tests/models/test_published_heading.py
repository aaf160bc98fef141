"""What the headings of many offices say."""

from __future__ import annotations

import pytest
from published_letter import read

from models.published import Published
from models.vocabulary import ProposalKind


def headed(heading: str, opening: str = "您提出的提案收悉。现答复如下：") -> Published:
    return read(f"{heading}\n钱多多委员：\n{opening}\n已办。\n东江区园林局\n2024年5月8日")


@pytest.mark.parametrize(
    ("heading", "session", "number"),
    [
        ("对区十届政协二次会议《关于甲的提案》 第50号提案的答复", "区十届政协二次会议", "50"),
        ("关于省十三届人大二次会议第517号代表建议答复的函", "省十三届人大二次会议", "517"),
        ("东江市水利局关于市政协六届二次会议第2024077号提案答复的函", "市政协六届二次会议", "2024077"),
        ("关于政协东江区十届二次会议第103056号提案答复的函", "政协东江区十届二次会议", "103056"),
        ("关于政协第十四届全国委员会第三次会议第01733号提案答复的函", "政协第十四届全国委员会第三次会议", "01733"),
        ("对十四届全国人大三次会议第7311号建议的答复", "十四届全国人大三次会议", "7311"),
        ("关于市十六届人大六次会议第236号建议的答复", "市十六届人大六次会议", "236"),
        ("关于省十四届人大二次会议“145号”建议的会办意见", "省十四届人大二次会议", "145"),
        ("关于市政协 15 届 3 次会议第 7 号提案的回复", "市政协15届3次会议", "7"),
        ("关于市人大闭会期间第5号建议的答复", "市人大闭会期间", "5"),
        ("关于区十届政协二次会议提案（编号：HG-202000415）的答复", "区十届政协二次会议", "HG-202000415"),
        ("关于县政协九届一次会议第五十六号提案的答复", "县政协九届一次会议", "五十六"),
        ("关于县政协九届一次会议平时第3号提案的答复", "县政协九届一次会议", "3"),
    ],
)
def test_headings_of_many_offices(heading, session, number):
    published = headed(heading)
    assert published.title.value == heading
    assert published.session.value == session
    assert published.number.value == number


def test_numbers_and_titles_may_stand_below_the_heading():
    published = headed(
        "关于钱多多委员提案的答复", "您在市政协五届四次会议上提出的《关于乙的提案》（第0031号）收悉，现答复如下："
    )
    assert (published.session.value, published.number.value) == ("市政协五届四次会议", "0031")
    assert published.subject.value == "关于乙的提案"


def test_a_label_gives_the_number_where_the_heading_does_not():
    published = read("关于《关于丙的建议》的答复\n建议编号：第0123号\n钱多多代表：\n建议收悉，现答复如下：\n已办。")
    assert published.number.value == "0123"
    assert published.kind.value is ProposalKind.SUGGESTION


def test_a_number_that_lost_a_sign_is_marked():
    published = headed("关于区政协十届二次会议第50提案的答复")
    assert published.number.value is None
    assert published.number.text == "第50"
