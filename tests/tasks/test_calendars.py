from __future__ import annotations

from datetime import date

import pytest

from models.errors import InputError, PolicyError, UnavailableError
from tasks.calendars import load_calendar, packaged_years, read_year
from tasks.policies import DEFAULT, load_pack, load_packs

NOTICE = 'year = 2027\nsource = "国办发明电〔2026〕0号"\nurl = "https://example.cn"\n'
NEW_YEAR = '[[holidays]]\nname = "元旦"\nfrom = 2027-01-01\nto = 2027-01-03\nwork = [2026-12-27]\n'


def test_the_package_ships_its_calendars():
    assert [one.year for one in packaged_years()] == [2023, 2024, 2025, 2026]
    assert load_calendar() == load_calendar()


def test_an_offices_own_notice_and_overlays_come_on_top(tmp_path):
    (tmp_path / "2027.toml").write_text(NOTICE + NEW_YEAR, encoding="utf-8")
    overlays = tmp_path / "overlays"
    overlays.mkdir()
    local = '[[holidays]]\nname = "古尔邦节"\nfrom = 2027-05-17\nto = 2027-05-17\n'
    (overlays / "place.toml").write_text(NOTICE + local, encoding="utf-8")
    calendar = load_calendar(tmp_path)
    assert 2027 in calendar.published_years
    assert calendar.is_workday(date(2026, 12, 27))
    assert calendar.why(date(2027, 5, 17)) == "古尔邦节"
    assert calendar != load_calendar()


def test_an_offices_own_year_replaces_the_packaged_one(tmp_path):
    (tmp_path / "2026.toml").write_text(NOTICE.replace("2027", "2026"), encoding="utf-8")
    assert load_calendar(tmp_path).is_workday(date(2026, 10, 1))


def test_a_wrong_file_is_named(tmp_path):
    (tmp_path / "2027.toml").write_text("year = 0", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"2027\.toml·year"):
        load_calendar(tmp_path)


@pytest.mark.parametrize("load", [load_calendar, load_packs])
def test_a_missing_folder_is_named(tmp_path, load):
    with pytest.raises(UnavailableError, match="没有这个"):
        load(tmp_path / "none")


def test_a_file_in_another_encoding_is_named(tmp_path):
    (tmp_path / "a.toml").write_bytes('name = "元旦"'.encode("gb18030"))
    with pytest.raises(UnavailableError, match="读不出日历文件"):
        read_year(tmp_path / "a.toml")
    with pytest.raises(UnavailableError, match="读不出规则包"):
        load_packs(tmp_path)


def test_the_package_ships_its_packs():
    assert load_pack().code == DEFAULT
    with pytest.raises(InputError, match="没有 nowhere"):
        load_pack("nowhere")


def test_an_offices_own_pack_joins_the_others(tmp_path):
    own = '[pack]\ncode = "yunxi"\nname = "云溪市"\nextends = "zhejiang"\ntracks = ["人大"]\nversion = "1"\nsource = "本市办法"\n'
    (tmp_path / "yunxi.toml").write_text(own, encoding="utf-8")
    assert load_pack("yunxi", tmp_path).lineage[0] == "zhejiang"
