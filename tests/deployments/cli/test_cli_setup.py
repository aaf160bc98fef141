"""Setting an office up: the home, the sheets, the agencies, the sessions."""

import os

import pytest
from databases import everything
from openpyxl import load_workbook

from models.settings import settings_from

AGENCIES = "单位,全称,发文代字,电话,经办人,经办人邮箱,负责人,负责人邮箱\n"
SESSIONS = "届次,类别,规则包,开幕日期,闭幕日期\n"


def written(path, head, *lines):
    path.write_text(head + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_init_makes_the_home_and_a_second_time_changes_nothing(banli, home):
    assert banli("init").code == 0
    url = settings_from(os.environ).database_url
    before = everything(url)
    assert banli("init", "--json").document["home"] == str(home)
    assert everything(url) == before
    assert banli("next").code == 0


def test_init_where_no_folder_can_be_made(banli, home):
    home.write_text("a file stands here")
    ended = banli("init")
    assert (ended.code, "建不了数据目录" in ended.err) == (3, True)


@pytest.mark.parametrize(
    "command", [("next",), ("show", "1"), ("agencies", "list"), ("notices",), ("history", "verify")]
)
def test_without_a_database_a_command_says_what_to_do(banli, home, command):
    ended = banli(*command)
    assert ended.code == 3
    assert "banli init" in ended.err
    assert not home.exists()


@pytest.mark.parametrize(
    ("kind", "titles"),
    [
        ("proposals", ["案号", "届次*", "类型*"]),
        ("agencies", ["单位*", "全称", "发文代字"]),
        ("sessions", ["届次*", "类别*", "规则包*"]),
    ],
)
def test_every_template_can_be_had_and_never_overwrites(banli, home, tmp_path, kind, titles):
    path = tmp_path / "样表.xlsx"
    assert banli("template", path, "--kind", kind).code == 0
    book = load_workbook(path)
    assert [cell.value for cell in book.worksheets[0][1]][:3] == titles
    before = path.read_bytes()
    ended = banli("template", path, "--kind", kind)
    assert (ended.code, "已经存在" in ended.err) == (2, True)
    assert path.read_bytes() == before


def test_an_unknown_template_is_refused(banli, home, tmp_path):
    assert "可以写：proposals、agencies、sessions" in banli("template", tmp_path / "a.xlsx", "--kind", "people").err
    assert banli("template", tmp_path / "a.pdf").code == 2


def test_an_untouched_template_loads_nothing(banli, settings, tmp_path):
    for kind in ("agencies", "sessions"):
        banli("template", tmp_path / f"{kind}.xlsx", "--kind", kind)
        ended = banli(kind, "load", tmp_path / f"{kind}.xlsx")
        assert (ended.code, "一行内容也没有" in ended.err) == (2, True)


def test_agencies_are_loaded_once_however_often(banli, settings, tmp_path):
    path = written(tmp_path / "单位.csv", AGENCIES, "林业局,云溪市林业局,云林函,0000-1,周某,zhou@example.invalid,,")
    assert banli("agencies", "load", path, "--dry-run", "--json").document["new"] == ["林业局"]
    assert "林业局" not in banli("agencies", "list").out
    assert banli("agencies", "load", path, "--json").document["new"] == ["林业局"]
    assert banli("agencies", "load", path, "--json").document["unchanged"] == ["林业局"]
    listed = {one["单位"]: one for one in banli("agencies", "list", "--json").document}
    assert listed["林业局"]["经办人邮箱"] == "zhou@example.invalid"


def test_a_session_needs_a_pack_there_is(banli, settings, tmp_path):
    path = written(tmp_path / "届次.csv", SESSIONS, "云溪市八届人大四次会议,人大,zhejang,2026-01-15,2026-01-19")
    ended = banli("sessions", "load", path)
    assert ended.code == 2
    assert "届次.csv 第 2 行「规则包」：没有规则包「zhejang」。是不是“zhejiang”？" in ended.err
    written(path, SESSIONS, "云溪市八届人大四次会议,人大,zhejiang,2026-01-15,2026-01-19")
    assert "新增届次 1 个" in banli("sessions", "load", path).out
    assert "没有变化 1 个" in banli("sessions", "load", path).out
    assert len(banli("sessions", "list", "--json").document) == 2


def test_a_sheet_that_is_another_one_is_refused(banli, settings, tmp_path):
    path = written(tmp_path / "届次.csv", SESSIONS, "云溪市八届人大四次会议,人大,zhejiang,2026-01-15,")
    ended = banli("agencies", "load", path)
    assert (ended.code, "届次.csv" in ended.err) == (2, True)
