"""Loading a holiday notice, comparing and trying rules, by the real command."""

from importlib.resources import files

import pytest
from databases import rows

POLICIES = files("models").joinpath("policies")
NOTICE = """year = {year}
source = "国办发明电〔{before}〕88号"
url = "https://example.invalid/notice"
[[holidays]]
name = "特别假期"
from = {year}-{first}
to = {year}-{last}
"""
DEAD_SERVER = "http://127.0.0.1:9/api"


@pytest.fixture
def notice(tmp_path):
    """Write a notice with days off between these days."""

    def write(first="09-01", last="09-02", year=2026):
        path = tmp_path / f"放假{year}.toml"
        path.write_text(NOTICE.format(year=year, before=year - 1, first=first, last=last), encoding="utf-8")
        return path

    return write


def stored(settings, what):
    return rows(settings.database_url, what)


DATES = "select case_id, no, due_on, provisional from clocks order by 1, 2"
ENTRIES = "select case_id, seq, summary from history where action = '重新计算期限' order by 1, 2"
NOTICES = "select key, recipient from notices where kind = '期限调整' order by 1"


def test_a_trial_shows_the_table_and_writes_nothing(banli, office, notice):
    before = stored(office, DATES)
    ended = banli("calendar", "load", notice(), "--dry-run")
    assert ended.code == 0
    assert "试算，没有写入" in ended.out
    assert "0003" in ended.out
    assert stored(office, DATES) == before
    assert stored(office, ENTRIES) == []
    assert not (office.home / "calendars").exists()


def test_loading_moves_dates_records_them_and_tells_each_agency_once(banli, office, notice, prefect_server):
    ended = banli("calendar", "load", notice(), "--json")
    assert ended.code == 0, ended.err
    found = ended.document
    moved = [one for one in found["moved"] if one["before_on"] != one["after_on"]]
    assert (found["version"], found["known"], found["dry_run"], found["unclear"]) == (1, False, False, [])
    assert {one["case"][-4:] for one in moved} == {"0003"}
    assert {case_id for case_id, _, _ in stored(office, ENTRIES)} == {3}
    assert stored(office, NOTICES) == [("calendar:2026.1:督办", "督办"), ("calendar:2026.1:财政局", "单位:财政局")]
    assert found["notices"] == 2
    assert (office.home / "calendars" / "2026.toml").exists()
    assert "特别假期" in banli("calendar", "show", "2026").out
    assert banli("history", "verify").code == 0
    again = banli("calendar", "load", notice())
    assert "此前已经载入" in again.out
    assert "0 个期限调整" in again.out
    assert len(stored(office, NOTICES)) == 2


def test_a_notice_that_is_replaced_is_kept_and_its_dates_go_back(banli, office, notice, prefect_server):
    due = stored(office, DATES)
    good = (files("models") / "calendars" / "2026.toml").read_text(encoding="utf-8")
    banli("calendar", "load", notice())
    first = (office.home / "calendars" / "2026.toml").read_text(encoding="utf-8")
    right = notice()
    right.write_text(good, encoding="utf-8")
    ended = banli("calendar", "load", right, "--json")
    assert ended.document["version"] == 2
    assert stored(office, DATES) == due
    assert (office.home / "calendars" / "versions" / "2026.1.toml").read_text(encoding="utf-8") == first
    assert [key for key, _ in stored(office, NOTICES)] == [
        f"calendar:2026.{version}:{who}" for version in (1, 2) for who in ("督办", "财政局")
    ]


def test_a_year_without_a_notice_is_shown_as_not_final_until_it_is_loaded(banli, office, notice, prefect_server):
    assert "均为暂定" in banli("calendar", "show", "2027").out
    assert banli("calendar", "load", notice(year=2027, first="01-01", last="01-03")).code == 0
    assert "暂定" not in banli("calendar", "show", "2027").out
    assert banli("calendar", "show").out.startswith("2026年")


def test_without_a_prefect_server_the_same_command_goes_on_later(banli, office, notice, prefect_server, monkeypatch):
    with monkeypatch.context() as dead:
        dead.setenv("PREFECT_API_URL", DEAD_SERVER)
        from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415 - a second to load

        with temporary_settings(updates={PREFECT_API_URL: DEAD_SERVER}):
            ended = banli("calendar", "load", notice())
    assert (ended.code, "再运行一次" in ended.err) == (3, True), ended.err
    assert stored(office, ENTRIES) == []
    assert banli("calendar", "load", notice(), "--json").document["notices"] == 2
    assert len(stored(office, ENTRIES)) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("from = 2027-01-01\nto = 2027-01-03\nwork = [2027-01-02]", "2027-01-02既放假又上班"),
        ("from = 2027-01-03\nto = 2027-01-01", "放假止日2027-01-01早于起日2027-01-03"),
        ("from = 2028-01-01\nto = 2028-01-01", "2028-01-01不在2027年"),
        ('from = "2027-01-01"\nto = "2027-01-03"', "from、to、work 应为日期"),
        ("from = 2027-01-01\nto = 2027-01-01\nworks = []", "不认识的键"),
    ],
)
def test_a_wrong_notice_is_refused_and_nothing_is_put_in_force(banli, office, tmp_path, text, words):
    path = tmp_path / "2027.toml"
    head = 'year = 2027\nsource = "国办发明电〔2026〕1号"\nurl = "https://example.invalid"\n'
    path.write_text(f'{head}[[holidays]]\nname = "元旦"\n{text}\n', encoding="utf-8")
    for command in (("load",), ("load", "--dry-run"), ("check",)):
        ended = banli("calendar", *command, path)
        assert (ended.code, words in ended.err) == (2, True), ended.err
    assert not (office.home / "calendars").exists()


def test_two_packs_are_compared_value_by_value_with_sources(banli, home):
    found = banli("policy", "diff", "beijing", "shanghai", "--json").document["differences"]
    reply = next(one for one in found if one["what"].startswith("答复时限（人大"))
    assert "3个月" in reply["one"]
    assert reply["one_source"] == "北京市条例第二十一条"
    assert reply["other_source"].startswith("上海市规定")
    assert all(one["one"] != one["other"] for one in found)
    assert "没有不同" in banli("policy", "diff", "beijing", "beijing").out
    assert "是不是“beijing”？" in banli("policy", "diff", "bejing", "shanghai").err


@pytest.fixture
def changed(tmp_path):
    """The pack of the open cases with a reply due after another length."""

    def write(months):
        text = POLICIES.joinpath("national_cppcc.toml").read_text(encoding="utf-8")
        blocks = text.split("[[clocks]]")
        for place, block in enumerate(blocks):
            if 'step = "答复"' in block:
                before = next(line for line in block.splitlines() if line.startswith("length"))
                blocks[place] = block.replace(before, f"length = {months}")
        path = tmp_path / "本市.toml"
        path.write_text("[[clocks]]".join(blocks), encoding="utf-8")
        return path

    return write


def test_a_changed_pack_is_tried_on_the_open_cases(banli, office, changed):
    before = stored(office, DATES)
    longer = banli("policy", "try", changed(5), "--days", "30", "--json").document
    assert (longer["becoming_late"], longer["no_longer_late"]) == (0, 1)
    assert {one["case"][-4:] for one in longer["dates"]} == {"0003", "0004"}
    assert longer["notices_then"] < longer["notices_now"]
    shorter = banli("policy", "try", changed(2)).out
    assert "试算，没有写入" in shorter
    assert "0 个变为逾期，0 个不再逾期" in shorter
    assert stored(office, DATES) == before


def test_the_pack_in_force_changes_nothing_when_tried(banli, office):
    ended = banli("policy", "try", str(POLICIES.joinpath("national_cppcc.toml")))
    assert "规则没有变动" in ended.out
