"""Agencies and sessions from sheets: checked whole, stored once, nothing lost that the sheet does not speak of."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from models.errors import InputError
from models.tables.fields import core
from models.tables.office import AgencyContactRow, AgencyRow, SessionRow
from models.vocabulary import Track
from tasks.database import reading, transaction
from tasks.roster import list_agencies, list_sessions, load_agencies, load_sessions
from tasks.sheets import Column, write_table

AGENCY = {"单位": "园林局", "全称": "云溪市园林局", "发文代字": "云园函", "电话": "0000-1", "经办人": "周某",
          "经办人邮箱": "zhou@example.invalid", "负责人": "吴某", "负责人邮箱": "wu@example.invalid"}  # fmt: skip
MEETING = {"届次": "云溪市政协六届二次会议", "类别": "政协", "规则包": "national_cppcc", "开幕日期": "2026-01-20",
           "闭幕日期": "2026-01-24"}  # fmt: skip


@pytest.fixture
def load(engine, tmp_path):
    """Load rows through a sheet; by default of agencies."""

    def run(*rows, loader=load_agencies, ending=".csv", dry_run=False):
        path = tmp_path / f"表{ending}"
        write_table(path, [Column(title) for title in rows[0]], rows)
        with transaction(engine) as connection:
            return loader(connection, path, dry_run=dry_run)

    return run


def rows_of(engine, table, *columns):
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(select(*(core(table).c[name] for name in columns)))]


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_what_was_loaded_comes_back_as_the_sheet_had_it(engine, load, ending):
    assert load(AGENCY, ending=ending).new == ["园林局"]
    with reading(engine) as connection:
        assert list_agencies(connection) == [AGENCY]
    assert load(AGENCY, ending=ending).same == ["园林局"]
    assert len(rows_of(engine, AgencyContactRow, "id")) == 2


def test_only_what_changed_is_written(engine, load):
    other = {**AGENCY, "单位": "城管局", "全称": "云溪市城管局"}
    load(AGENCY, other)
    loaded = load(AGENCY, {**other, "电话": "0000-2"})
    assert (loaded.new, loaded.changed, loaded.same) == ([], ["城管局"], ["园林局"])
    assert ("城管局", "0000-2") in rows_of(engine, AgencyRow, "name", "phone")


def test_a_column_the_sheet_has_not_stays_as_it_was(engine, load):
    load(AGENCY)
    assert load({"单位": "园林局", "电话": "0000-9"}).changed == ["园林局"]
    with reading(engine) as connection:
        assert list_agencies(connection) == [{**AGENCY, "电话": "0000-9"}]


def test_an_emptied_cell_takes_the_contact_away(engine, load):
    load(AGENCY)
    load({**AGENCY, "负责人": "", "负责人邮箱": ""})
    assert rows_of(engine, AgencyContactRow, "role", "name") == [("经办人", "周某")]


def test_an_agency_without_a_full_name_bears_its_own(engine, load):
    load({"单位": "园林局", "电话": ""})
    assert rows_of(engine, AgencyRow, "name", "full_name", "phone") == [("园林局", "园林局", None)]


def test_a_dry_run_writes_nothing(engine, load):
    assert load(AGENCY, dry_run=True).new == ["园林局"]
    assert rows_of(engine, AgencyRow, "name") == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"单位": ""}, "第 3 行「单位」：没有填写单位"),
        ({"单位": "园林局"}, "「园林局」与第 2 行重复"),
        ({"单位": "长" * 121}, "超过 120 字"),
        ({"经办人邮箱": "zhou.example.invalid"}, "「zhou.example.invalid」不是电子邮箱"),
        ({"经办人邮箱": "a@example.org、b@example.org"}, "不是电子邮箱"),
        ({"负责人": ""}, "写了负责人邮箱，没有写负责人"),
        ({"电话": "0\x07"}, "控制字符"),
    ],
)
def test_a_wrong_row_keeps_the_good_ones_out(engine, load, changes, words):
    with pytest.raises(InputError) as caught:
        load(AGENCY, {**AGENCY, "单位": "城管局"} | changes)
    assert words in str(caught.value)
    assert rows_of(engine, AgencyRow, "name") == []


def test_every_fault_is_told(load):
    with pytest.raises(InputError) as caught:
        load({**AGENCY, "单位": ""}, {**AGENCY, "经办人邮箱": "x"}, {**AGENCY, "电话": "1" * 61})
    assert len(caught.value.faults) == 4  # the third row repeats the second's name


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each example takes back what it loaded
@given(st.lists(st.sampled_from(["园林局", "城管局", "林业局", "教育局"]), unique=True, min_size=1))
def test_loading_again_never_changes_anything(engine, tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("roster")
    write_table(folder / "表.csv", [Column(title) for title in AGENCY], [{**AGENCY, "单位": name} for name in names])
    with engine.connect() as connection:
        assert load_agencies(connection, folder / "表.csv").new == names
        first = list_agencies(connection)
        assert load_agencies(connection, folder / "表.csv").same == names
        assert list_agencies(connection) == first
        connection.rollback()


def test_a_session_is_found_again_in_another_spelling(engine, load):
    assert load(MEETING, loader=load_sessions).new == ["云溪市政协六届二次会议"]
    again = {**MEETING, "届次": "政协云溪市第六届委员会第二次会议", "闭幕日期": "2026-01-25"}
    assert load(again, loader=load_sessions).changed == ["政协云溪市第六届委员会第二次会议"]
    assert rows_of(engine, SessionRow, "name", "track", "closed_on") == [
        ("云溪市政协六届二次会议", Track.CPPCC, date(2026, 1, 25))
    ]
    with reading(engine) as connection:
        assert list_sessions(connection) == [{**MEETING, "闭幕日期": "2026-01-25"}]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"规则包": "zhejang"}, "没有规则包「zhejang」。是不是“zhejiang”？"),
        ({"规则包": "national_npc"}, "规则包 national_npc 不适用于政协"),
        ({"类别": "党代会"}, "只能填：人大、政协"),
        ({"类别": "人大"}, "是政协的会议，类别写的是人大"),
        ({"开幕日期": ""}, "没有填写开幕日期"),
        ({"开幕日期": "正月初八"}, "「正月初八」不是日期"),
        ({"闭幕日期": "2026-01-19"}, "早于开幕日期2026-01-20"),
        ({"届次": ""}, "没有填写届次"),
    ],
)
def test_a_wrong_session_is_refused_with_its_cell(engine, load, changes, words):
    with pytest.raises(InputError) as caught:
        load(MEETING | changes, loader=load_sessions)
    assert words in str(caught.value)
    assert "第 2 行" in str(caught.value)
    assert rows_of(engine, SessionRow, "name") == []


def test_one_session_in_two_spellings_is_one_too_many(load):
    with pytest.raises(InputError, match="重复"):
        load(MEETING, {**MEETING, "届次": "政协云溪市第六届委员会第二次会议"}, loader=load_sessions)
