from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InputError, PolicyError
from models.pack_checks import HEADING_WORDS
from models.values.case import Proposer
from models.vocabulary import ProposalKind, ProposerKind
from notifications import letters
from notifications.letters import (
    check_pattern,
    clean,
    compose,
    full_text,
    heading,
    lines,
    opening,
    paragraphs_of,
    salutation,
    text_sha256,
)

TITLES = {
    ProposalKind.PROPOSAL: "{agency}关于{session}第{number}号{kind}答复的函",
    ProposalKind.SUGGESTION: "对{session}第{number}号{kind}的答复",
}


def people(*names, kind=ProposerKind.MEMBER):
    return [Proposer(no, name, kind, no == 1) for no, name in enumerate(names, 1)]


def letter(**changed):
    facts = {
        "titles": TITLES,
        "kind": ProposalKind.PROPOSAL,
        "session": "云州市政协六届二次会议",
        "number": "0042",
        "subject": "关于加强社区服务的提案",
        "agency": "云州市民政局",
        "proposers": people("周一青", "郑浦生"),
        "text": "　　你们提出的提案收悉，现答复如下：\r\n\r\n  一、加强自治。一是规范公约。\n（一）推进协商\n感谢你们的支持。",
        "letter_on": date(2026, 7, 5),
        "result_class": "B",
        "document_number": "云民函〔2026〕12号",
        "contact_unit": "基层政权科",
        "contact_person": "林科",
        "contact_phone": "0576-88550012",
        "copies": ["市政协提案委员会", "市政府督查室"],
        "attachments": ["办理情况征询意见表", "当面答复记录"],
    }
    return compose(**(facts | changed))


def test_the_whole_letter(snapshot):
    assert full_text(letter()) == snapshot


def test_a_letter_with_only_what_it_must_have(snapshot):
    bare = {"document_number": None, "contact_unit": "", "contact_person": None, "contact_phone": None}
    text = full_text(letter(result_class=None, copies=[], attachments=["征询意见表"], letter_on=None, **bare))
    assert text == snapshot


def test_a_recess_item_says_so():
    made = letter(kind=ProposalKind.SUGGESTION, session="云州市十六届人大五次会议", in_recess=True)
    assert made.title == "对云州市十六届人大五次会议闭会期间第0042号建议的答复"


@pytest.mark.parametrize(
    ("proposers", "said"),
    [
        (people("王某某"), "王某某委员："),
        (people("吴某", kind=ProposerKind.DEPUTY), "吴某代表："),
        (people("甲某", "乙某", "丙某", "丁某"), "甲某、乙某、丙某、丁某委员："),
        (people("甲某", "乙某", "丙某", "丁某", "戊某"), "甲某、乙某、丙某、丁某、戊某等5位委员："),
        (people("云州市总工会", kind=ProposerKind.ORGANISATION), "云州市总工会："),
        ([*people("云州市总工会", kind=ProposerKind.PARTY), *people("甲某")], "甲某委员、云州市总工会："),
    ],
)
def test_everybody_is_greeted_by_office_or_name(proposers, said):
    assert salutation(proposers) == said


def test_nobody_to_greet_is_refused():
    with pytest.raises(InputError, match="没有收信的提案人"):
        salutation([])


@pytest.mark.parametrize("pattern", ["{agncy}的函", "{number:>5}", "{number!r}", "{", "{}", "{agency.name}", "  "])
def test_a_wrong_title_pattern_is_refused_where_it_stands(pattern):
    with pytest.raises(PolicyError, match=r"yunzhou\.toml"):
        check_pattern(pattern, "yunzhou.toml titles.reply")


def test_right_patterns_pass():
    for pattern in (*TITLES.values(), "关于《{subject}》的答复", "答复函"):
        check_pattern(pattern, "here")


def test_a_kind_without_pattern_is_refused():
    with pytest.raises(PolicyError, match="建议案"):
        letter(kind=ProposalKind.RECOMMENDATION)


@pytest.mark.parametrize(
    ("paragraph", "level", "head", "rest"),
    [
        ("一、加强自治。一是规范。", 1, "一、加强自治。", "一是规范。"),
        ("十二、下一步", 1, "十二、下一步", ""),
        ("（二）推进协商", 2, "（二）推进协商", ""),
        ("1.完善制度。抓落实。", 3, "1.完善制度。", "抓落实。"),
        ("（3）督查", 4, "（3）督查", ""),
        ("1.5亿元已到位", 0, "", "1.5亿元已到位"),
        ("一是规范公约。", 0, "", "一是规范公约。"),
        ("一、" + "长" * 80 + "。", 0, "", "一、" + "长" * 80 + "。"),
    ],
)
def test_headings_are_told_from_text(paragraph, level, head, rest):
    part = opening(paragraph)
    assert (part.level, part.heading, part.rest) == (level, head, rest)


@given(st.text())
def test_nothing_is_lost_between_heading_and_rest(text):
    for paragraph in paragraphs_of(text):
        part = opening(paragraph)
        assert (part.heading + part.rest) == paragraph


@given(st.text(st.characters(), max_size=200))
def test_clean_text_can_be_stored_and_stays_clean(text):
    once = clean(text)
    once.encode()
    assert clean(once) == once
    assert not set(once) & {"\x00", "\r", "\x0b", "\x85", "\ufffe"}


def test_rare_characters_emoji_and_direction_marks_are_the_authors():
    assert clean("𠮷野\U0002a6d6😀\u200f") == "𠮷野\U0002a6d6😀\u200f"


def test_the_hash_covers_every_printed_line():
    before = text_sha256(letter())
    for changed in (
        {"document_number": "云民函〔2026〕13号"},
        {"text": "另一段。"},
        {"letter_on": date(2026, 7, 6)},
        {"contact_phone": "0576-88550013"},
        {"copies": []},
        {"result_class": "A"},
    ):
        assert text_sha256(letter(**changed)) != before
    assert text_sha256(letter()) == before


def test_the_reading_order_of_roles():
    roles = [line.role for line in lines(letter())]
    assert roles[:4] == ["class", "document-number", "title", "salutation"]
    assert roles[-4:] == ["agency", "date", "contact", "copies"]


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_the_short_way_to_a_clean_text_gives_what_the_long_way_gives(text):
    assert clean(text) == letters._REFUSED.sub("", letters._LINE_BREAKS.sub("\n", text))


def test_every_word_a_pack_may_use_in_a_title_can_be_filled_in():
    said = {"agency": "云岭市民政局", "session": "六届二次会议", "number": "0001", "subject": "某事"}
    for word in HEADING_WORDS:
        made = heading(f"答复{{{word}}}的函", kind=ProposalKind.PROPOSAL, **said)
        assert "{" not in made
        assert made != "答复的函"
    assert heading("{organ}的函", kind=ProposalKind.PROPOSAL, **said) == "云岭市民政局的函"
