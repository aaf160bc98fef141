from __future__ import annotations

from datetime import date

import pytest

from models.errors import InputError, PolicyError, UnavailableError
from models.workdays import parse_year
from tasks.calendar_versions import keep
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


def test_a_shipped_pack_stands_in_a_file_named_as_its_code():
    packs = load_packs()
    assert packs
    assert all(packs[code].code == code for code in packs)


def test_an_offices_own_pack_joins_the_others(tmp_path):
    own = '[pack]\ncode = "yunxi"\nname = "云溪市"\nextends = "zhejiang"\ntracks = ["人大"]\nversion = "1"\nsource = "本市办法"\n'
    (tmp_path / "yunxi.toml").write_text(own, encoding="utf-8")
    assert load_pack("yunxi", tmp_path).lineage[0] == "zhejiang"


def test_two_notices_of_one_year_are_named(tmp_path):
    for name in ("2027.toml", "新2027.toml"):
        (tmp_path / name).write_text(NOTICE, encoding="utf-8")
    with pytest.raises(PolicyError, match=r"2027年已有另一份放假通知.*banli calendar load"):
        load_calendar(tmp_path)


def test_a_notice_tried_stands_in_for_its_year(tmp_path):
    tried = parse_year(NOTICE + NEW_YEAR, "x")
    assert 2027 in load_calendar(tried=tried).published_years
    assert 2027 not in load_calendar().published_years


def test_replaced_notices_are_kept_in_order_and_an_interrupted_copy_is_not_copied_twice(tmp_path):
    folder, source = tmp_path / "calendars", tmp_path / "neu.toml"
    texts = [NOTICE, NOTICE + NEW_YEAR, NOTICE.replace("0号", "1号")]
    kept = []
    for text in texts:
        source.write_text(text, encoding="utf-8")
        kept.append(keep(source, read_year(source), folder))
    assert [one.batch for one in kept] == ["calendar:2027.1", "calendar:2027.2", "calendar:2027.3"]
    assert [path.read_text(encoding="utf-8") for path in sorted((folder / "versions").iterdir())] == texts[:2]
    again = keep(source, read_year(source), folder)
    assert (again.known, again.batch, again.replaced) == (True, "calendar:2027.3", ())
    (folder / "versions" / "2027.3.toml").write_text(
        texts[2], encoding="utf-8"
    )  # the copy was made, then the power went
    source.write_text(texts[0], encoding="utf-8")
    assert keep(source, read_year(source), folder).batch == "calendar:2027.4"
    assert len(list((folder / "versions").iterdir())) == 3


def test_a_file_under_another_name_gives_way_to_the_loaded_notice(tmp_path):
    folder = tmp_path / "calendars"
    folder.mkdir()
    (folder / "alt.toml").write_text(NOTICE, encoding="utf-8")
    source = tmp_path / "neu.toml"
    source.write_text(NOTICE + NEW_YEAR, encoding="utf-8")
    assert keep(source, read_year(source), folder).replaced == (folder / "versions" / "2027.1.toml",)
    assert [path.name for path in folder.glob("*.toml")] == ["2027.toml"]
