"""Looking at the work: what waits for whom, one case, its dates."""

import pytest
from databases import say

from models.tables.case import CaseRow
from models.tables.fields import core

SESSION = "云溪市政协六届二次会议"


@pytest.fixture
def listed(banli, office):
    """The numbers `next` lists, in order."""

    def numbers(*options):
        return [item["number"] for item in banli("next", "--json", *options).document["items"]]

    return numbers


def test_the_nearest_deadline_comes_first_and_what_has_none_last(listed):
    assert listed() == ["0004", "0003", "0001", "0002"]


def test_next_says_who_holds_a_case_by_when_and_what_he_can_do(banli, office):
    first, second, third, _ = banli("next", "--json").document["items"]
    assert (first["case"], first["stage"], first["holders"]) == (f"{SESSION}/0004", "办理中", ["民政局", "财政局"])
    assert first["due"]["due_on"] == "2026-05-25"
    assert (first["due"]["is_late"], first["due"]["left_workdays"], first["due"]["light"]) == (True, -12, "红")
    assert first["actions"][0] == "起草"
    assert (second["held_by"], second["actions"][0]) == ("单位", "签收")
    assert (third["held_by"], third["holders"]) == ("督办", ["督办"])
    assert "立案" in third["actions"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--agency", "民政局"], ["0004"]),
        (["--agency", "财政局"], ["0004", "0003"]),
        (["--agency", "教育局"], []),
        (["--mine", "督办"], ["0001", "0002"]),
        (["--mine", "单位"], ["0004", "0003"]),
        (["--mine", "提案人"], []),
        (["--overdue"], ["0004"]),
        (["--limit", "2"], ["0004", "0003"]),
        (["--limit", "0"], ["0004", "0003", "0001", "0002"]),
    ],
)
def test_next_can_be_narrowed(listed, options, expected):
    assert listed(*options) == expected


def test_next_says_when_more_is_left(banli, office):
    assert banli("next", "--json", "--limit", "2").document["more"] is True
    assert banli("next", "--json", "--limit", "4").document["more"] is False
    assert "全部列出请加 --limit 0" in banli("next", "--limit", "2").out


def test_next_shows_people_a_table_with_days_left(banli, office):
    shown = banli("next").out
    assert "逾期12工作日" in shown
    assert "答复 2026-05-25" in shown
    assert "共 4 件" in shown


def test_an_agency_nobody_knows_is_answered_with_the_nearest(banli, office):
    ended = banli("next", "--agency", "民政厅")
    assert ended.code == 2
    assert "没有登记单位“民政厅”" in ended.err
    assert "是不是“民政局”" in ended.err


def test_next_without_anything_to_do_says_so(banli, settings):
    assert banli("next").out.strip() == "没有待办的件。"
    assert banli("next", "--json").document["items"] == []


def test_show_tells_the_whole_case(banli, office):
    shown = banli("show", "0004").out
    for words in ("办理中", "民政局", "主办", "会办", "面商", "交办通知", "收件告知", "逾期12工作日", "苏某某"):
        assert words in shown


def test_show_as_json_has_the_timeline_in_order(banli, office):
    document = banli("show", f"{SESSION}/0004", "--json").document
    assert [entry["action"] for entry in document["history"]] == ["收件", "立案", "交办", "签收", "签收", "沟通"]
    assert document["case"]["stage"] == "办理中"
    assert {notice["status"] for notice in document["notices"]} == {"待发"}


@pytest.mark.parametrize("how", [(), ("--json",)])
@pytest.mark.parametrize("command", ["show", "explain"])
def test_no_contact_of_a_proposer_is_ever_printed(banli, office, command, how):
    ended = banli(command, "0004", *how)
    assert ended.code == 0
    assert "13900001111" not in ended.out
    assert "example.invalid" not in ended.out


def test_explain_gives_every_date_its_reasons(banli, office):
    ended = banli("explain", "0004")
    assert "答复：2026-05-25" in ended.out
    assert "3个月" in ended.out
    clocks = banli("explain", "0004", "--json").document["clocks"]
    assert all(one["steps"] for one in clocks)
    assert clocks[0]["clock"]["due_on"] <= clocks[-1]["clock"]["due_on"]


def test_a_case_that_is_not_there_is_refused_in_a_sentence(banli, office):
    for command in ("show", "explain"):
        ended = banli(command, "9999")
        assert ended.code == 2
        assert ended.err.startswith("没有找到案号“9999”")


def test_a_number_of_two_sessions_is_answered_with_both(banli, office):
    later = "云溪市政协六届三次会议"
    names = ",".join(column.name for column in core(CaseRow).columns if column.name not in {"id", "session"})
    say(
        office.database_url,
        "insert into sessions (name, canonical, track, pack, opened_on)"
        f" values ('{later}', '{later}', '政协', 'national_cppcc', '2027-01-18')",
        f"insert into cases (session,{names}) select '{later}',{names} from cases where number='0001'",
    )
    ended = banli("show", "0001")
    assert ended.code == 2
    assert f"{SESSION}/0001" in ended.err
    assert "云溪市政协六届三次会议/0001" in ended.err
    assert banli("show", f"{SESSION}/0001").code == 0
