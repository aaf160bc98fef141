"""When something written now may be sent."""

from datetime import UTC, datetime, timedelta

import pytest
from builders import calendar, packs
from hypothesis import given
from hypothesis import strategies as st

from models.quiet import BEIJING, is_quiet, send_at

PACK = packs()["national_cppcc"]
INSTANTS = st.datetimes(datetime(2025, 12, 1), datetime(2027, 2, 28), timezones=st.just(UTC))  # noqa: DTZ001 - naive bounds
HOURS = st.integers(0, 23)


def with_hours(first, until):
    return PACK.model_copy(
        update={"ladder": PACK.ladder.model_copy(update={"quiet_from_hour": first, "quiet_until_hour": until})}
    )


def at(month, day, hour, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(3, 18, 9), at(3, 18, 9)),  # a Wednesday morning
        (at(3, 18, 17, 59), at(3, 18, 17, 59)),
        (at(3, 18, 18), at(3, 19, 8)),
        (at(3, 18, 7, 59), at(3, 18, 8)),
        (at(3, 18, 0), at(3, 18, 8)),
        (at(3, 20, 23), at(3, 23, 8)),  # Friday night to Monday
        (at(3, 21, 10), at(3, 23, 8)),
        (at(2, 14, 10), at(2, 14, 10)),  # 调休上班, a Saturday
        (at(2, 14, 19), at(2, 24, 8)),  # 春节
        (at(9, 30, 20), at(10, 8, 8)),  # 国庆节
    ],
)
def test_the_next_working_morning(now, expected):
    assert send_at(now, PACK, calendar()) == expected


@given(INSTANTS, HOURS, HOURS)
def test_it_is_the_first_fitting_instant_and_never_before_now(now, first, until):
    pack = with_hours(first, until)
    found = send_at(now, pack, calendar())
    assert found >= now
    assert fits(found, pack)
    if found > now:
        assert not fits(now, pack)
        assert not any(fits(found - timedelta(minutes=1) - n * timedelta(hours=1), pack) for n in _between(now, found))
    assert send_at(found, pack, calendar()) == found


def _between(now, found):
    return range(int((found - now) / timedelta(hours=1)))


@given(INSTANTS, INSTANTS)
def test_what_was_written_earlier_is_never_sent_later(one, other):
    early, late = sorted((one, other))
    assert send_at(early, PACK, calendar()) <= send_at(late, PACK, calendar())


@given(INSTANTS, HOURS)
def test_the_same_hour_twice_means_no_quiet_hours(now, hour):
    pack = with_hours(hour, hour)
    if calendar().is_workday(now.astimezone(BEIJING).date()):
        assert send_at(now, pack, calendar()) == now


def test_every_pack_sends_in_the_morning_at_nine():
    assert not any(is_quiet(9, pack.ladder) for pack in packs().values())


def fits(instant, pack):
    here = instant.astimezone(BEIJING)
    return calendar().is_workday(here.date()) and not is_quiet(here.hour, pack.ladder)
