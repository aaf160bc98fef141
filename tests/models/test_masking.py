from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.masking import is_bank_card, is_id_card, mask
from models.vocabulary import MaskKind

ALL = tuple(MaskKind)


def id_card(body: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(w * int(d) for w, d in zip(weights, body, strict=True)) % 11]


def bank_card(body: str) -> str:
    return next(body + str(check) for check in range(10) if luhn(body + str(check)))


def luhn(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value // 10 + value % 10
    return total % 10 == 0


@pytest.mark.parametrize(
    ("text", "shown", "kind"),
    [
        ("请拨打13800001234。", "请拨打138****1234。", MaskKind.MOBILE),
        ("手机138 0000 1234", "手机138****1234", MaskKind.MOBILE),
        ("手机+86-138-0000-1234", "手机138****1234", MaskKind.MOBILE),
        ("手机１３８００００１２３４", "手机138****1234", MaskKind.MOBILE),
        ("来信a.b-c@mail.example.cn，", "来信a***@mail.example.cn，", MaskKind.EMAIL),
        ("代表证号：YZ-002345。", "代表证号：****。", MaskKind.DEPUTY_CARD),
        ("委员证第00321号", "委员证第****号", MaskKind.DEPUTY_CARD),
        ("他家住云州市东湖区柳荫路5号3栋201室，", "他家住（住址略），", MaskKind.HOME_ADDRESS),
        ("家庭住址：云州市柳荫路5号。", "家庭住址：（住址略）。", MaskKind.HOME_ADDRESS),
        ("现场位于柳荫小区3栋2单元201室。", "现场位于柳荫小区（住址略）。", MaskKind.HOME_ADDRESS),
        ("患儿王小米（男，8岁）", "患儿王某（男，8岁）", MaskKind.PRIVATE_NAME),
        ("学生李明同学", "学生李某同学", MaskKind.PRIVATE_NAME),
    ],
)
def test_personal_data_are_hidden(text, shown, kind):
    masked = mask(text, ALL)
    assert masked.text == shown
    assert [span.kind for span in masked.spans] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "联系电话：0576-88550012",
        "热线（010）66001234、12345",
        "云民函〔2026〕12号，总投资13812345678901元",
        "索引号331000-202603-000001",
        "邮编318000，办公地点柳荫路5号行政中心",
        "提案第2023128号",
        "改造柳荫小区、东湖花园等36个小区",
        "保障患者安全，儿童高中阶段入学，学生张贴12张海报",
        "患者王某，女，35岁",
    ],
)
def test_what_belongs_to_the_office_stays(text):
    assert mask(text, ALL).text == text


@given(st.integers(100000, 999998), st.dates(), st.integers(0, 999))
def test_every_right_identity_number_is_hidden_and_a_wrong_check_digit_is_not(region, born, order):
    if not 1800 <= born.year < 2100:
        born = born.replace(year=1990, day=1)
    number = id_card(f"{region}{born:%Y%m%d}{order:03d}")
    assert is_id_card(number)
    masked = mask(f"身份证{number}。", [MaskKind.ID_CARD])
    assert masked.text == f"身份证{number[0]}{'*' * 16}{number[-1]}。"
    wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
    assert not is_id_card(wrong)


@given(st.integers(10**14, 4 * 10**14), st.sampled_from([3, 4, 5, 6]))
def test_every_card_number_is_hidden(body, first):
    number = bank_card(f"{first}{body}")
    assert is_bank_card(number)
    grouped = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    for written in (number, grouped):
        assert mask(f"卡号{written}", [MaskKind.BANK_CARD]).text == f"卡号****{number[-4:]}"


FRAGMENTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["13800001234", "0576-88550012", "家住东湖路3号，", "a@b.example", id_card("33100019900101123"), "第12号"]
    ),
)


@given(st.lists(FRAGMENTS, max_size=8).map("".join), st.sets(st.sampled_from(ALL)))
def test_spans_lead_back_to_the_original_and_never_overlap(text, kinds):
    masked = mask(text, kinds)
    rebuilt, end = "", 0
    for span in masked.spans:
        assert span.start >= end
        assert text[span.start : span.end] == span.original
        assert span.kind in kinds
        rebuilt += text[end : span.start] + span.shown
        end = span.end
    assert rebuilt + text[end:] == masked.text


@given(st.lists(FRAGMENTS, max_size=8).map("，".join))
def test_masking_again_changes_nothing(text):
    once = mask(text, ALL)
    assert mask(once.text, ALL).text == once.text


def test_only_what_is_asked_for_is_hidden():
    assert mask("13800001234 a@b.example", [MaskKind.EMAIL]).text == "13800001234 a***@b.example"
