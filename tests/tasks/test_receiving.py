"""Receipt in a transaction: sessions found, numbers given, nothing received twice."""

import pytest
from builders import CONFERENCE, OFFICE, day, proposed
from desk import Desk
from hypothesis import given
from hypothesis import strategies as st

from models import actions as a
from models import tables as t
from models.vocabulary import ProposalKind
from tasks.receiving import number_key


@pytest.fixture
def desk(office) -> Desk:
    return Desk(office)


@pytest.mark.parametrize(
    "spelling", ["云岭市政协六届二次会议", "云岭市政协第六届委员会第二次会议", "政协云岭市第六届委员会第二次会议"]
)
def test_a_session_is_found_in_any_usual_spelling(desk, spelling):
    desk.do(day(1, 21), proposed(session=spelling))
    assert desk.case().session == CONFERENCE


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"session": "云岭市政协六届九次会议"}, "没有登记“云岭市政协六届九次会议”这一届次。是不是：云岭市政协六届二次会议"),
        ({"session": "qqq"}, "没有登记“qqq”这一届次。新届次请先用 banli sessions load 登记。"),
        ({"proposal_kind": "人大代表建议", "session": CONFERENCE}, "人大代表建议不属于云岭市政协六届二次会议。"),
    ],
)  # fmt: skip
def test_what_cannot_be_received(desk, given, said):
    assert desk.refusal(day(1, 21), proposed(**given)).startswith(said)
    assert desk.rows(t.CaseRow) == []


def test_a_number_is_received_once_in_its_session(desk):
    desk.do(day(1, 21), proposed("0001"), proposed("0001", proposal_kind=ProposalKind.SUGGESTION))
    for again in ("0001", "第0001号", "０００１"):
        said = desk.refusal(day(1, 22), proposed(again))
        assert said == "云岭市政协六届二次会议第0001号已经收过。请核对号码；内容不同的两件不能同号。"
    desk.do(day(4, 1), proposed("0001", in_recess=True, submitted_on=day(4, 1)))


def test_without_a_number_the_next_of_the_series_is_given(desk):
    outcomes = desk.do(day(1, 21), proposed("00041"), proposed(""), proposed("", in_recess=True), proposed(""))
    assert [one.case for one in outcomes] == [
        "00041", f"{CONFERENCE}/00042", f"{CONFERENCE}闭会/1", f"{CONFERENCE}/00043",
    ]  # fmt: skip
    assert desk.do(day(1, 22), proposed(""))[0].case == f"{CONFERENCE}/00044"


def test_proposers_texts_and_asks_are_kept_in_order(desk):
    desk.do(
        day(1, 21),
        proposed("0001", "甲某", "乙某", "丙某", asks=["增设", "扩建"], suggested_agencies=["民政局"], category="民生"),
    )
    assert [(one.no, one.name, one.is_lead) for one in desk.case().proposers] == [
        (1, "甲某", True), (2, "乙某", False), (3, "丙某", False),
    ]  # fmt: skip
    text = desk.rows(t.ProposalTextRow)[0]
    assert (text.asks, text.suggested_agencies) == (["增设", "扩建"], ["民政局"])
    assert desk.rows(t.CaseRow)[0].category == "民生"
    assert {row.recipient for row in desk.rows(t.NoticeRow)} == {f"提案人:{desk.case().id}.{n}" for n in (1, 2, 3)}


def test_who_left_no_address_has_no_row_of_contact_data(desk):
    desk.do(
        day(1, 21),
        proposed(
            proposers=[{"name": "甲某", "kind": "委员"}, {"name": "乙某", "kind": "委员", "email": "y@example.invalid"}]
        ),
    )
    assert [(row.no, row.email) for row in desk.rows(t.ProposerContactRow)] == [(2, "y@example.invalid")]


def test_a_thousand_at_once_get_their_own_rows(desk):
    outcomes = desk.do(day(1, 21), *(proposed(f"{n:05}", f"甲{n}") for n in range(1, 1001)))
    assert len({one.receipt for one in outcomes}) == 1000
    assert [row.name for row in desk.rows(t.ProposerRow)] == [f"甲{n}" for n in range(1, 1001)]
    assert [row.number for row in desk.rows(t.CaseRow)] == [f"{n:05}" for n in range(1, 1001)]


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=8))
def test_numbers_sort_as_people_sort_them(numbers):
    assert sorted(map(str, numbers), key=number_key) == [str(n) for n in sorted(numbers)]


def test_the_office_is_the_one_who_receives(desk):
    desk.do(day(1, 21), proposed(by=OFFICE))
    entry = desk.rows(t.HistoryRow)[0]
    assert (entry.action, entry.name, entry.from_stage, entry.payload["proposers"]) == (
        "收件", "督办科王敏", None, [{"name": "张某某", "kind": "委员"}],
    )  # fmt: skip
    assert isinstance(a.SYSTEM, a.Actor)
