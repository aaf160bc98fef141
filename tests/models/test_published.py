"""Reply pages in the shapes offices publish them, all fictional; tests/published/ holds the pages and what they say."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.published import Published, as_json, read_published
from models.published_dates import chinese_number, read_date
from models.published_text import Found, Place
from models.vocabulary import ProposalKind, ProposerKind
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


def read(text: str, **meta: str) -> Published:
    return read_published(list(enumerate(text.strip("\n").split("\n"), 1)), meta)


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
        "2023531",
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


LETTER = """
关于区政协八届五次会议第104号提案的答复
{above}
钱多多委员：
您提出的《关于建设口袋公园的提案》收悉。现答复如下：
已建成。
{contact}
东江区园林局
{dated}
{below}
"""


def letter(above="", contact="", dated="2024年5月8日", below="", **meta) -> Published:
    return read(LETTER.format(above=above, contact=contact, dated=dated, below=below), **meta)


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
    ("contact", "said"),
    [
        (
            "联系单位：绿化科    联系人：金 某\n联系电话：88698287          邮  编：318000",
            ("绿化科", "金某", "88698287", "318000"),
        ),
        ("（联系人及电话：敖某  电话：0871-6720221", (None, "敖某", "0871-6720221", None)),
        ("（联系人及电话：敖某 0871—6720221）", (None, "敖某", "0871—6720221", None)),
        ("联系单位及电话：绿化科，（0599）6600123", ("绿化科", None, "（0599）6600123", None)),
        ("承办单位\t绿化科\t承办人\t金某\t联系电话\t6600123", ("绿化科", "金某", "6600123", None)),
        ("联系人：\n联系电话：6600123；地址：东江路1号", (None, None, "6600123", None)),
        ("联系电话：6600123\n联系电话：6600999", (None, None, "6600123", None)),
    ],
)
def test_contacts_are_read_part_by_part(contact, said):
    contacts = letter(contact=contact).contacts.value
    parts = (contacts.unit, contacts.person, contacts.phone, contacts.postcode)
    assert tuple(part and part.value for part in parts) == said
    assert "联系" not in letter(contact=contact).body.value


def test_a_contact_cut_short_is_marked():
    contacts = letter(contact="电话：05  邮编：3500").contacts
    assert contacts.value.phone.value is None
    assert contacts.value.postcode.value is None
    assert "电话号码残缺" in contacts.damaged
    assert "邮政编码残缺" in contacts.damaged


def test_the_sites_own_telephone_is_no_contact():
    assert letter(below="主办单位：东江区政府 联系电话：0599-9990000").contacts is None
    assert letter(contact="联系人：").contacts is None


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


def headed(heading: str, opening: str = "您提出的提案收悉。现答复如下：") -> Published:
    return read(f"{heading}\n钱多多委员：\n{opening}\n已办。\n东江区园林局\n2024年5月8日")


@pytest.mark.parametrize(
    ("heading", "session", "number"),
    [
        ("对区十届政协二次会议《关于甲的提案》 第50号提案的答复", "区十届政协二次会议", "50"),
        ("关于省十三届人大二次会议第684号代表建议答复的函", "省十三届人大二次会议", "684"),
        ("东江市水利局关于市政协六届二次会议第2023128号提案答复的函", "市政协六届二次会议", "2023128"),
        ("关于政协东江区十届二次会议第102114号提案答复的函", "政协东江区十届二次会议", "102114"),
        ("关于政协第十四届全国委员会第三次会议第01819号提案答复的函", "政协第十四届全国委员会第三次会议", "01819"),
        ("对十四届全国人大三次会议第7409号建议的答复", "十四届全国人大三次会议", "7409"),
        ("关于市十六届人大六次会议第248号建议的答复", "市十六届人大六次会议", "248"),
        ("关于省十四届人大二次会议“145号”建议的会办意见", "省十四届人大二次会议", "145"),
        ("关于市政协 15 届 3 次会议第 7 号提案的回复", "市政协15届3次会议", "7"),
        ("关于市人大闭会期间第5号建议的答复", "市人大闭会期间", "5"),
        ("关于区十届政协二次会议提案（编号：HG-201901287）的答复", "区十届政协二次会议", "HG-201901287"),
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


@pytest.mark.parametrize(
    ("greeting", "names", "damaged"),
    [
        ("尊敬的钱多多委员：", "钱多多", False),
        ("周甲、郑乙、李丙等3位委员：", "周甲 郑乙 李丙", False),
        ("周甲、郑乙等五位委员：", "周甲 郑乙", True),
        ("周甲等委员：", "周甲", True),
        ("李  明、王 小二委员：", "李明 王小二", False),
        ("周甲委员、郑乙委员：", "周甲 郑乙", False),
        ("周甲委员 郑乙委员：", "周甲 郑乙", False),
        ("区小明委员：", "区小明", False),
        ("周甲(领衔)、郑乙代表：", "周甲 郑乙", False),
        ("买买提·甲委员：", "买买提·甲", False),
        ("钱多多、\n周甲委员：", "钱多多 周甲", False),
        ("周甲委员：\n郑乙委员：", "周甲 郑乙", False),
        ("周甲委员：您好！", "周甲", False),
        ("民盟某市委：", "民盟某市委", False),
        ("市工商联、周甲委员：", "市工商联 周甲", False),
    ],
)
def test_salutations(greeting, names, damaged):
    text = f"关于区政协八届五次会议第104号提案的答复\n{greeting}\n您提出的提案收悉。现答复如下：\n已办。\n"
    addressees = read(text).addressees
    assert " ".join(each.name for each in addressees.value) == names
    assert bool(addressees.damaged) == damaged
    assert addressees.text == greeting.removesuffix("您好！")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("民建某市委", ProposerKind.PARTY),
        ("团市委", ProposerKind.ORGANISATION),
        ("社会福利界", ProposerKind.SECTOR),
        ("第三代表团", ProposerKind.DELEGATION),
        ("市政协提案委员会", ProposerKind.COMMITTEE),
        ("政协某某区委员会", ProposerKind.CPPCC),
        ("省农业农村厅", None),
    ],
)
def test_organisations_greeted(name, kind):
    text = f"关于区政协八届五次会议第104号提案的答复\n{name}：\n你们提出的提案收悉。现答复如下：\n已办。\n"
    (addressee,) = read(text).addressees.value
    assert (addressee.name, addressee.honorific, addressee.kind) == (name, "", kind)


def test_the_unit_that_signed_is_the_agency_and_the_page_completes_its_name():
    head = "欢迎访问东江省水利厅官网\n关于省政协八届五次会议第104号提案的答复\n来源：信息中心\n"
    published = read(f"{head}钱多多委员：\n您提出的提案收悉，现答复如下：\n已办。\n省水利厅\n2024年5月8日\n")
    assert published.agency.value == "省水利厅"
    assert published.agency_full.value == "东江省水利厅"


def test_two_full_names_complete_nothing():
    head = "东江省水利厅\n西江省水利厅\n关于省政协八届五次会议第104号提案的答复\n"
    published = read(f"{head}钱多多委员：\n您提出的提案收悉，现答复如下：\n已办。\n省水利厅\n2024年5月8日\n")
    assert published.agency_full is None


@pytest.mark.parametrize(
    ("above", "meta", "agency"),
    [
        ("东江市水利局关于市政协八届五次会议第104号提案的答复", {}, "东江市水利局"),
        ("关于市政协八届五次会议第104号提案的答复\n发布机构：东江市水利局", {}, "东江市水利局"),
        ("关于市政协八届五次会议第104号提案的答复", {"ContentSource": "东江市水利局"}, "东江市水利局"),
        ("关于市政协八届五次会议第104号提案的答复\n来源：作者：点击：", {}, None),
    ],
)
def test_without_a_signature_the_page_may_name_the_agency(above, meta, agency):
    published = read(f"{above}\n钱多多委员：\n您提出的提案收悉，现答复如下：\n已经办理完毕。\n", **meta)
    assert (published.agency.value if published.agency else None) == agency


def test_a_meta_tag_can_complete_the_agency():
    assert letter(SiteName="东江市东江区园林局").agency_full.place == Place(0, 1, "SiteName")


def test_the_body_is_the_letter_as_printed_without_the_site():
    published = letter(
        above="【字体：大 中 小】 打印", contact="\u3000\u3000谢谢\u00a0您！\n打印 关闭\n", below="上一篇：无\n版权所有"
    )
    assert published.body.value == "您提出的《关于建设口袋公园的提案》收悉。现答复如下：\n已建成。\n谢谢 您！"


def test_a_page_without_a_letter_says_nothing():
    published = read("首页\n今天天气好。\n欢迎再来。")
    assert all(getattr(published, name) is None for name in SINGLE)


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


@pytest.mark.parametrize(
    ("words", "number"), [("十", 10), ("二十", 20), ("三十一", 31), ("九", 9), ("12", 12), ("", 0), ("一二", 0)]
)
def test_numbers_in_words(words, number):
    assert chinese_number(words) == number


def test_no_date_is_no_date():
    assert read_date("没有日期") is None
