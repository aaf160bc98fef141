from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from models.errors import InputError
from models.values.case import Proposer
from models.vocabulary import PromiseStatus, ProposalKind, ProposerKind, PublicationMode, Satisfaction
from notifications.case_page import case_page, letter_html
from notifications.feeds import atom, json_feed, open_data_csv, open_data_json, open_data_rows, sitemap
from notifications.letters import compose, full_text
from notifications.listings import home_page, list_pages, search_page
from notifications.pages import (
    Office,
    PublicPromise,
    SiteCase,
    TimelineRow,
    case_slug,
    check_case,
    entry,
    shown_lines,
)
from notifications.readback import difference, text_of_page
from notifications.search_index import items_file, meta_file, pairs, shard_files, words_of

OFFICE = Office("云州市人民政府办公室", phone="0576-88551234")
BASE = "https://jyta.yunzhou.example/"
BUILT_AT = datetime(2026, 8, 3, 1, 30, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>&amp;\"'</article>\u202e反\u200f😀𠮷\x00\x0b]]>{{ 7*7 }}"
ATOM = "{http://www.w3.org/2005/Atom}"


def letter(text="您提出的提案收悉，现答复如下：\n我局已新增泊位1260个。\n一、摸清底数。逐一排查。", **changed):
    facts = {
        "titles": dict.fromkeys(ProposalKind, "{agency}关于{session}第{number}号{kind}答复的函"),
        "kind": ProposalKind.PROPOSAL,
        "session": "云州市政协六届二次会议",
        "number": "0042",
        "subject": "关于加强停车位建设的提案",
        "agency": "云州市公安局",
        "proposers": [Proposer(1, "周一青", ProposerKind.MEMBER, is_lead=True)],
        "letter_on": date(2026, 7, 5),
        "result_class": "B",
        "document_number": "云公函〔2026〕12号",
    }
    return compose(text=text, **(facts | changed))


def case(**changed):
    base = SiteCase(
        ref="云州市政协六届二次会议/0042",
        slug="0042-a",
        place=42,
        session="云州市政协六届二次会议",
        kind=ProposalKind.PROPOSAL,
        number="0042",
        title="关于加强停车位建设的提案",
        agency="云州市公安局",
        mode=PublicationMode.FULL,
        published_on=date(2026, 7, 20),
        letter=letter(),
        co_handlers=("云州市财政局",),
        proposers=("周一青",),
        result_class="B",
        class_meaning="正在解决或者列入计划逐步解决",
        class_scheme="市政协提案分类",
        document_number="云公函〔2026〕12号",
        letter_on=date(2026, 7, 5),
        proposal_text="泊位不足。\n建议统筹规划。",
        timeline=(TimelineRow(date(2026, 3, 1), "审查立案"), TimelineRow(date(2026, 7, 5), "书面答复")),
        promises=(PublicPromise("新建停车楼", date(2026, 12, 31), PromiseStatus.OPEN, "资金到位后"),),
        satisfaction=Satisfaction.MOSTLY,
        index_number="331000-202607-000042",
        topic="公安",
    )
    return replace(base, **changed)


def page(one):
    return case_page(one, office=OFFICE, base_url=BASE)


class Scripts(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.scripts = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append(dict(attrs))


def test_the_case_page(snapshot):
    assert page(case()) == snapshot


def test_the_home_page(snapshot):
    assert home_page([entry(case())], office=OFFICE, base_url=BASE).make() == snapshot


def test_the_letter_for_an_action_page(snapshot):
    assert letter_html(letter()) == snapshot


def test_the_page_gives_the_letter_back_character_by_character():
    one = case(letter=letter("一、a < b && c > d；\u3000\u00a0\tx  y\n&amp;lt; \u202e反\u200f 😀𠮷\n1.空 格 "))
    assert text_of_page(page(one)) == full_text(one.letter)


@given(st.text(st.characters(), max_size=120), st.text(max_size=20))
def test_any_text_comes_back(text, agency):
    one = letter(text, agency=agency)
    assert text_of_page(letter_html(one)) == full_text(one)


def test_hostile_text_stays_text_everywhere():
    one = case(
        title=HOSTILE, agency=HOSTILE, session=HOSTILE, number=HOSTILE, proposers=(HOSTILE,), co_handlers=(HOSTILE,),
        topic=HOSTILE, class_meaning=HOSTILE, class_scheme=HOSTILE, proposal_text=HOSTILE, reason=HOSTILE,
        document_number=HOSTILE, index_number=HOSTILE, corrected_on=date(2026, 8, 1), correction_note=HOSTILE,
        letter=letter(HOSTILE, agency=HOSTILE), timeline=(TimelineRow(date(2026, 3, 1), HOSTILE),),
        promises=(PublicPromise(HOSTILE, None, PromiseStatus.BROKEN, HOSTILE),),
    )  # fmt: skip
    item = entry(one)
    lists = [one.make() for one in list_pages([item], office=OFFICE)]
    for html in (
        page(one),
        *lists,
        home_page([item], office=OFFICE, base_url=BASE).make(),
        search_page([item], office=OFFICE).make(),
    ):
        seen = Scripts()
        seen.feed(html)
        assert all(script.get("src") or script.get("type") == "application/ld+json" for script in seen.scripts)
        assert "<script>alert" not in html
        assert "49" not in html.replace("2026", "")
        assert "\x00" not in html
    assert "\u202e" not in page(one).partition("</head>")[0]
    assert text_of_page(page(one)) == full_text(one.letter)
    etree.fromstring(atom([item], office=OFFICE, base_url=BASE, built_at=BUILT_AT).encode())
    etree.fromstring(sitemap([item], base_url=BASE).encode())


def test_facts_for_machines_are_json():
    html = page(case(title=HOSTILE))
    data = html.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    facts = json.loads(data)
    assert facts["datePublished"] == "2026-07-20"
    assert facts["dateCreated"] == "2026-07-05"
    assert facts["about"].startswith("<script>")


def test_nothing_is_asked_of_another_host():
    for html in (page(case()), home_page([entry(case())], office=OFFICE, base_url=BASE).make()):
        seen = Scripts()
        seen.feed(html)
        loaded = [attrs.get("src") or "" for tag, attrs in seen.tags if tag in {"script", "img", "iframe"}]
        linked = [attrs["href"] for tag, attrs in seen.tags if tag == "link" and attrs["rel"] != "canonical"]
        assert loaded
        assert not [address for address in (*loaded, *linked) if "//" in address]


@pytest.mark.parametrize(
    ("changed", "shown", "hidden"),
    [
        (
            {"mode": PublicationMode.SUMMARY, "summary": "已采纳。", "reason": "商业秘密"},
            "只公开摘要的理由",
            "新增泊位",
        ),
        ({"mode": PublicationMode.NONE, "reason": "涉及国家秘密"}, "这件答复不予公开", "新增泊位"),
        ({"taken_down_on": date(2026, 8, 1), "taken_down_note": "内容有误"}, "2026年8月1日撤回", "新增泊位"),
        ({"taken_down_on": date(2026, 8, 1)}, "撤回", "泊位不足"),
    ],
)
def test_what_is_not_public_is_nowhere_on_the_site(changed, shown, hidden):
    one = case(**changed)
    item = entry(one)
    elsewhere = [text for part in words_of(one).groups for _, text in shard_files([(1, part)], 0, 1)]
    elsewhere += [meta_file([item], 1), items_file(0, [item])]
    elsewhere += [json_feed([item], office=OFFICE, base_url=BASE, built_at=BUILT_AT)]
    elsewhere += [open_data_json(open_data_rows([item], base_url=BASE), office=OFFICE, base_url=BASE)]
    assert shown in page(one)
    assert not [text for text in (page(one), *elsewhere) if hidden in text]


def test_a_summary_is_read_back_like_a_letter():
    one = case(mode=PublicationMode.SUMMARY, letter=None, summary="第一段。\n\n 第二段<b>。")
    assert text_of_page(page(one)) == "\n".join(shown_lines(one)) == "第一段。\n第二段<b>。"


def test_a_page_without_reply_has_none_to_read_back():
    assert text_of_page(page(case(mode=PublicationMode.NONE, letter=None))) is None


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"slug": "../etc"}, "不能用作文件名"),
        ({"letter": None}, "没有答复全文"),
        ({"mode": PublicationMode.SUMMARY, "summary": "  "}, "没有摘要"),
    ],
)
def test_what_cannot_be_shown_is_refused(changed, what):
    with pytest.raises(InputError, match=what):
        check_case(case(**changed))


def test_slugs_are_file_names_that_differ():
    slugs = {case_slug(ref, ref.rpartition("/")[2]) for ref in ("甲/1", "乙/1", "甲/01", "甲/..", "甲/甲乙", "甲/a b")}
    assert len(slugs) == 6
    for slug in slugs:
        check_case(case(slug=slug))


@pytest.mark.parametrize(
    ("expected", "got", "said"),
    [
        ("一二\n三四", "一二\n三四", None),
        ("一二\n三四", "一二\n三五", "第2行第2个字：应为“四”（U+56DB"),
        ("一二", "一", "第1行第2个字：应为“二”"),
        ("一", "一二", "应为（已结束），页面上是“二”"),
        ("a b", "a\u00a0b", "U+00A0"),
    ],
)
def test_a_difference_is_named_by_its_place(expected, got, said):
    found = difference(expected, got)
    assert (found is None) if said is None else (found is not None and said in found)


def test_the_same_letter_of_two_schemes_is_never_added():
    items = [entry(case()), entry(case(slug="b", class_scheme="省人大分类", class_meaning="列入规划"))]
    home = home_page(items, office=OFFICE, base_url=BASE).make()
    assert home.count("B类（市政协提案分类）") == home.count("B类（省人大分类）") == 1


def test_long_lists_are_cut_into_pages():
    items = [entry(case(slug=f"c{no}")) for no in range(250)]
    made = {one.name: one.make() for one in list_pages(items, office=OFFICE)}
    assert {"all/index.html", "all/index-p2.html", "all/index-p3.html"} <= made.keys()
    assert sum(made[name].count("entry-title") for name in made if name.startswith("all/")) == 250


def test_the_feeds_are_valid_and_newest_first():
    items = [entry(case()), entry(case(slug="b", published_on=date(2026, 7, 1)))]
    feed = etree.fromstring(atom(items, office=OFFICE, base_url=BASE, built_at=BUILT_AT).encode())
    assert [feed.findtext(f"{ATOM}{name}") for name in ("id", "title")] == [BASE, "建议提案办理公开"]
    assert feed.findtext(f"{ATOM}updated") == "2026-07-20T00:00:00+08:00"
    for each in feed.findall(f"{ATOM}entry"):
        assert all(each.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated", "summary"))
    listed = json.loads(json_feed(items, office=OFFICE, base_url=BASE, built_at=BUILT_AT))["items"]
    assert [item["id"] for item in listed] == [f"{BASE}cases/0042-a.html", f"{BASE}cases/b.html"]


def test_open_data_opens_in_a_spreadsheet_without_running_anything():
    items = [entry(case(title="=HYPERLINK(1)", number="0042", proposers=("@甲",)))]
    sheet = open_data_csv(open_data_rows(items, base_url=BASE))
    assert sheet.startswith("\ufeff届次会议,")
    row = next(csv.DictReader(io.StringIO(sheet.removeprefix("\ufeff"))))
    assert (row["案由"], row["提案人"], row["编号"]) == ("'=HYPERLINK(1)", "'@甲", "0042")
    assert (row["成文日期"], row["发布日期"]) == ("2026-07-05", "2026-07-20")


def test_words_of_two_characters():
    assert pairs("停车位，ＡＢ\n第0042号") == {"停车", "车位", "ab", "第0", "00", "04", "42", "2号"}
