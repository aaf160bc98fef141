"""Whom a published reply greets, who signed it, and whom to call."""

from __future__ import annotations

import pytest
from published_letter import letter, read

from models.published_text import Place
from models.vocabulary import ProposerKind


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        (
            "联系单位：绿化科    联系人：柯 某\n联系电话：88001234          邮  编：350001",
            ("绿化科", "柯某", "88001234", "350001"),
        ),
        ("（联系人及电话：苏某  电话：0599-6600221", (None, "苏某", "0599-6600221", None)),
        ("（联系人及电话：苏某 0599—6600221）", (None, "苏某", "0599—6600221", None)),
        ("联系单位及电话：绿化科，（0599）6600123", ("绿化科", None, "（0599）6600123", None)),
        ("承办单位\t绿化科\t承办人\t柯某\t联系电话\t6600123", ("绿化科", "柯某", "6600123", None)),
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


def test_the_proposers_named_in_the_pages_index_are_not_greeted():
    published = letter(above="领衔代表：周甲\n提案委员：\n人大代表：\n周甲委员：3 次")
    assert [each.name for each in published.addressees.value] == ["钱多多"]


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
