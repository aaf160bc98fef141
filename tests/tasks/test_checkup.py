"""The check-up's own judgements, where the command's tests do not reach: disk, calendar, PostgreSQL."""

import shutil
from datetime import date
from functools import partial
from typing import NamedTuple

import pytest
from sqlmodel import SQLModel

from models.settings import settings_from
from tasks import checkup, clock
from tasks.checkup import Health, check_up
from tasks.database import make_engine
from tasks.fonts import choose
from tasks.history_reading import verify_history


class Usage(NamedTuple):
    """What `shutil.disk_usage` answers."""

    total: int
    used: int
    free: int


def checked(tmp_path, engine, name, **options):
    settings = settings_from({"BANLI_HOME": str(tmp_path)})
    given = {"newest": "0001", "current": lambda _engine: "0001"} | options
    found = {one.name: one for one in check_up(settings, open_database=lambda: engine, **given)}
    return found[name]


@pytest.mark.parametrize(
    ("today", "health"),
    [
        (date(2026, 11, 30), Health.OK),
        (date(2026, 12, 1), Health.WARN),
        (date(2027, 1, 4), Health.WARN),
        (date(2025, 12, 20), Health.OK),
    ],
)
def test_next_year_s_notice_is_asked_for_from_december(tmp_path, engine, today, health):
    with clock.moved_to(clock.morning_of(today)):
        assert checked(tmp_path, engine, "工作日历").health is health


@pytest.mark.parametrize(("free", "health"), [(50 << 20, Health.FAIL), (500 << 20, Health.WARN), (5 << 30, Health.OK)])
def test_a_disk_that_fills_up_is_told_in_time(tmp_path, engine, monkeypatch, free, health):
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(0, 0, free))
    found = checked(tmp_path, engine, "磁盘空间")
    assert (found.health, bool(found.remedy)) == (health, health is not Health.OK)


def test_fonts_that_are_missing_are_named_and_what_stands_in_for_them(tmp_path, engine, monkeypatch):
    for families, health, words in (
        ({"DejaVu Sans"}, Health.WARN, "没有小标宋"),
        ({"Noto Serif CJK SC"}, Health.WARN, "仿宋用 Noto Serif CJK SC 代替"),
        ({"方正小标宋简体", "仿宋_GB2312", "KaiTi", "SimHei", "SimSun"}, Health.OK, "齐全"),
    ):
        monkeypatch.setattr(checkup, "faces", partial(choose, frozenset(families)))
        found = checked(tmp_path, engine, "字体")
        assert found.health is health
        assert words in found.sentence


def test_the_offices_own_templates_are_checked(tmp_path, engine):
    assert "随附" in checked(tmp_path, engine, "函件模板").sentence
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "letter.typ").write_text("#nonsense", "utf-8")
    found = checked(tmp_path, engine, "函件模板")
    assert found.health is Health.FAIL
    assert "nonsense" in found.sentence


def test_an_old_schema_fails_with_the_way_out(tmp_path, engine):
    found = checked(tmp_path, engine, "数据库版本", newest="0002")
    assert found.health is Health.FAIL
    assert "banli init" in found.remedy
    found = checked(tmp_path, engine, "数据库版本", newest="0002", current=lambda _engine: "0003")
    assert found.health is Health.FAIL
    assert "新版本的程序" in found.remedy


def test_an_empty_database_is_no_database(tmp_path, databases):
    made = make_engine(databases.empty(tmp_path / "leer.sqlite"))
    assert checked(tmp_path, made, "数据库").health is Health.FAIL
    made.dispose()


def test_postgresql_is_checked_too(tmp_path, postgres_url):
    made = make_engine(postgres_url)
    SQLModel.metadata.create_all(made)
    assert checked(tmp_path, made, "数据库").sentence == "postgresql 连得上。"
    assert checked(tmp_path, made, "数据库完整").health is Health.OK
    assert verify_history(made).breaks == ()
    made.dispose()


def test_progress_is_told_to_the_end(engine):
    told = []
    assert verify_history(engine, lambda done, total: told.append((done, total))).cases == 0
    assert told == []
