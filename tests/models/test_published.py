"""Reply pages in the shapes offices publish them, all fictional; tests/published/ holds the pages and what they say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from published_letter import letter, read

from models.published import Published, as_json, read_published
from models.published_text import Found
from models.vocabulary import ProposalKind
from tasks.documents import read_document

PAGES = Path(__file__).parents[1] / "published"
EXPECTED = json.loads((PAGES / "expected.json").read_text(encoding="utf-8"))
NARROW = str.maketrans("，：；（）！？", ",:;()!?")
SINGLE = [
    "kind",
    "session",
    "number",
    "title",
    "subject",
    "addressees",
    "agency",
    "agency_full",
    "result_class",
    "contacts",
    "document_number",
    "letter_on",
    "published_on",
    "body",
    "asks",
]


def told(field: dict | None, name: str) -> object:
    value = field["value"]
    if name == "addressees" and value:
        parts = [[each["name"], each["honorific"], "领衔" if each["lead"] else ""] for each in value]
        value = " ".join("/".join(filter(None, each)) for each in parts)
    if name == "asks":
        value = [ask["title"] for ask in value]
    if name == "contacts":
        value = {key: words for key, words in value.items() if words}
    return {"value": value, "damaged": field["damaged"]} if "damaged" in field else value


@pytest.mark.parametrize("name", EXPECTED)
def test_a_page_says_what_its_reader_would_say(name):
    document = read_document(PAGES / name)
    plain = as_json(read_published(document.numbered, document.meta))
    says = {key: told(plain[key], key) for key in SINGLE if plain[key] and key != "body"}
    expected = dict(EXPECTED[name])
    opens, closes = expected.pop("body")
    for key in ("numbers", "agencies"):
        if key in expected:
            assert [found["value"] for found in plain[key]] == expected.pop(key)
    assert says == expected
    paragraphs = plain["body"]["value"].split("\n")
    assert paragraphs[0].startswith(opens)
    assert paragraphs[-1].endswith(closes)


@pytest.mark.parametrize("name", EXPECTED)
def test_punctuation_of_either_width_reads_the_same(name):
    document = read_document(PAGES / name)
    wide = as_json(read_published(document.numbered, document.meta))
    narrow = as_json(read_published([(n, text.translate(NARROW)) for n, text in document.numbered], document.meta))
    assert json.dumps(narrow, ensure_ascii=False).translate(NARROW) == json.dumps(wide, ensure_ascii=False).translate(
        NARROW
    )


def all_found(published: Published) -> list[Found]:
    found = [getattr(published, name) for name in SINGLE]
    found += [*published.numbers, *published.agencies, *published.damages]
    if published.contacts:
        contacts = published.contacts.value
        found += [contacts.unit, contacts.person, contacts.phone, contacts.postcode]
    return [each for each in found if each]


def holds_what_it_points_to(lines: list[tuple[int, str]], meta: dict[str, str], published: Published) -> None:
    numbered = dict(lines)
    for each in all_found(published):
        if each.place.meta:
            assert meta[each.place.meta][each.place.column - 1 :].startswith(each.text)
            continue
        following = [
            text for number, text in lines if number >= each.place.line and re.sub(r"\s|\u200b|\ufeff", "", text)
        ]
        assert "\n".join(following)[each.place.column - 1 :].startswith(each.text)
    for ask in published.asks.value if published.asks else ():
        assert numbered[ask.line][ask.column - 1 :].startswith(ask.marker)


@pytest.mark.parametrize("name", EXPECTED)
def test_every_place_holds_the_words_found_there(name):
    document = read_document(PAGES / name)
    holds_what_it_points_to(document.numbered, document.meta, read_published(document.numbered, document.meta))


WORDS = st.sampled_from(
    [
        "关于",
        "对",
        "市政协六届二次会议",
        "十届人大次会议",
        "第12号",
        "第号",
        "提案",
        "建议案",
        "的答复",
        "答复的函",
        "《",
        "》",
        "“",
        "”",
        "：",
        "、",
        "，",
        "。",
        "（",
        "）",
        "张三",
        "李四",
        "委员",
        "代表",
        "等3位\n",
        "",
        "",
        "",
        "民盟",
        "某市委",
        "您提出的",
        "收悉",
        "现答复如下",
        "一、",
        "1、",
        "（一）",
        "一是",
        "建议如下",
        "联系人",
        "电话",
        "0599-1234567",
        "邮编",
        "350000",
        "邮",
        "编",
        "办复类别",
        "A类",
        "B",
        "东江市水利局\n",
        "",
        "",
        "",
        "2024年5月8日",
        "2022531",
        "二〇二四年五月八日",
        "2024-13-40",
        "发布时间",
        "时间",
        "来源",
        "打印",
        "关闭",
        "主办单位",
        "文号",
        "某函〔2024〕3号",
        "某函〔20243号",
        "〔",
        "附件",
        ">\n",
        "",
        "",
        "",
        "\u3000",
        "\xa0",
        "\t",
        "名称",
        "标题",
        "闭会期间",
        "编号",
        "HG-1",
        "（盖章）",
        "抄送",
        "印发",
    ]
)
LINES = st.lists(st.one_of(st.lists(WORDS, max_size=9).map("".join), st.text(max_size=30)), max_size=16)


@settings(max_examples=300, deadline=None)
@given(LINES, st.dictionaries(st.sampled_from(["PubDate", "ContentSource", "x"]), st.text(max_size=12), max_size=2))
@example(
    ["关于市政协六届二次会议", "第12号提案的答复", "张三、", "李四委员：您提出的", "2024年5月8日"],
    {"PubDate": " 20240508"},
)
def test_any_text_can_be_read_and_every_place_is_true(texts, meta):
    lines = [
        (number, re.sub(r"[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", "", text)) for number, text in enumerate(texts, 1)
    ]
    published = read_published(lines, meta)
    holds_what_it_points_to(lines, meta, published)
    json.dumps(as_json(published), ensure_ascii=False)


def test_the_body_is_the_letter_as_printed_without_the_site():
    published = letter(
        above="【字体：大 中 小】 打印", contact="\u3000\u3000谢谢\u00a0您！\n打印 关闭\n", below="上一篇：无\n版权所有"
    )
    assert published.body.value == "您提出的《关于建设口袋公园的提案》收悉。现答复如下：\n已建成。\n谢谢 您！"


def test_a_page_without_a_letter_says_nothing():
    published = read("首页\n今天天气好。\n欢迎再来。")
    assert all(getattr(published, name) is None for name in SINGLE)


def test_a_letter_that_breaks_off_is_read_as_far_as_it_goes():
    published = read("关于区政协八届五次会议第104号提案的答复\n钱多多委员：")
    assert published.addressees.value[0].name == "钱多多"
    assert (published.body, published.agency, published.letter_on) == (None, None, None)


def test_fifteen_asks_are_fifteen():
    titles = "".join(
        f"{'一二三四五'[(n - 1) // 3]}、第{n}节\n" * (n % 3 == 1) + f"  {n}、做好第{n}件事。要落实。\n"
        for n in range(1, 16)
    )
    published = read(
        f"关于“建设书香之城”的建议案\n时间：2018-03-08     来源：区政协办\n第一，书店少。一是店小。\n提出如下建议。\n{titles}关闭页面\n"
    )
    assert published.kind.value is ProposalKind.RECOMMENDATION
    assert published.number is None
    assert published.subject.value == "建设书香之城"
    assert [ask.number for ask in published.asks.value] == list(range(1, 16))
    assert published.asks.value[3].under == "二、第4节"
    assert as_json(published)["asks"]["value"][14]["title"] == "做好第15件事"
