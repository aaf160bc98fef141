"""The office's clock: Beijing's day, moved for a block or for good."""

import json
import os
from datetime import UTC, date, datetime, timedelta

import pytest

from tasks import clock


def test_the_day_is_beijing_s():
    with clock.moved_to(datetime(2026, 3, 1, 15, 59, 30, tzinfo=UTC)):
        assert clock.today() == date(2026, 3, 1)
    with clock.moved_to(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)):
        assert clock.today() == date(2026, 3, 2)


def test_a_moved_clock_goes_on_and_comes_back():
    at = datetime(2026, 3, 1, tzinfo=UTC)
    before = clock.now()
    with clock.moved_to(at):
        with clock.moved_to(at + timedelta(days=400)):
            assert clock.now().year == 2027
        assert timedelta() <= clock.now() - at < timedelta(minutes=5)
    assert abs(clock.now() - before) < timedelta(minutes=5)


def test_it_comes_back_after_an_error_too():
    with pytest.raises(ValueError, match="x"), clock.moved_to(datetime(2000, 1, 1, tzinfo=UTC)):
        raise ValueError("x")
    assert clock.now().year > 2000


def test_an_office_s_clock_is_kept_for_every_process_and_read_again_when_changed(home):
    file = home / "clock.json"
    assert clock.kept_offset(file) == timedelta()
    clock.keep_offset(file, datetime(2030, 5, 1, tzinfo=UTC))
    assert clock.today().year == 2030
    clock.keep_offset(file, datetime(2031, 5, 1, tzinfo=UTC))
    os.utime(file, ns=(1, 1))
    assert clock.today().year == 2031
    assert clock.today().year == 2031
    assert json.loads(file.read_text())["offset_seconds"] > 0


def test_without_a_home_the_clock_is_the_world_s(monkeypatch):
    monkeypatch.delenv("BANLI_HOME")
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_morning_is_nine_in_beijing():
    assert clock.morning_of(date(2026, 3, 2)) == datetime(2026, 3, 2, 1, tzinfo=UTC)
    assert clock.morning_of(date(2026, 3, 2), 10) == datetime(2026, 3, 2, 2, tzinfo=UTC)
